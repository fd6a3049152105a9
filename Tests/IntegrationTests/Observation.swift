internal import Foundation
internal import Support
internal import Testing

/// A change of the configuration, and what a process in the container sees of it.
struct Observation: Sendable, CustomTestStringConvertible {
    /// What shall be true.
    let name: String
    /// Changes the box' configuration or its root filesystem.
    var change: @Sendable (Box) throws -> Void = { _ in }
    /// A shell script that runs in the container.
    let script: String
    /// What it prints; nil: what crun and runc print, too.
    var expected: String?
    /// The names of the peers which cannot do it, or do it differently, and why.
    var differs: [String: String] = [:]

    var testDescription: String { name }

    /// What the script prints in a container of that runtime, without white space at the ends of lines.
    func seen(by runtime: OCIRuntime) throws -> String {
        try inBox(runtime) { box in
            try change(box)
            let outcome = try box.sh(script)
            guard outcome.succeeded else { throw Problem("\(runtime): \(outcome)") }
            return Observation.tidy(outcome.output)
        }
    }

    static func tidy(_ text: String) -> String {
        text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n")
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// The table, one row a container: with swrun, and with crun and runc where they can.
@Suite(.containers) struct ObservationTests {
    @Test(arguments: Observation.everywhereTheSame)
    func aContainerSeesWhatIsConfigured(_ observation: Observation) throws { try compare(observation) }

    /// Apart, so that a machine of another kind can be asked for these only.
    @Test(arguments: Observation.ofTheHost)
    func aContainerSeesWhatTheHostMakesOfItsConfiguration(_ observation: Observation) throws {
        try compare(observation)
    }

    private func compare(_ observation: Observation) throws {
        let ours = try observation.seen(by: .swrun)
        if let expected = observation.expected { #expect(ours == Observation.tidy(expected)) }
        for peer in OCIRuntime.peers where observation.differs[peer.name] == nil {
            let theirs = try observation.seen(by: peer)
            #expect(ours == theirs, "\(peer) differs")
        }
    }
}

extension Observation {
    /// What depends on the container only.
    static let everywhereTheSame = process + identity + mounts + idMaps + namespaces + seccomp + attributes
    /// What depends on the version of the host's cgroups, and on what its mounts share.
    static let ofTheHost = devices + resources + limits + propagation
}
