internal import CLinux

/// A file descriptor with exactly one owner, closed when the owner goes.
///
/// Every descriptor is close-on-exec from its birth, so that none reaches a container by accident (CVE-2016-9962,
/// CVE-2024-21626).
public struct FileDescriptor: ~Copyable {
    /// The number, for the argument of a system call.
    public let raw: Int32

    /// Takes over a number that nobody else will close.
    public init(adopting raw: Int32) { self.raw = raw }

    deinit {
        // Linux closes the descriptor even where close(2) fails, so there is nothing to do about its answer.
        if unsafe raw >= FileDescriptor.leftToExecute { _ = sw_close(raw) }
    }

    /// Descriptors below this number aren't closed when their owners go.
    nonisolated(unsafe) private static var leftToExecute: Int32 = 0

    /// Leaves closing to the end: for a process that opens some dozens of files and will close all of them with one call.
    ///
    /// Whoever needs the effect of a close at once says ``close()``.
    public static func leaveClosingToTheEnd() { unsafe leftToExecute = 256 }

    /// Closes descriptors again when their owners go: for whoever has to clean up and needs room to open more.
    public static func closeAtOnceAgain() { unsafe leftToExecute = 0 }

    /// Closes the descriptor now.
    public consuming func close() {
        _ = sw_close(raw)
        discard self
    }

    /// Gives the number away without closing it; it stays open until execve, or for whoever takes it.
    @discardableResult
    public consuming func release() -> Int32 {
        let number = raw
        discard self
        return number
    }

    /// A second descriptor of the same open file, numbered `least` or above.
    public func duplicate(atLeast least: Int32 = 3) throws(CallError) -> FileDescriptor {
        FileDescriptor(adopting: try check(.fcntl, sw_fcntl_dupfd_cloexec(raw, least)))
    }

    /// Makes descriptor `number` refer to this open file, without close-on-exec.
    public func install(as number: Int32) throws(CallError) {
        if number == raw {
            try check(.fcntl, sw_fcntl_setfd(raw, 0))  // dup3 refuses equal numbers
        } else {
            try check(.dup3, sw_dup3(raw, number, 0))
        }
    }

    /// Reads once; 0 is the end of the file.
    ///
    /// Interrupted reads are repeated.
    public func read(into buffer: inout [UInt8]) throws(CallError) -> Int {
        try read(into: &buffer, from: 0)
    }

    /// Reads once behind the first `start` bytes of the buffer.
    func read(into buffer: inout [UInt8], from start: Int) throws(CallError) -> Int {
        while true {
            let result = unsafe buffer.withUnsafeMutableBytes { bytes -> Int64 in
                guard let base = bytes.baseAddress, start < bytes.count else { return 0 }
                return unsafe sw_read(raw, base + start, bytes.count - start)
            }
            if result != -Int64(EINTR) { return try check(.read, result) }
        }
    }

    /// Everything up to the end of the file, at most `limitBytes`; EFBIG beyond that.
    ///
    /// - Parameters:
    ///   - limitBytes: the most that is read, in bytes.
    ///   - sizeBytes: the length of a regular file, where it is known: then its end need not be looked for.
    public func readAll(limitBytes: Int, sizeBytes: Int64 = 0) throws(CallError) -> [UInt8] {
        if sizeBytes > limitBytes { throw CallError(.read, .fileTooLarge) }
        var buffer = [UInt8](repeating: 0, count: min(max(4096, Int(sizeBytes) + 1), limitBytes + 1))
        var count = 0
        while true {
            let n = try read(into: &buffer, from: count)
            if n == 0 { break }
            count += n
            if sizeBytes > 0, count == Int(sizeBytes) { break }
            if count > limitBytes { throw CallError(.read, .fileTooLarge) }
            if count == buffer.count { buffer.append(contentsOf: repeatElement(0, count: buffer.count)) }
        }
        buffer.removeLast(buffer.count - count)
        return buffer
    }

