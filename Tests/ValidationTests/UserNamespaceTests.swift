import OCISpec
import Testing

@testable import Validation

private let root = [Spec.IDMapping(containerID: 0, hostID: 100_000, size: 65_536)]

/// A new user namespace with mappings of both kinds.
private func map(_ spec: inout Spec, _ users: [Spec.IDMapping] = root, _ groups: [Spec.IDMapping] = root) {
    spec.linux?.namespaces?.append(.init(type: .user))
    spec.linux?.uidMappings = users
    spec.linux?.gidMappings = groups
}

/// A machine on which the runtime is user and group 1000, with some ids granted.
private func ordinary(_ granted: SubordinateIDs) -> HostFacts {
    HostFacts(
        effectiveUserID: 1000, capabilities: 0, effectiveGroupID: 1000, subordinateIDs: granted)
}

private let own = [Spec.IDMapping(containerID: 0, hostID: 1000, size: 1)]
private let more = own + [Spec.IDMapping(containerID: 1, hostID: 200_000, size: 65_536)]
private let granted = SubordinateIDs(users: [200_000..<265_536], groups: [200_000..<265_536])

@Suite("User namespaces, id-mapped mounts, network devices") struct UserNamespaceTests {
    @Test(arguments: [
        Case("a new one with mappings") { map(&$0) },
        Case(
            "a joined one with mappings is worth a warning",
            .warning("/linux/gidMappings", "user-namespace-mappings"),
            .warning("/linux/uidMappings", "user-namespace-mappings")
        ) {
            map(&$0)
            $0.linux?.namespaces?[5].path = "/proc/1/ns/user"
        },
        Case("a mount namespace that was there before", .error("/linux/namespaces/2/path", "namespace-owner")) {
            map(&$0)
            $0.linux?.namespaces?[2].path = "/proc/1/ns/mnt"
        },
        Case("an owner that isn't mapped", .error("/mounts/3/options/1", "mount-owner")) {
            map(&$0, root, [.init(containerID: 0, hostID: 0, size: 11)])
            $0.mounts?.append(
                .init(destination: "/dev/pts", type: "devpts", source: "devpts", options: ["uid=5", "gid=11"]))
        },
        Case(
            "filesystems that show other namespaces", .error("/mounts/0/type", "mount-needs-namespace"),
            .warning("/mounts/3/type", "mount-needs-namespace"), .error("/mounts/4/type", "mount-needs-namespace")
        ) {
            map(&$0)
            $0.linux?.namespaces?.removeAll { [.pid, .network, .ipc].contains($0.type) }
            $0.mounts?.append(.init(destination: "/sys", type: "sysfs", source: "sysfs"))
            $0.mounts?.append(.init(destination: "/dev/mqueue", type: "mqueue", source: "mqueue"))
        },
        Case("they are there for a runtime that is root") {
            $0.linux?.namespaces?.removeAll { [.pid, .network, .ipc].contains($0.type) }
            $0.mounts?.append(.init(destination: "/sys", type: "sysfs", source: "sysfs"))
        },
    ])
    func conflictsAreFound(_ it: Case) { it.check() }

    @Test(arguments: [
        Case("the own id alone", host: ordinary(SubordinateIDs(hasUserHelper: false, hasGroupHelper: false))) {
            map(&$0, own, own)
            $0.process?.user.additionalGids = nil
        },
        Case("granted ids", host: ordinary(granted)) { map(&$0, more, more) },
        Case("ids that a directory service may grant", host: ordinary(SubordinateIDs())) { map(&$0, more, more) },
        Case(
            "no helper", .error("/linux/gidMappings", "id-mapping-privilege"),
            host: ordinary(SubordinateIDs(hasGroupHelper: false, users: granted.users, groups: granted.groups))
        ) { map(&$0, more, more) },
        Case(
            "ids that aren't granted", .error("/linux/uidMappings/1/hostID", "id-mapping-privilege"),
            host: ordinary(SubordinateIDs(users: [200_000..<265_535], groups: granted.groups))
        ) { map(&$0, more, more) },
        Case(
            "a range over two granted ones", .error("/linux/uidMappings/1/hostID", "id-mapping-privilege"),
            host: ordinary(SubordinateIDs(users: [200_000..<210_000, 210_000..<300_000], groups: granted.groups))
        ) { map(&$0, more, more) },
        Case(
            "another's id", .error("/linux/uidMappings/0/hostID", "id-mapping-privilege"), host: ordinary(granted)
        ) { map(&$0, [.init(containerID: 0, hostID: 1001, size: 1)], more) },
        Case(
            "groups that can't be set", .error("/process/user/additionalGids", "additional-gids-denied"),
            .error("/process/user/additionalGids/0", "user-mapped"), host: ordinary(granted)
        ) { map(&$0, more, own) },
        Case(
            "id-mapped mounts", .error("/mounts/2/options/1", "mount-id-mapping"), host: ordinary(granted)
        ) {
            map(&$0, more, more)
            $0.mounts?[2] = .init(destination: "/data", source: "/srv", options: ["bind", "idmap"])
        },
        Case("network devices", .error("/linux/netDevices", "net-device"), host: ordinary(granted)) {
            map(&$0, more, more)
            $0.linux?.netDevices = ["eth0": .init()]
        },
    ])
    func anOrdinaryUserHearsWhatIsMissing(_ it: Case) { it.check() }

