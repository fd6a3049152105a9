internal import Foundation
internal import Support
internal import Testing

/// The annotations that change what the runtime does, and options that mean the same.
@Suite(.containers) struct AnnotationTests {
    @Test(arguments: ["1", "0", nil]) func theCallersGroupsAreKeptWhereTheAnnotationSaysSo(_ value: String?) throws {
        try inBox { box in
            if let value { box.config["annotations"] = ["run.oci.keep_original_groups": .string(value)] }
            box.config["process"]["args"] = ["/bin/grep", "Groups:", "/proc/self/status"]
            try box.write()
            let words = ["setpriv", "--groups", "4242", box.runtime.path, "--root", box.root]
            let run = try Command(words + ["run", "--bundle", box.bundle, box.id()]).run().get()
            #expect(run.output.contains("4242") == (value == "1"), "\(run)")
        }
    }

    @Test func aJoiningProcessKeepsItsCallersGroups() throws {
        try inBox { box in
            box.config["annotations"] = ["run.oci.keep_original_groups": "1"]
            try box.startSleeper()
            let words = ["setpriv", "--groups", "4242", box.runtime.path, "--root", box.root, "exec", box.id()]
            let groups = try Command(words + ["grep", "Groups:", "/proc/self/status"]).run().get().output
            #expect(groups.contains("4242"))
        }
    }

    @Test(arguments: ["option", "annotation", "exec"]) func aPidfdOfTheProcessIsSent(_ kind: String) throws {
        try inBox { box in
            let socket = try ConsoleSocket(box.directory + "/socket")
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            if kind == "annotation" { box.config["annotations"] = ["run.oci.pidfd_receiver": .string(socket.path)] }
            let file = box.directory + "/init.pid"
            let option = kind == "option" ? ["--pidfd-socket", socket.path] : []
            try box.write()
            try box.command(["create", "--pid-file", file, "--bundle", box.bundle] + option + [box.id()]).run().get()
            var pid = try String(contentsOfFile: file, encoding: .utf8)
            let other = box.directory + "/exec.pid"
            if kind == "exec" {
                let words = ["exec", "--detach", "--pidfd-socket", socket.path, "--pid-file", other, box.id()]
                try box.command(words + ["sleep", "1000"]).run().get()
                pid = try String(contentsOfFile: other, encoding: .utf8)
            }
            let received = try socket.receive()
            let info = try String(contentsOfFile: "/proc/self/fdinfo/\(received.master)", encoding: .utf8)
            #expect(info.contains("Pid:\t\(pid)\n"), "\(info)")
            if kind == "exec", let child = Int32(pid) {
                kill(child, SIGKILL)
                _ = try Command.adopt(child).wait()
            }
        }
    }

    @Test func aPidfdThatNobodyTakesUndoesTheContainer() throws {
        try inBox { box in
            try box.write()
            let path = box.directory + "/nobody"
            let words = ["create", "--pidfd-socket", path, "--bundle", box.bundle, box.id()]
            expectRefusal(try box.command(words).run(), path, "no such file or directory")
            expectNothingLeft(of: box)
        }
    }

    @Test(arguments: ["1", "0", nil]) func anUnknownCallFailsWhereTheAnnotationSaysSo(_ value: String?) throws {
        try inBox { box in
            box.config["linux"]["seccomp"] = [
                "defaultAction": "SCMP_ACT_ALLOW",
                "syscalls": [["names": ["getpid", "no_such_call"], "action": "SCMP_ACT_LOG"]],
            ]
            if let value { box.config["annotations"] = ["run.oci.seccomp_fail_unknown_syscall": .string(value)] }
            let outcome = try box.run()
            if value == "1" {
                expectRefusal(outcome, "no_such_call", "/linux/seccomp/syscalls/0/names/1")
                expectNothingLeft(of: box)
            } else {
                try outcome.get()
            }
        }
    }

    /// Where older users name who answers for the filter; the configuration's own place comes first.
    @Test(arguments: ["annotation", "environment", "both"]) func theListenersAddressMayStandElsewhere(_ kind: String)
        throws
    {
        try inBox { box in
            box.config["linux"]["seccomp"] = [
                "defaultAction": "SCMP_ACT_ALLOW",
                "syscalls": [["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"]],
            ]
            let path = box.directory + "/nobody"
            if kind != "environment" { box.config["annotations"] = ["run.oci.seccomp.receiver": .string(path)] }
            try box.write()
            var command = box.command("run", "--bundle", box.bundle, box.id())
            var environment = ProcessInfo.processInfo.environment
            if kind != "annotation" {
                environment["RUN_OCI_SECCOMP_RECEIVER"] = kind == "both" ? box.directory + "/other" : path
            }
            command.environment = environment
            expectRefusal(try command.run(), path, "listener")
            expectNothingLeft(of: box)
        }
    }

    /// CVE-2024-3154: a property of systemd's is nothing to a runtime that makes the cgroup itself, however it is written.
    @Test func propertiesOfSystemdHaveNoEffectOnOtherCgroups() throws {
        try inBox { box in
            box.config["annotations"] = [
                "org.systemd.property.SuccessAction": "'reboot'", "org.systemd.property.x": "nonsense(",
            ]
            let output = try box.sh("echo ran").get().output
            #expect(output == "ran\n")
        }
    }

    @Test func allOfAContainerWithoutACgroupIsItsFirstProcess() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            let words = ["--cgroup-manager", "disabled", "run", "--detach", "--bundle", box.bundle, box.id()]
            try box.command(words).run().get()
            for command in [["pause"], ["update", "--pids-limit", "5"], ["events", "--stats"]] {
                expectRefusal(try box.command(command + [box.id()]).run(), "has no cgroup")
            }
            try box.command("kill", "--all", box.id(), "KILL").run().get()
            try box.wait(for: "stopped")
            try box.command("kill", "--all", box.id(), "KILL").run().get()
            expectRefusal(try box.command("kill", box.id(), "KILL").run(), "container not running")
        }
    }
}
