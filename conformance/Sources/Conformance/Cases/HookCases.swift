import Foundation
import Glibc
import JSONValue

/// The six kinds of hooks: that they are called, when, where, in which order, with what, and what their failure does.
enum HookCases {
    /// A kind, where its path is resolved and it runs, the operation that calls it.
    struct Kind: Sendable {
        var name: String
        var pathInside = false
        var runsInside = false
        var operation: Operation
        /// Requirements: it is called, its failure, its path, its place.
        var called: [String]
        var failing: String
        var path: [String]
        var place: [String]
    }

    static let kinds: [Kind] = [
        Kind(
            name: "prestart", operation: .create, called: ["runtime/lifecycle#5", "config/prestart#1"],
            failing: "runtime/lifecycle#6",
            path: ["config/posix-platform-hooks#1", "config/posix-platform-hooks#4", "config/prestart#3"],
            place: ["config/posix-platform-hooks#5", "config/prestart#4"]),
        Kind(
            name: "createRuntime", operation: .create, called: ["runtime/lifecycle#7", "config/createruntime-hooks#1"],
            failing: "runtime/lifecycle#8",
            path: ["config/posix-platform-hooks#6", "config/posix-platform-hooks#9", "config/createruntime-hooks#2"],
            place: ["config/posix-platform-hooks#10", "config/createruntime-hooks#3"]),
        Kind(
            name: "createContainer", runsInside: true, operation: .create,
            called: ["runtime/lifecycle#9", "config/createcontainer-hooks#1"], failing: "runtime/lifecycle#10",
            path: ["config/posix-platform-hooks#11", "config/createcontainer-hooks#3"],
            place: ["config/posix-platform-hooks#12", "config/createcontainer-hooks#4"]),
        Kind(
            name: "startContainer", pathInside: true, runsInside: true, operation: .start,
            called: ["runtime/lifecycle#11", "config/startcontainer-hooks#1"], failing: "runtime/lifecycle#12",
            path: ["config/posix-platform-hooks#13", "config/startcontainer-hooks#2"],
            place: ["config/posix-platform-hooks#14", "config/startcontainer-hooks#3"]),
        Kind(
            name: "poststart", operation: .start, called: ["runtime/lifecycle#14", "config/poststart#1"],
            failing: "runtime/lifecycle#15", path: ["config/posix-platform-hooks#15", "config/poststart#2"],
            place: ["config/posix-platform-hooks#16", "config/poststart#3"]),
        Kind(
            name: "poststop", operation: .delete, called: ["runtime/lifecycle#17", "config/poststop#1"],
            failing: "runtime/lifecycle#18", path: ["config/posix-platform-hooks#17", "config/poststop#2"],
            place: ["config/posix-platform-hooks#18", "config/poststop#3"]),
    ]

    /// A hook that writes down what it sees.
    static func hook(_ kind: Kind, tag: String? = nil, mode: String? = nil) -> JSON {
        let file = kind.pathInside ? "/hooks" : "@BUNDLE@/hooks"
        var words = ["probe", "hook", tag ?? kind.name, file]
        if let mode { words.append(mode) }
        return [
            "path": kind.pathInside ? "/oci-probe" : "@PROBE@", "args": .strings(words), "env": ["HOOK=\(kind.name)"],
        ]
    }

    /// The lines that the hooks of a bundle wrote, in the order of their time.
    static func lines(_ bundle: Bundle) -> [JSON] {
        [bundle.directory + "/hooks", bundle.rootfs + "/hooks"].flatMap { path -> [JSON] in
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").compactMap { try? JSON(parsing: String($0)) }
        }.sorted { ($0["/time"]?.int ?? 0) < ($1["/time"]?.int ?? 0) }
    }

    static func line(_ bundle: Bundle, _ kind: Kind) throws -> JSON {
        guard let line = lines(bundle).first(where: { $0["/hook"]?.string == kind.name }) else {
            throw Discrepancy(expected: "the \(kind.name) hook is called", seen: "it wasn't")
        }
        return line
    }

