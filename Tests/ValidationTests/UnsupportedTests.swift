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
        Case("empty ones ask for nothing") {
            $0.linux?.netDevices = [:]
            $0.linux?.resources = .init(
                blockIO: .init(weightDevice: [], throttleReadBpsDevice: []), hugepageLimits: [],
                network: .init(priorities: []), rdma: [:], unified: [:])
        }
    ])
    func eachIsRefusedOnceAndWithoutFurtherCriticism(_ it: Case) {
        it.check()
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
    }
}
