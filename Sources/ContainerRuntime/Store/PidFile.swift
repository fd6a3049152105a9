internal import LinuxKernel

/// The file in which a manager looks for the pid.
enum PidFile {
    /// Writes the digits, nothing else, in one step for whoever reads.
    ///
    /// A link at the path is replaced, not followed.
    static func write(_ pid: Int32, to path: String) throws(CallError) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let name = slash.map { String(decoding: path.utf8[path.utf8.index(after: $0)...], as: UTF8.self) } ?? path
        let parent = slash.map { String(decoding: path.utf8[..<$0], as: UTF8.self) } ?? "."
        let directory = try FileDescriptor.open(parent.isEmpty ? "/" : parent, [.directory])
        let temporary = ".\(name)"
        do throws(CallError) {
            try directory.remove(temporary)
        } catch let error where error.errno == .noEntry {
            // Nothing was left by a command that was killed.
        }
        try directory.open(temporary, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o644).writeAll(
            Array("\(pid)".utf8))
        do throws(CallError) {
            try directory.rename(temporary, to: name)
        } catch {
            try? directory.remove(temporary)  // the error that counts is the other one
            throw error
        }
    }
}
