/// A name or path below a tree as the kernel has it: bytes, which need not be UTF-8, without a NUL.
typealias Bytes = [UInt8]

let slash = UInt8(ascii: "/")

extension [UInt8] {
    /// With the NUL behind it that C wants.
    var z: [UInt8] { self + [0] }

    /// Joined to the name of something below it; a tree's root is the empty path.
    func appending(_ name: Bytes) -> Bytes { isEmpty ? name : self + [slash] + name }

    /// The directory that it is in, and its last component.
    var cut: (parent: Bytes, name: Bytes) {
        guard let index = lastIndex(of: slash) else { return ([], self) }
        return (Bytes(self[..<index]), Bytes(self[(index + 1)...]))
    }

    /// For a message: from the tree's root, no control character, nothing that isn't UTF-8.
    var shown: String { "/" + displayed(self) }
}

extension String {
    /// As the kernel takes it.
    var z: [UInt8] { Array(utf8) + [0] }

    /// Whether both have the same bytes.
    func isExactly(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    func has(prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

    func has(suffix: String) -> Bool {
        utf8.count >= suffix.utf8.count && utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }

    /// What is behind the first `count` bytes, which are ASCII.
    func dropping(_ count: Int) -> String { String(decoding: utf8.dropFirst(count), as: UTF8.self) }

    /// The parts between single bytes.
    func parts(_ separator: Character) -> [String] { split(separator: separator).map(String.init) }
}

/// Bytes of an archive or a tree as text for a terminal.
func displayed(_ bytes: some Collection<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
        let isControl = scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
        text.append(isControl ? "\u{FFFD}" : scalar)
    }
    return String(text)
}

/// The components of a path given by a person or an archive; nil if one of them is `..` or has a NUL.
///
/// Slashes at the beginning, doubled ones, and `.` mean nothing here.
func components(_ path: some Collection<UInt8>) -> [Bytes]? {
    var all: [Bytes] = []
    for part in path.split(separator: slash) {
        if part.elementsEqual(".".utf8) { continue }
        if part.elementsEqual("..".utf8) || part.contains(0) { return nil }
        all.append(Bytes(part))
    }
    return all
}

/// A path below a tree, as bytes; nil if it would leave it.
func pathBelow(_ path: some Collection<UInt8>) -> Bytes? {
    components(path).map { Bytes($0.joined(separator: [slash])) }
}

private let hexDigits = Array("0123456789abcdef".utf8)

/// Two hexadecimal digits for each byte.
func hex(_ bytes: some Sequence<UInt8>) -> String {
    var text: Bytes = []
    for byte in bytes {
        text.append(hexDigits[Int(byte >> 4)])
        text.append(hexDigits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}

/// The bytes that hexadecimal digits stand for; nil for anything else.
func unhex(_ text: some Collection<UInt8>) -> Bytes? {
    guard text.count % 2 == 0 else { return nil }
    var bytes: Bytes = []
    var high: UInt8?
    for digit in text {
        let value: UInt8
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
        default: return nil
        }
        if let first = high {
            bytes.append(first << 4 | value)
            high = nil
        } else {
            high = value
        }
    }
    return bytes
}
