import CKernel
import Glibc
import JSONValue

/// File access that answers errnos and never fails otherwise.
enum Files {
    /// At most `limit` bytes of a file, or the errno.
    static func read(_ path: String, limit: Int = 1 << 20) -> Result<[UInt8], Errno> {
        let fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if fd < 0 { return .failure(Errno(errno)) }
        defer { close(fd) }
        return read(descriptor: fd, limit: limit)
    }

    /// Everything a descriptor gives until its end, at most `limit` bytes.
    static func read(descriptor fd: Int32, limit: Int) -> Result<[UInt8], Errno> {
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while content.count < limit {
            let count = Glibc.read(fd, &buffer, min(buffer.count, limit - content.count))
            if count < 0 { return .failure(Errno(errno)) }
            if count == 0 { break }
            content += buffer[..<count]
        }
        return .success(content)
    }

    /// The text of a file; empty when it can't be read.
    static func text(_ path: String) -> String {
        if case .success(let bytes) = read(path) { String(decoding: bytes, as: UTF8.self) } else { "" }
    }

    /// Where a symbolic link points.
    static func link(_ path: String) -> Result<String, Errno> {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { bytes -> Int in
            guard let start = bytes.bindMemory(to: CChar.self).baseAddress else { return -1 }
            return readlink(path, start, 4096)
        }
        if count < 0 { return .failure(Errno(errno)) }
        return .success(String(decoding: buffer[..<count], as: UTF8.self))
    }

    /// The names in a directory, sorted, without the two dots.
    static func names(_ path: String) -> Result<[String], Errno> {
        guard let directory = opendir(path) else { return .failure(Errno(errno)) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return .success(names.sorted())
    }
}

/// An errno as a value.
struct Errno: Error {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    /// How an answer shows it.
    var json: JSON { ["errno": .int(number)] }
}
