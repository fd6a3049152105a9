internal import Foundation
internal import Support
internal import Testing

extension Trait where Self == ConditionTrait {
    /// Skips where SELinux is off, or has no policy with labels for containers.
    static var selinux: Self {
        .enabled(
            if: FileManager.default.fileExists(atPath: "/sys/fs/selinux/class/process"),
            "SELinux is off here; make test-vm has a machine where it is on")
    }
}

/// Labels of containers' processes, keys and mounts.
@Suite(.containers, .selinux) struct SELinuxTests {
    private static let label = "system_u:system_r:container_t:s0:c1,c2"
    private static let mountLabel = "system_u:object_r:container_file_t:s0:c1,c2"
    private static let question = "tr -d '\\0' </proc/self/attr/current"

    private func run(_ box: Box, _ script: String) throws -> String { try box.sh(script).get().output }

    private func exec(_ box: Box, _ options: [String], _ script: String) throws -> String {
        try box.exec(options, "/bin/sh", "-c", script).get().output
    }

    private func labelled(_ label: String) -> (Box) throws -> Void {
        { box in box.config["process"]["selinuxLabel"] = .string(label) }
    }

    @Test(arguments: [OCIRuntime.swrun] + OCIRuntime.peers)
    func theProgramHasItsLabel(runtime: OCIRuntime) throws {
        try inBox(runtime) { box in
            try labelled(Self.label)(box)
            #expect(try run(box, Self.question) == Self.label)
        }
    }

    /// A process that joins has the container's label unless it asks for another one.
    @Test func anExecHasTheContainersLabelOrItsOwn() throws {
        try withSleeper(change: labelled(Self.label)) { box in
            #expect(try exec(box, [], Self.question) == Self.label)
            let other = "system_u:system_r:container_t:s0:c3,c4"
            let seen = try exec(box, ["--process-label", other], Self.question)
            #expect(seen == other)
        }
    }

    @Test func aLabelThatThePolicyDoesNotKnowIsOneClearErrorAndLeavesNothing() throws {
        try inBox { box in
            try labelled("system_u:system_r:swrun_nonesuch_t:s0")(box)
            let outcome = try box.sh("true")
            expectRefusal(
                outcome, "swrun_nonesuch_t", "/process/selinuxLabel", "EINVAL", "policy doesn't know the label")
            expectNothingLeft(of: box)
        }
    }

    /// The label of the container's session keyring, as the kernel tells it to the host's root.
    private func keyringLabel(_ box: Box) throws -> String {
        let keys = try String(contentsOfFile: "/proc/keys", encoding: .utf8).split(separator: "\n")
        let line = try #require(keys.first { $0.contains("_ses.\(box.id())") }, "\(keys)")
        let id = String(line.prefix { $0 != " " })
        // keyctl(2), KEYCTL_GET_SECURITY; keyutils isn't everywhere, perl is.
        let program = "$b = \"\\0\" x 256; $n = syscall(250, 17, hex($ARGV[0]), $b, 256); print substr($b, 0, $n - 1)"
        return try Command("perl", "-e", program, id).run().get().output
    }

    @Test func theSessionKeyringHasTheLabelOfTheProgram() throws {
        for runtime in [OCIRuntime.swrun] + OCIRuntime.peers.filter({ $0.name == "runc" }) {
            try withSleeper(runtime, change: labelled(Self.label)) { box in
                #expect(try keyringLabel(box) == Self.label, "\(runtime)")
                try box.command("delete", "--force", box.id()).run().get()
            }
        }
    }

    /// Where a mount has the label, in the order of the paths.
    private func labelledMounts(_ runtime: OCIRuntime) throws -> [String] {
        try inBox(runtime) { box in
            box.config["linux"]["mountLabel"] = .string(Self.mountLabel)
            let script = "grep -F 'context=\"\(Self.mountLabel)\"' /proc/self/mounts | cut -d ' ' -f 2 | sort"
            return try run(box, script).split(separator: "\n").map(String.init)
        }
    }

    @Test func freshFilesystemsAndWhatHidesDirectoriesHaveTheMountLabel() throws {
        let ours = try labelledMounts(.swrun)
        for place in ["/dev", "/dev/pts", "/dev/shm", "/sys/firmware"] { #expect(ours.contains(place), "\(ours)") }
        // runc hides files with the container's own null device, which has the label, too.
        for crun in OCIRuntime.peers where crun.name == "crun" { #expect(try labelledMounts(crun) == ours) }
    }

    @Test func theTopOfTheMessageQueueHasTheMountLabel() throws {
        try withSleeper { box in
            box.config["linux"]["mountLabel"] = .string(Self.mountLabel)
        } _: { box in
            let pid = try #require(try box.state()["pid"].integer)
            let label = try Command(
                "getfattr", "--only-values", "--name", "security.selinux", "/proc/\(pid)/root/dev/mqueue"
            ).run().get().output
            #expect(label.replacingOccurrences(of: "\0", with: "") == Self.mountLabel)
        }
    }
}
