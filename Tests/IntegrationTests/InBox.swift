internal import Foundation
internal import Support
internal import Testing

extension Trait where Self == ConditionTrait {
    /// Skips, with the reason, where no container can be started.
    static var containers: Self {
        let obstacle = OCIRuntime.obstacle
        return .enabled(if: obstacle == nil, "\(obstacle ?? "")")
    }

    /// Skips where the program lies out of an ordinary user's reach, below a directory of root's, say.
    static var ordinaryUser: Self {
        var probe = Command(OCIRuntime.swrun.path, "--version")
        probe.ids = (65534, 65534, [])
        let isReachable = (try? probe.run().succeeded) ?? false
        return .enabled(if: isReachable, "an ordinary user can't execute \(OCIRuntime.swrun.path)")
    }

    /// Skips where the cgroup controllers are not on version 2.
    static var cgroupV2: Self {
        .enabled(
            if: Cgroups.areV2, "the host's controllers are not on cgroup v2; make test-vm has a host where they are")
    }

    /// Skips where the cgroup controllers are not on version 1.
    static var cgroupV1: Self { .enabled(if: Cgroups.areV1, "the host's controllers are on cgroup v2") }
}

/// Calls with a fresh box, and demands that after its containers were deleted nothing of it is left.
func inBox<Result>(
    _ runtime: OCIRuntime = .swrun, at place: SourceLocation = #_sourceLocation, _ body: (Box) throws -> Result
) throws -> Result {
    let box = try Box(runtime)
    defer { box.remove() }
    let result = try body(box)
    box.deleteAll()
    if runtime.name == "swrun" { expectNothingLeft(of: box, at: place) }
    return result
}

/// Calls with a fresh box whose container runs in the background: it sleeps, unless `change` configures something else.
func withSleeper(
    _ runtime: OCIRuntime = .swrun, at place: SourceLocation = #_sourceLocation,
    change: (Box) throws -> Void = { _ in },
    _ body: (Box) throws -> Void
) throws {
    try inBox(runtime, at: place) { box in
        try change(box)
        try box.startSleeper()
        try body(box)
    }
}

extension Box {
    /// Starts the container in the background, its pid in `init.pid`: it sleeps, unless something else is configured.
    func startSleeper() throws {
        if config["process"]["args"] == ["/bin/true"] { config["process"]["args"] = ["/bin/sleep", "1000"] }
        try write()
        let words = ["run", "--detach", "--pid-file", directory + "/init.pid", "--bundle", bundle, id()]
        try command(words).run().get()
    }

    /// `exec` of a command line in the box' container.
    func exec(_ options: [String] = [], _ words: String...) throws -> Outcome {
        try command(["exec"] + options + [id()] + words).run()
    }

    /// `exec` of a process document.
    func exec(document: JSON, _ options: [String] = []) throws -> Outcome {
        let path = directory + "/process.json"
        try Data(document.document.utf8).write(to: URL(fileURLWithPath: path))
        return try command(["exec", "--process", path] + options + [id()]).run()
    }
}

/// Demands that no process, mount, cgroup or state directory of the box is there.
func expectNothingLeft(of box: Box, at place: SourceLocation = #_sourceLocation) {
    let leftovers = box.leftovers()
    #expect(leftovers.isEmpty, "left behind: \(leftovers.joined(separator: ", "))", sourceLocation: place)
}

/// Demands that a command failed with status 1, one short message that has all the words, and nothing on standard output.
func expectRefusal(
    _ outcome: Outcome, _ words: String..., status: Int32 = 1, at place: SourceLocation = #_sourceLocation
) {
    #expect(outcome.status == status, "\(outcome)", sourceLocation: place)
    #expect(outcome.output.isEmpty, "on standard output: \(outcome.output)", sourceLocation: place)
    let message = outcome.errors.lowercased()
    for word in words {
        #expect(message.contains(word.lowercased()), "«\(word)» is not in: \(outcome.errors)", sourceLocation: place)
    }
    #expect(!outcome.errors.isEmpty, "no message", sourceLocation: place)
    #expect(!message.contains("fatal error"), "\(outcome.errors)", sourceLocation: place)
}
