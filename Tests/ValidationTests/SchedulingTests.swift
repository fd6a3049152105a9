import OCISpec
import Testing
import Validation

/// A machine where the runtime's capabilities count in a user namespace only.
private let powerless = HostFacts(inInitialUserNamespace: false)

@Suite("Rules on scheduling, memory policy, labels and domains") struct SchedulingTests {
    @Test(arguments: [
        Case("batch") { $0.process?.scheduler = .init(policy: .batch, nice: 19, flags: [.resetOnFork]) },
        Case("lowest and highest nice") { $0.process?.scheduler = .init(policy: .other, nice: -20) },
        Case("round robin") { $0.process?.scheduler = .init(policy: .roundRobin, priority: 99) },
        Case("deadline") {
            $0.process?.scheduler = .init(policy: .deadline, runtime: 1024, deadline: 2000, period: 3000)
        },
        Case("deadline without a period") {
            $0.process?.scheduler = .init(policy: .deadline, runtime: 1024, deadline: 2000)
        },
        Case(
            "unknown words", .error("/process/scheduler/flags/0", "scheduler"),
            .error("/process/scheduler/nice", "scheduler"), .error("/process/scheduler/policy", "scheduler")
        ) { $0.process?.scheduler = .init(policy: .unknown("SCHED_NORMAL"), nice: 20, flags: [.unknown("x")]) },
        Case("nice -21", .error("/process/scheduler/nice", "scheduler")) {
            $0.process?.scheduler = .init(policy: .other, nice: -21)
        },
        Case("a policy that no kernel has", .error("/process/scheduler/policy", "scheduler")) {
            $0.process?.scheduler = .init(policy: .isochronous)
        },
        Case("realtime without priority", .error("/process/scheduler/priority", "scheduler")) {
            $0.process?.scheduler = .init(policy: .fifo)
        },
        Case("priority 100", .error("/process/scheduler/priority", "scheduler")) {
            $0.process?.scheduler = .init(policy: .fifo, priority: 100)
        },
        Case("priority without realtime", .error("/process/scheduler/priority", "scheduler")) {
            $0.process?.scheduler = .init(policy: .other, priority: 1)
        },
        Case("times that don't fit", .error("/process/scheduler", "scheduler")) {
            $0.process?.scheduler = .init(policy: .deadline, runtime: 5000, deadline: 4000, period: 9000)
        },
        Case("times missing", .error("/process/scheduler", "scheduler")) {
            $0.process?.scheduler = .init(policy: .deadline)
        },
        Case("less time than the kernel grants", .error("/process/scheduler/runtime", "scheduler")) {
            $0.process?.scheduler = .init(policy: .deadline, runtime: 1023, deadline: 2000)
        },
        Case(
            "times out of range", .error("/process/scheduler/deadline", "scheduler"),
            .error("/process/scheduler/period", "scheduler")
        ) { $0.process?.scheduler = .init(policy: .deadline, runtime: 2000, deadline: 1 << 63, period: .max) },
        Case(
            "a flag of a newer kernel", .error("/process/scheduler/flags/1", "scheduler"),
            host: HostFacts(kernelMajor: 5, kernelMinor: 2)
        ) { $0.process?.scheduler = .init(policy: .other, flags: [.resetOnFork, .utilizationMinimum]) },
        Case("realtime without privilege", .warning("/process/scheduler/policy", "scheduler"), host: powerless) {
            $0.process?.scheduler = .init(policy: .fifo, priority: 1)
        },
        Case("deadline without privilege", .warning("/process/scheduler/policy", "scheduler"), host: powerless) {
            $0.process?.scheduler = .init(policy: .deadline, runtime: 1024, deadline: 2000)
        },
        Case("nice without privilege", .warning("/process/scheduler/nice", "scheduler"), host: powerless) {
            $0.process?.scheduler = .init(policy: .batch, nice: -1)
        },
        Case("idle without privilege", host: powerless) { $0.process?.scheduler = .init(policy: .idle, nice: 1) },
    ])
    func schedulersAreJudged(_ it: Case) { it.check() }

