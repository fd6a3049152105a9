import Foundation
import Testing

@testable import CommandLineInterface

struct SessionTests {
    /// The options before a command that has nothing else to do.
    private func globals(_ words: String...) -> Arguments { parse(words + ["list"]).globals }

    @Test func inAJSONLogWarningsWaitForTheSuccess() throws {
        let scratch = try Scratch()
        let session = try Session(globals("--log", scratch.file("log"), "--log-format=json"))
        session.note(.warning, "first")
        session.note(.warning, "second")
        #expect(try scratch.text("log") == "")
        session.succeed()
        let messages = try scratch.text("log").split(separator: "\n").map { line in
            (try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])?["msg"]
        }
        #expect(messages == ["first", "second"])
    }

    @Test func aFailureAfterWarningsIsStillOneJSONValue() throws {
        let scratch = try Scratch()
        let session = try Session(globals("--log", scratch.file("log"), "--log-format=json"))
        session.note(.warning, "forgotten")
        session.fail(Report(message: "(a message of a test)"))
        let record = try JSONSerialization.jsonObject(with: Data(try scratch.text("log").utf8)) as? [String: String]
        #expect(record?["msg"] == "(a message of a test)")
        #expect(record?["level"] == "error")
    }

    @Test func whoDebugsGetsEveryLineEvenIfTheCommandFails() throws {
        let scratch = try Scratch()
        let session = try Session(globals("--debug", "--log", scratch.file("log"), "--log-format=json"))
        session.note(.warning, "kept")
        session.fail(Report(message: "(a message of a test)"))
        #expect(try scratch.text("log").split(separator: "\n").count == 2)
    }

    @Test func inATextLogWarningsStandAtOnce() throws {
        let scratch = try Scratch()
        let session = try Session(globals("--log=file:\(scratch.file("log"))"))
        session.note(.warning, "now")
        #expect(try scratch.text("log").contains("level=warning msg=\"now\""))
    }

    @Test(arguments: [
        (["--log-level", "error"], 0), ([], 1), (["--log-level", "warning"], 1), (["--log-level=info"], 2),
        (["--debug"], 3), (["--log-level", "debug"], 3), (["--log-level", "error", "--debug"], 3),
    ])
    func whatIsSaidDependsOnTheLevel(_ line: (options: [String], lines: Int)) throws {
        let scratch = try Scratch()
        let session = try Session(parse(line.options + ["--log", scratch.file("log"), "list"]).globals)
        for level in [LogLevel.debug, .info, .warning] { session.note(level, "said") }
        #expect(try scratch.text("log").split(separator: "\n").count == line.lines)
    }

    @Test(arguments: ["syslog:", "journald:", "syslog:a b", "journald:a\nMESSAGE=b"])
    func aDaemonsLogNeedsAPlainName(_ place: String) {
        #expect(throws: UsageError.self) { try Session(globals("--log", place)) }
    }

    @Test func aRecordForADaemonHasItsPriorityAndName() {
        #expect(
            LogDaemon.journald.record("one line", .error, name: "box")
                == "MESSAGE=one line\nPRIORITY=3\nSYSLOG_IDENTIFIER=box\n")
        let record = LogDaemon.syslog.record("one line", .warning, name: "box")
        #expect(record.hasPrefix("<28>box[") && record.hasSuffix("]: one line"))
    }
}
