internal import Foundation
internal import Support
internal import Testing

/// Containers in scopes where the controllers are on version 1: systemd makes a part of the cgroup, swrun the rest.
@Suite(.containers, .systemd, .cgroupV1) struct SystemdV1Tests: InScopes {
    /// A file of the scope's cgroup in a hierarchy.
    private func file(_ box: Box, _ controller: String, _ name: String) -> String {
        "/sys/fs/cgroup/\(controller)/system.slice/\(scope(box))/\(name)"
    }

    /// The lines of /proc/PID/cgroup, with the scope's name taken out.
    private func memberships(_ text: String, _ box: Box) -> [String] {
        text.split(separator: "\n").map { $0.replacingOccurrences(of: scope(box), with: "SCOPE") }.sorted()
    }

    /// In each hierarchy, systemd's own as well as those that it doesn't know, as with runc.
    @Test func theContainerIsInItsScopeInEveryHierarchy() throws {
        func seen(by runtime: OCIRuntime) throws -> [String] {
            var seen: [String] = []
            try withScope(runtime) { box in
                box.config["linux"]["namespaces"].elements.removeAll { $0["type"].text == "cgroup" }
                box.config["process"]["args"] = ["/bin/cat", "/proc/self/cgroup"]
                try box.write()
                // From its first moment, as its program sees it.
                seen = memberships(
                    try command(box, "run", "--bundle", box.bundle, box.id()).run().get().output, box)
            }
            return seen
        }
        let ours = try seen(by: .swrun)
        #expect(ours.allSatisfy { $0.hasSuffix(":/system.slice/SCOPE") }, "\(ours)")
        func hierarchies(_ lines: [String]) -> Set<Substring> {
            Set(lines.map { $0.split(separator: ":", omittingEmptySubsequences: false)[1] })
        }
        let all = try contents("/proc/self/cgroup").split(separator: "\n").map(String.init)
        #expect(hierarchies(ours) == hierarchies(all))
        for peer in OCIRuntime.peers where peer.name == "runc" { #expect(try seen(by: peer) == ours) }
    }

    @Test func theContainersCgroupNamespaceBeginsAtItsScope() throws {
        try withScope { box in
            box.config["linux"]["namespaces"].elements.removeAll { $0["type"].text == "cgroup" }
            box.config["linux"]["namespaces"].elements.append(["type": "cgroup"])
            box.config["process"]["args"] = ["/bin/cat", "/proc/self/cgroup"]
            try box.write()
            let lines = try command(box, "run", "--bundle", box.bundle, box.id()).run().get().output
                .split(separator: "\n")
            #expect(!lines.isEmpty && lines.allSatisfy { $0.hasSuffix(":/") }, "\(lines)")
        }
    }

    /// What has a property is one, and every limit is in its file: the same as with runc.
    @Test func theLimitsAreThoseOfRunc() throws {
        let resources = """
            {"memory": {"limit": 67108864, "reservation": 33554432, "swap": 100663296}, "pids": {"limit": 77},
            "cpu": {"shares": 512, "quota": 33333, "period": 100000, "cpus": "1", "mems": "0"},
            "network": {"classID": 1048577}, "devices": [{"allow": false, "access": "rwm"},
            {"allow": true, "type": "c", "major": 1, "minor": 11, "access": "r"}]}
            """
        let files = [
            ("memory", "memory.limit_in_bytes"), ("memory", "memory.memsw.limit_in_bytes"),
            ("memory", "memory.soft_limit_in_bytes"), ("pids", "pids.max"), ("cpu", "cpu.shares"),
            ("cpu", "cpu.cfs_quota_us"), ("cpu", "cpu.cfs_period_us"), ("cpuset", "cpuset.cpus"),
            ("cpuset", "cpuset.mems"), ("net_cls", "net_cls.classid"),
        ]
        func seen(by runtime: OCIRuntime) throws -> [String] {
            var seen: [String] = []
            try withScope(runtime) { box in
                box.config["linux"]["resources"] = try JSON(parsing: resources)
                try create(box)
                seen = try show(
                    scope(box), "MemoryLimit", "CPUShares", "TasksMax", "CPUQuotaPerSecUSec", "CPUQuotaPeriodUSec",
                    "AllowedCPUs", "AllowedMemoryNodes", "DevicePolicy", "Delegate", "Slice", "BlockIOAccounting",
                    "MemoryAccounting", "CPUAccounting", "TasksAccounting", "DefaultDependencies")
                seen += try files.map { "\($0.1)=\(try contents(file(box, $0.0, $0.1)))" }
                seen += try contents(file(box, "devices", "devices.list")).split(separator: "\n").map(String.init)
                    .sorted()
            }
            return seen
        }
        let ours = try seen(by: .swrun)
        for expected in [
            "MemoryLimit=67108864", "CPUShares=512", "TasksMax=77", "CPUQuotaPerSecUSec=340ms",
            "CPUQuotaPeriodUSec=100ms", "Delegate=yes", "Slice=system.slice", "memory.limit_in_bytes=67108864",
            "memory.memsw.limit_in_bytes=100663296", "memory.soft_limit_in_bytes=33554432", "pids.max=77",
            "cpu.shares=512", "cpu.cfs_quota_us=33333", "cpuset.cpus=1", "net_cls.classid=1048577", "c 1:11 r",
        ] { #expect(ours.contains(expected), "\(expected) isn't there: \(ours)") }
        for peer in OCIRuntime.peers where peer.name == "runc" {
            #expect(try seen(by: peer) == ours, "\(peer) differs")
        }
    }

    @Test func theCommandsThatComeAfterFindTheScope() throws {
        try withScope { box in
            box.config["linux"]["resources"] = ["memory": ["limit": 67_108_864], "cpu": ["quota": 20000]]
            box.config["linux"]["namespaces"].elements.removeAll { $0["type"].text == "cgroup" }
            try create(box)
            try box.command("start", box.id()).run().get()
            try box.command(
                "update", "--memory", "134217728", "--pids-limit", "55", "--cpu-quota", "44444", box.id()
            ).run().get()
            let files = [("memory", "memory.limit_in_bytes"), ("pids", "pids.max"), ("cpu", "cpu.cfs_quota_us")]
            func values() throws -> [String] { try files.map { try contents(file(box, $0.0, $0.1)) } }
            #expect(try values() == ["134217728", "55", "44444"])
            #expect(
                try show(scope(box), "MemoryLimit", "TasksMax", "CPUQuotaPerSecUSec") == [
                    "CPUQuotaPerSecUSec=450ms", "MemoryLimit=134217728", "TasksMax=55",
                ])
            // Then CPU time may be what systemd made of it.
            try Command("systemctl", "daemon-reload").run().get()
            #expect(try values().prefix(2) == ["134217728", "55"])
            let seen = try box.command("exec", box.id(), "/bin/cat", "/proc/self/cgroup").run().get().output
            #expect(
                memberships(seen, box).allSatisfy { $0.hasSuffix(":/system.slice/SCOPE") }, "\(seen)")
            try box.command("pause", box.id()).run().get()
            #expect(box.status() == "paused")
            #expect(try contents(file(box, "freezer", "freezer.state")) == "FROZEN")
            try box.command("resume", box.id()).run().get()
            let events = try box.command("events", "--stats", box.id()).run().get().output
            #expect(try JSON(parsing: events)["data"]["memory"]["usage"]["limit"].integer == 134_217_728)
            try box.command("kill", box.id(), "KILL").run().get()
            try box.wait(for: "stopped")
            try box.command("delete", box.id()).run().get()
            #expect(directories(box) == [])
        }
    }

