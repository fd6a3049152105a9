internal import Foundation
internal import Support
internal import Testing

/// Attacks of the past, one test each; after each, a canary on the host is as it was.
@Suite(.containers) struct SecurityTests {
    /// A directory of the host with a file in it that nothing may touch.
    private func canary(_ box: Box) throws -> String {
        let path = box.directory + "/canary"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try Data("untouched\n".utf8).write(to: URL(fileURLWithPath: path + "/file"))
        try Data("untouched\n".utf8).write(to: URL(fileURLWithPath: path + "/ptmx"))
        return path
    }

    /// What of the canary can be seen: names, kinds, modes, owners, contents, mounts over it.
    private func look(_ path: String) throws -> String {
        try Command(
            "sh", "-c",
            "cd \"$1\" && find . -printf '%p %y %m %U:%G %s\\n' | sort; cat file; grep \"$1\" /proc/self/mountinfo; "
                + "true", "sh", path
        ).run().get().output
    }

    private func unharmed(_ box: Box, _ attack: (String) throws -> Void) throws {
        let path = try canary(box)
        let before = try look(path)
        try attack(path)
        #expect(try look(path) == before, "the canary was touched")
    }

    private func link(_ box: Box, _ name: String, to target: String) throws {
        let path = box.rootfs + name
        try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    }

    /// CVE-2015-1335, CVE-2015-3629, CVE-2019-18837.
    @Test func aMountPointThatIsALinkToTheHostStaysInside() throws {
        try inBox { box in
            try unharmed(box) { canary in
                try link(box, "/data", to: canary)
                box.config["root"]["readonly"] = false
                box.config["mounts"].elements.append(["destination": "/data", "type": "tmpfs", "source": "tmpfs"])
                let outcome = try box.sh("cat /data/file")
                #expect(!outcome.output.contains("untouched"))
            }
        }
    }

    @Test(arguments: ["/../../../../../../../../etc", "/a/../../../../etc", "/etc/../../../../../tmp"])
    func aMountPointCannotClimbOut(_ destination: String) throws {
        try inBox { box in
            let before = try box.hostMounts()
            box.config["mounts"].elements.append([
                "destination": .string(destination), "type": "tmpfs", "source": "tmpfs", "options": ["mode=711"],
            ])
            _ = try box.sh("true")
            #expect(try box.hostMounts() == before)
        }
    }

    /// CVE-2019-16884: labels and masks written to files of the image.
    @Test func anImagesOwnFilesCannotBeMountedAsProc() throws {
        try inBox { box in
            let fake = box.directory + "/fake"
            try FileManager.default.createDirectory(atPath: fake + "/self/attr", withIntermediateDirectories: true)
            try Data().write(to: URL(fileURLWithPath: fake + "/self/attr/exec"))
            box.config["mounts"].elements[0] = [
                "destination": "/proc", "type": "bind", "source": .string(fake), "options": ["bind"],
            ]
            expectRefusal(try box.sh("echo ran"), "/proc")
            expectNothingLeft(of: box)
        }
    }

    /// CVE-2019-19921, CVE-2023-27561, CVE-2025-54867.
    @Test(arguments: ["/proc", "/sys"])
    func aLinkInPlaceOfProcOrSysIsRefused(_ name: String) throws {
        try inBox { box in
            try box.file("/fake/keep", "")
            try FileManager.default.removeItem(atPath: box.rootfs + name)
            try FileManager.default.createSymbolicLink(atPath: box.rootfs + name, withDestinationPath: "/fake")
            expectRefusal(try box.sh("echo ran"), name)
            expectNothingLeft(of: box)
        }
    }

    /// CVE-2016-10124, CVE-2017-5226: input for the caller's terminal.
    @Test func aContainerHasNoHoldOnTheCallersTerminal() throws {
        try inBox { box in
            box.config["process"]["args"] = [
                "/bin/sh", "-c", "(: </dev/tty) 2>/dev/null && echo has a terminal; awk '{ print $7 }' /proc/$$/stat",
            ]
            try box.write()
            let terminal = try Terminal(columns: 80, rows: 24)
            var command = box.command("run", "--bundle", box.bundle, box.id())
            command.descriptors = [0: terminal.slave]
            command.ownsTerminal = true
            #expect(try command.run().get().output == "0\n")
        }
    }

    /// CVE-2019-5736: the program is the runtime itself.
    @Test(arguments: ["program", "script"])
    func theRuntimesOwnFileCannotBeOverwritten(_ kind: String) throws {
        try inBox { box in
            let path = box.runtime.path
            let before = try Command("sha256sum", path).run().get().output
            box.config["root"]["readonly"] = false
            let all: JSON = .array(Capability.all.map { .string($0) })
            box.config["process"]["capabilities"] = ["bounding": all, "permitted": all, "effective": all]
            if kind == "script" {
                try box.file("/script", "#!/proc/self/exe\n", mode: 0o755)
                box.config["process"]["args"] = ["/script"]
            } else {
                box.config["process"]["args"] = ["/proc/self/exe", "--version"]
            }
            _ = try box.run()
            #expect(try Command("sha256sum", path).run().get().output == before)
        }
    }

