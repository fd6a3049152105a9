internal import LinuxKernel

extension ProcessIdentity {
    /// Writes down who a process is.
    init(of process: borrowing ProcessHandle) throws(CallError) {
        pid = process.pid
        inode = try process.identity() ?? 0
        start = try ProcessIdentity.startTime(of: process.pid)
    }

    /// The calling process.
    static func current() throws(CallError) -> ProcessIdentity {
        try ProcessIdentity(of: ProcessHandle(pid: Process.id))
    }

    /// Holds the process, if it is still there and hasn't ended; nil otherwise, and where the number means another one.
    func open() throws(CallError) -> ProcessHandle? {
        guard pid > 0 else { return nil }
        let handle: ProcessHandle
        do throws(CallError) {
            handle = try ProcessHandle(pid: pid)
        } catch  where error.errno == .noProcess || error.errno == .invalid {
            return nil
        }
        // The handle holds one process; if it isn't the recorded one, the number was given out again.
        if inode != 0 {
            guard try handle.identity() == inode else { return nil }
        } else {
            guard (try? ProcessIdentity.startTime(of: pid)) == start else { return nil }
        }
        if try handle.hasEnded() { return nil }
        return handle
    }

    /// True if the process is there and hasn't ended.
    func isAlive() throws(CallError) -> Bool { try open() != nil }

    /// Field 22 of `stat`, in clock ticks since boot; parsed behind the last `)`, as the name may contain anything.
    static func startTime(of pid: Int32) throws(CallError) -> UInt64 {
        let text = try FileDescriptor.open("/proc/\(pid)/stat", []).readAll(limitBytes: 8192)
        guard let end = text.lastIndex(of: UInt8(ascii: ")")) else { throw CallError(.read, .noData) }
        let fields = text[(end + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 19, let start = UInt64(String(decoding: fields[19], as: UTF8.self)) else {
            throw CallError(.read, .noData)
        }
        return start
    }
}
