/// What a tree was like when it was made: a line for each file, in the format of mtree(5), which other tools read, too.
struct Manifest {
    struct Entry: Equatable {
        var path: Bytes
        var metadata: Metadata
        /// SHA-256 of a regular file.
        var digest: Bytes?
        /// What the kernel vouches for, where the file system has fs-verity.
        var verity: Bytes?
        /// Names of one file have the same number; nil for a file with one name.
        var group: Int?
    }

    var entries: [Entry] = []
}

extension Manifest {
    /// The text of the file.
    func text() -> Bytes {
        var text = Bytes("#mtree\n".utf8)
        for entry in entries { text += Manifest.line(entry) }
        return text
    }

    private static func line(_ entry: Entry) -> Bytes {
        let it = entry.metadata
        var line = entry.path.isEmpty ? Bytes(".".utf8) : Bytes("./".utf8) + escaped(entry.path)
        func add(_ key: String, _ value: String) { line += Bytes(" \(key)=\(value)".utf8) }
        add("type", it.kind.rawValue)
        add("mode", "0" + String(it.mode, radix: 8))
        add("uid", "\(it.uid)")
        add("gid", "\(it.gid)")
        var fraction = String(it.nanoseconds)
        while fraction.utf8.count < 9 { fraction = "0" + fraction }
        add("time", "\(it.seconds).\(fraction)")
        if it.kind == .regular { add("size", "\(it.size)") }
        if it.kind == .character || it.kind == .block { add("device", "linux,\(it.major),\(it.minor)") }
        if it.kind == .symlink { line += Bytes(" link=".utf8) + escaped(it.target) }
        if let group = entry.group { add("inode", "\(group)") }
        if let digest = entry.digest { add("sha256digest", hex(digest)) }
        if let verity = entry.verity { add("fsverity", hex(verity)) }
        for attribute in it.xattrs {
            line +=
                Bytes(" xattr.".utf8) + escaped(attribute.name) + Bytes("=".utf8) + Bytes(base64(attribute.value).utf8)
        }
        return line + [UInt8(ascii: "\n")]
    }

    /// As vis(3) writes octal: blanks, control characters, bytes beyond ASCII, and what has a meaning here.
    private static func escaped(_ bytes: Bytes) -> Bytes {
        var out: Bytes = []
        for byte in bytes {
            if byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\\") && byte != UInt8(ascii: "#")
                && byte != UInt8(ascii: "=")
            {
                out.append(byte)
            } else {
                let digits = String(byte, radix: 8)
                out += Bytes("\\".utf8) + Bytes(repeating: UInt8(ascii: "0"), count: 3 - digits.utf8.count)
                out += Bytes(digits.utf8)
            }
        }
        return out
    }

    private static func unescaped(_ text: ArraySlice<UInt8>) -> Bytes {
        var out: Bytes = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), rest.count >= 3,
                let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            else {
                out.append(byte)
                continue
            }
            out.append(value)
            rest = rest.dropFirst(3)
        }
        return out
    }

    /// Reads the file.
    init(text: Bytes) throws(ToolError) {
        var number = 0
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
            guard let entry = Manifest.entry(line) else {
                throw ToolError("line \(number) of the manifest can't be read", hint: "make the tree's manifest anew")
            }
            entries.append(entry)
        }
    }

    private static func entry(_ line: ArraySlice<UInt8>) -> Entry? {
        let words = line.split(separator: UInt8(ascii: " "))
        guard let first = words.first, first.first == UInt8(ascii: "."),
            let path = pathBelow(unescaped(first.dropFirst()))
        else { return nil }
        var entry = Entry(path: path, metadata: Metadata())
        for word in words.dropFirst() {
            guard let equals = word.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let key = String(decoding: word[..<equals], as: UTF8.self)
            let value = word[(equals + 1)...]
            guard set(&entry, key, value, Bytes(word[..<equals])) else { return nil }
        }
        return entry
    }

    private static func set(_ entry: inout Entry, _ key: String, _ value: ArraySlice<UInt8>, _ rawKey: Bytes) -> Bool {
        let text = String(decoding: value, as: UTF8.self)
        switch key {
        case "type":
            guard let kind = Metadata.Kind(rawValue: text) else { return false }
            entry.metadata.kind = kind
        case "mode":
            guard let mode = UInt32(text, radix: 8) else { return false }
            entry.metadata.mode = mode
        case "uid", "gid":
            guard let id = UInt32(text) else { return false }
            if key == "uid" { entry.metadata.uid = id } else { entry.metadata.gid = id }
        case "size":
            guard let size = Int64(text) else { return false }
            entry.metadata.size = size
        case "time":
            let parts = text.parts(".")
            guard parts.count == 2, let seconds = Int64(parts[0]), let fraction = Int64(parts[1]) else { return false }
            entry.metadata.seconds = seconds
            entry.metadata.nanoseconds = fraction
        case "device":
            let parts = text.parts(",")
            guard parts.count == 3, let major = UInt32(parts[1]), let minor = UInt32(parts[2]) else { return false }
            entry.metadata.major = major
            entry.metadata.minor = minor
        case "link": entry.metadata.target = unescaped(value)
        case "inode": entry.group = Int(text)
        case "sha256digest": entry.digest = unhex(value)
        case "fsverity": entry.verity = unhex(value)
        default:
            guard key.has(prefix: "xattr.") else { return true }
            guard let content = unbase64(value) else { return false }
            entry.metadata.xattrs.append(.init(name: unescaped(rawKey.dropFirst(6)), value: content))
        }
        return true
    }
}

private let base64Digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

/// Source: RFC 4648, section 4.
func base64(_ bytes: Bytes) -> String {
    var out: Bytes = []
    var index = 0
    while index < bytes.count {
        let group = bytes[index..<min(index + 3, bytes.count)]
        var value: UInt32 = 0
        for byte in group { value = value << 8 | UInt32(byte) }
        value <<= UInt32(8 * (3 - group.count))
        for place in 0..<4 {
            out.append(
                place <= group.count ? base64Digits[Int(value >> UInt32(18 - 6 * place)) & 63] : UInt8(ascii: "="))
        }
        index += 3
    }
    return String(decoding: out, as: UTF8.self)
}

/// nil for what is no base64.
func unbase64(_ text: some Collection<UInt8>) -> Bytes? {
    var out: Bytes = []
    var value: UInt32 = 0
    var bits: UInt32 = 0
    for digit in text where digit != UInt8(ascii: "=") {
        guard let number = base64Digits.firstIndex(of: digit) else { return nil }
        value = (value << 6 | UInt32(number)) & 0xFF_FFFF
        bits += 6
        if bits >= 8 {
            bits -= 8
            out.append(UInt8(truncatingIfNeeded: value >> bits))
        }
    }
    return out
}
