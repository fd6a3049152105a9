/// One component of a path as the kernel takes it: bytes, which need not be UTF-8, with a NUL behind them.
struct Component: Equatable {
    let cString: [CChar]

    init(_ bytes: some Collection<UInt8>) {
        cString = bytes.map { CChar(bitPattern: $0) } + [0]
    }

    var bytes: [UInt8] { cString.dropLast().map { UInt8(bitPattern: $0) } }
    var isDot: Bool { bytes == [UInt8(ascii: ".")] }
    var isDotDot: Bool { bytes == [UInt8(ascii: "."), UInt8(ascii: ".")] }

    /// True for what can name an entry of a directory, and nothing but that.
    static func isName(_ bytes: some Collection<UInt8>) -> Bool {
        let name = Component(bytes)
        return !bytes.isEmpty && !name.isDot && !name.isDotDot && !bytes.contains(0)
            && !bytes.contains(UInt8(ascii: "/"))
    }

    /// The components of a path; one that ends in a slash gets a `.` as its last, which means the same.
    static func split(_ path: some Collection<UInt8>) -> [Component] {
        var components = path.split(separator: UInt8(ascii: "/")).map { Component($0) }
        let endsInSlash = path.suffix(1).first == UInt8(ascii: "/")
        if endsInSlash && !components.isEmpty { components.append(Component([UInt8(ascii: ".")])) }
        return components
    }
}

/// A path's parent, `/` where it has none, and its last component, which is empty behind a slash.
func cut(_ path: String) -> (parent: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("/", path) }
    let parent = String(decoding: path.utf8[..<slash], as: UTF8.self)
    // Cut at a slash, which is never within a character's encoding, both are UTF-8 as the path was.
    let name = String(decoding: path.utf8[path.utf8.index(after: slash)...], as: UTF8.self)
    return (parent.utf8.isEmpty ? "/" : parent, name)
}

/// Bytes of an image as text for a terminal or a log: no control character, nothing that isn't UTF-8.
func displayed(_ bytes: some Collection<UInt8>) -> String {
    // Nearly every path is plain, and to ask what kind of character each is takes longer than all the rest of a look-up.
    if bytes.allSatisfy({ 0x20...0x7E ~= $0 }) { return String(decoding: bytes, as: UTF8.self) }
    var text = String.UnicodeScalarView()
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
        let isControl = scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
        text.append(isControl ? "\u{FFFD}" : scalar)
    }
    return String(text)
}
