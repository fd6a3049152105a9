import Foundation
import Glibc
import JSONValue

/// The operations in every state of a container.
enum LifecycleCases {
    @CaseList static var all: [Case] {
        whole
        creating
        starting
        killing
        deleting
    }

    @CaseList private static var whole: [Case] {
        Case(
            "lifecycle/operations", "offers create, state, start, kill and delete to whoever created the container",
            ["runtime/operations#1", "runtime/scope-of-a-container#1", "runtime/create#3", "runtime/query-state#3"],
            broken: .operation("has no kill") { invocation, proceed in
                invocation.operation == .kill ? .failure("unknown command") : proceed(invocation)
            }
        ) { stage in
            let bundle = try stage.bundle(steps: ["hold"])
            let (container, _) = try stage.running(bundle)
            _ = try stage.state(container.id)
            let kill = stage.perform(.kill, [container.id, "KILL"])
            try stage.expect(kill.succeeded, "kill succeeds", kill.summary)
            let ending = container.waitForExit(timeout: stage.timeout)
            try stage.expect(
                ending == .killed(signal: SIGKILL), "the process dies of SIGKILL", ending.map { "\($0)" } ?? "it lives")
            let outcome = stage.perform(.delete, [container.id])
            try stage.expect(outcome.succeeded, "delete succeeds", outcome.summary)
        }
        Case(
            "lifecycle/several", "keeps several containers apart", ["runtime/operations#1", "runtime/kill#3"],
            broken: .doesNothing(at: .kill)
        ) { stage in
            let one = try stage.running(try stage.bundle(steps: ["hold"])).0
            let two = try stage.running(try stage.bundle(steps: ["hold"])).0
            let kill = stage.perform(.kill, [one.id, "KILL"])
            try stage.expect(kill.succeeded, "kill succeeds", kill.summary)
            _ = one.waitForExit(timeout: stage.timeout)
            try stage.expect(
                two.isAlive && !one.isAlive, "the first is dead and the second lives",
                "first \(one.isAlive), second \(two.isAlive)")
        }
        Case(
            "lifecycle/exit-status", "leaves the program's exit status to whoever waits for the process",
            ["runtime/start#3"],
            broken: .config("runs another program") { $0["/process/args"] = ["/oci-probe", "report", "exit=8"] }
        ) { stage in
            let container = try stage.create(try stage.bundle(steps: ["exit=7"]))
            try stage.start(container)
            _ = try stage.report(container)
            let ending = container.waitForExit(timeout: stage.timeout)
            try stage.expect(ending == .exited(7), "exit status 7", ending.map { "\($0)" } ?? "it lives")
        }
    }

