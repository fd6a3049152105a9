internal import CRootfs

/// Hashes files in threads, a batch at a time.
@safe final class BatchHasher {
    /// What became of a file.
    struct Result {
        var digest: Bytes
        /// Its length; negative for an error number.
        var length: Int64
    }

    private static let most = 512
    private let digests = UnsafeMutablePointer<UInt8>.allocate(capacity: 32 * most)
    private let lengths = UnsafeMutablePointer<Int64>.allocate(capacity: most)
    private var hasher: OpaquePointer?
    private var count = 0

    deinit {
        if let hasher = unsafe hasher { unsafe rf_hasher_finish(hasher) }
        unsafe digests.deallocate()
        unsafe lengths.deallocate()
    }

    var isFull: Bool { count == BatchHasher.most }

    /// Hands a file over; the answers come in the same order.
    func add(_ directory: OpenFile, _ name: Bytes, _ path: Bytes) throws(ToolError) {
        if unsafe hasher == nil { unsafe hasher = rf_hasher_new(rf_processors()) }
        guard let hasher = unsafe hasher else { throw ToolError("cannot start hashing: no memory or threads") }
        // The thread closes what it is given.
        let fd = try directory.reading(name, path).release()
        unsafe rf_hasher_submit(hasher, fd, digests + 32 * count, lengths + count)
        count += 1
    }

    /// Waits for all that were added since.
    func finish() -> [Result] {
        if let hasher = unsafe hasher { unsafe rf_hasher_finish(hasher) }
        unsafe hasher = nil
        let results = (0..<count).map { index in
            Result(
                digest: unsafe Bytes(UnsafeBufferPointer(start: digests + 32 * index, count: 32)),
                length: unsafe lengths[index])
        }
        count = 0
        return results
    }
}
