import Cgroups
import OCISpec
import Testing
import Validation

@testable import ContainerRuntime

/// What the values of the steps are made of: mount options, capabilities, devices, views of cgroups.
@Suite struct RequestTests {
    private func request(_ options: String...) -> MountRequest {
        mountRequest(
            Spec.Mount(destination: "/d", type: "tmpfs", source: "s", options: options), at: 3, bundle: "/bundle")
    }

    @Test(arguments: MountOption.all.map(\.name)) func anOptionOfTheTableIsNoOptionOfTheFilesystem(_ name: String) {
        #expect(request(name).data == [])
    }

    /// Each option changes its own field and no other.
    @Test(arguments: MountOption.all.map(\.name)) func anOptionDoesWhatTheTableSays(_ name: String) throws {
        var expected = request()
        switch try #require(MountOption.named(name)).effect {
        case .attributes(let set, let clear, false): expected.attributes = AttributeChange(set: set, clear: clear)
        case .attributes(let set, let clear, true):
            expected.recursiveAttributes = AttributeChange(set: set, clear: clear)
        case .accessTime(let time, false): expected.attributes = AttributeChange(set: time.rawValue, clear: 0x70)
        case .accessTime(let time, true):
            expected.recursiveAttributes = AttributeChange(set: time.rawValue, clear: 0x70)
        case .propagation(let kind, let recursive):
            let bits: [String: UInt64] = [
                "shared": 1 << 20, "slave": 1 << 19, "private": 1 << 18, "unbindable": 1 << 17,
            ]
            let bit = try #require(bits[kind.rawValue])
            expected.propagations = [PropagationChange(bit: bit, recursive: recursive)]
        case .bind(let recursive):
            (expected.isBind, expected.isRecursive, expected.source) = (true, recursive, "/bundle/s")
        case .superblock(_, let bit, let set): expected.superblockBits = set ? bit : 0
        case .remount: expected.isRemount = true
        case .tmpcopyup: expected.copiesUp = true
        case .idmap, .nothing: break
        }
        #expect(request(name) == expected)
    }

    @Test func ofContradictingOptionsTheLastOneWins() {
        #expect(request("ro", "rw").attributes == AttributeChange(set: 0, clear: 1))
        #expect(request("rw", "ro").attributes == AttributeChange(set: 1, clear: 0))
        #expect(request("noatime", "strictatime").attributes == AttributeChange(set: 0x20, clear: 0x70))
        #expect(request("noatime", "atime").attributes == AttributeChange(set: 0, clear: 0x70))
        #expect(request("sync", "async").superblockBits == 0)
        #expect(request("async", "sync").superblockBits == 1 << 4)
        #expect(request("rbind", "bind").isRecursive)
    }

    @Test func relatimeTakesNoEarlierChoiceBack() {
        #expect(request("noatime", "relatime").attributes == AttributeChange(set: 0x10, clear: 0x70))
        #expect(request("relatime", "noatime").attributes == AttributeChange(set: 0x10, clear: 0x70))
    }

    @Test func whatTheTableDoesNotKnowGoesToTheFilesystemInOrder() {
        #expect(request("size=1m", "ro", "mode=700", "Ro", "").data == ["size=1m", "mode=700", "Ro"])
    }

    @Test func propagationsAreKeptInOrder() {
        #expect(request("private", "rslave").propagations.map(\.bit) == [1 << 18, 1 << 19])
    }

    @Test(arguments: [("/srv", "/srv"), ("srv", "/bundle/srv"), ("./srv", "/bundle/./srv")])
    func aBindsRelativeSourceIsTheBundles(_ source: String, _ expected: String) {
        let mount = Spec.Mount(destination: "/d", type: "bind", source: source)
        #expect(mountRequest(mount, at: 0, bundle: "/bundle").source == expected)
    }

    @Test(arguments: ["bind", "none", nil]) func aBindIsToldByTypeOrOption(_ type: String?) {
        let mount = Spec.Mount(destination: "/d", type: type, source: "/s", options: type == "bind" ? nil : ["bind"])
        #expect(mountRequest(mount, at: 0, bundle: "/bundle").isBind)
    }

    @Test func aFilesystemWithoutASourceShowsItsType() {
        let mount = Spec.Mount(destination: "/d", type: "tmpfs")
        #expect(mountRequest(mount, at: 0, bundle: "/bundle").source == "tmpfs")
    }
}

