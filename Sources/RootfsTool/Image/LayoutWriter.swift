internal import CRootfs
internal import Glibc

/// Where an image is written: an archive of a layout in one file, or a layout's directory.
protocol ImageOutput: AnyObject {
    /// Begins a file whose digest isn't known yet; it is written at the descriptor's position.
    func beginBlob() throws(ToolError) -> Int32
    /// Ends it.
    func endBlob(_ digest: Bytes, _ size: Int64) throws(ToolError)
    /// Writes a small file.
    func add(_ name: String, _ bytes: Bytes) throws(ToolError)
    /// Makes all of it appear.
    func finish() throws(ToolError)
}

extension ImageOutput {
    /// Writes a small file under its digest.
    func addBlob(_ bytes: Bytes, _ mediaType: String) throws(ToolError) -> Descriptor {
        let digest = hex(sha256(bytes))
        try add("blobs/sha256/\(digest)", bytes)
        return Descriptor(mediaType: mediaType, digest: "sha256:\(digest)", size: Int64(bytes.count))
    }
}

/// A layout in an archive.
///
/// A layer is written before its header, which has its name and length and goes into the gap
/// that was left for it: nothing is written twice or held in memory.
final class ArchiveOutput: ImageOutput {
    private let fd: Int32
    private let complete: () throws(ToolError) -> Void
    private let stamp: Int64
    private var begun: Int64 = 0

    init(
        _ fd: Int32, stamp: Int64, complete: @escaping () throws(ToolError) -> Void
    ) throws(ToolError) {
        self.fd = fd
        self.stamp = stamp
        self.complete = complete
        try write(header("blobs", type: "5", size: 0, mode: 0o755))
        try write(header("blobs/sha256", type: "5", size: 0, mode: 0o755))
    }

    private func header(_ name: String, type: Character, size: Int64, mode: UInt32 = 0o644) throws(ToolError) -> Bytes {
        var block = TarBlock()
        guard block.setName(Bytes(name.utf8) + (type == "5" ? [slash] : [])), block.setSize(size), block.setTime(stamp)
        else { throw ToolError("a layer of \(size) bytes is too long for an archive") }
        block.setRest(mode: mode, type: type, major: 0, minor: 0)
        return block.sealed()
    }

    private func write(_ bytes: Bytes) throws(ToolError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { all in
                unsafe all.baseAddress.map { unsafe Glibc.write(fd, $0 + done, all.count - done) } ?? 0
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw ToolError("write the image", Int64(-errno)) }
            done += count
        }
    }

    func beginBlob() throws(ToolError) -> Int32 {
        begun = Int64(lseek(fd, 0, SEEK_CUR))
        try write(Bytes(repeating: 0, count: 512))
        return fd
    }

    func endBlob(_ digest: Bytes, _ size: Int64) throws(ToolError) {
        let head = try header("blobs/sha256/\(hex(digest))", type: "0", size: size)
        if unsafe pwrite(fd, head, 512, Int(begun)) != 512 { throw ToolError("write the image", Int64(-errno)) }
        try pad(size)
    }

    private func pad(_ size: Int64) throws(ToolError) {
        let rest = Int(size % 512)
        if rest > 0 { try write(Bytes(repeating: 0, count: 512 - rest)) }
    }

    func add(_ name: String, _ bytes: Bytes) throws(ToolError) {
        try write(header(name, type: "0", size: Int64(bytes.count)))
        try write(bytes)
        try pad(Int64(bytes.count))
    }

    func finish() throws(ToolError) {
        try write(Bytes(repeating: 0, count: 1024))
        try complete()
    }
}

/// A layout in a directory.
final class DirectoryOutput: ImageOutput {
    private let staging: Staging
    private let layout: OpenFile
    private let blobs: OpenFile
    private var blob: OpenFile?

    init(_ path: String) throws(ToolError) {
        staging = try Staging(try Place(path))
        layout = try staging.directory.makingDirectory(Bytes("layout".utf8))
        blobs = try layout.makingDirectory(Bytes("blobs".utf8)).makingDirectory(Bytes("sha256".utf8))
    }

    func beginBlob() throws(ToolError) -> Int32 {
        let file = try blobs.making(Bytes("partial".utf8), mode: 0o644)
        blob = file
        return file.fd
    }

    func endBlob(_ digest: Bytes, _ size: Int64) throws(ToolError) {
        blob = nil
        try ok(
            unsafe rf_renameat(blobs.fd, "partial".z, blobs.fd, hex(digest).z, 0), "write a layer")
    }

    func add(_ name: String, _ bytes: Bytes) throws(ToolError) {
        let (parent, last) = Bytes(name.utf8).cut
        let directory = parent.isEmpty ? layout : blobs
        try directory.removeAll(last)  // the same blob again
        try directory.making(last, mode: 0o644).write(bytes, name)
    }

    func finish() throws(ToolError) { try staging.finish("layout") }
}
