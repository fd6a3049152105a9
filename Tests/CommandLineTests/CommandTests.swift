import Foundation
import Testing

/// What the commands say and answer where no container is made.
struct CommandTests {
    /// Runs swrun on an empty state directory of its own.
    private func run(_ words: [String], in directory: String? = nil) throws -> Program.Result {
        let scratch = try Scratch()
        return try Program.spawn(
            Program.path, ["--root", scratch.file("state")] + words, directory ?? scratch.path, [:])
    }

    @Test(arguments: [["state"], ["start"], ["kill"], ["kill", "--all"], ["delete"]])
    func anUnknownContainerDoesNotExist(_ words: [String]) throws {
        let result = try run(words + ["missing"])
        #expect(result.status == 1)
        #expect(result.output == "")
        #expect(result.error.contains("does not exist"))
    }

    @Test func forcedDeletionOfAnUnknownContainerIsSilent() throws {
        let result = try run(["delete", "--force", "missing"])
        #expect(result.status == 0)
        #expect(result.output + result.error == "")
    }

    @Test(
        arguments: ["create", "run", "start", "state", "kill", "delete"],
        ["", ".", "..", ".a", "a/b", "../x", "a b", "é", "x\n", String(repeating: "x", count: 256), "..\u{2F}\u{301}"])
    func aBadIDIsRefused(_ command: String, _ id: String) throws {
        let result = try run([command, "--", id])
        #expect(result.status == 1)
        #expect(result.error.contains("container id") || result.error.contains("container ID"), "\(result.error)")
        #expect(result.error.utf8.filter { $0 == UInt8(ascii: "\n") }.count == 1)
    }

    @Test(arguments: ["SIGFOO", "FOO", "65", "9x", "", "+9", "RTMIN+31", "RTMAX+1", "1.5", "é"])
    func anUnknownSignalIsRefused(_ signal: String) throws {
        let result = try run(["kill", "missing", signal])
        #expect(result.status == 1)
        #expect(result.error.hasPrefix("unknown signal"))
    }

    @Test(arguments: ["0", "9", "64", "TERM", "term", "SIGKILL", "sigrtmin+3", "RTMAX-1"])
    func aKnownSignalIsUnderstood(_ signal: String) throws {
        #expect(try run(["kill", "missing", signal]).error.contains("does not exist"))
    }

    @Test func withoutContainersTheListIsEmpty() throws {
        #expect(try run(["list", "-q"]).output == "")
        #expect(try run(["list", "--format", "json"]).output == "[]\n")
        let table = try run(["list"])
        #expect(table.output == "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n")
        #expect(table.error == "")
        #expect(table.status == 0)
    }

    @Test(arguments: [["--systemd-cgroup"], ["--cgroup-manager", "systemd"], ["--cgroup-manager", "disabled"]])
    func everyCommandTakesAnotherCgroupManager(_ options: [String]) throws {
        #expect(try run(options + ["list"]).status == 0)
        #expect(try run(options + ["create", "-b", "/nowhere", "c1"]).error.contains("/nowhere"))
    }

    @Test(arguments: ["create", "run", "check", "explain"])
    func aMissingBundleIsOneRecord(_ command: String) throws {
        let scratch = try Scratch()
        let words = ["--log", scratch.file("log"), "--log-format", "json", command, "-b", scratch.file("none")]
        let result = try run(words + (["create", "run"].contains(command) ? ["c1"] : []))
        #expect(result.status == 1)
        let text = try scratch.text("log")
        let record = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(record["code"] as? String != nil)
        #expect((record["msg"] as? String)?.contains("o such file or directory") == true, "\(text)")
        #expect(result.error == (record["msg"] as? String ?? "") + "\n")
    }

    /// A bundle from which whoever runs the tests may make a container.
    private func writeBundle(_ scratch: borrowing Scratch) throws {
        try FileManager.default.createDirectory(atPath: scratch.file("rootfs"), withIntermediateDirectories: false)
        let result = try Program.script("exec \"$0\" spec \(getuid() == 0 ? "" : "--rootless")", in: scratch.path)
        try #require(result.status == 0, "\(result.error)")
    }

    @Test func checkFindsEachOfFiveMistakes() throws {
        let scratch = try Scratch()
        try writeBundle(scratch)
        var text = try scratch.text("config.json")
        for (right, wrong) in [
            ("\"cwd\": \"/\"", "\"cwd\": \"here\""), ("\"type\": \"uts\"", "\"type\": \"stu\""),
            ("\"RLIMIT_NOFILE\"", "\"RLIMIT_NOFILES\""), ("\"destination\": \"/proc\"", "\"destination\": \"\""),
            ("\"1.3.0\"", "\"one\""),
        ] {
            #expect(text.contains(right), "\(right)")
            text = text.replacingOccurrences(of: right, with: wrong)
        }
        try text.write(toFile: scratch.file("config.json"), atomically: false, encoding: .utf8)

        let people = try Program.run("check", in: scratch.path)
        #expect(people.status == 1)
        let programs = try Program.run("check", "--format", "json", in: scratch.path)
        #expect(programs.status == 1)
        let array = try JSONSerialization.jsonObject(with: Data(programs.output.utf8)) as? [[String: String]]
        let pointers = (array ?? []).compactMap { $0["pointer"] }
        for pointer in ["/process/cwd", "/process/rlimits/0/type", "/mounts/0/destination", "/ociVersion"] {
            #expect(pointers.contains(pointer), "\(pointers)")
            #expect(people.output.contains(pointer))
        }
        #expect(pointers.contains { $0.hasPrefix("/linux/namespaces/") })
        #expect(!people.output.contains("\u{1b}"))
    }

    @Test func aGoodConfigurationHasNothingToComplainAbout() throws {
        let scratch = try Scratch()
        try writeBundle(scratch)
        let result = try Program.run("check", "--bundle", scratch.path)
        #expect(result.status == 0, "\(result.output)")
    }

    @Test func explainNumbersTheStepsInTheirOrder() throws {
        let scratch = try Scratch()
        try writeBundle(scratch)
        let people = try Program.run("explain", in: scratch.path)
        #expect(people.status == 0, "\(people.error)")
        #expect(people.output.contains("/mounts/0"))
        let programs = try Program.run("explain", "--format", "json", "-b", scratch.path)
        let array = try JSONSerialization.jsonObject(with: Data(programs.output.utf8)) as? [[String: Any]]
        let steps = try #require(array)
        #expect(steps.count > 10)
        #expect(steps.indices.allSatisfy { steps[$0]["index"] as? Int == $0 })
        #expect(people.output.split(separator: "\n").count == steps.count + 1)
    }
}
