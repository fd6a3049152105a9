internal import Glibc

/// Finds what yajl lets pass, or gets wrong, in the bytes of a text: byte order marks, overlong or surrogate UTF-8, and
/// escapes that name half of a surrogate pair.
enum TextCheck {
    /// The first such place; nil for a text in which there is none.
    static func firstProblem(in text: [UInt8]) -> (problem: JSONError.Problem, offset: Int)? {
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { return (.byteOrderMark, 0) }
        let surrogate = firstLoneSurrogate(in: text)
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: text.span)
        } catch {
            let offset = error.byteOffsets.lowerBound
            if let surrogate, surrogate < offset { return (.loneSurrogate, surrogate) }
            return (.invalidUTF8, offset)
        }
        return surrogate.map { (.loneSurrogate, $0) }
    }

    /// A backslash outside of a string is an error of its own, so every one may be taken for an escape's.
    private static func firstLoneSurrogate(in text: [UInt8]) -> Int? {
        var index = 0
        while let backslash = firstBackslash(in: text, from: index) {
            index = min(backslash + 2, text.count)
            guard let unit = escapedUnit(at: backslash, in: text) else { continue }
            index = backslash + 6
            switch unit {
            case 0xD800...0xDBFF:
                guard let second = escapedUnit(at: index, in: text), 0xDC00...0xDFFF ~= second else {
                    return backslash
                }
                index += 6
            case 0xDC00...0xDFFF: return backslash
            default: break
            }
        }
        return nil
    }

    /// In one look at the memory: nearly no configuration has one.
    private static func firstBackslash(in text: [UInt8], from start: Int) -> Int? {
        unsafe text.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, start < bytes.count,
                let found = unsafe memchr(base + start, Int32(UInt8(ascii: "\\")), bytes.count - start)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - base
        }
    }

    /// The UTF-16 unit of `\uXXXX` at an offset; nil when something else stands there.
    private static func escapedUnit(at offset: Int, in text: [UInt8]) -> UInt16? {
        guard offset + 6 <= text.count, text[offset] == UInt8(ascii: "\\"), text[offset + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt16 = 0
        for byte in text[offset + 2..<offset + 6] {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
