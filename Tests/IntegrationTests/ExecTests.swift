internal import Foundation
internal import Support
internal import Testing

/// Processes beside a container's own.
@Suite(.containers) struct ExecTests {
    @Test(arguments: [("exit 0", 0), ("exit 7", 7), ("kill -KILL $$", 137)] as [(String, Int32)])
    func itEndsAsItsProgramEnded(_ script: String, _ status: Int32) throws {
        try withSleeper { (box) throws in
            let outcome = try box.exec([], "sh", "-c", script)
            #expect(outcome.status == status)
        }
    }

    /// Ends a detached process, a child of the tests: unreaped, it would keep the container's pid namespace from ending.
    private func endChild(in pidFile: String) throws {
        let pid = try #require(Int32(String(contentsOfFile: pidFile, encoding: .utf8)))
        kill(pid, SIGKILL)
        _ = try Command.adopt(pid).wait()
    }

    @Test func itPassesInputAndBothOutputs() throws {
        try withSleeper { box in
            var command = box.command("exec", box.id(), "sh", "-c", "tr a-z A-Z; echo complaint >&2")
            command.input = "hello\n"
            let outcome = try command.run()
            #expect(outcome.output == "HELLO\n")
            #expect(outcome.errors == "complaint\n")
        }
    }

    /// Also where the container has a user namespace.
    @Test(arguments: [false, true]) func itIsWhereTheContainerIs(_ hasUserNamespace: Bool) throws {
        try inBox { box in
            if hasUserNamespace {
                let mapping: JSON = [["containerID": 0, "hostID": 100_000, "size": 65536]]
                box.config["linux"]["namespaces"].elements.append(["type": "user"])
                box.config["linux"]["uidMappings"] = mapping
                box.config["linux"]["gidMappings"] = mapping
                try Command("chown", "100000:100000", box.rootfs).run().get()
            }
            try box.startSleeper()
            let file = box.directory + "/exec.pid"
            try box.command("exec", "--detach", "--pid-file", file, box.id(), "sleep", "1000").run().get()
            let first = try #require(try box.state()["pid"].integer)
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let other = try #require(Int32(text), "the pid file holds digits only")
            for kind in ["user", "pid", "mnt", "net", "ipc", "uts", "cgroup"] {
                let links = try [first, Int64(other)].map {
                    try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\($0)/ns/\(kind)")
                }
                #expect(links[0] == links[1], "\(kind)")
            }
            for name in ["cgroup", "limits", "uid_map"] {
                let texts = try [first, Int64(other)].map {
                    try String(contentsOfFile: "/proc/\($0)/\(name)", encoding: .utf8)
                }
                #expect(texts[0] == texts[1], "\(name)")
            }
            let statuses = try [first, Int64(other)].map {
                try String(contentsOfFile: "/proc/\($0)/status", encoding: .utf8).split(separator: "\n").filter {
                    ["Cap", "NoNewPrivs", "Seccomp", "Uid", "Gid", "Groups"].contains(where: $0.hasPrefix)
                }
            }
            #expect(statuses[0] == statuses[1])
            let parent = try String(contentsOfFile: "/proc/\(other)/status", encoding: .utf8)
                .split(separator: "\n").first { $0.hasPrefix("PPid:") }
            #expect(parent == "PPid:\t\(getpid())", "it is a child of the next subreaper")
            try endChild(in: file)
        }
    }

