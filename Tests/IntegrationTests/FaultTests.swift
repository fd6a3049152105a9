internal import Foundation
internal import Support
internal import Testing

/// Each step of a birth fails once: the message names the step, and nothing is left of the container.
///
/// Debug builds of swrun fail at step N where the environment has `SWRUN_FAULT_AT=N`.
@Suite(.faults) struct FaultTests {
    @Test(arguments: Scene.allCases) func aCreateThatFailsAtAnyStepLeavesNothing(_ scene: Scene) throws {
        try withStage(scene) { stage in
            let steps = try stage.steps(of: ["create"])
            var problems: [String] = []
            for index in steps.indices {
                problems += try stage.failure(of: ["create"], at: index, steps[index]).map { "step \(index): \($0)" }
            }
            #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
            #expect(steps.count > 20, "the plan has \(steps.count) steps")
        }
    }

    @Test(arguments: Scene.allCases) func aDetachedRunThatFailsAtAnyStepLeavesNothing(_ scene: Scene) throws {
        try withStage(scene) { stage in
            let steps = try stage.steps(of: ["run", "--detach"])
            var problems: [String] = []
            for index in steps.indices {
                problems += try stage.failure(of: ["run", "--detach"], at: index, steps[index])
                    .map { "step \(index): \($0)" }
            }
            #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
            #expect(steps.last?.hasPrefix("execute") == true, "the last step is: \(steps.last ?? "none")")
        }
    }

    /// Behind the last step the process runs, and only then its pid is written down.
    @Test(arguments: [false, true]) func anExecThatFailsAtAnyStepLeavesTheContainerAsItWas(_ hasTerminal: Bool) throws {
        let box = try Box(.debugBuild)
        defer { box.remove() }
        box.config["process"]["args"] = ["/bin/sleep", "1000"]
        box.config["process"]["oomScoreAdj"] = 100
        try box.write()
        try box.command("run", "--detach", "--bundle", box.bundle, box.id()).run().get()
        let pidFile = box.directory + "/exec.pid"
        var index = 0
        while true {
            let socket = try ConsoleSocket(box.directory + "/socket")
            let options = hasTerminal ? ["--tty", "--console-socket", socket.path] : []
            var command = box.command(["exec", "--detach", "--pid-file", pidFile] + options + [box.id(), "true"])
            command.environment = ["SWRUN_FAULT_AT": "\(index)"]
            let outcome = try command.run()
            try FileManager.default.removeItem(atPath: socket.path)
            if outcome.succeeded { break }
            #expect(outcome.status == 255, "step \(index): \(outcome)")
            #expect(outcome.errors.split(separator: "\n").count == 1, "step \(index): \(outcome)")
            #expect(!FileManager.default.fileExists(atPath: pidFile), "step \(index)")
            let listed = try box.command("ps", "--format", "json", box.id()).run().get().output
            #expect(try JSON(parsing: listed).elements.count == 1, "step \(index) left a process: \(listed)")
            index += 1
        }
        #expect(index >= (hasTerminal ? 17 : 14), "the plan has \(index) steps")
        let pid = try #require(Int32(String(contentsOfFile: pidFile, encoding: .utf8)))
        // The terminal has hung up by now.
        #expect(try Command.adopt(pid).wait().succeeded || hasTerminal)
        box.deleteAll()
        #expect(box.leftovers().isEmpty)
    }

