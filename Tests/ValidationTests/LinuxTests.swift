import OCISpec
import Testing
import Validation

@Suite("Rules on the Linux section") struct LinuxTests {
    @Test(arguments: [
        Case("type unknown", .error("/linux/namespaces/5/type", "namespace-type")) {
            $0.linux?.namespaces?.append(.init(type: .unknown("net")))
        },
        Case("type twice", .error("/linux/namespaces/5/type", "namespace-duplicate")) {
            $0.linux?.namespaces?.append(.init(type: .mount, path: "/proc/1/ns/mnt"))
        },
        Case(
            "type missing in the kernel", .error("/linux/namespaces/5/type", "namespace-type"),
            host: HostFacts(namespaceKinds: Spec.Linux.Namespace.Kind.known.filter { $0 != .time })
        ) { $0.linux?.namespaces?.append(.init(type: .time)) },
        Case("path relative", .error("/linux/namespaces/1/path", "namespace-path")) {
            $0.linux?.namespaces?[1].path = "netns/x"
        },
        Case("path empty", .error("/linux/namespaces/1/path", "namespace-path")) {
            $0.linux?.namespaces?[1].path = ""
        },
        Case(
            "not root, no user namespace", .error("/linux/namespaces/0", "namespace-privilege"),
            host: HostFacts(effectiveUserID: 1000, capabilities: 0)
        ) { _ in },
        Case("propagation") { $0.linux?.rootfsPropagation = .slave },
        Case("propagation as managers write it") { $0.linux?.rootfsPropagation = .init(rawValue: "rslave") },
        Case("propagation unknown", .error("/linux/rootfsPropagation", "rootfs-propagation")) {
            $0.linux?.rootfsPropagation = .unknown("bogus")
        },
        Case("propagation without namespace", .error("/linux/rootfsPropagation", "rootfs-propagation")) {
            $0.linux?.rootfsPropagation = .shared
            $0.linux?.namespaces?.removeAll { $0.type == .mount }
            $0.mounts = []
            $0.root.readonly = false
        },
        Case("time offsets") {
            $0.linux?.namespaces?.append(.init(type: .time))
            $0.linux?.timeOffsets = ["monotonic": .init(secs: -1, nanosecs: 999_999_999), "boottime": .init()]
        },
        Case("time offsets without namespace", .error("/linux/timeOffsets", "time-offset")) {
            $0.linux?.timeOffsets = ["monotonic": .init(secs: 1)]
        },
        Case("time offsets in a joined namespace", .error("/linux/timeOffsets", "time-offset")) {
            $0.linux?.namespaces?.append(.init(type: .time, path: "/proc/1/ns/time"))
            $0.linux?.timeOffsets = ["monotonic": .init(secs: 1)]
        },
        Case(
            "time offsets wrong", .error("/linux/timeOffsets/boottime/nanosecs", "time-offset"),
            .error("/linux/timeOffsets/realtime", "time-offset")
        ) {
            $0.linux?.namespaces?.append(.init(type: .time))
            $0.linux?.timeOffsets = ["realtime": .init(secs: 1), "boottime": .init(nanosecs: 1_000_000_000)]
        },
    ])
    func whatIsWrongWithNamespacesIsFound(_ it: Case) {
        it.check()
    }

    /// A case with a new user namespace and these mappings of user ids.
    private static func mapping(_ title: String, _ mappings: [Spec.IDMapping], _ expected: Mark...) -> Case {
        var it = Case(title) { spec in
            spec.linux?.namespaces?.append(.init(type: .user))
            spec.linux?.uidMappings = mappings
            spec.linux?.gidMappings = [.init(containerID: 0, hostID: 0, size: .max)]
        }
        it.expected = expected
        return it
    }

    private static func range(_ inside: UInt32, _ outside: UInt32, _ size: UInt32) -> Spec.IDMapping {
        Spec.IDMapping(containerID: inside, hostID: outside, size: size)
    }

