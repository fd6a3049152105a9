/// A value as the message bus carries it, with its type.
///
/// Source: D-Bus Specification, "Type System".
public indirect enum BusValue: Equatable, Sendable {
    case byte(UInt8)
    case boolean(Bool)
    case int16(Int16)
    case uint16(UInt16)
    case int32(Int32)
    case uint32(UInt32)
    case int64(Int64)
    case uint64(UInt64)
    case double(Double)
    case string(String)
    case objectPath(String)
    case signature(String)
    /// The elements, and their type, which an empty array has, too.
    case array(of: String, [BusValue])
    case structure([BusValue])
    /// A value whose type travels with it.
    case variant(BusValue)

    /// An array of strings.
    static func strings(_ texts: [String]) -> BusValue { .array(of: "s", texts.map { .string($0) }) }

    /// The type in the specification's letters.
    public var type: String {
        switch self {
        case .byte: "y"
        case .boolean: "b"
        case .int16: "n"
        case .uint16: "q"
        case .int32: "i"
        case .uint32: "u"
        case .int64: "x"
        case .uint64: "t"
        case .double: "d"
        case .string: "s"
        case .objectPath: "o"
        case .signature: "g"
        case .array(let element, _): "a" + element
        case .structure(let members): "(" + members.map(\.type).joined() + ")"
        case .variant: "v"
        }
    }

    /// The text of a string, an object path or a signature; nil of anything else.
    var text: String? {
        switch self {
        case .string(let text), .objectPath(let text), .signature(let text): text
        case .variant(let value): value.text
        default: nil
        }
    }
}

/// Writes values in the bus' form, little-endian.
///
/// Source: D-Bus Specification, "Marshaling (Wire Format)".
struct BusWriter {
    private(set) var bytes: [UInt8] = []

    /// Fills up to a multiple of 1, 2, 4 or 8.
    mutating func align(_ boundary: Int) {
        while bytes.count % boundary != 0 { bytes.append(0) }
    }

    private mutating func put(_ value: some FixedWidthInteger) {
        align(value.bitWidth / 8)
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    private mutating func put(text: String) {
        put(UInt32(truncatingIfNeeded: text.utf8.count))
        bytes += Array(text.utf8) + [0]
    }

    private mutating func put(signature: String) {
        bytes += [UInt8(truncatingIfNeeded: signature.utf8.count)] + Array(signature.utf8) + [0]
    }

    mutating func put(_ value: BusValue) {
        switch value {
        case .byte(let number): put(number)
        case .boolean(let isTrue): put(UInt32(isTrue ? 1 : 0))
        case .int16(let number): put(number)
        case .uint16(let number): put(number)
        case .int32(let number): put(number)
        case .uint32(let number): put(number)
        case .int64(let number): put(number)
        case .uint64(let number): put(number)
        case .double(let number): put(number.bitPattern)
        case .string(let text), .objectPath(let text): put(text: text)
        case .signature(let text): put(signature: text)
        case .array(let element, let values): put(values, of: element)
        case .structure(let members):
            align(8)
            for member in members { put(member) }
        case .variant(let value):
            put(signature: value.type)
            put(value)
        }
    }

    /// The length counts from the first element, behind what aligns that.
    private mutating func put(_ values: [BusValue], of element: String) {
        put(UInt32(0))
        let place = bytes.count - 4
        align(BusType.alignment(of: element.utf8.first ?? 0))
        let start = bytes.count
        for value in values { put(value) }
        let length = UInt32(truncatingIfNeeded: bytes.count - start)
        for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(index))) }
    }
}

/// What came over the bus and isn't of its form.
struct BusFormError: Error {}

/// Reads values in the bus' form; nothing that it reads is believed beyond the end of what came.
struct BusReader {
    private let bytes: [UInt8]
    private var position: Int
    private let isBigEndian: Bool

    init(_ bytes: [UInt8], at position: Int = 0, isBigEndian: Bool = false) {
        self.bytes = bytes
        self.position = position
        self.isBigEndian = isBigEndian
    }

    mutating func align(_ boundary: Int) throws(BusFormError) {
        while position % boundary != 0 {
            guard position < bytes.count else { throw BusFormError() }
            position += 1
        }
    }

