import Conformance
import Foundation

let runner = try Runner(runtime: CommandLine.arguments[1], options: .init(probe: CommandLine.arguments[2]))
let filter = CommandLine.arguments.count > 3 ? CommandLine.arguments[3] : ""
let report = runner.run(Cases.all.filter { filter.isEmpty || $0.id.contains(filter) }) { result, count in
    print(result.item.id, result.verdict.word, Int(result.seconds * 1000))
    if case .fail(let f) = result.verdict { print("   ", f.expected, "|", f.seen) }
    if case .deviation(let f, _) = result.verdict { print("   ", f.expected, "|", f.seen) }
    if case .harnessError(let f) = result.verdict { print("   ", f) }
    if case .skippedByEnvironment(let f) = result.verdict { print("   ", f) }
}
print(report.seconds, report.runtimeSeconds, report.version, report.claims)
runner.close()
