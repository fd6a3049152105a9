internal import Foundation
internal import Support
internal import Testing

/// An ordinary user, who exists for the tests only: files that name it and what it may map are bound over the host's in a
/// mount namespace of the test's own.
private struct OrdinaryUser {
    static let id: Int64 = 54_321
    static let files = ["/etc/subuid", "/etc/subgid", "/etc/passwd"]

    /// Why there can't be one, or nil.
    static var obstacle: String? {
        files.first { !FileManager.default.fileExists(atPath: $0) }.map { "needs \($0) to bind a file over it" }
    }

    static var lacksHelpers: Bool {
        !["newuidmap", "newgidmap"].allSatisfy { FileManager.default.isExecutableFile(atPath: "/usr/bin/" + $0) }
    }

    let box: Box

    /// Makes everything of the box the user's own.
    init(_ box: Box) throws {
        self.box = box
        let files = FileManager.default
        try files.createDirectory(atPath: box.root, withIntermediateDirectories: true)
        let passwd = try String(contentsOfFile: "/etc/passwd", encoding: .utf8)
        try Data((passwd + "swruntest:x:\(OrdinaryUser.id):\(OrdinaryUser.id)::/:/bin/sh\n").utf8)
            .write(to: URL(fileURLWithPath: box.directory + "/passwd"))
        try Command("chown", "-R", "-h", "\(OrdinaryUser.id):\(OrdinaryUser.id)", box.root, box.bundle).run().get()
        let words = ["spec", "--rootless", "--bundle", box.bundle]
        try command([box.runtime.name == "swrun" ? box.runtime.path : OCIRuntime.swrun.path] + words).run().get()
        box.config = try JSON(
            parsing: String(contentsOfFile: box.bundle + "/config.json", encoding: .utf8))
        box.config["process"]["terminal"] = false
        box.config["ociVersion"] = "1.0.2"
    }

    /// A program that the user runs; `granting` is what stands in subuid and subgid.
    func command(_ words: [String], granting: String = "", preparing: String = "") throws -> Command {
        let subid = box.directory + "/subid"
        try Data(granting.utf8).write(to: URL(fileURLWithPath: subid))
        let script = """
            set -e
            mount --bind \(subid) /etc/subuid; mount --bind \(subid) /etc/subgid
            mount --bind \(box.directory)/passwd /etc/passwd
            \(preparing)
            exec setpriv --reuid \(OrdinaryUser.id) --regid \(OrdinaryUser.id) --clear-groups "$@"
            """
        var command = Command(["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"] + words)
        command.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        return command
    }

    /// `run` in the foreground.
    func sh(_ script: String, granting: String = "", preparing: String = "") throws -> Outcome {
        box.config["process"]["args"] = ["/bin/sh", "-c", .string(script)]
        try box.write()
        let words = box.command("run", "--bundle", box.bundle, box.id()).arguments
        return try command(words, granting: granting, preparing: preparing).run()
    }

    /// Maps the user to root, and the rest of what it may map behind it.
    func mapGranted(_ kinds: String...) {
        for kind in kinds {
            box.config["linux"][kind] = [
                ["containerID": 0, "hostID": .integer(OrdinaryUser.id), "size": 1],
                ["containerID": 1, "hostID": 200_000, "size": 65536],
            ]
        }
    }

    static let granted = "swruntest:200000:65536\n"
}

/// Containers of an ordinary user.
@Suite(.containers, .ordinaryUser, .enabled(if: OrdinaryUser.obstacle == nil, "\(OrdinaryUser.obstacle ?? "")"))
struct RootlessTests {
    private let look = """
        id -u; id -g; tr -s ' ' </proc/self/uid_map; cat /proc/self/setgroups; hostname
        stat -c '%n %t %T' /dev/null /dev/tty /dev/urandom; readlink /dev/fd; echo x >/dev/null && echo written
        stat -f -c %T /proc /sys /dev /dev/pts; touch /sys/x 2>/dev/null || echo refused
        """