    @CaseList private static var creating: [Case] {
        Case(
            "create/program-waits", "doesn't run the program before start",
            ["runtime/create#5", "runtime/lifecycle#3", "runtime/create#3"],
            broken: .operation("create starts, too") { invocation, proceed in
                let outcome = proceed(invocation)
                guard invocation.operation == .create, outcome.succeeded, let id = invocation.arguments.last else {
                    return outcome
                }
                var start = invocation
                (start.operation, start.arguments, start.output) = (.start, [id], nil)
                return proceed(start)
            }
        ) { stage in
            let container = try stage.create(try stage.bundle(steps: ["append=/ran:yes", "hold"]))
            try stage.expect(container.line(timeout: 0.2) == nil, "no report before start", "the program ran")
            try stage.expect(
                !FileManager.default.fileExists(atPath: container.bundle.rootfs + "/ran"), "no trace of the program",
                "it ran")
            try stage.expect(container.isAlive, "a waiting process", "there is none")
            try stage.start(container)
            _ = try stage.report(container)
        }
        Case(
            "create/environment-ready", "makes namespaces and cgroups with create",
            ["runtime/create#4", "runtime/lifecycle#3", "runtime/lifecycle#1"], needs: [.root, .controller("pids")],
            broken: .config("makes no namespaces") {
                $0["/linux/namespaces"] = [["type": "mount"]]
                $0["/hostname"] = nil
            }
        ) { stage in
            let container = try stage.create(try stage.bundle(steps: ["hold"]))
            let pid = try container.requiredPID()
            for kind in ["mnt", "pid", "ipc", "uts"] {
                let seen = ProcessFiles.namespace(pid, kind) ?? ""
                try stage.expect(
                    !seen.isEmpty && seen != ProcessFiles.namespace(getpid(), kind), "a \(kind) namespace of its own",
                    seen)
            }
            let place = Cgroups.path(of: pid, "pids") ?? ""
            try stage.expect(place.contains(container.id), "its cgroup", place)
        }
        Case(
            "create/config-changes-later", "takes no notice of a configuration that changes after create",
            ["runtime/lifecycle#4"],
            broken: .operation("makes the container anew with start") { invocation, proceed in
                guard invocation.operation == .start, let id = invocation.arguments.first else {
                    return proceed(invocation)
                }
                var delete = invocation
                (delete.operation, delete.arguments) = (.delete, ["--force", id])
                _ = proceed(delete)
                var create = invocation
                let bundles = invocation.runtime.stateDirectory.replacingOccurrences(of: "/state", with: "/bundles")
                (create.operation, create.arguments) = (.create, ["--bundle", "\(bundles)/\(id)", id])
                _ = proceed(create)
                return proceed(invocation)
            }
        ) { stage in
            let bundle = try stage.bundle()
            let container = try stage.create(bundle)
            var changed = bundle.config
            changed["/process/args"] = ["/does-not-exist"]
            changed["/process/cwd"] = "/also-not"
            changed["/hostname"] = "changed"
            try bundle.write(changed)
            try stage.start(container)
            let report = try stage.report(container)
            try report.equal("/hostname", "conformance")
            try report.equal("/arguments", ["/oci-probe", "report"])
        }
        Case(
            "create/without-id", "refuses create without an id", ["runtime/create#1"], broken: .neverFails(.create)
        ) { stage in
            let bundle = try stage.bundle()
            let outcome = stage.perform(.create, ["--bundle", bundle.directory])
            try stage.expectRefused(.create, outcome)
        }
        Case(
            "create/without-bundle", "refuses create where there is no bundle", ["runtime/create#1"],
            broken: .neverFails(.create)
        ) { stage in
            let id = stage.workshop.newID()
            let outcome = stage.perform(.create, ["--bundle", stage.workshop.directory + "/no-such-bundle", id])
            try stage.expectRefused(.create, outcome)
            try stage.expect(stage.status(id) == nil, "no container", "state knows it")
        }
        Case(
            "create/id-taken", "refuses an id that is taken, and leaves its container alone", ["runtime/create#2"],
            broken: .operation("replaces the container") { invocation, proceed in
                guard invocation.operation == .create, let id = invocation.arguments.last else {
                    return proceed(invocation)
                }
                var delete = invocation
                (delete.operation, delete.arguments, delete.output) = (.delete, ["--force", id], nil)
                _ = proceed(delete)
                return proceed(invocation)
            }
        ) { stage in
            let (first, _) = try stage.running(try stage.bundle(steps: ["hold"]))
            let second = try stage.bundle(steps: ["hold"])
            let container = try stage.tryCreate(second, id: first.id)
            try stage.expectRefused(.create, container.outcome)
            try stage.expect(first.isAlive, "the first container lives", "it is gone")
            try stage.expect(
                stage.status(first.id) == "running", "the first container is running",
                stage.status(first.id) ?? "unknown")
        }
        for (name, id) in [
            ("empty", ""), ("slash", "a/b"), ("dots", "../escape"), ("space", "a b"), ("newline", "a\nb"),
        ] {
            Case(
                "create/id-\(name)", "refuses \(name == "empty" ? "an empty id" : "the id \(id.debugDescription)")",
                ["runtime/create#2"],
                tolerated: name == "space" || name == "newline"
                    ? "Which ids are valid is left to the runtime." : nil,
                broken: .neverFails(.create)
            ) { stage in
                let bundle = try stage.bundle()
                let outcome = try stage.tryCreate(bundle, id: id).outcome
                defer {
                    if outcome.succeeded { stage.perform(.delete, ["--force", id]) }
                }
                try stage.expectRefused(.create, outcome)
            }
        }
        Case(
            "create/failure-leaves-nothing", "leaves nothing behind when create fails",
            ["runtime/errors#1", "runtime/create#6", "runtime/lifecycle#2"], needs: [.root],
            broken: .operation("leaves a cgroup behind") { invocation, proceed in
                let outcome = proceed(invocation)
                if invocation.operation == .create, let bundle = invocation.bundle,
                    let first = Cgroups.hierarchies.first
                {
                    try? FileManager.default.createDirectory(
                        atPath: first.point + (bundle.config["/linux/cgroupsPath"]?.string ?? ""),
                        withIntermediateDirectories: true)
                }
                return outcome
            }
        ) { stage in
            let bundle = try stage.bundle {
                $0["/mounts/-"] = ["destination": "/data", "type": "bogusfs", "source": "none"]
            }
            try stage.expectRefusal(bundle)
            let cgroups = Cgroups.directories(named: bundle.id, below: stage.workshop.cgroupParent)
            try stage.expect(cgroups.isEmpty, "no cgroup", cgroups.joined(separator: " "), "runtime/errors#1")
            let left = FileManager.default.fileExists(atPath: stage.runtime.stateDirectory + "/" + bundle.id)
            try stage.expect(!left, "nothing in the state directory", "\(bundle.id) is there", "runtime/errors#1")
            let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
            try stage.expect(
                !mounts.contains(bundle.directory), "no mount", "mounts below the bundle", "runtime/errors#1")
        }
        bundles
    }

