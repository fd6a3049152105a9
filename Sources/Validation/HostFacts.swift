public import OCISpec

/// What the rules may know about the machine: plain values, gathered once by whoever calls ``validate(_:on:)``.
public struct HostFacts: Equatable, Sendable {
    /// How the machine's cgroups are mounted.
    public enum CgroupMode: Equatable, Sendable {
        /// Not at all.
        case absent
        /// A hierarchy for each controller.
        case v1
        /// As `v1`, with a v2 hierarchy that has no controllers beside them.
        case hybrid
        /// One hierarchy for all.
        case v2
    }

    /// The kernel's major and minor version.
    public var kernelMajor: Int
    /// The second number of the kernel's version.
    public var kernelMinor: Int
    /// The effective user id of the runtime.
    public var effectiveUserID: UInt32
    /// The effective group id of the runtime.
    public var effectiveGroupID: UInt32
    /// What helps a runtime without privileges to map ids; nil for one that has them.
    public var subordinateIDs: SubordinateIDs?
    /// Whether the runtime is in the machine's first user namespace.
    public var inInitialUserNamespace: Bool
    /// The runtime's effective capabilities, one bit each, by number.
    public var capabilities: UInt64
    /// The highest capability that the kernel knows.
    public var lastCapability: Int
    /// How cgroups are mounted.
    public var cgroupMode: CgroupMode
    /// The cgroup controllers at hand; nil when that isn't known.
    public var cgroupControllers: [String]?
    /// The sizes of huge pages, such as `2MB`; nil when that isn't known.
    public var hugepageSizes: [String]?
    /// The names of the RDMA devices; nil when that isn't known.
    public var rdmaDevices: [String]?
    /// Whether cgroups can have weights for block I/O; nil when that isn't known.
    public var hasBlockWeights: Bool?
    /// Whether cgroups can limit swap; nil when that isn't known.
    public var hasSwapAccounting: Bool?
    /// Whether AppArmor is active.
    public var hasAppArmor: Bool
    /// Whether SELinux is active.
    public var hasSELinux: Bool
    /// The kinds of namespaces that the kernel has.
    public var namespaceKinds: [Spec.Linux.Namespace.Kind]
    /// Where the resctrl filesystem is mounted; nil where it isn't.
    public var resctrl: String?
    /// The memory nodes with memory; nil when they aren't known.
    public var memoryNodes: [ClosedRange<Int>]?
    /// Whether the kernel has NUMA memory policies.
    public var hasMemoryPolicies: Bool
    /// The CPUs that are online; nil when they aren't known.
    public var cpus: [ClosedRange<Int>]?

    /// What the kernel can do when a system call matches a filter, by its own names; nil when that isn't known.
    public var seccompActions: [String]?
    /// The names in the filter that no system call has; nil when nobody looked.
    public var unknownSystemCalls: Set<String>?

    /// Describes a machine; by default a current one on which the runtime is root.
    public init(
        kernelMajor: Int = 6, kernelMinor: Int = 12, effectiveUserID: UInt32 = 0, inInitialUserNamespace: Bool = true,
        capabilities: UInt64 = (1 << 41) - 1, lastCapability: Int = 40, cgroupMode: CgroupMode = .v2,
        cgroupControllers: [String]? = nil, hasAppArmor: Bool = false, hasSELinux: Bool = false,
        namespaceKinds: [Spec.Linux.Namespace.Kind] = Spec.Linux.Namespace.Kind.known,
        effectiveGroupID: UInt32 = 0, subordinateIDs: SubordinateIDs? = nil,
        resctrl: String? = "/sys/fs/resctrl", memoryNodes: [ClosedRange<Int>]? = nil, hasMemoryPolicies: Bool = true,
        cpus: [ClosedRange<Int>]? = nil
    ) {
        self.effectiveGroupID = effectiveGroupID
        self.subordinateIDs = subordinateIDs
        self.kernelMajor = kernelMajor
        self.kernelMinor = kernelMinor
        self.effectiveUserID = effectiveUserID
        self.inInitialUserNamespace = inInitialUserNamespace
        self.capabilities = capabilities
        self.lastCapability = lastCapability
        self.cgroupMode = cgroupMode
        self.cgroupControllers = cgroupControllers
        self.hasAppArmor = hasAppArmor
        self.hasSELinux = hasSELinux
        self.namespaceKinds = namespaceKinds
        self.resctrl = resctrl
        self.memoryNodes = memoryNodes
        self.hasMemoryPolicies = hasMemoryPolicies
        self.cpus = cpus
    }

    /// Whether the kernel is at least this version.
    func kernelIsAtLeast(_ major: Int, _ minor: Int) -> Bool {
        (kernelMajor, kernelMinor) >= (major, minor)
    }

    /// Whether the runtime has a capability over the machine itself, by name.
    func hasOverHost(_ name: String) -> Bool { inInitialUserNamespace && has(capability: name) }

    /// Whether the runtime has a capability, by name.
    func has(capability name: String) -> Bool {
        guard let number = CapabilityName.number(of: name) else { return false }
        return capabilities >> UInt64(number) & 1 == 1
    }
}