    @Test(arguments: [
        Case("with mappings") {
            $0.mounts?[2] = .init(
                destination: "/data", source: "/srv", options: ["bind", "idmap"], uidMappings: root, gidMappings: root)
        },
        Case("with the container's") {
            map(&$0)
            $0.mounts?[2] = .init(destination: "/data", source: "/srv", options: ["rbind", "ridmap"])
        },
        Case("with one in the option") {
            $0.mounts?[2] = .init(
                destination: "/data", source: "/srv", options: ["bind", "idmap=uids=0-1000-10#10-2000-1;gids=0-1-1"])
        },
        Case("with a relative one") {
            map(&$0)
            $0.mounts?[2] = .init(
                destination: "/data", source: "/srv", options: ["bind", "ridmap=uids=@0-1000-10;gids=@0-65535-1"])
        },
        Case("a relative one without a user namespace", .error("/mounts/2/options/1", "mount-id-mapping")) {
            $0.mounts?[2] = .init(
                destination: "/data", source: "/srv", options: ["bind", "idmap=uids=@0-1000-10;gids=@0-0-1"])
        },
        Case(
            "a malformed one", .error("/mounts/2/options/1", "mount-option"),
            .error("/mounts/2/options/1", "mount-id-mapping")
        ) { $0.mounts?[2] = .init(destination: "/data", source: "/srv", options: ["bind", "idmap=uids=0-1"]) },
        Case("an overlap in the option", .error("/mounts/2/options/1", "mount-id-mapping")) {
            $0.mounts?[2] = .init(
                destination: "/data", source: "/srv", options: ["bind", "idmap=uids=0-1-10#5-100-10;gids=0-0-1"])
        },
        Case("a filesystem that takes none", .error("/mounts/2/options/0", "mount-id-mapping")) {
            map(&$0)
            $0.mounts?[2] = .init(destination: "/q", type: "mqueue", source: "mqueue", options: ["idmap"])
        },
        Case("a remount", .error("/mounts/2/options/2", "mount-id-mapping")) {
            map(&$0)
            $0.mounts?[2] = .init(destination: "/data", options: ["bind", "remount", "idmap"])
        },
    ])
    func mappingsOfMountsAreJudged(_ it: Case) { it.check() }

    @Test(arguments: [
        Case("some") {
            $0.linux?.netDevices = ["eth0": .init(), "eth1": .init(name: "net%d"), "eth2": .init(name: "net%d")]
        },
        Case("two of one name", .error("/linux/netDevices/eth1", "net-device")) {
            $0.linux?.netDevices = ["eth0": .init(name: "eth9"), "eth1": .init(name: "eth9")]
        },
        Case("one takes the name of another", .error("/linux/netDevices/eth1", "net-device")) {
            $0.linux?.netDevices = ["eth0": .init(), "eth1": .init(name: "eth0")]
        },
    ])
    func networkDevicesAreJudged(_ it: Case) { it.check() }

    @Test func grantedRangesAreReadByNameAndByNumber() {
        let text = Array(
            """
            ann:100000:65536
            bob:200000:10
            1000:300000:5
            ann:400000:0
            ann:x:1
            ann:1
            anne:500000:1
            ann:4294967295:4294967295

            """.utf8)
        #expect(
            SubordinateIDs.ranges(in: text, of: 1000, named: "ann")
                == [100_000..<165_536, 300_000..<300_005, 4_294_967_295..<8_589_934_590])
        #expect(SubordinateIDs.ranges(in: text, of: 1000, named: nil) == [300_000..<300_005])
        #expect(SubordinateIDs.ranges(in: [], of: 0, named: "root") == [])
    }
}
