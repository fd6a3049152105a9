/// A parsed JSON text: one flat list of nodes in document order, which point into the text.
///
/// An array's elements follow it; an object's members follow it as pairs of key and value. Nothing is copied but strings
/// with escapes, so that a decoder can read in place.
@usableFromInline final class Tree: Sendable {
    /// The whole text; valid UTF-8.
    let text: [UInt8]
    /// The contents of strings that had escapes.
    let unescaped: [UInt8]
    /// All nodes; the first is the document's value.
    let nodes: [Node]

    init(text: [UInt8], unescaped: [UInt8], nodes: [Node]) {
        self.text = text
        self.unescaped = unescaped
        self.nodes = nodes
    }
}

/// One value or key of a document.
struct Node {
    enum Kind: UInt8 {
        case null, boolean, number, string, array, object
    }

    var kind: Kind
    /// Of a boolean its value, of a string or number whether its bytes are in ``Tree/unescaped``.
    var flag = false
    /// Of a string or number: its first byte.
    var start: UInt32 = 0
    /// Of a string or number: its bytes; of an array or object: its elements or members.
    var count: UInt32 = 0
    /// The index of the node behind this one and everything in it.
    var next: UInt32
    /// Where the value begins in the text.
    var offset: UInt32
}

extension Tree {
    /// The bytes of a string or number.
    func bytes(of node: Int) -> ArraySlice<UInt8> {
        let entry = nodes[node]
        let range = Int(entry.start)..<Int(entry.start) + Int(entry.count)
        return entry.flag ? unescaped[range] : text[range]
    }

    /// The text of a string or number.
    func string(of node: Int) -> String {
        let entry = nodes[node]
        return unsafe (entry.flag ? unescaped : text).withUnsafeBufferPointer { bytes in
            let range = Int(entry.start)..<Int(entry.start) + Int(entry.count)
            return unsafe String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self)
        }
    }

    /// The value of an object's member with this name, compared byte by byte; nil where there is none.
    func member(_ name: String, of object: Int) -> Int? {
        var name = name
        return name.withUTF8 { wanted in unsafe member(wanted, of: object) }
    }

    /// The same for a name that stands in the code.
    func member(_ name: StaticString, of object: Int) -> Int? {
        name.withUTF8Buffer { wanted in unsafe member(wanted, of: object) }
    }

    private func member(_ wanted: UnsafeBufferPointer<UInt8>, of object: Int) -> Int? {
        var key = object + 1
        for _ in 0..<nodes[object].count {
            let entry = nodes[key]
            if Int(entry.count) == wanted.count, unsafe isEqual(entry, wanted) { return key + 1 }
            key = Int(nodes[key + 1].next)
        }
        return nil
    }

    private func isEqual(_ entry: Node, _ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
        unsafe (entry.flag ? unescaped : text).withUnsafeBufferPointer { bytes in
            for index in 0..<wanted.count where unsafe bytes[Int(entry.start) + index] != wanted[index] { return false }
            return true
        }
    }

    /// The same tree with null in the place of some members of the document.
    func without(_ unwanted: [String]) -> Tree {
        guard !unwanted.isEmpty, nodes[0].kind == .object else { return self }
        var nodes = nodes
        for name in unwanted {
            if let value = member(name, of: 0) { nodes[value].kind = .null }
        }
        return Tree(text: text, unescaped: unescaped, nodes: nodes)
    }

    /// What a person calls the value.
    func kindInWords(_ node: Int) -> String {
        switch nodes[node].kind {
        case .null: "null"
        case .boolean: nodes[node].flag ? "true" : "false"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
