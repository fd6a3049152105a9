/// Reads a `Decodable` value from JSON text.
///
/// Unknown properties are ignored, `null` counts as absent, integers are read from their exact decimal text. Stricter
/// than JSON itself where a lenient reading would be a hole: duplicate keys, U+0000 in strings, lone surrogates and
/// anything beyond ``limits`` are errors.
public struct JSONDecoder: Sendable {
    /// Bounds on the text.
    public var limits: Limits

    /// Makes a decoder with the usual limits.
    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Decodes one document, all of the text.
    ///
    /// - Parameter unwanted: members of the document that count as absent, for a caller who would decode them for nothing.
    public func decode<Value: Decodable>(
        _ type: Value.Type, from text: [UInt8], without unwanted: [String] = []
    ) throws(JSONError) -> Value {
        try read(text, unwanted) { tree in try TreeDecoder(tree: tree, node: 0).decode(type) }
    }

    /// The same for a type that needs no containers.
    public func decode<Value: ObjectDecodable>(
        _ type: Value.Type, from text: [UInt8], without unwanted: [String] = []
    ) throws(JSONError) -> Value {
        try read(text, unwanted) { tree in try Value(Members(tree: tree, node: 0)) }
    }

    private func read<Value>(
        _ text: [UInt8], _ unwanted: [String], _ body: (Tree) throws -> Value
    ) throws(JSONError) -> Value {
        let tree = try TreeBuilder.parse(text, limits: limits).without(unwanted)
        do {
            return try body(tree)
        } catch let error as JSONError {
            throw error
        } catch {
            throw tree.error(.refused("\(error)"), at: 0)
        }
    }
}

/// A place in a tree; what `Codable` sees of it.
struct TreeDecoder: Decoder {
    let tree: Tree
    let node: Int

    /// Always empty: errors find their place in the tree.
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard tree.nodes[node].kind == .object else { throw wrongType("an object") }
        return KeyedDecodingContainer(KeyedContainer<Key>(tree: tree, node: node))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard tree.nodes[node].kind == .array else { throw wrongType("an array") }
        return UnkeyedContainer(tree: tree, node: node)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        self
    }
}

// MARK: - Values

extension TreeDecoder {
    func wrongType(_ expected: String) -> JSONError {
        tree.error(.wrongType(expected: expected, found: tree.kindInWords(node)), at: node)
    }

    /// Decodes any type; the common ones without the detour through a container.
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if type == [String].self, let value = try strings() as? Value { return value }
        if type == [String: String].self, let value = try stringsByKey() as? Value { return value }
        do {
            return try Value(from: self)
        } catch let error as DecodingError {
            throw tree.error(.refused(reason(of: error)), at: node)
        }
    }

    func string() throws -> String {
        guard tree.nodes[node].kind == .string else { throw wrongType("a string") }
        return tree.string(of: node)
    }

    func boolean() throws -> Bool {
        guard tree.nodes[node].kind == .boolean else { throw wrongType("true or false") }
        return tree.nodes[node].flag
    }

    func floatingPoint<Value: BinaryFloatingPoint & LosslessStringConvertible>() throws -> Value {
        guard tree.nodes[node].kind == .number else { throw wrongType("a number") }
        guard let value = Value(tree.string(of: node)), value.isFinite else {
            throw tree.error(.refused("the number is out of range"), at: node)
        }
        return value
    }

    func strings() throws -> [String] {
        guard tree.nodes[node].kind == .array else { throw wrongType("an array") }
        var result: [String] = []
        result.reserveCapacity(Int(tree.nodes[node].count))
        var element = node + 1
        for _ in 0..<tree.nodes[node].count {
            result.append(try TreeDecoder(tree: tree, node: element).string())
            element = Int(tree.nodes[element].next)
        }
        return result
    }

    func stringsByKey() throws -> [String: String] {
        guard tree.nodes[node].kind == .object else { throw wrongType("an object") }
        var result: [String: String] = [:]
        result.reserveCapacity(Int(tree.nodes[node].count))
        var key = node + 1
        for _ in 0..<tree.nodes[node].count {
            result[tree.string(of: key)] = try TreeDecoder(tree: tree, node: key + 1).string()
            key = Int(tree.nodes[key + 1].next)
        }
        return result
    }

    private func reason(of error: DecodingError) -> String {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            context.debugDescription
        @unknown default: "\(error)"
        }
    }
}
