import OCISpec
import Testing

@testable import Validation

/// What the other rules say about properties that one rule refuses as a whole, for now.
private func marks(on host: HostFacts = HostFacts(), after change: (inout Spec) -> Void) -> [Mark] {
    var spec = soundSpec()
    change(&spec)
    let rules = Rules.all.filter { $0.id != Rules.notSupportedYet.id }
    return judge(Subject(spec: spec, host: host), by: rules)
        .map { Mark(severity: $0.severity, pointer: $0.pointer, rule: $0.rule) }
}

@Suite("Properties that aren't supported yet") struct UnsupportedTests {
    @Test(arguments: [
        Case("rdt", .error("/linux/intelRdt", "not-supported-yet")) { $0.linux?.intelRdt = .init() },
        Case("memory policy", .error("/linux/memoryPolicy", "not-supported-yet")) {
            $0.linux?.memoryPolicy = .init(mode: .local)
        },
        Case("mount label", .error("/linux/mountLabel", "not-supported-yet")) { $0.linux?.mountLabel = "x" },
        Case("personality", .error("/linux/personality", "not-supported-yet")) {
            $0.linux?.personality = .init(domain: .linux32)
        },
        Case("scheduler", .error("/process/scheduler", "not-supported-yet")) {
            $0.process?.scheduler = .init(policy: .batch)
        },
        Case("io priority", .error("/process/ioPriority", "not-supported-yet")) {
            $0.process?.ioPriority = .init(class: .idle, priority: 9)
        },
        Case(
            "labels", .error("/process/apparmorProfile", "not-supported-yet"),
            .error("/process/selinuxLabel", "not-supported-yet")
        ) {
            $0.process?.apparmorProfile = "x"
            $0.process?.selinuxLabel = "x"
        },
        Case("empty ones ask for nothing") {
            $0.linux?.netDevices = [:]
            $0.linux?.mountLabel = ""
            $0.linux?.personality = .init(domain: .linux, flags: [])
            $0.process?.apparmorProfile = ""
            $0.process?.selinuxLabel = ""
            $0.linux?.resources = .init(
                blockIO: .init(weightDevice: [], throttleReadBpsDevice: []), hugepageLimits: [],
                network: .init(priorities: []), rdma: [:], unified: [:])
        },
    ])
    func eachIsRefusedOnceAndWithoutFurtherCriticism(_ it: Case) {
        it.check()
    }

