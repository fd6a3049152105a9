internal import CRootfs
internal import Glibc

/// An open directory, or another open file, closed when it goes.
///
/// Names in it are bytes, and never followed.
final class OpenFile {
    private(set) var fd: Int32

    init(adopting fd: Int32) { self.fd = fd }

    deinit { if fd >= 0 { close(fd) } }

    /// Gives the number away without closing it.
    func release() -> Int32 {
        defer { fd = -1 }
        return fd
    }
}

/// O_PATH, O_DIRECTORY, O_NOFOLLOW and O_TMPFILE, which Swift's C library lacks; two differ between architectures.
enum Flags {
    #if arch(arm64)
        static let directory: Int32 = 0o40000
        static let noFollow: Int32 = 0o100000
    #else
        static let directory: Int32 = 0o200000
        static let noFollow: Int32 = 0o400000
    #endif
    static let path: Int32 = 0o10000000
    static let temporary: Int32 = 0o20000000 | directory
}

extension OpenFile {
    /// Opens a path that a person gave, from the current directory.
    static func directory(_ path: String) throws(ToolError) -> OpenFile {
        let fd = unsafe rf_openat(AT_FDCWD, path.z, O_RDONLY | Flags.directory, 0)
        return OpenFile(adopting: try ok(fd, "open the directory \(path)"))
    }

    /// Opens a file that a person named.
    static func reading(_ path: String) throws(ToolError) -> OpenFile {
        OpenFile(adopting: try ok(unsafe rf_openat(AT_FDCWD, path.z, O_RDONLY, 0), "read \(path)"))
    }

    /// Opens a directory of this one.
    func directory(_ name: Bytes, _ path: @autoclosure () -> Bytes) throws(ToolError) -> OpenFile {
        let fd = unsafe rf_openat(fd, name.z, O_RDONLY | Flags.directory | Flags.noFollow, 0)
        return OpenFile(adopting: try ok(fd, "open the directory \(path().shown)"))
    }

    /// Opens a regular file of this directory to read it.
    func reading(_ name: Bytes, _ path: @autoclosure () -> Bytes) throws(ToolError) -> OpenFile {
        let fd = unsafe rf_openat(fd, name.z, O_RDONLY | Flags.noFollow | O_NONBLOCK | O_NOCTTY, 0)
        return OpenFile(adopting: try ok(fd, "read \(path().shown)"))
    }

    /// Makes a regular file in this directory, which must not be there.
    func making(_ name: Bytes, mode: UInt32 = 0o600) throws(ToolError) -> OpenFile {
        let fd = unsafe rf_openat(fd, name.z, O_RDWR | O_CREAT | O_EXCL | Flags.noFollow, mode)
        return OpenFile(adopting: try ok(fd, "make the file \(displayed(name))"))
    }

    /// Makes a directory, and opens it; one that is there is as good.
    func makingDirectory(_ name: Bytes, mode: UInt32 = 0o755) throws(ToolError) -> OpenFile {
        let result = unsafe rf_mkdirat(fd, name.z, mode)
        if result != -EEXIST { try ok(result, "make the directory \(displayed(name))") }
        return try directory(name, name)
    }

    /// The directory of a path below this one that goes through no symbolic link, or nil if it isn't there.
    func walk(_ path: Bytes) throws(ToolError) -> OpenFile? {
        guard !path.isEmpty else { return try directory([UInt8(ascii: ".")], []) }
        let result = unsafe rf_open_in(
            fd, path.z, O_RDONLY | Flags.directory | Flags.noFollow, Resolve.beneath | Resolve.noLinks)
        if result == -ENOENT || result == -ENOTDIR || result == -ELOOP { return nil }
        return OpenFile(adopting: try ok(result, "open the directory \(path.shown)"))
    }

