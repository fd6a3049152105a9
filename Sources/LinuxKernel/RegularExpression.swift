internal import CLinux

/// An extended regular expression, by the C library, which is there anyway.
///
/// Source: regcomp(3), regex(7).
@safe
public struct RegularExpression: ~Copyable {
    private let compiled: UnsafeMutablePointer<sw_expression>

    /// What is wrong with an expression.
    public struct Mistake: Error, Equatable {
        /// The C library's words.
        public let words: String
    }

    /// Compiles an expression.
    public init(_ text: String) throws(Mistake) {
        var complaint = [CChar](repeating: 0, count: 128)
        guard let compiled = unsafe sw_expression_make(text, &complaint, complaint.count) else {
            let bytes = complaint.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw Mistake(words: String(decoding: bytes, as: UTF8.self))
        }
        unsafe self.compiled = compiled
    }

    deinit { unsafe sw_expression_free(compiled) }

    /// Whether some part of a text matches.
    public func matches(_ text: String) -> Bool { unsafe sw_expression_matches(compiled, text) != 0 }
}
