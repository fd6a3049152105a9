internal import CLinux

/// Signal masks and dispositions of the calling process.
public enum Signals {
    /// Every signal.
    public static let all: UInt64 = .max

    /// Replaces the mask of blocked signals, bit n-1 for signal n, and answers the old one.
    @discardableResult
    public static func setMask(_ mask: UInt64) throws(CallError) -> UInt64 {
        var old: UInt64 = 0
        try check(.sigprocmask, unsafe sw_sigprocmask(SIG_SETMASK, mask, &old))
        return old
    }

    /// Gives every signal its default disposition: an ignored one would stay ignored over execve.
    public static func resetDispositions() {
        // SIGKILL, SIGSTOP and the two that glibc keeps for itself refuse; they are at their default anyway.
        for number in Int32(1)...64 { _ = sw_signal_disposition(number, 0) }
    }

    /// Ignores a signal.
    public static func ignore(_ number: Int32) throws(CallError) {
        try check(.signal, sw_signal_disposition(number, 1))
    }

    /// A descriptor from which blocked signals are read, 128 bytes each, the number in the first four.
    public static func descriptor(for mask: UInt64) throws(CallError) -> FileDescriptor {
        FileDescriptor(adopting: try check(.signalfd, sw_signalfd(mask)))
    }

    /// SIGKILL.
    public static let kill = SIGKILL
    /// SIGPIPE.
    public static let pipe = SIGPIPE
    /// SIGCHLD.
    public static let child = SIGCHLD
    /// SIGURG.
    public static let urgent = SIGURG
    /// SIGWINCH.
    public static let windowChange = SIGWINCH
}

/// The clock that never jumps.
public enum Clock {
    /// Nanoseconds of CLOCK_MONOTONIC.
    public static var monotonicNanoseconds: UInt64 { sw_clock_ns(CLOCK_MONOTONIC) }

    /// Nanoseconds since the epoch.
    public static var realtimeNanoseconds: UInt64 { sw_clock_ns(CLOCK_REALTIME) }
}

/// The kernel that runs.
public enum Kernel {
    /// Major and minor number of its release, as (6, 18); (0, 0) where the release isn't written like that.
    public static func release() -> (major: Int, minor: Int) {
        var raw = utsname()
        guard unsafe sw_uname(&raw) == 0 else { return (0, 0) }
        var numbers: [Int] = []
        var current: Int?
        unsafe withUnsafeBytes(of: &raw.release) { bytes in
            for index in bytes.indices {
                let byte = unsafe bytes[index]
                if (0x30...0x39).contains(byte) {
                    current = min((current ?? 0) * 10 + Int(byte - 0x30), 1 << 20)
                } else {
                    if let current { numbers.append(current) }
                    current = nil
                    if byte != UInt8(ascii: ".") { break }
                }
            }
        }
        return numbers.count >= 2 ? (numbers[0], numbers[1]) : (0, 0)
    }
}
