internal import CLinux

// What the standard library can do, too, but in generic ways. To find out what they are about, their first use searches
// every conformance of the program, which takes a command longer than all that it does with text.

extension [String] {
    /// All texts in one, with a separator between them.
    public func linked(by separator: String) -> String {
        guard var text = first else { return "" }
        for part in dropFirst() {
            text += separator
            text += part
        }
        return text
    }
}

extension String {
    /// Text that is given as bytes; nil for what isn't UTF-8.
    public init?(checking bytes: ArraySlice<UInt8>) {
        // Nearly always it's ASCII, and needs no validation.
        if bytes.allSatisfy({ $0 < 0x80 }) {
            self.init(decoding: bytes, as: UTF8.self)
        } else {
            self.init(validating: bytes, as: UTF8.self)
        }
    }

    /// True if there is a NUL in the text, at which it would end for C.
    public var hasNUL: Bool {
        var text = self
        return text.withUTF8 { bytes in
            guard let start = bytes.baseAddress else { return false }
            return unsafe memchr(start, 0, bytes.count) != nil
        }
    }

    /// True if the bytes begin with those of another text.
    ///
    /// With one comparison of memory: a view of bytes is asked for each of them.
    public func begins(with prefix: String) -> Bool {
        var text = self
        var prefix = prefix
        return text.withUTF8 { bytes in
            prefix.withUTF8 { wanted in
                guard let own = bytes.baseAddress, let other = wanted.baseAddress else { return wanted.isEmpty }
                return unsafe bytes.count >= wanted.count && memcmp(own, other, wanted.count) == 0
            }
        }
    }
}

extension ArraySlice<UInt8> {
    /// The texts between separators, without empty ones and those that aren't UTF-8.
    public func texts(separatedBy isSeparator: (UInt8) -> Bool) -> [String] {
        var texts: [String] = []
        var start = startIndex
        for end in startIndex...endIndex where end == endIndex || isSeparator(self[end]) {
            if end > start, let text = String(checking: self[start..<end]) { texts.append(text) }
            start = end + 1
        }
        return texts
    }
}
