import JSONValue

/// One page without any other file: counts, failures at length, all cases, all sentences.
package enum HTMLReport {
    package static func page(_ report: RunReport) -> String {
        let name = escaped(report.runtimeName)
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(name) and the OCI Runtime Specification 1.3</title>
            <style>\(style)</style>
            </head>
            <body>
            <header>
            <h1>\(name) and the OCI Runtime Specification 1.3</h1>
            <p>\(escaped(report.version)) · \(escaped(report.host)) · \(escaped(report.date)) · \(report.results.count) cases in \(TextReport.tenths(report.seconds)) s</p>
            </header>
            <main>
            \(counts(report))
            \(findings(report, "fail", "Failures", "Sentences that the runtime doesn't keep."))
            \(findings(report, "deviation", "Deviations", "Known disagreements between the text and practice; they count as no failure."))
            \(errors(report))
            \(allCases(report))
            \(sentences(report))
            </main>
            </body>
            </html>

            """
    }

    private static func escaped(_ text: String) -> String { MachineReports.escaped(text) }

    private static let style = """

        :root { color-scheme: light dark; --line: #8886; --pass: #1a7f37; --fail: #c62828; --other: #9a6700; }
        @media (prefers-color-scheme: dark) { :root { --pass: #4ac26b; --fail: #ff7b72; --other: #d4a72c; } }
        body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem; }
        h1 { font-size: 1.6rem; line-height: 1.2; margin: .5rem 0; }
        h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
        .counts td, .counts th { text-align: right; white-space: nowrap; }
        .counts td:first-child, .counts th:first-child { text-align: left; }
        .pass { color: var(--pass); } .fail, .error { color: var(--fail); font-weight: 600; }
        .deviation, .skipped, .optional { color: var(--other); }
        article { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem; margin: .8rem 0; }
        article h3 { font-size: 1rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }
        dl { display: grid; grid-template-columns: 7rem 1fr; gap: .1rem .8rem; margin: 0; }
        dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
        pre { overflow-x: auto; background: #8882; padding: .5rem; border-radius: .3rem; font-size: .85rem; margin: .4rem 0; }
        summary { cursor: pointer; padding: .2rem 0; }
        @media (max-width: 40rem) {
          dl { grid-template-columns: 1fr; } dd { margin-bottom: .3rem; }
          .wide thead { display: none; } .wide tr { display: block; padding: .3rem 0; border-bottom: 1px solid var(--line); }
          .wide td { display: block; border: 0; padding: 0; }
          .counts th, .counts td { font-size: .68rem; padding-right: .15rem; }
        }

        """

    private static func counts(_ report: RunReport) -> String {
        var rows = ""
        for level in [Requirement.Level.must, .should] {
            rows += "<tr><th scope=\"row\">\(level.rawValue)</th>"
            for word in Verdict.words {
                let count = report.count(word, level)
                rows += "<td class=\"\(count == 0 ? "none" : word)\">\(count)</td>"
            }
            rows += "</tr>\n"
        }
        let heads = Verdict.words.map { "<th scope=\"col\">\($0)</th>" }.joined()
        return
            "<table class=\"counts\"><thead><tr><th scope=\"col\">level</th>\(heads)</tr></thead><tbody>\n\(rows)</tbody></table>"
    }

    private static func findings(_ report: RunReport, _ word: String, _ title: String, _ text: String) -> String {
        let list = report.results.filter { $0.verdict.word == word }
        if list.isEmpty { return word == "fail" ? "<h2>\(title)</h2><p>None.</p>" : "" }
        return "<section><h2>\(title) (\(list.count))</h2><p>\(text)</p>\n" + list.map(article).joined() + "</section>"
    }

    private static func article(_ result: CaseResult) -> String {
        let finding: Finding
        var because = ""
        switch result.verdict {
        case .fail(let value): finding = value
        case .deviation(let value, let reason):
            finding = value
            because = "<dt>because</dt><dd>\(escaped(reason))</dd>"
        default: return ""
        }
        let requirement = Requirements[finding.requirement]
        let config =
            finding.config.map {
                "<details><summary>config.json</summary><pre>\(escaped($0.text(pretty: true)))</pre></details>"
            } ?? ""
        return """
            <article id="\(escaped(result.item.id))">
            <h3><span class="\(result.verdict.word)">\(result.item.level.rawValue)</span> \(escaped(result.item.id)): \(escaped(result.item.title))</h3>
            <dl>
            <dt>requirement</dt><dd>\(escaped(finding.requirement)) (\(escaped(requirement?.section ?? ""))): \(escaped(requirement?.asks ?? ""))</dd>
            <dt>expected</dt><dd>\(escaped(finding.expected))</dd>
            <dt>seen</dt><dd>\(escaped(finding.seen))</dd>
            \(because)
            </dl>
            <details><summary>by hand</summary><pre>\(escaped(finding.commands.joined(separator: "\n")))</pre></details>
            \(config)
            </article>

            """
    }

    private static func errors(_ report: RunReport) -> String {
        let list = report.results.compactMap { result -> String? in
            guard case .harnessError(let text) = result.verdict else { return nil }
            return "<tr><td>\(escaped(result.item.id))</td><td>\(escaped(text))</td></tr>"
        }
        return list.isEmpty ? "" : "<section><h2>Errors of the harness</h2><table>\(list.joined())</table></section>"
    }

    private static func allCases(_ report: RunReport) -> String {
        let rows = report.results.map { result -> String in
            var reason = ""
            switch result.verdict {
            case .skippedByEnvironment(let text), .skippedAsOptional(let text): reason = " — " + escaped(text)
            default: break
            }
            return
                "<tr><td class=\"\(result.verdict.word)\">\(result.verdict.word)</td><td>\(result.item.level.rawValue)</td>"
                + "<td>\(escaped(result.item.id))</td><td>\(escaped(result.item.title))\(reason)</td></tr>"
        }
        return """
            <section><h2>All cases (\(report.results.count))</h2>
            <details><summary>Show</summary>
            <table class="wide"><thead><tr><th scope="col">verdict</th><th scope="col">level</th><th scope="col">case</th><th scope="col">a runtime that passes</th></tr></thead><tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table></details></section>
            """
    }

    private static func sentences(_ report: RunReport) -> String {
        let verdicts = Dictionary(
            report.results.map { ($0.item.id, $0.verdict.word) }, uniquingKeysWith: { first, _ in first })
        let coverage = Coverage()
        let rows = Requirements.all.map { item -> String in
            let cases = coverage.covered[item.id] ?? []
            let words = Set(cases.compactMap { verdicts[$0] })
            let word = ["fail", "error", "deviation", "pass", "skipped", "optional"].first { words.contains($0) } ?? ""
            let how =
                cases.isEmpty
                ? "no case: " + escaped(Undecidable.reasons[item.id] ?? "") : escaped(cases.joined(separator: ", "))
            return "<tr><td class=\"\(word)\">\(word.isEmpty ? "—" : word)</td><td>\(item.level.rawValue)</td>"
                + "<td>\(escaped(item.id))</td><td>\(escaped(item.asks))<br><small>\(how)</small></td></tr>"
        }
        return """
            <section><h2>All sentences (\(Requirements.all.count))</h2>
            <details><summary>Show</summary>
            <table class="wide"><thead><tr><th scope="col">verdict</th><th scope="col">level</th><th scope="col">sentence</th><th scope="col">what it asks, and the cases</th></tr></thead><tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table></details></section>
            """
    }
}
