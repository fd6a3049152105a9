import ArgumentParser
import Conformance
import Foundation
import JSONValue

@main
struct Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "oci-conformance",
        abstract: "Find out whether a container runtime keeps the OCI Runtime Specification 1.3.",
        discussion: """
            Exit status: 0 nothing failed; 1 a MUST case failed; 3 only SHOULD cases failed; 4 the harness had an error; \
            64 the command line is wrong.
            """,
        subcommands: [
            Run.self, SelfTestCommand.self, CoverageCommand.self, ListCommand.self, CompareCommand.self,
            FuzzCommand.self,
        ],
        defaultSubcommand: Run.self)
}

/// Which cases, and how they are run.
struct Selection: ParsableArguments {
    @Option(name: .long, help: "Run only the cases whose id contains this text; may be given several times.")
    var filter: [String] = []

    @Option(name: .shortAndLong, help: "How many cases run at the same time.")
    var jobs = 2

    @Option(name: .long, help: "Seconds after which an operation of the runtime counts as hanging.")
    var timeout = 10.0

    @Flag(name: .long, help: "Keep the bundles, for repeating a case by hand.")
    var keep = false

    @Flag(name: .long, help: "Run without privileges, with a user namespace; root becomes the user nobody for it.")
    var rootless = false

    @Flag(name: .long, help: "Judge by version 1.3 even what is newer than the runtime claims to know.")
    var judgeAll = false

    @Option(name: .long, help: "A word to put between the runtime and the operation; may be given several times.")
    var runtimeOption: [String] = []

    @Option(name: .long, help: ArgumentHelp("The probe, when it isn't beside this program.", valueName: "path"))
    var probe: String?

    var cases: [Case] {
        get throws {
            let chosen =
                filter.isEmpty ? Cases.all : Cases.all.filter { item in filter.contains { item.id.contains($0) } }
            if chosen.isEmpty { throw ValidationError("No case matches the filter.") }
            return chosen
        }
    }

    func runner(for runtime: String, judgeAll: Bool? = nil) throws -> Runner {
        let beside = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
        let path = probe ?? beside + "/oci-probe"
        guard access(path, X_OK) == 0 else {
            throw ValidationError("No probe at \(path): build the product oci-probe.")
        }
        var options = Runner.Options(probe: path)
        options.jobs = max(1, jobs)
        options.keep = keep
        options.timeout = timeout
        options.rootless = rootless
        options.judgeAll = judgeAll ?? self.judgeAll
        options.runtimeOptions = runtimeOption
        return try Runner(runtime: runtime, options: options)
    }

    /// Removes what killed runs left behind, and gives up privileges when asked.
    func prepare() throws {
        removeOldRuns()
        if rootless && geteuid() == 0 {
            // Only the copy of the probe and the run's own directory are used afterwards.
            guard setgroups(0, nil) == 0, setgid(65_534) == 0, setuid(65_534) == 0 else {
                throw ValidationError("Can't become the user nobody.")
            }
            setenv("HOME", "/nonexistent", 1)
            unsetenv("XDG_RUNTIME_DIR")
            removeOldRuns()
        }
    }

    private func removeOldRuns() {
        for name in Runner.removeOldRuns() { Terminal.note("removed what the killed run \(name) left behind") }
    }
}

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Judge a runtime (the default).")

    @Argument(help: "The runtime: a path, or a name that PATH finds.")
    var runtime: String?

    @Flag(name: .long, help: "The same as the command list.")
    var list = false
    @Flag(name: .long, help: "The same as the command coverage.")
    var coverage = false
    @Flag(name: .long, help: "The same as the command selftest, with crun and runc unless a runtime is named.")
    var selfTest = false
    @Option(name: .long, help: "Given twice: the same as the command compare.")
    var compare: [String] = []
    @Option(name: .long, help: ArgumentHelp("With two --compare: the same as the command fuzz.", valueName: "n"))
    var fuzz: Int?
    @Option(name: .long, help: "The seed of --fuzz.")
    var seed: UInt64 = 1

    @OptionGroup var selection: Selection

    @Option(name: .long, help: ArgumentHelp("Write the report as TAP 14.", valueName: "file"))
    var tap: String?
    @Option(name: .long, help: ArgumentHelp("Write the report as JUnit XML.", valueName: "file"))
    var junit: String?
    @Option(name: .long, help: ArgumentHelp("Write the report as JSON.", valueName: "file"))
    var json: String?
    @Option(name: .long, help: ArgumentHelp("Write the report as one HTML page.", valueName: "file"))
    var html: String?
    @Flag(name: .long, help: "Print the counts as a row of a Markdown table, and nothing else.")
    var markdown = false
    @Option(name: .long, help: ArgumentHelp("Write the report as text, and print only the counts.", valueName: "file"))
    var text: String?

    func run() throws {
        if list { return try Actions.list(selection) }
        if coverage { return try Actions.coverage() }
        if selfTest { return try Actions.selfTest(runtime.map { [$0] } ?? ["crun", "runc"], selection) }
        if let fuzz { return try Actions.fuzz(compare, fuzz, seed: seed, selection) }
        if !compare.isEmpty { return try Actions.compare(compare, selection) }
        guard let runtime else { throw ValidationError("Name a runtime, such as /usr/bin/crun.") }
        try judge(runtime)
    }

    private func judge(_ runtime: String) throws {
        let cases = try selection.cases
        // Before the run, because a path that can't be written is better told early, and --rootless gives up the right.
        let files = try Dictionary(
            uniqueKeysWithValues: Set([tap, junit, json, html, text].compactMap { $0 }).map {
                ($0, try Self.open($0))
            })
        try selection.prepare()
        let runner = try selection.runner(for: runtime)
        let report = runner.run(cases) { result, count in Terminal.progress(result, count, of: cases.count) }
        Terminal.finish()
        runner.close()
        let summary = TextReport.summary(report)
        let lines = report.results.map(TextReport.line).joined(separator: "\n")
        for (path, content) in [
            (tap, MachineReports.tap(report)), (junit, MachineReports.junit(report)),
            (json, MachineReports.json(report).text(pretty: true) + "\n"), (html, HTMLReport.page(report)),
            (text, lines + "\n" + summary + "\n"),
        ] {
            if let path, let file = files[path] { try file.write(contentsOf: Data(content.utf8)) }
        }
        if markdown {
            print(TextReport.row(report))
        } else {
            print(text == nil ? summary : summary.split(separator: "\n").suffix(4).joined(separator: "\n"))
        }
        throw ExitCode(report.exitStatus)
    }

    private static func open(_ path: String) throws -> FileHandle {
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else { throw ValidationError("Can't write the report \(path).") }
        return file
    }
}
