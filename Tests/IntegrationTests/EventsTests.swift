internal import Foundation
internal import Support
internal import Testing

/// What `events` tells.
@Suite(.containers) struct EventsTests {
    /// The places of all values in a document, the elements of a list under one.
    private func places(_ value: JSON, _ path: String = "") -> Set<String> {
        switch value {
        case .object(let members): Set(members.flatMap { places($0.value, path + "/" + $0.key) })
        case .array(let elements): Set(elements.flatMap { places($0, path + "/*") })
        default: [path]
        }
    }

    private func sleeper(_ box: Box, _ suffix: String = "") throws {
        box.config["process"]["args"] = ["/bin/sleep", "1000"]
        box.config["linux"]["cgroupsPath"] = .string("/" + box.id(suffix))
        try box.write()
        try box.command("run", "--detach", "--bundle", box.bundle, box.id(suffix)).run().get()
    }

    private func statistics(_ box: Box, _ words: String...) throws -> [JSON] {
        try box.command(["events", "--stats"] + words).run().get().output.split(separator: "\n")
            .map { try JSON(parsing: String($0)) }
    }

    @Test func statisticsHaveTheFormThatRuncGivesThem() throws {
        guard let runc = OCIRuntime.peers.first(where: { $0.name == "runc" }) else { return }
        var seen: [Set<String>] = []
        for runtime in [OCIRuntime.swrun, runc] {
            try inBox(runtime) { box in
                try sleeper(box)
                seen.append(places(try #require(try statistics(box, box.id()).first)))
                try box.command("delete", "--force", box.id()).run().get()
            }
        }
        // What a group has read from disks depends on what was in memory.
        let missing = seen[1].subtracting(seen[0]).filter { !$0.hasPrefix("/data/blkio/") }
        #expect(missing == [])
        #expect(seen[0].contains("/data/network_interfaces"))
    }

    @Test func statisticsAreThoseOfTheContainer() throws {
        try inBox { box in
            box.config["linux"]["resources"]["memory"] = ["limit": 67_108_864]
            box.config["linux"]["resources"]["pids"] = ["limit": 33]
            try sleeper(box)
            let line = try #require(try statistics(box, box.id()).first)
            #expect(line["type"].text == "stats")
            #expect(line["id"].text == box.id())
            let data = line["data"]
            #expect(data["memory"]["usage"]["limit"].integer == 67_108_864)
            #expect(try #require(data["memory"]["usage"]["usage"].integer) > 0)
            #expect(data["pids"] == ["current": 1, "limit": 33])
            #expect(try #require(data["cpu"]["usage"]["total"].integer) > 0)
            let group = Cgroups.areV1 ? "/sys/fs/cgroup/unified/" : "/sys/fs/cgroup/"
            if FileManager.default.fileExists(atPath: "\(group)\(box.name)/memory.pressure") {
                for part in ["cpu", "memory", "blkio"] {
                    #expect(data[part]["psi"]["some"]["total"].integer != nil, "\(part)")
                }
            }
            try box.command("delete", "--force", box.id()).run().get()
        }
    }

    @Test func severalContainersAndAllAreTold() throws {
        try inBox { box in
            #expect(try statistics(box) == [])
            for suffix in ["a", "b", "c"] { try sleeper(box, suffix) }
            let wanted = ["a", "b", "c"].map(box.id)
            #expect(try statistics(box, wanted[2], wanted[0]).map { $0["id"].text } == [wanted[2], wanted[0]])
            #expect(try statistics(box).map { $0["id"].text } == wanted)
            try box.command("kill", wanted[1], "KILL").run().get()
            try box.wait(for: "stopped", "b")
            #expect(try statistics(box).map { $0["id"].text } == [wanted[0], wanted[2]])
            expectRefusal(
                try box.command("events", "--stats", wanted[1]).run(), "container with id \(wanted[1]) is not running")
            for suffix in ["a", "b", "c"] { try box.command("delete", "--force", box.id(suffix)).run().get() }
        }
    }

    @Test func anOutOfMemoryKillIsTold() throws {
        try inBox { box in
            box.config["linux"]["resources"]["memory"] = ["limit": 16_777_216, "swap": 16_777_216]
            box.config["process"]["args"] = [
                "/bin/sh", "-c", "dd if=/dev/zero of=/dev/null bs=64M count=1; exit 0",
            ]
            try box.write()
            try box.command("create", "--bundle", box.bundle, box.id()).run().get()
            let events = try box.command("events", "--interval", "20ms", box.id()).start()
            // The first statistics come when everything is watched.
            let end = Date().addingTimeInterval(120)
            while !events.written.contains("\"stats\""), Date() < end { usleep(5000) }
            try box.command("start", box.id()).run().get()
            let lines = try events.wait().get().output.split(separator: "\n").map { try JSON(parsing: String($0)) }
            let told = lines.filter { $0["type"].text == "oom" }
            #expect(told == [["type": "oom", "id": .string(box.id())]])
            try box.command("delete", "--force", box.id()).run().get()
        }
    }

    /// What a process has open.
    private func descriptors(of pid: Int32) -> [String] {
        let directory = "/proc/\(pid)/fd"
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return numbers.compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: directory + "/" + $0)
        }
    }

    @Test func itEndsWithTheContainer() throws {
        try inBox { box in
            try sleeper(box)
            let events = try box.command("events", "--interval=1h", box.id()).start()
            // The memory's descriptor comes last: from then on it looks.
            let end = Date().addingTimeInterval(20)
            while !descriptors(of: events.pid).contains(where: { $0.contains("eventfd") || $0.contains("inotify") }),
                Date() < end
            {
                usleep(5000)
            }
            try box.command("kill", box.id(), "KILL").run().get()
            let outcome = try events.wait().get()
            #expect(outcome.output.isEmpty)
            try box.command("delete", box.id()).run().get()
        }
    }

    /// Watching all containers has no other end; a caller that blocks signals hands its mask down.
    @Test(arguments: [SIGTERM, SIGINT, SIGHUP]) func aSignalEndsItAlsoIfTheCallerBlockedIt(_ number: Int32) throws {
        try inBox { box in
            try sleeper(box)
            var command = box.command("events", "--interval", "20ms")
            command.arguments = ["env", "--block-signal=\(number)"] + command.arguments
            let events = try command.start()
            let end = Date().addingTimeInterval(20)
            while !events.written.contains("\"stats\""), Date() < end { usleep(5000) }
            events.signal(number)
            #expect(try events.wait().status == 128 + number)
            #expect(box.status() == "running")
        }
    }

    @Test(arguments: [
        (["--interval", "0", "x"], "duration interval must be greater than 0"),
        (["--interval", "-5s", "x"], "duration interval must be greater than 0"),
        (["--interval", "5", "x"], "invalid value for interval"), (["--interval", "s", "x"], "invalid value"),
        (["nonesuch"], "does not exist"), (["../x"], "invalid container id"),
        (["--stats", "nonesuch"], "does not exist"),
    ])
    func whatCanNotBeIsRefused(words: [String], message: String) throws {
        try inBox { box in expectRefusal(try box.command(["events"] + words).run(), message) }
    }
}