    @Test(arguments: [
        Case("best effort") { $0.process?.ioPriority = .init(class: .bestEffort, priority: 7) },
        Case("realtime") { $0.process?.ioPriority = .init(class: .realtime, priority: 0) },
        Case(
            "unknown", .error("/process/ioPriority/class", "io-priority"),
            .error("/process/ioPriority/priority", "io-priority")
        ) { $0.process?.ioPriority = .init(class: .unknown("x"), priority: 8) },
        Case("negative", .error("/process/ioPriority/priority", "io-priority")) {
            $0.process?.ioPriority = .init(class: .idle, priority: -1)
        },
        Case("realtime without privilege", .error("/process/ioPriority/class", "io-priority"), host: powerless) {
            $0.process?.ioPriority = .init(class: .realtime, priority: 0)
        },
    ])
    func ioPrioritiesAreJudged(_ it: Case) { it.check() }

    @Test(arguments: [
        Case("a known CPU", host: HostFacts(cpus: [0...3])) {
            $0.process?.execCPUAffinity = .init(initial: "3-9", final: "0")
        },
        Case(
            "no such CPU", .warning("/process/execCPUAffinity/final", "exec-cpu-affinity"),
            host: HostFacts(cpus: [0...0, 2...3])
        ) { $0.process?.execCPUAffinity = .init(initial: "2", final: "1,4-9") },
        Case("a low OOM score without privilege", .warning("/process/oomScoreAdj", "oom-score"), host: powerless) {
            $0.process?.oomScoreAdj = -1
        },
    ])
    func whatTheMachineLacksIsFound(_ it: Case) { it.check() }

    @Test(arguments: [
        Case("nodes") { $0.linux?.memoryPolicy = .init(mode: .interleave, nodes: "0-1", flags: [.staticNodes]) },
        Case("balancing") { $0.linux?.memoryPolicy = .init(mode: .bind, nodes: "0", flags: [.numaBalancing]) },
        Case("preferred without nodes") { $0.linux?.memoryPolicy = .init(mode: .preferred) },
        Case("local") { $0.linux?.memoryPolicy = .init(mode: .local) },
        Case("no nodes", .error("/linux/memoryPolicy/nodes", "memory-policy")) {
            $0.linux?.memoryPolicy = .init(mode: .bind)
        },
        Case("nodes too many", .error("/linux/memoryPolicy/nodes", "memory-policy")) {
            $0.linux?.memoryPolicy = .init(mode: .local, nodes: "0")
        },
        Case("a high node", .error("/linux/memoryPolicy/nodes", "memory-policy")) {
            $0.linux?.memoryPolicy = .init(mode: .bind, nodes: "0,1024")
        },
        Case(
            "unknown words", .error("/linux/memoryPolicy/flags/0", "memory-policy"),
            .error("/linux/memoryPolicy/mode", "memory-policy"), .error("/linux/memoryPolicy/nodes", "memory-policy")
        ) { $0.linux?.memoryPolicy = .init(mode: .unknown("x"), nodes: "x", flags: [.unknown("x")]) },
        Case("static and relative", .error("/linux/memoryPolicy/flags/0", "memory-policy")) {
            $0.linux?.memoryPolicy = .init(mode: .bind, nodes: "0", flags: [.staticNodes, .relativeNodes])
        },
        Case("balancing elsewhere", .error("/linux/memoryPolicy/flags/0", "memory-policy")) {
            $0.linux?.memoryPolicy = .init(mode: .interleave, nodes: "0", flags: [.numaBalancing])
        },
        Case("static nothing", .error("/linux/memoryPolicy/flags/0", "memory-policy")) {
            $0.linux?.memoryPolicy = .init(mode: .local, flags: [.staticNodes])
        },
        Case(
            "newer modes", .error("/linux/memoryPolicy/mode", "memory-policy"),
            host: HostFacts(kernelMajor: 6, kernelMinor: 8)
        ) { $0.linux?.memoryPolicy = .init(mode: .weightedInterleave, nodes: "0") },
        Case(
            "older still", .error("/linux/memoryPolicy/flags/0", "memory-policy"),
            .error("/linux/memoryPolicy/mode", "memory-policy"), host: HostFacts(kernelMajor: 5, kernelMinor: 11)
        ) { $0.linux?.memoryPolicy = .init(mode: .preferredMany, nodes: "0", flags: [.numaBalancing]) },
        Case(
            "a kernel without", .error("/linux/memoryPolicy", "memory-policy"),
            host: HostFacts(hasMemoryPolicies: false)
        ) { $0.linux?.memoryPolicy = .init(mode: .local) },
        Case(
            "no such node", .error("/linux/memoryPolicy/nodes", "memory-policy"), host: HostFacts(memoryNodes: [0...1])
        ) { $0.linux?.memoryPolicy = .init(mode: .bind, nodes: "2-7") },
        Case("relative nodes count anew", host: HostFacts(memoryNodes: [0...1])) {
            $0.linux?.memoryPolicy = .init(mode: .bind, nodes: "2-7", flags: [.relativeNodes])
        },
    ])
    func memoryPoliciesAreJudged(_ it: Case) { it.check() }

