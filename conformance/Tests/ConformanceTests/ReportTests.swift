import Foundation
import FoundationXML
import JSONValue
import Testing

@testable import Conformance

@Suite struct ReportTests {
    /// A report with one result of each verdict, in which a finding is full of what formats trip over.
    private var report: RunReport {
        let finding = Finding(
            requirement: "config/process#5", expected: "a <b> & \"c\"",
            seen: "]]> \u{1}\u{7F}\u{85}\u{2028} # ' \r\n end",
            commands: ["x --y 'z'"],
            bundles: ["/b"], config: ["a": "</pre>"])
        let verdicts: [Verdict] = [
            .pass, .fail(finding), .deviation(finding, reason: "be # TODO \\ cause"), .skippedByEnvironment("no\nroot"),
            .skippedAsOptional("not claimed"), .harnessError("oh\nno"),
        ]
        let results = zip(Cases.all, verdicts).map { CaseResult(item: $0, verdict: $1, seconds: 0.0123) }
        return RunReport(
            runtimePath: "/bin/run<time>", runtimeName: "run<time>", version: "1", claims: "1.3.0",
            date: "2026-01-02T03:04:05Z", host: "here", results: results, seconds: 1.26, runtimeSeconds: 1, jobs: 2)
    }

    /// Every format, read with what others read such files with: Tests/check-reports.
    @Test(.enabled(if: readersAreThere, "needs the readers that Tests/check-reports names"))
    func eachFormatIsWhatItsReadersTake() throws {
        #expect(try faults(in: { _ in }) == "")
    }

    @Test(
        .enabled(if: readersAreThere, "needs the readers that Tests/check-reports names"),
        arguments: [
            ("json", "\"verdict\": \"pass\"", "\"verdict\": \"passed\""), ("json", "\"host\"", "\"hosts\""),
            ("json", "\"pass\": 1", "\"pass\": 2"), ("json", "\"requirement\": \"config", "\"requirement\": \"#config"),
            ("xml", "failures=\"1\"", "failures=\"2\""), ("xml", "<failure", "<fail"),
            ("xml", "<skipped message", "<a message"),
            ("tap", "version 14", "version 13"), ("tap", "1..6", "1..7"), ("tap", "ok 4", "ok 5"),
            ("tap", "not ok 2", "ok 2"),
            ("tap", " # SKIP", ""), ("tap", "\\# TODO", "# TODO"), ("tap", "  ...\n", ""),
            ("tap", "message: \"", "message: \"\""),
            ("html", "</main>", ""), ("html", "&lt;b&gt;", "<b>"),
        ])
    func theReadersSeeWhatIsWrong(format: String, old: String, new: String) throws {
        let faults = try faults {
            let path = "\($0).\(format)"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let range = try #require(text.range(of: old), "\(format) has no \(old)")
            try text.replacingCharacters(in: range, with: new).write(toFile: path, atomically: false, encoding: .utf8)
        }
        #expect(faults.contains("report.\(format)"), "\(faults)")
    }

    private static let checker =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .path + "/check-reports"

    /// Its status is 77 where a reader is missing; without reports it finds faults.
    private static let readersAreThere = (try? check("/nonexistent/report").status) == 1

    private static func check(_ name: String) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [checker, name]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    /// Writes the report in every format, changes something, and answers what the readers complain of.
    private func faults(in change: (String) throws -> Void) throws -> String {
        let directory = FileManager.default.temporaryDirectory.path + "/swrun-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for (format, text) in [
            ("json", MachineReports.json(report).text(pretty: true)), ("xml", MachineReports.junit(report)),
            ("tap", MachineReports.tap(report)), ("html", HTMLReport.page(report)),
        ] {
            try text.write(toFile: "\(directory)/report.\(format)", atomically: false, encoding: .utf8)
        }
        try change(directory + "/report")
        let (status, output) = try Self.check(directory + "/report")
        #expect((status == 0) == output.isEmpty)
        return output
    }

    @Test func tapHasAPlanAndOnePointForEachCase() {
        let lines = MachineReports.tap(report).split(separator: "\n")
        #expect(lines[0] == "TAP version 14" && lines[1] == "1..6")
        #expect(lines.count { $0.hasPrefix("ok ") || $0.hasPrefix("not ok ") } == 6)
        #expect(lines.contains { $0.hasPrefix("not ok 3") && $0.contains("# TODO") })
    }

    @Test func junitIsXMLAndCountsOneFailureAndOneError() throws {
        final class Reader: NSObject, XMLParserDelegate {
            var failures = 0
            var cases = 0
            func parser(
                _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
                attributes: [String: String]
            ) {
                if name == "failure" { failures += 1 }
                if name == "testcase" { cases += 1 }
            }
        }
        let parser = XMLParser(data: Data(MachineReports.junit(report).utf8))
        let reader = Reader()
        parser.delegate = reader
        #expect(parser.parse(), "\(parser.parserError.debugDescription)")
        #expect(reader.failures == 1 && reader.cases == 6)
    }

    @Test func jsonSaysWhatTheReportSays() throws {
        let value = try JSON(parsing: MachineReports.json(report).text(pretty: true))
        #expect(value["/results"]?.array?.map { $0["/verdict"]?.string } == Verdict.words.map { $0 })
        #expect(value["/results/1/finding/asks"]?.string?.isEmpty == false)
    }

    @Test func theHTMLPageEscapesAndRefersToNothingElse() {
        let page = HTMLReport.page(report)
        #expect(page.contains("run&lt;time&gt;") && !page.contains("<time>"))
        #expect(!page.contains("src=") && !page.contains("href=") && !page.contains("http"))
        #expect(page.components(separatedBy: "<article").count == 3)
    }

    @Test func theExitStatusTellsMustFromShouldAndFromErrors() {
        #expect(report.exitStatus == 4)
        var other = report
        other.results.removeLast()
        #expect(other.exitStatus == 1)
        other.results.remove(at: 1)
        #expect(other.exitStatus == 0)
    }
}
