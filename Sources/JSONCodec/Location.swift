// Places are worked out when an error needs one, never before.

extension Tree {
    /// An error at a node of this document.
    func error(_ problem: JSONError.Problem, at node: Int) -> JSONError {
        let (line, column) = position(of: Int(nodes[node].offset), in: text)
        return JSONError(problem, pointer: pointer(to: node), line: line, column: column)
    }

    /// The JSON pointer of a value: the way down from the root, found by looking where each container ends.
    private func pointer(to target: Int) -> String {
        var result = ""
        var container = 0
        while container != target {
            let isObject = nodes[container].kind == .object
            var child = container + 1
            var index = 0
            while child < Int(nodes[container].next) {
                let value = isObject ? child + 1 : child
                if target < Int(nodes[value].next) {
                    result += "/" + (isObject ? pointerToken(string(of: child)) : String(index))
                    // A key stands for its member.
                    if target == child { return result }
                    container = value
                    break
                }
                child = Int(nodes[value].next)
                index += 1
            }
            guard child < Int(nodes[container].next) || container == target else { break }
        }
        return result
    }
}

/// Line and column, from 1, of an offset in a text; columns count characters (Unicode scalars).
func position(of offset: Int, in text: [UInt8]) -> (line: Int, column: Int) {
    var line = 1
    var column = 1
    for byte in text.prefix(offset) {
        if byte == UInt8(ascii: "\n") {
            line += 1
            column = 1
        } else if byte & 0xC0 != 0x80 {  // the bytes 10xxxxxx continue a character
            column += 1
        }
    }
    return (line, column)
}

/// A key as it stands in a JSON pointer: "~" and "/" have escapes.
func pointerToken(_ key: String) -> String {
    var token: [UInt8] = []
    for byte in key.utf8 {
        switch byte {
        case UInt8(ascii: "~"): token += "~0".utf8
        case UInt8(ascii: "/"): token += "~1".utf8
        default: token.append(byte)
        }
    }
    return String(decoding: token, as: UTF8.self)
}
