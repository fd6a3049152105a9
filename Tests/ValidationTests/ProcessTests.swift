import OCISpec
import Testing
import Validation

@Suite("Rules on the process") struct ProcessTests {
    @Test(arguments: [
        Case("no args", .error("/process/args", "process-args")) { $0.process?.args = nil },
        Case("empty args", .error("/process/args", "process-args")) { $0.process?.args = [] },
        Case("empty program", .error("/process/args/0", "process-args")) { $0.process?.args = [""] },
        Case("empty argument") { $0.process?.args = ["sh", ""] },
        Case("cwd relative", .error("/process/cwd", "process-cwd")) { $0.process?.cwd = "tmp" },
        Case("cwd empty", .error("/process/cwd", "process-cwd")) { $0.process?.cwd = "" },
        Case("cwd with a combining slash") { $0.process?.cwd = "/\u{301}x" },
        Case("cwd long", .error("/process/cwd", "process-cwd")) {
            $0.process?.cwd = String(repeating: "/xxxx", count: 1000)
        },
        Case("env empty", .error("/process/env/1", "process-env")) { $0.process?.env?.append("") },
        Case(
            "env odd", .warning("/process/env/0", "process-env"), .warning("/process/env/1", "process-env"),
            .warning("/process/env/3", "process-env")
        ) { $0.process?.env = ["A", "=x", "B=1\n2", "B=", "C=="] },
        Case("uid -1", .error("/process/user/uid", "user-id")) { $0.process?.user.uid = .max },
        Case("gid -1", .error("/process/user/gid", "user-id")) { $0.process?.user.gid = .max },
        Case("uid -2") { $0.process?.user.uid = .max - 1 },
        Case("group -1", .error("/process/user/additionalGids/1", "user-id")) {
            $0.process?.user.additionalGids = [1, .max]
        },
        Case("65536 groups") { $0.process?.user.additionalGids = Array(1...65_536) },
        Case("65537 groups", .error("/process/user/additionalGids", "additional-gids")) {
            $0.process?.user.additionalGids = Array(1...65_537)
        },
        Case("umask 777") { $0.process?.user.umask = 0o777 },
        Case("umask 1000", .error("/process/user/umask", "umask")) { $0.process?.user.umask = 0o1000 },
        Case("console size", .error("/process/consoleSize/width", "console-size")) {
            $0.process?.terminal = true
            $0.process?.consoleSize = .init(height: 65_535, width: 65_536)
        },
        Case("console size without terminal") { $0.process?.consoleSize = .init(height: 0, width: .max) },
        Case("oom score -1000") { $0.process?.oomScoreAdj = -1000 },
        Case("oom score 1001", .error("/process/oomScoreAdj", "oom-score")) { $0.process?.oomScoreAdj = 1001 },
        Case("oom score -1001", .error("/process/oomScoreAdj", "oom-score")) { $0.process?.oomScoreAdj = -1001 },
        Case("limit unknown", .error("/process/rlimits/0/type", "rlimit")) {
            $0.process?.rlimits = [.init(type: "RLIMIT_NOFILES", soft: 1, hard: 1)]
        },
        Case("limit twice", .error("/process/rlimits/1/type", "rlimit")) {
            $0.process?.rlimits = [
                .init(type: "RLIMIT_CORE", soft: 0, hard: 0), .init(type: "RLIMIT_CORE", soft: 0, hard: 0),
            ]
        },
        Case("soft above hard", .error("/process/rlimits/0/soft", "rlimit")) {
            $0.process?.rlimits = [.init(type: "RLIMIT_CORE", soft: .max, hard: 9)]
        },
        Case("affinity") { $0.process?.execCPUAffinity = .init(initial: "0-3,7", final: "") },
        Case(
            "affinity wrong", .error("/process/execCPUAffinity/final", "exec-cpu-affinity"),
            .error("/process/execCPUAffinity/initial", "exec-cpu-affinity")
        ) { $0.process?.execCPUAffinity = .init(initial: "3-1", final: "a") },
    ])
    func whatIsWrongWithTheProcessIsFound(_ it: Case) {
        it.check()
    }

