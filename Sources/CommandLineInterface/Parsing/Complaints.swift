internal import OCISpec

// What is said about words that can't be understood: what is wrong, and what was probably meant.

func usageError(_ problem: Scanner.Problem, in command: CommandName?) -> UsageError {
    let message =
        switch problem {
        case .unknown(let word): unknownOption(word, in: command)
        // Podman and CRI-O search for the first three words to find out what a runtime can do.
        case .needsValue(let option): "flag needs an argument: --\(option.name) \(option.placeholder ?? "")"
        case .badValue(let option, let value): badValue(option, value)
        case .twice(let option, let first, let second):
            "--\(option.name) is given twice, with \(quoted(first)) and \(quoted(second))"
        }
    return UsageError(message: message, command: command)
}

func unknownCommand(_ word: String) -> UsageError {
    if word.hasSameBytes(as: "init") {
        return UsageError(
            message: "there is no command \"init\": a container's first process is made by create and run")
    }
    let names = CommandName.allCases.map(\.row).filter { !$0.isHidden }.map(\.name)
    let suggestion = nearest(to: word, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
    return UsageError(message: "unknown command \(quoted(word))\(suggestion)")
}

private func unknownOption(_ word: String, in command: CommandName?) -> String {
    let name = String(Substring(word.utf8.drop { $0 == UInt8(ascii: "-") }.prefix { $0 != UInt8(ascii: "=") }))
    let start = "unknown option \(quoted(word))"
    if let command {
        let start = "\(start) of \(command.rawValue)"
        if let global = Option.globals.first(where: { $0.answers(to: name) }) {
            return "\(start): --\(global.name) goes before the command"
        }
        if command == .kill, SignalName.number(of: name) != nil {
            return "\(start): a signal is written without a dash, behind the id"
        }
        return start + suggestion(for: name, among: command.row.options)
    }
    let owners = CommandName.allCases.filter { $0.row.options.contains { $0.answers(to: name) } }
    if !owners.isEmpty {
        return "\(start) before the command: it goes behind \(owners.map(\.rawValue).joined(separator: ", "))"
    }
    return start + suggestion(for: name, among: Option.globals)
}

private func suggestion(for name: String, among options: [Option]) -> String {
    nearest(to: name, among: options.map(\.name)).map { "; did you mean \"--\($0)\"?" } ?? ""
}

private func badValue(_ option: Option, _ value: String) -> String {
    switch option.value {
    case .flag: "invalid boolean value \(quoted(value)) for --\(option.name): true or false is expected"
    case .text, .number:
        "invalid value \(quoted(value)) for --\(option.name): a number from 0 to 2147483647 is expected"
    case .choice(_, let words, let refusal):
        "\(refusal): \(escaped(value)) (expected: \(words.joined(separator: ", ")))"
    }
}

/// The word that is at most two typing mistakes away, or one in a short word.
func nearest(to word: String, among candidates: [String]) -> String? {
    // Bounded: what a hostile caller writes costs no more than what a person mistypes.
    guard 2...32 ~= word.utf8.count else { return nil }
    let limit = word.utf8.count < 5 ? 1 : 2
    let near = candidates.map { (word: $0, distance: typingMistakes(Array(word.utf8), Array($0.utf8))) }
    return near.filter { $0.distance <= limit }.min { $0.distance < $1.distance }?.word
}

/// How many letters must be put in, left out, replaced or swapped with their neighbour to make one word the other.
private func typingMistakes(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var (older, old) = ([Int](), Array(0...b.count))
    for i in a.indices {
        var new = [i + 1]
        for j in b.indices {
            var best = min(old[j + 1] + 1, new[j] + 1, old[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, older[j - 1] + 1) }
            new.append(best)
        }
        (older, old) = (old, new)
    }
    return old[b.count]
}
