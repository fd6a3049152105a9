internal import Foundation
internal import Support
internal import Testing

/// Processes that can't be started in a container: each is refused with its reason, and nothing is left.
@Suite(.containers) struct ExecRefusalTests {
    /// CVE-2016-3697, CVE-2026-30892: numbers are numbers, and nothing but digits is one.
    @Test(arguments: [
        "root", "", ":2", "1:", "1:2:3", "+1", " 1", "-1", "4294967295", "4294967296", "0x1", "1.0", "٣",
    ])
    func aUserThatIsNoNumberIsRefused(_ user: String) throws {
        try withSleeper { box in
            expectRefusal(try box.exec(["--user=" + user], "id"), "user", status: 255)
        }
    }

    @Test func aPausedContainerIsRefusedUnlessIgnored() throws {
        try withSleeper { box in
            try box.command("pause", box.id()).run().get()
            expectRefusal(try box.exec([], "true"), "cannot exec in a paused container", status: 255)
            let running = try box.command("exec", "--ignore-paused", box.id(), "echo", "at last").start()
            try box.command("resume", box.id()).run().get()
            #expect(try running.wait().output == "at last\n")
        }
    }

    @Test func aStoppedOrMissingContainerIsRefused() throws {
        try withSleeper { box in
            try box.command("kill", box.id(), "KILL").run().get()
            try box.wait(for: "stopped")
            expectRefusal(try box.exec([], "true"), "cannot exec in a stopped container", status: 255)
            expectRefusal(try box.command("exec", "nobody", "true").run(), "does not exist", status: 255)
        }
    }

    @Test(arguments: [
        (["/missing"], "exec: \"/missing\": stat /missing: no such file or directory"),
        (["missing"], "executable file not found in $PATH"), (["/etc"], "exec: \"/etc\": permission denied"),
        (["/etc/plain"], "permission denied"), (["/bin/nonsense"], "exec format error"),
        ([], "exec args cannot be empty"), ([""], "the program's name is empty"),
    ])
    func whatCannotBeExecutedSaysWhyAndLeavesNoPidFile(_ words: [String], _ message: String) throws {
        try inBox { box in
            try box.file("/etc/plain", "text")
            try box.file("/bin/nonsense", "text", mode: 0o755)
            try box.startSleeper()
            let file = box.directory + "/exec.pid"
            let log = box.directory + "/log"
            let options = ["--log", log, "--log-format", "json", "exec", "--detach", "--pid-file", file, box.id()]
            let outcome = try box.command(options + words).run()
            expectRefusal(outcome, message, status: 255)
            #expect(!FileManager.default.fileExists(atPath: file))
            let record = try JSON(parsing: String(contentsOfFile: log, encoding: .utf8))
            #expect(record["msg"].text.map { $0 + "\n" } == outcome.errors, "one record, with the same words")
            #expect(message.contains("permission") || !outcome.errors.contains("permission denied"))
        }
    }

    @Test(arguments: [
        ("{", "process.json"), ("[]", "process.json"), (#"{"args":["true"],"cwd":"tmp"}"#, "absolute path"),
        (#"{"args":[],"cwd":"/"}"#, "args cannot be empty"), (#"{"cwd":"/"}"#, "args cannot be empty"),
        (#"{"args":["a\u0000b"],"cwd":"/"}"#, "/args/0"),
        (#"{"args":["true"],"cwd":"/missing"}"#, "chdir to cwd (\"/missing\")"),
        (#"{"args":["true"],"cwd":"/","user":{"uid":4294967295,"gid":0}}"#, "/user/uid"),
        (#"{"args":["true"],"cwd":"/","rlimits":[{"type":"RLIMIT_X","soft":1,"hard":1}]}"#, "/rlimits/0"),
    ])
    func aBrokenDocumentIsRefused(_ text: String, _ message: String) throws {
        try withSleeper { box in
            let path = box.directory + "/process.json"
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            expectRefusal(try box.exec(["--process", path]), message, status: 255)
        }
    }

    @Test func aMissingDocumentOrADirectoryIsRefused() throws {
        try withSleeper { box in
            let missing = try box.exec(["--process", box.directory + "/nothing"])
            expectRefusal(missing, "no such file or directory", status: 255)
            expectRefusal(try box.exec(["--process", box.directory]), "is a directory", status: 255)
        }
    }

    @Test func consoleSocketsThatCannotBeAreRefused() throws {
        try withSleeper { box in
            let path = box.directory + "/plain"
            try Data().write(to: URL(fileURLWithPath: path))
            let tries: [([String], String)] = [
                (["--detach", "--tty"], "cannot allocate tty"),
                (["--console-socket", path], "cannot use console socket"),
                (["--detach", "--tty", "--console-socket", path], "connection refused"),
                (["--detach", "--tty", "--console-socket", path + "-missing"], "no such file or directory"),
            ]
            for (options, message) in tries { expectRefusal(try box.exec(options, "true"), message, status: 255) }
        }
    }

    /// The class of CVE-2024-21626.
    @Test func aWorkingDirectoryOutsideIsRefused() throws {
        try withSleeper { box in
            for number in 3...12 {
                let outcome = try box.exec(["--cwd", "/proc/self/fd/\(number)"], "pwd")
                expectRefusal(outcome, "chdir to cwd", status: 255)
            }
        }
    }
}
