/// An object whose members are looked up by name.
struct KeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let tree: Tree
    let node: Int

    var codingPath: [any CodingKey] { [] }

    var allKeys: [Key] {
        var keys: [Key] = []
        var member = node + 1
        for _ in 0..<tree.nodes[node].count {
            if let key = Key(stringValue: tree.string(of: member)) { keys.append(key) }
            member = Int(tree.nodes[member + 1].next)
        }
        return keys
    }

    func contains(_ key: Key) -> Bool {
        tree.member(key.stringValue, of: node) != nil
    }

    func decodeNil(forKey key: Key) throws -> Bool {
        present(key) == nil
    }

    /// The value of a property that is there and isn't null.
    private func present(_ key: Key) -> TreeDecoder? {
        guard let value = tree.member(key.stringValue, of: node), tree.nodes[value].kind != .null else { return nil }
        return TreeDecoder(tree: tree, node: value)
    }

    private func required(_ key: Key) throws -> TreeDecoder {
        guard let value = present(key) else { throw missing(key) }
        return value
    }

    private func missing(_ key: Key) -> JSONError {
        tree.error(.missing(key: key.stringValue), at: node)
    }
}

// MARK: - Properties

extension KeyedContainer {
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try required(key).decode(type)
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        try present(key)?.decode(type)
    }

    func decode(_ type: String.Type, forKey key: Key) throws -> String { try required(key).string() }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try required(key).boolean() }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try required(key).floatingPoint() }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try required(key).floatingPoint() }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try required(key).integer() }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try required(key).integer() }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try required(key).integer() }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try required(key).integer() }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try required(key).integer() }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try required(key).integer() }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try required(key).integer() }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try required(key).integer() }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try required(key).integer() }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try required(key).integer() }

    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try present(key)?.string() }
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try present(key)?.boolean() }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try present(key)?.floatingPoint() }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try present(key)?.floatingPoint() }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try present(key)?.integer() }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try present(key)?.integer() }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try present(key)?.integer() }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try present(key)?.integer() }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try present(key)?.integer() }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try present(key)?.integer() }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try present(key)?.integer() }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try present(key)?.integer() }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try present(key)?.integer() }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try present(key)?.integer() }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try required(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try required(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder {
        guard let value = tree.member("super", of: node) else {
            throw tree.error(.missing(key: "super"), at: node)
        }
        return TreeDecoder(tree: tree, node: value)
    }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        try required(key)
    }
}