    @Test(.ordinaryUser) func anOrdinaryUserHasItToo() throws {
        let box = try Box()
        defer { box.remove() }
        try Command("chown", "-R", "65534:65534", box.directory).run().get()
        func run(_ words: String...) throws -> Outcome {
            var command = box.command(words)
            command.ids = (65534, 65534, [])
            command.directory = box.bundle
            return try command.run()
        }
        try run("spec", "--rootless").get()
        let path = box.bundle + "/config.json"
        var config = try JSON(parsing: String(contentsOfFile: path, encoding: .utf8))
        config["process"]["args"] = ["/bin/sleep", "1000"]
        config["process"]["terminal"] = false
        config["process"]["oomScoreAdj"] = 300
        // A caller without cgroups of its own can't have them mounted.
        config["mounts"].elements.removeAll { $0["type"] == "cgroup" }
        try Data(config.document.utf8).write(to: URL(fileURLWithPath: path))
        try run("run", "--detach", box.id()).get()
        #expect(try run("exec", box.id(), "sh", "-c", "id -u; cat /proc/self/oom_score_adj").get().output == "0\n300\n")
        let places = try run("exec", box.id(), "sh", "-c", "for n in 1 $$; do readlink /proc/$n/ns/pid; done").get()
        #expect(Set(places.output.split(separator: "\n")).count == 1, "\(places)")
        #expect(try run("exec", box.id(), "sh", "-c", "exit 7").status == 7)
        expectRefusal(try run("exec", box.id(), "missing"), "executable file not found in $PATH", status: 255)
        try run("delete", "--force", box.id()).get()
        #expect(box.leftovers().isEmpty)
    }

    @Test(arguments: ["pid", "mount", "network"]) func itJoinsAContainerThatSharesANamespace(_ kind: String) throws {
        try inBox { box in
            box.config["linux"]["namespaces"].elements.removeAll { $0["type"].text == kind }
            if kind == "mount" {
                box.config["mounts"] = []
                box.config["linux"]["maskedPaths"] = .null
                box.config["linux"]["readonlyPaths"] = .null
                box.config["root"]["readonly"] = false
            }
            try box.startSleeper()
            #expect(try box.exec([], "ls", "/").get().output.contains("bin\n"))
            #expect(try box.exec([], "pwd").get().output == "/\n")
            try box.command("kill", box.id(), "KILL").run().get()
            try box.wait(for: "stopped")
        }
    }