    /// The same, by a descriptor that outlives the runtime: held open for reading first, opened for writing after.
    @Test func whatAContainerFindsBehindItsRuntimesProcessCannotBeWritten() throws {
        try inBox { box in
            let path = box.runtime.path
            let before = try Command("sha256sum", path).run().get().output
            box.config["root"]["readonly"] = false
            let all: JSON = .array(Capability.all.map { .string($0) })
            box.config["process"]["capabilities"] = ["bounding": all, "permitted": all, "effective": all]
            // Without a pid namespace of its own it sees the runtime's processes while they work.
            box.config["linux"]["namespaces"].elements.removeAll { $0["type"] == "pid" }
            box.config["process"]["args"] = [
                "/bin/sh", "-c",
                """
                exec 9</proc/$PPID/exe || exit 0
                touch /ready
                while kill -0 $PPID 2>/dev/null; do sleep 0.02; done
                (echo overwritten >/proc/self/fd/9) 2>/dev/null && echo wrote
                true
                """,
            ]
            try box.write()
            let running = try box.command("run", "--bundle", box.bundle, box.id()).start()
            let end = Date().addingTimeInterval(5)
            while !FileManager.default.fileExists(atPath: box.rootfs + "/ready"), Date() < end { usleep(10_000) }
            running.signal(SIGKILL)
            _ = try running.wait()
            try box.waitUntilEmpty()
            #expect(!running.written.contains("wrote"))
            #expect(try Command("sha256sum", path).run().get().output == before)
        }
    }

