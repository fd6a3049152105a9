import Conformance
import Foundation

/// Progress on standard error: one moving line on a terminal, failures alone elsewhere.
enum Terminal {
    private static let isTerminal = isatty(2) == 1

    static func progress(_ result: CaseResult, _ count: Int, of total: Int) {
        if isTerminal {
            if result.verdict.word == "fail" || result.verdict.word == "error" {
                write("\r\u{1B}[K\(TextReport.line(result))\n")
            }
            write("\r\u{1B}[K[\(count)/\(total)] \(result.item.id)")
        } else if result.verdict.word == "fail" || result.verdict.word == "error" {
            write(TextReport.line(result) + "\n")
        }
    }

    static func note(count: Int, of total: Int, _ text: String) {
        if isTerminal { write("\r\u{1B}[K[\(count)/\(total)] \(text)") }
    }

    static func note(_ text: String) { write("oci-conformance: \(text)\n") }

    static func finish() {
        if isTerminal { write("\r\u{1B}[K") }
    }

    private static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
