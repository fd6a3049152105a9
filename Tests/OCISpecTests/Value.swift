import JSONCodec

/// Any JSON value, to be changed at will.
indirect enum Value: Codable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case large(UInt64)
    case fraction(Double)
    case string(String)
    case array([Value])
    case object([String: Value])

    init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            self = .null
        } else if let value = try? single.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? single.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? single.decode(UInt64.self) {
            self = .large(value)
        } else if let value = try? single.decode(Double.self) {
            self = .fraction(value)
        } else if let value = try? single.decode(String.self) {
            self = .string(value)
        } else if let value = try? single.decode([Value].self) {
            self = .array(value)
        } else {
            self = .object(try single.decode([String: Value].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var single = encoder.singleValueContainer()
        switch self {
        case .null: try single.encodeNil()
        case .boolean(let value): try single.encode(value)
        case .integer(let value): try single.encode(value)
        case .large(let value): try single.encode(value)
        case .fraction(let value): try single.encode(value)
        case .string(let value): try single.encode(value)
        case .array(let value): try single.encode(value)
        case .object(let value): try single.encode(value)
        }
    }

    /// The values inside, with the last part of their pointers.
    var children: [(token: String, value: Value)] {
        switch self {
        case .array(let values): values.enumerated().map { ("\($0)", $1) }
        case .object(let members): members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        default: []
        }
    }

    /// All values inside, at any depth, with their pointers' parts.
    var everything: [(path: [String], value: Value)] {
        children.flatMap { token, value in
            [([token], value)] + value.everything.map { ([token] + $0.path, $0.value) }
        }
    }

    /// A copy with another value at a place; nil removes an object's member.
    func replacing(_ path: ArraySlice<String>, with value: Value?) -> Value {
        guard let token = path.first else { return value ?? .null }
        switch self {
        case .array(var values):
            guard let index = Int(token) else { return self }
            values[index] = values[index].replacing(path.dropFirst(), with: value)
            return .array(values)
        case .object(var members):
            members[token] = path.count == 1 ? value : members[token]?.replacing(path.dropFirst(), with: value)
            return .object(members)
        default: return self
        }
    }
}

/// The JSON pointer of a place whose keys need no escapes.
func pointer(_ path: some Sequence<String>) -> String {
    path.map { "/" + $0 }.joined()
}
