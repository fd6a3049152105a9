import ArgumentParser
import Conformance
import Foundation

/// What the commands do, besides judging one runtime.
enum Actions {
    static func list(_ selection: Selection) throws {
        for item in try selection.cases {
            let broken = (item.fault.provable ? "broken: " : "no broken runtime: ") + item.fault.description
            print(
                "\(item.id)\t\(item.level.rawValue)\t\(item.title)\t\(item.decides.joined(separator: " "))\t\(broken)")
        }
    }

    static func coverage() throws {
        let coverage = Coverage()
        print(coverage.text)
        if !coverage.open.isEmpty || !coverage.unknown.isEmpty { throw ExitCode(1) }
    }

    static func selfTest(_ runtimes: [String], _ selection: Selection) throws {
        let cases = try selection.cases
        try selection.prepare()
        let runners = try runtimes.map { try selection.runner(for: $0, judgeAll: true) }
        let entries = SelfTest.run(cases, with: runners) { entry, count in
            Terminal.note(count: count, of: cases.count, entry.item.id)
        }
        Terminal.finish()
        for runner in runners { runner.close() }
        for entry in entries {
            switch entry.proof {
            case .caught: break
            case .caughtMended(let name, let how): print("mended      \(entry.item.id): \(name) that \(how)")
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

    static func compare(_ runtimes: [String], _ selection: Selection) throws {
        let cases = try selection.cases
        try differential(runtimes, selection) { differential in
            differential.compare(cases) { Terminal.note(count: $1, of: cases.count, $0) }
        }
    }

    static func fuzz(_ runtimes: [String], _ number: Int, seed: UInt64, _ selection: Selection) throws {
        guard number > 0 else { throw ValidationError("At least one configuration is needed.") }
        try differential(runtimes, selection) { differential in
            differential.fuzz(number, seed: seed) { Terminal.note(count: $1, of: number, $0) }
        }
        print("\(number) configurations from seed \(seed)")
    }

    private static func differential(
        _ runtimes: [String], _ selection: Selection, _ body: (Differential) -> [Differential.Difference]
    ) throws {
        guard runtimes.count == 2 else { throw ValidationError("Name two runtimes.") }
        try selection.prepare()
        let runners = try runtimes.map { try selection.runner(for: $0) }
        defer { for runner in runners { runner.close() } }
        let differential = Differential(runners[0], runners[1])
        let found = body(differential)
        Terminal.finish()
        print(differential.text(found))
    }
}
