// Text of the configuration, judged byte by byte: Swift's own comparisons go by characters, the kernel's don't.

/// Text from a configuration for a message: in quotes, control characters escaped, cut when it is long.
func quoted(_ text: String) -> String {
    let limit = 80
    var shown = "\""
    for scalar in text.unicodeScalars.prefix(limit) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator:
            shown += "\\u{" + String(scalar.value, radix: 16) + "}"
        default: shown.unicodeScalars.append(scalar)
        }
    }
    return shown + (text.unicodeScalars.count > limit ? "…\"" : "\"")
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

extension String {
    /// Whether both have the same bytes; `==` would take a Kelvin sign for a "K".
    func isExactly(_ other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }

    /// Whether a byte below 0x20 or DEL is in it.
    var hasControlBytes: Bool {
        utf8.contains { $0 < 0x20 || $0 == 0x7F }
    }

    /// Whether a path begins at the root.
    var isAbsolutePath: Bool {
        utf8.first == UInt8(ascii: "/")
    }

    /// Whether nothing in a path asks for a closer look: no empty component, none that begins with ".", no "/" behind.
    private var isPlainPath: Bool {
        let slash = UInt8(ascii: "/")
        var previous: UInt8?
        for byte in utf8 {
            if byte == slash ? previous == slash : byte == UInt8(ascii: ".") && (previous ?? slash) == slash {
                return false
            }
            previous = byte
        }
        return previous != nil && previous != slash
    }

    /// The components of a path without empty ones and ".".
    var pathComponents: [Substring.UTF8View] {
        utf8.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
    }

    /// Whether ".." is a component of a path.
    var climbs: Bool {
        !isPlainPath && pathComponents.contains { $0.elementsEqual("..".utf8) }
    }

    /// The path with ".." applied to the text, from the root: what it names where no symlink is in the way.
    var normalizedPath: String {
        if isPlainPath && isAbsolutePath { return self }
        var parts: [Substring.UTF8View] = []
        for part in pathComponents {
            if part.elementsEqual("..".utf8) { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.map { String($0) ?? "" }.joined(separator: "/")
    }

    /// Why the kernel takes no such path, ENAMETOOLONG in path_resolution(7); nil when it does.
    var pathLengthProblem: String? {
        if utf8.count <= 255 { return nil }
        if utf8.count > 4095 { return "the path has \(utf8.count) bytes, the kernel takes 4095" }
        let longest = utf8.split(separator: UInt8(ascii: "/")).map(\.count).max() ?? 0
        return longest > 255 ? "a name in the path has \(longest) bytes, file systems take 255" : nil
    }
}

/// ` (did you mean "x"?)` when one of the names is only a slip away; else nothing.
func suggestion(for text: String, among names: [String]) -> String {
    guard text.utf8.count <= 64 else { return "" }
    let typed = Array(text.utf8).map(lowercased)
    let best = names.map { ($0, distance(typed, Array($0.utf8).map(lowercased))) }.min { $0.1 < $1.1 }
    guard let best, best.1 <= max(1, text.utf8.count / 4) else { return "" }
    return "; did you mean \(quoted(best.0))?"
}

private func lowercased(_ byte: UInt8) -> UInt8 {
    UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte + 32 : byte
}

/// How many bytes must be inserted, removed or replaced to make one text the other (Levenshtein).
private func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
    var row = Array(0...other.count)
    for (i, a) in one.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, b) in other.enumerated() {
            let above = row[j + 1]
            row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a == b ? 0 : 1))
            diagonal = above
        }
    }
    return row[other.count]
}