    /// The names in this directory, in the order of their bytes.
    func names(_ path: @autoclosure () -> Bytes) throws(ToolError) -> [Bytes] {
        var names: [Bytes] = []
        var buffer = Bytes(repeating: 0, count: 32_768)
        // Another walk may have used the same open file before.
        _ = lseek(fd, 0, SEEK_SET)
        while true {
            let count = try ok(unsafe rf_getdents(fd, &buffer, buffer.count), "list the directory \(path().shown)")
            if count == 0 { break }
            var offset = 0
            while offset + 19 < count {  // inode 8, offset 8, length 2, type 1, then the name
                let length = Int(buffer[offset + 16]) | Int(buffer[offset + 17]) << 8
                guard length > 19, offset + length <= count else { break }
                let name = Bytes(buffer[(offset + 19)..<(offset + length)].prefix { $0 != 0 })
                if name != [UInt8(ascii: ".")] && name != Bytes("..".utf8) { names.append(name) }
                offset += length
            }
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Everything in a file, at most `limit` bytes.
    func readAll(limit: Int, _ what: String) throws(ToolError) -> Bytes {
        var all: Bytes = []
        var buffer = Bytes(repeating: 0, count: 65_536)
        while true {
            let count = unsafe read(fd, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw ToolError("read \(what)", Int64(-errno)) }
            if count == 0 { return all }
            all += buffer[..<count]
            if all.count > limit { throw ToolError("\(what) has more than \(limit) bytes") }
        }
    }

    /// Writes all the bytes at the file's position.
    func write(_ bytes: Bytes, _ what: String) throws(ToolError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { all in
                unsafe all.baseAddress.map { unsafe Glibc.write(fd, $0 + done, all.count - done) } ?? 0
            }
            if count < 0 && errno == EINTR {
                // A pipe that nobody reads from.
                if Signals.came { throw .interrupted }
                continue
            }
            if count < 0 { throw ToolError("write \(what)", Int64(-errno)) }
            done += count
        }
    }

    /// Puts a whole file in the place of what has the name, at once; one at a time does that in a directory.
    func replace(_ name: String, with bytes: Bytes, mode: UInt32 = 0o644) throws(ToolError) {
        let new = Bytes(".\(name).new".utf8)
        // Of one that was killed.
        _ = unsafe rf_unlinkat(fd, new.z, 0)
        let file = try making(new, mode: mode)
        do throws(ToolError) {
            try file.write(bytes, name)
            try ok(unsafe rf_renameat(fd, new.z, fd, name.z, 0), "replace \(name)")
        } catch {
            _ = unsafe rf_unlinkat(fd, new.z, 0)
            throw error
        }
    }

    /// Takes the lock of the open file; false if another process holds it.
    func tryLock() -> Bool { flock(fd, LOCK_EX | LOCK_NB) == 0 }

    /// Removes a name with all that is below it, without ever leaving the file system or following a link.
    func removeAll(_ name: Bytes) throws(ToolError) {
        let result = unsafe rf_unlinkat(fd, name.z, 0)
        if result == 0 || result == -ENOENT { return }
        if result != -EISDIR && result != -EPERM { try ok(result, "remove \(displayed(name))") }
        try clear(name)
        try ok(unsafe rf_unlinkat(fd, name.z, 1), "remove the directory \(displayed(name))")
    }

    /// Removes everything in a directory of this one, if it has it.
    func clearIfThere(_ name: Bytes) throws(ToolError) {
        if try look(name, name, xattrs: false)?.metadata.kind == .directory { try clear(name) }
    }

    /// Removes everything in a directory of this one.
    func clear(_ name: Bytes) throws(ToolError) {
        let opened = unsafe rf_openat(fd, name.z, O_RDONLY | Flags.directory | Flags.noFollow, 0)
        if opened == -EACCES {
            // An own directory without the right to look into it, as overlayfs makes them below its work directory.
            let held = OpenFile(
                adopting: try ok(
                    unsafe rf_openat(fd, name.z, Flags.path | Flags.directory | Flags.noFollow, 0),
                    "open \(displayed(name))"))
            _ = unsafe chmod("/proc/self/fd/\(held.fd)", 0o700)
        }
        let directory = opened >= 0 ? OpenFile(adopting: opened) : try self.directory(name, name)
        if getuid() != 0 { _ = rf_chmod_fd(directory.fd, 0o700) }
        for entry in try directory.names(name) { try directory.removeAll(entry) }
    }
}

/// The bits of openat2's `resolve`.
enum Resolve {
    static let noMounts: UInt64 = 0x01
    static let noLinks: UInt64 = 0x04
    static let beneath: UInt64 = 0x08
    static let inRoot: UInt64 = 0x10
}
