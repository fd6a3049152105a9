import JSONValue

/// What came of a case.
public enum Verdict: Sendable, Equatable {
    case pass
    case fail(Finding)
    /// The runtime differs from the text, and so does everybody; the reason is the case's.
    case deviation(Finding, reason: String)
    /// The machine lacks something: what the check of it found.
    case skippedByEnvironment(String)
    /// The runtime doesn't claim what is optional or newer than itself.
    case skippedAsOptional(String)
    /// The harness itself failed.
    case harnessError(String)

    /// The short word for tables and files.
    public var word: String {
        switch self {
        case .pass: "pass"
        case .fail: "fail"
        case .deviation: "deviation"
        case .skippedByEnvironment: "skipped"
        case .skippedAsOptional: "optional"
        case .harnessError: "error"
        }
    }

    static let words = ["pass", "fail", "deviation", "skipped", "optional", "error"]
}

/// A failure with all that is needed to believe it, or to repeat it by hand.
public struct Finding: Sendable, Equatable {
    public var requirement: String
    public var expected: String
    public var seen: String
    /// The calls of the runtime, as one would type them.
    public var commands: [String]
    /// The bundles' directories, which exist when the run keeps them.
    public var bundles: [String]
    /// The configuration of the first bundle.
    public var config: JSON?
}

/// One case and what came of it.
public struct Result: Sendable {
    public var item: Case
    public var verdict: Verdict
    public var seconds: Double
}

/// All results for one runtime.
public struct RunReport: Sendable {
    public var runtimePath: String
    public var runtimeName: String
    public var version: String
    public var claims: String
    public var date: String
    public var host: String
    public var results: [Result]
    public var seconds: Double
    /// The part of the time that the runtime's own calls took, over all jobs.
    public var runtimeSeconds: Double
    public var jobs: Int

    /// How many results have a verdict, by level.
    public func count(_ word: String, _ level: Requirement.Level? = nil) -> Int {
        results.count { $0.verdict.word == word && (level == nil || $0.item.level == level) }
    }

    /// 0: nothing failed; 1: a MUST case failed; 3: only SHOULD cases failed; 4: the harness had errors.
    public var exitStatus: Int32 {
        if count("error") > 0 { return 4 }
        if count("fail", .must) > 0 { return 1 }
        return count("fail", .should) > 0 ? 3 : 0
    }
}