    /// What fails behind the gate is told by `start`.
    @Test(arguments: Scene.allCases) func aStartThatFailsBehindTheGateSaysSo(_ scene: Scene) throws {
        try withStage(scene) { stage in
            let gate = try stage.steps(of: ["create"]).count
            let behind = scene == .hooks ? 4 : 2  // the gate itself, the startContainer hooks, the filter, the program
            for index in gate..<gate + behind {
                let box = stage.box
                try stage.command(["create"], failingAt: index).run().get()
                let start = try box.command("start", box.id()).run()
                #expect(start.status == 1, "step \(index): \(start)")
                #expect(start.errors.split(separator: "\n").count == 1, "step \(index): \(start)")
                #expect(scene == .hooks || !start.errors.contains("hook"), "there is none to blame: \(start)")
                try box.wait(for: "stopped")
                try box.command("delete", box.id()).run().get()
                try stage.reap()
                let left = stage.leftovers()
                #expect(left.isEmpty, "step \(index): \(left)")
            }
            try stage.command(["create"], failingAt: gate + behind).run().get()
            try stage.box.command("start", stage.box.id()).run().get()
            try stage.box.command("delete", "--force", stage.box.id()).run().get()
            try stage.reap()
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips, with the reason, where the debug build can't make containers.
    static var faults: Self {
        let path = OCIRuntime.debugBuild.path
        let obstacle =
            geteuid() != 0
            ? "needs root"
            : !FileManager.default.isExecutableFile(atPath: path)
                ? "\(path), the debug build, is not there"
                : OCIRuntime.obstacle?.contains("busybox") == true ? OCIRuntime.obstacle : nil
        return .enabled(if: obstacle == nil, "\(obstacle ?? "")")
    }
}

/// A kind of container, so that together they have every kind of step.
enum Scene: String, CaseIterable, Sendable {
    case plain, userNamespace, hooks, terminal, joined

    func prepare(_ box: Box) throws {
        box.config["process"]["args"] = ["/bin/true"]
        switch self {
        case .plain:
            box.config["process"]["cwd"] = "/tmp"
            box.config["process"]["user"] = ["uid": 1000, "gid": 1000, "additionalGids": [7]]
            box.config["process"]["oomScoreAdj"] = 100
            box.config["process"]["scheduler"] = ["policy": "SCHED_BATCH"]
            box.config["process"]["ioPriority"] = ["class": "IOPRIO_CLASS_IDLE", "priority": 0]
            box.config["linux"]["personality"] = ["domain": "LINUX32"]
            box.config["linux"]["memoryPolicy"] = ["mode": "MPOL_LOCAL"]
            box.config["linux"]["resources"]["pids"] = ["limit": 50]
            box.config["linux"]["sysctl"] = ["net.ipv4.ip_forward": "1"]
            box.config["linux"]["rootfsPropagation"] = "private"
            box.config["domainname"] = "example.org"
        case .userNamespace:
            let mapping: JSON = [["containerID": 0, "hostID": 100_000, "size": 65_536]]
            box.config["linux"]["uidMappings"] = mapping
            box.config["linux"]["gidMappings"] = mapping
            box.config["linux"]["namespaces"] = .array(
                box.config["linux"]["namespaces"].elements + [["type": "user"]])
        case .hooks:
            for kind in ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"] {
                box.config["hooks"][kind] = [["path": "/bin/true"]]
            }
            box.config["annotations"] = [
                "run.oci.hooks.stdout": .string(box.directory + "/hooks.log"),
                "run.oci.seccomp_bpf_data": "BgAAAAAA/38=",  // all is allowed
            ]
        case .terminal:
            box.config["process"]["terminal"] = true
            box.config["process"]["consoleSize"] = ["width": 80, "height": 24]
        case .joined:
            break
        }
    }
}

/// A box in which one scene is played again and again.
private final class Stage {
    let box: Box
    private let scene: Scene
    private var socket: ConsoleSocket?
    private var before: Set<Int32> = []  // all processes of the host

    init(_ scene: Scene, in box: Box) throws {
        (self.box, self.scene) = (box, scene)
        try scene.prepare(box)
        if scene == .joined { try join() }
        try box.write()
        before = Box.allProcesses()
    }

    /// Lets another container hold the namespaces that are joined, one of them a pid namespace.
    private func join() throws {
        let cgroup = box.config["linux"]["cgroupsPath"]
        box.config["linux"]["cgroupsPath"] = .string("/" + box.id("-holder"))
        try box.write()
        try box.command("create", "--bundle", box.bundle, box.id("-holder")).run().get()
        let pid = try box.state("-holder")["pid"].integer ?? 0
        let names = ["pid": "pid", "network": "net", "ipc": "ipc"]
        box.config["linux"]["namespaces"] = .array(
            box.config["linux"]["namespaces"].elements.map { namespace in
                guard let name = names[namespace["type"].text ?? ""] else { return namespace }
                return ["type": namespace["type"], "path": .string("/proc/\(pid)/ns/\(name)")]
            })
        box.config["linux"]["cgroupsPath"] = cgroup
        // What the namespaces' owner mounted can't be mounted with other options once more.
        box.config["hostname"] = "joined"
    }

