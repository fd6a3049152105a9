internal import Foundation
internal import Support
internal import Testing

/// What is different where one tree has all controllers.
@Suite(.containers, .cgroupV2) struct CgroupV2Tests {
    /// The directory of a box' cgroup.
    private func directory(_ box: Box) -> String { "/sys/fs/cgroup/" + box.name }

    private func contents(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Creates the box' container, which waits for `start`.
    private func create(_ box: Box) throws {
        box.config["process"]["args"] = ["/bin/sleep", "1000"]
        try box.write()
        try box.command("create", "--bundle", box.bundle, box.id()).run().get()
    }

    @Test func theProcessIsInItsCgroupFromTheStart() throws {
        try inBox { box in
            try create(box)
            let pid = try #require(box.state()["pid"].integer)
            #expect(try contents(directory(box) + "/cgroup.procs") == "\(pid)")
            #expect(try contents("/proc/\(pid)/cgroup") == "0::/" + box.name)
            let handedDown = try contents(directory(box) + "/cgroup.controllers")
            for controller in ["cpuset", "cpu", "io", "memory", "pids"] {
                #expect(handedDown.contains(controller), "\(controller) isn't among \(handedDown)")
            }
        }
    }

    @Test func controllersAreHandedDownToADeepCgroup() throws {
        try inBox { box in
            box.config["linux"]["cgroupsPath"] = .string("/\(box.name)/a/b")
            box.config["linux"]["resources"] = ["pids": ["limit": 77]]
            try create(box)
            #expect(try contents(directory(box) + "/a/b/pids.max") == "77")
            box.deleteAll()
            try Command("sh", "-c", "rmdir \(directory(box))/a \(directory(box))").run().get()
        }
    }

    /// A limit, its file, and what stands in it; runc and crun are asked, too.
    struct Limit: Sendable, CustomTestStringConvertible {
        var resources: String
        var files: [String]
        var expected: [String]
        var except: [String] = []
        var testDescription: String { resources }

        init(_ resources: String, _ files: KeyValuePairs<String, String>, except: [String] = []) {
            self.resources = resources
            self.files = files.map(\.key)
            expected = files.map(\.value)
            self.except = except
        }
    }

    static let limits = [
        Limit(#"{"memory": {"limit": 67108864}}"#, ["memory.max": "67108864", "memory.swap.max": "max"]),
        Limit(
            #"{"memory": {"limit": 67108864, "swap": 100663296, "reservation": 33554432}}"#,
            ["memory.max": "67108864", "memory.swap.max": "33554432", "memory.low": "33554432"]),
        Limit(#"{"memory": {"limit": 67108864, "swap": -1}}"#, ["memory.swap.max": "max"]),
        Limit(#"{"pids": {"limit": 99}}"#, ["pids.max": "99"]),
        Limit(#"{"pids": {"limit": -1}}"#, ["pids.max": "max"]),
        Limit(#"{"cpu": {"quota": 20000, "period": 50000}}"#, ["cpu.max": "20000 50000"]),
        Limit(
            #"{"cpu": {"quota": 20000, "period": 50000, "burst": 10000}}"#, ["cpu.max.burst": "10000"], except: ["runc"]
        ),
        Limit(#"{"cpu": {"idle": 1}}"#, ["cpu.idle": "1"], except: ["runc"]),
        Limit(#"{"cpu": {"shares": 2}}"#, ["cpu.weight": "1"]),
        Limit(#"{"cpu": {"shares": 262144}}"#, ["cpu.weight": "10000"]),
        // The peers of this Debian have the older, linear conversion; its runc knows neither burst nor idle.
        Limit(#"{"cpu": {"shares": 1024}}"#, ["cpu.weight": "100"], except: ["crun", "runc"]),
        Limit(#"{"cpu": {"cpus": "1", "mems": "0"}}"#, ["cpuset.cpus": "1", "cpuset.mems": "0"]),
    ]

    @Test(arguments: limits) func aLimitIsInItsFile(_ limit: Limit) throws {
        func seen(by runtime: OCIRuntime) throws -> [String] {
            try inBox(runtime) { box in
                box.config["linux"]["resources"] = try JSON(parsing: limit.resources)
                try create(box)
                return try limit.files.map { try contents(directory(box) + "/" + $0) }
            }
        }
        #expect(try seen(by: .swrun) == limit.expected)
        for peer in OCIRuntime.peers where !limit.except.contains(peer.name) {
            #expect(try seen(by: peer) == limit.expected, "\(peer) differs")
        }
    }

    @Test func whoTakesMoreMemoryThanTheLimitIsKilled() throws {
        try inBox { box in
            box.config["linux"]["resources"] = ["memory": ["limit": 16_777_216, "swap": 16_777_216]]
            let outcome = try box.sh("head -c 64m /dev/zero | tail -c 64m >/dev/null; echo $?")
            #expect(outcome.output == "137\n", "\(outcome)")
        }
    }

    @Test func forksBeyondTheLimitFail() throws {
        try inBox { box in
            box.config["linux"]["resources"] = ["pids": ["limit": 2]]
            let outcome = try box.sh("sleep 0 & sleep 0 & sleep 0 & wait; echo survived")
            #expect(outcome.errors.contains("fork"), "\(outcome)")
        }
    }

    /// Device 1:11 is the kernel's log, 1:9 the random numbers that are always allowed.
    @Test(arguments: [
        (#"[{"allow": false, "access": "rwm"}]"#, "refused"), (#"[{"allow": true, "access": "rwm"}]"#, "read"),
        (
            #"[{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1, "minor": 11, "access": "r"}]"#,
            "read"
        ),
        (
            #"[{"allow": true, "access": "rwm"}, {"allow": false, "type": "c", "major": 1, "minor": 11, "access": "r"}]"#,
            "refused"
        ),
    ])
    func aDeviceIsUsedAsTheRulesSay(_ rules: String, _ expected: String) throws {
        for runtime in [OCIRuntime.swrun] + OCIRuntime.peers {
            try inBox(runtime) { box in
                box.config["linux"]["resources"] = ["devices": try JSON(parsing: rules)]
                let capabilities: JSON = ["CAP_MKNOD", "CAP_SYSLOG"]
                for set in ["bounding", "effective", "permitted"] {
                    box.config["process"]["capabilities"][set] = capabilities
                }
                let outcome = try box.sh(
                    """
                    mknod /dev/log c 1 11 && mknod /dev/u c 1 9 && dd if=/dev/u of=/dev/null bs=1 count=1 2>/dev/null || exit 3
                    dd if=/dev/log of=/dev/null bs=8192 count=1 2>/dev/null && echo read || echo refused
                    """)
                #expect(outcome.output == expected + "\n", "\(runtime): \(outcome)")
            }
        }
    }

    /// Source: config-linux.md "Cgroup ownership".
    @Test(arguments: [(["rw"], 100_000), (["ro"], 0)] as [([String], Int)])
    func aWritableCgroupBelongsToTheContainersUser(_ options: [String], _ owner: Int) throws {
        try inBox { box in
            userNamespace(box)
            mountCgroup(box, options)
            try create(box)
            let owners = try ["", "/cgroup.procs", "/cgroup.subtree_control", "/cgroup.threads", "/memory.max"].map {
                try FileManager.default.attributesOfItem(atPath: directory(box) + $0)[.ownerAccountID] as? Int
            }
            #expect(owners == [owner, owner, owner, owner, 0])
        }
    }

    @Test func theContainerMakesCgroupsInsideOfItsOwn() throws {
        try inBox { box in
            userNamespace(box)
            mountCgroup(box, ["rw"])
            let outcome = try box.sh(
                """
                cd /sys/fs/cgroup && mkdir inner && echo 0 >inner/cgroup.procs && echo +pids >cgroup.subtree_control &&
                echo 5 >inner/pids.max && cat inner/pids.max && cat /proc/self/cgroup
                echo max >memory.max || echo limits stay
                """)
            #expect(outcome.output == "5\n0::/inner\nlimits stay\n", "\(outcome)")
        }
    }

    @Test func deleteTakesTheCgroupsInsideAlong() throws {
        try inBox { box in
            mountCgroup(box, ["rw"])
            box.config["process"]["args"] = [
                "/bin/sh", "-c",
                "mkdir -p /sys/fs/cgroup/a/b; echo 0 >/sys/fs/cgroup/a/b/cgroup.procs; exec sleep 1000",
            ]
            try box.write()
            try box.command("run", "--detach", "--bundle", box.bundle, box.id()).run().get()
            let pid = try #require(box.state()["pid"].integer)
            let end = Date().addingTimeInterval(20)
            while try contents("/proc/\(pid)/cgroup") != "0::/\(box.name)/a/b" && Date() < end { usleep(10_000) }
            try box.command("delete", "--force", box.id()).run().get()
            #expect(!FileManager.default.fileExists(atPath: directory(box)))
        }
    }

    @Test func killAllReachesEveryProcessWithoutAPidNamespace() throws {
        try inBox { box in
            box.config["linux"]["namespaces"].elements.removeAll { $0["type"].text == "pid" }
            box.config["process"]["args"] = ["/bin/sh", "-c", "sleep 1000 & sleep 1000 & exec sleep 1000"]
            try box.write()
            try box.command("run", "--detach", "--bundle", box.bundle, box.id()).run().get()
            try box.command("kill", "--all", box.id(), "KILL").run().get()
            try box.waitUntilEmpty()
            #expect(try contents(directory(box) + "/cgroup.procs").isEmpty)
        }
    }

    private func userNamespace(_ box: Box) {
        box.config["linux"]["namespaces"].elements.append(["type": "user"])
        for key in ["uidMappings", "gidMappings"] {
            box.config["linux"][key] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
        }
    }

    private func mountCgroup(_ box: Box, _ options: [String]) {
        if !box.config["linux"]["namespaces"].elements.contains(where: { $0["type"].text == "cgroup" }) {
            box.config["linux"]["namespaces"].elements.append(["type": "cgroup"])
        }
        box.config["mounts"].elements.removeAll { $0["destination"].text == "/sys/fs/cgroup" }
        box.config["mounts"].elements.append([
            "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
            "options": .array((["nosuid", "noexec", "nodev"] + options).map { .string($0) }),
        ])
    }
}
