public import JSONCodec

extension Spec {
    /// The Linux section of the configuration.
    ///
    /// Source: config-linux.md.
    public struct Linux: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The namespaces that the container doesn't share with the runtime.
        public var namespaces: [Namespace]?
        /// The user ids of a new user namespace.
        public var uidMappings: [IDMapping]?
        /// The group ids of a new user namespace.
        public var gidMappings: [IDMapping]?
        /// Clock offsets of a new time namespace, by clock: `monotonic`, `boottime`.
        public var timeOffsets: [String: TimeOffset]?
        /// Device nodes beyond the default ones.
        public var devices: [Device]?
        /// Where the container's cgroup is; a relative path counts from a place of the runtime's choice.
        public var cgroupsPath: String?
        /// Limits set through cgroups.
        public var resources: Resources?
        /// The root mount's propagation.
        public var rootfsPropagation: Propagation?
        /// The system call filter.
        public var seccomp: Seccomp?
        /// Kernel parameters of the container's namespaces.
        public var sysctl: [String: String]?
        /// Absolute paths that can't be read inside.
        public var maskedPaths: [String]?
        /// Absolute paths that can't be written inside.
        public var readonlyPaths: [String]?
        /// The SELinux context of the container's mounts.
        public var mountLabel: String?
        /// Cache and memory bandwidth allocation.
        public var intelRdt: IntelRdt?
        /// The NUMA memory policy.
        public var memoryPolicy: MemoryPolicy?
        /// Network devices to move into the container, by their name outside.
        public var netDevices: [String: NetDevice]?
        /// The execution domain.
        public var personality: Personality?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(
            namespaces: [Namespace]? = nil, uidMappings: [IDMapping]? = nil, gidMappings: [IDMapping]? = nil,
            timeOffsets: [String: TimeOffset]? = nil, devices: [Device]? = nil, cgroupsPath: String? = nil,
            resources: Resources? = nil, rootfsPropagation: Propagation? = nil, seccomp: Seccomp? = nil,
            sysctl: [String: String]? = nil, maskedPaths: [String]? = nil, readonlyPaths: [String]? = nil,
            mountLabel: String? = nil, intelRdt: IntelRdt? = nil, memoryPolicy: MemoryPolicy? = nil,
            netDevices: [String: NetDevice]? = nil, personality: Personality? = nil
        ) {
            self.namespaces = namespaces
            self.uidMappings = uidMappings
            self.gidMappings = gidMappings
            self.timeOffsets = timeOffsets
            self.devices = devices
            self.cgroupsPath = cgroupsPath
            self.resources = resources
            self.rootfsPropagation = rootfsPropagation
            self.seccomp = seccomp
            self.sysctl = sysctl
            self.maskedPaths = maskedPaths
            self.readonlyPaths = readonlyPaths
            self.mountLabel = mountLabel
            self.intelRdt = intelRdt
            self.memoryPolicy = memoryPolicy
            self.netDevices = netDevices
            self.personality = personality
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            namespaces = try member("namespaces")
            uidMappings = try member("uidMappings")
            gidMappings = try member("gidMappings")
            timeOffsets = try member("timeOffsets")
            devices = try member("devices")
            cgroupsPath = try member("cgroupsPath")
            resources = try member("resources")
            rootfsPropagation = try member("rootfsPropagation")
            seccomp = try member("seccomp")
            sysctl = try member("sysctl")
            maskedPaths = try member("maskedPaths")
            readonlyPaths = try member("readonlyPaths")
            mountLabel = try member("mountLabel")
            intelRdt = try member("intelRdt")
            memoryPolicy = try member("memoryPolicy")
            netDevices = try member("netDevices")
            personality = try member("personality")
        }
    }
}

extension Spec.Linux {
    /// How mounts and unmounts travel between a mount and its peers.
    ///
    /// Source: mount_namespaces(7).
    public enum Propagation: Vocabulary {
        /// To and from its peers.
        case shared
        /// From its master only.
        case slave
        /// Not at all.
        case `private`
        /// Not at all, and it can't be bind-mounted.
        case unbindable
        /// A value the specification doesn't list, as it was written.
        case unknown(String)

        /// All listed values.
        public static var known: [Self] { [.shared, .slave, .`private`, .unbindable] }

        /// Finds the word, also with an "r" in front of it.
        ///
        /// Managers write `rslave` and the like as mount(8) does; of the root mount, which is one, it says the same.
        public init(rawValue: String) {
            let hasR = rawValue.utf8.first == UInt8(ascii: "r")
            self = Self.listed(hasR ? String(rawValue.dropFirst()) : rawValue) ?? .unknown(rawValue)
        }