    @Test(arguments: ["0", "0-3", "0-3,7", "1, 2", " 4", "0,0", "1048575"]) func aListOfNumbersIsTaken(_ list: String) {
        Case(list) { $0.linux?.resources = .init(cpu: .init(cpus: list, mems: list)) }.check()
    }

    @Test(arguments: [",", "0,", "-1", "1-", "0-3-5", "2-1", "x", "1 2", "0\n1", "99999999", "0x1", "٣"])
    func anotherListIsAnError(_ list: String) {
        Case(
            list, .error("/linux/resources/cpu/cpus", "cpu-set"), .error("/linux/resources/cpu/mems", "cpu-set")
        ) { $0.linux?.resources = .init(cpu: .init(cpus: list, mems: list)) }.check()
    }

    private static let allSets = ["CAP_KILL", "CAP_CHOWN"]

    @Test(arguments: [
        Case("consistent") {
            $0.process?.capabilities = .init(
                effective: allSets, bounding: allSets, inheritable: allSets, permitted: allSets, ambient: allSets)
        },
        Case(
            "unknown and lower case", .warning("/process/capabilities/bounding/0", "capability-known"),
            .warning("/process/capabilities/bounding/1", "capability-known")
        ) { $0.process?.capabilities = .init(bounding: ["CAP_FLY", "cap_kill", "CAP_KILL"]) },
        Case(
            "too new", .warning("/process/capabilities/bounding/0", "capability-known"),
            host: HostFacts(lastCapability: 39)
        ) { $0.process?.capabilities = .init(bounding: ["CAP_CHECKPOINT_RESTORE"]) },
        Case("effective without permitted", .warning("/process/capabilities/effective", "capability-grantable")) {
            $0.process?.capabilities = .init(effective: ["CAP_KILL"])
        },
        Case(
            "ambient alone", .warning("/process/capabilities/ambient", "capability-grantable"),
            .warning("/process/capabilities/ambient", "capability-grantable")
        ) { $0.process?.capabilities = .init(ambient: ["CAP_KILL"]) },
        Case(
            "not ours to give", .warning("/process/capabilities/bounding", "capability-grantable"),
            .warning("/process/capabilities/permitted", "capability-grantable"),
            host: HostFacts(capabilities: 1 << 21)
        ) { $0.process?.capabilities = .init(bounding: ["CAP_KILL"], permitted: ["CAP_KILL", "CAP_SYS_ADMIN"]) },
        Case("everything is ours in a user namespace", host: HostFacts(effectiveUserID: 1000, capabilities: 0)) {
            $0.process?.capabilities = .init(bounding: ["CAP_KILL"])
            $0.process?.user.additionalGids = nil
            $0.linux?.namespaces?.append(.init(type: .user))
            $0.linux?.uidMappings = [.init(containerID: 0, hostID: 1000, size: 1)]
            $0.linux?.gidMappings = [.init(containerID: 0, hostID: 1000, size: 1)]
        },
    ])
    func capabilitiesOnlyWarn(_ it: Case) {
        it.check()
    }

    @Test func tenThousandDuplicatesOfACapabilityAreNoFinding() {
        Case("duplicates") {
            $0.process?.capabilities = .init(bounding: Array(repeating: "CAP_KILL", count: 10_000))
        }.check()
    }

    @Test func aProcessBesideTheContainersOwnIsJudgedWithPointersOfItsOwnDocument() {
        let process = Spec.Process(
            terminal: true, consoleSize: .init(height: 1, width: 70_000), cwd: "x", args: [],
            user: .init(uid: .max, gid: 0))
        let findings = validate(process, inside: soundSpec(), on: HostFacts())
        #expect(findings.map(\.pointer) == ["/args", "/consoleSize/width", "/cwd", "/user/uid"])
    }
}
