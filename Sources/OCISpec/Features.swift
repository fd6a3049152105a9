/// The features document: what a runtime implements, whatever the machine has.
///
/// Source: features.md, features-linux.md. A property that is nil isn't written: nothing is said about it.
public struct Features: Codable, Equatable, Sendable {
    /// The oldest version of the specification that is accepted.
    public var ociVersionMin: String
    /// The newest version of the specification that is accepted.
    public var ociVersionMax: String
    /// The kinds of hooks.
    public var hooks: [String]?
    /// The mount options that belong to no filesystem.
    public var mountOptions: [String]?
    /// What only Linux has.
    public var linux: Linux?
    /// Free metadata of the runtime.
    public var annotations: [String: String]?
    /// The annotations of a configuration that change what the runtime does; one that ends in a dot is a beginning.
    public var potentiallyUnsafeConfigAnnotations: [String]?

    /// Makes a document that only names versions.
    public init(ociVersionMin: String, ociVersionMax: String) {
        self.ociVersionMin = ociVersionMin
        self.ociVersionMax = ociVersionMax
    }

    /// What only Linux has.
    public struct Linux: Codable, Equatable, Sendable {
        /// The kinds of namespaces.
        public var namespaces: [String]?
        /// The capabilities.
        public var capabilities: [String]?
        /// The cgroup managers.
        public var cgroup: Cgroup?
        /// The filter of system calls.
        public var seccomp: Seccomp?
        /// AppArmor.
        public var apparmor: Switch?
        /// SELinux.
        public var selinux: Switch?
        /// The NUMA memory policies.
        public var memoryPolicy: MemoryPolicy?
        /// Classes of cache and memory bandwidth.
        public var intelRdt: IntelRdt?
        /// What mounts can do beyond their options.
        public var mountExtensions: MountExtensions?
        /// Moving network devices.
        public var netDevices: Switch?

        /// Says nothing.
        public init() {}
    }

    /// Whether something is there.
    public struct Switch: Codable, Equatable, Sendable {
        /// True if it is.
        public var enabled: Bool

        /// Says whether it is.
        public init(_ enabled: Bool) { self.enabled = enabled }
    }

    /// The cgroup managers.
    public struct Cgroup: Codable, Equatable, Sendable {
        /// A hierarchy for each controller.
        public var v1: Bool
        /// One hierarchy for all.
        public var v2: Bool
        /// The machine's systemd.
        public var systemd: Bool
        /// A user's systemd.
        public var systemdUser: Bool
        /// The RDMA controller.
        public var rdma: Bool

        /// Says which are there.
        public init(v1: Bool, v2: Bool, systemd: Bool, systemdUser: Bool, rdma: Bool) {
            self.v1 = v1
            self.v2 = v2
            self.systemd = systemd
            self.systemdUser = systemdUser
            self.rdma = rdma
        }
    }

    /// The filter of system calls.
    public struct Seccomp: Codable, Equatable, Sendable {
        /// True if there is one.
        public var enabled: Bool
        /// The names of actions, `SCMP_ACT_…`.
        public var actions: [String]?
        /// The names of comparisons, `SCMP_CMP_…`.
        public var operators: [String]?
        /// The names of architectures, `SCMP_ARCH_…`.
        public var archs: [String]?
        /// The names of flags, `SECCOMP_FILTER_FLAG_…`.
        public var knownFlags: [String]?
        /// Those of the flags that take effect.
        public var supportedFlags: [String]?

        /// Says whether there is one, and no more.
        public init(enabled: Bool) { self.enabled = enabled }
    }

    /// The NUMA memory policies.
    public struct MemoryPolicy: Codable, Equatable, Sendable {
        /// The modes, `MPOL_…`.
        public var modes: [String]
        /// The flags, `MPOL_F_…`.
        public var flags: [String]

        /// Lists both.
        public init(modes: [String], flags: [String]) {
            self.modes = modes
            self.flags = flags
        }
    }

    /// Classes of cache and memory bandwidth.
    public struct IntelRdt: Codable, Equatable, Sendable {
        /// True if they are there.
        public var enabled: Bool
        /// True if `schemata` is.
        public var schemata: Bool
        /// True if `enableMonitoring` is.
        public var monitoring: Bool

        /// Says which are there.
        public init(enabled: Bool, schemata: Bool, monitoring: Bool) {
            self.enabled = enabled
            self.schemata = schemata
            self.monitoring = monitoring
        }
    }

    /// What mounts can do beyond their options.
    public struct MountExtensions: Codable, Equatable, Sendable {
        /// Id mappings of mounts.
        public var idmap: Switch

        /// Says what is there.
        public init(idmap: Switch) { self.idmap = idmap }
    }
}
