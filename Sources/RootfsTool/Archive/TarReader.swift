internal import CRootfs
internal import Glibc

/// An entry of an archive: what it is called and what it is like; its content is read on demand.
struct TarEntry {
    enum Kind { case file, hardLink }

    var path: Bytes = []
    var kind = Kind.file
    var metadata = Metadata()
    /// What a hard link or symbolic link names.
    var link: Bytes = []
    /// The bytes in the archive.
    var storedSize: Int64 = 0
    /// The parts of a sparse file that are stored, in order; nil for a file that is stored as a whole.
    var sparse: [Extent]?

    struct Extent: Equatable {
        var offset: Int64
        var length: Int64
    }
}

/// Reads the archives that tar, Go's archive/tar, Python and libarchive write.
///
/// Formats: v7, ustar, pax with global headers, GNU with long names and base-256 numbers, sparse files of GNU's old
/// format and of its pax formats 0.0, 0.1 and 1.0. Everything an archive says is bounded before it is believed.
final class TarReader {
    private let source: LayerReader
    private let limits: UnpackLimits
    /// What of the last entry's content is still unread, with its padding.
    private var unread: Int64 = 0
    private var globals = PaxValues()

    init(_ source: LayerReader, _ limits: UnpackLimits) {
        self.source = source
        self.limits = limits
    }

    private func bad(_ what: String) -> ToolError { ToolError("the archive is damaged: \(what)") }

    /// The next entry; nil at the end.
    ///
    /// Content that wasn't read is skipped.
    func next() throws(ToolError) -> TarEntry? {
        try source.copy(nil, unread)
        unread = 0
        var longName: Bytes?
        var longLink: Bytes?
        var local = PaxValues()
        var extras = 0
        while true {
            guard let block = try nextBlock() else {
                if extras > 0 { throw bad("it ends behind a header without an entry") }
                return nil
            }
            let header = TarHeader(block)
            try header.check(bad)
            extras += 1
            if extras > 16 { throw bad("an entry has more than 16 headers") }
            guard let size = header.size, size >= 0 else { throw bad("an entry's size is no number") }
            switch header.type {
            case "x": local = try PaxValues(try content(size, header.type), bad)
            case "g": globals.take(try PaxValues(try content(size, header.type), bad))
            case "L": longName = Bytes(try content(size, header.type).prefix { $0 != 0 })
            case "K": longLink = Bytes(try content(size, header.type).prefix { $0 != 0 })
            // A volume's label, and the continuation of a file from another volume: no files here.
            case "V": try source.copy(nil, padded(size))
            default:
                return try entry(header, globals.overlaid(with: local), longName, longLink)
            }
        }
    }

    /// Writes the content of the entry that was answered last to a file, at the places where it belongs.
    func copyContent(of entry: TarEntry, to file: OpenFile) throws(ToolError) {
        guard let sparse = entry.sparse else {
            try source.copy(file, entry.storedSize)
            unread -= entry.storedSize
            return
        }
        for extent in sparse where extent.length > 0 {
            if lseek(file.fd, Int(extent.offset), SEEK_SET) < 0 {
                throw ToolError("write \(entry.path.shown)", Int64(-errno))
            }
            try source.copy(file, extent.length)
            unread -= extent.length
        }
        if ftruncate(file.fd, Int(entry.metadata.size)) < 0 {
            throw ToolError("write \(entry.path.shown)", Int64(-errno))
        }
    }

    /// Reads on to the end of the stream, so that its digest is that of all of it.
    func drain() throws(ToolError) { try source.drain() }

    private func nextBlock() throws(ToolError) -> Bytes? {
        guard let block = try source.read(512) else { return nil }
        if block.contains(where: { $0 != 0 }) { return block }
        // Two blocks of zeros are the end; readers accept one, and an end without any.
        return nil
    }

    private func padded(_ size: Int64) -> Int64 { (size + 511) & ~511 }

    /// The content of a header that describes the next entry.
    private func content(_ size: Int64, _ type: Character) throws(ToolError) -> Bytes {
        if size > limits.headerBytes { throw bad("a header of type \(type) has \(size) bytes") }
        guard let bytes = try source.read(Int(padded(size))) else { return [] }
        return Bytes(bytes.prefix(Int(size)))
    }

    private func entry(
        _ header: TarHeader, _ pax: PaxValues, _ longName: Bytes?, _ longLink: Bytes?
    ) throws(ToolError) -> TarEntry {
        var entry = TarEntry()
        entry.path = pax.path ?? longName ?? header.name
        entry.link = pax.linkPath ?? longLink ?? header.link
        if entry.path.count > 4096 || entry.link.count > 4095 { throw bad("a name has more than 4096 bytes") }
        guard let uid = pax.uid ?? header.uid, let gid = pax.gid ?? header.gid,
            let owner = UInt32(exactly: uid), let group = UInt32(exactly: gid)
        else { throw bad("\(entry.path.shown) has an impossible owner") }
        guard let mode = header.mode else { throw bad("\(entry.path.shown) has an impossible mode") }
        guard let seconds = pax.seconds ?? header.time else { throw bad("\(entry.path.shown) has an impossible time") }
        entry.metadata.uid = owner
        entry.metadata.gid = group
        entry.metadata.mode = UInt32(truncatingIfNeeded: mode & 0o7777)
        entry.metadata.seconds = seconds
        entry.metadata.nanoseconds = pax.nanoseconds
        entry.metadata.xattrs = pax.xattrs
        let stored = pax.size ?? header.size ?? 0
        guard stored >= 0, stored <= Int64.max - 1024 else { throw bad("\(entry.path.shown) has an impossible size") }
        try setType(&entry, header, stored)
        if header.type == "S" || pax.isSparse { try setSparse(&entry, header, pax) }
        return entry
    }

