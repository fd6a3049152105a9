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

    /// How a program is started.
    struct Manner {
        /// Where its output goes; standard error by default, as ours is for results.
        var output: Int32 = 2
        /// Whether nobody hears what it says on standard error.
        var isQuiet = false
        /// Whether what it mounts is gone with it; only for root.
        var hasOwnMounts = false
        /// A directory that stays locked until it ends, even if this program is killed before.
        var holding: OpenFile?
    }

    /// Starts a program, which is looked for in $PATH if it has no slash.
    static func start(_ words: [String], _ manner: Manner = Manner()) throws(ToolError) -> Int32 {
        let name = words[0]
        guard let path = name.utf8.contains(slash) ? name : find(name) else { throw ToolError("\(name) is not there") }
        let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        let output = manner.output == 2 && manner.isQuiet ? null : manner.output
        var streams = rf_manner(
            input: null, output: output, errors: manner.isQuiet ? null : 2, held: manner.holding?.fd ?? -1,
            own_mounts: manner.hasOwnMounts ? 1 : 0)
        let list = words.flatMap(\.z)
        let pid = unsafe rf_spawn(path.z, list, list.count, &streams)
        return try ok(pid, "start \(name)")
    }

    /// Waits for a program, and fails if it did.
    static func finish(_ pid: Int32, _ name: String) throws(ToolError) {
        let status = rf_wait(pid)
        if Signals.came { throw .interrupted }
        if status != 0 { throw ToolError("\(name) failed with exit status \(status); what it says stands above") }
    }

    /// Runs a program to its end.
    static func run(_ words: [String], _ manner: Manner = Manner()) throws(ToolError) {
        try finish(try start(words, manner), words[0])
    }

    /// What a program prints.
    static func output(_ words: [String]) throws(ToolError) -> Bytes {
        let (reader, writer) = try pipe()
        let pid = try start(words, Manner(output: writer.fd, isQuiet: true))
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
        if Signals.came { return .interrupted }
        let list = words.flatMap(\.z)
        return ToolError("start \(path)", Int64(unsafe rf_execute(path.z, list, list.count)))
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
