internal import CRootfs
internal import Glibc

/// Other programs that do a part of the work.
enum Programs {
    /// The path of a program in $PATH; nil if there is none.
    static func find(_ name: String) -> String? {
        let path = Environment.value("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        // Root's programs are not in everybody's path.
        for directory in path.parts(":") + ["/usr/sbin", "/sbin"] {
            let full = "\(directory)/\(name)"
            if unsafe access(full, X_OK) == 0 { return full }
        }
        return nil
    }

    /// Starts a program; its output goes to the given descriptor or to standard error, as ours is for results.
    static func start(_ words: [String], output: Int32 = 2, quiet: Bool = false) throws(ToolError) -> Int32 {
        let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        let pid = unsafe withCStrings(words) { argv in
            unsafe rf_spawn(argv, environ, null, output == 2 && quiet ? null : output, quiet ? null : 2, 1)
        }
        return try ok(pid, "start \(words[0])")
    }

    /// Waits for a program, and fails if it did.
    static func finish(_ pid: Int32, _ name: String) throws(ToolError) {
        let status = rf_wait(pid, 1)
        if Signals.came { throw .interrupted }
        if status != 0 { throw ToolError("\(name) failed with exit status \(status); what it says stands above") }
    }

    /// Runs a program to its end.
    static func run(_ words: [String], quiet: Bool = false) throws(ToolError) {
        try finish(try start(words, quiet: quiet), words[0])
    }

    /// What a program prints.
    static func output(_ words: [String]) throws(ToolError) -> Bytes {
        let (reader, writer) = try pipe()
        let pid = try start(words, output: writer.fd, quiet: true)
        close(writer.release())
        let text = try reader.readAll(limit: 1 << 20, "the output of \(words[0])")
        try finish(pid, words[0])
        return text
    }

    static func pipe() throws(ToolError) -> (OpenFile, OpenFile) {
        var ends: [Int32] = [-1, -1]
        if unsafe pipe2(&ends, O_CLOEXEC) < 0 { throw ToolError("make a pipe", Int64(-errno)) }
        return (OpenFile(adopting: ends[0]), OpenFile(adopting: ends[1]))
    }

    /// Replaces this program; comes back only with an error.
    static func become(_ path: String, _ words: [String]) -> ToolError {
        _ = unsafe withCStrings(words) { argv in unsafe execv(path, argv) }
        return ToolError("start \(path)", Int64(-errno))
    }

    /// The path of this program's own file.
    static func ownPath() -> String? {
        var buffer = Bytes(repeating: 0, count: 4096)
        let count = unsafe rf_readlinkat(AT_FDCWD, "/proc/self/exe".z, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<Int(count)], as: UTF8.self) : nil
    }

    /// The runtime: $SWRUN, the one beside this program, or the one in $PATH.
    static func swrun() throws(ToolError) -> String {
        if let named = Environment.value("SWRUN") { return named }
        if let own = ownPath(), let end = own.utf8.lastIndex(of: slash) {
            let beside = own[..<end] + "/swrun"
            if unsafe access(String(beside), X_OK) == 0 { return String(beside) }
        }
        if let found = find("swrun") { return found }
        throw ToolError("there is no swrun beside swrun-rootfs or in $PATH", hint: "name it in $SWRUN")
    }
}

/// Calls `body` with strings as C has them in a list.
private func withCStrings(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
) -> Int32 {
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
    for index in strings.indices { unsafe pointers[index] = unsafe strdup(strings[index]) }
    unsafe pointers[strings.count] = nil
    let result = unsafe body(pointers)
    for index in strings.indices { unsafe free(pointers[index]) }
    unsafe pointers.deallocate()
    return result
}