    private static func without(_ kind: Kind) -> Fault {
        .config("doesn't call it") { $0["/hooks/\(kind.name)"] = nil }
    }

    @CaseList static var all: [Case] {
        for kind in kinds {
            called(kind)
            place(kind)
            state(kind)
            order(kind)
            failing(kind)
            documents(kind)
        }
        sequence
    }

    /// Called by its operation, neither before nor after, and with its own arguments and environment.
    private static func called(_ kind: Kind) -> Case {
        Case(
            "hooks/\(kind.name)-called", "calls \(kind.name) hooks within \(kind.operation.rawValue)",
            kind.called + kind.path, since: "1.0.2", broken: without(kind)
        ) { stage in
            let bundle = try stage.bundle(steps: ["hold"]) { $0["/hooks"] = .object([.init(kind.name, [hook(kind)])]) }
            let container = try stage.create(bundle)
            func count() -> Int { lines(bundle).count }
            try stage.expect(
                count() == (kind.operation == .create ? 1 : 0),
                "\(kind.operation == .create ? 1 : 0) calls after create", "\(count())")
            try stage.start(container)
            _ = try stage.report(container)
            try stage.expect(
                count() == (kind.operation == .delete ? 0 : 1),
                "\(kind.operation == .delete ? 0 : 1) calls after start", "\(count())")
            container.kill()
            let outcome = stage.perform(.delete, [container.id])
            try stage.expect(outcome.succeeded, "delete succeeds", outcome.summary)
            try stage.expect(count() == 1, "one call in the end", "\(count())")
            let seen = try line(bundle, kind)
            let words = seen["/arguments"]?.strings ?? []
            try stage.expect(words.first == "probe" && words.count == 4, "the hook's arguments", "\(words)")
            let environment = seen["/environment"]?.strings ?? []
            try stage.expect(environment.contains("HOOK=\(kind.name)"), "the hook's environment", "\(environment)")
        }
    }

    private static func place(_ kind: Kind) -> Case {
        Case(
            "hooks/\(kind.name)-place",
            "runs \(kind.name) hooks \(kind.runsInside ? "in" : "outside") the container's namespaces",
            kind.place, since: "1.0.2",
            broken: .config("runs it \(kind.runsInside ? "outside" : "inside")") { config in
                // The hook is called at another moment, in the other place, under its own name.
                var moved = config["/hooks/\(kind.name)/0"] ?? [:]
                config["/hooks/\(kind.name)"] = nil
                if kind.pathInside {
                    moved["/path"] = .string("\(config["/annotations/probe"]?.string ?? "")")
                    moved["/args/3"] = .string("\(config["/annotations/bundle"]?.string ?? "")/hooks")
                }
                config["/hooks/\(kind.runsInside ? "createRuntime" : "createContainer")"] = [moved]
            }
        ) { stage in
            let bundle = try stage.bundle(steps: ["hold"]) {
                $0["/hooks"] = .object([.init(kind.name, [hook(kind)])])
                $0["/annotations"] = ["probe": "@PROBE@", "bundle": "@BUNDLE@"]
            }
            let (container, report) = try stage.running(bundle)
            container.kill()
            stage.perform(.delete, [container.id])
            let seen = try line(bundle, kind)
            for name in ["mnt", "uts"] {
                let hook = seen["/namespaces/\(name)"]?.string ?? ""
                let inside = report.namespace(name) ?? ""
                let outside = ProcessFiles.namespace(getpid(), name) ?? ""
                let wanted = kind.runsInside ? inside : outside
                try stage.expect(hook == wanted, "the \(name) namespace \(wanted)", "\(hook)")
            }
            if kind.pathInside {
                let root = seen["/root"]?.strings ?? []
                try stage.expect(!root.contains("usr"), "the container's root directory", root.joined(separator: " "))
            }
        }
    }

