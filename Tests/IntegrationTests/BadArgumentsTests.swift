internal import Foundation
internal import Support
internal import Testing

/// Ids, statuses, state directories, logs and sockets that are not as they should be.
@Suite(.containers) struct BadArgumentsTests {
    private static let ids = [
        "", ".", "..", "a/b", "../x", "a b", "é", "x\n", ".hidden", String(repeating: "a", count: 256),
        String(repeating: "a", count: 2000), "a\u{301}", "/",
    ]

    private static let commands = [
        "create", "run", "state", "delete", "kill", "start", "exec", "ps", "pause", "resume", "update", "events",
        "checkpoint", "restore",
    ]

    private func expectIDRefused(_ id: String, by command: String, _ words: String...) throws {
        try inBox { box in
            try box.write()
            let bundle = ["create", "run", "restore"].contains(command) ? ["--bundle", box.bundle] : []
            let outcome = try box.command([command] + bundle + [id] + (command == "exec" ? ["true"] : [])).run()
            expectRefusal(outcome, status: command == "exec" ? 255 : 1)
            for word in words { #expect(outcome.errors.contains(word), "\(outcome)") }
            expectNothingLeft(of: box)
        }
    }

    @Test(arguments: ids, ["create", "run", "state", "delete", "kill", "start"])
    func aBadIDIsRefused(_ id: String, _ command: String) throws { try expectIDRefused(id, by: command) }

    @Test(arguments: commands) func everyCommandChecksTheID(_ command: String) throws {
        for id in ["..", "a/b", "é"] { try expectIDRefused(id, by: command, "invalid container ID format") }
        try expectIDRefused("", by: command, "container id cannot be empty")
    }

    @Test func deleteForceOfTwoDotsTouchesNothing() throws {
        try inBox { box in
            let sibling = box.directory + "/sibling"
            try FileManager.default.createDirectory(atPath: sibling, withIntermediateDirectories: false)
            for id in ["..", ".", "../sibling", "a/../../sibling"] {
                _ = try box.command("delete", "--force", id).run()
            }
            #expect(FileManager.default.fileExists(atPath: sibling))
            #expect(FileManager.default.fileExists(atPath: box.rootfs + "/bin/busybox"))
        }
    }

    @Test(arguments: ["state", "start", "kill", "delete", "ps", "pause", "resume", "update", "events", "checkpoint"])
    func anUnknownContainerDoesNotExist(_ command: String) throws {
        try inBox { box in
            let outcome = try box.command(command, "nobody").run()
            expectRefusal(outcome, "does not exist", "nobody")
        }
    }

    @Test func anIDThatIsThereIsRefusedAndTheContainerStays() throws {
        try inBox { box in
            try box.write()
            try box.command("create", "--bundle", box.bundle, box.id()).run().get()
            expectRefusal(try box.command("create", "--bundle", box.bundle, box.id()).run(), "already exists")
            expectRefusal(try box.command("run", "--bundle", box.bundle, box.id()).run(), "already exists")
            #expect(box.status() == "created")
        }
    }

    @Test func startingTwiceIsRefused() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            try box.command("run", "-d", "--bundle", box.bundle, box.id()).run().get()
            expectRefusal(try box.command("start", box.id()).run(), "already running")
            try box.command("kill", box.id(), "KILL").run().get()
            try box.wait(for: "stopped")
            expectRefusal(try box.command("start", box.id()).run(), "stopped")
        }
    }

    @Test func killingAStoppedContainerSaysWhatManagersMatch() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/true"]
            try box.write()
            try box.command("run", "-d", "--bundle", box.bundle, box.id()).run().get()
            try box.wait(for: "stopped")
            expectRefusal(try box.command("kill", box.id(), "TERM").run(), "container not running")
            try box.command("kill", "--all", box.id(), "KILL").run().get()
        }
    }

    @Test func theLogHoldsOneJSONObjectAndStandardErrorTheSameWords() throws {
        try inBox { box in
            box.config["process"]["args"] = ["nowhere-to-be-found"]
            try box.write()
            let log = box.directory + "/log.json"
            let words = ["--log", log, "--log-format", "json", "create", "--bundle", box.bundle, box.id()]
            let outcome = try box.command(words).run()
            expectRefusal(outcome, "executable file not found in $PATH")
            let entry = try JSON(parsing: String(contentsOfFile: log, encoding: .utf8))
            #expect(entry["level"] == "error")
            #expect(entry["msg"].text?.contains("executable file not found in $PATH") == true)
            #expect(
                entry["time"].text?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/) != nil)
            let all = outcome.errors.lowercased()
            #expect(!all.contains("permission denied") && !all.contains("operation not permitted"))
        }
    }

    @Test func theLogIsThereEvenIfNothingIsLogged() throws {
        try inBox { box in
            let log = box.directory + "/log.json"
            try box.command("--log", log, "--log-format", "json", "list").run().get()
            #expect(try String(contentsOfFile: log, encoding: .utf8).isEmpty)
        }
    }

    @Test func aStateRootThatCannotBeWrittenIsNamed() throws {
        try inBox { box in
            try box.write()
            try Data().write(to: URL(fileURLWithPath: box.directory + "/file"))
            let path = box.directory + "/file/root"
            let command = Command(box.runtime.path, "--root", path, "create", "--bundle", box.bundle, box.id())
            expectRefusal(try command.run(), "file")
            expectNothingLeft(of: box)
        }
    }

    @Test func aFullStateRootLeavesNothing() throws {
        try inBox { box in
            try box.write()
            let path = box.directory + "/small"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            try Command("mount", "-t", "tmpfs", "-o", "size=8k,mode=700", "swrun-test", path).run().get()
            defer { _ = try? Command("umount", "-l", path).run() }
            // Two pages, and one of them is taken.
            try Data(repeating: 1, count: 4096).write(to: URL(fileURLWithPath: path + "/taken"))
            let command = Command(box.runtime.path, "--root", path, "create", "--bundle", box.bundle, box.id())
            let outcome = try command.run()
            expectRefusal(outcome, "no space left")
            #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["taken"])
            try Command("umount", path).run().get()
            expectNothingLeft(of: box)
        }
    }

    @Test(arguments: ["", "garbage", "{}", "{\"pid\": 1}", "[[[[", "\u{0}\u{0}\u{0}"])
    func aDamagedStateIsToldAndDeletedByForce(_ text: String) throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            try box.command("run", "-d", "--bundle", box.bundle, box.id()).run().get()
            // A pid file tells nothing of the state directory's format, which belongs to the runtime.
            let directory = box.root + "/" + box.id()
            for name in try FileManager.default.contentsOfDirectory(atPath: directory) where name.hasSuffix(".json") {
                try Data(text.utf8).write(to: URL(fileURLWithPath: directory + "/" + name))
            }
            expectRefusal(try box.command("state", box.id()).run())
            try box.command("list").run().get()
            for process in box.processes() { kill(process.pid, SIGKILL) }
            try box.waitUntilEmpty()
            _ = try box.command("delete", "--force", box.id()).run()
            #expect((try? FileManager.default.contentsOfDirectory(atPath: box.root)) ?? [] == [])
            // What the record said about the cgroup is lost; the box takes it away.
            for cgroup in Cgroups.named(box.name) { try Command("rmdir", cgroup).run() }
        }
    }

    @Test(arguments: ["missing", "file", "closed"])
    func aConsoleSocketThatDoesNotListenIsNamed(_ kind: String) throws {
        try inBox { box in
            box.config["process"]["terminal"] = true
            try box.write()
            let path = box.directory + "/socket"
            if kind == "file" { try Data().write(to: URL(fileURLWithPath: path)) }
            if kind == "closed" { try ConsoleSocket(path).close() }
            let words = ["create", "--console-socket", path, "--bundle", box.bundle, box.id()]
            expectRefusal(try box.command(words).run(), path)
            expectNothingLeft(of: box)
        }
    }

    @Test func aTerminalNeedsASocketAndASocketATerminal() throws {
        try inBox { box in
            box.config["process"]["terminal"] = true
            try box.write()
            expectRefusal(try box.command("create", "--bundle", box.bundle, box.id()).run(), "console socket")
            box.config["process"]["terminal"] = false
            try box.write()
            let socket = try ConsoleSocket(box.directory + "/socket")
            let words = ["create", "--console-socket", socket.path, "--bundle", box.bundle, box.id()]
            expectRefusal(try box.command(words).run(), "console socket")
            expectNothingLeft(of: box)
        }
    }

    @Test(.ordinaryUser) func anOrdinaryUserIsToldWhatIsMissing() throws {
        try inBox { box in
            try box.write()
            var command = Command(
                box.runtime.path, "--root", box.directory + "/user", "run", "-b", box.bundle, box.id())
            command.ids = (65534, 65534, [])
            let root = box.directory + "/user"
            try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: false)
            try Command("chown", "65534:65534", root).run().get()
            expectRefusal(try command.run())
            expectNothingLeft(of: box)
        }
    }

    @Test(arguments: [
        ["frobnicate"], ["run", "--frobnicate", "x"], ["run"], ["state"], ["state", "a", "b"], ["--root"],
    ])
    func aWrongCommandLineIsRefused(_ words: [String]) throws {
        expectRefusal(try Command([OCIRuntime.swrun.path] + words).run())
    }

    @Test func aPidFileThatCannotBeWrittenUndoesTheContainer() throws {
        try inBox { box in
            try box.write()
            for path in [box.directory + "/missing/pid", box.rootfs] {
                let words = ["create", "--pid-file", path, "--bundle", box.bundle, box.id()]
                expectRefusal(try box.command(words).run(), path)
                expectNothingLeft(of: box)
            }
        }
    }
}
