internal import Foundation
internal import Support
internal import Testing

/// Containers that are saved and restored by CRIU.
@Suite(.containers, .serialized) struct CheckpointTests {
    private static let hasCRIU = ["/usr/sbin/criu", "/usr/bin/criu", "/usr/local/sbin/criu", "/usr/local/bin/criu"]
        .contains(where: FileManager.default.isExecutableFile(atPath:))

    private static let criu: ConditionTrait = .enabled(
        if: hasCRIU && Cgroups.areV2, "needs criu on cgroup v2; make test-vm has a machine with both")

    private func contents(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Starts a container that counts, in a file of its root filesystem.
    ///
    /// - Parameter first: what it does before.
    private func start(_ box: Box, _ options: [String] = [], first: String = ":") throws {
        box.config["root"]["readonly"] = false
        box.config["process"]["args"] = [
            "/bin/sh", "-c", .string(first + "; i=0; while :; do i=$((i+1)); echo $i >/count; sleep 0.1; done"),
        ]
        try box.write()
        try Command(
            [box.runtime.path, "--root", box.root] + options + ["run", "--detach", "--bundle", box.bundle, box.id()]
        )
        .run().get()
        try waitForCount(box, above: 2)
    }

    private func count(_ box: Box) -> Int { (try? contents(box.rootfs + "/count")).flatMap { Int($0) } ?? 0 }

    private func waitForCount(_ box: Box, above least: Int) throws {
        for _ in 0..<600 {
            if count(box) > least { return }
            usleep(50_000)
        }
        throw Problem("the count stays at \(count(box))")
    }

    private func checkpoint(_ box: Box, _ options: String...) throws {
        var command = box.command(["checkpoint", "--image-path", box.directory + "/images"] + options + [box.id()])
        command.timeoutSeconds = 120
        try command.run().get()
    }

    private func restore(_ box: Box, global: [String] = [], _ options: String...) throws -> Outcome {
        var command = Command(
            [box.runtime.path, "--root", box.root] + global
                + ["restore", "--detach", "--image-path", box.directory + "/images", "--bundle", box.bundle]
                + options + [box.id()])
        command.timeoutSeconds = 120
        return try command.run()
    }

    @Test(criu) func aRestoredContainerGoesOnWhereItWas() throws {
        try inBox { box in
            box.config["linux"]["resources"] = ["pids": ["limit": 99]]
            try start(box)
            try checkpoint(box)
            #expect(box.status() == nil, "a container that was saved is removed")
            #expect(box.leftovers().isEmpty)
            let saved = count(box)
            try restore(box, "--pid-file", box.directory + "/a.pid").get()
            #expect(box.status() == "running")
            try waitForCount(box, above: saved)
            #expect(count(box) < saved + 100, "it must not have begun again, nor run meanwhile")
            let pid = try contents(box.directory + "/a.pid")
            #expect(try box.state()["pid"].integer == Int64(pid))
            #expect(try contents("/proc/\(pid)/cgroup") == "0::/" + box.name)
            #expect(try contents("/sys/fs/cgroup/\(box.name)/pids.max") == "99")
            try box.command("kill", box.id(), "KILL").run().get()
            try box.wait(for: "stopped")
            try box.command("delete", box.id()).run().get()
        }
    }

    @Test(criu) func aContainerGoesOnIfAsked() throws {
        try inBox { box in
            try start(box)
            try checkpoint(box, "--leave-running")
            #expect(box.status() == "running")
            try waitForCount(box, above: count(box) + 1)
        }
    }

    /// How much memory of the container's first process the images in a directory hold, in bytes.
    ///
    /// Of no other: one that it has just made has all of its memory, too, and wasn't there at the step before.
    private func savedBytes(_ directory: String) throws -> Int {
        try Data(contentsOf: URL(fileURLWithPath: directory + "/pages-1.img")).count
    }

    @Test(criu) func memoryIsSavedInSteps() throws {
        try inBox { box in
            try start(box, first: "kept=$(head -c 4000000 /dev/zero | tr '\\000' x)")
            var first = box.command("checkpoint", "--pre-dump", "--image-path", box.directory + "/first", box.id())
            first.timeoutSeconds = 120
            try first.run().get()
            #expect(box.status() == "running")
            try checkpoint(box, "--parent-path", "../first")
            let saved = count(box)
            #expect(try savedBytes(box.directory + "/first") > 4_000_000)
            #expect(try savedBytes(box.directory + "/images") < 2_000_000, "what hasn't changed isn't saved again")
            // Without the first step the second one is of no use.
            try FileManager.default.moveItem(atPath: box.directory + "/first", toPath: box.directory + "/away")
            expectRefusal(try restore(box), "criu failed")
            try FileManager.default.moveItem(atPath: box.directory + "/away", toPath: box.directory + "/first")
            try restore(box).get()
            try waitForCount(box, above: saved)
        }
    }

    /// What is mounted comes from the configuration of then, not from the images.
    @Test(criu) func mountsAreBoundFromWhatTheConfigurationSaysNow() throws {
        try inBox { box in
            for name in ["old", "new"] {
                let volume = box.directory + "/" + name
                try FileManager.default.createDirectory(atPath: volume, withIntermediateDirectories: true)
                try Data(name.utf8).write(to: URL(fileURLWithPath: volume + "/name"))
            }
            func mount(_ name: String) {
                box.config["mounts"].elements.removeAll { $0["destination"].text == "/volume" }
                box.config["mounts"].elements.append([
                    "destination": "/volume", "type": "bind", "source": .string(box.directory + "/" + name),
                    "options": ["rbind", "ro"],
                ])
            }
            mount("old")
            try start(box)
            try checkpoint(box)
            mount("new")
            try box.write()
            try restore(box).get()
            let pid = try #require(box.state()["pid"].integer)
            #expect(try contents("/proc/\(pid)/root/volume/name") == "new")
        }
    }

    /// As where a container is restored under another name, from a fresh copy of its image.
    @Test(criu) func mountPointsThatTheRootFilesystemLacksAreMade() throws {
        try inBox { box in
            let points = [("/volume/deep", "/etc"), ("/file", "/etc/hostname"), ("/scratch/inner", "/etc/hostname")]
            box.config["mounts"].elements.append(["destination": "/scratch", "type": "tmpfs", "source": "tmpfs"])
            for (point, source) in points {
                box.config["mounts"].elements.append([
                    "destination": .string(point), "type": "bind", "source": .string(source),
                    "options": ["rbind", "ro"],
                ])
            }
            try start(box)
            try checkpoint(box)
            for name in ["volume", "file", "scratch"] {
                try FileManager.default.removeItem(atPath: box.rootfs + "/" + name)
            }
            try restore(box).get()
            let pid = try #require(box.state()["pid"].integer)
            #expect(try contents("/proc/\(pid)/root/volume/deep/hostname") == contents("/etc/hostname"))
            #expect(try contents("/proc/\(pid)/root/scratch/inner") == contents("/etc/hostname"))
            #expect(!FileManager.default.fileExists(atPath: box.rootfs + "/scratch/inner"), "that is in the tmpfs")
        }
    }

    @Test(criu, .systemd) func systemdKnowsTheRestoredContainerToo() throws {
        try inBox { box in
            box.config["linux"]["cgroupsPath"] = .string("system.slice:swrun-test:\(box.name)")
            try start(box, ["--systemd-cgroup"])
            try checkpoint(box)
            let saved = count(box)
            try restore(box, global: ["--systemd-cgroup"]).get()
            try waitForCount(box, above: saved)
            let unit = "swrun-test-\(box.name).scope"
            #expect(try Command("systemctl", "is-active", unit).run().get().output == "active\n")
            let pid = try #require(box.state()["pid"].integer)
            #expect(try contents("/proc/\(pid)/cgroup") == "0::/system.slice/" + unit)
            box.deleteAll()
            #expect(try !Command("systemctl", "is-active", unit).run().succeeded)
        }
    }

    /// Without a cgroup namespace the container's own cgroups are bound, one for each hierarchy.
    @Test(.enabled(if: hasCRIU, "needs criu"), .systemd, .cgroupV1, arguments: [true, false])
    func onVersion1ARestoredContainerIsInItsCgroups(_ asksSystemd: Bool) throws {
        try inBox { box in
            let driver = asksSystemd ? ["--systemd-cgroup"] : []
            if asksSystemd { box.config["linux"]["cgroupsPath"] = .string("system.slice:swrun-test:\(box.name)") }
            box.config["linux"]["resources"] = ["pids": ["limit": 99]]
            box.config["linux"]["namespaces"].elements.removeAll { $0["type"].text == "cgroup" }
            try start(box, driver)
            try checkpoint(box)
            let saved = count(box)
            try restore(box, global: driver).get()
            try waitForCount(box, above: saved)
            let path = asksSystemd ? "/system.slice/swrun-test-\(box.name).scope" : "/" + box.name
            let pid = try #require(box.state()["pid"].integer)
            let lines = try contents("/proc/\(pid)/cgroup").split(separator: "\n")
            #expect(lines.allSatisfy { $0.hasSuffix(":" + path) }, "\(lines)")
            #expect(try contents("/sys/fs/cgroup/pids\(path)/pids.max") == "99")
            #expect(try !contents("/proc/\(pid)/root/sys/fs/cgroup/memory/memory.limit_in_bytes").isEmpty)
            box.deleteAll()
            #expect(!FileManager.default.fileExists(atPath: "/sys/fs/cgroup/freezer" + path))
        }
    }

    @Test(criu) func onlyARunningContainerCanBeSaved() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            try box.command("create", "--bundle", box.bundle, box.id()).run().get()
            expectRefusal(try box.command("checkpoint", box.id()).run(), "cannot be checkpointed in created state")
        }
    }

    @Test(criu) func whatCRIURefusesIsToldWithItsReasonAndLeavesNothing() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            try FileManager.default.createDirectory(
                atPath: box.directory + "/images", withIntermediateDirectories: true)
            let outcome = try restore(box)
            expectRefusal(outcome, "criu failed", "restore.log")
            #expect(box.status() == nil)
        }
    }

    @Test(criu) func aMountPointThatIsSyntaxToCRIUIsRefused() throws {
        try inBox { box in
            box.config["mounts"].elements.append([
                "destination": "/a]:b", "type": "bind", "source": "/etc/hostname", "options": ["bind", "ro"],
            ])
            try start(box)
            expectRefusal(try box.command("checkpoint", box.id()).run(), "/a]:b", "syntax")
            #expect(box.status() == "running")
        }
    }

    /// CVE-2026-94603, CVE-2026-95837: the images can't take a restriction away that the configuration has.
    @Test(criu, arguments: ["filter", "capabilities", "no_new_privs"])
    func aConfigurationThatForbidsMoreIsNotIgnored(_ kind: String) throws {
        try inBox { box in
            box.config["process"]["noNewPrivileges"] = false
            try start(box)
            try checkpoint(box)
            switch kind {
            case "filter": box.config["linux"]["seccomp"] = ["defaultAction": "SCMP_ACT_ALLOW"]
            case "capabilities":
                for set in ["bounding", "effective", "permitted"] {
                    box.config["process"]["capabilities"][set] = []
                }
            default: box.config["process"]["noNewPrivileges"] = true
            }
            try box.write()
            expectRefusal(try restore(box), "a process that the configuration forbids")
            try box.waitUntilEmpty()
            expectNothingLeft(of: box)
        }
    }

    @Test(criu) func aFileOfCRIUsOwnSettingsIsHandedOn() throws {
        try inBox { box in
            let file = box.directory + "/criu.conf"
            try Data("no-such-setting-of-criu\n".utf8).write(to: URL(fileURLWithPath: file))
            box.config["annotations"] = ["org.criu.config": .string(file)]
            try start(box)
            expectRefusal(
                try box.command("checkpoint", "--image-path", box.directory + "/images", box.id()).run(), "criu")
            try Data("log-file dump.log\n".utf8).write(to: URL(fileURLWithPath: file))
            try checkpoint(box)
            try restore(box).get()
            #expect(box.status() == "running")
        }
    }

    @Test(criu) func memoryThatIsHandedOutOnDemandNeedsAnAddress() throws {
        try inBox { box in
            try start(box)
            let words = ["checkpoint", "--lazy-pages", "--image-path", box.directory + "/images"]
            expectRefusal(try box.command(words + [box.id()]).run(), "--page-server ADDRESS:PORT")
            expectRefusal(
                try box.command(words + ["--page-server", "127.0.0.1:0", "--status-fd", "77", box.id()]).run(),
                "--status-fd")
            #expect(box.status() == "running")
        }
    }

    @Test(criu) func helpSaysThatContainersCanBeSaved() throws {
        #expect(try Command(OCIRuntime.swrun.path, "checkpoint", "--help").run().succeeded)
    }

    @Test(.enabled(if: !hasCRIU, "criu is installed")) func withoutCRIUOneMessageSaysSo() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            try box.command("run", "--detach", "--bundle", box.bundle, box.id()).run().get()
            expectRefusal(try box.command("checkpoint", box.id()).run(), "criu", "PATH")
            #expect(box.status() == "running")
            // Podman and CRI-O take this for the answer whether containers can be saved.
            #expect(try Command(OCIRuntime.swrun.path, "checkpoint", "--help").run().status == 1)
        }
    }

    @Test func restoreTellsThatItsLabelNeedsAValue() throws {
        let outcome = try Command(OCIRuntime.swrun.path, "restore", "--lsm-mount-context").run()
        #expect(outcome.errors.contains("flag needs an argument"))
    }
}