    /// Reads up to `count` bytes from `offset`, without moving the file's position.
    public func read(count: Int, at offset: Int64) throws(CallError) -> [UInt8] {
        var result: Int64 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            result = unsafe sw_pread(raw, buffer.baseAddress, count, offset)
            filled = max(0, Int(result))
        }
        try check(.read, result)
        return bytes
    }

    /// Writes all the bytes, going on after interruptions and short writes.
    public func writeAll(_ bytes: [UInt8]) throws(CallError) {
        var done = 0
        while done < bytes.count {
            let result = unsafe bytes.withUnsafeBytes { all -> Int64 in
                guard let base = all.baseAddress else { return 0 }
                return unsafe sw_write(raw, base + done, all.count - done)
            }
            if result == -Int64(EINTR) { continue }
            done += try check(.write, result)
        }
    }

    /// Writes once, and answers the number of bytes that went.
    public func write(_ bytes: [UInt8]) throws(CallError) -> Int {
        while true {
            let result = unsafe sw_write(raw, bytes, bytes.count)
            if result != -Int64(EINTR) { return try check(.write, result) }
        }
    }

    /// Writes the text with a single write(2), as files of procfs and cgroupfs demand; a short write is EIO.
    public func writeOnce(_ text: String) throws(CallError) {
        var text = text
        let result = text.withUTF8 { bytes in unsafe sw_write(raw, bytes.baseAddress, bytes.count) }
        if try check(.write, result) != text.utf8.count { throw CallError(.write, .inputOutput) }
    }

    /// Sends one byte over a socket; EPIPE, and no signal, where the other end is closed.
    public func sendByte() throws(CallError) {
        var byte: UInt8 = 1
        try check(.write, unsafe sw_send(raw, &byte, 1))
    }

    /// Overwrites bytes at `offset`, without moving the file's position.
    public func write(_ bytes: [UInt8], at offset: Int64) throws(CallError) {
        if try check(.write, unsafe sw_pwrite(raw, bytes, bytes.count, offset)) != bytes.count {
            throw CallError(.write, .inputOutput)
        }
    }

    /// Sets the file's length in bytes.
    public func truncate(toBytes length: Int) throws(CallError) {
        try check(.ftruncate, sw_ftruncate(raw, Int64(length)))
    }

    /// Takes the advisory lock of the open file, exclusively; false if another holds it.
    ///
    /// Source: flock(2). The lock belongs to the open file description: a forked child that keeps its copy keeps the lock.
    public func tryLock() throws(CallError) -> Bool {
        let result = sw_flock(raw, LOCK_EX | LOCK_NB)
        if result == -EWOULDBLOCK { return false }
        try check(.flock, result)
        return true
    }

    /// Gives the advisory lock back.
    public func unlock() {
        _ = sw_flock(raw, LOCK_UN)  // can't fail for a lock that is held
    }

    /// Waits up to `timeoutMilliseconds` (-1: for ever) until the descriptor is readable or at its end.
    public func waitReadable(timeoutMilliseconds: Int32 = -1) throws(CallError) -> Bool {
        try wait(for: Int16(POLLIN), timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Waits until the other side of a pipe or FIFO has been closed by its last reader.
    public func waitForReadersToLeave(timeoutMilliseconds: Int32 = -1) throws(CallError) -> Bool {
        try wait(for: 0, timeoutMilliseconds: timeoutMilliseconds)
    }

    private func wait(for events: Int16, timeoutMilliseconds: Int32) throws(CallError) -> Bool {
        while true {
            var request = pollfd(fd: raw, events: events, revents: 0)
            let result = unsafe sw_poll(&request, 1, timeoutMilliseconds)
            if result != -EINTR { return try check(.poll, result) > 0 }
        }
    }

    /// Switches between blocking and non-blocking operation of the open file.
    public func setNonBlocking(_ on: Bool) throws(CallError) {
        let flags = try check(.fcntl, sw_fcntl_getfl(raw))
        try check(.fcntl, sw_fcntl_setfl(raw, on ? flags | SW_O_NONBLOCK : flags & ~SW_O_NONBLOCK))
    }

    /// A pipe: what is written to the second end is read from the first.
    public static func pipe() throws(CallError) -> DescriptorPair {
        var ends: [Int32] = [-1, -1]
        try check(.pipe, unsafe sw_pipe2(&ends, SW_O_CLOEXEC))
        return DescriptorPair(first: FileDescriptor(adopting: ends[0]), second: FileDescriptor(adopting: ends[1]))
    }

    /// Two connected stream sockets.
    public static func socketPair() throws(CallError) -> DescriptorPair {
        var ends: [Int32] = [-1, -1]
        try check(.socketpair, unsafe sw_socketpair(&ends))
        return DescriptorPair(first: FileDescriptor(adopting: ends[0]), second: FileDescriptor(adopting: ends[1]))
    }

    /// Calls `body` with a descriptor that somebody else owns, as the standard streams are.
    public static func withNumber<R: ~Copyable>(
        _ number: Int32, _ body: (borrowing FileDescriptor) throws(CallError) -> R
    ) throws(CallError) -> R {
        let stream = FileDescriptor(adopting: number)
        do throws(CallError) {
            let result = try body(stream)
            stream.release()
            return result
        } catch {
            stream.release()
            throw error
        }
    }

    /// True if the three standard streams are open; asked with one call.
    public static func standardStreamsAreOpen() -> Bool {
        // A tuple lies as an array does, and needs no type of array for this one use.
        var requests = (
            pollfd(fd: 0, events: 0, revents: 0), pollfd(fd: 1, events: 0, revents: 0),
            pollfd(fd: 2, events: 0, revents: 0)
        )
        let result = unsafe withUnsafeMutablePointer(to: &requests) { tuple in
            unsafe tuple.withMemoryRebound(to: pollfd.self, capacity: 3) { unsafe sw_poll($0, 3, 0) }
        }
        let answers = requests.0.revents | requests.1.revents | requests.2.revents
        return result >= 0 && answers & Int16(POLLNVAL) == 0
    }

    /// True if `number` is an open descriptor of this process.
    public static func isOpen(_ number: Int32) -> Bool { sw_fcntl_getfd(number) >= 0 }

    /// Closes every descriptor from `first` on, except those named.
    public static func closeAll(from first: Int32, except kept: [Int32]) throws(CallError) {
        var next = first
        for number in kept.sorted() where number >= next {
            if number > next { try check(.closeRange, sw_close_range(UInt32(next), UInt32(number - 1), 0)) }
            next = number + 1
        }
        try check(.closeRange, sw_close_range(UInt32(next), .max, 0))
    }

    /// Marks every descriptor from `first` on close-on-exec, those inherited from the caller included.
    public static func closeOnExec(from first: Int32) throws(CallError) {
        let result = sw_close_range(UInt32(first), .max, SW_CLOSE_RANGE_CLOEXEC)
        if result != -ENOSYS {
            try check(.closeRange, result)
            return
        }
        // Before Linux 5.11 there is no such flag: go through what the limit allows.
        var soft: UInt64 = 0
        var hard: UInt64 = 0
        try check(.getrlimit, unsafe sw_getrlimit(0, Int32(RLIMIT_NOFILE.rawValue), &soft, &hard))
        for number in first..<Int32(clamping: min(soft, 1 << 20)) where sw_fcntl_getfd(number) >= 0 {
            try check(.fcntl, sw_fcntl_setfd(number, FD_CLOEXEC))
        }
    }
}

/// The two ends of a pipe or socket pair.
@frozen
public struct DescriptorPair: ~Copyable {
    /// The reading end of a pipe, or one socket.
    public var first: FileDescriptor
    /// The writing end of a pipe, or the other socket.
    public var second: FileDescriptor
}
