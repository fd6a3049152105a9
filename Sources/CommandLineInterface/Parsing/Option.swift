/// One option of the command line: the row from which parser, help and reference derive.
struct Option: Equatable, Sendable {
    /// What an option takes.
    enum Value: Equatable, Sendable {
        /// Nothing, or a truth value behind `=`.
        case flag
        /// Any text; the word is what help calls it, such as `DIR`.
        case text(String)
        /// A decimal number from 0 to 2^31 - 1.
        case number(String)
        /// One of a few words; the refusal is how the complaint about another word begins.
        case choice(String, of: [String], refusal: String)
    }

    /// The long name, without dashes.
    var name: String
    /// Other spellings without dashes; those of one letter are short options, the first of them stands in the help.
    var others: [String]
    var value: Value
    /// What it is for, beginning in lower case, without a full stop.
    var help: String
    /// Whether each value counts, instead of one.
    var isList = false
    /// Whether the last of several values wins.
    ///
    /// Wrappers put their own global options before those of the caller, so a contradiction there is no mistake. Behind
    /// the command it is one.
    var lastWins = false

    init(_ name: String, _ others: String..., value: Value = .flag, help: String, isList: Bool = false) {
        self.name = name
        self.others = others
        self.value = value
        self.help = help
        self.isList = isList
    }

    /// The first spelling of one letter.
    var letter: String? { others.first { $0.utf8.count == 1 } }

    /// What help calls the value; nil for a flag.
    var placeholder: String? {
        switch value {
        case .flag: nil
        case .text(let word), .number(let word), .choice(let word, _, _): word
        }
    }

    /// Whether `name`, without dashes, means this option.
    func answers(to name: some StringProtocol) -> Bool {
        name.hasSameBytes(as: self.name) || others.contains { name.hasSameBytes(as: $0) }
    }
}

extension StringProtocol {
    /// Compares byte by byte: `==` is canonical equivalence, to which the Kelvin sign is a K.
    func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