    func command(_ words: [String], failingAt index: Int, options: [String] = []) throws -> Command {
        var all = words + ["--bundle", box.bundle, "--pid-file", pidFile] + options
        if scene == .terminal {
            let path = box.directory + "/socket"
            try? FileManager.default.removeItem(atPath: path)  // not there the first time
            socket = try ConsoleSocket(path)
            all += ["--console-socket", path]
        }
        var command = box.command(["--log", log, "--log-format", "json"] + all + [box.id()])
        var environment = ProcessInfo.processInfo.environment
        environment["SWRUN_FAULT_AT"] = "\(index)"
        command.environment = environment
        return command
    }

    private var log: String { box.directory + "/log" }
    private var pidFile: String { box.directory + "/container.pid" }

    /// Collects a container's process, which is a child of the tests: dead and unreaped, it would keep alive the pid
    /// namespace that it joined.
    func reap() throws {
        guard let text = try? String(contentsOfFile: pidFile, encoding: .utf8), let pid = Int32(text) else { return }
        waitpid(pid, nil, 0)
        try FileManager.default.removeItem(atPath: pidFile)
    }

    /// What the steps do, in words, up to the one behind which the command leaves the container alone.
    func steps(of words: [String]) throws -> [String] {
        let trace = box.directory + "/trace"
        try command(words, failingAt: -1, options: ["--trace", trace]).run().get()
        try box.command("delete", "--force", box.id()).run().get()
        try reap()
        let lines = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n").map {
            try JSON(parsing: String($0))
        }
        let sentences = lines.compactMap { $0["step"].text }
        for (index, line) in lines.enumerated() where line["index"].integer != Int64(index) {
            throw Problem("step \(index) isn't in the trace")
        }
        return sentences.filter { $0 != "wait for start" }
    }

    /// Lets one step fail, and answers what isn't as it should be.
    func failure(of words: [String], at index: Int, _ sentence: String) throws -> [String] {
        try? FileManager.default.removeItem(atPath: log)
        let outcome = try command(words, failingAt: index).run()
        var problems = leftovers().map { "left behind: \($0)" }
        if outcome.status != 1 { problems.append("status \(outcome.status): \(outcome)") }
        if outcome.errors.split(separator: "\n").count != 1 { problems.append("not one message: \(outcome.errors)") }
        if FileManager.default.fileExists(atPath: pidFile) { problems.append("the pid file is there") }
        if !outcome.output.isEmpty { problems.append("on standard output: \(outcome.output)") }
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        let records = text.split(separator: "\n").compactMap { try? JSON(parsing: String($0)) }
        let named = records.compactMap { $0["step"].text }
        if named != ["\(index): \(sentence)"] { problems.append("names \(named), not \(sentence): \(text)") }
        if !problems.isEmpty { box.deleteAll() }
        return problems
    }

    /// What is there that wasn't before.
    func leftovers() -> [String] {
        let files = FileManager.default
        var found = ((try? files.contentsOfDirectory(atPath: box.root)) ?? [])
            .filter { !$0.hasSuffix("-holder") }.map { "state directory \($0)" }
        found += Cgroups.named(box.name).map { "cgroup \($0)" }
        let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        found += mounts.split(separator: "\n").filter { $0.contains(box.name) }.map { "mount \($0)" }
        // One that was killed a moment ago may still be on its way; nobody waits for a stranger's end.
        for attempt in 0..<50 {
            let living = box.processes(except: before)
            if living.isEmpty { break }
            if attempt == 49 { found += living.map { "process \($0.pid): \($0.text)" } }
            usleep(10_000)
        }
        return found
    }
}

/// Calls with a stage, and takes it away.
private func withStage(_ scene: Scene, _ body: (Stage) throws -> Void) throws {
    let box = try Box(.debugBuild)
    defer {
        box.remove()
        for cgroup in Cgroups.named(box.id("-holder")) { unsafe rmdir(cgroup) }  // where even deleting it failed
    }
    try body(Stage(scene, in: box))
    box.deleteAll()
    let leftovers = box.leftovers()
    #expect(leftovers.isEmpty, "left behind: \(leftovers.joined(separator: ", "))")
}
