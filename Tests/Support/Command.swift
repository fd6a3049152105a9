internal import CSpawn
internal import Foundation
internal import Synchronization

/// A program to start, with all that a container runtime can tell apart: arguments, environment, directory, open
/// descriptors, terminal and user.
public struct Command: Sendable {
    /// The program, found in PATH, and its arguments.
    public var arguments: [String]
    /// The whole environment; nil is that of the tests.
    public var environment: [String: String]?
    /// Where it starts; nil is where the tests run.
    public var directory: String?
    /// What it reads on standard input.
    public var input = ""
    /// Descriptors of the tests that it gets, by their number in the program.
    public var descriptors: [Int32: Int32] = [:]
    /// Of 0, 1 and 2, those that are closed when it starts.
    public var closed: Set<Int32> = []
    /// Whether descriptor 0 (given in `descriptors`) becomes the terminal of a session of its own.
    public var ownsTerminal = false
    /// User, group and further groups it becomes.
    public var ids: (uid: UInt32, gid: UInt32, groups: [UInt32])?
    /// After so long it is killed, and the run fails.
    public var timeoutSeconds = 60

    /// A program and its arguments.
    public init(_ arguments: [String]) { self.arguments = arguments }
    /// A program and its arguments.
    public init(_ arguments: String...) { self.arguments = arguments }

    /// Runs it to its end.
    @discardableResult
    public func run() throws -> Outcome {
        let running = try start()
        return try running.wait(seconds: timeoutSeconds)
    }

    /// Starts it.
    ///
    /// The outputs go to files without a name, not to pipes: a container that outlives its runtime keeps its outputs
    /// open, and the end of a pipe would never come.
    public func start() throws -> Running {
        try Command.subreaper.get()
        let output = try Scratch()
        let errors = try Scratch()
        let stdin = try Scratch(input)
        var all: [Int32: Int32] = [0: stdin.descriptor, 1: output.descriptor, 2: errors.descriptor]
        all.merge(descriptors) { $1 }
        for number in closed { all[number] = nil }
        let pid = withExtendedLifetime([output, errors, stdin]) { launch(all) }
        guard pid > 0 else { throw Problem("cannot start \(arguments): errno \(-pid)") }
        return Running(pid: pid, command: self, output: output, errors: errors)
    }

    /// Starts a process that exchanges two paths for each other without rest until it is killed.
    public static func exchanging(_ one: String, _ other: String) throws -> Running {
        let pid = unsafe spawn_exchanger(one, other)
        guard pid > 0 else { throw Problem("cannot start the exchanging process") }
        return try adopt(pid)
    }

    /// A process that is already there: a container's init, which became a child of the tests when its runtime ended.
    public static func adopt(_ pid: Int32) throws -> Running {
        try Running(pid: pid, command: Command(), output: Scratch(), errors: Scratch())
    }

    /// Held while a program is started, and while one is written.
    private static let starting = Mutex(())

    /// Writes a file that will be executed, at a moment when nothing is started.
    ///
    /// A file that is open for writing can't be executed (ETXTBSY), and a child holds open what is open at its birth
    /// until it executes its own program.
    public static func writingProgram<Result>(_ body: () throws -> Result) rethrows -> Result {
        try starting.withLock { _ in try body() }
    }

    /// Orphans (the init of a detached container) become children of the tests, which then can wait for them.
    private static let subreaper = Result<Void, Problem> {
        () throws(Problem) in
        if spawn_become_subreaper() < 0 { throw Problem("cannot become the subreaper") }
    }

    private func launch(_ all: [Int32: Int32]) -> Int32 {
        let variables = (environment ?? ProcessInfo.processInfo.environment).map { "\($0.key)=\($0.value)" }
        let from = all.map(\.value)
        let to = all.map(\.key)
        let groups = ids?.groups ?? []
        return unsafe withCStrings(arguments) { argv in
            unsafe withCStrings(variables) { envp in
                unsafe from.withUnsafeBufferPointer { from in
                    unsafe to.withUnsafeBufferPointer { to in
                        unsafe groups.withUnsafeBufferPointer { groups in
                            unsafe withOptionalCString(directory) { directory in
                                var request = unsafe spawn_request()
                                unsafe request.arguments = UnsafePointer(argv)
                                unsafe request.environment = UnsafePointer(envp)
                                unsafe request.directory = directory
                                unsafe (request.from, request.to) = (from.baseAddress, to.baseAddress)
                                unsafe request.count = Int32(from.count)
                                unsafe request.controlling_terminal = ownsTerminal ? 1 : 0
                                unsafe request.change_ids = ids == nil ? 0 : 1
                                unsafe (request.uid, request.gid) = (ids?.uid ?? 0, ids?.gid ?? 0)
                                unsafe (request.groups, request.group_count) = (groups.baseAddress, Int32(groups.count))
                                return Command.starting.withLock { _ in unsafe spawn_start(&request) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A program that was started.
public final class Running: Sendable {
    /// Its process id.
    public let pid: Int32
    private let command: Command
    private let output: Scratch
    private let errors: Scratch

    init(pid: Int32, command: Command, output: Scratch, errors: Scratch) {
        (self.pid, self.command, self.output, self.errors) = (pid, command, output, errors)
    }

    /// Waits for its end.
    ///
    /// After the time it is killed, and the wait fails.
    public func wait(seconds: Int = 60) throws -> Outcome {
        let status = spawn_wait(pid, Int32(seconds * 1000))
        if status == -ETIMEDOUT {
            kill(pid, SIGKILL)
            _ = spawn_wait(pid, 10_000)
            throw Problem("still running after \(seconds) s: \(command.arguments)\n\(errors.text)")
        }
        guard status >= 0 else { throw Problem("cannot wait for \(command.arguments)") }
        return Outcome(arguments: command.arguments, status: status, output: output.text, errors: errors.text)
    }

    /// Sends it a signal.
    public func signal(_ number: Int32) { kill(pid, number) }

    /// What it has written on standard output so far.
    public var written: String { output.text }
}

/// How a program ended.
public struct Outcome: Sendable, CustomStringConvertible {
    /// The program and its arguments.
    public let arguments: [String]
    /// The exit status, or 128 + the signal that ended it.
    public let status: Int32
    /// What it wrote on standard output.
    public let output: String
    /// What it wrote on standard error.
    public let errors: String

    /// Whether it ended with 0.
    public var succeeded: Bool { status == 0 }

    /// All of it, for the message of a test that failed.
    public var description: String { "\(arguments.joined(separator: " ")): status \(status)\n\(output)\(errors)" }

    /// Itself, if it ended with 0; otherwise an error that tells all of it.
    @discardableResult
    public func get() throws -> Outcome {
        guard succeeded else { throw Problem(description) }
        return self
    }
}

/// A sentence that tells what went wrong in the tests' own machinery.
public struct Problem: Error, CustomStringConvertible {
    /// The sentence.
    public let description: String
    /// A sentence.
    public init(_ description: String) { self.description = description }
}
