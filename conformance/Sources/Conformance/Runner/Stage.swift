import CKernel
import Foundation
import JSONValue
import Synchronization

/// What one case works with: it makes bundles and containers, calls the runtime, and cleans up behind the case.
final class Stage: Sendable {
    let runtime: Runtime
    let fault: Fault?
    let workshop: Workshop
    private let made = Mutex<[Container]>([])
    private let bundles = Mutex<[Bundle]>([])
    private let commands = Mutex<[String]>([])
    private let mute = Mutex<(command: String, outcome: Outcome)?>(nil)

    init(runtime: Runtime, fault: Fault?, workshop: Workshop) {
        self.runtime = runtime
        self.fault = fault
        self.workshop = workshop
    }

    var timeout: Double { runtime.timeout }
    /// The command lines so far, as one would type them.
    var transcript: [String] { commands.withLock { $0 } }
    /// The first call that got no answer: the runtime couldn't be started, hung, or was killed by a signal.
    ///
    /// Nothing that a case sees after that is the runtime's answer, least of all an error that it may have wanted.
    var unanswered: (command: String, outcome: Outcome)? { mute.withLock { $0 } }
    var bundleDirectories: [String] { bundles.withLock { $0.map(\.directory) } }
    /// The configuration of the first bundle, for the report of a failure.
    var config: JSON? { bundles.withLock { $0.first?.config } }

    /// A new bundle from the plain configuration.
    ///
    /// `steps` are the probe's.
    func bundle(
        id: String? = nil, steps: [String] = [], config change: (inout JSON) -> Void = { _ in },
        prepare: (Bundle) throws -> Void = { _ in }
    ) throws -> Bundle {
        let id = id ?? workshop.newID()
        let directory = "\(workshop.bundles)/\(id.filter { $0.isLetter || $0.isNumber || $0 == "-" }.prefix(80))"
        var base = PlainConfig.make(id: id, cgroupParent: workshop.cgroupParent, rootless: workshop.rootless)
        if !steps.isEmpty { base["/process/args"] = .strings(["/oci-probe", "report"] + steps) }
        var bundle = Bundle(id: id, directory: directory, config: base, base: base)
        try bundle.prepare(probe: workshop.probe)
        try prepare(bundle)
        change(&bundle.config)
        // What stands for the bundle's directory in a configuration: hooks and bind sources need absolute paths.
        let text = bundle.config.text().replacingOccurrences(of: "@BUNDLE@", with: directory)
            .replacingOccurrences(of: "@PROBE@", with: workshop.probe)
        bundle.config = try JSON(parsing: text)
        try bundle.write(bundle.config)
        bundles.withLock { $0.append(bundle) }
        return bundle
    }

    /// Calls the runtime, through the fault when there is one.
    @discardableResult
    func perform(
        _ operation: Operation, _ arguments: [String], bundle: Bundle? = nil, output: Int32? = nil,
        options: [String] = []
    ) -> Outcome {
        var runtime = runtime
        runtime.options += options
        let invocation = Invocation(
            operation: operation, arguments: arguments, bundle: bundle, output: output, runtime: runtime)
        let command = Stage.quoted(runtime.command(invocation))
        commands.withLock { $0.append(command) }
        let outcome = through(invocation)
        if !outcome.answered { mute.withLock { $0 = $0 ?? (command, outcome) } }
        return outcome
    }

    /// A call with the fault in its way: the changed configuration first, then the changed operation.
    private func through(_ invocation: Invocation) -> Outcome {
        var invocation = invocation
        let given = invocation.bundle
        if invocation.operation == .create, let change = fault?.config, let bundle = given {
            var config = bundle.config
            change(&config, bundle.base)
            guard (try? bundle.write(config)) != nil else { return .failure("the fault can't write") }
            invocation.bundle?.config = config
        }
        defer {
            if fault?.config != nil, invocation.operation == .create { try? given?.write(given?.config ?? [:]) }
        }
        let proceed: (Invocation) -> Outcome = { $0.runtime.perform($0) }
        return fault?.operation.map { $0(invocation, proceed) } ?? proceed(invocation)
    }

    /// create, whatever comes of it.
    ///
    /// `given` is another path to the bundle, `terminal` that of a console socket.
    func tryCreate(
        _ bundle: Bundle, id: String? = nil, given path: String? = nil, terminal: String? = nil, options: [String] = []
    ) throws -> Container {
        let pipe = try LinePipe()
        let pidFile = "\(bundle.directory)/pid-\(workshop.newNumber())"
        var words = ["--bundle", path ?? bundle.directory, "--pid-file", pidFile]
        if let terminal { words += ["--console-socket", terminal] }
        let outcome = perform(
            .create, words + [id ?? bundle.id], bundle: bundle, output: pipe.writerNumber, options: options)
        pipe.closeWriter()
        let container = Container(id: id ?? bundle.id, bundle: bundle, pidFile: pidFile, pipe: pipe, outcome: outcome)
        made.withLock { $0.append(container) }
        return container
    }

