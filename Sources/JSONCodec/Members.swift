/// What reads itself from the members of an object.
///
/// `Decodable` without the containers of `Codable`: those are generic, and the Swift runtime takes longer to make their
/// types at each start of the program than the decoding takes. Other decoders than ``JSONDecoder`` are refused.
public protocol ObjectDecodable: Decodable {
    /// Takes its properties; throws the decoder's error for one that is missing or of another type.
    init(_ member: Members) throws
}

extension ObjectDecodable {
    /// Reads the properties from an object.
    public init(from decoder: any Decoder) throws {
        guard let place = decoder as? TreeDecoder else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "only JSONCodec's decoder can read this"))
        }
        try self.init(Members(tree: place.tree, node: place.node))
    }
}

/// The members of an object that is being decoded, by their names.
///
/// What is `null` counts as absent.
public struct Members {
    @usableFromInline let tree: Tree
    @usableFromInline let node: Int

    /// Throws where there is no object.
    @usableFromInline init(tree: Tree, node: Int) throws {
        guard tree.nodes[node].kind == .object else { throw TreeDecoder(tree: tree, node: node).wrongType("an object") }
        self.tree = tree
        self.node = node
    }

    /// The value of a member; nil if it is absent.
    @usableFromInline func find(_ name: StaticString) -> Int? {
        guard let value = tree.member(name, of: node), tree.nodes[value].kind != .null else { return nil }
        return value
    }

    /// The value of a member that must be there.
    @usableFromInline func demand(_ name: StaticString) throws -> Int {
        guard let value = find(name) else { throw tree.error(.missing(key: "\(name)"), at: node) }
        return value
    }

    private func place(_ name: StaticString) -> TreeDecoder? { find(name).map { TreeDecoder(tree: tree, node: $0) } }

    private func required(_ name: StaticString) throws -> TreeDecoder {
        TreeDecoder(tree: tree, node: try demand(name))
    }
}

// MARK: - Members that may be absent

extension Members {
    /// A string.
    public func callAsFunction(_ name: StaticString) throws -> String? { try place(name)?.string() }
    /// True or false.
    public func callAsFunction(_ name: StaticString) throws -> Bool? { try place(name)?.boolean() }
    /// An array of strings.
    public func callAsFunction(_ name: StaticString) throws -> [String]? { try place(name)?.strings() }
    /// An object with strings only.
    public func callAsFunction(_ name: StaticString) throws -> [String: String]? { try place(name)?.stringsByKey() }

    /// An integer.
    @inlinable public func callAsFunction<Value: FixedWidthInteger>(_ name: StaticString) throws -> Value? {
        guard let value = find(name) else { return nil }
        return try tree.integer(value)
    }

    /// An object.
    @inlinable public func callAsFunction<Value: ObjectDecodable>(_ name: StaticString) throws -> Value? {
        guard let value = find(name) else { return nil }
        return try Value(Members(tree: tree, node: value))
    }

    /// An array of objects.
    @inlinable public func callAsFunction<Value: ObjectDecodable>(_ name: StaticString) throws -> [Value]? {
        guard let value = find(name) else { return nil }
        return try objects(value)
    }

    /// Anything else.
    ///
    /// Inlined, so that the runtime makes a type such as a dictionary's only for a member that is there.
    @_disfavoredOverload
    @inlinable public func callAsFunction<Value: Decodable>(_ name: StaticString) throws -> Value? {
        guard let value = find(name) else { return nil }
        return try decode(value)
    }
}

// MARK: - Members that must be there

extension Members {
    /// A string.
    public func required(_ name: StaticString) throws -> String { try required(name).string() }
    /// True or false.
    public func required(_ name: StaticString) throws -> Bool { try required(name).boolean() }
    /// An array of strings.
    public func required(_ name: StaticString) throws -> [String] { try required(name).strings() }
    /// An object with strings only.
    public func required(_ name: StaticString) throws -> [String: String] { try required(name).stringsByKey() }

    /// An integer.
    @inlinable public func required<Value: FixedWidthInteger>(_ name: StaticString) throws -> Value {
        try tree.integer(demand(name))
    }

    /// An object.
    @inlinable public func required<Value: ObjectDecodable>(_ name: StaticString) throws -> Value {
        try Value(Members(tree: tree, node: demand(name)))
    }

    /// An array of objects.
    @inlinable public func required<Value: ObjectDecodable>(_ name: StaticString) throws -> [Value] {
        try objects(demand(name))
    }

    /// A word of an enumeration.
    public func required<Value: RawRepresentable<String>>(_ name: StaticString) throws -> Value {
        let place: TreeDecoder = try required(name)
        guard let value = Value(rawValue: try place.string()) else {
            throw tree.error(.refused("unknown value"), at: place.node)
        }
        return value
    }

    /// Anything else.
    @_disfavoredOverload
    public func required<Value: Decodable>(_ name: StaticString) throws -> Value {
        try required(name).decode(Value.self)
    }
}

extension Members {
    @usableFromInline func decode<Value: Decodable>(_ value: Int) throws -> Value {
        try TreeDecoder(tree: tree, node: value).decode(Value.self)
    }

    @usableFromInline func elements(_ array: Int) throws -> Int {
        guard tree.nodes[array].kind == .array else { throw TreeDecoder(tree: tree, node: array).wrongType("an array") }
        return Int(tree.nodes[array].count)
    }

    @usableFromInline func next(_ element: Int) -> Int { Int(tree.nodes[element].next) }

    @inlinable func objects<Value: ObjectDecodable>(_ array: Int) throws -> [Value] {
        let count = try elements(array)
        var values: [Value] = []
        values.reserveCapacity(count)
        var element = array + 1
        for _ in 0..<count {
            values.append(try Value(Members(tree: tree, node: element)))
            element = next(element)
        }
        return values
    }
}
