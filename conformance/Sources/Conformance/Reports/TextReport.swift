/// The report for people at a terminal.
package enum TextReport {
    /// One line for a result.
    package static func line(_ result: CaseResult) -> String {
        let time = "\(Int(result.seconds * 1000)) ms"
        return "\(result.verdict.word.padded(9)) \(result.item.level.rawValue.padded(6)) \(result.item.id)  (\(time))"
    }

    /// The counts as a row of a Markdown table: runtime, then pass, fail, deviation, skipped and optional by level.
    package static func row(_ report: RunReport) -> String {
        let name = report.version.replacing(" version", with: "")
        let counts = [Requirement.Level.must, .should].flatMap { level in
            Verdict.words.dropLast().map { "\(report.count($0, level))" }
        }
        return "| " + ([name] + counts + ["\(tenths(report.seconds)) s"]).joined(separator: " | ") + " |"
    }

    /// Failures at length, skipped cases by reason, and the counts.
    package static func summary(_ report: RunReport) -> String {
        var lines: [String] = []
        for result in report.results {
            switch result.verdict {
            case .fail(let finding): lines += details(result, finding, reason: nil)
            case .deviation(let finding, let reason): lines += details(result, finding, reason: reason)
            case .harnessError(let text): lines += ["", "ERROR OF THE HARNESS \(result.item.id)", "  \(text)"]
            case .pass, .skippedByEnvironment, .skippedAsOptional: break
            }
        }
        var reasons: [String: Int] = [:]
        for result in report.results {
            switch result.verdict {
            case .skippedByEnvironment(let reason), .skippedAsOptional(let reason): reasons[reason, default: 0] += 1
            default: break
            }
        }
        if !reasons.isEmpty { lines += ["", "Skipped:"] }
        lines += reasons.sorted { $0.value > $1.value || ($0.value == $1.value && $0.key < $1.key) }.map {
            "  \($0.value) × \($0.key)"
        }
        lines += ["", "\(report.runtimePath): \(report.version); \(report.host); \(report.date)"]
        for level in [Requirement.Level.must, .should] {
            let counts = Verdict.words.map { "\(report.count($0, level)) \($0)" }.joined(separator: ", ")
            lines.append("\(level.rawValue): \(counts)")
        }
        let share = report.runtimeSeconds / max(0.001, report.seconds * Double(report.jobs)) * 100
        lines.append(
            "\(report.results.count) cases in \(tenths(report.seconds)) s with \(report.jobs) jobs; the runtime's calls took \(Int(share)) % of that"
        )
        return lines.joined(separator: "\n")
    }

    private static func details(_ result: CaseResult, _ finding: Finding, reason: String?) -> [String] {
        let requirement = Requirements[finding.requirement]
        var lines = [
            "",
            "\(reason == nil ? "FAIL" : "DEVIATION") \(result.item.level.rawValue) \(result.item.id): \(result.item.title)",
        ]
        lines.append(
            "  requirement  \(finding.requirement) (\(requirement?.section ?? "")): \(requirement?.asks ?? "")")
        lines.append("  expected     \(finding.expected)")
        lines.append("  seen         \(finding.seen)")
        if let reason { lines.append("  because      \(reason)") }
        lines.append("  by hand      (--filter \(result.item.id) --keep keeps the bundle)")
        lines += finding.commands.map { "  $ \($0)" }
        return lines
    }

    static func tenths(_ value: Double) -> String {
        let scaled = Int((value * 10).rounded())
        return "\(scaled / 10).\(scaled % 10)"
    }
}

extension String {
    func padded(_ width: Int) -> String { count >= width ? self : self + String(repeating: " ", count: width - count) }
}