    /// create, which has to succeed.
    func create(_ bundle: Bundle, terminal: String? = nil) throws -> Container {
        let container = try tryCreate(bundle, terminal: terminal)
        try expect(container.outcome.succeeded, "create accepts the configuration", container.outcome.summary)
        return container
    }

    /// start, which has to succeed.
    func start(_ container: Container) throws {
        let outcome = perform(.start, [container.id])
        try expect(outcome.succeeded, "start succeeds", outcome.summary)
    }

    /// What the probe reports after start.
    func report(_ container: Container) throws -> Report {
        guard let line = container.line(timeout: timeout) else {
            let ending = container.waitForExit(timeout: 0.2)
            throw Discrepancy(
                expected: "the program runs and reports",
                seen: "no report; the process \(ending.map { "ended with \($0)" } ?? "is still there")")
        }
        return Report(line)
    }

    /// create and start of a probe that stays: the bundle's steps contain `hold`.
    func running(_ bundle: Bundle) throws -> (Container, Report) {
        let container = try create(bundle)
        try start(container)
        return (container, try report(container))
    }

    /// create, start, the program's end, delete.
    ///
    /// Answers what the probe saw.
    func run(_ bundle: Bundle) throws -> Report {
        let container = try create(bundle)
        try start(container)
        let report = try report(container)
        _ = container.waitForExit(timeout: timeout)
        let outcome = perform(.delete, [bundle.id])
        try expect(outcome.succeeded, "delete of a stopped container succeeds", outcome.summary)
        return report
    }

    /// The state document, which has to be there.
    func state(_ id: String) throws -> JSON {
        let outcome = perform(.state, [id])
        try expect(outcome.succeeded, "state answers", outcome.summary)
        do {
            return try JSON(parsing: outcome.output)
        } catch {
            throw Discrepancy(expected: "state prints one JSON document", seen: "\(error): \(outcome.text.prefix(200))")
        }
    }

    /// The status that the runtime tells, or nil when it knows no such container.
    func status(_ id: String) -> String? {
        let outcome = perform(.state, [id])
        return outcome.succeeded ? (try? JSON(parsing: outcome.output))?["/status"]?.string : nil
    }

    /// A configuration that create, or at the latest start, has to refuse, leaving no container behind.
    func expectRefusal(_ bundle: Bundle, atStart: Bool = false) throws {
        let container = try tryCreate(bundle)
        if container.outcome.succeeded && atStart {
            let outcome = perform(.start, [bundle.id])
            try expectRefused(.start, outcome, "an error from create or start")
            return
        }
        try expectRefused(.create, container.outcome)
        let known = status(bundle.id)
        try expect(
            known == nil, "no container after a failed create", "state tells \(known ?? "")", "runtime/create#6")
    }

    /// An operation has to be refused: the runtime answers with an error, though it can do the operation elsewhere.
    func expectRefused(_ operation: Operation, _ outcome: Outcome, _ expected: String? = nil) throws {
        let expected = expected ?? "an error from \(operation.rawValue)"
        try expect(outcome.answered && !outcome.succeeded, expected, outcome.summary)
        if let problem = workshop.plainLife.problem(of: operation, runtime, workshop) {
            throw Discrepancy(
                expected: "\(expected), from a runtime that can \(operation.rawValue) a plain container",
                seen: "with a plain container, too: \(problem)")
        }
    }

    func expect(_ holds: Bool, _ expected: String, _ seen: @autoclosure () -> String, _ requirement: String? = nil)
        throws
    {
        if !holds { throw Discrepancy(expected: expected, seen: seen(), requirement: requirement) }
    }

    /// Ends and removes everything that the case made.
    func cleanUp(keeping: Bool) {
        for container in made.withLock({ $0 }) {
            container.kill()
            let plain = Invocation(
                operation: .delete, arguments: [container.id], bundle: nil, output: nil, runtime: runtime)
            if FileManager.default.fileExists(atPath: runtime.stateDirectory + "/" + container.id),
                !runtime.perform(plain).succeeded
            {
                var forced = plain
                forced.arguments = ["--force", container.id]
                _ = runtime.perform(forced)
            }
        }
        workshop.devices.restore()
        for bundle in bundles.withLock({ $0 }) { workshop.remove(bundle, keeping: keeping) }
    }

    /// A command as one would type it.
    static func quoted(_ words: [String]) -> String {
        words.map { word in
            let plain = word.unicodeScalars.allSatisfy {
                CharacterSet.alphanumerics.contains($0) || "-_./=:+@,%".unicodeScalars.contains($0)
            }
            return plain && !word.isEmpty ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
        }.joined(separator: " ")
    }
}
