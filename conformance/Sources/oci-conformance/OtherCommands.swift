import ArgumentParser
import Conformance
import Foundation

struct SelfTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest", abstract: "Show that each case can fail: run it against a broken runtime.")

    @Option(name: .long, help: "A runtime to break; of several, the first that passes a case is broken for it.")
    var runtime: [String] = ["crun", "runc"]

    @OptionGroup var selection: Selection

    func run() throws {
        let cases = try selection.cases
        try selection.prepare()
        let runners = try runtime.map { try selection.runner(for: $0, judgeAll: true) }
        let entries = SelfTest.run(cases, with: runners) { entry, count in
            Terminal.note(count: count, of: cases.count, entry.item.id)
        }
        Terminal.finish()
        for runner in runners { runner.close() }
        for entry in entries {
            switch entry.proof {
            case .caught: break
            case .missed(let name):
                print("MISSED      \(entry.item.id): \(name) that \(entry.item.fault.description) passes")
            case .failsUnbroken(let why): print("fails       \(entry.item.id): \(why)")
            case .undecided(let why): print("undecided   \(entry.item.id): \(why)")
            case .unprovable(let why): print("unprovable  \(entry.item.id): \(why)")
            }
        }
        let counts = ["caught", "fails-unbroken", "missed", "undecided", "unprovable"].map { word in
            "\(entries.count { $0.proof.word == word }) \(word)"
        }
        print("\(entries.count) cases: " + counts.joined(separator: ", "))
        if entries.contains(where: { $0.proof.word == "missed" }) { throw ExitCode(1) }
    }
}

struct CoverageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage",
        abstract: "Print each sentence of the specification with its cases, or why it has none.")

    func run() throws {
        let coverage = Coverage()
        print(coverage.text)
        if !coverage.open.isEmpty || !coverage.unknown.isEmpty { throw ExitCode(1) }
    }
}

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Print the cases.")

    @OptionGroup var selection: Selection

    func run() throws {
        for item in try selection.cases {
            print(
                "\(item.id)\t\(item.level.rawValue)\t\(item.title)\t\(item.decides.joined(separator: " "))\t\(item.fault.provable ? "broken runtime: " : "no broken runtime: ")\(item.fault.description)"
            )
        }
    }
}

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Put the cases' configurations through two runtimes, and print all differences.")

    @Argument(help: "The two runtimes.")
    var runtimes: [String]

    @OptionGroup var selection: Selection

    func validate() throws {
        if runtimes.count != 2 { throw ValidationError("Name two runtimes.") }
    }

    func run() throws {
        let cases = try selection.cases
        try selection.prepare()
        let runners = try runtimes.map { try selection.runner(for: $0) }
        defer { for runner in runners { runner.close() } }
        let differential = Differential(runners[0], runners[1])
        let found = differential.compare(cases) { Terminal.note(count: $1, of: cases.count, $0) }
        Terminal.finish()
        print(differential.text(found))
    }
}

struct FuzzCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuzz",
        abstract: "Put random valid configurations through two runtimes, and print the differences, shrunk.")

    @Argument(help: "The two runtimes.")
    var runtimes: [String]

    @Option(name: .shortAndLong, help: "How many configurations.")
    var number = 200

    @Option(name: .long, help: "The same seed makes the same configurations.")
    var seed: UInt64 = 1

    @OptionGroup var selection: Selection

    func validate() throws {
        if runtimes.count != 2 { throw ValidationError("Name two runtimes.") }
        if number < 1 { throw ValidationError("At least one configuration is needed.") }
    }

    func run() throws {
        try selection.prepare()
        let runners = try runtimes.map { try selection.runner(for: $0) }
        defer { for runner in runners { runner.close() } }
        let differential = Differential(runners[0], runners[1])
        let found = differential.fuzz(number, seed: seed) { Terminal.note(count: $1, of: number, $0) }
        Terminal.finish()
        print(differential.text(found))
        print("\(number) configurations from seed \(seed)")
    }
}
