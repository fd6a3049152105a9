import ContainerRuntime
import Foundation
import LinuxKernel
import Testing

@testable import CommandLineInterface

struct OutputTests {
    static let hostile = [
        "plain", "two\nlines", "\"quoted\" \\ back", "\u{0}\u{1}\u{1f}\u{7f}", "tab\t, return\r",
        "é 🙂 \u{2028}\u{2029}",
        "\u{1b}[31mred", "{\"level\":\"error\"}", "",
    ]

    @Test(arguments: hostile)
    func aJSONRecordIsOneLineAndKeepsTheMessage(_ message: String) throws {
        let line = LogFormat.json.line(
            .error, message, at: Timestamp(nanoseconds: 1_767_323_045_000_678_999),
            details: [("step", "3"), ("pointer", jsonString("/mounts/0"))])
        #expect(line.utf8.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        #expect(line.hasSuffix("\n"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["msg"] as? String == message)
        #expect(object["level"] as? String == "error")
        #expect(object["time"] as? String == "2026-01-02T03:04:05.000678Z")
        #expect(object["step"] as? Int == 3)
        #expect(object["pointer"] as? String == "/mounts/0")
    }

    @Test(arguments: hostile)
    func aTextRecordIsOneLine(_ message: String) {
        let line = LogFormat.text.line(.warning, message, at: Timestamp(nanoseconds: 0))
        #expect(line.utf8.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        #expect(line.hasPrefix("time=\"1970-01-01T00:00:00.000000Z\" level=warning msg=\""))
    }

    @Test func timestampsAgreeWithFoundation() {
        var random = SeededGenerator(seed: 7)
        let formatter = ISO8601DateFormatter()
        var moments = [0, 951_782_399, 951_782_400, 951_868_799, 951_868_800, 4_107_542_399, 4_107_542_400]
        moments += (0..<500).map { _ in Int.random(in: 0..<8_000_000_000, using: &random) }
        for seconds in moments {
            let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
            let text = Timestamp(nanoseconds: UInt64(seconds) * 1_000_000_000).text(fractionDigits: 6)
            #expect(text == expected.dropLast() + ".000000Z")
        }
    }

    @Test(arguments: hostile)
    func escapedTextHasNoControlCharacters(_ text: String) {
        #expect(!escaped(text).unicodeScalars.contains { $0.value < 0x20 || 0x7f..<0xa0 ~= $0.value })
    }

    @Test func aCutNeverSplitsACharacter() {
        for length in 250...260 {
            let text = String(repeating: "x", count: length) + "🙂🙂"
            let cut = quoted(text)
            #expect(cut.utf8.count <= 256 + 5)
            #expect(!cut.unicodeScalars.contains("\u{fffd}"))
        }
        #expect(quoted("short") == "\"short\"")
    }

    @Test func columnsAreAsWideAsTheirWidestCell() {
        let table = Table(
            minimumWidth: 12, padding: 3, rows: [["ID", "PID", "OWNER"], ["a-rather-long-id", "1", ""]])
        #expect(table.text == "ID                 PID         OWNER\na-rather-long-id   1\n")
    }

    @Test func onlyATerminalSeesColours() {
        let report = Report(message: "no\u{1b}\nway", hint: "try harder")
        #expect(report.text(.plain) == "no\\u{1b}\nway\nhint: try harder\n")
        #expect(report.plain == "no\\u{1b}\nway\n")
        #expect(report.text(Style(isColoured: true)).contains("\u{1b}[1;31merror:"))
    }

    @Test func aFailureKeepsItsFactsInTheRecord() throws {
        let failure = Failure(
            .configRejected, "the configuration is refused", at: .container("c1"), findings: FindingTests.findings)
        let report = Report(failure)
        let line = LogFormat.json.line(
            .error, report.message, at: Timestamp(nanoseconds: 0), details: report.details)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["code"] as? String == "config-rejected")
        #expect(object["container"] as? String == "c1")
        #expect((object["findings"] as? [[String: String]])?.count == 2)
    }

    @Test(arguments: [nil, "0123abc"])
    func theWordVersionStandsInOneLineOnly(_ commit: String?) {
        // Docker takes the last line that has it.
        let lines = Version.text(commit: commit).split(separator: "\n")
        #expect(lines.filter { $0.contains("version") } == ["swrun version \(Version.current)"])
        #expect(lines.first == "swrun version \(Version.current)")
        #expect(lines.contains("spec: \(Version.specification)"))
        #expect(lines.filter { $0.hasPrefix("libseccomp: 2.") }.count == 1)
        #expect(lines.last?.split(separator: " ").contains("+SECCOMP") == true)
        #expect(lines.contains { $0.hasPrefix("commit:") } == (commit != nil))
    }
}