        /// The value as it stands in the configuration.
        public var rawValue: String {
            switch self {
            case .shared: "shared"
            case .slave: "slave"
            case .`private`: "private"
            case .unbindable: "unbindable"
            case .unknown(let text): text
            }
        }
    }

    /// A namespace to create, or to join where a path is given.
    ///
    /// Source: config-linux.md "Namespaces".
    public struct Namespace: ObjectDecodable, Encodable, Equatable, Sendable {
        /// What it isolates.
        public var type: Kind
        /// The file of an existing namespace, an absolute path; absent makes a new one.
        public var path: String?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(type: Kind, path: String? = nil) {
            self.type = type
            self.path = path
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            type = try member.required("type")
            path = try member("path")
        }

        /// What a namespace isolates.
        ///
        /// Source: namespaces(7).
        public enum Kind: Vocabulary {
            /// Process ids.
            case pid
            /// Network devices, addresses, routes, ports.
            case network
            /// The mount table.
            case mount
            /// System V IPC and POSIX message queues.
            case ipc
            /// Host name and domain name.
            case uts
            /// User and group ids, and capabilities over the other namespaces.
            case user
            /// The view of the cgroup hierarchy.
            case cgroup
            /// The monotonic and boot-time clocks.
            case time
            /// A value the specification doesn't list, as it was written.
            case unknown(String)

            /// All listed values.
            public static var known: [Self] { [.pid, .network, .mount, .ipc, .uts, .user, .cgroup, .time] }

            /// The value as it stands in the configuration.
            public var rawValue: String {
                switch self {
                case .pid: "pid"
                case .network: "network"
                case .mount: "mount"
                case .ipc: "ipc"
                case .uts: "uts"
                case .user: "user"
                case .cgroup: "cgroup"
                case .time: "time"
                case .unknown(let text): text
                }
            }
        }
    }

    /// By how much a clock of a time namespace is ahead.
    ///
    /// Source: time_namespaces(7).
    public struct TimeOffset: ObjectDecodable, Encodable, Equatable, Sendable {
        /// Seconds; may be negative.
        public var secs: Int64?
        /// Nanoseconds, below one thousand million.
        public var nanosecs: UInt32?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(secs: Int64? = nil, nanosecs: UInt32? = nil) {
            self.secs = secs
            self.nanosecs = nanosecs
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            secs = try member("secs")
            nanosecs = try member("nanosecs")
        }
    }

    /// A device node to supply.
    ///
    /// Source: config-linux.md "Devices".
    public struct Device: ObjectDecodable, Encodable, Equatable, Sendable {
        /// Character, block or pipe.
        public var type: Kind
        /// The full path inside the container; need not be below /dev.
        public var path: String
        /// The major number; required unless it is a pipe.
        public var major: Int64?
        /// The minor number; required unless it is a pipe.
        public var minor: Int64?
        /// Permission bits; absent means 0o666.
        public var fileMode: UInt32?
        /// The owner inside the container; absent means 0.
        public var uid: UInt32?
        /// The group inside the container; absent means 0.
        public var gid: UInt32?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(
            type: Kind, path: String, major: Int64? = nil, minor: Int64? = nil, fileMode: UInt32? = nil,
            uid: UInt32? = nil, gid: UInt32? = nil
        ) {
            self.type = type
            self.path = path
            self.major = major
            self.minor = minor
            self.fileMode = fileMode
            self.uid = uid
            self.gid = gid
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            type = try member.required("type")
            path = try member.required("path")
            major = try member("major")
            minor = try member("minor")
            fileMode = try member("fileMode")
            uid = try member("uid")
            gid = try member("gid")
        }

        /// What mknod(1) calls the type.
        public enum Kind: Vocabulary {
            /// A character device.
            case character
            /// A character device, by its other name.
            case unbuffered
            /// A block device.
            case block
            /// A named pipe, which has no numbers.
            case pipe
            /// A value the specification doesn't list, as it was written.
            case unknown(String)

            /// All listed values.
            public static var known: [Self] { [.character, .unbuffered, .block, .pipe] }

            /// The value as it stands in the configuration.
            public var rawValue: String {
                switch self {
                case .character: "c"
                case .unbuffered: "u"
                case .block: "b"
                case .pipe: "p"
                case .unknown(let text): text
                }
            }
        }
    }
}
