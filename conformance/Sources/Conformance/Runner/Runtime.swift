import CKernel
import Foundation
import JSONValue
import Synchronization

/// A runtime under judgement: a program, driven by the command line that all runtimes share.
package struct Runtime: Sendable {
    /// The program, as given.
    package var path: String
    /// Words between the program and the operation.
    package var options: [String] = []
    /// The runtime's own state directory, for this run only.
    var stateDirectory: String
    /// Seconds after which an operation hangs.
    package var timeout: Double
    /// What its `--version` says, first line.
    package var version = ""
    /// Its features document, when it has one.
    package var features: JSON?
    /// The newest specification it says it knows.
    package var claims = "1.0.2"
    let clock = TimeSpent()

    init(path: String, options: [String] = [], stateDirectory: String, timeout: Double) {
        self.path = path
        self.options = options
        self.stateDirectory = stateDirectory
        self.timeout = timeout
    }

    /// The name people call it by.
    package var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// Asks the runtime what it is.
    ///
    /// Nothing it answers, or fails to answer, is an error here.
    mutating func introduce() {
        let answer = run(["--version"])
        let lines = answer.text.split(whereSeparator: \.isNewline).map(String.init)
        version = lines.first ?? "(\(answer.ending))"
        for line in lines where line.hasPrefix("spec:") {
            // Runtimes older than the features document print an old number here without meaning much by it.
            claims = line.dropFirst(5).trimmingCharacters(in: .whitespaces)
            if !knows("1.0.2") { claims = "1.0.2" }
        }
        let document = perform(Invocation(operation: .features, arguments: [], runtime: self))
        if document.succeeded, let value = try? JSON(parsing: document.output), value.members != nil {
            features = value
            if let newest = value["/ociVersionMax"]?.string { claims = newest }
        }
    }

    /// Whether the runtime says that it knows this version of the specification, a development version included.
    package func knows(_ version: String) -> Bool {
        !Documents.numbers(of: claims).lexicographicallyPrecedes(Documents.numbers(of: version))
    }

    /// The words of a call, with the program.
    func command(_ invocation: Invocation) -> [String] {
        [path] + options + ["--root", stateDirectory, invocation.operation.rawValue] + invocation.arguments
    }

    func perform(_ invocation: Invocation) -> Outcome {
        run(Array(command(invocation).dropFirst()), output: invocation.output)
    }

    private func run(_ words: [String], output: Int32? = nil) -> Outcome {
        let outcome = Processes.run(
            [path] + words, environment: Runtime.environment, output: output, timeout: timeout)
        clock.add(outcome.seconds)
        return outcome
    }

    /// A small environment of its own, so that a report doesn't depend on who made it.
    static let environment =
        ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "OUTSIDE=runtime"]
        + ProcessInfo.processInfo.environment.filter { $0.key == "XDG_RUNTIME_DIR" || $0.key == "HOME" }
        .map { "\($0.key)=\($0.value)" }
}

/// Seconds spent within the runtime, over all threads.
final class TimeSpent: Sendable {
    private let total = Mutex(0.0)

    func add(_ seconds: Double) { total.withLock { $0 += seconds } }

    var seconds: Double { total.withLock { $0 } }
}
