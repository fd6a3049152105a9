/// Goes through the words and tells options from other words, by the rows of one place: before or behind the command.
struct Scanner {
    let rows: [Option]
    /// What is left to look at.
    var rest: ArraySlice<String>
    var arguments = Arguments()
    /// The first thing that was wrong.
    ///
    /// Scanning goes on, so that it is known where the complaint is to be logged.
    var problem: Problem?

    /// What can be wrong with one word.
    enum Problem: Equatable {
        case unknown(String)
        case needsValue(Option)
        case badValue(Option, String)
        case twice(Option, String, String)
    }

    init(rows: [Option], words: ArraySlice<String>) {
        self.rows = rows
        rest = words
    }

    /// Goes on to the end, or, if asked to, up to the first word that is no option.
    mutating func scan(stopAtWord: Bool) {
        while let word = rest.first {
            if word.hasSameBytes(as: "--") {
                rest.removeFirst()
                if !stopAtWord {
                    arguments.words += rest
                    rest = []
                }
                return
            }
            // A single dash is a word: by custom, standard input.
            if word.utf8.first != UInt8(ascii: "-") || word.utf8.count == 1 {
                if stopAtWord { return }
                arguments.words.append(word)
                rest.removeFirst()
            } else {
                rest.removeFirst()
                take(word)
            }
        }
    }

    /// Takes an option: `--name`, `-name`, either with `=value`, or letters such as `-df` and `-bDIR`.
    private mutating func take(_ word: String) {
        let isLong = word.utf8.starts(with: "--".utf8)
        let body = word.utf8.dropFirst(isLong ? 2 : 1)
        let name = body.prefix { $0 != UInt8(ascii: "=") }
        let value = name.endIndex < body.endIndex ? body[body.index(after: name.endIndex)...] : nil
        if let option = row(Substring(name)) {
            set(option, value.map { String(Substring($0)) })
        } else if isLong || !takeLetters(Substring(body)) {
            note(.unknown(word))
        }
    }

    /// Takes letters behind one dash; changes nothing if one of them is unknown.
    private mutating func takeLetters(_ letters: Substring) -> Bool {
        var flags: [Option] = []
        var rest = letters.utf8
        while let byte = rest.popFirst() {
            guard let option = row(Substring(String(UnicodeScalar(byte)))) else { return false }
            // Here "=" is only reached behind a letter, as in -d=false.
            let isAssigned = rest.first == UInt8(ascii: "=")
            if option.value == .flag && !isAssigned {
                flags.append(option)
                continue
            }
            for flag in flags { set(flag, nil) }
            let value = String(Substring(isAssigned ? rest.dropFirst() : rest))
            set(option, isAssigned || !value.isEmpty ? value : nil)
            return true
        }
        for flag in flags { set(flag, nil) }
        return true
    }

    private func row(_ name: Substring) -> Option? { rows.first { $0.answers(to: name) } }

    /// Notes an option's value, which comes from the next word if none is attached.
    private mutating func set(_ option: Option, _ attached: String?) {
        if case .flag = option.value {
            let value = attached ?? ""
            if attached != nil && Truth.value(of: value) == nil { return note(.badValue(option, value)) }
            return arguments.add(option, value)
        }
        guard let value = attached ?? rest.popFirst() else { return note(.needsValue(option)) }
        switch option.value {
        case .number where !value.isEmpty && decimal(value) == nil: return note(.badValue(option, value))
        case .choice(_, let words, _) where !value.isEmpty && !words.contains(where: value.hasSameBytes):
            // Where "true" is a choice, its other spellings are as well.
            guard words.contains("true"), Truth.value(of: value) != nil else { return note(.badValue(option, value)) }
        default: break
        }
        if !option.isList && !option.lastWins, let earlier = arguments.all(option).last,
            !earlier.hasSameBytes(as: value)
        {
            note(.twice(option, earlier, value))
        }
        arguments.add(option, value)
    }

    private mutating func note(_ new: Problem) { if problem == nil { problem = new } }
}