extension RequestTests {
    private func sets(_ capabilities: Spec.Capabilities, _ change: (inout BirthConfig) -> Void = { _ in }) throws
        -> CapabilitySets
    {
        let plan = try birth(
            of: birthConfig(example("default")) {
                $0.spec.process?.capabilities = capabilities
                change(&$0)
            })
        for step in plan {
            if case .setIdentity(let identity) = step.action { return try #require(identity.capabilities) }
        }
        throw Missing()
    }

    private struct Missing: Error {}

    private var chown: UInt64 { 1 << 0 }
    private var kill: UInt64 { 1 << 5 }

    @Test func aCapabilityThatNobodyKnowsIsLeftOut() throws {
        let names = ["CAP_CHOWN", "CAP_FLY", "cap_kill", "CHOWN", ""]
        #expect(try sets(.init(effective: names, bounding: names, permitted: names)).permitted == chown)
    }

    @Test func aCapabilityThatTheKernelDoesNotKnowIsLeftOut() throws {
        let sets = try sets(.init(bounding: ["CAP_CHOWN", "CAP_CHECKPOINT_RESTORE"])) { $0.host.lastCapability = 39 }
        #expect(sets.bounding == chown)
    }

    @Test func nobodyGetsMoreThanTheCallerHas() throws {
        let names = ["CAP_CHOWN", "CAP_KILL"]
        let all = Spec.Capabilities(
            effective: names, bounding: names, inheritable: names, permitted: names, ambient: names)
        let sets = try sets(all) { $0.host.capabilities = 1 << 0 }
        #expect(
            sets
                == CapabilitySets(
                    bounding: chown, effective: chown, permitted: chown, inheritable: chown, ambient: chown))
    }

    @Test func inAUserNamespaceItsRootMayHaveAll() throws {
        let sets = try sets(.init(bounding: ["CAP_CHOWN"], permitted: ["CAP_KILL"])) {
            $0.addUserNamespace()
            $0.host.capabilities = 0
        }
        #expect((sets.bounding, sets.permitted) == (chown, kill))
    }

    @Test func ambientOnesArePermittedAndInheritable() throws {
        let one = ["CAP_CHOWN"]
        let two = ["CAP_CHOWN", "CAP_KILL"]
        #expect(try sets(.init(inheritable: one, permitted: two, ambient: two)).ambient == chown)
        #expect(try sets(.init(inheritable: two, permitted: one, ambient: two)).ambient == chown)
        #expect(try sets(.init(permitted: two, ambient: two)).ambient == 0)
    }

    @Test func whatIsEffectiveIsPermitted() throws {
        #expect(try sets(.init(effective: ["CAP_CHOWN", "CAP_KILL"], permitted: ["CAP_KILL"])).effective == kill)
    }

    @Test func withoutCapabilitiesTheKernelDecides() throws {
        let plan = try birth(of: birthConfig(example("default")) { $0.spec.process?.capabilities = nil })
        #expect(
            plan.contains {
                if case .setIdentity(let identity) = $0.action { identity.capabilities == nil } else { false }
            })
    }
}

extension RequestTests {
    private var defaults: [String] {
        ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"]
    }

    @Test func everyContainerHasTheDefaultDevices() throws {
        let requests = birthConfig(try example("minimal")).deviceRequests
        #expect(requests.map(\.path) == defaults)
        #expect(requests.allSatisfy { $0.mode == 0o666 && $0.uid == 0 && $0.gid == 0 && $0.type == 0o020_000 })
        #expect(requests.map(\.major) == [1, 1, 1, 1, 1, 5])
        #expect(requests.map(\.minor) == [3, 5, 7, 8, 9, 0])
    }