    @CaseList private static var bundles: [Case] {
        Case(
            "bundle/config-name", "reads config.json and no other file", ["bundle/container-format#1"],
            broken: .operation("reads another file") { invocation, proceed in
                if invocation.operation == .create, let bundle = invocation.bundle { try? bundle.write(bundle.base) }
                return proceed(invocation)
            }
        ) { stage in
            let bundle = try stage.bundle()
            rename(bundle.directory + "/config.json", bundle.directory + "/other.json")
            try stage.expectRefusal(bundle)
        }
        Case(
            "bundle/other-contents", "doesn't mind other files in the bundle, nor its name",
            ["bundle/container-format#2"], broken: .refuses
        ) { stage in
            let bundle = try stage.bundle(
                id: stage.workshop.newID(),
                prepare: {
                    try $0.outside("other/file", "text")
                    try $0.outside("README", "text")
                })
            _ = try stage.run(bundle)
        }
        for (name, text) in [("no-json", "{"), ("empty", ""), ("array", "[]"), ("trailing", "{} {}")] {
            Case(
                "bundle/config-\(name)", "refuses a config.json that holds no configuration (\(name))",
                ["config/valid-values#1"],
                broken: .operation("passes over it") { invocation, proceed in
                    if invocation.operation == .create, let bundle = invocation.bundle {
                        try? bundle.write(bundle.base)
                    }
                    return proceed(invocation)
                }
            ) { stage in
                let bundle = try stage.bundle()
                try Data(text.utf8).write(to: URL(fileURLWithPath: bundle.directory + "/config.json"))
                try stage.expectRefusal(bundle)
            }
        }
    }

    @CaseList private static var starting: [Case] {
        Case("start/without-id", "refuses start without an id", ["runtime/start#1"], broken: .neverFails(.start)) {
            stage in
            let outcome = stage.perform(.start, [])
            try stage.expectRefused(.start, outcome)
        }
        Case(
            "start/unknown", "refuses start of a container that doesn't exist", ["runtime/start#2"],
            broken: .neverFails(.start)
        ) { stage in
            let outcome = stage.perform(.start, [stage.workshop.newID()])
            try stage.expectRefused(.start, outcome)
        }
        Case(
            "start/running", "refuses to start a running container, and lets it run", ["runtime/start#2"],
            broken: .neverFails(.start)
        ) { stage in
            let (container, _) = try stage.running(try stage.bundle(steps: ["hold"]))
            let outcome = stage.perform(.start, [container.id])
            try stage.expectRefused(.start, outcome)
            try stage.expect(container.isAlive, "the container goes on", "it is gone")
            try stage.expect(container.line(timeout: 0.1) == nil, "no second program", "another report")
        }
        Case(
            "start/stopped", "refuses to start a stopped container", ["runtime/start#2"], broken: .neverFails(.start)
        ) { stage in
            let container = try stage.create(try stage.bundle())
            try stage.start(container)
            _ = try stage.report(container)
            _ = container.waitForExit(timeout: stage.timeout)
            let outcome = stage.perform(.start, [container.id])
            try stage.expectRefused(.start, outcome)
        }
    }

