internal import CLinux

/// How a process ended.
public enum ExitStatus: Equatable, Sendable {
    /// It called exit with this status.
    case exited(Int32)
    /// This signal ended it.
    case signalled(Int32)

    /// The status as a shell reports it: 128 + n for signal n.
    public var shellStatus: Int32 {
        switch self {
        case .exited(let status): status
        case .signalled(let number): 128 + number
        }
    }
}

/// A process that is held by a pidfd, so that its number can't come to mean another one.
///
/// Source: pidfd_open(2).
public struct ProcessHandle: ~Copyable {
    /// The number in the caller's pid namespace.
    public let pid: Int32
    /// The pidfd.
    public let descriptor: FileDescriptor

    /// Takes over a pidfd.
    public init(pid: Int32, adopting descriptor: consuming FileDescriptor) {
        self.pid = pid
        self.descriptor = descriptor
    }

    /// Holds the process that has this number now; ESRCH where there is none.
    public init(pid: Int32) throws(CallError) {
        self.init(pid: pid, adopting: FileDescriptor(adopting: try check(.pidfdOpen, sw_pidfd_open(pid, 0))))
    }

    /// True once the process has ended, zombie or not.
    public func hasEnded() throws(CallError) -> Bool {
        try descriptor.waitReadable(timeoutMilliseconds: 0)
    }

    /// Waits until the process has ended, at most `timeoutMilliseconds` (-1: for ever); false at the time limit.
    public func waitForEnd(timeoutMilliseconds: Int32 = -1) throws(CallError) -> Bool {
        try descriptor.waitReadable(timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Sends a signal; ESRCH once it was waited for.
    public func signal(_ number: Int32) throws(CallError) {
        try check(.pidfdSendSignal, sw_pidfd_send_signal(descriptor.raw, number))
    }

    /// Collects the exit status of a child, waiting for its end.
    @discardableResult
    public func wait() throws(CallError) -> ExitStatus {
        while true {
            var code: Int32 = 0
            var status: Int32 = 0
            var pid: Int32 = 0
            let result = unsafe sw_waitid(
                Int32(SW_P_PIDFD), descriptor.raw, WEXITED, &code, &status, &pid)
            if result == -EINTR { continue }
            try check(.waitid, result)
            return code == CLD_EXITED ? .exited(status) : .signalled(status)
        }
    }

    /// The number that identifies the process while the system runs; nil before Linux 6.9, where pidfds share an inode.
    public func identity() throws(CallError) -> UInt64? {
        guard Kernel.release >= (6, 9) else { return nil }
        return try descriptor.status().inode
    }

    /// Collects every child that has ended, without waiting, except the process that `keep` names.
    public static func reapOrphans(except keep: Int32) {
        while true {
            var code: Int32 = 0
            var status: Int32 = 0
            var pid: Int32 = 0
            // Look first: a plain wait could take the status that the caller of `wait` wants.
            let options = WEXITED | WNOHANG | WNOWAIT
            guard unsafe sw_waitid(0, 0, options, &code, &status, &pid) == 0, pid > 0, pid != keep else { return }
            // Whoever collected it in between did our work.
            _ = unsafe sw_waitid(Int32(SW_P_PID), pid, WEXITED | WNOHANG, &code, &status, &pid)
        }
    }
}
