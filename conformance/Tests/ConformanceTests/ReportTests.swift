import Foundation
import FoundationXML
import JSONValue
import Testing

@testable import Conformance

@Suite struct ReportTests {
    /// A report with one result of each verdict, in which a finding is full of what formats trip over.
    private var report: RunReport {
        let finding = Finding(
            requirement: "config/process#5", expected: "a <b> & \"c\"", seen: "]]> \u{1} # ' \n end",
            commands: ["x --y 'z'"],
            bundles: ["/b"], config: ["a": "</pre>"])
        let verdicts: [Verdict] = [
            .pass, .fail(finding), .deviation(finding, reason: "be # cause"), .skippedByEnvironment("no root"),
            .skippedAsOptional("not claimed"), .harnessError("oh\nno"),
        ]
        let results = zip(Cases.all, verdicts).map { CaseResult(item: $0, verdict: $1, seconds: 0.0123) }
        return RunReport(
            runtimePath: "/bin/run<time>", runtimeName: "run<time>", version: "1", claims: "1.3.0", date: "today",
            host: "here",
            results: results, seconds: 1.26, runtimeSeconds: 1, jobs: 2)
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
