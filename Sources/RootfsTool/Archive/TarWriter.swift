internal import CRootfs
internal import Glibc

/// A layer that is being written: a tar archive on its way through compression into a file.
///
/// Source: pax(1), tar(5). What the plain header has no room for goes into a pax header before it, which every reader
/// that matters knows.
@safe final class LayerWriter {
    private let packer: OpaquePointer
    private var isFinished = false
    /// An ordinary user, whose files are root's inside of a container; nil for root.
    private let caller = geteuid() == 0 ? nil : (uid: geteuid(), gid: getegid())
    /// The name under which a file with several names was written first.
    private var written: [FileKey: Bytes] = [:]

    /// Writes from the position of `fd` on.
    init(_ fd: Int32, _ compression: Compression) throws(ToolError) {
        let made = unsafe rf_packer_new(
            fd, Int32(bitPattern: compression.kind.rawValue), Int32(compression.level), rf_processors())
        guard let packer = unsafe made else { throw ToolError("cannot start the compression: no memory or threads") }
        unsafe self.packer = packer
    }

    deinit { if !isFinished { _ = unsafe rf_packer_finish(packer, nil) } }

    /// Ends the archive; answers sizes and digests.
    func finish() throws(ToolError) -> Packed {
        try write(Bytes(repeating: 0, count: 1024))
        var packed = rf_packed()
        isFinished = true
        try ok(unsafe rf_packer_finish(packer, &packed), "write the layer")
        return Packed(packed)
    }

    /// Writes what was met in a tree under another path, its content included.
    func add(_ visit: Visit, as path: Bytes) throws(ToolError) {
        var metadata = visit.found.metadata
        if let caller, metadata.uid == caller.uid { metadata.uid = 0 }
        if let caller, metadata.gid == caller.gid { metadata.gid = 0 }
        // Sockets are gone when their maker is; archives have no type for them.
        if metadata.kind == .socket { return }
        let giving = Giving(owners: true, privilegedAttributes: true)
        metadata.xattrs = metadata.xattrs.filter(giving.takes)
        if metadata.kind != .directory && visit.found.links > 1 {
            if let first = written[visit.found.key] {
                try header(metadata, path, type: "1", link: first, size: 0)
                return
            }
            written[visit.found.key] = path
        }
        guard metadata.kind == .regular else {
            try add(metadata, path)
            return
        }
        let file = try visit.directory.reading(visit.name, visit.path)
        // Of the file that was opened: another one may have taken the name.
        metadata.size = try file.lookAtSelf(visit.path).metadata.size
        try header(metadata, path, type: "0", link: [], size: metadata.size)
        let result = unsafe rf_packer_copy(packer, file.fd, metadata.size)
        if result == -ENODATA { throw ToolError("\(visit.path.shown) became shorter while it was read") }
        if result == -EINTR { throw .interrupted }
        try ok(result, "pack \(visit.path.shown)")
        try pad(metadata.size)
    }

    /// Writes an entry without content.
    func add(_ metadata: Metadata, _ path: Bytes) throws(ToolError) {
        let type: Character =
            switch metadata.kind {
            case .directory: "5"
            case .symlink: "2"
            case .character: "3"
            case .block: "4"
            case .fifo: "6"
            default: "0"
            }
        try header(metadata, path, type: type, link: metadata.target, size: 0)
    }

    private func pad(_ size: Int64) throws(ToolError) {
        let rest = Int(size % 512)
        if rest > 0 { try write(Bytes(repeating: 0, count: 512 - rest)) }
    }

    private func write(_ bytes: Bytes) throws(ToolError) {
        try ok(unsafe rf_packer_write(packer, bytes, bytes.count), "write the layer")
    }

    private func header(
        _ metadata: Metadata, _ path: Bytes, type: Character, link: Bytes, size: Int64
    ) throws(ToolError) {
        var block = TarBlock()
        var pax = PaxRecords()
        let isDirectory = metadata.kind == .directory
        let name = path.isEmpty ? Bytes("./".utf8) : isDirectory ? path + [slash] : path
        if !block.setName(name) { pax.add("path", name) }
        if !block.setLink(link) { pax.add("linkpath", link) }
        if !block.setOwners(metadata.uid, metadata.gid) {
            pax.add("uid", "\(metadata.uid)")
            pax.add("gid", "\(metadata.gid)")
        }
        if !block.setSize(size) { pax.add("size", "\(size)") }
        if metadata.nanoseconds != 0 || !block.setTime(metadata.seconds) {
            pax.add("mtime", paxTime(metadata.seconds, metadata.nanoseconds))
        }
        block.setRest(mode: metadata.mode, type: type, major: metadata.major, minor: metadata.minor)
        if type != "1" {
            for attribute in metadata.xattrs {
                pax.add(Bytes("SCHILY.xattr.".utf8) + attribute.name, attribute.value)
            }
        }
        if !pax.bytes.isEmpty {
            var extra = TarBlock()
            _ = extra.setName(Bytes("PaxHeaders/".utf8) + Bytes(path.cut.name.prefix(80)))
            _ = extra.setSize(Int64(pax.bytes.count))
            extra.setRest(mode: 0o644, type: "x", major: 0, minor: 0)
            try write(extra.sealed())
            try write(pax.bytes)
            try pad(Int64(pax.bytes.count))
        }
        try write(block.sealed())
    }

