/// Writes an `Encodable` value as JSON: keys in the order of their bytes, so that equal values give equal text.
public struct JSONEncoder: Sendable {
    /// What a level of nesting is indented by.
    public enum Indent: Equatable, Sendable {
        /// One tab.
        case tab
        /// So many spaces.
        case spaces(Int)
    }

    /// Whether each value stands on a line of its own.
    public var pretty: Bool
    /// The indentation of pretty text.
    public var indent: Indent

    /// Makes an encoder for compact text on one line, or for pretty text.
    public init(pretty: Bool = false, indent: Indent = .tab) {
        self.pretty = pretty
        self.indent = indent
    }

    /// Encodes a value; the text doesn't end in a newline.
    public func encode<Value: Encodable>(_ value: Value) throws(JSONError) -> [UInt8] {
        let root = Draft()
        do {
            try TreeEncoder(draft: root).encode(value)
        } catch let error as JSONError {
            throw error
        } catch {
            throw JSONError(.refused(reason(of: error)), pointer: "")
        }
        var writer = Writer(unit: pretty ? unit : nil)
        writer.write(root, depth: 0)
        return writer.text
    }

    private var unit: [UInt8] {
        switch indent {
        case .tab: [UInt8(ascii: "\t")]
        case .spaces(let count): [UInt8](repeating: UInt8(ascii: " "), count: max(0, count))
        }
    }

    private func reason(of error: any Error) -> String {
        guard case .invalidValue(_, let context)? = error as? EncodingError else { return "\(error)" }
        return context.debugDescription
    }
}

/// A value on its way into text; containers are filled through references to it.
final class Draft {
    enum Content {
        case null
        /// A number, true or false: text that is ready.
        case literal(String)
        case string(String)
        case array([Draft])
        case object([(key: String, value: Draft)])
    }

    var content = Content.null
}

/// Puts drafts into text.
private struct Writer {
    /// One level's indentation; nil for compact text.
    let unit: [UInt8]?
    var text: [UInt8] = []

    mutating func write(_ draft: Draft, depth: Int) {
        switch draft.content {
        case .null: text += "null".utf8
        case .literal(let literal): text += literal.utf8
        case .string(let string): text.append(jsonString: string)
        case .array(let elements):
            text.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                startItem(index, depth: depth + 1)
                write(element, depth: depth + 1)
            }
            endItems(elements.isEmpty, depth: depth)
            text.append(UInt8(ascii: "]"))
        case .object(let members):
            text.append(UInt8(ascii: "{"))
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (index, member) in sorted.enumerated() {
                startItem(index, depth: depth + 1)
                text.append(jsonString: member.key)
                text.append(UInt8(ascii: ":"))
                if unit != nil { text.append(UInt8(ascii: " ")) }
                write(member.value, depth: depth + 1)
            }
            endItems(sorted.isEmpty, depth: depth)
            text.append(UInt8(ascii: "}"))
        }
    }

    private mutating func startItem(_ index: Int, depth: Int) {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        newLine(depth)
    }

    private mutating func endItems(_ isEmpty: Bool, depth: Int) {
        if !isEmpty { newLine(depth) }
    }

    private mutating func newLine(_ depth: Int) {
        guard let unit else { return }
        text.append(UInt8(ascii: "\n"))
        for _ in 0..<depth { text += unit }
    }
}
