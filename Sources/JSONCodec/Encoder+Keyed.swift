/// An object that is being filled.
struct KeyedEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let draft: Draft

    var codingPath: [any CodingKey] { [] }

    /// The place for a member's value; a key that is given again replaces its value.
    private func member(_ key: String) -> TreeEncoder {
        guard case .object(var members) = draft.content else {
            preconditionFailure("a keyed container fills an object only")
        }
        draft.content = .null
        let value = Draft()
        if let index = members.firstIndex(where: { $0.key.utf8.elementsEqual(key.utf8) }) {
            members[index].value = value
        } else {
            members.append((key, value))
        }
        draft.content = .object(members)
        return TreeEncoder(draft: value)
    }

    private func at(_ key: Key, _ encode: (TreeEncoder) throws -> Void) throws {
        do {
            try encode(member(key.stringValue))
        } catch var error as JSONError {
            error.pointer = "/" + pointerToken(key.stringValue) + error.pointer
            throw error
        }
    }

    mutating func encodeNil(forKey key: Key) throws { try at(key) { $0.encodeNil() } }
    mutating func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        try at(key) { try $0.encode(value) }
    }
    mutating func encode(_ value: Bool, forKey key: Key) throws { try at(key) { $0.encode(value) } }
    mutating func encode(_ value: String, forKey key: Key) throws { try at(key) { $0.encode(value) } }
    mutating func encode(_ value: Double, forKey key: Key) throws { try at(key) { try $0.encode(value) } }
    mutating func encode(_ value: Float, forKey key: Key) throws { try at(key) { try $0.encode(value) } }
    mutating func encode(_ value: Int, forKey key: Key) throws { try at(key) { $0.encode(value) } }
    mutating func encode(_ value: Int8, forKey key: Key) throws { try at(key) { $0.encode(value) } }
    mutating func encode(_ value: Int16, forKey key: Key) throws { try at(key) { $0.encode(value) } }
    mutating func encode(_ value: Int32, forKey key: Key) throws { try at(key) { $0.encode(value) } }
    mutating func encode(_ value: Int64, forKey key: Key) throws { try at(key) { $0.encode(value) } }
    mutating func encode(_ value: UInt, forKey key: Key) throws { try at(key) { $0.encode(value) } }
    mutating func encode(_ value: UInt8, forKey key: Key) throws { try at(key) { $0.encode(value) } }
    mutating func encode(_ value: UInt16, forKey key: Key) throws { try at(key) { $0.encode(value) } }
    mutating func encode(_ value: UInt32, forKey key: Key) throws { try at(key) { $0.encode(value) } }
    mutating func encode(_ value: UInt64, forKey key: Key) throws { try at(key) { $0.encode(value) } }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        member(key.stringValue).container(keyedBy: keyType)
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        member(key.stringValue).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { member("super") }
    mutating func superEncoder(forKey key: Key) -> any Encoder { member(key.stringValue) }
}
