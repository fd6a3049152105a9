internal import ContainerRuntime

/// What is said about a command that failed, in every form: to a person, to a pipe, to the log.
struct Report: Error, Equatable, Sendable {
    /// The complete message; other programs search it for words they know.
    var message: String
    /// What may help, for people: never part of the message, whose words decide what a manager does next.
    var hint: String?
    /// Further keys of a JSON record, each with a JSON value.
    var details: [(key: String, json: String)] = []

    static func == (a: Report, b: Report) -> Bool {
        a.message == b.message && a.hint == b.hint
            && a.details.elementsEqual(b.details) { $0 == $1 }
    }
}

extension Report {
    init(_ error: UsageError) {
        message = error.message
        hint = "see swrun \(error.command.map { "\($0.rawValue) " } ?? "")--help"
        details = [("code", jsonString("usage"))]
    }

    init(_ failure: Failure) {
        message = failure.message
        details = failure.fields.map { ($0.key, jsonString($0.value)) }
        if !failure.findings.isEmpty { details.append(("findings", json(of: failure.findings))) }
    }

    /// For standard error, when the record goes to a file: the bare message, which managers show and search.
    var plain: String {
        // Line by line: the findings of the validator stand on lines of their own.
        message.split(separator: "\n", omittingEmptySubsequences: false).map { escaped($0) }.joined(separator: "\n")
            + "\n"
    }

    /// For standard error, when there is no log: for whoever sits there.
    func text(_ style: Style) -> String {
        var text = (style.isColoured ? style.red("error:") + " " : "") + plain
        if let hint { text += "\(style.bold("hint:")) \(escaped(hint))\n" }
        return text
    }
}
