internal import Foundation
internal import Support
internal import Testing

/// Containers whose cgroups systemd makes, in the one tree of version 2.
@Suite(.containers, .systemd, .cgroupV2) struct SystemdTests: InScopes {
    @Test func systemdKnowsTheContainerAsAScope() throws {
        try withScope { box in
            try create(box)
            let pid = try #require(box.state()["pid"].integer)
            #expect(try contents("/proc/\(pid)/cgroup") == "0::/system.slice/" + scope(box))
            #expect(
                try show(scope(box), "ActiveState", "Slice", "Delegate", "ControlGroup", "DefaultDependencies") == [
                    "ActiveState=active", "ControlGroup=/system.slice/" + scope(box), "DefaultDependencies=no",
                    "Delegate=yes", "Slice=system.slice",
                ])
            // The commands that come after need not be told of systemd.
            try box.command("start", box.id()).run().get()
            #expect(box.status() == "running")
            try box.command("kill", box.id(), "KILL").run().get()
            try box.wait(for: "stopped")
            try box.command("delete", box.id()).run().get()
        }
    }

    @Test func withoutACgroupsPathTheUnitIsNamedForTheContainer() throws {
        try inBox { box in
            box.config["linux"]["cgroupsPath"] = .null
            let outcome = command(box, "run", "--bundle", box.bundle, box.id())
            box.config["process"]["args"] = ["/bin/cat", "/proc/1/cgroup"]
            box.config["linux"]["namespaces"].elements.removeAll { $0["type"].text == "cgroup" }
            try box.write()
            #expect(try outcome.run().get().output == "0::/system.slice/swrun-\(box.id()).scope\n")
        }
    }

    @Test func theContainersCgroupNamespaceBeginsAtItsScope() throws {
        try withScope { box in
            if !box.config["linux"]["namespaces"].elements.contains(where: { $0["type"].text == "cgroup" }) {
                box.config["linux"]["namespaces"].elements.append(["type": "cgroup"])
            }
            box.config["process"]["args"] = ["/bin/cat", "/proc/self/cgroup"]
            try box.write()
            #expect(try command(box, "run", "--bundle", box.bundle, box.id()).run().get().output == "0::/\n")
        }
    }

    /// What runc tells systemd of the same configuration, it is told by swrun.
    @Test func theLimitsAreTheUnitsProperties() throws {
        let resources = """
            {"memory": {"limit": 67108864, "reservation": 33554432, "swap": 100663296}, "pids": {"limit": 77},
            "cpu": {"quota": 20000, "period": 50000, "cpus": "1", "mems": "0"}}
            """
        func seen(by runtime: OCIRuntime) throws -> [String] {
            var seen: [String] = []
            try withScope(runtime) { box in
                box.config["linux"]["resources"] = try JSON(parsing: resources)
                try create(box)
                seen = try show(
                    scope(box), "MemoryMax", "MemoryLow", "MemorySwapMax", "TasksMax", "CPUQuotaPerSecUSec",
                    "CPUQuotaPeriodUSec", "AllowedCPUs", "AllowedMemoryNodes")
            }
            return seen
        }
        let ours = try seen(by: .swrun)
        #expect(
            ours == [
                "AllowedCPUs=1", "AllowedMemoryNodes=0", "CPUQuotaPerSecUSec=400ms", "CPUQuotaPeriodUSec=50ms",
                "MemoryLow=33554432", "MemoryMax=67108864", "MemorySwapMax=33554432", "TasksMax=77",
            ])
        // crun tells systemd the sum of memory and swap as the limit of swap.
        for peer in OCIRuntime.peers where peer.name != "crun" {
            #expect(try seen(by: peer) == ours, "\(peer) differs")
        }
    }

    @Test func limitsAndDeviceRulesOutliveAReloadOfSystemd() throws {
        try withScope { box in
            box.config["linux"]["resources"] = try JSON(
                parsing: """
                    {"memory": {"limit": 67108864}, "pids": {"limit": 77}, "cpu": {"shares": 512, "quota": 20000},
                    "unified": {"memory.high": "60000000"}, "devices": [{"allow": false, "access": "rwm"},
                    {"allow": true, "type": "c", "major": 1, "minor": 11, "access": "r"}]}
                    """)
            box.config["process"]["args"] = [
                "/bin/sh", "-c", "mknod /dev/log c 1 11; mknod /dev/mem c 1 1; exec sleep 1000",
            ]
            for set in ["bounding", "effective", "permitted"] {
                box.config["process"]["capabilities"][set] = [
                    "CAP_MKNOD", "CAP_SYSLOG", "CAP_SYS_RAWIO", "CAP_DAC_OVERRIDE",
                ]
            }
            try create(box)
            try box.command("start", box.id()).run().get()
            let files = ["memory.max", "memory.high", "pids.max", "cpu.weight", "cpu.max"]
            func values() throws -> [String] { try files.map { try contents(directory(box) + "/" + $0) } }
            let before = try values()
            #expect(before == ["67108864", "59998208", "77", "59", "20000 100000"])
            try Command("systemctl", "daemon-reload").run().get()
            #expect(try values() == before)
            #expect(
                try show(scope(box), "DevicePolicy", "MemoryHigh") == ["DevicePolicy=strict", "MemoryHigh=60000000"])
        }
    }

    @Test func updateTellsSystemdToo() throws {
        try withScope { box in
            box.config["linux"]["resources"] = ["memory": ["limit": 67_108_864]]
            try create(box)
            try box.command(
                "update", "--memory", "134217728", "--pids-limit", "55", "--cpu-quota", "44444", box.id()
            ).run().get()
            #expect(try contents(directory(box) + "/memory.max") == "134217728")
            // systemd has it in hundredths of a CPU.
            #expect(try contents(directory(box) + "/cpu.max") == "44444 100000")
            #expect(
                try show(scope(box), "MemoryMax", "TasksMax", "CPUQuotaPerSecUSec") == [
                    "CPUQuotaPerSecUSec=450ms", "MemoryMax=134217728", "TasksMax=55",
                ])
            try Command("systemctl", "daemon-reload").run().get()
            #expect(try contents(directory(box) + "/pids.max") == "55")
        }
    }

    @Test(.lingeringUser) func anOrdinaryUserAsksTheirOwnSystemd() throws {
        try inBox { box in
            let limits =
                #"{"memory": {"limit": 67108864}, "pids": {"limit": 77}, "cpu": {"quota": 20000, "period": 50000}}"#
            box.config["linux"]["resources"] = try JSON(parsing: limits)
            box.config["linux"]["cgroupsPath"] = .string("user.slice:swrun-test:\(box.name)")
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            box.makeRootless(id: 1000)
            try box.write()
            try Command("chown", "-R", "1000:1000", box.directory).run().get()
            func user(_ words: [String]) -> Command {
                var command = Command([box.runtime.path, "--root", box.root] + words)
                command.ids = (1000, 1000, [])
                command.environment = ["XDG_RUNTIME_DIR": "/run/user/1000", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
                return command
            }
            try user(["--systemd-cgroup", "run", "--detach", "--bundle", box.bundle, box.id()]).run().get()
            let below = "/user.slice/user-1000.slice/user@1000.service/user.slice/" + scope(box)
            let pid = try #require(JSON(parsing: user(["state", box.id()]).run().get().output)["pid"].integer)
            #expect(try contents("/proc/\(pid)/cgroup") == "0::" + below)
            let values = try ["memory.max", "pids.max", "cpu.max"].map { try contents("/sys/fs/cgroup\(below)/\($0)") }
            #expect(values == ["67108864", "77", "20000 50000"])
            try user(["delete", "--force", box.id()]).run().get()
            #expect(!FileManager.default.fileExists(atPath: "/sys/fs/cgroup" + below))
        }
    }
}

extension Box {
    /// Makes the configuration one that an ordinary user can run, with a single id mapped.
    func makeRootless(id: Int64) {
        config["linux"]["namespaces"].elements.removeAll { $0["type"].text == "network" }
        config["linux"]["namespaces"].elements.append(["type": "user"])
        for key in ["uidMappings", "gidMappings"] {
            config["linux"][key] = [["containerID": 0, "hostID": .integer(id), "size": 1]]
        }
        for index in config["mounts"].elements.indices {
            config["mounts"].elements[index]["options"].elements.removeAll {
                $0.text?.hasPrefix("gid=") == true || $0.text?.hasPrefix("uid=") == true
            }
        }
        config["mounts"].elements.removeAll { ["/sys", "/sys/fs/cgroup"].contains($0["destination"].text) }
        config["mounts"].elements.append([
            "destination": "/sys", "type": "none", "source": "/sys",
            "options": ["rbind", "nosuid", "noexec", "nodev", "ro"],
        ])
    }
}
