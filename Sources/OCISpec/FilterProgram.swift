/// A filter of system calls as it is handed to the kernel, in base64.
///
/// Source: seccomp(2), RFC 4648 chapter 4.
public enum FilterProgram {
    /// The kernel takes no longer one, BPF_MAXINSNS.
    public static let mostInstructions = 4096

    /// Why text is no program.
    public struct Mistake: Error, Equatable {
        /// What is wrong with it, as a sentence without a full stop.
        public let words: String
    }

    /// The instructions, each as its eight bytes lie in memory.
    public static func instructions(_ text: String) throws(Mistake) -> [UInt64] {
        // Looked at before anything is decoded: more can't be right.
        if text.utf8.count > mostInstructions * 11 {
            throw Mistake(words: "it has more characters than \(mostInstructions) instructions take")
        }
        let bytes = try decoded(text)
        if bytes.isEmpty { throw Mistake(words: "it is empty") }
        if bytes.count % 8 != 0 {
            throw Mistake(words: "it has \(bytes.count) bytes, and an instruction takes 8")
        }
        if bytes.count / 8 > mostInstructions {
            throw Mistake(words: "it has \(bytes.count / 8) instructions, the kernel takes \(mostInstructions)")
        }
        return stride(from: 0, to: bytes.count, by: 8).map { start in
            UInt64(littleEndian: bytes[start..<(start + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) })
        }
    }

    /// Base64 as it is defined: no blanks, no line ends, padded, and no bits behind the last byte.
    private static func decoded(_ text: String) throws(Mistake) -> [UInt8] {
        let characters = Array(text.utf8)
        if characters.count % 4 != 0 { throw Mistake(words: "it isn't base64, whose length is a multiple of 4") }
        let padding = characters.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count / 4 * 3)
        var bits: UInt32 = 0
        for (index, character) in characters.dropLast(padding).enumerated() {
            guard let value = value(of: character) else {
                throw Mistake(words: "it isn't base64: no such character can be at byte \(index)")
            }
            bits = bits << 6 | value
            switch index % 4 {
            case 1: bytes.append(UInt8(truncatingIfNeeded: bits >> 4))
            case 2: bytes.append(UInt8(truncatingIfNeeded: bits >> 2))
            case 3: bytes.append(UInt8(truncatingIfNeeded: bits))
            default: break
            }
        }
        let unused: UInt32 = padding == 0 ? 0 : padding == 1 ? 0b11 : 0b1111
        if bits & unused != 0 { throw Mistake(words: "it isn't base64: there are bits behind its last byte") }
        return bytes
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
