public import JSONCodec

extension Spec.Linux {
    /// Limits and permissions set through cgroups.
    ///
    /// Source: config-linux.md "Control groups".
    public struct Resources: ObjectDecodable, Encodable, Equatable, Sendable {
        /// Which devices may be used; later rules win.
        public var devices: [DeviceRule]?
        /// Limits of the memory controller.
        public var memory: Memory?
        /// Limits of the cpu and cpuset controllers.
        public var cpu: CPU?
        /// Limits of the pids controller.
        public var pids: Pids?
        /// Limits of the blkio (v1) or io (v2) controller.
        public var blockIO: BlockIO?
        /// Limits of the hugetlb controller.
        public var hugepageLimits: [HugepageLimit]?
        /// Settings of net_cls and net_prio (v1 only).
        public var network: Network?
        /// Limits of the rdma controller, by device.
        public var rdma: [String: Rdma]?
        /// Contents of files of the v2 cgroup, by file name.
        public var unified: [String: String]?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(
            devices: [DeviceRule]? = nil, memory: Memory? = nil, cpu: CPU? = nil, pids: Pids? = nil,
            blockIO: BlockIO? = nil, hugepageLimits: [HugepageLimit]? = nil, network: Network? = nil,
            rdma: [String: Rdma]? = nil, unified: [String: String]? = nil
        ) {
            self.devices = devices
            self.memory = memory
            self.cpu = cpu
            self.pids = pids
            self.blockIO = blockIO
            self.hugepageLimits = hugepageLimits
            self.network = network
            self.rdma = rdma
            self.unified = unified
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            devices = try member("devices")
            memory = try member("memory")
            cpu = try member("cpu")
            pids = try member("pids")
            blockIO = try member("blockIO")
            hugepageLimits = try member("hugepageLimits")
            network = try member("network")
            rdma = try member("rdma")
            unified = try member("unified")
        }
    }
}

extension Spec.Linux.Resources {
    /// One entry of the allowed device list.
    ///
    /// Source: config-linux.md "Allowed Device list".
    public struct DeviceRule: ObjectDecodable, Encodable, Equatable, Sendable {
        /// Whether the rule permits or forbids.
        public var allow: Bool
        /// Which devices; absent means all.
        public var type: Kind?
        /// The major number; absent means any, as does -1.
        public var major: Int64?
        /// The minor number; absent means any, as does -1.
        public var minor: Int64?
        /// What is permitted or forbidden: letters of `rwm`; absent means all of them.
        public var access: String?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(allow: Bool, type: Kind? = nil, major: Int64? = nil, minor: Int64? = nil, access: String? = nil) {
            self.allow = allow
            self.type = type
            self.major = major
            self.minor = minor
            self.access = access
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            allow = try member.required("allow")
            type = try member("type")
            major = try member("major")
            minor = try member("minor")
            access = try member("access")
        }

        /// Which kind of device a rule speaks of.
        public enum Kind: Vocabulary {
            /// Both kinds; numbers play no role.
            case all
            /// Character devices.
            case character
            /// Block devices.
            case block
            /// A value the specification doesn't list, as it was written.
            case unknown(String)

            /// All listed values.
            public static var known: [Self] { [.all, .character, .block] }

            /// The value as it stands in the configuration.
            public var rawValue: String {
                switch self {
                case .all: "a"
                case .character: "c"
                case .block: "b"
                case .unknown(let text): text
                }
            }
        }
    }