    private static func state(_ kind: Kind) -> Case {
        Case(
            "hooks/\(kind.name)-state", "gives \(kind.name) hooks the container's state on standard input",
            ["config/posix-platform-hooks#20"], since: "1.0.2",
            broken: .config("gives them nothing") { $0["/hooks/\(kind.name)/0/args/-"] = "deaf" }
        ) { stage in
            let bundle = try stage.bundle(steps: ["hold"]) {
                $0["/hooks"] = .object([.init(kind.name, [hook(kind)])])
                $0["/annotations"] = ["com.example.key": "value"]
            }
            let (container, _) = try stage.running(bundle)
            let pid = container.pid.map(Int.init)
            container.kill()
            stage.perform(.delete, [container.id])
            let seen = try line(bundle, kind)
            guard let state = try? JSON(parsing: seen["/stdin"]?.string ?? "") else {
                throw Discrepancy(expected: "a state on standard input", seen: seen["/stdin"]?.text() ?? "nothing")
            }
            let problems = Documents.problems(ofState: state)
            try stage.expect(problems.isEmpty, "a state that fits the schema", problems.joined(separator: "; "))
            try stage.expect(state["/id"]?.string == container.id, "the id \(container.id)", state.text())
            try stage.expect(
                state["/bundle"]?.string == bundle.directory, "the bundle \(bundle.directory)", state.text())
            if kind.name == "poststop" { return }
            if kind.runsInside {
                try stage.expect((state["/pid"]?.int ?? 0) > 0, "a pid", state.text())
            } else {
                try stage.expect(state["/pid"]?.int == pid, "the pid \(pid ?? 0)", state.text())
            }
        }
    }

    private static func order(_ kind: Kind) -> Case {
        Case(
            "hooks/\(kind.name)-order", "calls \(kind.name) hooks in the order of the list",
            ["config/posix-platform-hooks#19"], since: "1.0.2",
            broken: .config("calls them in reverse order") {
                $0["/hooks/\(kind.name)"] = .array(($0["/hooks/\(kind.name)"]?.array ?? []).reversed())
            }
        ) { stage in
            let bundle = try stage.bundle(steps: ["hold"]) {
                $0["/hooks"] = .object([.init(kind.name, .array(["one", "two", "three"].map { hook(kind, tag: $0) }))])
            }
            let (container, _) = try stage.running(bundle)
            container.kill()
            stage.perform(.delete, [container.id])
            let seen = lines(bundle).compactMap { $0["/hook"]?.string }
            try stage.expect(seen == ["one", "two", "three"], "one, two, three", seen.joined(separator: ", "))
        }
    }

    private static func failing(_ kind: Kind) -> Case {
        Case(
            "hooks/\(kind.name)-failing",
            kind.name == "poststop"
                ? "goes on with the deletion and the other hooks when a poststop hook fails"
                : "tells of a failing \(kind.name) hook, and ends the container",
            // Before 1.3 the text asked for a mere warning of a failing poststart hook.
            [kind.failing], since: kind.name == "poststart" ? "1.3.0" : "1.0.2",
            broken: kind.name == "poststop"
                ? .operation("doesn't delete") { invocation, proceed in
                    invocation.operation == .delete ? .failure("a hook failed") : proceed(invocation)
                } : .config("doesn't care") { $0["/hooks/\(kind.name)/0/args/4"] = "" }
        ) { stage in
            let bundle = try stage.bundle(steps: ["hold"]) {
                $0["/hooks"] = .object([.init(kind.name, [hook(kind, mode: "failing"), hook(kind, tag: "second")])])
            }
            let container = try stage.tryCreate(bundle)
            var outcome = container.outcome
            if kind.operation != .create {
                try stage.expect(outcome.succeeded, "create succeeds", outcome.summary)
                outcome = stage.perform(.start, [container.id])
            }
            if kind.operation == .delete {
                try stage.expect(outcome.succeeded, "start succeeds", outcome.summary)
                container.kill()
                let deleted = stage.perform(.delete, [container.id])
                try stage.expect(deleted.succeeded, "delete goes on", deleted.summary)
                let tags = lines(bundle).compactMap { $0["/hook"]?.string }
                try stage.expect(
                    tags == [kind.name, "second"], "the second hook is called, too", tags.joined(separator: ", "))
                try stage.expect(stage.status(container.id) == nil, "the container is gone", "state still knows it")
                return
            }
            try stage.expectRefused(kind.operation, outcome)
            let ended = container.waitForExit(timeout: 2) != nil || !container.isAlive
            try stage.expect(ended, "the container is stopped", "its process lives")
            let status = stage.status(container.id)
            try stage.expect(status == nil || status == "stopped", "the container is stopped or gone", status ?? "")
        }
    }

