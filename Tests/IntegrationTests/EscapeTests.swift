internal import Foundation
internal import Support
internal import Testing

/// Further ways out of a container that runtimes had: each of them is tried, and what is outside stays as it is.
@Suite(.containers) struct EscapeTests {
    /// A file of the host's beside the bundle, which only its owner may read.
    private func secret(in box: Box) throws -> String {
        let path = box.directory + "/secret"
        try Data("untouched\n".utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        return path
    }

    private func look(_ path: String) throws -> String {
        try Command("sh", "-c", "stat -c '%F %a %u:%g %s %y' \"$1\"; cat \"$1\"", "sh", path).run().get().output
    }

    /// CVE-2020-15257: a socket without a place in the filesystem can be reached from a shared network namespace.
    @Test(.containers) func noSocketOfTheRuntimesIsReachableThroughTheNetwork() throws {
        try inBox { box in
            box.config["linux"]["namespaces"].elements.removeAll { $0["type"] == "network" }
            let sockets = try box.sh("cat /proc/net/unix").get().output
            #expect(sockets.contains("RefCount"))
            #expect(!sockets.contains("@swrun") && !sockets.contains(box.root), "\(sockets)")
        }
    }

    /// CVE-2022-0492: the first instruction of the container has no more rights than the configuration gives.
    @Test func noHierarchyOfCgroupsCanBeMountedOrTold() throws {
        try inBox { box in
            let script = """
                mkdir -p /tmp/x; for t in cgroup cgroup2; do mount -t $t none /tmp/x 2>/dev/null && echo mounted $t; done
                for f in $(find /sys/fs/cgroup -name release_agent -o -name notify_on_release -o -name cgroup.procs); do
                    (echo 1 >$f) 2>/dev/null && echo wrote $f
                done; echo end
                """
            box.config["root"]["readonly"] = false
            let output = try box.sh(script).get().output
            #expect(output == "end\n")
        }
    }

    /// CVE-2024-0132, CVE-2025-23359: a hook's look at the image isn't the runtime's.
    @Test(arguments: ["prestart", "createRuntime", "createContainer"])
    func aMountPointThatAHookExchangesStaysInside(_ kind: String) throws {
        try inBox { box in
            let outside = box.directory + "/outside"
            try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: false)
            try FileManager.default.createDirectory(atPath: box.rootfs + "/data", withIntermediateDirectories: false)
            box.config["root"]["readonly"] = false
            box.config["mounts"].elements.append(["destination": "/data/deep", "type": "tmpfs", "source": "tmpfs"])
            box.config["hooks"] = [
                kind: [
                    [
                        "path": "/bin/sh",
                        "args": [
                            "sh", "-c",
                            .string("mv \(box.rootfs)/data \(box.rootfs)/gone; ln -s \(outside) \(box.rootfs)/data"),
                        ],
                        "env": ["PATH=/bin:/usr/bin"],
                    ]
                ]
            ]
            let before = try box.hostMounts()
            _ = try box.sh("touch /data/deep/file")
            #expect(try FileManager.default.contentsOfDirectory(atPath: outside) == [])
            #expect(try box.hostMounts() == before)
        }
    }

    /// CVE-2026-88265: standard streams that are opened on the image's null, and given to the user.
    @Test(arguments: [[0], [0, 1, 2]] as [Set<Int32>]) func anImagesNullIsNeitherOpenedNorGivenAway(
        _ closed: Set<Int32>
    ) throws {
        try inBox { box in
            let path = try secret(in: box)
            let before = try look(path)
            box.config["root"]["readonly"] = false
            box.config["mounts"].elements.removeAll { $0["destination"].text?.hasPrefix("/dev") == true }
            box.config["mounts"].elements.append([
                "destination": "/dev/null", "type": "bind", "source": .string(path), "options": ["bind"],
            ])
            box.config["process"]["user"] = ["uid": 1000, "gid": 1000]
            box.config["process"]["args"] = ["/bin/sh", "-c", "cat; echo evil; echo evil >&2"]
            try box.write()
            var command = box.command("run", "--bundle", box.bundle, box.id())
            command.closed = closed
            _ = try command.run()
            #expect(try look(path) == before)
        }
    }

