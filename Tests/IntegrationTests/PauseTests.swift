internal import Foundation
internal import Support
internal import Testing

/// Stopping a container's processes for a while, and seeing them.
@Suite(.containers) struct PauseTests {
    @Test func aPausedContainerStandsStillUntilItIsResumed() throws {
        try inBox { box in
            box.config["root"]["readonly"] = false
            box.config["process"]["args"] = ["/bin/sh", "-c", "while :; do echo >>/beat; sleep 0.01; done"]
            try box.startSleeper()
            func beats() -> Int { (try? Data(contentsOf: URL(fileURLWithPath: box.rootfs + "/beat")).count) ?? 0 }
            func waitForMore() throws {
                let (before, end) = (beats(), Date().addingTimeInterval(20))
                while beats() == before {
                    guard Date() < end else { throw Problem("it stands still") }
                    usleep(5000)
                }
            }
            try waitForMore()
            try box.command("pause", box.id()).run().get()
            #expect(box.status() == "paused")
            let before = beats()
            usleep(100_000)
            #expect(beats() == before, "it goes on")
            expectRefusal(try box.command("pause", box.id()).run(), "container not running")
            try box.command("resume", box.id()).run().get()
            #expect(box.status() == "running")
            try waitForMore()
            expectRefusal(try box.command("resume", box.id()).run(), "container not paused")
        }
    }

    @Test func aCreatedContainerCanBePaused() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/true"]
            try box.write()
            try box.command("create", "--bundle", box.bundle, box.id()).run().get()
            try box.command("pause", box.id()).run().get()
            expectRefusal(try box.command("start", box.id()).run(), "paused state")
            try box.command("resume", box.id()).run().get()
            #expect(box.status() == "created")
            try box.command("start", box.id()).run().get()
        }
    }

    @Test func aPausedContainerDiesOfSIGKILL() throws {
        try withSleeper { box in
            try box.command("pause", box.id()).run().get()
            expectRefusal(try box.command("delete", box.id()).run(), "not stopped: paused")
            try box.command("kill", box.id(), "KILL").run().get()
            try box.wait(for: "stopped")
            try box.command("delete", box.id()).run().get()
        }
    }

    @Test func aPausedContainerIsDeletedByForce() throws {
        try withSleeper { box in
            try box.command("pause", box.id()).run().get()
            try box.command("delete", "--force", box.id()).run().get()
            #expect(box.status() == nil)
        }
    }

    @Test(arguments: ["pause", "resume"]) func aStoppedOrMissingContainerIsRefused(_ command: String) throws {
        try withSleeper { box in
            try box.command("kill", box.id(), "KILL").run().get()
            try box.wait(for: "stopped")
            expectRefusal(try box.command(command, box.id()).run(), command == "pause" ? "not running" : "not paused")
            expectRefusal(try box.command(command, "nobody").run(), "does not exist")
        }
    }

    @Test func psKnowsAllProcesses() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/sh", "-c", "sleep 1001 & sleep 1002 & exec sleep 1003"]
            try box.startSleeper()
            let end = Date().addingTimeInterval(20)
            var pids: [Int64] = []
            while pids.count < 3, Date() < end {
                let outcome = try box.command("ps", "--format", "json", box.id()).run().get()
                #expect(outcome.errors.isEmpty)
                pids = try JSON(parsing: outcome.output).elements.compactMap(\.integer)
            }
            #expect(pids.count == 3)
            #expect(pids.contains(try #require(try box.state()["pid"].integer)))
            let table = try box.command("ps", box.id()).run().get().output.split(separator: "\n")
            #expect(table.count == 4 && table[0].contains("PID") && table[0].contains("CMD"), "\(table)")
            let chosen = try box.command("ps", box.id(), "-o", "pid,args", "-A").run().get().output
            for number in 1001...1003 { #expect(chosen.contains("sleep \(number)")) }
            #expect(
                try box.command("ps", box.id(), "--", "-eo", "pid").run().get().output.split(separator: "\n").count == 4
            )
            expectRefusal(try box.command("ps", box.id(), "-eo", "args").run(), "couldn't find PID field in ps output")
            expectRefusal(try box.command("ps", box.id(), "--nonsense").run(), "refused")
            try box.command("kill", "--all", box.id(), "KILL").run().get()
            try box.wait(for: "stopped")
            #expect(try box.command("ps", "-f", "json", box.id()).run().get().output == "[]\n")
            #expect(try box.command("ps", box.id()).run().get().output.split(separator: "\n").count == 1)
            try box.command("kill", "--all", box.id(), "KILL").run().get()
            expectRefusal(try box.command("kill", box.id(), "KILL").run(), "container not running")
            expectRefusal(try box.command("ps", "nobody").run(), "does not exist")
        }
    }

    @Test func withoutPsTheTableComesFromProcfs() throws {
        try withSleeper { box in
            var command = box.command("ps", box.id())
            command.environment = ["PATH": "/nowhere"]
            let lines = try command.run().get().output.split(separator: "\n")
            #expect(lines.first == "UID PID PPID CMD" && lines.last?.hasSuffix("/bin/sleep 1000") == true, "\(lines)")
            command.arguments += ["-A"]
            expectRefusal(try command.run(), "there is no ps")
        }
    }

    @Test func everyProcessGetsTheSignalThatAllShallGet() throws {
        try inBox { box in
            box.config["root"]["readonly"] = false
            box.config["process"]["args"] = [
                "/bin/sh", "-c",
                """
                for n in 1 2 3; do (trap "echo $n >>/got" USR1; echo >>/up; while :; do sleep 0.02; done) & done
                trap "echo 0 >>/got" USR1; echo >>/up; while :; do sleep 0.02; done
                """,
            ]
            try box.startSleeper()
            func lines(_ name: String) -> Int {
                ((try? String(contentsOfFile: box.rootfs + name, encoding: .utf8)) ?? "").filter(\.isNewline).count
            }
            let end = Date().addingTimeInterval(20)
            while lines("/up") < 4, Date() < end { usleep(5000) }
            // A `sleep` dies of it, and the loops go on.
            try box.command("kill", "--all", box.id(), "USR1").run().get()
            while lines("/got") < 4, Date() < end { usleep(5000) }
            #expect(lines("/got") == 4)
        }
    }
}