    private mutating func take(_ count: Int) throws(BusFormError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - position else { throw BusFormError() }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    private mutating func number<T: FixedWidthInteger>(_ type: T.Type) throws(BusFormError) -> T {
        let size = type.bitWidth / 8
        try align(size)
        let slice = try take(size)
        return (isBigEndian ? Array(slice) : slice.reversed()).reduce(0) { $0 << 8 | T(truncatingIfNeeded: $1) }
    }

    private mutating func text(_ count: Int) throws(BusFormError) -> String {
        let slice = try take(count)
        guard try take(1).first == 0, let text = String(validating: slice, as: UTF8.self) else { throw BusFormError() }
        return text
    }

    private mutating func signature() throws(BusFormError) -> String { try text(Int(try number(UInt8.self))) }

    /// The values of a signature, such as `uoss`.
    mutating func values(_ signature: String) throws(BusFormError) -> [BusValue] {
        var types = Array(signature.utf8)[...]
        var values: [BusValue] = []
        while !types.isEmpty { values.append(try value(&types, depth: 0)) }
        return values
    }

    /// The next value, whose type is taken off the front of `types`.
    private mutating func value(_ types: inout ArraySlice<UInt8>, depth: Int) throws(BusFormError) -> BusValue {
        guard depth < 32, let letter = types.popFirst() else { throw BusFormError() }
        switch letter {
        case UInt8(ascii: "y"): return .byte(try number(UInt8.self))
        case UInt8(ascii: "b"): return .boolean(try number(UInt32.self) != 0)
        case UInt8(ascii: "n"): return .int16(try number(Int16.self))
        case UInt8(ascii: "q"): return .uint16(try number(UInt16.self))
        case UInt8(ascii: "i"): return .int32(try number(Int32.self))
        case UInt8(ascii: "u"), UInt8(ascii: "h"): return .uint32(try number(UInt32.self))
        case UInt8(ascii: "x"): return .int64(try number(Int64.self))
        case UInt8(ascii: "t"): return .uint64(try number(UInt64.self))
        case UInt8(ascii: "d"): return .double(Double(bitPattern: try number(UInt64.self)))
        case UInt8(ascii: "s"): return .string(try text(Int(try number(UInt32.self))))
        case UInt8(ascii: "o"): return .objectPath(try text(Int(try number(UInt32.self))))
        case UInt8(ascii: "g"): return .signature(try signature())
        case UInt8(ascii: "v"):
            var inner = Array(try signature().utf8)[...]
            let content = try value(&inner, depth: depth + 1)
            guard inner.isEmpty else { throw BusFormError() }
            return .variant(content)
        case UInt8(ascii: "a"): return try array(&types, depth: depth + 1)
        case UInt8(ascii: "("): return try structure(&types, end: UInt8(ascii: ")"), depth: depth + 1)
        case UInt8(ascii: "{"): return try structure(&types, end: UInt8(ascii: "}"), depth: depth + 1)
        default: throw BusFormError()
        }
    }

    private mutating func array(_ types: inout ArraySlice<UInt8>, depth: Int) throws(BusFormError) -> BusValue {
        let length = Int(try number(UInt32.self))
        guard let element = BusType.first(of: types) else { throw BusFormError() }
        types = types.dropFirst(element.count)
        try align(BusType.alignment(of: element.first ?? 0))
        guard length <= bytes.count - position else { throw BusFormError() }
        let end = position + length
        var values: [BusValue] = []
        while position < end {
            var type = element
            let before = position
            values.append(try value(&type, depth: depth))
            guard position > before else { throw BusFormError() }  // empty structures never end
        }
        guard position == end else { throw BusFormError() }
        return .array(of: String(decoding: element, as: UTF8.self), values)
    }

    private mutating func structure(
        _ types: inout ArraySlice<UInt8>, end: UInt8, depth: Int
    ) throws(BusFormError) -> BusValue {
        try align(8)
        var members: [BusValue] = []
        while types.first != end { members.append(try value(&types, depth: depth)) }
        types.removeFirst()
        return .structure(members)
    }
}

/// Facts about the letters of types.
enum BusType {
    static func alignment(of letter: UInt8) -> Int {
        switch letter {
        case UInt8(ascii: "y"), UInt8(ascii: "g"), UInt8(ascii: "v"): 1
        case UInt8(ascii: "n"), UInt8(ascii: "q"): 2
        case UInt8(ascii: "x"), UInt8(ascii: "t"), UInt8(ascii: "d"), UInt8(ascii: "("), UInt8(ascii: "{"): 8
        default: 4
        }
    }

    /// The first complete type of a signature; nil where there is none.
    static func first(of types: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var depth = 0
        for index in types.indices {
            switch types[index] {
            case UInt8(ascii: "a"): continue
            case UInt8(ascii: "("), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
            if depth < 0 { return nil }
            if depth == 0 { return types[types.startIndex...index] }
        }
        return nil
    }
}
