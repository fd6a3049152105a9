import CKernel
import Glibc
import JSONValue

/// One thing the probe tries, and what the kernel answered.
struct Step {
    let text: String
    let verb: String
    let value: String

    init(_ text: String) {
        self.text = text
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        verb = String(parts[0])
        value = parts.count > 1 ? String(parts[1]) : ""
    }

    /// `{"step": …}` with the step's own fields, or with `errno` when the kernel refused.
    func answer() -> JSON {
        var result: JSON
        switch verb {
        case "stat": result = status()
        case "read": result = content()
        case "list": result = names()
        case "writable": result = opened(O_WRONLY)
        case "open": result = opened(O_RDONLY)
        case "create": result = created()
        case "append": result = appended()
        case "mknod": result = node()
        case "exec": result = executed()
        case "call": result = called()
        case "touch": result = accessTimeMoves()
        case "orphan": result = orphan()
        case "hold": result = [:]
        default: result = ["unknown": true]
        }
        result["/step"] = .string(text)
        return result
    }

    private func status() -> JSON {
        var status = stat()
        if lstat(value, &status) < 0 { return Errno(errno).json }
        var result: JSON = [
            "mode": .int(status.st_mode & 0o7777), "uid": .int(status.st_uid), "gid": .int(status.st_gid),
            "size": .int(status.st_size), "device": .int(status.st_dev),
        ]
        switch status.st_mode & S_IFMT {
        case S_IFDIR: result["/type"] = "directory"
        case S_IFREG: result["/type"] = "file"
        case S_IFCHR: result["/type"] = "c"
        case S_IFBLK: result["/type"] = "b"
        case S_IFIFO: result["/type"] = "p"
        case S_IFLNK:
            result["/type"] = "link"
            if case .success(let target) = Files.link(value) { result["/target"] = .string(target) }
        default: result["/type"] = "other"
        }
        result["/major"] = .int(ck_major(UInt64(status.st_rdev)))
        result["/minor"] = .int(ck_minor(UInt64(status.st_rdev)))
        return result
    }

    private func content() -> JSON {
        switch Files.read(value, limit: 65_536) {
        case .success(let bytes): ["content": .string(String(decoding: bytes, as: UTF8.self))]
        case .failure(let errno): errno.json
        }
    }

    private func names() -> JSON {
        switch Files.names(value) {
        case .success(let names): ["names": .strings(names)]
        case .failure(let errno): errno.json
        }
    }

    private func opened(_ flags: Int32) -> JSON {
        let fd = open(value, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        if fd < 0 { return Errno(errno).json }
        close(fd)
        return ["ok": true]
    }

    /// Makes a file and removes it again.
    private func created() -> JSON {
        let fd = open(value, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        if fd < 0 { return Errno(errno).json }
        close(fd)
        unlink(value)
        return ["ok": true]
    }

    /// Makes a file, or appends to it, and leaves it: `append=PATH:TEXT`.
    private func appended() -> JSON {
        let parts = value.split(separator: ":", maxSplits: 1).map(String.init)
        let fd = open(parts[0], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        if fd < 0 { return Errno(errno).json }
        defer { close(fd) }
        let bytes = Array((parts.count > 1 ? parts[1] : "").utf8)
        return write(fd, bytes, bytes.count) == bytes.count ? ["ok": true] : Errno(errno).json
    }

    /// Makes a device, opens it, removes it: `mknod=c:MAJOR:MINOR:r|w|rw|-:PATH`.
    private func node() -> JSON {
        let parts = value.split(separator: ":").map(String.init)
        guard parts.count == 5, let major = UInt32(parts[1]), let minor = UInt32(parts[2]) else {
            return ["unknown": true]
        }
        let kind: mode_t = parts[0] == "b" ? S_IFBLK : S_IFCHR
        if mknod(parts[4], kind | 0o666, dev_t(ck_makedev(major, minor))) < 0 { return Errno(errno).json }
        defer { unlink(parts[4]) }
        if parts[3] == "-" { return ["ok": true] }
        let flags = parts[3] == "r" ? O_RDONLY : parts[3] == "w" ? O_WRONLY : O_RDWR
        let fd = open(parts[4], flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        if fd < 0 { return ["openErrno": .int(errno)] }
        close(fd)
        return ["ok": true]
    }

    /// Runs a program without arguments in a child and answers how it ended.
    private func executed() -> JSON {
        let child = ck_fork()
        if child < 0 { return Errno(-child).json }
        if child == 0 {
            _ = value.withCString { path in
                withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<CChar>?.self, capacity: 2) { argv -> Int32 in
                    argv[0] = UnsafeMutablePointer(mutating: path)
                    argv[1] = nil
                    guard let start = argv.baseAddress, let environment = ck_environment() else { return -1 }
                    return execve(path, start, environment)
                }
            }
            _exit(errno == ENOENT ? 201 : 200)
        }
        var status: Int32 = 0
        waitpid(child, &status, 0)
        return ["status": .int(status >> 8 & 0xFF), "signal": .int(status & 0x7F)]
    }

    /// A system call by number with numeric arguments, in a child because a filter may kill: `call=NUMBER:A:B…`.
    private func called() -> JSON {
        let numbers = value.split(separator: ":").map { Int($0) ?? 0 }
        let pad = numbers + [Int](repeating: 0, count: 7)
        var channel: [Int32] = [0, 0]
        if pipe(&channel) < 0 { return Errno(errno).json }
        let child = ck_fork()
        if child < 0 { return Errno(-child).json }
        if child == 0 {
            var result = ck_syscall(pad[0], pad[1], pad[2], pad[3], pad[4], pad[5], pad[6])
            _ = write(channel[1], &result, MemoryLayout<Int>.size)
            _exit(0)
        }
        close(channel[1])
        var result = 0
        let count = read(channel[0], &result, MemoryLayout<Int>.size)
        close(channel[0])
        var status: Int32 = 0
        waitpid(child, &status, 0)
        if count != MemoryLayout<Int>.size { return ["signal": .int(status & 0x7F)] }
        return result < 0 ? Errno(Int32(-result)).json : ["result": .int(result)]
    }

    /// Sets a file's access time back two days, reads the file, and tells whether that moved the access time.
    private func accessTimeMoves() -> JSON {
        var status = stat()
        if stat(value, &status) < 0 { return Errno(errno).json }
        let old = status.st_mtim.tv_sec + 10
        var times = [timespec(tv_sec: old, tv_nsec: 0), status.st_mtim]
        if utimensat(AT_FDCWD, value, &times, 0) < 0 { return Errno(errno).json }
        if status.st_mode & S_IFMT == S_IFDIR { _ = Files.names(value) } else { _ = Files.read(value, limit: 16) }
        if stat(value, &status) < 0 { return Errno(errno).json }
        return ["moved": .bool(status.st_atim.tv_sec != old)]
    }

    /// Leaves a child behind that ignores all signals and never ends.
    private func orphan() -> JSON {
        let child = ck_fork()
        if child != 0 { return child < 0 ? Errno(-child).json : ["child": .int(child)] }
        Signals.block()
        while true { pause() }
    }
}
