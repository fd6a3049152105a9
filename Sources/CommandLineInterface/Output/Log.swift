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

/// Where the records of `--log` go.
enum LogTarget: ~Copyable {
    case file(LogFile)
    /// The system's log or systemd's journal, under this name.
    case daemon(LogDaemon, name: String)

    /// What `--log` names: a file, with or without `file:` before it, or `syslog:NAME` or `journald:NAME`.
    init(_ given: String) throws(UsageError) {
        for daemon in LogDaemon.allCases {
            guard let name = given.rest(behind: daemon.rawValue + ":") else { continue }
            guard !name.isEmpty, name.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
                throw UsageError(message: "--log \(quoted(given)): a name is expected behind \(daemon.rawValue):")
            }
            self = .daemon(daemon, name: name)
            return
        }
        let path = given.rest(behind: "file:") ?? given
        do throws(CallError) {
            self = .file(try LogFile(path))
        } catch {
            throw UsageError(message: "cannot open the log \(quoted(path)): \(error.errno.message)")
        }
    }

    /// Writes one record.
    func write(_ line: String, _ level: LogLevel) throws(CallError) {
        switch self {
        case .file(let file): try file.write(line)
        case .daemon(let daemon, let name):
            try FileDescriptor.sendDatagram(
                daemon.record(String(Substring(line.utf8.dropLast())), level, name: name), to: daemon.socket)
        }
    }
}

/// A daemon that keeps the machine's messages.
enum LogDaemon: String, CaseIterable, Sendable {
    case syslog, journald

    /// Where it listens.
    var socket: String {
        switch self {
        case .syslog: "/dev/log"
        case .journald: "/run/systemd/journal/socket"
        }
    }

    /// A record as it expects it: syslog(3), systemd's "Native Journal Protocol".
    ///
    /// - Parameter line: without a newline, which ends a field of the journal's.
    func record(_ line: String, _ level: LogLevel, name: String) -> String {
        let priority =
            switch level {
            case .error: 3
            case .warning: 4
            case .info: 6
            case .debug: 7
            }
        return switch self {
        case .syslog: "<\(3 << 3 | priority)>\(name)[\(Process.id)]: \(line)"  // 3: the facility of daemons
        case .journald: "MESSAGE=\(line)\nPRIORITY=\(priority)\nSYSLOG_IDENTIFIER=\(name)\n"
        }
    }
}

extension String {
    /// What follows these first characters; nil where there are others.
    fileprivate func rest(behind start: String) -> String? {
        guard utf8.starts(with: start.utf8) else { return nil }
        return String(Substring(utf8.dropFirst(start.utf8.count)))
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