    @Test(arguments: [
        mapping("sound", [range(0, 1000, 1), range(1, 100_000, 65_535)]),
        mapping("all ids", [range(0, 0, .max)]),
        mapping("size 0", [range(0, 1000, 1), range(1, 2000, 0)], .error("/linux/uidMappings/1/size", "id-mapping")),
        mapping("wrap inside", [range(0, 0, 1), range(.max, 5, 1)], .error("/linux/uidMappings/1/size", "id-mapping")),
        mapping("wrap outside", [range(0, 2, .max - 1)], .error("/linux/uidMappings/0/size", "id-mapping")),
        mapping(
            "overlap inside", [range(0, 1000, 10), range(9, 2000, 1)],
            .error("/linux/uidMappings/1/containerID", "id-mapping")),
        mapping(
            "overlap outside", [range(0, 1000, 10), range(10, 990, 11)],
            .error("/linux/uidMappings/1/hostID", "id-mapping")),
        mapping("340", (0..<340).map { range($0, $0 * 2, 1) }),
        mapping("341", (0..<341).map { range($0, $0 * 2, 1) }, .error("/linux/uidMappings", "id-mapping")),
        mapping(
            "root not mapped", [range(1, 1000, 10)], .error("/linux/uidMappings", "id-mapping-root"),
            .error("/process/user/uid", "user-mapped")),
        mapping("no mapping", [], .error("/linux/uidMappings", "user-namespace-mappings")),
        Case(
            "mapping without namespace", .error("/linux/gidMappings", "user-namespace-mappings"),
            .error("/linux/uidMappings", "user-namespace-mappings")
        ) {
            $0.linux?.uidMappings = [range(0, 1, 1)]
            $0.linux?.gidMappings = [range(0, 1, 1)]
        },
        Case("joined namespace") {
            $0.linux?.namespaces?.append(.init(type: .user, path: "/proc/1/ns/user"))
        },
        Case(
            "ids not mapped", .error("/process/user/additionalGids/1", "user-mapped"),
            .error("/process/user/uid", "user-mapped")
        ) {
            $0.linux?.namespaces?.append(.init(type: .user))
            $0.linux?.uidMappings = [range(0, 1000, 10)]
            $0.linux?.gidMappings = [range(0, 1000, 10)]
            $0.process?.user = .init(uid: 10, gid: 9, additionalGids: [3, 10])
        },
    ])
    func whatIsWrongWithIDMappingsIsFound(_ it: Case) {
        it.check()
    }

    @Test(arguments: [
        Case("masked relative", .error("/linux/maskedPaths/1", "masked-path")) {
            $0.linux?.maskedPaths = ["/proc/kcore", "proc/keys"]
        },
        Case("masked root", .error("/linux/maskedPaths/0", "masked-path")) { $0.linux?.maskedPaths = ["/x/.."] },
        Case("masked empty", .error("/linux/maskedPaths/0", "masked-path")) { $0.linux?.maskedPaths = [""] },
        Case("masked many", .error("/linux/maskedPaths", "masked-path")) {
            $0.linux?.maskedPaths = Array(repeating: "/x", count: 4097)
        },
        Case("read-only relative", .error("/linux/readonlyPaths/0", "readonly-path")) {
            $0.linux?.readonlyPaths = ["proc/sys"]
        },
        Case(
            "paths without namespace", .error("/linux/maskedPaths", "masked-path"),
            .error("/linux/readonlyPaths", "readonly-path")
        ) {
            $0.linux?.maskedPaths = ["/x"]
            $0.linux?.readonlyPaths = ["/x"]
            $0.linux?.namespaces?.removeAll { $0.type == .mount }
            $0.mounts = []
            $0.root.readonly = nil
        },
    ])
    func whatIsWrongWithPathsIsFound(_ it: Case) {
        it.check()
    }

