internal import Foundation
internal import Support
internal import Testing

extension Trait where Self == ConditionTrait {
    /// Skips where AppArmor is off, or has no profile to test with.
    static var appArmor: Self {
        let parameter = try? String(contentsOfFile: "/sys/module/apparmor/parameters/enabled", encoding: .utf8)
        if parameter?.hasPrefix("Y") != true {
            return .enabled(if: false, "AppArmor is off here; make test-vm has a machine where it is on")
        }
        let profiles = try? String(contentsOfFile: "/sys/kernel/security/apparmor/profiles", encoding: .utf8)
        return .enabled(
            if: profiles?.contains("swrun-test (enforce)") == true,
            "the AppArmor profile swrun-test isn't loaded; make test-vm has a machine where it is")
    }
}

/// Containers under a profile that allows everything but what is below `/denied`.
@Suite(.containers, .appArmor) struct AppArmorTests {
    /// What a process finds out about its profile: its name, and that it holds.
    private static let questions = """
        cat /proc/self/attr/current
        (echo x >/denied/file) 2>/dev/null && echo written || echo refused
        cat /denied/there 2>/dev/null || echo unreadable
        echo x >/allowed && echo written
        """
    private static let guarded = "swrun-test (enforce)\nrefused\nunreadable\nwritten\n"
    private static let free = "unconfined\nwritten\nthere\nwritten\n"

    private func run(_ box: Box, _ script: String) throws -> String { try box.sh(script).get().output }

    private func exec(_ box: Box, _ options: [String], _ script: String) throws -> String {
        try box.exec(options, "/bin/sh", "-c", script).get().output
    }

    private func fill(_ box: Box) throws {
        try box.file("/denied/there", "there\n")
        box.config["root"]["readonly"] = false
    }

    private func profile(_ name: String) -> (Box) throws -> Void {
        { box in
            try fill(box)
            box.config["process"]["apparmorProfile"] = .string(name)
        }
    }

    @Test func theProgramRunsUnderItsProfile() throws {
        for runtime in [OCIRuntime.swrun] + OCIRuntime.peers.filter({ $0.name == "runc" }) {
            try inBox(runtime) { box in
                try profile("swrun-test")(box)
                #expect(try run(box, Self.questions) == Self.guarded, "\(runtime)")
            }
        }
    }

    @Test func withoutAProfileNothingIsRefused() throws {
        try inBox { box in
            try fill(box)
            #expect(try run(box, Self.questions) == Self.free)
        }
    }

    @Test func anOrdinaryUserInAUserNamespaceRunsUnderIt() throws {
        try inBox { box in
            try profile("swrun-test")(box)
            box.config["linux"]["namespaces"].elements.append(["type": "user"])
            let mapping: JSON = [["containerID": 0, "hostID": 100_000, "size": 65536]]
            box.config["linux"]["uidMappings"] = mapping
            box.config["linux"]["gidMappings"] = mapping
            try Command("chown", "-R", "-h", "100000:100000", box.rootfs).run().get()
            #expect(try run(box, Self.questions) == Self.guarded)
            box.config["process"]["user"] = ["uid": 1000, "gid": 1000]
            #expect(try run(box, "cat /proc/self/attr/current") == "swrun-test (enforce)\n")
        }
    }

    /// A process that joins has the container's profile unless it asks for another one.
    @Test func anExecRunsUnderTheContainersProfileOrUnderItsOwn() throws {
        try withSleeper(change: profile("swrun-test")) { box in
            let inherited = try exec(box, [], Self.questions)
            #expect(inherited == Self.guarded)
            let own = try exec(box, ["--apparmor", "unconfined"], Self.questions)
            #expect(own == Self.free)
        }
        try withSleeper(change: fill) { box in
            let inherited = try exec(box, [], Self.questions)
            #expect(inherited == Self.free)
            let own = try exec(box, ["--apparmor", "swrun-test"], Self.questions)
            #expect(own == Self.guarded)
            let document: JSON = [
                "args": ["/bin/sh", "-c", .string(Self.questions)], "cwd": "/", "env": ["PATH=/bin"],
                "user": ["uid": 0, "gid": 0], "apparmorProfile": "swrun-test",
            ]
            let seen = try box.exec(document: document).get().output
            #expect(seen == Self.guarded)
        }
    }

    @Test func aProfileThatIsNotLoadedIsOneClearErrorAndLeavesNothing() throws {
        try inBox { box in
            try profile("swrun-test-nonesuch")(box)
            let outcome = try box.sh("true")
            expectRefusal(
                outcome, "swrun-test-nonesuch", "/process/apparmorProfile", "ENOENT", "isn't loaded", "aa-status")
            expectNothingLeft(of: box)
        }
    }

    @Test func anExecUnderAProfileThatIsNotLoadedFailsAndTheContainerGoesOn() throws {
        try withSleeper(change: profile("swrun-test")) { box in
            let outcome = try box.exec(["--apparmor", "swrun-test-nonesuch"], "/bin/true")
            expectRefusal(outcome, "swrun-test-nonesuch", "ENOENT", "isn't loaded", status: 255)
            #expect(box.status() == "running")
            #expect(box.processes().count == 1, "\(box.processes())")
        }
    }

    /// Files of the image in the places of procfs's are neither written nor believed (CVE-2019-16884).
    @Test func anImageThatPlaysProcfsIsRunUnderTheProfileAllTheSame() throws {
        let fakes = ["self", "thread-self"].flatMap { ["/proc/\($0)/attr/exec", "/proc/\($0)/attr/apparmor/exec"] }
        let script = "(echo x >/denied/file) 2>/dev/null && echo written || echo refused"
        func disguise(_ box: Box) throws {
            try profile("swrun-test")(box)
            box.config["mounts"].elements.removeAll { $0["destination"].text == "/proc" }
            box.config["linux"]["maskedPaths"] = []
            box.config["linux"]["readonlyPaths"] = []
            for fake in fakes { try box.file(fake, "") }
        }
        func expectUntouched(_ box: Box) throws {
            for fake in fakes {
                #expect(try String(contentsOfFile: box.rootfs + fake, encoding: .utf8) == "", "\(fake)")
            }
        }
        try inBox { box in
            try disguise(box)
            #expect(try run(box, script) == "refused\n")
            try expectUntouched(box)
        }
        try withSleeper(change: disguise) { box in
            #expect(try exec(box, [], script) == "refused\n")
            try expectUntouched(box)
        }
    }
}
