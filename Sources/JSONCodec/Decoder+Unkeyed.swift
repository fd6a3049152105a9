/// An array that is read from front to back.
struct UnkeyedContainer: UnkeyedDecodingContainer {
    let tree: Tree
    let node: Int
    private var element: Int
    private(set) var currentIndex = 0

    init(tree: Tree, node: Int) {
        self.tree = tree
        self.node = node
        element = node + 1
    }

    var codingPath: [any CodingKey] { [] }
    var count: Int? { Int(tree.nodes[node].count) }
    var isAtEnd: Bool { currentIndex >= Int(tree.nodes[node].count) }

    /// Takes the next element only once it was read, so that a failed try can be repeated with another type.
    private mutating func next<Value>(_ read: (TreeDecoder) throws -> Value) throws -> Value {
        guard !isAtEnd else { throw tree.error(.refused("the array has too few elements"), at: node) }
        let value = try read(TreeDecoder(tree: tree, node: element))
        element = Int(tree.nodes[element].next)
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, tree.nodes[element].kind == .null else { return false }
        return try next { _ in true }
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next { try $0.decode(type) } }
    mutating func decode(_ type: String.Type) throws -> String { try next { try $0.string() } }
    mutating func decode(_ type: Bool.Type) throws -> Bool { try next { try $0.boolean() } }
    mutating func decode(_ type: Double.Type) throws -> Double { try next { try $0.floatingPoint() } }
    mutating func decode(_ type: Float.Type) throws -> Float { try next { try $0.floatingPoint() } }
    mutating func decode(_ type: Int.Type) throws -> Int { try next { try $0.integer() } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try next { try $0.integer() } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try next { try $0.integer() } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try next { try $0.integer() } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try next { try $0.integer() } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try next { try $0.integer() } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next { try $0.integer() } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next { try $0.integer() } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next { try $0.integer() } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next { try $0.integer() } }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try next { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder {
        try next { $0 }
    }
}