    /// CVE-2026-115521: what makes the root read-only must not depend on files of the image's.
    @Test func aRootIsReadOnlyWhateverTheImageHasForProc() throws {
        try inBox { box in
            for number in 0..<16 { try box.file("/proc/self/fd/\(number)", "") }
            try box.file("/proc/thread-self/fd/3", "")
            box.config["mounts"].elements.removeAll { $0["destination"] == "/proc" }
            box.config["linux"]["maskedPaths"] = []
            box.config["linux"]["readonlyPaths"] = []
            box.config["root"]["readonly"] = true
            let outcome = try box.sh(
                "touch /evil 2>/dev/null && echo wrote; mkdir /etc/evil 2>/dev/null && echo wrote; true")
            #expect(!outcome.output.contains("wrote"), "\(outcome)")
            #expect(!FileManager.default.fileExists(atPath: box.rootfs + "/evil"))
        }
    }

    /// CVE-2025-52881: writes to procfs that are led to another file of it.
    @Test(arguments: ["/proc/self/attr", "/proc/sys/net", "/proc/self/attr/exec", "/proc/thread-self", "/proc/sys"])
    func nothingMayBeMountedOverWhatTheRuntimeWrites(_ destination: String) throws {
        try inBox { box in
            box.config["linux"]["sysctl"] = ["net.ipv4.ip_forward": "1"]
            box.config["mounts"].elements.append([
                "destination": .string(destination), "type": "tmpfs", "source": "tmpfs",
            ])
            let over = try box.sh("echo ran")
            expectRefusal(over, destination)
            box.config["mounts"].elements.removeLast()
            box.config["mounts"].elements.append([
                "destination": .string(destination), "type": "bind", "source": "/proc/sys/kernel/hostname",
                "options": ["bind"],
            ])
            expectRefusal(try box.sh("echo ran"), destination)
            expectNothingLeft(of: box)
        }
    }

    /// CVE-2022-0811: one value doesn't become a second setting.
    @Test func aSettingsValueIsWrittenToItsFileAsItIs() throws {
        try inBox { box in
            let before = try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)
            box.config["linux"]["sysctl"] = ["net.core.somaxconn": "1+kernel.core_pattern=x"]
            expectRefusal(try box.sh("echo ran"), "net.core.somaxconn", "invalid argument")
            #expect(try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8) == before)
            expectNothingLeft(of: box)
        }
    }

    /// GHSA-3q8j-pf29-vwv8: the mount over a path is held, not named a second time.
    @Test func aReadOnlyPathThatIsExchangedAllTheTimeCoversNothingOutside() throws {
        try inBox { box in
            let volume = box.directory + "/volume"
            for name in ["a", "b"] {
                try FileManager.default.createDirectory(atPath: volume + "/" + name, withIntermediateDirectories: true)
            }
            try FileManager.default.createSymbolicLink(
                atPath: volume + "/link", withDestinationPath: "../../../../../../../.." + box.directory)
            box.config["mounts"].elements.append([
                "destination": "/volume", "type": "bind", "source": .string(volume), "options": ["bind"],
            ])
            box.config["linux"]["readonlyPaths"] = ["/volume/a"]
            box.config["linux"]["maskedPaths"] = ["/volume/a/../b"]
            let before = try box.hostMounts()
            let attacker = try Command.exchanging(volume + "/a", volume + "/link")
            defer {
                attacker.signal(SIGKILL)
                _ = try? attacker.wait()
            }
            for _ in 0..<60 { _ = try box.sh("true") }
            #expect(try box.hostMounts() == before)
            try Data().write(to: URL(fileURLWithPath: box.directory + "/writable"))
        }
    }

    @Test func aDirectoryAndAFileCantCoverEachOther() throws {
        try inBox { box in
            try box.file("/etc/plain", "text")
            box.config["mounts"].elements.append([
                "destination": "/etc/plain", "type": "bind", "source": .string(box.directory), "options": ["bind"],
            ])
            expectRefusal(try box.sh("echo ran"), "/etc/plain", "not a directory", "the source is a directory")
            box.config["mounts"].elements.removeLast()
            box.config["mounts"].elements.append([
                "destination": "/etc", "type": "bind", "source": "/etc/passwd", "options": ["bind"],
            ])
            expectRefusal(try box.sh("echo ran"), "not a directory", "the destination is a directory")
            expectNothingLeft(of: box)
        }
    }
}