    @Test func aCreatedContainerTakesOneToo() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/true"]
            try box.write()
            try box.command("create", "--bundle", box.bundle, box.id()).run().get()
            #expect(try box.exec([], "echo", "here").get().output == "here\n")
            #expect(box.status() == "created")
        }
    }

    @Test func optionsChangeTheContainersOwnProcess() throws {
        try withSleeper { box in
            let env = try box.exec(["-e", "A=1", "--env", "TERM=dumb", "--env=HOME=/x"], "env").get().output
            #expect(env.contains("A=1\n") && env.contains("TERM=dumb\n") && env.contains("HOME=/x\n"))
            #expect(!env.contains("TERM=xterm"), "the later of two counts")
            #expect(
                try box.exec(["-u", "1000:5", "-g", "7", "-g", "8"], "id").get().output == "uid=1000 gid=5 groups=7,8\n"
            )
            #expect(try box.exec(["--user", "1000"], "id", "-g").get().output == "0\n")
            #expect(try box.exec(["--cwd", "/tmp"], "pwd").get().output == "/tmp\n")
            #expect(try box.exec([], "grep", "NoNewPrivs", "/proc/self/status").get().output.hasSuffix("1\n"))
            let free = try box.exec(["--no-new-privs=false"], "grep", "NoNewPrivs", "/proc/self/status")
            #expect(try free.get().output.hasSuffix("0\n"))
        }
    }

    /// CVE-2022-29162: what is added must not be inheritable.
    @Test(arguments: ["CAP_SYS_TIME", "sys_time"]) func aCapabilityIsAddedWhereItDoesNoMore(_ name: String) throws {
        try withSleeper { box in
            let text = try box.exec(["--cap", name], "grep", "^Cap", "/proc/self/status").get().output
            let sets = text.split(separator: "\n").map { UInt64($0.split(separator: "\t")[1], radix: 16) ?? 0 }
            let bit: UInt64 = 1 << 25
            #expect(sets.map { $0 & bit != 0 } == [false, true, true, true, false], "\(text)")
        }
    }

    @Test func aUserIsNeverLookedUpByName() throws {
        try inBox { box in
            try box.file("/etc/passwd", "1000:x:0:0::/:/bin/sh\n")
            try box.startSleeper()
            #expect(try box.exec(["--user", "1000"], "id", "-u").get().output == "1000\n")
            #expect(try box.exec(["--user", "01"], "id", "-u").get().output == "1\n")
        }
    }

    @Test func aDocumentDescribesTheWholeProcess() throws {
        try withSleeper { box in
            let document: JSON = [
                "args": ["/bin/sh", "-c", "id; pwd; echo $A; ulimit -n"], "cwd": "/tmp", "env": ["A=b", "PATH=/bin"],
                "user": ["uid": 5, "gid": 6, "additionalGids": [7]],
            ]
            #expect(try box.exec(document: document).get().output == "uid=5 gid=6 groups=7\n/tmp\nb\n1024\n")
            // With the peers' document of a terminal, detached.
            let socket = try ConsoleSocket(box.directory + "/socket")
            let terminal: JSON = [
                "args": ["/bin/sh", "-c", "tty; stty size; echo through >/dev/tty; sleep 1000"], "cwd": "/",
                "terminal": true, "consoleSize": ["width": 91, "height": 23], "env": ["PATH=/bin"],
                "user": ["uid": 1000, "gid": 0],
            ]
            let file = box.directory + "/exec.pid"
            let options = ["--detach", "--console-socket", socket.path, "--pid-file", file]
            try box.exec(document: terminal, options).get()
            let master = try socket.receive()
            for text in ["/dev/pts/0", "23 91", "through"] { try master.wait(for: text) }
            try endChild(in: file)
        }
    }

    @Test func theCallersTerminalIsRelayed() throws {
        try withSleeper { box in
            let terminal = try Terminal(columns: 77, rows: 19)
            let script = "tty; stty size; read line; echo \"got $line\"; exit 5"
            var command = box.command("exec", "--tty", box.id(), "sh", "-c", script)
            command.descriptors = [0: terminal.slave, 1: terminal.slave, 2: terminal.slave]
            command.ownsTerminal = true
            let running = try command.start()
            try terminal.wait(for: "/dev/pts/0")
            try terminal.wait(for: "19 77")
            terminal.type("hello\n")
            try terminal.wait(for: "got hello")
            #expect(try running.wait().status == 5)
            #expect(terminal.isCooked)
        }
    }

    @Test func preservedDescriptorsAndNoOthersArrive() throws {
        try withSleeper { box in
            let file = box.directory + "/file"
            try Data("from the caller\n".utf8).write(to: URL(fileURLWithPath: file))
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
            let list = "for f in /proc/$$/fd/*; do test -e $f && echo ${f##*/}; done; true"
            var command = box.command("exec", "--preserve-fds", "1", box.id(), "sh", "-c", "cat <&3; \(list)")
            command.descriptors = [3: handle.fileDescriptor, 4: handle.fileDescriptor, 77: handle.fileDescriptor]
            #expect(try command.run().get().output == "from the caller\n0\n1\n2\n3\n")
            expectRefusal(try box.exec(["--preserve-fds", "2"], "true"), "preserved-fd", status: 255)
        }
    }

    @Test(arguments: [true, false]) func theContainersFilterHoldsForIt(_ hasNoNewPrivileges: Bool) throws {
        try inBox { box in
            box.config["process"]["noNewPrivileges"] = .bool(hasNoNewPrivileges)
            box.config["linux"]["seccomp"] = [
                "defaultAction": "SCMP_ACT_ALLOW",
                "syscalls": [["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95]],
            ]
            try box.startSleeper()
            let outcome = try box.exec([], "mkdir", "/tmp/x")
            #expect(outcome.status == 1 && outcome.errors.contains("not supported"), "\(outcome)")
            let file = box.directory + "/exec.pid"
            try box.exec(["--detach", "--pid-file", file], "sleep", "1000").get()
            let pid = try String(contentsOfFile: file, encoding: .utf8)
            let text = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            #expect(text.contains("Seccomp:\t2\n") && text.contains("Seccomp_filters:\t1\n"))
            try endChild(in: file)
        }
    }

    @Test func aSignalIsPassedOn() throws {
        try withSleeper { box in
            let script = "trap 'echo caught; exit 9' TERM; echo ready; while :; do sleep 0.02; done"
            let running = try box.command("exec", box.id(), "sh", "-c", script).start()
            let end = Date().addingTimeInterval(20)
            while !running.written.contains("ready"), Date() < end { usleep(5000) }
            running.signal(SIGTERM)
            #expect(try running.wait().status == 9)
            #expect(running.written.contains("caught"))
        }
    }

    @Test func itRunsInACgroupInsideOfTheContainers() throws {
        try withSleeper { box in
            let names = Cgroups.named(box.name)
            for name in names {
                try FileManager.default.createDirectory(atPath: name + "/inner", withIntermediateDirectories: false)
                // Version 1 lets nobody into a cpuset that is empty.
                for file in ["cpuset.cpus", "cpuset.mems"]
                where FileManager.default.fileExists(atPath: "\(name)/inner/\(file)") {
                    let own = try Data(contentsOf: URL(fileURLWithPath: "\(name)/\(file)"))
                    try own.write(to: URL(fileURLWithPath: "\(name)/inner/\(file)"))
                }
            }
            let file = box.directory + "/exec.pid"
            let words = ["exec", "--cgroup", "inner", "--detach", "--pid-file", file, box.id(), "sleep", "1000"]
            try box.command(words).run().get()
            let pid = try String(contentsOfFile: file, encoding: .utf8)
            let text = try String(contentsOfFile: "/proc/\(pid)/cgroup", encoding: .utf8)
            #expect(text.contains("/\(box.name)/inner\n"), "\(text)")
            #expect(!text.contains("/\(box.name)\n"), "\(text)")
            try endChild(in: file)
            let itself = try box.exec(["--cgroup", "/"], "cat", "/proc/self/cgroup").get().output
            #expect(try itself == box.exec([], "cat", "/proc/self/cgroup").get().output)
            let bad = ["../x", "inner/../../x", "/../\(box.name)x", "", "nothing:inner"]
            for path in bad where !path.isEmpty {
                expectRefusal(try box.exec(["--cgroup", path], "true"), "cgroup path", status: 255)
            }
            expectRefusal(try box.exec(["--cgroup", "missing"], "true"), "no such file or directory", status: 255)
        }
    }

    /// A cgroup of version 2 that hands controllers down takes no processes: a new one goes where the first one went.
    @Test(.enabled(if: !Cgroups.areV1, "the host's controllers are on cgroup v1"))
    func itFollowsTheFirstProcessWhereTheContainersOwnCgroupTakesNone() throws {
        try withSleeper { box in
            let own = try #require(Cgroups.named(box.name).first)
            try FileManager.default.createDirectory(atPath: own + "/inner", withIntermediateDirectories: false)
            let script =
                "echo $(cat \(own)/cgroup.procs) >\(own)/inner/cgroup.procs && echo +pids >\(own)/cgroup.subtree_control"
            try Command("sh", "-c", script).run().get()
            let file = box.directory + "/exec.pid"
            try box.exec(["--detach", "--pid-file", file], "sleep", "1000").get()
            let pid = try String(contentsOfFile: file, encoding: .utf8)
            let place = try String(contentsOfFile: "/proc/\(pid)/cgroup", encoding: .utf8)
            #expect(place == "0::/\(box.name)/inner\n")
            try endChild(in: file)
        }
    }

    /// 16 MiB, no newline, NULs, a FIFO: none of them keeps a process from running, and none gives it a strange home.
    @Test(arguments: ["huge", "zeros", "fifo", "link", "lines"]) func aHostileListOfUsersDoesNoHarm(_ kind: String)
        throws
    {
        try inBox { box in
            let path = box.rootfs + "/etc/passwd"
            switch kind {
            case "huge": try box.file("/etc/passwd", String(repeating: "x", count: 16 << 20))
            case "zeros": try Data([UInt8](repeating: 0, count: 4096)).write(to: URL(fileURLWithPath: path))
            case "fifo": try Command("mkfifo", path).run().get()
            case "link":
                try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/proc/self/fd/0")
            default: try box.file("/etc/passwd", "root:x:0:0::/a\u{0}b:/bin/sh\nroot:x:0:0::/later:/bin/sh\n")
            }
            try box.startSleeper()
            #expect(try box.exec([], "sh", "-c", "echo $HOME").get().output == "/\n")
        }
    }

    /// CVE-2019-5736: the file that swrun was executed from stays as it was, whoever holds it.
    @Test func theRuntimesOwnFileCannotBeWrittenFromInside() throws {
        try inBox { box in
            box.config["root"]["readonly"] = false
            try box.file("/bin/again", "#!/proc/self/exe\n", mode: 0o755)
            try box.startSleeper()
            let before = try Command("sha256sum", OCIRuntime.swrun.path).run().get().output
            let outcome = try box.exec([], "/bin/again")
            #expect(!outcome.succeeded)
            #expect(try Command("sha256sum", OCIRuntime.swrun.path).run().get().output == before)
        }
    }

    /// CVE-2016-9962: while processes come and go, whoever watches from inside finds no way out through them.
    @Test func whoWatchesFromInsideSeesNothingOfTheHost() throws {
        try inBox { box in
            box.config["root"]["readonly"] = false
            let script = """
                while :; do for p in /proc/[0-9]*; do
                  n=${p#/proc/}; test $n -gt 1 || continue
                  readlink $p/root; readlink $p/exe; readlink $p/cwd; for f in $p/fd/*; do readlink $f; done
                done 2>/dev/null; done >/seen
                """
            box.config["process"]["args"] = ["/bin/sh", "-c", .string(script)]
            try box.startSleeper()
            for _ in 0..<100 { #expect(try box.exec([], "true").succeeded) }
            try box.command("kill", box.id(), "KILL").run().get()
            try box.wait(for: "stopped")
            let seen = Set(
                try String(contentsOfFile: box.rootfs + "/seen", encoding: .utf8).split(separator: "\n").map(
                    String.init))
            // The standard streams are the tests' own files in memory.
            let host = seen.filter { !$0.hasPrefix("/memfd:swrun-test") }.filter {
                $0.contains(box.directory) || $0.contains("swrun") || $0.contains("/sys/fs")
            }
            #expect(host.isEmpty, "\(host)")
        }
    }

    @Test func stateAnswersWhileManyProcessesAreStarted() throws {
        try withSleeper { box in
            let commands = try (0..<40).map { number in
                try number % 4 == 0
                    ? box.command("exec", box.id(), "true").start() : box.command("state", box.id()).start()
            }
            for command in commands { #expect(try command.wait().succeeded) }
        }
    }

    @Test(arguments: OCIRuntime.peers) func thePeersEndAlike(_ peer: OCIRuntime) throws {
        let tries = [
            ["sh", "-c", "exit 3"], ["sh", "-c", "kill -TERM $$"], ["cat", "/proc/self/oom_score_adj"],
            ["sh", "-c", "grep -E '^(Cap|Groups|Uid)' /proc/self/status; umask"],
            // crun's older releases forget what the configuration says of these two.
            peer.name == "crun" ? ["true"] : ["sh", "-c", "ulimit -n; grep NoNewPrivs /proc/self/status"],
        ]
        func answers(_ runtime: OCIRuntime) throws -> [String] {
            var answers: [String] = []
            try withSleeper(runtime) { box in
                for words in tries {
                    let outcome = try box.command(["exec", box.id()] + words).run()
                    answers.append("\(outcome.status) \(outcome.output)")
                }
            }
            return answers
        }
        #expect(try answers(.swrun) == answers(peer))
    }
}
