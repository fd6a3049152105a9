/// Why a text isn't JSON.
package struct JSONProblem: Error, Equatable, CustomStringConvertible {
    /// Bytes before the place of the problem.
    package var offset: Int
    package var problem: String

    package var description: String { "\(problem) at byte \(offset)" }
}

extension JSON {
    /// Reads one JSON text.
    ///
    /// Nothing but white space may follow it; nesting is limited to 256 levels.
    package init(parsing bytes: some Sequence<UInt8>) throws(JSONProblem) {
        var parser = Parser(bytes: Array(bytes))
        self = try parser.value(depth: 0)
        parser.skipSpace()
        if parser.position < parser.bytes.count { throw parser.problem("text after the value") }
    }

    /// Reads one JSON text.
    package init(parsing text: String) throws(JSONProblem) { try self.init(parsing: text.utf8) }
}

private struct Parser {
    let bytes: [UInt8]
    var position = 0

    func problem(_ text: String) -> JSONProblem { JSONProblem(offset: position, problem: text) }

    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    mutating func value(depth: Int) throws(JSONProblem) -> JSON {
        if depth > 256 { throw problem("nested too deeply") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some(let byte) where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte): return number()
        case nil: throw problem("the text ends too early")
        default: throw problem("no JSON value")
        }
    }

    mutating func word(_ text: String, _ value: JSON) throws(JSONProblem) -> JSON {
        guard bytes[position...].starts(with: text.utf8) else { throw problem("no JSON value") }
        position += text.utf8.count
        return value
    }

    mutating func number() -> JSON {
        let start = position
        while let byte = next, (0x30...0x39).contains(byte) || "+-.eE".utf8.contains(byte) { position += 1 }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    mutating func object(depth: Int) throws(JSONProblem) -> JSON {
        position += 1
        var members: [JSON.Member] = []
        skipSpace()
        if next == UInt8(ascii: "}") {
            position += 1
            return .object([])
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw problem("no name of a member") }
            let name = try string()
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw problem("no colon after a member's name") }
            position += 1
            members.append(JSON.Member(name, try value(depth: depth + 1)))
            if try listEnds(with: UInt8(ascii: "}")) { return .object(members) }
        }
    }

    mutating func array(depth: Int) throws(JSONProblem) -> JSON {
        position += 1
        var values: [JSON] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            position += 1
            return .array([])
        }
        while true {
            values.append(try value(depth: depth + 1))
            if try listEnds(with: UInt8(ascii: "]")) { return .array(values) }
        }
    }

    mutating func listEnds(with close: UInt8) throws(JSONProblem) -> Bool {
        skipSpace()
        defer { position += 1 }
        if next == close { return true }
        if next == UInt8(ascii: ",") { return false }
        throw problem("neither a comma nor the end of the list")
    }

    mutating func string() throws(JSONProblem) -> String {
        position += 1
        var content: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"): content += Array(String(try escape()).utf8)
            case 0..<0x20: throw problem("control character in a string")
            default: content.append(byte)
            }
        }
        throw problem("the text ends within a string")
    }

    mutating func escape() throws(JSONProblem) -> Character {
        guard let byte = next else { throw problem("the text ends within a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "u"):
            let unit = try hexadecimal()
            if (0xD800..<0xDC00).contains(unit), bytes[position...].starts(with: "\\u".utf8) {
                position += 2
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low),
                    let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
                else { throw problem("half of a surrogate pair") }
                return Character(scalar)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw problem("half of a surrogate pair") }
            return Character(scalar)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Character(Unicode.Scalar(byte))
        default: throw problem("unknown escape")
        }
    }

    mutating func hexadecimal() throws(JSONProblem) -> UInt32 {
        guard position + 4 <= bytes.count,
            let unit = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw problem("no four hexadecimal digits") }
        position += 4
        return unit
    }
}
