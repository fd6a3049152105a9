import Testing

@testable import swrun_test_report

/// Lines as `swift test` writes them, and what the report makes of the test.
@Suite struct RunTests {
    private static let id = "Some.SomeTests/works()/SomeTests.swift:1:2"
    private static let listed = #"{"kind":"test","payload":{"kind":"function","id":"\#(id)","name":"works()"}}"#

    private static func event(_ kind: String, _ messages: String...) -> String {
        let texts = messages.map { #"{"symbol":"x","text":"\#($0)"}"# }.joined(separator: ",")
        return #"{"kind":"event","payload":{"kind":"\#(kind)","messages":[\#(texts)],"testID":"\#(id)"}}"#
    }

    private func end(_ events: String...) throws -> Run.End {
        var run = Run()
        for line in [RunTests.listed] + events { run.read(line[...]) }
        return try #require(run.tests[RunTests.id]).end
    }

    @Test func aSkipHasItsReason() throws {
        #expect(
            try end(RunTests.event("testSkipped", #"Test works() skipped: \"no such kernel\""#))
                == .skipped("no such kernel"))
    }

    @Test func aCancelledTestHasTheReasonThatComesWithItsEnd() throws {
        #expect(
            try end(
                RunTests.event("testStarted"), RunTests.event("testCancelled"),
                RunTests.event("testEnded", #"Test works() was cancelled after 0.2 seconds: \"no such kernel\""#))
                == .skipped("no such kernel"))
    }

    @Test func aTestThatEndsWithoutIssueHasPassed() throws {
        #expect(try end(RunTests.event("testStarted"), RunTests.event("testEnded", "passed")) == .passed)
        #expect(
            try end(RunTests.event("testStarted"), RunTests.event("issueRecorded"), RunTests.event("testEnded"))
                == .failed)
    }

    @Test func aTestThatNeverEndsIsNoted() throws { #expect(try end(RunTests.event("testStarted")) == .started) }
}
