extension String {
    /// The path without empty parts, `.` and `..`, as if no part were a symbolic link.
    ///
    /// Byte by byte: the generic ways of splitting and joining cost a command's start a tenth of a millisecond.
    public var cleanedPath: String {
        let slash = UInt8(ascii: "/")
        let dot = UInt8(ascii: ".")
        var result: [UInt8] = []
        var part: [UInt8] = []
        func finishPart() {
            if part == [dot, dot] {
                result.removeLast(result.count - (result.lastIndex(of: slash) ?? 0))
            } else if !part.isEmpty && part != [dot] {
                result.append(slash)
                result += part
            }
            part.removeAll(keepingCapacity: true)
        }
        for byte in utf8 {
            if byte == slash { finishPart() } else { part.append(byte) }
        }
        finishPart()
        return result.isEmpty ? "/" : String(decoding: result, as: UTF8.self)
    }
}
