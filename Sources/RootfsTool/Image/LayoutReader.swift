internal import CRootfs
internal import Glibc

/// Where the files of an image are: a directory, or an archive of one.
enum LayoutSource {
    case directory(OpenFile)
    /// The places of the archive's files.
    case archive(OpenFile, [String: Extent])

    struct Extent {
        var offset: Int64
        var size: Int64
    }

    /// Opens a layout's directory, an archive of it, or `-` for an archive on standard input.
    init(_ path: String, _ limits: UnpackLimits) throws(ToolError) {
        if path.isExactly("-") {
            self = try LayoutSource.scan(try LayoutSource.spool(), "standard input", limits)
            return
        }
        let file = try OpenFile.reading(path)
        if try file.lookAtSelf([]).metadata.kind == .directory {
            self = .directory(file)
        } else if lseek(file.fd, 0, SEEK_SET) < 0 {
            self = try LayoutSource.scan(try LayoutSource.spool(file), path, limits)
        } else {
            self = try LayoutSource.scan(file, path, limits)
        }
    }

    /// A stream goes into a file without a name, as it can't be read twice.
    private static func spool(_ source: OpenFile? = nil) throws(ToolError) -> OpenFile {
        let directory = Environment.value("TMPDIR") ?? "/var/tmp"
        let fd = unsafe rf_openat(AT_FDCWD, directory.z, O_RDWR | Flags.temporary, 0o600)
        let file = OpenFile(adopting: try ok(fd, "make a temporary file in \(directory)"))
        var buffer = Bytes(repeating: 0, count: 1 << 18)
        while true {
            if Signals.came { throw .interrupted }
            let count = unsafe Glibc.read(source?.fd ?? 0, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw ToolError("read the archive", Int64(-errno)) }
            if count == 0 { return file }
            try file.write(Bytes(buffer[..<count]), "a temporary file in \(directory)")
        }
    }

    /// Notes where each file of an archive is, without reading it.
    private static func scan(_ file: OpenFile, _ path: String, _ limits: UnpackLimits) throws(ToolError) -> Self {
        var magic = Bytes(repeating: 0, count: 4)
        if unsafe pread(file.fd, &magic, 4, 0) == 4, let kind = Magic.compression(magic) {
            throw ToolError(
                "\(path) is compressed as a whole (\(kind)); an image's archive is not",
                hint: "decompress it first, or use make --from tar for a plain tree")
        }
        var files: [String: Extent] = [:]
        var links: [(name: Bytes, target: Bytes)] = []
        let scanner = ArchiveScanner(file)
        while let entry = try scanner.next(path) {
            if files.count + links.count > 100_000 { throw ToolError("\(path) has too many files for an image") }
            guard let clean = pathBelow(entry.name) else {
                throw ToolError("refused: the entry \(displayed(entry.name)) leads out of the archive")
            }
            switch entry.content {
            case .file(let extent): files[String(decoding: clean, as: UTF8.self)] = extent
            case .link(let target): links.append((clean, target))
            }
        }
        if files.isEmpty { throw ToolError("\(path) is no archive of an image") }
        // docker save writes a layer once, and links to it where an image has it again.
        let written = files
        for (name, target) in links {
            guard let end = LayoutSource.target(of: name, target) else { continue }
            files[String(decoding: name, as: UTF8.self)] = written[String(decoding: end, as: UTF8.self)]
        }
        return .archive(file, files)
    }

    /// Where a relative link of the archive leads; nil if that is outside of it.
    private static func target(of name: Bytes, _ target: Bytes) -> Bytes? {
        if target.first == slash { return nil }
        var path = name.cut.parent
        for part in target.split(separator: slash) {
            if part.elementsEqual("..".utf8) {
                if path.isEmpty { return nil }
                path = path.cut.parent
            } else if !part.elementsEqual(".".utf8) {
                path = path.appending(Bytes(part))
            }
        }
        return path
    }

