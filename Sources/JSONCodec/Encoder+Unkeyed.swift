/// An array that is being filled.
struct UnkeyedEncoder: UnkeyedEncodingContainer {
    let draft: Draft

    var codingPath: [any CodingKey] { [] }

    var count: Int {
        guard case .array(let elements) = draft.content else { return 0 }
        return elements.count
    }

    /// The place for one more element.
    private func element() -> TreeEncoder {
        guard case .array(var elements) = draft.content else {
            preconditionFailure("an unkeyed container fills an array only")
        }
        draft.content = .null
        let value = Draft()
        elements.append(value)
        draft.content = .array(elements)
        return TreeEncoder(draft: value)
    }

    private func next(_ encode: (TreeEncoder) throws -> Void) throws {
        let index = count
        do {
            try encode(element())
        } catch var error as JSONError {
            error.pointer = "/\(index)" + error.pointer
            throw error
        }
    }

    mutating func encodeNil() throws { try next { $0.encodeNil() } }
    mutating func encode<Value: Encodable>(_ value: Value) throws { try next { try $0.encode(value) } }
    mutating func encode(_ value: Bool) throws { try next { $0.encode(value) } }
    mutating func encode(_ value: String) throws { try next { $0.encode(value) } }
    mutating func encode(_ value: Double) throws { try next { try $0.encode(value) } }
    mutating func encode(_ value: Float) throws { try next { try $0.encode(value) } }
    mutating func encode(_ value: Int) throws { try next { $0.encode(value) } }
    mutating func encode(_ value: Int8) throws { try next { $0.encode(value) } }
    mutating func encode(_ value: Int16) throws { try next { $0.encode(value) } }
    mutating func encode(_ value: Int32) throws { try next { $0.encode(value) } }
    mutating func encode(_ value: Int64) throws { try next { $0.encode(value) } }
    mutating func encode(_ value: UInt) throws { try next { $0.encode(value) } }
    mutating func encode(_ value: UInt8) throws { try next { $0.encode(value) } }
    mutating func encode(_ value: UInt16) throws { try next { $0.encode(value) } }
    mutating func encode(_ value: UInt32) throws { try next { $0.encode(value) } }
    mutating func encode(_ value: UInt64) throws { try next { $0.encode(value) } }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> {
        element().container(keyedBy: keyType)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { element().unkeyedContainer() }
    mutating func superEncoder() -> any Encoder { element() }
}