    private func paxTime(_ seconds: Int64, _ nanoseconds: Int64) -> String {
        // Before 1970 the fraction counts backwards in decimal notation.
        let isNegative = seconds < 0 && nanoseconds > 0
        let whole = isNegative ? seconds + 1 : seconds
        let fraction = isNegative ? 1_000_000_000 - nanoseconds : nanoseconds
        if fraction == 0 { return "\(whole)" }
        var digits = String(fraction)
        while digits.utf8.count < 9 { digits = "0" + digits }
        while digits.has(suffix: "0") { digits.removeLast() }
        return "\(isNegative && whole == 0 ? "-" : "")\(whole).\(digits)"
    }
}

/// Sizes and digests of a layer as it is stored, and of the archive inside.
struct Packed: Equatable {
    var digest: Bytes
    var diffDigest: Bytes
    var size: Int64
    var diffSize: Int64

    init(_ raw: rf_packed) {
        var raw = raw
        digest = unsafe withUnsafeBytes(of: &raw.digest) { unsafe Bytes($0) }
        diffDigest = unsafe withUnsafeBytes(of: &raw.diff_digest) { unsafe Bytes($0) }
        size = raw.size
        diffSize = raw.diff_size
    }
}

/// How layers are compressed.
struct Compression: Equatable {
    enum Kind: UInt32 {
        case plain = 0
        case gzip = 1
        case zstd = 2
    }

    var kind: Kind
    var level: Int

    static let plain = Compression(kind: .plain, level: 0)
    /// The speed of the format's fast levels at about the size of its usual one.
    static let gzip = Compression(kind: .gzip, level: 4)
    static let zstd = Compression(kind: .zstd, level: 3)
}

/// The records of a pax header: "LENGTH KEY=VALUE\n", where the length counts itself.
struct PaxRecords {
    private(set) var bytes: Bytes = []

    mutating func add(_ key: String, _ value: String) { add(Bytes(key.utf8), Bytes(value.utf8)) }
    mutating func add(_ key: String, _ value: Bytes) { add(Bytes(key.utf8), value) }

    mutating func add(_ key: Bytes, _ value: Bytes) {
        let rest = key.count + value.count + 3
        var length = rest + String(rest).utf8.count
        if String(length).utf8.count != String(rest).utf8.count { length = rest + String(length).utf8.count }
        bytes += Bytes("\(length) ".utf8) + key + [UInt8(ascii: "=")] + value + [UInt8(ascii: "\n")]
    }
}

/// One block of 512 bytes that heads an entry.
struct TarBlock {
    var bytes = Bytes(repeating: 0, count: 512)

    private mutating func put(_ text: Bytes, at offset: Int) {
        bytes.replaceSubrange(offset..<(offset + text.count), with: text)
    }

    /// Octal digits and a NUL; false if there are too many.
    private mutating func putOctal(_ value: Int64, at offset: Int, width: Int) -> Bool {
        guard value >= 0 else { return false }
        let digits = Bytes(String(value, radix: 8).utf8)
        guard digits.count < width else { return false }
        put(Bytes(repeating: UInt8(ascii: "0"), count: width - 1 - digits.count) + digits, at: offset)
        return true
    }

    /// False if the name fits neither as it is nor split at a slash.
    mutating func setName(_ name: Bytes) -> Bool {
        if name.count <= 100 {
            put(name, at: 0)
            return true
        }
        // The last slash with at most 100 bytes behind it; one at the very end belongs to the name.
        let body = name.dropLast()
        if name.count <= 256,
            let index = body.indices.first(where: {
                body[$0] == slash && name.count - $0 - 1 <= 100 && $0 > 0
            }), index <= 155
        {
            put(Bytes(name[..<index]), at: 345)
            put(Bytes(name[(index + 1)...]), at: 0)
            return true
        }
        put(Bytes(name.prefix(100)), at: 0)
        return false
    }

    mutating func setLink(_ link: Bytes) -> Bool {
        put(Bytes(link.prefix(100)), at: 157)
        return link.count <= 100
    }

    mutating func setOwners(_ uid: UInt32, _ gid: UInt32) -> Bool {
        let fits = uid < 1 << 21 && gid < 1 << 21
        _ = putOctal(fits ? Int64(uid) : 0, at: 108, width: 8)
        _ = putOctal(fits ? Int64(gid) : 0, at: 116, width: 8)
        return fits
    }

    mutating func setSize(_ size: Int64) -> Bool {
        let fits = putOctal(size, at: 124, width: 12)
        if !fits { _ = putOctal(0, at: 124, width: 12) }
        return fits
    }

    mutating func setTime(_ seconds: Int64) -> Bool {
        let fits = putOctal(seconds, at: 136, width: 12)
        if !fits { _ = putOctal(0, at: 136, width: 12) }
        return fits
    }

    mutating func setRest(mode: UInt32, type: Character, major: UInt32, minor: UInt32) {
        _ = putOctal(Int64(mode), at: 100, width: 8)
        if bytes[108] == 0 { _ = setOwners(0, 0) }
        if bytes[136] == 0 { _ = setTime(0) }
        put(Bytes(type.utf8), at: 156)
        put(Bytes("ustar\u{0}00".utf8), at: 257)
        _ = putOctal(Int64(major), at: 329, width: 8)
        _ = putOctal(Int64(minor), at: 337, width: 8)
    }

    /// With the checksum, which is counted as if blanks were in its place.
    func sealed() -> Bytes {
        var block = self
        block.put(Bytes(repeating: UInt8(ascii: " "), count: 8), at: 148)
        let sum = block.bytes.reduce(0) { $0 + Int64($1) }
        _ = block.putOctal(sum, at: 148, width: 7)
        block.bytes[154] = 0
        block.bytes[155] = UInt8(ascii: " ")
        return block.bytes
    }
}