    @Test(arguments: [
        ("kernel.shm_rmid_forced", Spec.Linux.Namespace.Kind.ipc), ("kernel.sem", .ipc), ("fs.mqueue.msg_max", .ipc),
        ("net.ipv4.ip_forward", .network), ("net/ipv4/conf/eth0.1/forwarding", .network), ("kernel.domainname", .uts),
    ])
    func aParameterNeedsItsNamespace(_ name: String, _ kind: Spec.Linux.Namespace.Kind) {
        Case(name) { $0.linux?.sysctl = [name: "1"] }.check()
        let pointer = "/linux/sysctl/" + name.split(separator: "/").joined(separator: "~1")
        Case("\(name) shared", .error(pointer, "sysctl-name")) { spec in
            spec.hostname = nil
            spec.linux?.sysctl = [name: "1"]
            spec.linux?.namespaces?.removeAll { $0.type == kind }
        }.check()
    }

    @Test(arguments: [
        "kernel.core_pattern", "kernel.hostname", "vm.swappiness", "fs.file-max", "fs.mqueue", "kernel", "net", "",
        "net..x", "net/../kernel/core_pattern", "kernel.shmmax.x", "user.max_net_namespaces", "kernel.dmesg_restrict",
        "net.core.\nx", "kernel/core_pattern", "Kernel.sem", "\u{212A}ernel.sem",
    ])
    func anotherParameterIsRefused(_ name: String) {
        let token = name.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
        Case(name, .error("/linux/sysctl/\(token)", "sysctl-name")) { $0.linux?.sysctl = [name: "1"] }.check()
    }

    @Test(arguments: ["1\n2", "1\n", "\r", String(repeating: "x", count: 4097)])
    func aValueOfManyLinesOrBytesIsRefused(_ value: String) {
        Case("value", .error("/linux/sysctl/net.core.somaxconn", "sysctl-value")) {
            $0.linux?.sysctl = ["net.core.somaxconn": value]
        }.check()
    }

    @Test func aSmuggledSecondParameterIsJustAValue() {
        // CVE-2022-0811: "+" joined two parameters. Here the kernel gets the value as it stands, and refuses it.
        Case("plus") { $0.linux?.sysctl = ["net.core.somaxconn": "1+kernel.core_pattern=x"] }.check()
    }

    @Test(arguments: [
        Case("path relative", .error("/hooks/poststop/0/path", "hook-path")) {
            $0.hooks = .init(poststop: [.init(path: "bin/x")])
        },
        Case("path empty", .error("/hooks/createRuntime/1/path", "hook-path")) {
            $0.hooks = .init(createRuntime: [.init(path: "/x"), .init(path: "")])
        },
        Case("timeout 1") { $0.hooks = .init(createContainer: [.init(path: "/x", timeout: 1)]) },
        Case("timeout -1", .error("/hooks/createContainer/0/timeout", "hook-timeout")) {
            $0.hooks = .init(createContainer: [.init(path: "/x", timeout: -1)])
        },
        Case("timeout 2^40", .error("/hooks/startContainer/0/timeout", "hook-timeout")) {
            $0.hooks = .init(startContainer: [.init(path: "/x", timeout: 1 << 40)])
        },
        Case("env", .error("/hooks/poststart/0/env/0", "hook-env"), .error("/hooks/poststart/0/env/2", "hook-env")) {
            $0.hooks = .init(poststart: [.init(path: "/x", env: ["A", "B=", "=C"])])
        },
        Case("many", .error("/hooks/poststart", "hook-count")) {
            $0.hooks = .init(poststart: Array(repeating: .init(path: "/x"), count: 4097))
        },
    ])
    func whatIsWrongWithHooksIsFound(_ it: Case) {
        it.check()
    }

    @Test func emptyPropertiesAskForNothing() {
        Case("empty") {
            $0.linux?.netDevices = [:]
            $0.linux?.resources = .init(
                blockIO: .init(weightDevice: [], throttleReadBpsDevice: []), hugepageLimits: [],
                network: .init(priorities: []), rdma: [:], unified: [:])
        }.check()
    }

    @Test func networkDevicesAreJudged() {
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
