internal import LinuxKernel

/// How much is said.
enum LogLevel: Int, Comparable, Sendable {
    case error, warning, info, debug

    static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }

    var name: String { "\(self)" }

    init?(name: String) {
        switch name {
        case "error": self = .error
        case "warning": self = .warning
        case "info": self = .info
        case "debug": self = .debug
        default: return nil
        }
    }
}

/// How a record is written.
enum LogFormat: Sendable {
    case text, json

    /// One record with its newline.
    ///
    /// Other programs read the keys `level`, `msg` and `time`; the others are ours.
    ///
    /// - Parameter details: further keys, each with a JSON value.
    func line(_ level: LogLevel, _ message: String, at time: Timestamp, details: [(key: String, json: String)] = [])
        -> String
    {
        let time = jsonString(time.text(fractionDigits: 6))
        switch self {
        case .json:
            let pairs =
                [("level", jsonString(level.name)), ("msg", jsonString(message)), ("time", time)]
                + details
            return "{" + pairs.map { "\(jsonString($0.0)):\($0.1)" }.joined(separator: ",") + "}\n"
        case .text:
            return "time=\(time) level=\(level.name) msg=\(jsonString(message))\n"
        }
    }
}

/// The file of `--log`.
struct LogFile: ~Copyable {
    private let file: FileDescriptor

    /// Opens or creates the file; 0600, as messages name paths that are nobody else's business.
    ///
    /// It is only appended to. Neither a link at its place is followed, nor does the open wait for a FIFO's reader or
    /// make a terminal ours.
    init(_ path: String) throws(CallError) {
        // The links in /dev would be refused, and opening what they lead to would need permission anew.
        if path == "/dev/stdout" || path == "/dev/stderr" {
            file = try (path == "/dev/stdout" ? StandardStream.output : .error).duplicate()
            return
        }
        let file = try FileDescriptor.open(
            path, [.writeOnly, .create, .append, .noFollow, .nonBlocking, .noControllingTerminal], mode: 0o600)
        switch try file.status().kind {
        case .regular, .fifo, .characterDevice: self.file = file
        default: throw CallError(.open, .invalid)
        }
    }

    /// Appends one record with a single write, so that records of several commands don't mix.
    func write(_ line: String) throws(CallError) { try file.writeOnce(line) }
}