    @Test(arguments: [
        Case("linux32") { $0.linux?.personality = .init(domain: .linux32) },
        Case(
            "unknown domain, flags", .error("/linux/personality/domain", "personality"),
            .error("/linux/personality/flags", "personality")
        ) { $0.linux?.personality = .init(domain: .unknown("BSD"), flags: ["x"]) },
        Case("default class") { $0.linux?.intelRdt = .init(closID: "/", memBwSchema: "MB:0=20") },
        Case(
            "classes and schemata", .error("/linux/intelRdt/closID", "intel-rdt"),
            .warning("/linux/intelRdt/l3CacheSchema", "intel-rdt"),
            .error("/linux/intelRdt/memBwSchema", "intel-rdt"), .error("/linux/intelRdt/schemata/1", "intel-rdt")
        ) {
            $0.linux?.intelRdt = .init(
                closID: "a/b", schemata: ["L3:0=f", "a\nb"], l3CacheSchema: "x", memBwSchema: "x")
        },
        Case("a class that climbs", .error("/linux/intelRdt/closID", "intel-rdt")) {
            $0.linux?.intelRdt = .init(closID: "..")
        },
        Case("no resctrl", .error("/linux/intelRdt", "intel-rdt"), host: HostFacts(resctrl: nil)) {
            $0.linux?.intelRdt = .init()
        },
        Case("mount context") { $0.annotations = ["run.oci.mount_context_type": "rootcontext"] },
        Case("an odd mount context", .error("/annotations/run.oci.mount_context_type", "mount-context")) {
            $0.annotations = ["run.oci.mount_context_type": "size"]
        },
    ])
    func domainsAndClassesAreJudged(_ it: Case) { it.check() }

    @Test(arguments: [
        Case("labels with their modules", host: HostFacts(hasAppArmor: true, hasSELinux: true)) {
            $0.process?.apparmorProfile = "guarded"
            $0.process?.selinuxLabel = "u:r:t:s0"
            $0.linux?.mountLabel = "u:r:t:s0"
        },
        Case(
            "labels without their modules", .error("/linux/mountLabel", "mount-label"),
            .error("/process/apparmorProfile", "security-label"), .error("/process/selinuxLabel", "security-label")
        ) {
            $0.process?.apparmorProfile = "guarded"
            $0.process?.selinuxLabel = "u:r:t:s0"
            $0.linux?.mountLabel = "u:r:t:s0"
        },
        Case(
            "two lines", .error("/process/selinuxLabel", "security-label"),
            host: HostFacts(hasAppArmor: true, hasSELinux: true)
        ) { $0.process?.selinuxLabel = "a\nb" },
        Case("empty ones ask for nothing") {
            $0.linux?.mountLabel = ""
            $0.linux?.personality = .init(domain: .linux, flags: [])
            $0.process?.apparmorProfile = ""
            $0.process?.selinuxLabel = ""
        },
    ])
    func labelsNeedTheirModule(_ it: Case) { it.check() }
}
