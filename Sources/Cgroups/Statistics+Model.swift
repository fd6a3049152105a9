/// What the kernel counts for a container's cgroup.
///
/// The names in JSON and their meaning are those of runc's `events`, which monitoring reads. Amounts are in bytes, times
/// in nanoseconds. What the host doesn't count is absent.
public struct CgroupStatistics: Codable, Equatable, Sendable {
    /// Time of the CPUs.
    package var cpu = CPU()
    /// Where the container may run.
    package var cpuset = Set()
    /// Memory and swap.
    package var memory = Memory()
    /// Tasks.
    package var pids = Pids()
    /// Block I/O.
    package var blkio = BlockIO()
    /// Huge pages, by their size.
    package var hugetlb: [String: Hugepages] = [:]

    /// Statistics without any count.
    public init() {}

    /// Use of the CPUs.
    package struct CPU: Codable, Equatable, Sendable {
        package var usage = Usage()
        package var throttling = Throttling()
        package var psi: Pressure?

        /// Time that was used.
        package struct Usage: Codable, Equatable, Sendable {
            package var total: UInt64?
            /// By CPU; version 1 only.
            package var percpu: [UInt64]?
            package var percpuKernel: [UInt64]?
            package var percpuUser: [UInt64]?
            package var kernel: UInt64 = 0
            package var user: UInt64 = 0

            private enum CodingKeys: String, CodingKey {
                case total, percpu, kernel, user
                case percpuKernel = "percpu_kernel"
                case percpuUser = "percpu_user"
            }
        }

        /// How often the quota was used up.
        package struct Throttling: Codable, Equatable, Sendable {
            package var periods: UInt64?
            package var throttledPeriods: UInt64?
            package var throttledTime: UInt64?
        }
    }

    /// CPUs and memory nodes, and the flags that version 1 has for them.
    package struct Set: Codable, Equatable, Sendable {
        package var cpus: [UInt32]?
        package var mems: [UInt32]?
        package var cpuExclusive: UInt64 = 0
        package var memHardwall: UInt64 = 0
        package var memExclusive: UInt64 = 0
        package var memoryMigrate: UInt64 = 0
        package var memorySpreadPage: UInt64 = 0
        package var memorySpreadSlab: UInt64 = 0
        package var memoryPressure: UInt64 = 0
        package var schedLoadBalance: UInt64 = 0
        package var schedRelaxDomainLevel: Int64 = 0

        private enum CodingKeys: String, CodingKey {
            case cpus, mems
            case cpuExclusive = "cpu_exclusive"
            case memHardwall = "mem_hardwall"
            case memExclusive = "mem_exclusive"
            case memoryMigrate = "memory_migrate"
            case memorySpreadPage = "memory_spread_page"
            case memorySpreadSlab = "memory_spread_slab"
            case memoryPressure = "memory_pressure"
            case schedLoadBalance = "sched_load_balance"
            case schedRelaxDomainLevel = "sched_relax_domain_level"
        }
    }

    /// Use of memory.
    package struct Memory: Codable, Equatable, Sendable {
        /// What is kept of files.
        package var cache: UInt64?
        package var usage = Amount()
        /// Memory and swap together.
        package var swap = Amount()
        package var kernel = Amount()
        package var kernelTCP = Amount()
        /// The numbers of memory.stat by their names.
        package var raw: [String: UInt64]?
        package var psi: Pressure?

        /// An amount with its limit.
        package struct Amount: Codable, Equatable, Sendable {
            /// The greatest number where there is no limit.
            package var limit: UInt64 = 0
            package var usage: UInt64?
            /// The most there was.
            package var max: UInt64?
            /// How often the limit was met.
            package var failcnt: UInt64 = 0
        }
    }

    /// Tasks.
    package struct Pids: Codable, Equatable, Sendable {
        package var current: UInt64?
        /// Absent where there is no limit.
        package var limit: UInt64?
    }

    /// Block I/O, by device and kind of operation.
    package struct BlockIO: Codable, Equatable, Sendable {
        package var ioServiceBytesRecursive: [Entry]?
        package var ioServicedRecursive: [Entry]?
        package var ioQueueRecursive: [Entry]?
        package var ioServiceTimeRecursive: [Entry]?
        package var ioWaitTimeRecursive: [Entry]?
        package var ioMergedRecursive: [Entry]?
        package var ioTimeRecursive: [Entry]?
        package var sectorsRecursive: [Entry]?
        package var psi: Pressure?

        /// The count of one kind of operation on one device.
        package struct Entry: Codable, Equatable, Sendable {
            package var major: UInt64
            package var minor: UInt64
            package var op: String
            package var value: UInt64
        }
    }

    /// Huge pages of one size.
    package struct Hugepages: Codable, Equatable, Sendable {
        package var usage: UInt64?
        package var max: UInt64?
        package var failcnt: UInt64 = 0
    }

    /// How long processes waited for something that was short, as shares in percent and as a sum in microseconds.
    ///
    /// Source: the kernel's accounting/psi documentation.
    package struct Pressure: Codable, Equatable, Sendable {
        /// At least one process waited.
        package var some: Shares?
        /// All waited.
        package var full: Shares?

        /// Shares of the last 10, 60 and 300 seconds.
        package struct Shares: Codable, Equatable, Sendable {
            package var avg10: Double
            package var avg60: Double
            package var avg300: Double
            package var total: UInt64
        }
    }
}