    /// CVE-2022-2989, CVE-2023-25173.
    @Test func theCallersGroupsAreNotTheContainers() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/grep", "Groups", "/proc/self/status"]
            try box.write()
            var command = box.command("run", "--bundle", box.bundle, box.id())
            command.ids = (0, 0, [4242, 4243])
            #expect(!(try command.run().get().output.contains("4242")))
        }
    }

    /// CVE-2024-21626, CVE-2024-45310.
    @Test(arguments: [false, true])
    func noDescriptorLeadsTheWorkingDirectoryOut(_ held: Bool) throws {
        let host = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/"))
        for number in 0..<40 {
            try inBox { box in
                box.config["process"]["cwd"] = .string("/proc/self/fd/\(number)")
                box.config["process"]["args"] = ["/bin/sh", "-c", "pwd -P; ls -d ../../home ../../../boot"]
                try box.write()
                var command = box.command("run", "--bundle", box.bundle, box.id())
                if held && number > 2 { command.descriptors = [Int32(number): host.fileDescriptor] }
                let outcome = try command.run()
                #expect(outcome.status != 0 && outcome.output.isEmpty, "descriptor \(number): \(outcome)")
            }
        }
    }

    /// CVE-2024-1753 and others: files of the image that the runtime reads as root.
    @Test(arguments: ["fifo", "endless", "huge", "directory", "outside"])
    func aStrangePasswdStopsNothing(_ kind: String) throws {
        try inBox { box in
            let path = box.rootfs + "/etc/passwd"
            switch kind {
            case "fifo": try Command("mkfifo", path).run().get()
            case "endless": try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
            case "huge": try Command("truncate", "-s", "2G", path).run().get()
            case "directory":
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            default:
                try Data("root:x:0:0::/outside:/bin/sh\n".utf8).write(
                    to: URL(fileURLWithPath: box.directory + "/passwd"))
                try FileManager.default.createSymbolicLink(
                    atPath: path, withDestinationPath: "../../../../../../..\(box.directory)/passwd")
            }
            box.config["process"]["args"] = ["/bin/sh", "-c", "echo $HOME"]
            try box.write()
            var command = box.command("run", "--bundle", box.bundle, box.id())
            command.timeoutSeconds = 10
            let outcome = try command.run()
            #expect(!outcome.output.contains("outside"))
        }
    }

    /// CVE-2025-31133, CVE-2025-62161: the image's own null as the mask.
    @Test func aMaskIsNotTakenFromTheImage() throws {
        try inBox { box in
            box.config["mounts"].elements.removeAll { $0["destination"].text?.hasPrefix("/dev") == true }
            try link(box, "/dev/null", to: "/proc/sys/kernel/hostname")
            try box.file("/etc/secret", "secret\n")
            box.config["linux"]["maskedPaths"] = ["/etc/secret"]
            box.config["root"]["readonly"] = false
            let outcome = try box.sh(
                "cat /etc/secret; (echo evil >/etc/secret) 2>/dev/null; cat /proc/sys/kernel/hostname")
            #expect(!outcome.output.contains("secret") && !outcome.output.contains("evil"), "\(outcome)")
        }
    }

    /// CVE-2025-52565, CVE-2026-88264.
    @Test func aConsoleThatIsALinkIsNotFollowed() throws {
        try inBox { box in
            try unharmed(box) { canary in
                box.config["mounts"].elements.removeAll { $0["destination"].text?.hasPrefix("/dev") == true }
                try link(box, "/dev/console", to: canary + "/new")
                box.config["root"]["readonly"] = false
                box.config["process"]["terminal"] = true
                box.config["process"]["args"] = ["/bin/true"]
                try box.write()
                let socket = try ConsoleSocket(box.directory + "/socket")
                _ = try box.command("create", "--console-socket", socket.path, "-b", box.bundle, box.id()).run()
            }
        }
    }

    /// CVE-2026-41579, CVE-2026-47766.
    @Test func aDevThatIsALinkIsNotFilledOnTheHost() throws {
        try inBox { box in
            try unharmed(box) { canary in
                box.config["mounts"].elements.removeAll { $0["destination"].text?.hasPrefix("/dev") == true }
                try link(box, "/dev", to: canary)
                box.config["root"]["readonly"] = false
                _ = try box.sh("true")
            }
        }
    }

    /// The same through a link that leaves the root filesystem by `..`.
    @Test func aDevThatClimbsOutIsNotFilledOnTheHost() throws {
        try inBox { box in
            try unharmed(box) { canary in
                box.config["mounts"].elements.removeAll { $0["destination"].text?.hasPrefix("/dev") == true }
                try link(box, "/dev", to: "../../../../../../../../..\(canary)")
                box.config["root"]["readonly"] = false
                _ = try box.sh("true")
            }
        }
    }

    /// CVE-2021-30465, CVE-2024-45310: the mount point turns into a link to the host between two looks at it.
    @Test(arguments: ["/volume", "/volume/deep/er", "/volume/file"])
    func aMountPointThatIsExchangedAllTheTimeStaysInside(_ destination: String) throws {
        try inBox { box in
            try unharmed(box) { canary in
                try FileManager.default.createDirectory(
                    atPath: box.rootfs + "/volume", withIntermediateDirectories: false)
                try link(box, "/trap", to: canary)
                box.config["root"]["readonly"] = false
                box.config["mounts"].elements.append(
                    destination.hasSuffix("file")
                        ? [
                            "destination": .string(destination), "type": "bind", "source": "/etc/hostname",
                            "options": ["bind", "ro"],
                        ]
                        : ["destination": .string(destination), "type": "tmpfs", "source": "tmpfs"])
                box.config["process"]["args"] = ["/bin/true"]
                try box.write()
                let attacker = try Command.exchanging(box.rootfs + "/volume", box.rootfs + "/trap")
                defer {
                    attacker.signal(SIGKILL)
                    _ = try? attacker.wait()
                }
                for _ in 0..<40 {
                    // Works, or fails with a message; never anything on the host.
                    let outcome = try box.command("run", "--bundle", box.bundle, box.id()).run()
                    #expect(outcome.succeeded || (outcome.status == 1 && !outcome.errors.isEmpty), "\(outcome)")
                }
            }
        }
    }

    /// Without a mount namespace the host's own table would be changed.
    @Test func withoutAMountNamespaceTheHostsMountsStayAsTheyAre() throws {
        try inBox { box in
            let before = try box.hostMounts()
            box.config["linux"]["namespaces"].elements.removeAll { $0["type"] == "mount" }
            _ = try box.sh("true")
            #expect(try box.hostMounts() == before)
        }
    }

    @Test func theStateRootIsClosedToOthers() throws {
        try inBox { box in
            try box.write()
            try box.command("create", "--bundle", box.bundle, box.id()).run().get()
            let mode = try FileManager.default.attributesOfItem(atPath: box.root)[.posixPermissions] as? Int
            #expect(mode.map { $0 & 0o077 } == 0)
            var look = Command("find", box.root)
            look.ids = (65534, 65534, [])
            #expect(try !look.run().succeeded)
        }
    }

    @Test func aContainerSeesNoProcessOfTheHost() throws {
        try inBox { box in
            let outcome = try box.sh("ls /proc | grep -c -E '^[0-9]+$'").get()
            #expect((Int(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 99) <= 4)
        }
    }

    /// A mount made on the host later must not appear, nor one made inside on the host.
    @Test func mountsDoNotPropagateOut() throws {
        try inBox { box in
            box.config["root"]["readonly"] = false
            let all: JSON = .array(Capability.all.map { .string($0) })
            box.config["process"]["capabilities"] = ["bounding": all, "permitted": all, "effective": all]
            let before = try box.hostMounts()
            _ = try box.sh("mkdir /inner; mount -t tmpfs inner /inner && touch /inner/x").get()
            #expect(try box.hostMounts() == before)
            #expect(!FileManager.default.fileExists(atPath: box.rootfs + "/inner/x"))
        }
    }
}

/// The capabilities that the kernel of 2021 and later has.
enum Capability {
    static let all = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "NET_BIND_SERVICE", "NET_RAW", "NET_ADMIN", "SYS_CHROOT", "SYS_PTRACE", "SYS_ADMIN", "MKNOD", "SETFCAP",
    ].map { "CAP_\($0)" }
}