    @Test func theConfigurationOfSpecRunsWithTheOwnIDAlone() throws {
        var seen: [String] = []
        for runtime in [OCIRuntime.swrun] + OCIRuntime.peers {
            try inBox(runtime) { box in
                let user = try OrdinaryUser(box)
                seen.append(try user.sh(look).get().output)
            }
        }
        #expect(seen[0].hasPrefix("0\n0\n 0 \(OrdinaryUser.id) 1\ndeny\nswrun\n/dev/null 1 3\n"), "\(seen[0])")
        for other in seen.dropFirst() { #expect(seen[0] == other) }
    }

    @Test(.enabled(if: !OrdinaryUser.lacksHelpers, "needs the package uidmap"))
    func grantedIDsAreMappedByTheHelpers() throws {
        var seen: [String] = []
        // runc 1.1.5 refuses groups to an ordinary user, granted or not.
        for runtime in [OCIRuntime.swrun] + OCIRuntime.peers where runtime.name != "runc" {
            try inBox(runtime) { box in
                let user = try OrdinaryUser(box)
                user.mapGranted("uidMappings", "gidMappings")
                box.config["process"]["user"] = ["uid": 1000, "gid": 1000, "additionalGids": [7]]
                let script = "id; tr -s ' ' </proc/self/gid_map; cat /proc/self/setgroups"
                seen.append(try user.sh(script, granting: OrdinaryUser.granted).get().output)
            }
        }
        #expect(
            seen[0] == "uid=1000 gid=1000 groups=7\n 0 \(OrdinaryUser.id) 1\n 1 200000 65536\nallow\n", "\(seen[0])")
        for other in seen.dropFirst() { #expect(seen[0] == other) }
    }

    @Test(.enabled(if: !OrdinaryUser.lacksHelpers, "needs the package uidmap"))
    func usersMayBeGrantedAndTheGroupOnesOwn() throws {
        try inBox { box in
            let user = try OrdinaryUser(box)
            user.mapGranted("uidMappings")
            let script = "tr -s ' ' </proc/self/uid_map; tr -s ' ' </proc/self/gid_map; cat /proc/self/setgroups"
            let outcome = try user.sh(script, granting: "\(OrdinaryUser.id):200000:65536\n").get()
            let own = " 0 \(OrdinaryUser.id) 1\n"
            #expect(outcome.output == own + " 1 200000 65536\n" + own + "deny\n")
        }
    }

    @Test func idsThatAreNotGrantedAreNamedBeforeAnythingIsMade() throws {
        try inBox { box in
            let user = try OrdinaryUser(box)
            user.mapGranted("uidMappings", "gidMappings")
            expectRefusal(
                try user.sh("true", granting: "swruntest:300000:65536\n"), "/linux/uidMappings/1/hostID",
                "/linux/gidMappings/1/hostID", "/etc/subuid grants 300000 to 365535", "\(OrdinaryUser.id):200000:65536")
            expectRefusal(try user.sh("true"), "/etc/subgid grants nothing")
        }
    }

    @Test(.enabled(if: !OrdinaryUser.lacksHelpers, "needs the package uidmap"))
    func aHelperThatIsMissingIsNamed() throws {
        try inBox { box in
            let user = try OrdinaryUser(box)
            user.mapGranted("uidMappings", "gidMappings")
            // A file that can't be executed is none.
            let hiding = "mount --bind \(box.directory)/subid /usr/bin/newuidmap"
            expectRefusal(
                try user.sh("true", granting: OrdinaryUser.granted, preparing: hiding), "/linux/uidMappings",
                "newuidmap", "uidmap", "alone")
        }
    }

    @Test(.enabled(if: !OrdinaryUser.lacksHelpers, "needs the package uidmap"))
    func whatAHelperSaysIsTold() throws {
        try inBox { box in
            let user = try OrdinaryUser(box)
            user.mapGranted("uidMappings", "gidMappings")
            // With a directory service for subordinate ids the validator can't know, and the helper refuses.
            let service = """
                echo 'subid: nothing' >\(box.directory)/nsswitch
                mount --bind \(box.directory)/nsswitch /etc/nsswitch.conf
                """
            let outcome = try user.sh("true", granting: "", preparing: service)
            expectRefusal(outcome, "newuidmap", "/linux/uidMappings")
        }
    }

    @Test func whatAnOrdinaryUserCannotHaveIsFoundByPointer() throws {
        try inBox { box in
            let user = try OrdinaryUser(box)
            let sound = box.config
            let changes: [(String, (inout JSON) -> Void)] = [
                ("/mounts/2/options/5", { $0["mounts"].elements[2]["options"].elements.append("gid=5") }),
                ("/mounts/4/type", { $0["linux"]["namespaces"].elements.removeAll { $0["type"] == "ipc" } }),
                ("/process/user/additionalGids", { $0["process"]["user"]["additionalGids"] = [0] }),
                ("/process/user/uid", { $0["process"]["user"]["uid"] = 1 }),
                ("/linux/namespaces/0", { $0["linux"]["namespaces"].elements.removeAll { $0["type"] == "user" } }),
                ("/linux/netDevices", { $0["linux"]["netDevices"] = ["eth0": [:]] }),
            ]
            for (pointer, change) in changes {
                box.config = sound
                change(&box.config)
                expectRefusal(try user.sh("true"), pointer)
            }
            // Below a service of systemd even an ordinary process may.
            let words = ["setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups", "sh", "-c"]
            if try Command(words + ["echo -500 >/proc/self/oom_score_adj"]).run().succeeded { return }
            box.config = sound
            box.config["process"]["oomScoreAdj"] = -500
            expectRefusal(try user.sh("true"), "/process/oomScoreAdj", "EACCES", "CAP_SYS_RESOURCE")
        }
    }

    @Test func aSysfsThatAnOrdinaryUserMayNotMountIsTheHosts() throws {
        try inBox { box in
            let user = try OrdinaryUser(box)
            box.config["mounts"].elements[5] = ["destination": "/sys", "type": "sysfs", "source": "sysfs"]
            let seen = try user.sh("ls /sys/class/net | sort").get().output
            let interfaces = try Command("ls", "/sys/class/net").run().get().output
            #expect(seen == interfaces)
        }
    }

    @Test func theHostsCgroupsCannotBeChangedThroughTheContainer() throws {
        try inBox { box in
            let user = try OrdinaryUser(box)
            box.config["linux"]["namespaces"].elements.removeAll { $0["type"] == "cgroup" }
            let script = """
                cd /sys/fs/cgroup; for place in . *; do mkdir $place/x 2>/dev/null && echo made; done; echo looked
                """
            #expect(try user.sh(script).get().output == "looked\n")
        }
    }

    @Test func aNetworkAndATimeNamespaceAreTheUsersOwn() throws {
        try inBox { box in
            let user = try OrdinaryUser(box)
            box.config["linux"]["namespaces"].elements += [["type": "network"], ["type": "time"]]
            box.config["linux"]["timeOffsets"] = ["monotonic": ["secs": 100_000]]
            let outcome = try user.sh("ls /proc/sys/net/ipv4/conf; tr -s ' ' </proc/self/timens_offsets").get()
            #expect(outcome.output == "all\ndefault\nlo\nmonotonic 100000 0\nboottime 0 0\n")
        }
    }

    @Test func aContainerLivesItsLifeInTheUsersOwnStateDirectory() throws {
        try inBox { box in
            let user = try OrdinaryUser(box)
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            func swrun(_ words: String...) throws -> Command {
                var command = try user.command([OCIRuntime.swrun.path] + words)
                command.environment?["XDG_RUNTIME_DIR"] = box.root
                return command
            }
            try swrun("create", "--bundle", box.bundle, box.id()).run().get()
            #expect(FileManager.default.fileExists(atPath: "\(box.root)/swrun/\(box.id())/state.json"))
            try swrun("start", box.id()).run().get()
            let state = try JSON(parsing: swrun("state", box.id()).run().get().output)
            #expect(state["status"] == "running")
            #expect(try swrun("list", "-q").run().get().output == box.id() + "\n")
            try swrun("kill", box.id(), "KILL").run().get()
            try swrun("delete", "--force", box.id()).run().get()
            #expect(try FileManager.default.contentsOfDirectory(atPath: box.root + "/swrun").isEmpty)
            try FileManager.default.removeItem(atPath: box.root + "/swrun")
        }
    }
}