    @Test func aConfiguredDeviceReplacesTheDefaultOne() throws {
        let config = birthConfig(try example("minimal")) {
            $0.spec.linux?.devices = [.init(type: .character, path: "/dev/null", major: 1, minor: 5, fileMode: 0o600)]
        }
        let nulls = config.deviceRequests.filter { $0.path == "/dev/null" }
        #expect(nulls.map(\.minor) == [5])
        #expect(nulls.map(\.mode) == [0o600])
        #expect(config.deviceRequests.count == defaults.count)
    }

    @Test func theHostsOwnDevicesAreLeftAlone() throws {
        let config = birthConfig(try example("minimal")) {
            $0.spec.mounts = [.init(destination: "/dev/", type: "bind", source: "/dev")]
        }
        #expect(config.deviceRequests.isEmpty)
        #expect(!config.ownsDeviceDirectory)
    }

    @Test func inAUserNamespaceDevicesAreBound() throws {
        let plan = try birth(of: birthConfig(example("userns")))
        let opened = plan.compactMap { if case .openDeviceNode(_, let path) = $0.action { path } else { nil } }
        #expect(opened == defaults)
        #expect(plan.contains { if case .makeDevices(_, bound: true) = $0.action { true } else { false } })
    }

    private func view(_ type: String, _ change: (inout BirthConfig) -> Void) throws -> CgroupView? {
        let config = birthConfig(try example("default")) {
            change(&$0)
            $0.spec.mounts = [.init(destination: "/sys/fs/cgroup", type: type, source: "cgroup")]
        }
        for step in try birth(of: config) { if case .mountCgroups(_, let view) = step.action { return view } }
        return nil
    }

    private func loseCgroupNamespace(_ config: inout BirthConfig) {
        config.spec.linux?.namespaces?.removeAll { $0.type == .cgroup }
    }

    @Test(arguments: ["cgroup", "cgroup2"]) func onVersion2TheOneTreeIsMounted(_ type: String) throws {
        #expect(try view(type) { _ in } == .unified)
    }

    @Test func withoutACgroupNamespaceTheContainersOwnDirectoryIsBound() throws {
        let view = try view("cgroup") { loseCgroupNamespace(&$0) }
        guard case .bound(let points) = view else {
            Issue.record("\(String(describing: view))")
            return
        }
        #expect(points.map(\.directory) == ["/sys/fs/cgroup/box"])
    }

    @Test func onVersion1EveryHierarchyIsMountedAndHasItsNames() throws {
        guard case .hierarchies(let points) = try view("cgroup", { $0.cgroup = .legacy }) else {
            Issue.record("no hierarchies")
            return
        }
        #expect(points.map(\.name) == ["cpu,cpuacct", "memory", "pids", "devices", "systemd"])
        #expect(points.map(\.options) == ["cpu,cpuacct", "memory", "pids", "devices", "name=systemd"])
        #expect(points.map(\.links) == [["cpu", "cpuacct"], [], [], [], []])
    }

    @Test func aHybridHostShowsItsVersion2TreeBesideTheOthers() throws {
        guard
            case .bound(let points) = try view(
                "cgroup",
                {
                    $0.cgroup = .hybrid
                    loseCgroupNamespace(&$0)
                })
        else {
            Issue.record("nothing is bound")
            return
        }
        #expect(points.last?.name == "unified")
        #expect(points.last?.directory == "/sys/fs/cgroup/unified/box")
    }

    @Test func aBindOfCgroupsIsABind() throws {
        let config = birthConfig(try example("default")) {
            $0.spec.mounts = [.init(destination: "/c", type: "cgroup", source: "/sys/fs/cgroup", options: ["rbind"])]
        }
        #expect(try !birth(of: config).contains { if case .mountCgroups = $0.action { true } else { false } })
    }
}