    /// Opens a file of the layout; nil if it isn't there.
    func open(_ name: String) throws(ToolError) -> (file: OpenFile, offset: Int64, size: Int64)? {
        switch self {
        case .directory(let directory):
            let fd = unsafe rf_open_in(directory.fd, name.z, O_RDONLY, Resolve.beneath)
            if fd == -ENOENT || fd == -ENOTDIR { return nil }
            let file = OpenFile(adopting: try ok(fd, "open \(name) of the image"))
            let metadata = try file.lookAtSelf([]).metadata
            guard metadata.kind == .regular else { throw ToolError("\(name) of the image is no regular file") }
            return (file, 0, metadata.size)
        case .archive(let file, let files):
            guard let extent = files[name] else { return nil }
            return (file, extent.offset, extent.size)
        }
    }

    /// All of a small file.
    func read(_ name: String, limit: Int64 = 8 << 20) throws(ToolError) -> Bytes? {
        guard let (file, offset, size) = try open(name) else { return nil }
        if size > limit { throw ToolError("\(name) of the image has \(size) bytes; at most \(limit) are plausible") }
        var bytes = Bytes(repeating: 0, count: Int(size))
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes { all in
                unsafe all.baseAddress.map { unsafe pread(file.fd, $0 + done, all.count - done, Int(offset) + done) }
                    ?? 0
            }
            if count < 0 { throw ToolError("read \(name) of the image", Int64(-errno)) }
            if count == 0 { throw ToolError("\(name) of the image is cut off") }
            done += count
        }
        return bytes
    }
}

/// Numbers at the beginning of compressed files.
enum Magic {
    static func compression(_ bytes: Bytes) -> Compression.Kind? {
        if bytes.starts(with: [0x1F, 0x8B]) { return .gzip }
        if bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return .zstd }
        return nil
    }
}

/// Goes over the headers of an uncompressed archive by seeking.
private final class ArchiveScanner {
    private let file: OpenFile
    private var position: Int64 = 0

    init(_ file: OpenFile) { self.file = file }

    private func read(_ count: Int) -> Bytes? {
        var bytes = Bytes(repeating: 0, count: count)
        let got = unsafe pread(file.fd, &bytes, count, Int(position))
        position += Int64((count + 511) & ~511)
        return got == count ? bytes : nil
    }

    enum Content {
        case file(LayoutSource.Extent)
        /// A symbolic link, and what it says.
        case link(Bytes)
    }

    func next(_ path: String) throws(ToolError) -> (name: Bytes, content: Content)? {
        var longName: Bytes?
        var longLink: Bytes?
        var pax = PaxValues()
        while true {
            if Signals.came { throw .interrupted }
            guard let block = read(512), block.contains(where: { $0 != 0 }) else { return nil }
            let header = TarHeader(block)
            let bad: (String) -> ToolError = { ToolError("\(path) is no archive of an image: \($0)") }
            try header.check(bad)
            guard let size = pax.size ?? header.size, size >= 0, size < 1 << 50 else {
                throw bad("a size is impossible")
            }
            let start = position
            if ["x", "L", "K"].contains(header.type) {
                guard size < 1 << 20, let content = read(Int(size)) else { throw bad("a header is cut off") }
                switch header.type {
                case "x": pax = try PaxValues(content, bad)
                case "L": longName = Bytes(content.prefix { $0 != 0 })
                default: longLink = Bytes(content.prefix { $0 != 0 })
                }
                continue
            }
            position = start + (size + 511) & ~511
            let name = pax.path ?? longName ?? header.name
            let link = pax.linkPath ?? longLink ?? header.link
            (longName, longLink) = (nil, nil)
            pax = PaxValues()
            switch header.type {
            case "0", "\0": return (name, .file(.init(offset: start, size: size)))
            case "2": return (name, .link(link))
            default: continue
            }
        }
    }
}
