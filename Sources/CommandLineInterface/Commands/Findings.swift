internal import Validation

/// Findings as a person reads them: place, problem, remedy and source, and at the end their number.
func text(of findings: [Finding], style: Style) -> String {
    var text = ""
    for finding in findings {
        let word = finding.severity == .error ? style.red("error") : style.yellow("warning")
        text += "\(word) at \(style.bold(escaped(finding.pointer.isEmpty ? "/" : finding.pointer)))\n"
        text += "  \(escaped(finding.problem))\n"
        if !finding.remedy.isEmpty { text += "  \(escaped(finding.remedy))\n" }
        text += "  \(style.faint("\(finding.section) [\(finding.rule)]"))\n\n"
    }
    return text + summary(of: findings) + "\n"
}

/// How many there are of each severity: `2 errors, 1 warning`.
func summary(of findings: [Finding]) -> String {
    func count(_ severity: Finding.Severity, _ word: String) -> String? {
        let number = findings.filter { $0.severity == severity }.count
        return number == 0 ? nil : "\(number) \(word)\(number == 1 ? "" : "s")"
    }
    let counts = [count(.error, "error"), count(.warning, "warning")].compactMap { $0 }
    return counts.isEmpty ? "nothing to complain about" : counts.joined(separator: ", ")
}

/// Findings as a JSON array on one line.
func json(of findings: [Finding]) -> String {
    let objects = findings.map { finding in
        jsonObject([
            ("severity", finding.severity.rawValue), ("pointer", finding.pointer), ("rule", finding.rule),
            ("problem", finding.problem), ("remedy", finding.remedy), ("section", finding.section),
        ])
    }
    return "[" + objects.joined(separator: ",") + "]"
}
