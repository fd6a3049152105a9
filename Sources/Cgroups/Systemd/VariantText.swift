/// Reads values in GLib's text form, in which annotations give the properties of units: `uint64 5`, `'text'`, `['a']`.
///
/// A number without a type is an int32, one with a point a double. Dictionaries and maybe types aren't properties of
/// units and are refused. Source: GLib's "GVariant Text Format".
struct VariantText {
    private var rest: Substring.UTF8View
    private let limitDepth = 16

    /// The value of the whole text; nil where it isn't one.
    static func value(of text: String) -> BusValue? {
        guard text.utf8.count <= 65536 else { return nil }
        var parser = VariantText(rest: Substring(text).utf8)
        guard let value = parser.value(as: nil, depth: 0) else { return nil }
        parser.skipBlanks()
        return parser.rest.isEmpty ? value : nil
    }

    private static let keywords: [(word: String, type: String)] = [
        ("boolean", "b"), ("byte", "y"), ("int16", "n"), ("uint16", "q"), ("int32", "i"), ("uint32", "u"),
        ("int64", "x"), ("uint64", "t"), ("double", "d"), ("string", "s"), ("objectpath", "o"), ("signature", "g"),
    ]

    private mutating func skipBlanks() {
        rest = rest.drop { $0 == UInt8(ascii: " ") || (0x09...0x0D).contains($0) }
    }

    private mutating func take(_ byte: Character) -> Bool {
        skipBlanks()
        guard rest.first == byte.asciiValue else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func value(as type: String?, depth: Int) -> BusValue? {
        guard depth < limitDepth else { return nil }
        skipBlanks()
        switch rest.first {
        case UInt8(ascii: "@"):
            rest.removeFirst()
            let signature = word { $0 != UInt8(ascii: " ") }
            guard type == nil || type == signature, let first = BusType.first(of: Array(signature.utf8)[...]),
                first.count == signature.utf8.count
            else { return nil }
            return value(as: signature, depth: depth + 1)
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return quoted().flatMap { text($0, as: type ?? "s") }
        case UInt8(ascii: "["): return array(as: type, depth: depth)
        case UInt8(ascii: "("): return structure(as: type, depth: depth)
        case UInt8(ascii: "<"):
            rest.removeFirst()
            guard type == nil || type == "v", let inner = value(as: nil, depth: depth + 1), take(">") else {
                return nil
            }
            return .variant(inner)
        default: return bare(as: type, depth: depth)
        }
    }

    private mutating func word(_ isPart: (UInt8) -> Bool) -> String {
        let part = rest.prefix(while: isPart)
        rest = rest.dropFirst(part.count)
        return String(Substring(part))
    }

    /// A keyword, a truth value or a number.
    private mutating func bare(as type: String?, depth: Int) -> BusValue? {
        let text = word {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        if let keyword = VariantText.keywords.first(where: { $0.word == text }) {
            guard type == nil || type == keyword.type else { return nil }
            return value(as: keyword.type, depth: depth + 1)
        }
        if text == "true" || text == "false" { return type ?? "b" == "b" ? .boolean(text == "true") : nil }
        return number(text, as: type)
    }

    private func number(_ text: String, as type: String?) -> BusValue? {
        let isFraction = text.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") } && !text.hasHexPrefix
        switch type ?? (isFraction ? "d" : "i") {
        case "y": return integer(text).map { .byte($0) }
        case "n": return integer(text).map { .int16($0) }
        case "q": return integer(text).map { .uint16($0) }
        case "i": return integer(text).map { .int32($0) }
        case "u": return integer(text).map { .uint32($0) }
        case "x": return integer(text).map { .int64($0) }
        case "t": return integer(text).map { .uint64($0) }
        case "d": return Double(text).map { .double($0) }
        default: return nil
        }
    }

    /// Decimal, `0x…` or, with a leading zero, octal.
    private func integer<T: FixedWidthInteger>(_ text: String) -> T? {
        var digits = Substring(text)
        let sign = digits.first == "-" ? "-" : ""
        if digits.first == "-" || digits.first == "+" { digits = digits.dropFirst() }
        guard let first = digits.first, first.isASCII, first.isNumber else { return nil }
        if digits.hasHexPrefix { return T(sign + digits.dropFirst(2), radix: 16) }
        if first == "0", digits.utf8.count > 1 { return T(sign + digits.dropFirst(), radix: 8) }
        return T(sign + digits)
    }

    private func text(_ text: String, as type: String) -> BusValue? {
        switch type {
        case "s": .string(text)
        case "o": text.utf8.first == UInt8(ascii: "/") ? .objectPath(text) : nil
        case "g": .signature(text)
        default: nil
        }
    }

    private mutating func quoted() -> String? {
        guard let quote = rest.popFirst() else { return nil }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == quote { return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            guard let escaped = rest.popFirst() else { return nil }
            switch escaped {
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "u"), UInt8(ascii: "U"):
                let count = escaped == UInt8(ascii: "u") ? 4 : 8
                guard rest.count >= count, let value = UInt32(Substring(rest.prefix(count)), radix: 16),
                    let scalar = Unicode.Scalar(value)
                else { return nil }
                rest = rest.dropFirst(count)
                bytes += Array(String(Character(scalar)).utf8)
            default: bytes.append(escaped)
            }
        }
        return nil
    }

    private mutating func array(as type: String?, depth: Int) -> BusValue? {
        rest.removeFirst()
        if let type, type.utf8.first != UInt8(ascii: "a") { return nil }
        var element = type.map { String(Substring($0.utf8.dropFirst())) }
        var values: [BusValue] = []
        if take("]") { return element.map { .array(of: $0, []) } }  // the type of an empty one must be told
        repeat {
            guard let next = value(as: element, depth: depth + 1) else { return nil }
            element = element ?? next.type
            guard next.type == element else { return nil }
            values.append(next)
        } while take(",")
        guard take("]"), let element else { return nil }
        return .array(of: element, values)
    }

    private mutating func structure(as type: String?, depth: Int) -> BusValue? {
        rest.removeFirst()
        var types = type.map { Array($0.utf8.dropFirst().dropLast())[...] }
        var members: [BusValue] = []
        while !take(")") {
            if !members.isEmpty {
                guard take(",") else { return nil }
                if take(")") { break }  // `('a',)` has one member
            }
            var wanted: String?
            if let left = types {
                guard let first = BusType.first(of: left) else { return nil }
                wanted = String(decoding: first, as: UTF8.self)
                types = left.dropFirst(first.count)
            }
            guard let next = value(as: wanted, depth: depth + 1) else { return nil }
            members.append(next)
        }
        let result = BusValue.structure(members)
        return members.isEmpty || (type != nil && type != result.type) ? nil : result
    }
}

extension StringProtocol {
    fileprivate var hasHexPrefix: Bool { utf8.starts(with: "0x".utf8) || utf8.starts(with: "-0x".utf8) }
}
