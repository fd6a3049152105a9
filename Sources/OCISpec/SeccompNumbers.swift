extension Spec.Linux.Seccomp.Action {
    /// The errno of an action that has one, where the configuration names none: EPERM.
    public static let usualErrno: UInt32 = 1

    /// The highest errno that libseccomp takes; the kernel's own limit, MAX_ERRNO, is one more.
    public static let mostErrno: UInt32 = 4094

    /// The name in /proc/sys/kernel/seccomp/actions_avail; nil for an unknown action.
    public var kernelName: String? {
        switch self {
        case .kill, .killThread: "kill_thread"
        case .killProcess: "kill_process"
        case .trap: "trap"
        case .errno: "errno"
        case .trace: "trace"
        case .allow: "allow"
        case .log: "log"
        case .notify: "user_notif"
        case .unknown: nil
        }
    }

    /// Whether the action passes a number on: what the call answers, or what a tracer is told.
    public var hasErrno: Bool { self == .errno || self == .trace }

    /// What a filter answers, `SECCOMP_RET_…`, with the number in its lower half; nil for an unknown action.
    ///
    /// Source: seccomp(2).
    public func kernelValue(errno: UInt32?) -> UInt32? {
        let number = hasErrno ? (errno ?? Self.usualErrno) & 0xFFFF : 0
        switch self {
        case .kill, .killThread: return 0x0000_0000
        case .killProcess: return 0x8000_0000
        case .trap: return 0x0003_0000
        case .errno: return 0x0005_0000 | number
        case .notify: return 0x7FC0_0000
        case .trace: return 0x7FF0_0000 | number
        case .log: return 0x7FFC_0000
        case .allow: return 0x7FFF_0000
        case .unknown: return nil
        }
    }

    /// Whether the call may be carried out: by itself, or because whoever is asked says so.
    public var mayPass: Bool {
        switch self {
        case .allow, .log, .notify: true
        // Without a tracer, and at its start a container has none, the call fails with ENOSYS.
        case .kill, .killThread, .killProcess, .trap, .errno, .trace, .unknown: false
        }
    }
}

extension Spec.Linux.Seccomp.Flag {
    /// The bit for seccomp(2); nil for an unknown flag.
    public var bit: UInt32? {
        switch self {
        case .threadSync: 1 << 0
        case .log: 1 << 1
        case .speculationAllowed: 1 << 2
        case .waitKillable: 1 << 5
        case .unknown: nil
        }
    }

    /// The kernel that brought it, by major and minor version.
    public var since: (major: Int, minor: Int) {
        switch self {
        case .threadSync: (3, 17)
        case .log: (4, 14)
        case .speculationAllowed: (4, 17)
        case .waitKillable: (5, 19)
        case .unknown: (0, 0)
        }
    }
}

extension Spec.Linux.Seccomp {
    /// Whether a listener is asked about any call.
    public var usesNotification: Bool {
        defaultAction == .notify || (syscalls ?? []).contains { $0.action == .notify }
    }
}
