import JSONValue

/// The reports that programs read.
package enum MachineReports {
    /// TAP version 14: one test point for each case; a deviation is a TODO, so that it doesn't fail the run.
    package static func tap(_ report: RunReport) -> String {
        var lines = ["TAP version 14", "1..\(report.results.count)"]
        for (index, result) in report.results.enumerated() {
            let number = "\(index + 1) - " + tapText("\(result.item.id) - \(result.item.title)")
            switch result.verdict {
            case .pass: lines.append("ok \(number)")
            case .fail(let finding): lines += ["not ok \(number)"] + diagnostics(finding)
            case .deviation(let finding, let reason):
                lines += ["not ok \(number) # TODO \(tapText(reason))"] + diagnostics(finding)
            case .skippedByEnvironment(let reason), .skippedAsOptional(let reason):
                lines.append("ok \(number) # SKIP \(tapText(reason))")
            case .harnessError(let text):
                lines += [
                    "not ok \(number)", "  ---", "  message: \(JSON.string(text).text())", "  severity: error", "  ...",
                ]
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Text within a test point: on one line, without a word that could start a directive.
    private static func tapText(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", "#": result += "\\\(scalar)"
            case _ where scalar.properties.generalCategory == .control: result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A YAML block; JSON strings are YAML strings.
    private static func diagnostics(_ finding: Finding) -> [String] {
        [
            "  ---", "  message: \(JSON.string(finding.expected).text())", "  severity: fail",
            "  requirement: \(JSON.string(finding.requirement).text())",
            "  found: \(JSON.string(finding.seen).text())", "  wanted: \(JSON.string(finding.expected).text())",
            "  ...",
        ]
    }

    /// JUnit XML: one suite for each topic.
    package static func junit(_ report: RunReport) -> String {
        var topics: [(String, [CaseResult])] = []
        for result in report.results {
            let topic = String(result.item.id.split(separator: "/")[0])
            if topics.last?.0 == topic {
                topics[topics.count - 1].1.append(result)
            } else {
                topics.append((topic, [result]))
            }
        }
        let name = "OCI Runtime Specification 1.3: \(report.runtimeName)"
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", open("testsuites", name, report.results, report.seconds),
        ]
        for (topic, results) in topics {
            lines.append("  " + open("testsuite", topic, results, results.reduce(0) { $0 + $1.seconds }))
            for result in results { lines += testCase(result) }
            lines.append("  </testsuite>")
        }
        lines.append("</testsuites>")
        return lines.joined(separator: "\n") + "\n"
    }

    /// The tag that opens a suite, with its counts; what isn't decided, or a known disagreement, counts as skipped.
    private static func open(_ tag: String, _ name: String, _ results: [CaseResult], _ seconds: Double) -> String {
        func count(_ words: String...) -> Int { results.count { words.contains($0.verdict.word) } }
        return "<\(tag) name=\"\(escaped(name))\" tests=\"\(results.count)\" failures=\"\(count("fail"))\""
            + " errors=\"\(count("error"))\" skipped=\"\(count("skipped", "optional", "deviation"))\""
            + " time=\"\(thousandths(seconds))\">"
    }

    private static func thousandths(_ seconds: Double) -> String { "\(Double(Int(seconds * 1000)) / 1000)" }

    private static func testCase(_ result: CaseResult) -> [String] {
        let parts = result.item.id.split(separator: "/", maxSplits: 1)
        let head =
            "    <testcase classname=\"\(escaped(String(parts[0])))\" name=\"\(escaped(String(parts.last ?? "")))\" time=\"\(thousandths(result.seconds))\""
        func body(_ tag: String, _ message: String, _ text: String) -> [String] {
            [head + ">", "      <\(tag) message=\"\(escaped(message))\">\(escaped(text))</\(tag)>", "    </testcase>"]
        }
        switch result.verdict {
        case .pass: return [head + "/>"]
        case .fail(let finding):
            let text = (["requirement \(finding.requirement)", "seen: \(finding.seen)"] + finding.commands).joined(
                separator: "\n")
            return body("failure", finding.expected, text)
        case .harnessError(let text): return body("error", text, text)
        case .deviation(_, let reason):
            return [head + ">", "      <skipped message=\"deviation: \(escaped(reason))\"/>", "    </testcase>"]
        case .skippedByEnvironment(let reason), .skippedAsOptional(let reason):
            return [head + ">", "      <skipped message=\"\(escaped(reason))\"/>", "    </testcase>"]
        }
    }

    /// Text for an XML or HTML document; control characters that XML can't hold become question marks.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "?"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Everything, as JSON.
    package static func json(_ report: RunReport) -> JSON {
        var counts: JSON = [:]
        for level in [Requirement.Level.must, .should] {
            counts[name: level.rawValue] = .object(Verdict.words.map { .init($0, .int(report.count($0, level))) })
        }
        return [
            "specification": "1.3.0", "runtime": .string(report.runtimePath), "version": .string(report.version),
            "claims": .string(report.claims), "date": .string(report.date), "host": .string(report.host),
            "jobs": .int(report.jobs), "seconds": .number(TextReport.tenths(report.seconds)),
            "runtimeSeconds": .number(TextReport.tenths(report.runtimeSeconds)), "counts": counts,
            "results": .array(report.results.map(entry)),
        ]
    }

    private static func entry(_ result: CaseResult) -> JSON {
        var entry: JSON = [
            "case": .string(result.item.id), "title": .string(result.item.title),
            "level": .string(result.item.level.rawValue), "decides": .strings(result.item.decides),
            "verdict": .string(result.verdict.word), "milliseconds": .int(Int(result.seconds * 1000)),
        ]
        switch result.verdict {
        case .pass: break
        case .fail(let finding): entry["/finding"] = json(finding)
        case .deviation(let finding, let reason):
            entry["/finding"] = json(finding)
            entry["/reason"] = .string(reason)
        case .skippedByEnvironment(let reason), .skippedAsOptional(let reason), .harnessError(let reason):
            entry["/reason"] = .string(reason)
        }
        return entry
    }

    private static func json(_ finding: Finding) -> JSON {
        var value: JSON = [
            "requirement": .string(finding.requirement), "expected": .string(finding.expected),
            "seen": .string(finding.seen), "commands": .strings(finding.commands), "bundles": .strings(finding.bundles),
        ]
        if let requirement = Requirements[finding.requirement] {
            value["/section"] = .string(requirement.section)
            value["/asks"] = .string(requirement.asks)
        }
        if let config = finding.config { value["/config"] = config }
        return value
    }
}