    @CaseList private static func documents(_ kind: Kind) -> [Case] {
        let number = kind.name == "prestart" ? 1 : 6
        if kind.name == "prestart" || kind.name == "createRuntime" {
            Case.refuse(
                "hooks/\(kind.name)-path-missing", "refuses a \(kind.name) hook without path",
                ["config/posix-platform-hooks#\(number)"], since: "1.0.2", tolerated: documentOnly,
                config: { $0["/hooks"] = .object([.init(kind.name, [["args": ["x"]]])]) })
            Case.refuse(
                "hooks/\(kind.name)-path-relative", "refuses a \(kind.name) hook with a relative path",
                ["config/posix-platform-hooks#\(number + 1)", "config/valid-values#1"], since: "1.0.2",
                config: { $0["/hooks"] = .object([.init(kind.name, [["path": "bin/true"]])]) })
            for value in [0, -1] {
                Case.refuse(
                    "hooks/\(kind.name)-timeout\(value == 0 ? "-zero" : "-negative")",
                    "refuses a \(kind.name) hook with the timeout \(value)",
                    ["config/posix-platform-hooks#\(number + 2)", "config/valid-values#1"], since: "1.0.2",
                    config: {
                        $0["/hooks"] = .object([.init(kind.name, [hook(kind)])])
                        $0["/hooks/\(kind.name)/0/timeout"] = .int(value)
                    })
            }
            Case.refuse(
                "hooks/\(kind.name)-timeout",
                "ends a \(kind.name) hook that takes longer than its timeout, as a failure",
                [kind.failing], since: "1.0.2",
                config: {
                    $0["/hooks"] = .object([.init(kind.name, [hook(kind, mode: "hanging")])])
                    $0["/hooks/\(kind.name)/0/timeout"] = 1
                })
        }
        Case.refuse(
            "hooks/\(kind.name)-not-found", "tells that a \(kind.name) hook's program doesn't exist",
            [kind.failing] + kind.path.prefix(1), since: "1.0.2",
            tolerated: kind.name == "poststart" || kind.name == "poststop"
                ? "What fails after the program was started is told by a warning, at least before version 1.3." : nil,
            atStart: true,
            broken: .config("passes over it") { $0["/hooks"] = nil },
            config: { $0["/hooks"] = .object([.init(kind.name, [["path": "/does/not/exist"]])]) }
        )
        .mended(
            by: .refusing(.create, "looks for the hooks' programs with create") {
                $0.bundle?.config["/hooks/\(kind.name)/0/path"]?.string == "/does/not/exist"
            })
    }

