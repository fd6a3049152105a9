internal import Foundation
internal import Support
internal import Testing

extension Trait where Self == ConditionTrait {
    /// Skips where systemd isn't the init.
    static var systemd: Self {
        .enabled(
            if: FileManager.default.fileExists(atPath: "/run/systemd/system"),
            "systemd isn't this machine's init; make test-vm has a machine where it is")
    }

    /// Skips where there is no ordinary user with a systemd of their own.
    static var lingeringUser: Self {
        .enabled(
            if: FileManager.default.fileExists(atPath: "/run/user/1000/bus"),
            "no ordinary user has a systemd of their own here; make test-vm has a machine where one has")
    }
}

/// What suites of containers in scopes share.
protocol InScopes {}

extension InScopes {
    /// The runtime with the box' state root, and told to ask systemd.
    func command(_ box: Box, _ words: String...) -> Command {
        Command([box.runtime.path, "--root", box.root, "--systemd-cgroup"] + words)
    }

    func scope(_ box: Box) -> String { "swrun-test-\(box.name).scope" }

    /// A box whose scope is `swrun-test-NAME.scope` in `system.slice`, and nothing of it left afterwards.
    func withScope(_ runtime: OCIRuntime = .swrun, _ body: (Box) throws -> Void) throws {
        try inBox(runtime) { box in
            box.config["linux"]["cgroupsPath"] = .string("system.slice:swrun-test:\(box.name)")
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            defer { _ = try? Command("systemctl", "stop", scope(box)).run() }
            try body(box)
            box.deleteAll()
            #expect(try show(scope(box), "LoadState") == ["LoadState=not-found"])
            #expect(directories(box) == [])
        }
    }

    /// The scope's cgroup where all controllers are in one tree.
    func directory(_ box: Box) -> String { "/sys/fs/cgroup/system.slice/" + scope(box) }

    /// The scope's cgroup in every hierarchy that has one.
    func directories(_ box: Box) -> [String] {
        let base = "/sys/fs/cgroup"
        let hierarchies = (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []
        return ([base] + hierarchies.map { base + "/" + $0 }).map { $0 + "/system.slice/" + scope(box) }
            .filter(FileManager.default.fileExists(atPath:))
    }

    func contents(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Properties of a unit as systemd tells them, sorted.
    func show(_ unit: String, _ properties: String...) throws -> [String] {
        let words = ["systemctl", "show", unit] + properties.map { "--property=" + $0 }
        return try Command(words).run().get().output.split(separator: "\n").map(String.init).sorted()
    }

    func create(_ box: Box) throws {
        try box.write()
        try command(box, "create", "--bundle", box.bundle, box.id()).run().get()
    }
}

/// Containers whose cgroups systemd makes, whatever the version.
@Suite(.containers, .systemd) struct ScopeTests: InScopes {
    @Test func annotationsAreProperties() throws {
        try withScope { box in
            box.config["annotations"] = [
                "org.systemd.property.TimeoutStopUSec": "uint64 7000000", "org.systemd.property.KillSignal": "12",
                "org.systemd.property.Description": "'a container of the tests'",
            ]
            try create(box)
            #expect(
                try show(scope(box), "TimeoutStopUSec", "KillSignal", "Description") == [
                    "Description=a container of the tests", "KillSignal=12", "TimeoutStopUSec=7s",
                ])
        }
    }

    /// CVE-2024-3154: an annotation must not reach beyond its container.
    @Test(arguments: ["SuccessAction": "'poweroff'", "KillSignal": "nonsense", "Kill-Signal": "9"] as [String: String])
    func anAnnotationThatIsNoneIsRefusedBeforeAnythingIsMade(_ name: String, _ value: String) throws {
        try withScope { box in
            box.config["annotations"] = ["org.systemd.property.\(name)": .string(value)]
            try box.write()
            expectRefusal(try command(box, "create", "--bundle", box.bundle, box.id()).run(), name)
            // Without systemd nobody looks at it.
            box.config["linux"]["cgroupsPath"] = .string("/" + box.name)
            try box.write()
            try box.command("create", "--bundle", box.bundle, box.id()).run().get()
        }
    }

    @Test(arguments: ["/a/b", "a:b", "a:b:c:d", "a--b.slice:p:n", "system.slice:p:a/b"])
    func aPathThatNamesNoUnitIsRefused(_ path: String) throws {
        try withScope { box in
            box.config["linux"]["cgroupsPath"] = .string(path)
            try box.write()
            expectRefusal(try command(box, "create", "--bundle", box.bundle, box.id()).run(), path)
        }
    }

    @Test func theUnitOfAnotherIsLeftAlone() throws {
        try withScope { box in
            try Command("systemd-run", "--scope", "--unit", scope(box), "--no-block", "--", "sleep", "1000").start()
                .waitUntilActive(scope(box))
            try box.write()
            expectRefusal(try command(box, "create", "--bundle", box.bundle, box.id()).run(), "not empty")
            #expect(try show(scope(box), "ActiveState") == ["ActiveState=active"])
            try Command("systemctl", "stop", scope(box)).run().get()
        }
    }

    @Test func aContainerThatEndedLeavesNoUnit() throws {
        try withScope { box in
            box.config["process"]["args"] = [
                "/bin/sh", "-c", "head -c 64m /dev/zero | tail -c 64m >/dev/null; exit $?",
            ]
            box.config["linux"]["resources"] = ["memory": ["limit": 16_777_216, "swap": 16_777_216]]
            try box.write()
            #expect(try command(box, "run", "--bundle", box.bundle, box.id()).run().status == 137)
            #expect(try show(scope(box), "LoadState") == ["LoadState=not-found"])
        }
    }

    @Test func afterTheRuntimeWasKilledDeleteFindsTheScope() throws {
        try withScope { box in
            box.config["hooks"] = ["createRuntime": [["path": "/bin/sh", "args": ["sh", "-c", "sleep 1000"]]]]
            try box.write()
            let creating = try command(box, "create", "--bundle", box.bundle, box.id()).start()
            let end = Date().addingTimeInterval(60)
            while try show(scope(box), "ActiveState") != ["ActiveState=active"] && Date() < end { usleep(50_000) }
            creating.signal(SIGKILL)
            _ = try creating.wait()
            try box.command("delete", "--force", box.id()).run().get()
            #expect(try show(scope(box), "LoadState") == ["LoadState=not-found"])
            for process in box.processes() { kill(process.pid, SIGKILL) }  // the hook
        }
    }
}

extension Running {
    /// Waits until a unit is there; polls.
    fileprivate func waitUntilActive(_ unit: String) throws {
        for _ in 0..<200 {
            if try Command("systemctl", "is-active", "--quiet", unit).run().succeeded { return }
            usleep(50_000)
        }
        throw Problem("\(unit) never became active")
    }
}