    @Test func schedulingIsJudged() {
        #expect(
            marks {
                $0.process?.scheduler = .init(policy: .unknown("SCHED_NORMAL"), nice: 20, flags: [.unknown("x")])
            } == [
                .error("/process/scheduler/flags/0", "scheduler"), .error("/process/scheduler/nice", "scheduler"),
                .error("/process/scheduler/policy", "scheduler"),
            ])
        #expect(
            marks { $0.process?.scheduler = .init(policy: .fifo) } == [
                .error("/process/scheduler/priority", "scheduler")
            ])
        #expect(
            marks { $0.process?.scheduler = .init(policy: .other, priority: 1) }
                == [.error("/process/scheduler/priority", "scheduler")])
        #expect(marks { $0.process?.scheduler = .init(policy: .roundRobin, priority: 99) } == [])
        #expect(
            marks { $0.process?.scheduler = .init(policy: .deadline, runtime: 5, deadline: 4, period: 9) }
                == [.error("/process/scheduler", "scheduler")])
        #expect(
            marks { $0.process?.scheduler = .init(policy: .deadline, runtime: 4, deadline: 5, period: 9) } == [])
        #expect(
            marks { $0.process?.ioPriority = .init(class: .unknown("x"), priority: 8) } == [
                .error("/process/ioPriority/class", "io-priority"),
                .error("/process/ioPriority/priority", "io-priority"),
            ])
    }

    @Test func labelsNeedTheirModule() {
        let withBoth = HostFacts(hasAppArmor: true, hasSELinux: true)
        let change: (inout Spec) -> Void = {
            $0.process?.apparmorProfile = "guarded"
            $0.process?.selinuxLabel = "u:r:t:s0"
            $0.linux?.mountLabel = "u:r:t:s0"
        }
        #expect(marks(on: withBoth, after: change) == [])
        #expect(
            marks(after: change) == [
                .error("/linux/mountLabel", "mount-label"), .error("/process/apparmorProfile", "security-label"),
                .error("/process/selinuxLabel", "security-label"),
            ])
        #expect(
            marks(on: withBoth) { $0.process?.selinuxLabel = "a\nb" }
                == [.error("/process/selinuxLabel", "security-label")])
    }

    @Test func idMappingsOfMountsAreJudged() {
        let one = [Spec.IDMapping(containerID: 0, hostID: 1000, size: 1)]
        func judged(_ mount: Spec.Mount, on host: HostFacts = HostFacts()) -> [Mark] {
            marks(on: host) { $0.mounts = [mount] }
        }
        #expect(
            judged(.init(destination: "/x", source: "/y", options: ["bind", "idmap"]))
                == [.error("/mounts/0/options/1", "mount-id-mapping")])
        #expect(
            judged(.init(destination: "/x", source: "/y", options: ["bind"], uidMappings: one, gidMappings: one))
                == [.warning("/mounts/0", "mount-id-mapping")])
        #expect(
            judged(.init(destination: "/x", source: "/y", options: ["bind", "ridmap"], uidMappings: one))
                == [.error("/mounts/0", "mount-id-mapping")])
        #expect(
            judged(
                .init(destination: "/x", source: "/y", options: ["bind", "idmap"], uidMappings: one, gidMappings: one),
                on: HostFacts(kernelMajor: 5, kernelMinor: 4)) == [.error("/mounts/0/options/1", "mount-id-mapping")])
        #expect(
            judged(
                .init(
                    destination: "/x", source: "/y", options: ["bind", "idmap"], uidMappings: one + one,
                    gidMappings: one)) == [
                    .error("/mounts/0/uidMappings/1/containerID", "mount-id-mapping"),
                    .error("/mounts/0/uidMappings/1/hostID", "mount-id-mapping"),
                ])
    }

    @Test func theRestOfTheLinuxSectionIsJudged() {
        #expect(
            marks { $0.linux?.personality = .init(domain: .unknown("BSD"), flags: ["x"]) } == [
                .error("/linux/personality/domain", "personality"), .error("/linux/personality/flags", "personality"),
            ])
        #expect(marks { $0.linux?.memoryPolicy = .init(mode: .interleave, nodes: "0-1", flags: [.staticNodes]) } == [])
        #expect(
            marks { $0.linux?.memoryPolicy = .init(mode: .bind) } == [
                .error("/linux/memoryPolicy/nodes", "memory-policy")
            ])
        #expect(
            marks { $0.linux?.memoryPolicy = .init(mode: .local, nodes: "0") }
                == [.error("/linux/memoryPolicy/nodes", "memory-policy")])
        #expect(
            marks { $0.linux?.memoryPolicy = .init(mode: .unknown("x"), nodes: "x", flags: [.unknown("x")]) } == [
                .error("/linux/memoryPolicy/flags/0", "memory-policy"),
                .error("/linux/memoryPolicy/mode", "memory-policy"),
                .error("/linux/memoryPolicy/nodes", "memory-policy"),
            ])
        for name in ["", "../x", "sixteen-bytes-xx", ".", "..", "a b", "a:b", "a\n"] {
            #expect(marks { $0.linux?.netDevices = [name: .init()] }.map(\.rule) == ["net-device"], "\(name)")
            #expect(
                name.isEmpty
                    || marks { $0.linux?.netDevices = ["eth0": .init(name: name)] }
                        == [.error("/linux/netDevices/eth0/name", "net-device")],
                "\(name)")
        }
        #expect(marks { $0.linux?.netDevices = ["fifteen-bytes-x": .init(name: "eth%d")] } == [])
        #expect(
            marks {
                $0.linux?.netDevices = ["eth0": .init()]
                $0.linux?.namespaces?.removeAll { $0.type == .network }
            } == [.error("/linux/netDevices", "net-device")])
        #expect(
            marks {
                $0.linux?.intelRdt = .init(
                    closID: "a/b", schemata: ["L3:0=f", "a\nb"], l3CacheSchema: "x", memBwSchema: "x")
            } == [
                .error("/linux/intelRdt/closID", "intel-rdt"), .warning("/linux/intelRdt/l3CacheSchema", "intel-rdt"),
                .error("/linux/intelRdt/memBwSchema", "intel-rdt"), .error("/linux/intelRdt/schemata/1", "intel-rdt"),
            ])
        #expect(marks { $0.linux?.intelRdt = .init(closID: "/", memBwSchema: "MB:0=20") } == [])
        #expect(marks { $0.linux?.intelRdt = .init(closID: "..") }.count == 1)
    }
}
