internal import Foundation

/// Reads the event streams that `swift test` wrote and prints each skip with its reason, each failed test, and as the
/// last line how many tests passed, failed and were skipped.
///
///     swrun-test-report --leaks STATUS NAME:STATUS:FILE...
///
/// STATUS is the exit status of the command that wrote FILE: a test process that died half-way has written a stream
/// without failures, and still has failed.
@main
enum Report {
    static func main() {
        var total = Outcome()
        var arguments = Array(CommandLine.arguments.dropFirst())
        var leaks = 0
        if arguments.first == "--leaks", arguments.count >= 2 {
            leaks = Int(arguments[1]) ?? 1
            arguments.removeFirst(2)
        }
        for argument in arguments {
            let parts = argument.split(separator: ":", maxSplits: 2).map(String.init)
            guard parts.count == 3, let status = Int(parts[1]) else {
                print("swrun-test-report: not NAME:STATUS:FILE: \(argument)")
                exit(2)
            }
            total.add(outcome(of: parts[0], status: status, stream: parts[2]))
        }
        if leaks != 0 { total.fail("leak check", "something was left behind, see above") }
        for skip in total.skips { print("skipped: \(skip)") }
        for failure in total.failures { print("failed: \(failure)") }
        print("\(total.passed) passed, \(total.failures.count) failed, \(total.skips.count) skipped")
        exit(total.failures.isEmpty ? 0 : 1)
    }

    private static func outcome(of name: String, status: Int, stream: String) -> Outcome {
        var outcome = Outcome()
        var run = Run()
        if let text = try? String(contentsOfFile: stream, encoding: .utf8) {
            for line in text.split(separator: "\n") { run.read(line) }
        }
        for test in run.tests.values.sorted(by: { $0.name < $1.name }) {
            switch test.end {
            case .passed: outcome.passed += 1
            case .failed: outcome.fail(test.name, "")
            case .skipped(let reason): outcome.skips.append("\(test.name): \(reason)")
            case .started: outcome.fail(test.name, "started and never ended")
            case .listed: break
            }
        }
        if status != 0 && outcome.failures.isEmpty {
            outcome.fail(name, "swift test ended with status \(status) before the tests were done")
        }
        if status == 0 && outcome.passed + outcome.skips.count == 0 {
            outcome.fail(name, "no test ran")
        }
        return outcome
    }
}

/// What came out of one or more runs.
struct Outcome {
    var passed = 0
    var failures: [String] = []
    var skips: [String] = []

    mutating func fail(_ name: String, _ reason: String) {
        failures.append(reason.isEmpty ? name : "\(name): \(reason)")
    }

    mutating func add(_ other: Outcome) {
        passed += other.passed
        failures += other.failures
        skips += other.skips
    }
}

/// One event stream, read line by line: what each test function came to.
struct Run {
    enum End: Equatable {
        case listed, started, passed, failed
        case skipped(String)
    }
    struct Test {
        var name: String
        var end = End.listed
    }
    var tests: [String: Test] = [:]

    /// Takes in one line; what isn't understood is left out, since later toolchains add kinds of records.
    mutating func read(_ line: Substring) {
        guard let record = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
            let payload = record["payload"] as? [String: Any], let kind = payload["kind"] as? String
        else { return }
        if record["kind"] as? String == "test", kind == "function", let id = payload["id"] as? String {
            let title = name(id, payload)
            tests[id] = Test(name: title)
        }
        guard record["kind"] as? String == "event", let id = payload["testID"] as? String,
            let end = tests[id]?.end
        else { return }
        let text = reason(payload)
        switch kind {
        case "testStarted" where end == .listed: tests[id]?.end = .started
        case "testEnded" where end == .started: tests[id]?.end = .passed
        // The reason comes with the end of a test that was cancelled.
        case "testEnded" where end == .skipped(""), "testSkipped", "testCancelled": tests[id]?.end = .skipped(text)
        case "issueRecorded" where isFailure(payload): tests[id]?.end = .failed
        default: break
        }
    }

    private func name(_ id: String, _ payload: [String: Any]) -> String {
        let suite = id.split(separator: "/").dropLast(2).joined(separator: "/")
        let function = payload["displayName"] as? String ?? payload["name"] as? String ?? id
        return suite.isEmpty ? function : "\(suite): \(function)"
    }

    /// A known issue and a warning are no failure.
    private func isFailure(_ payload: [String: Any]) -> Bool {
        guard let issue = payload["issue"] as? [String: Any] else { return true }
        if issue["isKnown"] as? Bool == true { return false }
        return issue["severity"] as? String != "warning" && issue["isFailure"] as? Bool != false
    }

    private func reason(_ payload: [String: Any]) -> String {
        let messages = payload["messages"] as? [[String: Any]] ?? []
        let texts = messages.compactMap { $0["text"] as? String }.map { text in
            // «Test name() skipped: "reason"», «Test name() was cancelled after 0.2 seconds: "reason"»: the name stands
            // before it already.
            (text.range(of: " skipped: ") ?? text.range(of: " seconds: "))
                .map { text[$0.upperBound...].trimmingCharacters(in: ["\""]) } ?? text
        }
        return texts.joined(separator: "; ")
    }
}
