internal import LinuxKernel

extension ProcessIdentity {
    /// Writes down who a process is.
    init(of process: borrowing ProcessHandle) throws(CallError) {
        pid = process.pid
        inode = try process.identity() ?? 0
        start = try ProcessIdentity.startTime(of: process.pid)
    }

    /// The calling process, and the signals that it ignores, bit n-1 for signal n up to 31.
    ///
    /// Both are in the same file, which is read once.
    static func current() throws(CallError) -> (identity: ProcessIdentity, ignoredSignals: UInt64) {
        let stat = try stat(of: "self")
        let pid = Int32(truncatingIfNeeded: number(stat.prefix { $0 != 0x20 }))
        return (ProcessIdentity(pid: pid, start: try field(22, of: stat), inode: 0), try field(33, of: stat))
    }

    /// Holds the process, if it is still there and hasn't ended; nil otherwise, and where the number means another one.
    func open() throws(CallError) -> ProcessHandle? {
        guard pid > 0 else { return nil }
        let handle: ProcessHandle
        do throws(CallError) {
            handle = try ProcessHandle(pid: pid)
        } catch let error where error.errno == .noProcess || error.errno == .invalid {
            return nil
        }
        // The handle holds one process; if it isn't the recorded one, the number was given out again.
        if inode != 0, try handle.identity() != inode { return nil }
        // An inode is unique only while the system runs: after a reboot, state on a disk could name a foreign process.
        if start != 0 || inode == 0 {
            guard (try? ProcessIdentity.startTime(of: pid)) == start else { return nil }
        }
        if try handle.hasEnded() { return nil }
        return handle
    }

    /// True if the process is there and hasn't ended.
    func isAlive() throws(CallError) -> Bool { try open() != nil }

    /// Field 22 of `stat`, in clock ticks since boot.
    static func startTime(of pid: Int32) throws(CallError) -> UInt64 {
        try field(22, of: try stat(of: "\(pid)"))
    }

    private static func stat(of process: String) throws(CallError) -> [UInt8] {
        try FileDescriptor.open("/proc/\(process)/stat", []).read(count: 1024, at: 0)
    }

    /// A field of `stat` from the third on, counted from 1; what isn't a number is 0.
    ///
    /// Counted behind the last `)`, as the name, the second, may contain anything. Source: proc_pid_stat(5).
    private static func field(_ wanted: Int, of stat: [UInt8]) throws(CallError) -> UInt64 {
        guard let end = stat.lastIndex(of: UInt8(ascii: ")")) else { throw CallError(.read, .noData) }
        var current = 2
        for (index, byte) in stat[end...].enumerated() where byte == 0x20 {
            current += 1
            if current == wanted { return number(stat[(end + index + 1)...].prefix { $0 != 0x20 }) }
        }
        throw CallError(.read, .noData)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64 {
        digits.reduce(0) { value, digit in
            (0x30...0x39).contains(digit) ? value &* 10 &+ UInt64(digit &- 0x30) : 0
        }
    }
}