    @CaseList private static var killing: [Case] {
        Case("kill/without-id", "refuses kill without an id", ["runtime/kill#1"], broken: .neverFails(.kill)) { stage in
            let outcome = stage.perform(.kill, [])
            try stage.expectRefused(.kill, outcome)
        }
        Case(
            "kill/unknown", "refuses kill of a container that doesn't exist", ["runtime/kill#2"],
            broken: .neverFails(.kill)
        ) { stage in
            let outcome = stage.perform(.kill, [stage.workshop.newID(), "TERM"])
            try stage.expectRefused(.kill, outcome)
        }
        Case("kill/stopped", "refuses kill of a stopped container", ["runtime/kill#2"], broken: .neverFails(.kill)) {
            stage in
            let container = try stage.create(try stage.bundle())
            try stage.start(container)
            _ = try stage.report(container)
            _ = container.waitForExit(timeout: stage.timeout)
            let outcome = stage.perform(.kill, [container.id, "TERM"])
            try stage.expectRefused(.kill, outcome)
        }
        for (word, number) in [("USR1", SIGUSR1), ("SIGHUP", SIGHUP), ("12", SIGUSR2), ("TERM", SIGTERM), ("34", 34)] {
            Case(
                "kill/\(word.lowercased())", "sends the process the signal \(word)", ["runtime/kill#3"],
                broken: .operation("sends SIGURG in its place") { invocation, proceed in
                    guard invocation.operation == .kill else { return proceed(invocation) }
                    var other = invocation
                    other.arguments[1] = "URG"
                    return proceed(other)
                }
            ) { stage in
                let (container, _) = try stage.running(try stage.bundle(steps: ["hold"]))
                let outcome = stage.perform(.kill, [container.id, word])
                try stage.expect(outcome.succeeded, "kill succeeds", outcome.summary)
                let seen = container.line(timeout: stage.timeout)?["/signal"]?.int
                try stage.expect(seen == Int(number), "the signal \(number)", seen.map { "\($0)" } ?? "none")
            }
        }
        Case(
            "kill/created", "sends a signal to a created container, too", ["runtime/kill#3", "runtime/kill#2"],
            broken: .doesNothing(at: .kill)
        ) { stage in
            let container = try stage.create(try stage.bundle())
            let outcome = stage.perform(.kill, [container.id, "KILL"])
            try stage.expect(outcome.succeeded, "kill succeeds", outcome.summary)
            let ending = container.waitForExit(timeout: 2)
            try stage.expect(ending != nil, "the process ends", "it lives")
        }
        Case(
            "kill/signal-unknown", "refuses a signal that nobody knows", ["config/valid-values#1", "runtime/kill#3"],
            broken: .neverFails(.kill)
        ) { stage in
            let (container, _) = try stage.running(try stage.bundle(steps: ["hold"]))
            let outcome = stage.perform(.kill, [container.id, "BOGUS"])
            try stage.expectRefused(.kill, outcome)
            try stage.expect(container.isAlive, "the container goes on", "it is gone")
        }
    }

