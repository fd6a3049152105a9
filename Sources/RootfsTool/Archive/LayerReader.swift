internal import CRootfs
internal import Glibc

/// A layer that is being read: decompressed in a thread, hashed on both sides.
@safe final class LayerReader {
    private let unpacker: OpaquePointer
    private let limits: UnpackLimits
    private var total: Int64 = 0
    // The descriptor stays open as long as the thread may read from it.
    private let file: OpenFile

    /// - Parameters:
    ///   - offset: where it begins in the file; nil for a stream that is read as it comes.
    ///   - size: its length; nil for all up to the end.
    init(
        _ file: OpenFile, offset: Int64?, size: Int64?, _ compression: Compression.Kind, _ limits: UnpackLimits
    ) throws(ToolError) {
        let made = unsafe rf_unpacker_new(file.fd, offset ?? -1, size ?? -1, Int32(bitPattern: compression.rawValue))
        guard let unpacker = unsafe made else { throw ToolError("cannot start reading: no memory or threads") }
        unsafe self.unpacker = unpacker
        self.limits = limits
        self.file = file
    }

    deinit { unsafe rf_unpacker_free(unpacker) }

    private func count(_ bytes: Int64) throws(ToolError) {
        total += bytes
        if total > limits.streamBytes {
            throw ToolError(
                "the archive unpacks to more than \(limits.streamBytes) bytes",
                hint: "raise --max-size if it is to be trusted")
        }
    }

    /// The next `size` bytes; nil at the end.
    func read(_ size: Int) throws(ToolError) -> Bytes? {
        var buffer = Bytes(repeating: 0, count: size)
        let got = try ok(unsafe rf_unpacker_read(unpacker, &buffer, size), "read the archive")
        if got == 0 { return nil }
        if got < size { throw ToolError("the archive is cut off") }
        try count(Int64(got))
        return buffer
    }

    /// Writes the next `size` bytes to a file, or throws them away.
    func copy(_ file: OpenFile?, _ size: Int64) throws(ToolError) {
        if size <= 0 { return }
        try count(size)
        let result = unsafe rf_unpacker_copy(unpacker, file?.fd ?? -1, size)
        if result == -EINTR { throw .interrupted }
        if result == -ENODATA { throw ToolError("the archive is cut off") }
        try ok(result, file == nil ? "read the archive" : "write a file of the archive")
    }

    /// Reads to the end, which archives pad with zeros.
    func drain() throws(ToolError) {
        while true {
            if Signals.came { throw .interrupted }
            var buffer = Bytes(repeating: 0, count: 65_536)
            let got = try ok(unsafe rf_unpacker_read(unpacker, &buffer, buffer.count), "read the archive")
            if got == 0 { return }
            try count(Int64(got))
        }
    }

    /// Sizes and digests of everything that was read, once it was drained.
    var packed: Packed {
        var packed = rf_packed()
        unsafe rf_unpacker_digests(unpacker, &packed)
        return Packed(packed)
    }
}

/// What an archive may demand; more is refused before it does harm.
struct UnpackLimits: Equatable {
    /// Bytes of all files together, and of the decompressed archive.
    var totalBytes: Int64 = 32 << 30
    /// Entries of all layers together.
    var entries = 4_000_000
    /// Bytes of one header that describes an entry.
    var headerBytes: Int64 = 1 << 20
    /// Parts of one sparse file.
    var sparseExtents = 1 << 20

    /// Headers and padding come on top of the files.
    var streamBytes: Int64 { totalBytes + 1 << 30 }
}
