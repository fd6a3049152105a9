internal import CLinux

/// What sched_setattr(2) takes.
public struct SchedulingAttributes: Equatable, Sendable {
    /// The policy's number: `SCHED_…` of linux/sched.h.
    public var policy: UInt32
    /// `SCHED_FLAG_…` bits.
    public var flags: UInt64
    /// The nice value, -20 to 19.
    public var nice: Int32
    /// The static priority of the realtime policies, 1 to 99; 0 for the others.
    public var priority: UInt32
    /// Nanoseconds in each period (deadline policy).
    public var runtime: UInt64
    /// Nanoseconds from the period's begin (deadline policy).
    public var deadline: UInt64
    /// Nanoseconds (deadline policy).
    public var period: UInt64

    /// Puts the values together.
    public init(
        policy: UInt32, flags: UInt64 = 0, nice: Int32 = 0, priority: UInt32 = 0, runtime: UInt64 = 0,
        deadline: UInt64 = 0, period: UInt64 = 0
    ) {
        self.policy = policy
        self.flags = flags
        self.nice = nice
        self.priority = priority
        self.runtime = runtime
        self.deadline = deadline
        self.period = period
    }
}

extension Process {
    /// Sets how a process is scheduled.
    ///
    /// Source: sched_setattr(2).
    /// - Parameter pid: a child that hasn't been waited for; 0 is the caller.
    public static func setScheduling(_ wanted: SchedulingAttributes, of pid: Int32) throws(CallError) {
        let attributes = sw_sched_attr(
            size: 0, policy: wanted.policy, flags: wanted.flags, nice: wanted.nice, priority: wanted.priority,
            runtime: wanted.runtime, deadline: wanted.deadline, period: wanted.period, utilization_minimum: 0,
            utilization_maximum: 0)
        try check(.schedSetattr, sw_sched_setattr(pid, attributes))
    }

    /// How a process is scheduled; 0 is the caller.
    public static func scheduling(of pid: Int32) throws(CallError) -> SchedulingAttributes {
        var found = sw_sched_attr()
        try check(.schedGetattr, unsafe sw_sched_getattr(pid, &found))
        return SchedulingAttributes(
            policy: found.policy, flags: found.flags, nice: found.nice, priority: found.priority,
            runtime: found.runtime, deadline: found.deadline, period: found.period)
    }

    /// Sets the I/O priority of all processes of a group.
    ///
    /// Source: ioprio_set(2).
    /// - Parameters:
    ///   - scheduling: the class' number: 1 realtime, 2 best effort, 3 idle.
    ///   - level: 0 (highest) to 7.
    ///   - group: the number of its leader; 0 is the caller's group.
    public static func setIOPriority(class scheduling: Int32, level: Int32, ofGroup group: Int32) throws(CallError) {
        try check(.ioprioSet, sw_ioprio_set(2, group, scheduling << 13 | level & 0x1FFF))
    }

    /// The I/O priority of a process, in the form of ``setIOPriority(class:level:ofGroup:)``; 0 is the caller.
    public static func ioPriority(of pid: Int32) throws(CallError) -> (class: Int32, level: Int32) {
        let value = try check(.ioprioGet, sw_ioprio_get(1, pid))
        return (value >> 13, value & 0x1FFF)
    }

    /// Restricts a process to some CPUs, of which the kernel takes those that are online and in its cpuset.
    ///
    /// Source: sched_setaffinity(2).
    /// - Parameters:
    ///   - cpus: numbers below 65536; what is beyond is left out.
    ///   - pid: 0 is the caller.
    public static func setAffinity(_ cpus: [ClosedRange<Int>], of pid: Int32 = 0) throws(CallError) {
        let mask = bitMask(cpus, limit: 1 << 16)
        try check(.schedSetaffinity, unsafe sw_sched_setaffinity(pid, mask.count * 8, mask))
    }

    /// The CPUs that a process may run on, in order; 0 is the caller.
    public static func affinity(of pid: Int32 = 0) throws(CallError) -> [Int] {
        var mask = [UInt64](repeating: 0, count: 1024)
        try check(.schedGetaffinity, unsafe sw_sched_getaffinity(pid, mask.count * 8, &mask))
        return numbers(in: mask)
    }

    /// Sets the NUMA memory policy, which execve(2) keeps.
    ///
    /// Source: set_mempolicy(2).
    /// - Parameters:
    ///   - mode: the mode's number with its flags: `MPOL_…` of linux/mempolicy.h.
    ///   - nodes: numbers below 1024; what is beyond is left out.
    public static func setMemoryPolicy(_ mode: Int32, nodes: [ClosedRange<Int>]) throws(CallError) {
        let mask = bitMask(nodes, limit: 1024)
        // The kernel counts the bits from 1.
        try check(.setMempolicy, unsafe sw_set_mempolicy(mode, mask, UInt(mask.count) * 64 + 1))
    }

    /// The memory policy of the caller, in the form of ``setMemoryPolicy(_:nodes:)``.
    public static func memoryPolicy() throws(CallError) -> (mode: Int32, nodes: [Int]) {
        var mode: Int32 = 0
        var mask = [UInt64](repeating: 0, count: 16)
        try check(.getMempolicy, unsafe sw_get_mempolicy(&mode, &mask, 1024))
        return (mode, numbers(in: mask))
    }

    /// Sets the execution domain, `PER_…` of linux/personality.h, and answers the old one.
    ///
    /// Source: personality(2).
    @discardableResult
    public static func setPersonality(_ domain: UInt32) throws(CallError) -> UInt32 {
        UInt32(bitPattern: try check(.personality, sw_personality(UInt(domain))))
    }

    private static func numbers(in mask: [UInt64]) -> [Int] {
        mask.indices.flatMap { word in (0..<64).filter { mask[word] >> UInt64($0) & 1 == 1 }.map { word * 64 + $0 } }
    }
}

/// The ranges as bits, in as many words as the highest one needs.
func bitMask(_ ranges: [ClosedRange<Int>], limit: Int) -> [UInt64] {
    var mask: [UInt64] = []
    for range in ranges where range.lowerBound >= 0 && range.lowerBound < limit {
        let last = min(range.upperBound, limit - 1)
        if mask.count <= last / 64 { mask += [UInt64](repeating: 0, count: last / 64 + 1 - mask.count) }
        for number in range.lowerBound...last { mask[number / 64] |= 1 << UInt64(number % 64) }
    }
    return mask
}
