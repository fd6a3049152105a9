/// The text with control characters written as escapes, so that a hostile name can neither steer a terminal nor pass
/// for a second line.
func escaped(_ text: some StringProtocol) -> String {
    // Most text has nothing to escape.
    if text.utf8.allSatisfy({ 0x20...0x7e ~= $0 }) { return String(text) }
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case _ where isHarmful(scalar): result += "\\u{\(String(scalar.value, radix: 16))}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// Control characters of ASCII and Latin 1, and those that reverse the direction or break the line of what follows.
private func isHarmful(_ scalar: UnicodeScalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069: true
    default: false
    }
}

/// What a caller wrote, between quotation marks, escaped and cut at 256 bytes.
func quoted(_ text: String) -> String {
    let limit = 256
    if text.utf8.count <= limit { return "\"\(escaped(text))\"" }
    var end = text.utf8.index(text.utf8.startIndex, offsetBy: limit)
    // Not in the middle of a character: back to a byte that begins one.
    while text.utf8[end] & 0xc0 == 0x80 { text.utf8.formIndex(before: &end) }
    return "\"\(escaped(text[..<end]))…\""
}

/// Where text goes decides whether it may be coloured.
struct Style: Equatable, Sendable {
    var isColoured: Bool

    static let plain = Style(isColoured: false)

    func bold(_ text: String) -> String { wrap(text, "1") }
    func faint(_ text: String) -> String { wrap(text, "2") }
    func red(_ text: String) -> String { wrap(text, "1;31") }
    func yellow(_ text: String) -> String { wrap(text, "1;33") }

    private func wrap(_ text: String, _ code: String) -> String {
        isColoured && !text.isEmpty ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }
}
