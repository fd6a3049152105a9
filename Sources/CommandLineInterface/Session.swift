internal import LinuxKernel

/// One call of swrun: where its messages go, and what it owes to those who read them.
///
/// Podman takes the whole log of a failed command for one JSON value, so a failure is exactly one record there and
/// warnings wait for the success; only who asks for debugging gets every line at once. containerd opens the log after
/// every failure, so it exists from the beginning.
final class Session {
    /// What is said at least.
    let level: LogLevel
    private let log: LogTarget?
    private let format: LogFormat
    private lazy var errorStyle = Surroundings.style(of: .error)
    private var held: [(LogLevel, String)] = []

    /// Opens the log that the options before the command ask for.
    init(_ globals: Arguments) throws(UsageError) {
        format = globals[.logFormat] == "json" ? .json : .text
        level = globals.has(.debug) ? .debug : globals[.logLevel].flatMap(LogLevel.init(name:)) ?? .warning
        guard let given = globals[.log] else {
            log = nil
            return
        }
        log = try LogTarget(given)
    }

    /// Says something that doesn't keep the command from going on.
    func note(_ level: LogLevel, _ message: @autoclosure () -> String) {
        guard level <= self.level else { return }
        let message = message()
        let line = format.line(level, message, at: .now)
        if log != nil && format == .json && self.level < .debug {
            held.append((level, line))
        } else if log != nil {
            write(line, level)
        } else if format == .json {
            toStandardError(line)
        } else {
            let label = level == .warning ? errorStyle.yellow("warning:") : errorStyle.bold("\(level.name):")
            toStandardError("\(label) \(escaped(message))\n")
        }
    }

    /// Says why the command failed: once to the log, and to standard error with a single write, as conmon reads once.
    func fail(_ report: Report) {
        let line = format.line(.error, report.message, at: .now, details: report.details)
        if log != nil {
            write(line, .error)
            toStandardError(report.plain)
        } else {
            toStandardError(format == .json ? line : report.text(errorStyle))
        }
    }

    /// Writes what waited for the success.
    func succeed() { for (level, line) in held { write(line, level) } }

    private func write(_ line: String, _ level: LogLevel) {
        // A full disk must not change how the command ends; standard error has the message as well.
        try? log?.write(line, level)
    }

    // Nobody is left to tell if standard error can't be written.
    private func toStandardError(_ text: String) { try? StandardStream.error.write(text) }
}