    private func setType(_ entry: inout TarEntry, _ header: TarHeader, _ stored: Int64) throws(ToolError) {
        var hasContent = false
        switch header.type {
        case "0", "\0", "7", "S":
            // The oldest format has no type for directories.
            entry.metadata.kind = header.type != "S" && entry.path.last == slash ? .directory : .regular
            hasContent = true
        case "1":
            entry.kind = .hardLink
            // POSIX allows content here; nobody writes it, and whoever does means the same file.
            hasContent = stored > 0
        case "2":
            entry.metadata.kind = .symlink
            entry.metadata.target = entry.link
            entry.metadata.mode = 0o777
        case "3", "4":
            entry.metadata.kind = header.type == "3" ? .character : .block
            guard let major = header.major, let minor = header.minor, let a = UInt32(exactly: major),
                let b = UInt32(exactly: minor)
            else { throw bad("the device \(entry.path.shown) has impossible numbers") }
            entry.metadata.major = a
            entry.metadata.minor = b
        case "5": entry.metadata.kind = .directory
        case "6": entry.metadata.kind = .fifo
        default: throw bad("\(entry.path.shown) is of the unknown type “\(displayed(header.type.utf8))”")
        }
        if hasContent {
            entry.storedSize = stored
            if entry.metadata.kind == .regular { entry.metadata.size = stored }
            unread = padded(stored)
        } else if header.type == "5" {
            unread = padded(stored)  // some writers give directories a size, and bytes with it
        }
    }

    private func setSparse(_ entry: inout TarEntry, _ header: TarHeader, _ pax: PaxValues) throws(ToolError) {
        var extents: [TarEntry.Extent] = []
        var size = pax.sparseSize ?? entry.metadata.size
        if header.type == "S" {
            guard let real = header.sparseSize else { throw bad("\(entry.path.shown) has an impossible size") }
            size = real
            extents = try oldSparse(header)
        } else if pax.sparseMajor == 1 {
            let numbers = try sparseMap()
            extents = numbers.extents
            entry.storedSize -= numbers.bytes
        } else {
            extents = pax.sparseExtents
        }
        if let name = pax.sparseName { entry.path = name }
        var end: Int64 = 0
        var total: Int64 = 0
        for extent in extents {
            let (stop, overflow) = extent.offset.addingReportingOverflow(extent.length)
            guard extent.offset >= end, extent.length >= 0, !overflow, stop <= size else {
                throw bad("the sparse file \(entry.path.shown) has an impossible map")
            }
            end = stop
            total += extent.length
        }
        if total != entry.storedSize { throw bad("the sparse file \(entry.path.shown) has a map that doesn't fit") }
        entry.metadata.kind = .regular
        entry.metadata.size = size
        entry.sparse = extents
    }

    private func oldSparse(_ header: TarHeader) throws(ToolError) -> [TarEntry.Extent] {
        var extents = header.extents(at: 386, count: 4)
        var more = header.bytes[482] != 0
        while more {
            if extents.count > limits.sparseExtents { throw bad("a sparse file has too many parts") }
            guard let block = try source.read(512) else { throw bad("it ends in the map of a sparse file") }
            let next = TarHeader(block)
            extents += next.extents(at: 0, count: 21)
            more = block[504] != 0
        }
        return extents
    }

    /// The map of pax format 1.0, which stands before the data: decimal numbers on lines, padded to a block.
    private func sparseMap() throws(ToolError) -> (extents: [TarEntry.Extent], bytes: Int64) {
        var text: Bytes = []
        var taken: Int64 = 0
        var numbers: [Int64] = []
        var wanted = 1
        while numbers.count < wanted {
            guard unread >= 512, let block = try source.read(512) else { throw bad("the map of a sparse file is cut") }
            unread -= 512
            taken += 512
            text += block
            while numbers.count < wanted, let line = text.firstIndex(of: UInt8(ascii: "\n")) {
                guard let number = decimal(text[..<line]) else { throw bad("the map of a sparse file has no numbers") }
                text.removeSubrange(...line)
                numbers.append(number)
                guard numbers.count == 1 else { continue }
                guard number <= Int64(limits.sparseExtents) else { throw bad("a sparse file has too many parts") }
                wanted += Int(number) * 2
            }
        }
        let extents = stride(from: 1, to: wanted, by: 2).map {
            TarEntry.Extent(offset: numbers[$0], length: numbers[$0 + 1])
        }
        return (extents, taken)
    }
}

/// A decimal number that is not negative; nil for anything else.
func decimal(_ digits: some Collection<UInt8>) -> Int64? {
    guard !digits.isEmpty, digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { return nil }
    return Int64(String(decoding: digits, as: UTF8.self))
}
