internal import Cgroups
internal import LinuxKernel
internal import OCISpec
internal import Seccomp
internal import Validation

extension HostFacts {
    /// Looks at the machine, with a handful of calls.
    static func gather(_ cgroups: CgroupHost?) -> HostFacts {
        let release = Kernel.release
        let capabilities = (try? Credentials.capabilities().effective) ?? 0
        var facts = HostFacts(
            kernelMajor: release.major, kernelMinor: release.minor, effectiveUserID: Credentials.effectiveUID,
            inInitialUserNamespace: isInInitialUserNamespace, capabilities: capabilities,
            lastCapability: CapabilityName.all.count - 1,
            cgroupMode: cgroups.map { CgroupMode($0.mode) } ?? .absent,
            cgroupControllers: cgroups.map { Set($0.hierarchies.flatMap(\.controllers)) })
        if release < (5, 6) { facts.namespaceKinds.removeAll { $0 == .time } }
        return facts
    }

    /// Looks at what the kernel can do for a filter of system calls, if the configuration has one.
    mutating func look(atFilterOf spec: Spec) {
        if spec.linux?.seccomp != nil { seccompActions = Names.kernelActions() }
    }

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
