internal import CSpawn
internal import Foundation
internal import Support
internal import Testing

/// A program that answers for a container's calls, as an agent does.
private final class Agent {
    let path: String
    private var socket: Int32
    private var listener: Int32 = -1

    init(_ path: String) throws {
        self.path = path
        socket = unsafe spawn_listen(path)
        guard socket >= 0 else { throw Problem("cannot listen on \(path): errno \(-socket)") }
    }

    deinit {
        if socket >= 0 { close(socket) }
        if listener >= 0 { close(listener) }
    }

    /// Waits for the message with the listener, and answers its text.
    func receive() throws -> JSON {
        var text = [CChar](repeating: 0, count: 65_536)
        if listener >= 0 { close(listener) }
        listener = unsafe text.withUnsafeMutableBufferPointer { buffer in
            unsafe spawn_receive_descriptor(socket, 10_000, buffer.baseAddress, buffer.count)
        }
        guard listener >= 0 else { throw Problem("no listener came: errno \(-listener)") }
        return try JSON(parsing: String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    /// Answers the next call, with an errno or by letting it pass; false once nobody is left to ask.
    func answer(errno: Int32) throws -> Bool {
        var number: Int32 = 0
        let result = unsafe spawn_answer_call(listener, 10_000, 0, errno, &number)
        if result == -ENODATA || result == -ENOENT { return false }
        guard result == 0 else { throw Problem("no call to answer: errno \(-result)") }
        return true
    }

    /// Takes a connection, and goes away without a word.
    func hangUp() throws {
        let connection = spawn_accept(socket, 10_000)
        guard connection >= 0 else { throw Problem("nobody came: errno \(-connection)") }
        close(connection)
    }

    func stopListening() {
        close(socket)
        socket = -1
    }
}

/// Filters that ask a listener, filters that can't be used, and the cache of compiled ones.
@Suite(.containers) struct SeccompTests {
    private func ask(_ box: Box, _ names: [String] = ["mkdir", "mkdirat"]) throws -> Agent {
        let agent = try Agent(box.directory + "/agent")
        box.config["linux"]["seccomp"] = [
            "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": .string(agent.path), "listenerMetadata": "some \"text\"",
            "syscalls": [["names": .array(names.map(JSON.string)), "action": "SCMP_ACT_NOTIFY"]],
        ]
        return agent
    }

    private static let script = "mkdir /tmp/one 2>&1; mkdir /tmp/two; ls /tmp"

    @Test(arguments: [OCIRuntime.swrun] + OCIRuntime.peers) func aListenerAnswersCalls(_ runtime: OCIRuntime) throws {
        try inBox(runtime) { box in
            let agent = try ask(box)
            box.config["root"]["readonly"] = false
            box.config["annotations"] = ["org.example.a": "b"]
            box.config["process"]["args"] = ["/bin/sh", "-c", .string(Self.script)]
            try box.write()
            let running = try box.command("run", "--bundle", box.bundle, box.id()).start()
            let told = try agent.receive()
            #expect(told["fds"] == ["seccompFd"])
            #expect(told["metadata"].text == "some \"text\"")
            #expect(told["pid"].integer == told["state"]["pid"].integer)
            #expect(told["state"]["id"].text == box.id())
            #expect(told["state"]["status"].text == "creating")
            #expect(told["state"]["bundle"].text == box.bundle)
            #expect(told["state"]["annotations"] == ["org.example.a": "b"] || runtime.name == "crun")
            if runtime.name == "swrun" {
                #expect(told["ociVersion"] == told["state"]["ociVersion"])
                #expect(told["ociVersion"].text?.isEmpty == false)
            }
            #expect(try agent.answer(errno: ENOSPC))
            #expect(try agent.answer(errno: -1))
            let outcome = try running.wait().get()
            #expect(outcome.output == "mkdir: can't create directory '/tmp/one': No space left on device\ntwo\n")
            #expect(try !agent.answer(errno: 0), "the runtime keeps no copy of the listener")
        }
    }

    @Test func theListenerIsThereBeforeTheContainerIs() throws {
        try inBox { box in
            let agent = try ask(box)
            let out = box.rootfs + "/out"
            box.config["root"]["readonly"] = false
            box.config["process"]["args"] = ["/bin/sh", "-c", "mkdir /one 2>/out; echo $? >>/out"]
            try box.write()
            try box.command("create", "--bundle", box.bundle, box.id()).run().get()
            let told = try agent.receive()
            let state = try box.state()
            #expect(told["pid"] == state["pid"])
            #expect(!FileManager.default.fileExists(atPath: out))
            try box.command("start", box.id()).run().get()
            #expect(try agent.answer(errno: EROFS))
            try box.wait(for: "stopped")
            let text = try String(contentsOfFile: out, encoding: .utf8)
            #expect(text == "mkdir: can't create directory '/one': Read-only file system\n1\n")
        }
    }

    @Test(arguments: [true, false]) func aProcessThatJoinsIsFilteredToo(_ hasNoNewPrivileges: Bool) throws {
        let seen = try ([OCIRuntime.swrun] + OCIRuntime.peers).map { runtime in
            try inBox(runtime) { box in
                box.filter(Box.mkdir("SCMP_ACT_ERRNO", errno: 28))
                box.config["process"]["noNewPrivileges"] = .bool(hasNoNewPrivileges)
                box.config["process"]["args"] = ["/bin/sleep", "1000"]
                try box.write()
                try box.command("run", "-d", "--bundle", box.bundle, box.id()).run().get()
                let script = "mkdir /tmp/x 2>&1; grep -E '^(Seccomp|NoNewPrivs|Cap)' /proc/self/status"
                return try box.command("exec", box.id(), "/bin/sh", "-c", script).run().get().output
            }
        }
        #expect(seen[0].contains("No space left on device"))
        #expect(seen[0].contains("Seccomp_filters:\t1"))
        for (peer, theirs) in zip(OCIRuntime.peers, seen.dropFirst()) {
            // crun forgets the container's noNewPrivileges when a process is given by options.
            let isForgotten = peer.name == "crun" && hasNoNewPrivileges
            let expected = isForgotten ? seen[0].replacingOccurrences(of: "Privs:\t1", with: "Privs:\t0") : seen[0]
            #expect(expected == theirs, "\(peer) differs")
        }
    }

    @Test func aProcessThatJoinsHasAListenerOfItsOwn() throws {
        try inBox { box in
            let agent = try ask(box)
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            try box.command("run", "-d", "--bundle", box.bundle, box.id()).run().get()
            let first = try agent.receive()
            let running = try box.command("exec", box.id(), "/bin/sh", "-c", "mkdir /tmp/x 2>&1; true").start()
            let second = try agent.receive()
            #expect(second["state"]["pid"] == first["pid"])
            #expect(second["state"]["status"].text == "running")
            #expect(second["pid"] != first["pid"])
            let hasAsked = try agent.answer(errno: ENOSPC)
            #expect(hasAsked)
            let output = try running.wait().get().output
            #expect(output.contains("No space left on device"))
        }
    }

    @Test(arguments: ["run", "create"]) func everyCallMayAskTheListener(_ command: String) throws {
        try inBox { box in
            let agent = try Agent(box.directory + "/agent")
            box.config["linux"]["seccomp"] = [
                "defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": .string(agent.path),
                "flags": ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "SECCOMP_FILTER_FLAG_TSYNC"],
            ]
            box.config["process"]["args"] = ["/bin/true"]
            try box.write()
            let running = try box.command(command, "--bundle", box.bundle, box.id()).start()
            _ = try agent.receive()
            if command == "create" {
                // Nobody waits for a call of the container's process here, as nobody answers any yet.
                try running.wait().get()
                let start = try box.command("start", box.id()).start()
                while try agent.answer(errno: -1) {}
                try start.wait().get()
            } else {
                while try agent.answer(errno: -1) {}
                try running.wait().get()
            }
        }
    }

    @Test(arguments: ["run", "create"]) func aListenerThatIsMissingIsAFailure(_ command: String) throws {
        let box = try Box()
        defer { box.remove() }
        _ = try ask(box)  // gone at once; the socket's name stays
        try box.write()
        let refused = try box.command(command, "--bundle", box.bundle, box.id()).run()
        expectRefusal(refused, "/agent", "ECONNREFUSED", "/linux/seccomp/listenerPath")
        expectNothingLeft(of: box)
        box.config["linux"]["seccomp"]["listenerPath"] = .string(box.directory + "/nothing")
        try box.write()
        let missing = try box.command(command, "--bundle", box.bundle, box.id()).run()
        expectRefusal(missing, "/nothing", "ENOENT", "/linux/seccomp/listenerPath")
        expectNothingLeft(of: box)
    }

    @Test(arguments: ["run", "create"]) func aListenerThatHangsUpIsAFailure(_ command: String) throws {
        let box = try Box()
        defer { box.remove() }
        let agent = try ask(box)
        // The hook comes between the connection and the message, and waits for us.
        let fifo = box.directory + "/fifo"
        try Command("mkfifo", fifo).run().get()
        box.config["hooks"] = ["createRuntime": [["path": "/bin/cat", "args": ["cat", .string(fifo)]]]]
        box.config["process"]["args"] = ["/bin/true"]
        try box.write()
        let running = try box.command(command, "--bundle", box.bundle, box.id()).start()
        try agent.hangUp()
        agent.stopListening()
        try "go".write(toFile: fifo, atomically: false, encoding: .utf8)
        expectRefusal(try running.wait(), "/agent", "EPIPE", "/linux/seccomp/listenerPath")
        expectNothingLeft(of: box)
    }

    @Test func aHookInTheContainerIsNotFiltered() throws {
        try inBox { box in
            box.filter(Box.mkdir("SCMP_ACT_KILL_PROCESS"))
            box.config["root"]["readonly"] = false
            box.config["hooks"] = ["startContainer": [["path": "/bin/mkdir", "args": ["mkdir", "/made"]]]]
            let seen = try box.sh("ls -d /made").get().output
            #expect(seen == "/made\n")
        }
    }

    @Test func aProgramThatIsNotThereIsNamedFromBehindAFilter() throws {
        try inBox { box in
            // What would look for the reason ends the process.
            box.config["linux"]["seccomp"] = [
                "defaultAction": "SCMP_ACT_KILL_PROCESS",
                "syscalls": [["names": ["execve"], "action": "SCMP_ACT_ALLOW"]],
            ]
            try box.file("/bin/broken", "#!/no/interpreter\n", mode: 0o755)
            box.config["process"]["args"] = ["/bin/broken"]
            let outcome = try box.run()
            expectRefusal(outcome, "exec: \"/bin/broken\"", "no such file or directory")
        }
    }

    private func entries(_ box: Box) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: box.root + "/.seccomp")) ?? []).sorted()
    }

    @Test func aCompiledFilterIsKeptAndFound() throws {
        try inBox { box in
            box.filter(Box.mkdir("SCMP_ACT_ERRNO", errno: 28))
            let first = try box.sh("mkdir /tmp/x 2>&1; true").get().output
            let kept = entries(box)
            #expect(kept.count == 1)
            let file = try #require(kept.first)
            let written = try FileManager.default.attributesOfItem(atPath: "\(box.root)/.seccomp/\(file)")
            let again = try box.sh("mkdir /tmp/x 2>&1; true").get().output
            #expect(again == first)
            let later = try FileManager.default.attributesOfItem(atPath: "\(box.root)/.seccomp/\(file)")
            #expect(written[.systemFileNumber] as? Int == later[.systemFileNumber] as? Int, "it wasn't written again")
            box.filter(Box.mkdir("SCMP_ACT_ERRNO", errno: 5))
            let other = try box.sh("mkdir /tmp/x 2>&1; true").get().output
            #expect(other != first)
            #expect(entries(box).count == 2)
            let listed = try box.command("list", "-q").run().get().output
            #expect(listed.isEmpty, "it isn't taken for a container")
        }
    }

    @Test(arguments: ["cut", "changed", "open to others", "another user's"])
    func aCacheThatCannotBeTrustedIsNotUsed(_ what: String) throws {
        try inBox { box in
            box.filter(Box.mkdir("SCMP_ACT_ERRNO", errno: 28))
            let script = "mkdir /tmp/x 2>&1; true"
            let expected = try box.sh(script).get().output
            let name = try #require(entries(box).first)
            let file = "\(box.root)/.seccomp/\(name)"
            var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            switch what {
            case "cut": bytes = bytes.prefix(bytes.count / 2)
            case "changed": for index in bytes.indices.suffix(8) { bytes[index] ^= 0xFF }
            case "open to others": try Command("chmod", "0777", box.root + "/.seccomp").run().get()
            default: try Command("chown", "65534", box.root + "/.seccomp").run().get()
            }
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: bytes)
            try handle.close()
            let now = try box.sh(script).get().output
            #expect(now == expected)
        }
    }

    @Test func manyContainersAtOnceShareAFilter() throws {
        try inBox { box in
            box.filter(Box.mkdir("SCMP_ACT_ERRNO", errno: 28))
            box.config["linux"]["cgroupsPath"] = .null
            box.config["process"]["args"] = ["/bin/sh", "-c", "mkdir /tmp/x 2>&1; true"]
            try box.write()
            let runs = try (0..<8).map { number in
                try box.command("run", "--bundle", box.bundle, box.id("-\(number)")).start()
            }
            let outputs = try runs.map { try $0.wait().get().output }
            #expect(Set(outputs) == ["mkdir: can't create directory '/tmp/x': No space left on device\n"])
            #expect(entries(box).count == 1)
        }
    }
}
