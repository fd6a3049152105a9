/// Why a JSON text can't be read, or a value not be written.
public struct JSONError: Error, Equatable, Sendable {
    /// What is wrong.
    public var problem: Problem
    /// Where in the document, as a JSON pointer (RFC 6901); "" is the whole document.
    public var pointer: String
    /// The line in the text, from 1; nil when the problem isn't at a place of a text.
    public var line: Int?
    /// The character in the line, from 1.
    public var column: Int?

    /// What can be wrong with a text or a value.
    public enum Problem: Equatable, Sendable {
        /// The text has no content.
        case empty
        /// The text has more bytes than `limit`.
        case tooLarge(limit: Int)
        /// The text isn't JSON; `words` are the parser's.
        case syntax(words: String)
        /// The text begins with a byte order mark, which JSON doesn't allow.
        case byteOrderMark
        /// A byte sequence isn't UTF-8.
        case invalidUTF8
        /// An escape names half of a surrogate pair.
        case loneSurrogate
        /// A string contains U+0000, which would cut it short for the kernel.
        case nulCharacter
        /// A string has more bytes than `limit`.
        case stringTooLong(limit: Int)
        /// Arrays and objects are nested deeper than `limit`.
        case tooDeep(limit: Int)
        /// An object has a key twice.
        case duplicateKey(String)
        /// A required property is absent or null.
        case missing(key: String)
        /// A value has another type than the expected one.
        case wrongType(expected: String, found: String)
        /// An integer was expected; `found` has a fraction or an exponent.
        case notAnInteger(found: String)
        /// An integer doesn't fit.
        case outOfRange(found: String, lowest: String, highest: String)
        /// The type that was decoded or encoded refused the value.
        case refused(String)
    }

    /// Makes an error at a place.
    public init(_ problem: Problem, pointer: String, line: Int? = nil, column: Int? = nil) {
        self.problem = problem
        self.pointer = pointer
        self.line = line
        self.column = column
    }
}

extension JSONError: CustomStringConvertible {
    /// The place, then the problem: `#/process/cwd (line 7, column 12): expected a string, found a number`.
    public var description: String {
        var place = "#" + pointer
        if let line, let column { place += " (line \(line), column \(column))" }
        return "\(place): \(problem)"
    }
}

extension JSONError.Problem: CustomStringConvertible {
    /// The problem in a few words, without its place.
    public var description: String {
        switch self {
        case .empty: "the file is empty"
        case .tooLarge(let limit): "the file has more than \(limit) bytes"
        case .syntax(let words): "not JSON: \(words)"
        case .byteOrderMark: "the file begins with a byte order mark; save it without one"
        case .invalidUTF8: "not UTF-8"
        case .loneSurrogate: "an escape names half of a surrogate pair"
        case .nulCharacter: "a string contains the character U+0000"
        case .stringTooLong(let limit): "a string has more than \(limit) bytes"
        case .tooDeep(let limit): "nested deeper than \(limit) levels"
        case .duplicateKey(let key): "the key \(quoted(key)) occurs twice"
        case .missing(let key): "the required property \(quoted(key)) is missing"
        case .wrongType(let expected, let found): "expected \(expected), found \(found)"
        case .notAnInteger(let found): "expected an integer, found \(found)"
        case .outOfRange(let found, let lowest, let highest):
            "expected an integer from \(lowest) to \(highest), found \(found)"
        case .refused(let reason): reason
        }
    }
}

/// Text from a document for a message: in quotes, control characters escaped, cut when it is long.
private func quoted(_ text: String) -> String {
    let limit = 64
    let shown = text.unicodeScalars.prefix(limit).map { $0.properties.generalCategory == .control ? "?" : String($0) }
    return "\"" + shown.joined() + (text.unicodeScalars.count > limit ? "…" : "") + "\""
}
