import CKernel
import Foundation
import Synchronization

/// How a process ended.
package enum Ending: Sendable, Equatable, CustomStringConvertible {
    case exited(Int32)
    case killed(signal: Int32)
    /// It didn't end in time, and was killed with all of its session.
    case hung(seconds: Double)
    /// It never ran: the errno of the attempt.
    case notStarted(Int32)

    package var description: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .killed(let signal): "killed by signal \(signal)"
        case .hung(let seconds): "no end within \(seconds) s"
        case .notStarted(let errno): "not started: \(String(cString: strerror(errno)))"
        }
    }
}

/// What came of one command.
package struct Outcome: Sendable {
    package var ending: Ending
    package var output: [UInt8] = []
    package var errors: String = ""
    package var seconds: Double = 0

    package var succeeded: Bool { ending == .exited(0) }
    /// Whether the program ended by itself, whatever it said.
    package var answered: Bool {
        switch ending {
        case .exited: true
        case .killed, .hung, .notStarted: false
        }
    }
    package var text: String { String(decoding: output, as: UTF8.self) }
    /// The ending and the last lines of standard error, for a report.
    package var summary: String {
        let lines = errors.split(whereSeparator: \.isNewline).suffix(3).joined(separator: " / ")
        return lines.isEmpty ? "\(ending)" : "\(ending), stderr: \(lines.prefix(400))"
    }
}

/// A file descriptor that is closed when its last owner goes.
final class Descriptor: Sendable {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { close(number) }
}

/// Starts programs and watches processes with descriptors of the kernel, so that nothing here polls by the clock.
enum Processes {
    /// Orphans of runtimes become children of the harness, so that a container's exit status can be fetched.
    static func adoptOrphans() { _ = ck_prctl(36, 1, 0, 0, 0) }  // PR_SET_CHILD_SUBREAPER

    /// Runs a program to its end, in a session of its own.
    ///
    /// Standard input is `input`, or /dev/null. Output goes to `output` when given, else into the outcome; errors go
    /// through a file in memory, because a container may hold a pipe open long after the runtime ended.
    static func run(
        _ command: [String], environment: [String], input: Int32? = nil,
        output: Int32? = nil, errors: Int32? = nil, timeout: Double
    ) -> Outcome {
        let start = ContinuousClock.now
        guard let out = output ?? memoryFile(), let err = memoryFile() else {
            return Outcome(ending: .notStarted(EMFILE))
        }
        defer {
            if output == nil { close(out) }
            close(err)
        }
        var pid: pid_t = 0
        let code = spawn(
            command, environment, input: input, output: out, errors: errors ?? err, &pid)
        if code != 0 { return Outcome(ending: .notStarted(code)) }
        var outcome = Outcome(ending: end(of: pid, timeout: timeout, session: true))
        outcome.seconds = seconds(since: start)
        if output == nil { outcome.output = content(out) }
        outcome.errors = String(decoding: content(err), as: UTF8.self)
        return outcome
    }

    /// Starts a program and leaves it; the pid, or nil when it can't be started.
    static func launch(_ command: [String], output: Int32) -> pid_t? {
        var pid: pid_t = 0
        return spawn(command, Runtime.environment, input: nil, output: output, errors: 2, &pid) == 0 ? pid : nil
    }

    /// Held while a program is started, and while one is written.
    private static let starting = Mutex(())

    /// Writes a file that will be executed, at a moment when nothing is started.
    ///
    /// A file that is open for writing can't be executed (ETXTBSY), and a child inherits whatever is open at its birth:
    /// until it executes its own program, or for good, as Foundation opens its files without O_CLOEXEC.
    static func writingProgram<Result>(_ body: () throws -> Result) rethrows -> Result {
        try starting.withLock { _ in try body() }
    }

    private static func spawn(
        _ command: [String], _ environment: [String], input: Int32?, output: Int32, errors: Int32,
        _ pid: inout pid_t
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | 0x80)  // POSIX_SPAWN_SETSID
        let argv: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        let envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        // It returns once the child has executed its program.
        return starting.withLock { _ in posix_spawnp(&pid, command[0], &actions, &attributes, argv, envp) }
    }

    /// Waits for a child, kills it (with its session when it leads one) when the time is over, and reaps it.
    static func end(of pid: pid_t, timeout: Double, session: Bool) -> Ending {
        let pidfd = ck_pidfd_open(pid)
        if pidfd < 0 { return reap(pid) }
        defer { close(pidfd) }
        if wait(for: pidfd, POLLIN, seconds: timeout) { return reap(pid) }
        kill(session ? -pid : pid, SIGKILL)
        kill(pid, SIGKILL)
        _ = wait(for: pidfd, POLLIN, seconds: 5)
        _ = reap(pid)
        return .hung(seconds: timeout)
    }

    private static func reap(_ pid: pid_t) -> Ending {
        var code: Int32 = 0
        var status: Int32 = 0
        let result = ck_wait(pid, 0, WEXITED, &code, &status)
        if result < 0 { return .notStarted(-result) }
        return code == 1 ? .exited(status) : .killed(signal: status)  // CLD_EXITED
    }

    /// Waits until a descriptor is ready.
    ///
    /// Answers false when the time is over.
    static func wait(for descriptor: Int32, _ events: Int32, seconds: Double) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        let deadline = ContinuousClock.now + .milliseconds(Int(seconds * 1000))
        while true {
            let rest = deadline - .now
            let milliseconds = max(
                0, Int(rest.components.seconds) * 1000 + Int(rest.components.attoseconds / 1_000_000_000_000_000))
            let result = poll(&entry, 1, Int32(clamping: milliseconds))
            if result > 0 { return true }
            if result == 0 || errno != EINTR { return false }
        }
    }

    private static func memoryFile() -> Int32? {
        let fd = "output".withCString { ck_syscall(Int(SYS_memfd_create), Int(bitPattern: $0), 1, 0, 0, 0, 0) }
        return fd < 0 ? nil : Int32(fd)
    }

    private static func content(_ fd: Int32) -> [UInt8] {
        let size = min(lseek(fd, 0, SEEK_END), 16 << 20)
        guard size > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: Int(size))
        let count = pread(fd, &bytes, bytes.count, 0)
        return Array(bytes.prefix(max(0, count)))
    }

    static func seconds(since start: ContinuousClock.Instant) -> Double {
        let duration = ContinuousClock.now - start
        return Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}
