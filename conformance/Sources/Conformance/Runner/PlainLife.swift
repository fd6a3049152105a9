import Synchronization

/// Whether a runtime can do its operations at all, tried once in a run with a plain container.
///
/// A runtime that answers everything with an error refuses nothing: an error tells of a refusal only when the same
/// operation succeeds where there is nothing to refuse.
final class PlainLife: Sendable {
    /// What went wrong, by operation; nil before the attempt.
    private let problems = Mutex<[Operation: String]?>(nil)

    /// Whether all operations work with a plain container.
    func works(_ runtime: Runtime, _ workshop: Workshop) -> Bool {
        Operation.allCases.allSatisfy { problem(of: $0, runtime, workshop) == nil }
    }

    /// Why an operation doesn't work even with a plain container, nil when it does.
    ///
    /// The first question makes the attempt, and whoever asks meanwhile waits for it.
    func problem(of operation: Operation, _ runtime: Runtime, _ workshop: Workshop) -> String? {
        problems.withLock { known in
            let answer = known ?? Self.attempt(Stage(runtime: runtime, fault: nil, workshop: workshop))
            known = answer
            return answer[operation]
        }
    }

    /// A container's whole life; the operations after the first that fails count as failed, too.
    private static func attempt(_ stage: Stage) -> [Operation: String] {
        var problems = Dictionary(
            uniqueKeysWithValues: Operation.allCases.filter { $0 != .features }.map { ($0, "it wasn't reached") })
        func succeeds(_ operation: Operation, _ outcome: Outcome) -> Bool {
            problems[operation] = outcome.succeeded ? nil : outcome.summary
            return outcome.succeeded
        }
        defer { stage.cleanUp(keeping: false) }
        guard let bundle = try? stage.bundle(steps: ["hold"]), let container = try? stage.tryCreate(bundle),
            succeeds(.create, container.outcome), succeeds(.start, stage.perform(.start, [bundle.id])),
            succeeds(.state, stage.perform(.state, [bundle.id])), container.line(timeout: stage.timeout) != nil,
            succeeds(.kill, stage.perform(.kill, [bundle.id, "KILL"]))
        else { return problems }
        _ = container.waitForExit(timeout: stage.timeout)
        _ = succeeds(.delete, stage.perform(.delete, [bundle.id]))
        return problems
    }
}
