internal import Foundation
internal import Support
internal import Testing

/// Namespaces that are there already, and cgroups as the host sees them.
@Suite(.containers) struct NamespaceTests {
    /// Calls with the pid of a process that has namespaces of its own.
    private func holding(_ options: [String], _ body: (Int32) throws -> Void) throws {
        let holder = try Command(["unshare"] + options + ["sh", "-c", "echo here; exec sleep 1000"]).start()
        defer {
            kill(holder.pid, SIGKILL)
            _ = try? holder.wait()
        }
        let end = Date().addingTimeInterval(10)
        while !holder.written.contains("here") {
            guard Date() < end else { throw Problem("unshare did not start") }
            usleep(5_000)
        }
        try body(holder.pid)
    }

    @Test(arguments: [("network", "net"), ("ipc", "ipc"), ("uts", "uts"), ("cgroup", "cgroup"), ("mount", "mnt")])
    func aNamespaceIsJoinedByItsPath(_ type: String, _ name: String) throws {
        try holding(["--net", "--ipc", "--uts", "--cgroup", "--mount"]) { pid in
            try inBox { box in
                let path = "/proc/\(pid)/ns/\(name)"
                box.config["linux"]["namespaces"].elements.removeAll { $0["type"].text == type }
                box.config["linux"]["namespaces"].elements.append(["type": .string(type), "path": .string(path)])
                if type == "uts" { box.config["hostname"] = nil }
                let wanted = try FileManager.default.destinationOfSymbolicLink(atPath: path)
                let seen = try box.sh("readlink /proc/self/ns/\(name)").get().output
                #expect(seen == wanted + "\n")
            }
        }
    }

    @Test func aContainerJoinsAnothersPidNamespace() throws {
        try inBox { first in
            first.config["process"]["args"] = ["/bin/sleep", "1000"]
            try first.write()
            try first.command("run", "-d", "--bundle", first.bundle, first.id()).run().get()
            let pid = try #require(try first.state()["pid"].integer)
            try inBox { second in
                second.config["linux"]["namespaces"].elements.removeAll { $0["type"] == "pid" }
                second.config["linux"]["namespaces"].elements.append(["type": "pid", "path": "/proc/\(pid)/ns/pid"])
                let outcome = try second.sh("ps -o pid,args | grep -c 'sleep 100[0]'; test $$ -gt 1 && echo later")
                    .get()
                #expect(outcome.output == "1\nlater\n")
            }
            #expect(first.status() == "running")
        }
    }

    @Test func aUserNamespaceIsJoinedByItsPath() throws {
        try inBox { first in
            let mapping: JSON = [["containerID": 0, "hostID": 100_000, "size": 65536]]
            for box in [first] {
                box.config["linux"]["namespaces"].elements.append(["type": "user"])
                box.config["linux"]["uidMappings"] = mapping
                box.config["linux"]["gidMappings"] = mapping
                try Command("chown", "-R", "-h", "100000:100000", box.rootfs).run().get()
            }
            first.config["process"]["args"] = ["/bin/sleep", "1000"]
            try first.write()
            try first.command("run", "-d", "--bundle", first.bundle, first.id()).run().get()
            let pid = try #require(try first.state()["pid"].integer)
            try inBox { second in
                second.config["linux"]["namespaces"].elements.append(["type": "user", "path": "/proc/\(pid)/ns/user"])
                try Command("chown", "-R", "-h", "100000:100000", second.rootfs).run().get()
                let outcome = try second.sh("tr -s ' ' </proc/self/uid_map; id -u").get()
                #expect(outcome.output.contains("0 100000 65536\n0\n"), "\(outcome)")
            }
        }
    }

    /// A container in the host's network that has a user namespace may mount no sysfs; crun binds the host's, too.
    @Test func inTheHostsNetworkAUserNamespaceSeesTheHostsSysfs() throws {
        for runtime in [OCIRuntime.swrun] + OCIRuntime.peers.filter({ $0.name == "crun" }) {
            try inBox(runtime) { box in
                box.config["linux"]["namespaces"].elements.removeAll { $0["type"].text == "network" }
                box.config["linux"]["namespaces"].elements.append(["type": "user"])
                let mapping: JSON = [["containerID": 0, "hostID": 100_000, "size": 65536]]
                box.config["linux"]["uidMappings"] = mapping
                box.config["linux"]["gidMappings"] = mapping
                box.config["mounts"].elements.removeAll { $0["type"].text == "cgroup" }
                try Command("chown", "-R", "-h", "100000:100000", box.rootfs).run().get()
                let seen = try box.sh("ls /sys/class/net | sort; mkdir /sys/fs/cgroup/x 2>/dev/null; echo $?").get()
                let interfaces = try Command("ls", "/sys/class/net").run().get().output
                #expect(seen.output.hasPrefix(interfaces), "\(runtime): \(seen)")
                guard runtime.name == "swrun" else { return }
                #expect(seen.errors.contains("/mounts/"), "the warning is missing: \(seen)")
                // All that is mounted below has the options of the mount that was asked for.
                let mounts = try box.sh("grep ' /sys' /proc/self/mounts").get().output.split(separator: "\n")
                #expect(mounts.count > 1)
                for mount in mounts where !mount.contains(" /sys/firmware ") {
                    let options = (mount.split(separator: " ").dropFirst(3).first ?? "").split(separator: ",")
                    #expect(
                        Set(["ro", "nosuid", "nodev", "noexec"]).isSubset(of: options.map(String.init)), "\(mount)")
                }
            }
        }
    }

    @Test func theHostSeesTheMembersOfTheCgroup() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            try box.command("run", "-d", "--bundle", box.bundle, box.id()).run().get()
            let pid = try #require(try box.state()["pid"].integer)
            let groups = try String(contentsOfFile: "/proc/\(pid)/cgroup", encoding: .utf8).split(separator: "\n")
            for group in groups {
                #expect(group.hasSuffix(":/\(box.name)"), "\(group)")
            }
        }
    }

    @Test func aCgroupWithProcessesInItIsNotTaken() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            try box.command("run", "-d", "--bundle", box.bundle, box.id("-a")).run().get()
            expectRefusal(try box.command("create", "--bundle", box.bundle, box.id("-b")).run(), "cgroup")
            #expect(box.status("-a") == "running")
            #expect(!box.processes().isEmpty)
        }
    }

    @Test func aContainerWithoutACgroupPathHasOneOfItsOwn() throws {
        try inBox { box in
            box.config["linux"]["cgroupsPath"] = nil
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            try box.command("run", "-d", "--bundle", box.bundle, box.id()).run().get()
            let pid = try #require(try box.state()["pid"].integer)
            let groups = try String(contentsOfFile: "/proc/\(pid)/cgroup", encoding: .utf8)
            #expect(groups.contains(box.id()))
        }
    }

    @Test func processesOfTheContainerEndWithItsDeletion() throws {
        try inBox { box in
            box.config["linux"]["namespaces"].elements.removeAll { $0["type"] == "pid" }
            box.config["process"]["args"] = ["/bin/sh", "-c", "sleep 1000 & sleep 1000 & exec sleep 1000"]
            try box.write()
            try box.command("run", "-d", "--bundle", box.bundle, box.id()).run().get()
            try box.command("delete", "--force", box.id()).run().get()
            #expect(box.processes().isEmpty)
        }
    }
}