    /// The kinds among each other, and against the program.
    @CaseList private static var sequence: [Case] {
        Case(
            "hooks/sequence", "calls the kinds in the order of the lifecycle",
            ["config/prestart#2", "config/createcontainer-hooks#2", "runtime/lifecycle#17"], since: "1.0.2",
            broken: .config("swaps prestart and createContainer") {
                let first = $0["/hooks/prestart"]
                $0["/hooks/prestart"] = $0["/hooks/createContainer"]
                $0["/hooks/createContainer"] = first
            }
        ) { stage in
            let bundle = try stage.bundle(steps: ["hold"]) {
                $0["/hooks"] = .object(kinds.map { .init($0.name, [hook($0)]) })
            }
            let (container, _) = try stage.running(bundle)
            container.kill()
            stage.perform(.delete, [container.id])
            let wanted = ["prestart", "createRuntime", "createContainer", "poststop"]
            let seen = lines(bundle).compactMap { $0["/hook"]?.string }.filter(wanted.contains)
            try stage.expect(seen == wanted, wanted.joined(separator: ", "), seen.joined(separator: ", "))
        }
        Case(
            "hooks/start-sequence", "calls startContainer hooks before poststart hooks",
            ["config/poststart#1", "config/startcontainer-hooks#1"], since: "1.0.2",
            broken: .config("calls them the other way round") {
                $0["/hooks/createRuntime"] = $0["/hooks/poststart"]
                $0["/hooks/poststart"] = nil
            }
        ) { stage in
            let bundle = try stage.bundle(steps: ["hold"]) {
                $0["/hooks"] = .object([
                    .init(kinds[3].name, [hook(kinds[3], mode: "slow")]), .init(kinds[4].name, [hook(kinds[4])]),
                ])
            }
            let (container, _) = try stage.running(bundle)
            container.kill()
            let seen = lines(bundle).compactMap { $0["/hook"]?.string }
            try stage.expect(
                seen == ["startContainer", "poststart"], "startContainer, poststart", seen.joined(separator: ", "))
        }
        Case(
            "hooks/before-pivot", "calls createRuntime and createContainer hooks before the root is changed",
            ["config/createruntime-hooks#1", "config/createcontainer-hooks#1", "config/prestart#1"], since: "1.0.2",
            broken: .config("calls the hook after that") { config in
                var moved = config["/hooks/createContainer/0"] ?? [:]
                moved["/path"] = "/oci-probe"
                moved["/args/3"] = "/hooks"
                config["/hooks"] = .object([.init("startContainer", [moved])])
            }
        ) { stage in
            let kind = kinds[2]
            let bundle = try stage.bundle(steps: ["hold"]) {
                $0["/hooks"] = .object([.init(kind.name, [hook(kind)])])
            }
            let container = try stage.create(bundle)
            try stage.start(container)
            _ = try stage.report(container)
            let root = try line(bundle, kind)["/root"]?.strings ?? []
            try stage.expect(
                root.contains("usr") || root.contains("etc"), "the host's root directory", root.joined(separator: " "))
        }
        Case(
            "hooks/start-container-before-program", "calls startContainer hooks before the program",
            ["config/startcontainer-hooks#1"], since: "1.0.2",
            broken: without(kinds[3])
        ) { stage in
            let kind = kinds[3]
            let bundle = try stage.bundle(steps: ["read=/hooks"]) {
                $0["/hooks"] = .object([.init(kind.name, [hook(kind)])])
            }
            let report = try stage.run(bundle)
            let seen = report.answer("read=/hooks")["/content"]?.string ?? ""
            try stage.expect(seen.contains("startContainer"), "the hook's file when the program starts", seen)
        }
        Case(
            "hooks/poststart-after-program", "calls poststart hooks when the program was started",
            ["config/poststart#1"], since: "1.0.2",
            broken: .config("calls the hook before that") {
                $0["/hooks/createRuntime"] = $0["/hooks/poststart"]
                $0["/hooks/poststart"] = nil
            }
        ) { stage in
            let kind = kinds[4]
            let bundle = try stage.bundle(steps: ["hold"]) {
                // Whoever doesn't wait for the program is ahead of it because of the hook that delays it.
                $0["/hooks"] = .object([
                    .init(kinds[3].name, [hook(kinds[3], mode: "slow")]), .init(kind.name, [hook(kind)]),
                ])
            }
            let (container, _) = try stage.running(bundle)
            let command = try line(bundle, kind)["/containerProcess/command"]?.strings ?? []
            try stage.expect(
                command.first == "/oci-probe", "the program's command line", command.joined(separator: " "))
            container.kill()
        }
    }
}
