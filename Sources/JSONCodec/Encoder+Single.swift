/// Takes one value from `Codable` into a draft.
struct TreeEncoder: Encoder {
    let draft: Draft

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .object = draft.content {} else { draft.content = .object([]) }
        return KeyedEncodingContainer(KeyedEncoder<Key>(draft: draft))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .array = draft.content {} else { draft.content = .array([]) }
        return UnkeyedEncoder(draft: draft)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        self
    }
}

extension TreeEncoder: SingleValueEncodingContainer {
    func encodeNil() { draft.content = .null }

    /// Encodes any type; dictionaries of strings, which may be large, without looking for keys given twice.
    func encode<Value: Encodable>(_ value: Value) throws {
        guard Value.self == [String: String].self, let strings = value as? [String: String] else {
            return try value.encode(to: self)
        }
        draft.content = .object(
            strings.map { key, value in
                let member = Draft()
                member.content = .string(value)
                return (key, member)
            })
    }

    func encode(_ value: Bool) { draft.content = .literal(value ? "true" : "false") }
    func encode(_ value: String) { draft.content = .string(value) }
    func encode(_ value: Double) throws { draft.content = try number(value) }
    func encode(_ value: Float) throws { draft.content = try number(value) }
    func encode(_ value: Int) { draft.content = .literal(String(value)) }
    func encode(_ value: Int8) { draft.content = .literal(String(value)) }
    func encode(_ value: Int16) { draft.content = .literal(String(value)) }
    func encode(_ value: Int32) { draft.content = .literal(String(value)) }
    func encode(_ value: Int64) { draft.content = .literal(String(value)) }
    func encode(_ value: UInt) { draft.content = .literal(String(value)) }
    func encode(_ value: UInt8) { draft.content = .literal(String(value)) }
    func encode(_ value: UInt16) { draft.content = .literal(String(value)) }
    func encode(_ value: UInt32) { draft.content = .literal(String(value)) }
    func encode(_ value: UInt64) { draft.content = .literal(String(value)) }

    private func number<Value: BinaryFloatingPoint & CustomStringConvertible>(
        _ value: Value
    ) throws -> Draft.Content {
        guard value.isFinite else { throw JSONError(.refused("JSON has no number for \(value)"), pointer: "") }
        return .literal(value.description)
    }
}