    /// Where one hierarchy is taken, all that was made elsewhere goes, and what is there stays.
    @Test(arguments: ["cpuset", "memory", "freezer"])
    func aCgroupOfAnotherIsLeftAlone(_ controller: String) throws {
        try withScope { box in
            let directory = "/sys/fs/cgroup/\(controller)/system.slice/\(scope(box))"
            try Command("mkdir", "-p", directory).run().get()
            if controller == "cpuset" {
                for name in ["cpus", "mems"] {
                    for place in ["..", "."] {
                        let script = "cat \(directory)/\(place)/../cpuset.\(name) >\(directory)/\(place)/cpuset.\(name)"
                        try Command("sh", "-c", script).run().get()
                    }
                }
            }
            let other = try Command("sh", "-c", "echo 0 >\(directory)/tasks && exec sleep 1000").start()
            let end = Date().addingTimeInterval(60)
            while try contents(directory + "/tasks").isEmpty && Date() < end { usleep(20_000) }
            try box.write()
            expectRefusal(try command(box, "create", "--bundle", box.bundle, box.id()).run(), "not empty")
            #expect(directories(box).allSatisfy { $0.contains("/\(controller)") }, "\(directories(box))")
            #expect(try contents(directory + "/tasks") != "")
            #expect(try show(scope(box), "LoadState") == ["LoadState=not-found"])
            other.signal(SIGKILL)
            _ = try other.wait()
            try Command("rmdir", directory).run().get()
        }
    }

    @Test func afterABirthThatFailedNothingIsLeft() throws {
        try withScope { box in
            box.config["hooks"] = ["createRuntime": [["path": "/bin/false"]]]
            try box.write()
            expectRefusal(try command(box, "create", "--bundle", box.bundle, box.id()).run(), "hook")
            #expect(directories(box) == [])
            #expect(try show(scope(box), "LoadState") == ["LoadState=not-found"])
        }
    }

    @Test(.lingeringUser) func anOrdinaryUserIsToldThatTheirSystemdHasNoControllers() throws {
        try inBox { box in
            box.makeRootless(id: 1000)
            box.config["linux"]["cgroupsPath"] = .null
            try box.write()
            try Command("chown", "-R", "1000:1000", box.directory).run().get()
            var user = command(box, "run", "--bundle", box.bundle, box.id())
            user.ids = (1000, 1000, [])
            user.environment = ["XDG_RUNTIME_DIR": "/run/user/1000", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
            expectRefusal(try user.run(), "only where cgroup v2 is mounted alone")
        }
    }
}
