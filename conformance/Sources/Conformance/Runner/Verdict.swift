import JSONValue

/// What came of a case.
package enum Verdict: Sendable, Equatable {
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
    package var word: String {
        switch self {
        case .pass: "pass"
        case .fail: "fail"
        case .deviation: "deviation"
        case .skippedByEnvironment: "skipped"
        case .skippedAsOptional: "optional"
        case .harnessError: "error"
        }
    }

    /// Why a case wasn't decided; nil when it was.
    package var reason: String? {
        switch self {
        case .skippedByEnvironment(let reason), .skippedAsOptional(let reason), .harnessError(let reason): reason
        case .pass, .fail, .deviation: nil
        }
    }

    static let words = ["pass", "fail", "deviation", "skipped", "optional", "error"]
}

/// A failure with all that is needed to believe it, or to repeat it by hand.
package struct Finding: Sendable, Equatable {
    package var requirement: String
    package var expected: String
    package var seen: String
    /// The calls of the runtime, as one would type them.
    package var commands: [String]
    /// The bundles' directories, which exist when the run keeps them.
    package var bundles: [String]
    /// The configuration of the first bundle.
    package var config: JSON?
}

/// One case and what came of it.
package struct CaseResult: Sendable {
    package var item: Case
    package var verdict: Verdict
    package var seconds: Double
}

/// All results for one runtime.
package struct RunReport: Sendable {
    package var runtimePath: String
    package var runtimeName: String
    package var version: String
    package var claims: String
    package var date: String
    package var host: String
    package var results: [CaseResult]
    package var seconds: Double
    /// The part of the time that the runtime's own calls took, over all jobs.
    package var runtimeSeconds: Double
    package var jobs: Int

    /// How many results have a verdict, by level.
    package func count(_ word: String, _ level: Requirement.Level? = nil) -> Int {
        results.count { $0.verdict.word == word && (level == nil || $0.item.level == level) }
    }

    /// 0: nothing failed; 1: a MUST case failed; 3: only SHOULD cases failed; 4: the harness had errors.
    package var exitStatus: Int32 {
        if count("error") > 0 { return 4 }
        if count("fail", .must) > 0 { return 1 }
        return count("fail", .should) > 0 ? 3 : 0
    }
}