    /// Memory limits in bytes; -1 is none.
    ///
    /// Source: config-linux.md "Memory".
    public struct Memory: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The most memory.
        public var limit: Int64?
        /// The soft limit.
        public var reservation: Int64?
        /// The most memory and swap together.
        public var swap: Int64?
        /// The most kernel memory (obsolete).
        public var kernel: Int64?
        /// The most memory of TCP buffers (obsolete).
        public var kernelTCP: Int64?
        /// The readiness to swap, 0 to 100 (v1 only).
        public var swappiness: UInt64?
        /// Whether processes wait for memory instead of being killed (v1 only).
        public var disableOOMKiller: Bool?
        /// Whether children are accounted, too (v1 only; newer kernels always do).
        public var useHierarchy: Bool?
        /// Whether a limit below the current usage is refused.
        public var checkBeforeUpdate: Bool?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(
            limit: Int64? = nil, reservation: Int64? = nil, swap: Int64? = nil, kernel: Int64? = nil,
            kernelTCP: Int64? = nil, swappiness: UInt64? = nil, disableOOMKiller: Bool? = nil,
            useHierarchy: Bool? = nil, checkBeforeUpdate: Bool? = nil
        ) {
            self.limit = limit
            self.reservation = reservation
            self.swap = swap
            self.kernel = kernel
            self.kernelTCP = kernelTCP
            self.swappiness = swappiness
            self.disableOOMKiller = disableOOMKiller
            self.useHierarchy = useHierarchy
            self.checkBeforeUpdate = checkBeforeUpdate
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            limit = try member("limit")
            reservation = try member("reservation")
            swap = try member("swap")
            kernel = try member("kernel")
            kernelTCP = try member("kernelTCP")
            swappiness = try member("swappiness")
            disableOOMKiller = try member("disableOOMKiller")
            useHierarchy = try member("useHierarchy")
            checkBeforeUpdate = try member("checkBeforeUpdate")
        }
    }

    /// CPU limits.
    ///
    /// Times are in microseconds. Source: config-linux.md "CPU".
    public struct CPU: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The weight relative to siblings, 2 to 262144.
        public var shares: UInt64?
        /// CPU time in a period; 0 or less is no limit.
        public var quota: Int64?
        /// Unused time that may be saved for later periods; not above the quota.
        public var burst: UInt64?
        /// The length of a period.
        public var period: UInt64?
        /// CPU time of realtime tasks in a period (v1 only).
        public var realtimeRuntime: Int64?
        /// The length of their period (v1 only).
        public var realtimePeriod: UInt64?
        /// The CPUs to run on, such as `0-3,7`.
        public var cpus: String?
        /// The memory nodes to use, such as `0-1`.
        public var mems: String?
        /// 1 runs the group only when nothing else wants to; 0 is normal.
        public var idle: Int64?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(
            shares: UInt64? = nil, quota: Int64? = nil, burst: UInt64? = nil, period: UInt64? = nil,
            realtimeRuntime: Int64? = nil, realtimePeriod: UInt64? = nil, cpus: String? = nil, mems: String? = nil,
            idle: Int64? = nil
        ) {
            self.shares = shares
            self.quota = quota
            self.burst = burst
            self.period = period
            self.realtimeRuntime = realtimeRuntime
            self.realtimePeriod = realtimePeriod
            self.cpus = cpus
            self.mems = mems
            self.idle = idle
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            shares = try member("shares")
            quota = try member("quota")
            burst = try member("burst")
            period = try member("period")
            realtimeRuntime = try member("realtimeRuntime")
            realtimePeriod = try member("realtimePeriod")
            cpus = try member("cpus")
            mems = try member("mems")
            idle = try member("idle")
        }
    }

    /// The limit of the pids controller.
    ///
    /// Source: config-linux.md "PIDs".
    public struct Pids: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The most tasks; -1 is no limit, 0 is a limit.
        public var limit: Int64?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(limit: Int64? = nil) {
            self.limit = limit
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            limit = try member("limit")
        }
    }

    /// Block I/O weights and limits.
    ///
    /// Source: config-linux.md "Block IO".
    public struct BlockIO: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The default weight.
        public var weight: UInt16?
        /// The weight against child cgroups (v1 only).
        public var leafWeight: UInt16?
        /// Weights by device.
        public var weightDevice: [WeightDevice]?
        /// The most bytes read in a second, by device.
        public var throttleReadBpsDevice: [ThrottleDevice]?
        /// The most bytes written in a second, by device.
        public var throttleWriteBpsDevice: [ThrottleDevice]?
        /// The most reads in a second, by device.
        public var throttleReadIOPSDevice: [ThrottleDevice]?
        /// The most writes in a second, by device.
        public var throttleWriteIOPSDevice: [ThrottleDevice]?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(
            weight: UInt16? = nil, leafWeight: UInt16? = nil, weightDevice: [WeightDevice]? = nil,
            throttleReadBpsDevice: [ThrottleDevice]? = nil, throttleWriteBpsDevice: [ThrottleDevice]? = nil,
            throttleReadIOPSDevice: [ThrottleDevice]? = nil, throttleWriteIOPSDevice: [ThrottleDevice]? = nil
        ) {
            self.weight = weight
            self.leafWeight = leafWeight
            self.weightDevice = weightDevice
            self.throttleReadBpsDevice = throttleReadBpsDevice
            self.throttleWriteBpsDevice = throttleWriteBpsDevice
            self.throttleReadIOPSDevice = throttleReadIOPSDevice
            self.throttleWriteIOPSDevice = throttleWriteIOPSDevice
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            weight = try member("weight")
            leafWeight = try member("leafWeight")
            weightDevice = try member("weightDevice")
            throttleReadBpsDevice = try member("throttleReadBpsDevice")
            throttleWriteBpsDevice = try member("throttleWriteBpsDevice")
            throttleReadIOPSDevice = try member("throttleReadIOPSDevice")
            throttleWriteIOPSDevice = try member("throttleWriteIOPSDevice")
        }

        /// The weight of one device.
        public struct WeightDevice: ObjectDecodable, Encodable, Equatable, Sendable {
            /// The major number.
            public var major: Int64
            /// The minor number.
            public var minor: Int64
            /// The weight; this or `leafWeight` is given.
            public var weight: UInt16?
            /// The weight against child cgroups.
            public var leafWeight: UInt16?

            /// Makes a value from its properties; what is optional is absent unless given.
            public init(major: Int64, minor: Int64, weight: UInt16? = nil, leafWeight: UInt16? = nil) {
                self.major = major
                self.minor = minor
                self.weight = weight
                self.leafWeight = leafWeight
            }

            /// Reads the properties from an object; see ``Members``.
            public init(_ member: Members) throws {
                major = try member.required("major")
                minor = try member.required("minor")
                weight = try member("weight")
                leafWeight = try member("leafWeight")
            }
        }

        /// The limit of one device.
        public struct ThrottleDevice: ObjectDecodable, Encodable, Equatable, Sendable {
            /// The major number.
            public var major: Int64
            /// The minor number.
            public var minor: Int64
            /// Bytes or operations in a second.
            public var rate: UInt64

            /// Makes a value from its properties; what is optional is absent unless given.
            public init(major: Int64, minor: Int64, rate: UInt64) {
                self.major = major
                self.minor = minor
                self.rate = rate
            }

            /// Reads the properties from an object; see ``Members``.
            public init(_ member: Members) throws {
                major = try member.required("major")
                minor = try member.required("minor")
                rate = try member.required("rate")
            }
        }
    }

    /// The limit of one size of huge pages.
    ///
    /// Source: config-linux.md "Huge page limits".
    public struct HugepageLimit: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The page size as the kernel writes it: `64KB`, `2MB`, `1GB`.
        public var pageSize: String
        /// The most bytes.
        public var limit: UInt64

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(pageSize: String, limit: UInt64) {
            self.pageSize = pageSize
            self.limit = limit
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            pageSize = try member.required("pageSize")
            limit = try member.required("limit")
        }
    }

    /// Marks on the container's packets (v1 only).
    ///
    /// Source: config-linux.md "Network".
    public struct Network: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The class identifier for net_cls.
        public var classID: UInt32?
        /// Priorities by interface for net_prio.
        public var priorities: [InterfacePriority]?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(classID: UInt32? = nil, priorities: [InterfacePriority]? = nil) {
            self.classID = classID
            self.priorities = priorities
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            classID = try member("classID")
            priorities = try member("priorities")
        }

        /// The priority of traffic that leaves through one interface.
        public struct InterfacePriority: ObjectDecodable, Encodable, Equatable, Sendable {
            /// The interface's name in the runtime's network namespace.
            public var name: String
            /// The priority.
            public var priority: UInt32

            /// Makes a value from its properties; what is optional is absent unless given.
            public init(name: String, priority: UInt32) {
                self.name = name
                self.priority = priority
            }

            /// Reads the properties from an object; see ``Members``.
            public init(_ member: Members) throws {
                name = try member.required("name")
                priority = try member.required("priority")
            }
        }
    }

    /// The limits of one RDMA device.
    ///
    /// Source: config-linux.md "RDMA".
    public struct Rdma: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The most handles; this or `hcaObjects` is given.
        public var hcaHandles: UInt32?
        /// The most objects.
        public var hcaObjects: UInt32?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(hcaHandles: UInt32? = nil, hcaObjects: UInt32? = nil) {
            self.hcaHandles = hcaHandles
            self.hcaObjects = hcaObjects
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            hcaHandles = try member("hcaHandles")
            hcaObjects = try member("hcaObjects")
        }
    }
}
