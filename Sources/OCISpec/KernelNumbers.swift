extension Spec.Linux.Namespace.Kind {
    /// The `CLONE_NEW…` bit for clone3(2), unshare(2) and setns(2); nil for an unknown kind.
    public var cloneFlag: UInt64? {
        switch self {
        case .time: 0x0000_0080
        case .mount: 0x0002_0000
        case .cgroup: 0x0200_0000
        case .uts: 0x0400_0000
        case .ipc: 0x0800_0000
        case .user: 0x1000_0000
        case .pid: 0x2000_0000
        case .network: 0x4000_0000
        case .unknown: nil
        }
    }

    /// The name of its file in /proc/PID/ns; nil for an unknown kind.
    public var procName: String? {
        switch self {
        case .time: "time"
        case .mount: "mnt"
        case .cgroup: "cgroup"
        case .uts: "uts"
        case .ipc: "ipc"
        case .user: "user"
        case .pid: "pid"
        case .network: "net"
        case .unknown: nil
        }
    }
}

extension Spec.Linux.Device.Kind {
    /// The `S_IF…` bits for mknod(2); nil for an unknown kind.
    public var fileType: UInt32? {
        switch self {
        case .character, .unbuffered: 0o020_000
        case .block: 0o060_000
        case .pipe: 0o010_000
        case .unknown: nil
        }
    }
}

extension Spec.Scheduler.Policy {
    /// The number for sched_setattr(2), linux/sched.h; nil for an unknown policy.
    public var number: UInt32? {
        switch self {
        case .other: 0
        case .fifo: 1
        case .roundRobin: 2
        case .batch: 3
        case .isochronous: 4
        case .idle: 5
        case .deadline: 6
        case .unknown: nil
        }
    }
}

extension Spec.Scheduler.Flag {
    /// The bit for sched_setattr(2), linux/sched.h; nil for an unknown flag.
    public var bit: UInt64? {
        switch self {
        case .resetOnFork: 0x01
        case .reclaim: 0x02
        case .deadlineOverrun: 0x04
        case .keepPolicy: 0x08
        case .keepParameters: 0x10
        case .utilizationMinimum: 0x20
        case .utilizationMaximum: 0x40
        case .unknown: nil
        }
    }
}

extension Spec.IOPriority.Class {
    /// The number for ioprio_set(2); nil for an unknown class.
    public var number: Int32? {
        switch self {
        case .realtime: 1
        case .bestEffort: 2
        case .idle: 3
        case .unknown: nil
        }
    }
}

extension Spec.Linux.MemoryPolicy.Mode {
    /// The number for set_mempolicy(2), linux/mempolicy.h; nil for an unknown mode.
    public var number: Int32? {
        switch self {
        case .systemDefault: 0
        case .preferred: 1
        case .bind: 2
        case .interleave: 3
        case .local: 4
        case .preferredMany: 5
        case .weightedInterleave: 6
        case .unknown: nil
        }
    }
}

extension Spec.Linux.MemoryPolicy.Flag {
    /// The bit beside the mode for set_mempolicy(2), linux/mempolicy.h; nil for an unknown flag.
    public var bit: Int32? {
        switch self {
        case .numaBalancing: 1 << 13
        case .relativeNodes: 1 << 14
        case .staticNodes: 1 << 15
        case .unknown: nil
        }
    }
}

extension Spec.Linux.Personality.Domain {
    /// The number for personality(2), linux/personality.h; nil for an unknown domain.
    public var number: UInt32? {
        switch self {
        case .linux: 0
        case .linux32: 8
        case .unknown: nil
        }
    }
}
