internal import CLinux

/// Signal masks and dispositions of the calling process.
public enum Signals {
    /// Every signal.
    public static let all: UInt64 = .max
    /// SIGHUP, SIGINT, SIGQUIT and SIGTERM, by which people and service managers end a program.
    public static let ending: UInt64 = [SIGHUP, SIGINT, SIGQUIT, SIGTERM].reduce(0) { $0 | bit($1) }

    /// Replaces the mask of blocked signals, bit n-1 for signal n, and answers the old one.
    @discardableResult
    public static func setMask(_ mask: UInt64) throws(CallError) -> UInt64 {
        var old: UInt64 = 0
        try check(.sigprocmask, unsafe sw_sigprocmask(SIG_SETMASK, mask, &old))
        return old
    }

    /// Takes signals from the mask of blocked ones; one that has come meanwhile arrives now.
    public static func unblock(_ mask: UInt64) throws(CallError) {
        var old: UInt64 = 0
        try check(.sigprocmask, unsafe sw_sigprocmask(SIG_UNBLOCK, mask, &old))
    }

    /// Gives signals the default disposition: an ignored one would stay ignored over execve.
    ///
    /// - Parameter mask: those that may be ignored, bit n-1 for signal n; all by default.
    public static func resetDispositions(_ mask: UInt64 = all) {
        // SIGKILL, SIGSTOP and the two that glibc keeps for itself refuse; they are at their default anyway.
        for number in Int32(1)...64 where mask & (1 << UInt64(number - 1)) != 0 {
            _ = sw_signal_disposition(number, 0)
        }
    }

    /// The bit of a signal in a mask.
    public static func bit(_ number: Int32) -> UInt64 { 1 << UInt64(number - 1) }

    /// Ignores a signal.
    public static func ignore(_ number: Int32) throws(CallError) {
        try check(.signal, sw_signal_disposition(number, 1))
    }

    /// A descriptor from which blocked signals are read, 128 bytes each, the number in the first four.
    public static func descriptor(for mask: UInt64) throws(CallError) -> FileDescriptor {
        FileDescriptor(adopting: try check(.signalfd, sw_signalfd(mask)))
    }

    /// Signals by which a process learns of its own faults, as SIGSEGV: blocked, they would end it all the same.
    public static let faults: UInt64 =
        [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS].reduce(0) { $0 | 1 << UInt64($1 - 1) }

    /// SIGKILL.
    public static let kill = SIGKILL
    /// SIGPIPE.
    public static let pipe = SIGPIPE
    /// SIGCHLD.
    public static let child = SIGCHLD
    /// SIGXFSZ.
    public static let fileSizeExceeded = SIGXFSZ
    /// SIGURG.
    public static let urgent = SIGURG
    /// SIGWINCH.
    public static let windowChange = SIGWINCH
}

/// Waiting for several descriptors at once.
public enum Poll {
    /// Waits until one of the descriptors can be read, is at its end, or has failed; says which.
    ///
    /// - Parameters:
    ///   - numbers: the descriptors; -1 takes no part.
    ///   - timeoutMilliseconds: -1 waits for ever.
    ///   - interest: what the descriptor at an index is waited for.
    public static func wait(
        _ numbers: [Int32], timeoutMilliseconds: Int32 = -1, interest: (Int) -> Interest = { _ in .read }
    ) throws(CallError) -> [Bool] {
        // Not an array, whose type the runtime would have to make first.
        try unsafe withUnsafeTemporaryAllocation(of: pollfd.self, capacity: numbers.count) {
            (requests) throws(CallError) in
            for (index, number) in numbers.enumerated() {
                let events = Int16(interest(index) == .read ? POLLIN : POLLOUT)
                unsafe requests[index] = pollfd(fd: number, events: events, revents: 0)
            }
            while true {
                let result = unsafe sw_poll(requests.baseAddress, UInt(numbers.count), timeoutMilliseconds)
                if result == -EINTR { continue }
                try check(.poll, result)
                return numbers.indices.map { unsafe requests[$0].revents != 0 }
            }
        }
    }

    /// What a descriptor is waited for.
    public enum Interest: Sendable {
        /// That it can be read.
        case read
        /// That it can be written.
        case write
    }
}

/// The clock that never jumps.
public enum Clock {
    /// Milliseconds until a moment of the monotonic clock, rounded up; 0 once it has passed.
    public static func remainingMilliseconds(until moment: UInt64) -> Int32 {
        let now = monotonicNanoseconds
        return moment <= now ? 0 : Int32(clamping: (moment - now + 999_999) / 1_000_000)
    }

    /// Nanoseconds of CLOCK_MONOTONIC.
    public static var monotonicNanoseconds: UInt64 { sw_clock_ns(CLOCK_MONOTONIC) }
}

/// The kernel that runs.
public enum Kernel {
    /// Major and minor number of its release, as (6, 18); (0, 0) where the release isn't written like that.
    public static let release = readRelease()

    private static func readRelease() -> (major: Int, minor: Int) {
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
