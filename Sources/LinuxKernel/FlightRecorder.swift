internal import CLinux

/// The page that both processes of a birth share: which step the child is at, and what stopped it.
///
/// It is the file `birth` of the container's state directory, mapped before the clone. Written with plain stores, it
/// needs no system call that a seccomp filter may forbid, and it outlives both processes: `start` and `state` read it.
@safe
public struct FlightRecorder: ~Copyable {
    private let page: UnsafeMutablePointer<sw_record>
    private let sizeBytes: Int

    /// How far a birth has come.
    public enum Phase: UInt32, Sendable {
        /// Steps are being carried out.
        case underway = 0
        /// All is ready, and the process waits for `start`.
        case waiting = 1
        /// The gate has opened; only `startContainer` hooks and execve are left.
        case released = 2
        /// execve is being made: the next thing that happens is the user's program.
        case executing = 3
    }

    /// What the child reported when it gave up.
    public struct Report: Equatable, Sendable {
        /// The index of the step.
        public var step: Int
        /// What it called.
        public var call: Call
        /// With what result; nil where no call failed.
        public var errno: Errno?
        /// A number that belongs to the failure, such as the index of a hook.
        public var detail: UInt32
        /// The kernel's own words, or what was found out about the failure; empty without any.
        public var words: String
    }

    private static let version: UInt32 = 1

    /// Maps a fresh record into `file` for a plan of `steps` steps.
    public init(creatingIn file: borrowing FileDescriptor, steps: Int) throws(CallError) {
        let size = Int(SW_RECORD_HEADER_BYTES) + steps * 8
        // Written, not only made that long: on a full filesystem a store to a page without a block is SIGBUS.
        try file.writeAll([UInt8](repeating: 0, count: size))
        guard let address = unsafe sw_mmap_shared(file.raw, size) else { throw CallError(.mmap, .noMemory) }
        unsafe page = address.assumingMemoryBound(to: sw_record.self)
        sizeBytes = size
        unsafe page.pointee.version = FlightRecorder.version
        unsafe page.pointee.steps = UInt32(clamping: steps)
    }

    /// A record without a file, for a process whose end nobody but its maker is told of.
    public init(steps: Int) throws(CallError) {
        let size = Int(SW_RECORD_HEADER_BYTES) + steps * 8
        guard let address = unsafe sw_mmap_shared(-1, size) else { throw CallError(.mmap, .noMemory) }
        unsafe page = address.assumingMemoryBound(to: sw_record.self)
        sizeBytes = size
        unsafe page.pointee.version = FlightRecorder.version
        unsafe page.pointee.steps = UInt32(clamping: steps)
    }

    /// Maps the record that an earlier command left in `file`; ENODATA if the file isn't one.
    public init(openingIn file: borrowing FileDescriptor) throws(CallError) {
        let size = Int(try file.status().size)
        var version: UInt32 = 0
        for (index, byte) in try file.read(count: 4, at: 0).enumerated() { version |= UInt32(byte) << (index * 8) }
        guard size >= Int(SW_RECORD_HEADER_BYTES), size <= 1 << 20, version == FlightRecorder.version else {
            throw CallError(.mmap, .noData)
        }
        guard let address = unsafe sw_mmap_shared(file.raw, size) else { throw CallError(.mmap, .noMemory) }
        unsafe page = address.assumingMemoryBound(to: sw_record.self)
        sizeBytes = size
    }

    // Unmapping what was mapped can't fail.
    deinit { unsafe _ = sw_munmap(page, sizeBytes) }

    /// Notes that a step begins now.
    public func began(_ step: Int) {
        unsafe page.pointee.step = UInt32(truncatingIfNeeded: step)
    }

    /// Notes when a step began, in nanoseconds of the monotonic clock.
    public func stamp(_ step: Int) {
        guard step >= 0, Int(SW_RECORD_HEADER_BYTES) + (step + 1) * 8 <= sizeBytes else { return }
        unsafe sw_record_times(page)[step] = Clock.monotonicNanoseconds
    }

    /// When a step began; 0 if it didn't, or nobody noted it.
    public func began(at step: Int) -> UInt64 {
        guard step >= 0, Int(SW_RECORD_HEADER_BYTES) + (step + 1) * 8 <= sizeBytes else { return 0 }
        return unsafe sw_record_times(page)[step]
    }

    /// Notes what stopped the child; called before anything that tells the parent.
    public func failed(_ error: CallError?, detail: UInt32 = 0, words: String = "") {
        unsafe page.pointee.call = (error?.call ?? .none).rawValue
        unsafe page.pointee.error = error?.errno.rawValue ?? 0
        unsafe page.pointee.detail = detail
        unsafe sw_record_words(page, words, words.utf8.count)
        unsafe sw_record_publish_failed(page)
    }

    /// What the child reported; nil if it hasn't given up.
    ///
    /// It is input: each value is bounded before use.
    public var report: Report? {
        guard unsafe page.pointee.failed != 0 else { return nil }
        let error = unsafe page.pointee.error
        let words = unsafe withUnsafeBytes(of: page.pointee.words) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return Report(
            step: lastStep, call: unsafe Call(rawValue: page.pointee.call) ?? .none,
            errno: error > 0 && error < 4096 ? Errno(rawValue: error) : nil,
            detail: unsafe page.pointee.detail, words: words)
    }

    /// The step that the child began last.
    public var lastStep: Int {
        let steps = unsafe Int(page.pointee.steps)
        return unsafe min(Int(page.pointee.step), max(steps - 1, 0))
    }

    /// The inode of the container process's pidfd; 0 where pidfds have none of their own.
    public var identity: UInt64 {
        get { unsafe page.pointee.identity }
        nonmutating set { unsafe page.pointee.identity = newValue }
    }

    /// How far the birth has come.
    public var phase: Phase {
        get { unsafe Phase(rawValue: page.pointee.phase) ?? .underway }
        nonmutating set { unsafe sw_record_publish_phase(page, newValue.rawValue) }
    }

    /// True once the runtime has done all that the container's program needs.
    public var isReady: Bool { unsafe sw_record_is_ready(page) != 0 }

    /// Says that this is so.
    public func publishReady() { unsafe sw_record_publish_ready(page) }

    /// True once a `start` has been accepted.
    public var isStarting: Bool {
        get { unsafe page.pointee.starting != 0 }
        nonmutating set { unsafe page.pointee.starting = newValue ? 1 : 0 }
    }

    /// The pid of the container's process, as the runtime sees it; 0 before the clone.
    public var childPID: Int32 {
        get { unsafe page.pointee.pid }
        nonmutating set { unsafe page.pointee.pid = newValue }
    }
}