    @CaseList private static var deleting: [Case] {
        Case("delete/without-id", "refuses delete without an id", ["runtime/delete#1"], broken: .neverFails(.delete)) {
            stage in
            let outcome = stage.perform(.delete, [])
            try stage.expectRefused(.delete, outcome)
        }
        Case(
            "delete/unknown", "refuses delete of a container that doesn't exist", ["runtime/delete#2"],
            broken: .neverFails(.delete)
        ) { stage in
            let outcome = stage.perform(.delete, [stage.workshop.newID()])
            try stage.expectRefused(.delete, outcome)
        }
        Case(
            "delete/running", "refuses to delete a running container, and lets it run", ["runtime/delete#2"],
            broken: .operation("kills and deletes it") { invocation, proceed in
                guard invocation.operation == .delete, let id = invocation.arguments.last else {
                    return proceed(invocation)
                }
                var forced = invocation
                forced.arguments = ["--force", id]
                return proceed(forced)
            }
        ) { stage in
            let (container, _) = try stage.running(try stage.bundle(steps: ["hold"]))
            let outcome = stage.perform(.delete, [container.id])
            try stage.expectRefused(.delete, outcome)
            try stage.expect(container.isAlive, "the container goes on", "it is gone")
        }
        Case(
            "delete/created", "refuses to delete a created container", ["runtime/delete#2"],
            tolerated: "All managers count on delete removing a container that was created and never started.",
            broken: .operation("kills and deletes it") { invocation, proceed in
                guard invocation.operation == .delete, let id = invocation.arguments.last else {
                    return proceed(invocation)
                }
                var forced = invocation
                forced.arguments = ["--force", id]
                return proceed(forced)
            }
        ) { stage in
            let container = try stage.create(try stage.bundle())
            let outcome = stage.perform(.delete, [container.id])
            try stage.expectRefused(.delete, outcome)
        }
        .mended(
            by: .refusing(.delete, "looks at the status first") { invocation in
                guard let id = invocation.arguments.first, id != "--force" else { return false }
                var state = invocation
                (state.operation, state.arguments) = (.state, [id])
                let answer = invocation.runtime.perform(state)
                return (try? JSON(parsing: answer.output))?["/status"]?.string == "created"
            })
        Case(
            "delete/undoes-create", "removes all that create made",
            ["runtime/delete#3", "runtime/lifecycle#16"], broken: .doesNothing(at: .delete)
        ) { stage in
            let bundle = try stage.bundle()
            let container = try stage.create(bundle)
            try stage.start(container)
            _ = try stage.report(container)
            _ = container.waitForExit(timeout: stage.timeout)
            let outcome = stage.perform(.delete, [container.id])
            try stage.expect(outcome.succeeded, "delete succeeds", outcome.summary)
            try stage.expect(stage.status(container.id) == nil, "state knows it no more", "it does")
            let cgroups = Cgroups.directories(named: bundle.id, below: stage.workshop.cgroupParent)
            try stage.expect(cgroups.isEmpty, "no cgroup", cgroups.joined(separator: " "))
            let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
            try stage.expect(!mounts.contains(bundle.directory), "no mount", "mounts below the bundle")
            let again = try stage.bundle(id: bundle.id + "-again")
            let second = try stage.tryCreate(again, id: bundle.id)
            try stage.expect(second.outcome.succeeded, "the id can be used again", second.outcome.summary)
        }
        Case(
            "delete/leaves-the-rest", "leaves alone what the container used but didn't make", ["runtime/delete#4"],
            broken: .operation("removes the source of a mount") { invocation, proceed in
                let outcome = proceed(invocation)
                if invocation.operation == .delete, let id = invocation.arguments.last {
                    let bundles = invocation.runtime.stateDirectory.replacingOccurrences(of: "/state", with: "/bundles")
                    try? FileManager.default.removeItem(atPath: "\(bundles)/\(id)/source")
                }
                return outcome
            }
        ) { stage in
            let bundle = try stage.bundle(
                config: {
                    $0["/mounts/-"] = [
                        "destination": "/data", "type": "bind", "source": "@BUNDLE@/source", "options": ["bind"],
                    ]
                }, prepare: { try $0.outside("source/file", "text") })
            _ = try stage.run(bundle)
            for path in ["/source/file", "/config.json", "/rootfs/oci-probe"] {
                try stage.expect(
                    FileManager.default.fileExists(atPath: bundle.directory + path), "\(path) is still there",
                    "it is gone")
            }
        }
    }
}
