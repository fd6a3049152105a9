import Foundation
import Testing
import Validation

@testable import CommandLineInterface

struct FindingTests {
    static let findings = [
        Finding(
            severity: .error, pointer: "/mounts/0/destination", rule: "mount-destination",
            problem: "\"a\nb\" is relative",
            remedy: "begin it with /", section: "config.md \"Mounts\""),
        Finding(severity: .warning, pointer: "", rule: "r", problem: "\u{1b}[2J", remedy: "", section: "s"),
    ]

    @Test func thePersonSeesPlaceProblemRemedyAndSource() {
        let text = text(of: Self.findings, style: .plain)
        for words in ["error at /mounts/0/destination", "is relative", "begin it with /", "config.md \"Mounts\""] {
            #expect(text.contains(words))
        }
        #expect(text.contains("a\\nb"))
        #expect(!text.contains("\u{1b}"))
        #expect(text.hasSuffix("1 error, 1 warning\n"))
    }

    @Test func theProgramSeesAnArray() throws {
        let array = try JSONSerialization.jsonObject(with: Data(json(of: Self.findings).utf8)) as? [[String: String]]
        #expect(array?.count == 2)
        #expect(array?[0]["problem"] == "\"a\nb\" is relative")
        #expect(array?[1]["severity"] == "warning")
        #expect(json(of: []) == "[]")
    }

    @Test func numbersAgreeWithTheirNouns() {
        #expect(summary(of: []) == "nothing to complain about")
        #expect(summary(of: [Self.findings[0], Self.findings[0]]) == "2 errors")
    }
}
