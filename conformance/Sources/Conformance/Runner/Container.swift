import CKernel
import Foundation
import Glibc
import JSONValue
import Synchronization

/// A container as the harness holds it: its bundle, its process, and the pipe on which the probe speaks.
final class Container: Sendable {
    let bundle: Bundle
    let pidFile: String
    let outcome: Outcome
    private let pipe: LinePipe
    private let exit = Mutex<Ending?>(nil)

    let id: String

    init(id: String, bundle: Bundle, pidFile: String, pipe: LinePipe, outcome: Outcome) {
        self.id = id
        self.bundle = bundle
        self.pidFile = pidFile
        self.pipe = pipe
        self.outcome = outcome
    }

    /// The process id that the runtime wrote into the pid file.
    var pid: pid_t? {
        guard let text = try? String(contentsOfFile: pidFile, encoding: .utf8) else { return nil }
        return pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// The same, for cases that can't do without it.
    func requiredPID() throws -> pid_t {
        guard let pid else { throw Discrepancy(expected: "a pid in the pid file", seen: "none") }
        return pid
    }

    /// The next line that the probe writes, or nil when it has gone or the time is over.
    func line(timeout: Double) -> JSON? {
        while let text = pipe.line(timeout: timeout) {
            // The runtime shares the pipe while it creates; what it may write there isn't the probe's.
            if let value = try? JSON(parsing: text), value["/probe"] != nil || value["/signal"] != nil { return value }
        }
        return nil
    }

    /// Waits for the container's process to end and tells how it did; nil while it lives.
    func waitForExit(timeout: Double) -> Ending? {
        exit.withLock { known in
            if let known { return known }
            guard let pid else { return nil }
            let pidfd = ck_pidfd_open(pid)
            if pidfd < 0 {
                known = .notStarted(ESRCH)
                return known
            }
            defer { close(pidfd) }
            guard Processes.wait(for: pidfd, POLLIN, seconds: timeout) else { return nil }
            var code: Int32 = 0
            var status: Int32 = 0
            if ck_wait(pidfd, 1, WEXITED, &code, &status) < 0 {
                known = .notStarted(ECHILD)
            } else {
                known = code == 1 ? .exited(status) : .killed(signal: status)
            }
            return known
        }
    }

    /// Whether the process still exists and isn't merely waiting to be reaped.
    var isAlive: Bool {
        guard exit.withLock({ $0 }) == nil, let pid else { return false }
        return ProcessFiles.state(pid).map { $0 != "Z" } ?? false
    }

    /// Ends the process by force.
    func kill() {
        if isAlive, let pid { Glibc.kill(pid, SIGKILL) }
        _ = waitForExit(timeout: 5)
    }
}

/// A pipe that is read by lines, with a time limit.
final class LinePipe: Sendable {
    let reader: Descriptor
    private let writer: Mutex<Descriptor?>
    private let rest = Mutex<[UInt8]>([])

    init() throws {
        var ends: [Int32] = [0, 0]
        guard ck_pipe(&ends) == 0 else { throw HarnessProblem("no pipe", errno) }
        reader = Descriptor(ends[0])
        writer = Mutex(Descriptor(ends[1]))
    }

    var writerNumber: Int32 { writer.withLock { $0?.number ?? -1 } }

    /// To be called when the other end has been handed on: then the pipe ends with its last holder.
    func closeWriter() { writer.withLock { $0 = nil } }

    func line(timeout: Double) -> String? {
        rest.withLock { rest in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                if let end = rest.firstIndex(of: 0x0A) {
                    let text = String(decoding: rest[..<end], as: UTF8.self)
                    rest.removeSubrange(...end)
                    return text
                }
                guard rest.count < 16 << 20, Processes.wait(for: reader.number, POLLIN, seconds: timeout) else {
                    return nil
                }
                let count = read(reader.number, &buffer, buffer.count)
                if count <= 0 { return nil }
                rest += buffer[..<count]
            }
        }
    }
}

/// What /proc tells about a process.
enum ProcessFiles {
    /// The state's letter, nil when there is no such process.
    static func state(_ pid: pid_t) -> Character? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        return text[end...].dropFirst(2).first
    }

    /// Start time in clock ticks since boot: together with the pid it names a process for good.
    static func startTime(_ pid: pid_t) -> String? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[end...].split(separator: " ")
        return fields.count > 20 ? String(fields[20]) : nil
    }

    static func text(_ pid: pid_t, _ name: String) -> String {
        (try? String(contentsOfFile: "/proc/\(pid)/\(name)", encoding: .utf8)) ?? ""
    }

    static func namespace(_ pid: pid_t, _ kind: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/\(kind)")
    }
}
