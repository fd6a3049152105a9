internal import Foundation
internal import Support
internal import Testing

/// Commands when something around them is used up, gone or in the way.
@Suite(.containers) struct ReliabilityTests {
    @Test func aContainerThatForksWithoutEndIsDeletedByForce() throws {
        try inBox { box in
            box.config["linux"]["resources"] = ["pids": ["limit": 200]]
            box.config["process"]["args"] = ["/bin/sh", "-c", "f() { f | f & }; f; while :; do f; sleep 0.01; done"]
            try box.startSleeper()
            let end = Date().addingTimeInterval(20)
            while box.processes().count < 50, Date() < end { usleep(5000) }
            try box.command("delete", "--force", box.id()).run().get()
            expectNothingLeft(of: box)
        }
    }

    @Test func cgroupsInsideOfTheContainersGoWithIt() throws {
        try withSleeper { box in
            for cgroup in Cgroups.named(box.name) {
                for number in 0..<20 {
                    try FileManager.default.createDirectory(
                        atPath: "\(cgroup)/a\(number)/b/c", withIntermediateDirectories: true)
                }
            }
            try box.command("delete", "--force", box.id()).run().get()
            expectNothingLeft(of: box)
        }
    }

    @Test func aBundleIsNotNeededAfterCreate() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            box.config["hooks"] = ["poststop": [["path": "/bin/sh", "args": ["sh", "-c", "pwd >/dev/null"]]]]
            try box.write()
            try box.command("create", "--bundle", box.bundle, box.id()).run().get()
            try FileManager.default.removeItem(atPath: box.bundle + "/config.json")
            try FileManager.default.moveItem(atPath: box.bundle, toPath: box.directory + "/elsewhere")
            try box.command("start", box.id()).run().get()
            try box.command("exec", box.id(), "true").run().get()
            #expect(box.status() == "running")
            try box.command("kill", box.id(), "KILL").run().get()
            try box.wait(for: "stopped")
            let deletion = try box.command("delete", box.id()).run().get()
            #expect(deletion.errors.isEmpty)
            expectNothingLeft(of: box)
        }
    }

    /// Whoever has used up the processes must still be able to end some.
    @Test(.cgroupV1, arguments: [["state"], ["kill", "KILL"], ["delete", "--force"]])
    func whatEndsAContainerMakesNoProcess(_ words: [String]) throws {
        try withSleeper { box in
            let full = "/sys/fs/cgroup/pids/\(box.name)-full"
            try FileManager.default.createDirectory(atPath: full, withIntermediateDirectories: false)
            defer { unsafe rmdir(full) }
            try "1".write(toFile: full + "/pids.max", atomically: false, encoding: .utf8)
            var line = [box.runtime.path, "--root", box.root] + words
            line.insert(box.id(), at: words.first == "kill" ? 4 : line.count)
            let script = "echo $$ >\(full)/cgroup.procs; exec \"$@\""
            try Command(["sh", "-c", script, "sh"] + line).run().get()
        }
    }

    @Test(arguments: [5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 24]) func tooFewDescriptorsAreSaidAndLeaveNothing(_ count: Int)
        throws
    {
        try inBox { box in
            try box.write()
            let script = "ulimit -n \(count); exec \"$0\" --root \"$1\" run --bundle \"$2\" \"$3\""
            let outcome = try Command("sh", "-c", script, box.runtime.path, box.root, box.bundle, box.id()).run()
            if !outcome.succeeded { expectRefusal(outcome, "EMFILE", "too many open files") }
            expectNothingLeft(of: box)
        }
    }

    @Test func aFileThatMayNotGrowIsSaidAndLeavesNothing() throws {
        try inBox { box in
            try box.write()
            // Standard error is a file, too: it goes through a pipe.
            let script = "(ulimit -f 0; exec \"$0\" --root \"$1\" run --bundle \"$2\" \"$3\") 2>&1 | cat >&2; exit 1"
            let outcome = try Command("bash", "-c", script, box.runtime.path, box.root, box.bundle, box.id()).run()
            expectRefusal(outcome, "EFBIG", "file too large")
            expectNothingLeft(of: box)
        }
    }

    @Test func anOutputThatIsFullIsSaid() throws {
        try withSleeper { box in
            for words in [["list"], ["state", box.id()], ["features"], ["--version"], ["ps", box.id()]] {
                let script = "exec \"$@\" >/dev/full"
                let line = [box.runtime.path, "--root", box.root] + words
                expectRefusal(try Command(["sh", "-c", script, "sh"] + line).run(), "no space left")
            }
        }
    }
}
