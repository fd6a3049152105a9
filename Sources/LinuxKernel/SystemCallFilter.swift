internal import CLinux

/// A filter of system calls, in memory that two processes of a birth share: one writes it, the other loads it.
///
/// Source: seccomp(2).
@safe
public struct SystemCallFilter: ~Copyable {
    private let memory: UnsafeMutablePointer<sw_filter>

    /// The kernel takes no longer program, BPF_MAXINSNS.
    public static let mostInstructions = Int(SW_FILTER_MOST)

    /// How a filter is loaded, `SECCOMP_FILTER_FLAG_…`.
    public struct Flags: OptionSet, Sendable {
        /// The kernel's bits.
        public let rawValue: UInt32
        /// Wraps the kernel's bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// All threads get the filter.
        public static let threadSync = Flags(rawValue: SW_SECCOMP_TSYNC)
        /// Actions other than allowing are logged.
        public static let log = Flags(rawValue: SW_SECCOMP_LOG)
        /// Speculation isn't mitigated.
        public static let speculationAllowed = Flags(rawValue: SW_SECCOMP_SPEC_ALLOW)
        /// There will be a listener.
        public static let newListener = Flags(rawValue: SW_SECCOMP_NEW_LISTENER)
        /// Needed for `threadSync` beside `newListener`.
        public static let threadSyncFails = Flags(rawValue: SW_SECCOMP_TSYNC_ESRCH)
        /// A caller whose notification was received can only be killed; needs `newListener`.
        public static let waitKillable = Flags(rawValue: SW_SECCOMP_WAIT_KILLABLE)
    }

    /// Makes room for one program.
    public init() throws(CallError) {
        guard let memory = unsafe sw_filter_map() else { throw CallError(.mmap, .noMemory) }
        unsafe self.memory = memory
    }

    // Unmapping what was mapped can't fail.
    deinit { unsafe _ = sw_filter_unmap(memory) }

    /// Writes the program, one struct sock_filter in each word; EINVAL beyond ``mostInstructions`` or without any.
    public func write(_ instructions: some Collection<UInt64>) throws(CallError) {
        guard (1...SystemCallFilter.mostInstructions).contains(instructions.count) else {
            throw CallError(.seccomp, .invalid)
        }
        for (index, word) in instructions.enumerated() { unsafe sw_filter_set(memory, UInt32(index), word) }
        unsafe sw_filter_publish(memory, UInt32(instructions.count))
    }

    /// True once a program was written.
    public var isThere: Bool { unsafe sw_filter_count(memory) > 0 }

    /// Loads the program for this process, for good.
    ///
    /// It makes no other system call, before or after: it may be the last that the filter lets pass.
    /// - Throws: EACCES without CAP_SYS_ADMIN where no_new_privs isn't set; EINVAL for a program or flags that the kernel
    ///   doesn't take, or where there is none; ENOMEM where all the filters of this process become too long together.
    public func load(_ flags: Flags) throws(CallError) {
        guard isThere else { throw CallError(.seccomp, .invalid) }
        try check(.seccomp, unsafe sw_filter_load(memory, flags.rawValue))
    }

    /// The listener's number in the process that has loaded the filter; nil before.
    public var listener: Int32? {
        let number = unsafe sw_filter_listener(memory)
        return number >= 0 ? number : nil
    }

    /// Whether this kernel knows all these flags.
    public static func kernelKnows(_ flags: Flags) -> Bool { sw_seccomp_knows_flags(flags.rawValue) == 1 }
}

extension ProcessHandle {
    /// A second descriptor of an open file of the process; EPERM for whoever may not trace it.
    ///
    /// Source: pidfd_getfd(2).
    public func duplicate(descriptor number: Int32) throws(CallError) -> FileDescriptor {
        FileDescriptor(adopting: try check(.pidfdGetfd, sw_pidfd_getfd(descriptor.raw, number)))
    }
}
