/// yajl's messages in the words of this project: what would be right, where that can be said.
enum SyntaxWords {
    private static let known: [(yajl: String, ours: String)] = [
        ("trailing garbage", "there is more text behind the document"),
        ("premature EOF", "the text ends too early"),
        ("unallowed token at this point in JSON text", "a value was expected here"),
        ("invalid object key (must be a string)", "a key in double quotes was expected here"),
        ("object key and value must be separated by a colon (':')", "a ':' was expected behind the key"),
        ("after key and value, inside map, I expect ',' or '}'", "a ',' or '}' was expected behind the member"),
        ("after array element, I expect ',' or ']'", "a ',' or ']' was expected behind the element"),
        ("probable comment found in input text, comments are not enabled.", "JSON has no comments"),
        ("invalid char in json text.", "no JSON value begins like this"),
        ("invalid string in json text.", "no JSON value begins like this"),
        (
            "inside a string, '\\' occurs before a character which it may not.",
            "'\\' may not stand before this character"
        ),
        ("invalid character inside string.", "control characters in strings must be escaped"),
        (
            "invalid (non-hex) character occurs after '\\u' inside string.",
            "four hexadecimal digits were expected behind '\\u'"
        ),
        ("malformed number, a digit is required after the exponent.", "a digit was expected in the exponent"),
        ("malformed number, a digit is required after the decimal point.", "a digit was expected behind the point"),
        ("malformed number, a digit is required after the minus sign.", "a digit was expected behind the minus sign"),
    ]

    /// Our words for a message of yajl's; the message itself when it is none of the known ones.
    static func rendering(_ message: String) -> String {
        known.first { $0.yajl == message }?.ours ?? message
    }

    /// Whether yajl says that a ':' or ',' is missing, or that nothing may follow: it stopped at the token in its place.
    static func missesSeparator(_ message: String) -> Bool {
        message == "trailing garbage" || message.hasPrefix("after ") || message.hasPrefix("object key and value ")
    }
}
