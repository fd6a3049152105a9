internal import Foundation
internal import Support
internal import Testing

/// New limits for a container that is there.
@Suite(.containers) struct UpdateTests {
    /// Calls with a running container that has limits of memory, CPU and tasks.
    private func withContainer(
        _ runtime: OCIRuntime = .swrun, at place: SourceLocation = #_sourceLocation, _ body: (Box) throws -> Void
    ) throws {
        try inBox(runtime, at: place) { box in
            box.config["linux"]["resources"]["memory"] = ["limit": 67_108_864, "swap": 134_217_728]
            box.config["linux"]["resources"]["cpu"] = ["quota": 50000, "period": 100_000, "shares": 512]
            box.config["linux"]["resources"]["pids"] = ["limit": 50]
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            try box.command("run", "--detach", "--bundle", box.bundle, box.id()).run().get()
            try body(box)
            try box.command("delete", "--force", box.id()).run().get()
        }
    }

    /// The files that the options change, with their contents.
    private func limits(_ box: Box) -> [String: String] {
        let version1 = [
            "memory/memory.limit_in_bytes", "memory/memory.memsw.limit_in_bytes", "memory/memory.soft_limit_in_bytes",
            "cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us", "cpu/cpu.shares", "cpu/cpu.idle", "pids/pids.max",
            "cpuset/cpuset.cpus", "cpuset/cpuset.mems", "blkio/blkio.bfq.weight",
        ]
        let version2 = [
            "memory.max", "memory.swap.max", "memory.low", "cpu.max", "cpu.weight", "cpu.idle", "pids.max",
            "cpuset.cpus", "cpuset.mems", "io.bfq.weight",
        ]
        var found: [String: String] = [:]
        for file in Cgroups.areV1 ? version1 : version2 {
            let parts = file.split(separator: "/").map(String.init)
            let path =
                Cgroups.areV1
                ? "/sys/fs/cgroup/\(parts[0])/\(box.name)/\(parts[1])" : "/sys/fs/cgroup/\(box.name)/\(file)"
            let text = try? String(contentsOfFile: path, encoding: .utf8)
            found[parts.last ?? file] = text?.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return found
    }

    @Test(.cgroupV1) func eachOptionChangesItsFile() throws {
        try withContainer { box in
            try box.command(
                "update", "--memory", "128m", "--memory-swap", "256m", "--memory-reservation", "64m", "--cpu-quota",
                "20000", "--cpu-period", "50000", "--cpu-share", "300", "--pids-limit", "20", "--cpuset-cpus", "0",
                "--cpuset-mems", "0", box.id()
            ).run().get()
            let now = limits(box)
            #expect(now["memory.limit_in_bytes"] == "134217728")
            #expect(now["memory.memsw.limit_in_bytes"] == "268435456")
            #expect(now["memory.soft_limit_in_bytes"] == "67108864")
            #expect(now["cpu.cfs_quota_us"] == "20000")
            #expect(now["cpu.cfs_period_us"] == "50000")
            #expect(now["cpu.shares"] == "300")
            #expect(now["pids.max"] == "20")
            #expect(now["cpuset.cpus"] == "0")
            #expect(now["cpuset.mems"] == "0")
        }
    }

    /// What runc does with the same words, wherever this kernel lets both.
    @Test(arguments: [
        ["--memory", "32m"], ["--memory", "256m", "--memory-swap", "512m"], ["--memory", "-1"], ["--pids-limit", "-1"],
        ["--cpu-share", "100"], ["--cpu-quota", "-1"], ["--cpu-period", "200000"], ["--cpuset-cpus", "1"],
        ["--blkio-weight", "300"], ["--memory-reservation", "16m"],
    ])
    func theLimitsAreThoseThatRuncSets(options: [String]) throws {
        guard let runc = OCIRuntime.peers.first(where: { $0.name == "runc" }) else { return }
        var seen: [[String: String]] = []
        for runtime in [OCIRuntime.swrun, runc] {
            try withContainer(runtime) { box in
                try box.command(["update"] + options + [box.id()]).run().get()
                var limits = limits(box)
                // runc before 1.3.2 makes weights of shares in another way; CgroupV2Tests has ours.
                limits["cpu.weight"] = nil
                seen.append(limits)
            }
        }
        #expect(seen[0] == seen[1])
    }

    @Test func aDocumentSetsWhatItNamesAndZerosLeaveTheRest() throws {
        try withContainer { box in
            let before = limits(box)
            var update = box.command("update", "--resources", "-", "--memory", "1k", box.id())
            update.input = """
                {"devices": null, "blockIO": {"weight": 0}, "unknown": 1,
                 "cpu": {"shares": 0, "cpus": "", "mems": "", "quota": 0, "period": 0},
                 "memory": {"limit": 0, "reservation": 0, "kernel": 0}, "pids": {"limit": 33}}
                """
            try update.run().get()
            var expected = before
            expected["pids.max"] = "33"
            #expect(limits(box) == expected)
            let file = box.directory + "/limits.json"
            try Data("{\"pids\": {\"limit\": 34}}".utf8).write(to: URL(fileURLWithPath: file))
            try box.command("update", "--resources=\(file)", box.id()).run().get()
            expected["pids.max"] = "34"
            #expect(limits(box) == expected)
        }
    }

    @Test func aLaterUpdateJoinsWithAnEarlierOne() throws {
        try withContainer { box in
            try box.command("update", "--cpu-period", "50000", box.id()).run().get()
            try box.command("update", "--cpu-quota", "10000", box.id()).run().get()
            let now = limits(box)
            if Cgroups.areV1 {
                #expect(now["cpu.cfs_period_us"] == "50000" && now["cpu.cfs_quota_us"] == "10000")
            } else {
                #expect(now["cpu.max"] == "10000 50000")
            }
            expectRefusal(
                try box.command("update", "--memory", "256m", box.id()).run(), "swap", "134217728 is below limit")
        }
    }

    @Test func anIdleContainerGetsItsSharesBack() throws {
        try withContainer { box in
            let before = limits(box)
            try box.command("update", "--cpu-idle", "1", box.id()).run().get()
            #expect(limits(box)["cpu.idle"] == "1")
            try box.command("update", "--cpu-idle", "0", box.id()).run().get()
            #expect(limits(box) == before)
        }
    }

    @Test(arguments: [
        "{\"memory\": {\"limit\": 33554432, \"swap\": 67108864}, \"pids\": {\"limit\": 9}, \"cpu\": {\"quota\": 9000}, "
            + "\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": 250, \"minor\": 1048000, \"rate\": 1}]}}",
        "{\"pids\": {\"limit\": 9}, \"cpu\": {\"shares\": 100, \"cpus\": \"0,9999\"}}",
    ])
    func nothingIsHalfApplied(document: String) throws {
        try withContainer { box in
            let before = limits(box)
            var update = box.command("update", "--resources", "-", box.id())
            update.input = document
            expectRefusal(try update.run(), "cannot set", "/linux/resources/")
            #expect(limits(box) == before)
            // Nor is it remembered.
            try box.command("update", "--cpu-period", "50000", box.id()).run().get()
            var expected = before
            if Cgroups.areV1 { expected["cpu.cfs_period_us"] = "50000" } else { expected["cpu.max"] = "50000 50000" }
            #expect(limits(box) == expected)
        }
    }

    @Test(arguments: [
        (["--memory", "12q"], "invalid value for memory"), (["--memory", "-2"], "invalid value for memory"),
        (["--pids-limit", "many"], "invalid value for pids-limit"), (["--pids-limit", "-7"], "pids/limit"),
        (["--cpu-share", "1.5"], "invalid value for cpu-share"),
        (["--cpu-share", "-1"], "invalid value for cpu-share"),
        (["--cpu-period", "5"], "cpu/period"), (["--cpu-quota", "7"], "cpu/quota"), (["--cpu-idle", "2"], "cpu/idle"),
        (["--cpuset-cpus", "x"], "cpu/cpus"), (["--blkio-weight", "5"], "blockIO/weight"),
        (["--blkio-weight", "70000"], "invalid value for blkio-weight"),
        (["--memory-swap", "1m"], "memory/swap"), (["--cpu-burst", "60000"], "cpu/burst"),
        (["--resources", "/nonexistent/x"], "/nonexistent/x"), (["--no-such-option", "1"], "no-such-option"),
    ])
    func whatCanNotBeIsRefused(options: [String], word: String) throws {
        try withContainer { box in
            let before = limits(box)
            expectRefusal(try box.command(["update"] + options + [box.id()]).run(), word)
            #expect(limits(box) == before)
        }
    }

    @Test(arguments: ["", "{", "[]", "{\"memory\": {\"limit\": \"1m\"}}", "{\"pids\": 5}"])
    func aBrokenDocumentIsRefused(document: String) throws {
        try withContainer { box in
            var update = box.command("update", "--resources", "-", box.id())
            update.input = document
            expectRefusal(try update.run(), "cannot understand the new limits from standard input")
        }
    }

    @Test func aControllerThatIsAbsentIsRefusedBeforeAnythingIsWritten() throws {
        try withContainer { box in
            let before = limits(box)
            var update = box.command("update", "--resources", "-", box.id())
            update.input = "{\"pids\": {\"limit\": 5}, \"rdma\": {\"swrun-none0\": {\"hcaHandles\": 1}}}"
            expectRefusal(try update.run(), "/linux/resources/rdma")
            #expect(limits(box) == before)
        }
    }

    @Test func onlyALivingContainerCanBeUpdated() throws {
        try inBox { box in
            expectRefusal(try box.command("update", "--pids-limit", "5", box.id()).run(), "does not exist")
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            try box.command("create", "--bundle", box.bundle, box.id()).run().get()
            try box.command("update", "--pids-limit", "5", box.id()).run().get()
            #expect(limits(box)["pids.max"] == "5")
            try box.command("kill", box.id(), "KILL").run().get()
            try box.wait(for: "stopped")
            expectRefusal(
                try box.command("update", "--pids-limit", "5", box.id()).run(), "container not running")
        }
    }

    /// A device that was given to the container by other means stays, whatever the document says.
    @Test func devicesAreLeftAlone() throws {
        try withContainer { box in
            var update = box.command("update", "--resources", "-", box.id())
            update.input = "{\"devices\": [{\"allow\": false, \"access\": \"rwm\"}], \"pids\": {\"limit\": 40}}"
            try update.run().get()
            let list = "/sys/fs/cgroup/devices/\(box.name)/devices.list"
            guard let text = try? String(contentsOfFile: list, encoding: .utf8) else { return }
            #expect(text.contains("c 1:3 rwm"))
        }
    }
}

/// Where a container's cgroup is.
@Suite(.containers) struct CgroupPathTests {
    /// The container's cgroup in the hierarchy of tasks, and that of the tests.
    private func places(_ path: JSON, _ runtime: OCIRuntime) throws -> (container: String, own: String) {
        func place(_ process: String) throws -> String {
            let lines = try String(contentsOfFile: "/proc/\(process)/cgroup", encoding: .utf8).split(separator: "\n")
            let line = lines.first { Cgroups.areV1 ? $0.contains(":pids:") : $0.hasPrefix("0::") } ?? ""
            return String(line.split(separator: ":", omittingEmptySubsequences: false).last ?? "")
        }
        var found = ""
        try inBox(runtime) { box in
            box.config["linux"]["cgroupsPath"] = path == .null ? .null : .string((path.text ?? "") + box.name)
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            try box.command("run", "--detach", "--bundle", box.bundle, box.id()).run().get()
            found = try place("\(box.state()["pid"].integer ?? 0)").replacingOccurrences(of: box.name, with: "NAME")
            try box.command("delete", "--force", box.id()).run().get()
        }
        return (found, try place("self"))
    }

    @Test func anAbsolutePathStartsAtTheTop() throws {
        #expect(try places("/", .swrun).container == "/NAME")
    }

    /// Runc decides: a relative path, and an absent one, start where the runtime is.
    @Test(arguments: ["", nil] as [JSON?]) func anotherPathStartsWhereRuncLetsItStart(path: JSON?) throws {
        let ours = try places(path ?? .null, .swrun).container
        #expect(ours.hasSuffix("/NAME"))
        for runc in OCIRuntime.peers where runc.name == "runc" {
            #expect(try places(path ?? .null, runc).container == ours)
        }
    }
}
