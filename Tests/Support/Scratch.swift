internal import CSpawn
internal import Foundation

/// A file without a name that takes a program's output, or gives it its input.
final class Scratch: Sendable {
    let descriptor: Int32

    init(_ content: String = "") throws {
        let descriptor = spawn_scratch()
        guard descriptor >= 0 else { throw Problem("cannot make a memory file") }
        self.descriptor = descriptor
        if !content.isEmpty { try FileHandle(fileDescriptor: descriptor).write(contentsOf: Data(content.utf8)) }
        lseek(descriptor, 0, SEEK_SET)
    }

    deinit { close(descriptor) }

    /// All that was written so far; bytes that aren't UTF-8 are replaced.
    var text: String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe pread(descriptor, $0.baseAddress, $0.count, off_t(bytes.count))
            }
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer.prefix(count)
        }
    }
}

/// Calls with a C array of C strings that ends with NULL.
func withCStrings<R>(_ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R) -> R {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe strings.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
    return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress else { preconditionFailure("it holds at least NULL") }
        return unsafe body(start)
    }
}

/// Calls with a C string, or with NULL.
func withOptionalCString<R>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> R) -> R {
    guard let string else { return body(nil) }
    return unsafe string.withCString { unsafe body($0) }
}
