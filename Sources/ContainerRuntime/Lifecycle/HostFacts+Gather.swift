internal import Cgroups
internal import LinuxKernel
internal import OCISpec
internal import Seccomp
internal import Validation

extension HostFacts {
    /// Looks at the machine, with a handful of calls and those that a configuration's rarer properties ask for.
    static func gather(_ cgroups: CgroupHost?, for spec: Spec? = nil) -> HostFacts {
        let release = Kernel.release
        let capabilities = (try? Credentials.capabilities().effective) ?? 0
        var facts = HostFacts(
            kernelMajor: release.major, kernelMinor: release.minor, effectiveUserID: Credentials.effectiveUID,
            inInitialUserNamespace: isInInitialUserNamespace, capabilities: capabilities,
            lastCapability: CapabilityName.all.count - 1,
            cgroupMode: cgroups.map { CgroupMode($0.mode) } ?? .absent,
            cgroupControllers: cgroups.map { $0.hierarchies.flatMap(\.controllers) }, resctrl: nil)
        let canMapAnything: UInt64 = 1 << 7 | 1 << 6  // CAP_SETUID, CAP_SETGID
        if capabilities & canMapAnything != canMapAnything {
            facts.effectiveGroupID = Credentials.effectiveGID
            facts.subordinateIDs = subordinateIDs()
        }
        if release < (5, 6) { facts.namespaceKinds.removeAll { $0 == .time } }
        if let spec {
            facts.lookUp(for: spec)
            facts.look(atWhat: spec.linux?.resources, needs: cgroups)
            facts.look(atFilterOf: spec)
        }
        return facts
    }

    /// Looks at what the kernel can do for a filter of system calls, if the configuration has one.
    mutating func look(atFilterOf spec: Spec) {
        if spec.linux?.seccomp != nil { seccompActions = Names.kernelActions() }
    }

    /// What helps an ordinary user to map ids.
    private static func subordinateIDs() -> SubordinateIDs {
        var facts = SubordinateIDs(
            hasUserHelper: MappingHelper.find("newuidmap") != nil,
            hasGroupHelper: MappingHelper.find("newgidmap") != nil)
        // A line `subid: …` puts a directory service in the place of the files: then the helpers alone know.
        let services = contents("/etc/nsswitch.conf").split(separator: UInt8(ascii: "\n"))
        if services.contains(where: { $0.starts(with: "subid:".utf8) }) { return facts }
        let uid = Credentials.effectiveUID
        let name = userName(of: uid)
        facts.users = SubordinateIDs.ranges(in: contents("/etc/subuid"), of: uid, named: name)
        facts.groups = SubordinateIDs.ranges(in: contents("/etc/subgid"), of: uid, named: name)
        return facts
    }

    /// The name of a user of the host.
    private static func userName(of uid: UInt32) -> String? {
        let digits = Array("\(uid)".utf8)
        for line in contents("/etc/passwd").split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
            if fields.count == 4, fields[2].elementsEqual(digits) { return String(decoding: fields[0], as: UTF8.self) }
        }
        return nil
    }

    /// A file of the host's configuration; nothing where it can't be read.
    private static func contents(_ path: String) -> [UInt8] {
        let flags: OpenFlags = [.nonBlocking, .noControllingTerminal]
        return (try? FileDescriptor.open(path, flags).readAll(limitBytes: 1 << 20)) ?? []
    }

    /// The machine, for those who need nothing else.
    static func gathered(for spec: Spec) -> HostFacts { gather(try? CgroupHost.detect(), for: spec) }

    /// True for root in the first user namespace, for whom the host is its own.
    static var isHostRoot: Bool { Credentials.effectiveUID == 0 && isInInitialUserNamespace }

    /// The first user namespace has this inode on every system (PROC_USER_INIT_INO); its mapping proves nothing.
    private static var isInInitialUserNamespace: Bool {
        guard let status = try? FileDescriptor.status(of: "/proc/self/ns/user") else { return true }
        return status.inode == 0xEFFF_FFFD
    }
}

extension HostFacts.CgroupMode {
    fileprivate init(_ mode: Cgroups.CgroupMode) {
        switch mode {
        case .v1: self = .v1
        case .hybrid: self = .hybrid
        case .v2: self = .v2
        }
    }
}
