import Cgroups
import OCISpec
import Testing
import Validation

@testable import ContainerRuntime

/// The plan of a process that joins, and what describes it.
@Suite struct JoiningTests {
    private func config(_ change: (inout BirthConfig) -> Void = { _ in }) throws -> JoinConfig {
        JoinConfig(
            birth: birthConfig(try example("default")) {
                $0.hasGate = false
                $0.spec.mounts = nil
                change(&$0)
            })
    }

    @Test(arguments: [true, false], [true, false])
    func aPlanIsSound(_ isPrivileged: Bool, _ hasUserNamespace: Bool) throws {
        let consoles = [BirthConfig.Console.none, .relayed, .socket("/s")]
        for (console, pidFile) in consoles.flatMap({ [($0, nil), ($0, "/pid")] }) {
            let plan = joining(
                of: try config {
                    $0.isPrivileged = isPrivileged
                    $0.console = console
                    $0.pidFile = pidFile
                    if hasUserNamespace { $0.addUserNamespace() }
                })
            #expect(plan.check(filled: [.cgroup]) == [])
            for step in plan { #expect(!step.action.sentence.isEmpty, "\(step)") }
            // Whoever can be seen from inside holds nothing any more, and the identity comes behind all that needs rights.
            let names = plan.map(\.action)
            let shed = try #require(names.firstIndex { if case .shedDescriptors = $0 { true } else { false } })
            let joined = try #require(names.firstIndex { if case .joinContainer = $0 { true } else { false } })
            let identity = try #require(names.firstIndex { if case .setIdentity = $0 { true } else { false } })
            #expect(shed < joined && joined < identity)
            let announced = names.firstIndex { if case .writePidFile = $0 { true } else { false } }
            let closed = try #require(names.firstIndex { if case .closeDescriptors = $0 { true } else { false } })
            if let announced {
                #expect(announced > closed)
                #expect(plan[closed].overlaps == false, "the runtime waits until the program was found")
                #expect(plan.last?.overlaps == false, "the program waits for the pid file")
            }
        }
    }

    @Test func thePrivilegedAreBornInsideAndTheOthersAreBornAgain() throws {
        func has(_ isPrivileged: Bool, _ matches: (Action) -> Bool) throws -> Bool {
            joining(of: try config { $0.isPrivileged = isPrivileged }).contains { matches($0.action) }
        }
        for isPrivileged in [true, false] {
            #expect(try has(isPrivileged) { $0 == .joinPIDs } == isPrivileged)
            #expect(try has(isPrivileged) { if case .rebirth = $0 { true } else { false } } == !isPrivileged)
        }
    }

    @Test func theHostsRootJoinsWhatTheContainerShared() throws {
        func kinds(_ isInitial: Bool) throws -> [Spec.Linux.Namespace.Kind] {
            let plan = joining(
                of: try config {
                    $0.host.inInitialUserNamespace = isInitial
                    $0.spec.linux?.namespaces = [.init(type: .mount), .init(type: .pid)]
                })
            for step in plan { if case .joinContainer(let kinds) = step.action { return kinds } }
            return []
        }
        #expect(try kinds(true) == [.mount, .network, .ipc, .uts, .cgroup])
        #expect(try kinds(false) == [.mount])
    }

    private let container = Spec(
        ociVersion: "1.0.0", root: .init(path: "rootfs"),
        process: .init(
            terminal: true, cwd: "/own", env: ["A=1", "B=2", "A=3"], args: ["own"],
            user: .init(uid: 5, gid: 6, additionalGids: [7]),
            rlimits: [.init(type: "RLIMIT_NOFILE", soft: 1, hard: 2)],
            capabilities: .init(effective: ["CAP_KILL"], bounding: ["CAP_KILL"], permitted: ["CAP_KILL"]),
            noNewPrivileges: true, oomScoreAdj: 100))

    private func process(_ change: (inout ExecOptions) -> Void) throws -> Spec.Process {
        var options = ExecOptions()
        options.arguments = ["new", "word"]
        change(&options)
        return try options.process(in: container)
    }

    @Test func withoutOptionsItIsTheContainersOwnButTheProgramAndTheTerminal() throws {
        var expected = try #require(container.process)
        expected.args = ["new", "word"]
        expected.terminal = false
        #expect(try process { _ in } == expected)
    }

    @Test func aVariableReplacesAllOfItsName() throws {
        #expect(try process { $0.environment = ["A=new", "C=", "C=last"] }.env == ["B=2", "A=new", "C=last"])
    }

    @Test func aUserKeepsTheGroupUnlessOneIsGiven() throws {
        #expect(try process { $0.user = "9" }.user == .init(uid: 9, gid: 6, additionalGids: [7]))
        let other = try process {
            $0.user = "9:8"
            $0.additionalGroups = ["1", "2"]
        }
        #expect(other.user == .init(uid: 9, gid: 8, additionalGids: [7, 1, 2]))
    }

    @Test(arguments: ["", "x", "-1", "+1", "1 ", "4294967295", "99999999999", "1_0", "١"])
    func whatIsNoIDIsRefused(_ text: String) {
        #expect(ExecOptions.id(text) == nil)
        #expect(throws: Failure.self) { try process { $0.additionalGroups = [text] } }
        #expect(throws: Failure.self) { try process { $0.user = text } }
    }

    @Test func aCapabilityIsNeverAddedToWhatIsInherited() throws {
        let sets = try process { $0.capabilities = ["net_admin"] }.capabilities
        #expect(sets?.bounding == ["CAP_KILL", "CAP_NET_ADMIN"])
        #expect(sets?.effective == sets?.bounding && sets?.permitted == sets?.bounding)
        #expect(sets?.inheritable == nil && sets?.ambient == nil)
        #expect(throws: Failure.self) { try process { $0.capabilities = ["FOO"] } }
    }

    @Test func withoutAProgramThereIsNothingToRun() {
        #expect(throws: Failure.self) { try process { $0.arguments = [] } }
    }
}
