internal import CRootfs
internal import Glibc

/// Puts the entries of an archive below a directory, and nowhere else, whatever the archive says.
///
/// - Names with `..` are refused; absolute ones count from the tree's root.
/// - The directory of each entry is found by the kernel inside the tree (openat2, RESOLVE_IN_ROOT), so that links in the
///   archive lead nowhere else; a directory that would have to be made behind a link is refused.
/// - Files are made new (O_EXCL) after what was there is removed: nothing is ever written through a link or into a file
///   that has another name.
/// - What would be executed with other rights, devices, is refused for those who may not make them.
struct Extractor {
    /// What of an archive isn't taken as it is.
    struct Options {
        var limits = UnpackLimits()
        /// Whether `.wh.` names stand for deletions, as in the layers of an image.
        var hasWhiteouts = true
        /// Devices are left out where they can't be made.
        var skipsDevices = false
    }

    private let root: OpenFile
    private let options: Options
    private let giving: Giving
    private let foldsNames: Bool
    private var bytes: Int64 = 0
    private(set) var entries = 0
    /// What the current layer has brought, by hash: its own whiteouts don't hide it.
    private var brought: Set<Int> = []
    /// Directories get their metadata last, when nothing more is made in them.
    private var directories: [(path: Bytes, metadata: Metadata)] = []
    /// Times of directories in which the layer changes something without saying anything of them: they stay what they are.
    private var times: [Bytes: (seconds: Int64, nanoseconds: Int64)] = [:]
    /// The directory of the last entry: archives have the files of one in a row.
    private var last: (path: Bytes, directory: OpenFile)?

    init(_ root: OpenFile, _ options: Options) throws(ToolError) {
        self.root = root
        self.options = options
        giving = .current
        foldsNames = try Extractor.foldsNames(in: root)
    }

    /// Unpacks one layer; the reader is at its end afterwards.
    mutating func take(_ source: LayerReader, _ progress: (Int) -> Void) throws(ToolError) {
        let reader = TarReader(source, options.limits)
        brought = []
        last = nil
        while let entry = try reader.next() {
            if Signals.came { throw .interrupted }
            entries += 1
            if entries > options.limits.entries {
                throw ToolError(
                    "the archive has more than \(options.limits.entries) entries",
                    hint: "raise --max-entries if it is to be trusted")
            }
            try take(entry, reader)
            if entries % 256 == 0 { progress(entries) }
        }
        try reader.drain()
        try finishDirectories()
    }

    private mutating func finishDirectories() throws(ToolError) {
        last = nil
        for (path, time) in times {
            let fd = unsafe rf_open_in(
                root.fd, path.isEmpty ? ".".z : path.z, O_RDONLY | Flags.directory, Resolve.inRoot)
            if fd < 0 { continue }
            let directory = OpenFile(adopting: fd)
            try ok(rf_utimes_fd(directory.fd, time.seconds, time.nanoseconds), "set the time of \(path.shown)")
        }
        times = [:]
        for (path, metadata) in directories.reversed() {
            // Removed again by a later entry, or by a whiteout.
            guard let directory = try root.walk(path) else { continue }
            try directory.give(metadata, to: [UInt8(ascii: ".")], content: directory, path, giving)
        }
        directories = []
    }

    private mutating func take(_ entry: TarEntry, _ reader: TarReader) throws(ToolError) {
        guard let path = pathBelow(entry.path) else {
            throw ToolError("refused: the entry \(displayed(entry.path)) leads out of the tree by “..”")
        }
        if path.isEmpty {
            guard entry.kind == .file, entry.metadata.kind == .directory else {
                throw ToolError("refused: an entry for the tree's root that is no directory")
            }
            directories.append(([], entry.metadata))
            return
        }
        if path.count > 4095 || path.split(separator: slash).contains(where: { $0.count > 255 }) {
            throw ToolError("refused: the name \(displayed(path.prefix(80)))… is too long for the file system")
        }
        let (parent, name) = path.cut
        if options.hasWhiteouts && name.starts(with: Whiteout.prefix) {
            try whiteOut(name, in: parent)
            return
        }
        let directory = try self.directory(parent)
        if foldsNames { try refuseCollision(name, directory, path) }
        if entry.kind == .hardLink {
            try link(entry, directory, name, path)
        } else {
            try make(entry, directory, name, path, reader)
        }
        brought.insert(path.hashValue)
    }

    /// The directory that a path names, links followed inside the tree; made where it is missing.
    private mutating func directory(_ path: Bytes) throws(ToolError) -> OpenFile {
        if let last, last.path == path { return last.directory }
        if path.isEmpty {
            try noteTime(of: root, path)
            return root
        }
        var result = unsafe rf_open_in(root.fd, path.z, O_RDONLY | Flags.directory, Resolve.inRoot)
        if result == -ENOENT {
            try makeDirectories(path)
            result = unsafe rf_open_in(root.fd, path.z, O_RDONLY | Flags.directory, Resolve.inRoot)
        }
        if result == -ENOTDIR || result == -ELOOP {
            throw ToolError("refused: \(path.shown) is to contain something, but is no directory")
        }
        let directory = OpenFile(adopting: try ok(result, "open \(path.shown)"))
        last = (path, directory)
        try noteTime(of: directory, path)
        return directory
    }

    private mutating func noteTime(of directory: OpenFile, _ path: Bytes) throws(ToolError) {
        if times[path] != nil { return }
        var raw = rf_stat()
        try ok(unsafe rf_stat_fd(directory.fd, &raw), "look at \(path.shown)")
        times[path] = (raw.seconds, raw.nanoseconds)
    }

    private func makeDirectories(_ path: Bytes) throws(ToolError) {
        var reached: Bytes = []
        var directory = root
        for name in path.split(separator: slash).map({ Bytes($0) }) {
            reached = reached.appending(name)
            let found = unsafe rf_open_in(root.fd, reached.z, O_RDONLY | Flags.directory, Resolve.inRoot)
            if found >= 0 {
                directory = OpenFile(adopting: found)
                continue
            }
            let made = unsafe rf_mkdirat(directory.fd, name.z, 0o755)
            if made == -EEXIST {
                // A link to nowhere, or a file: a directory behind it is not what the archive's maker can have meant.
                throw ToolError("refused: \(reached.shown) is no directory, but something is to be put below it")
            }
            try ok(made, "make the directory \(reached.shown)")
            directory = try directory.directory(name, reached)
        }
    }

    private mutating func make(
        _ entry: TarEntry, _ directory: OpenFile, _ name: Bytes, _ path: Bytes, _ reader: TarReader
    ) throws(ToolError) {
        let metadata = entry.metadata
        let there = try directory.look(name, path, xattrs: false)
        if metadata.kind == .directory {
            if there?.metadata.kind != .directory {
                if there != nil { try remove(name, directory, path) }
                try ok(unsafe rf_mkdirat(directory.fd, name.z, 0o700), "make the directory \(path.shown)")
            } else if (there?.metadata.mode ?? 0) & 0o700 != 0o700 {
                let old = OpenFile(
                    adopting: try ok(
                        unsafe rf_openat(directory.fd, name.z, Flags.path | Flags.noFollow, 0), "open \(path.shown)"))
                _ = unsafe chmod("/proc/self/fd/\(old.fd)", 0o700)
            }
            directories.append((path, metadata))
            return
        }
        if there != nil { try remove(name, directory, path) }
        if metadata.kind == .regular {
            bytes += entry.sparse == nil ? metadata.size : entry.storedSize
            if bytes > options.limits.totalBytes || metadata.size > 1 << 43 {
                throw ToolError(
                    "the archive unpacks to more than \(options.limits.totalBytes) bytes",
                    hint: "raise --max-size if it is to be trusted")
            }
            let file = try directory.making(name)
            try reader.copyContent(of: entry, to: file)
            try directory.give(metadata, to: name, content: file, path, giving)
            return
        }
        if metadata.kind == .character || metadata.kind == .block {
            if options.skipsDevices && !giving.owners { return }
            if !giving.owners {
                throw ToolError(
                    "refused: \(path.shown) is a device, which an ordinary user can't make",
                    hint: "--skip-devices leaves devices out")
            }
        }
        try directory.make(metadata, name, path)
        try directory.give(metadata, to: name, content: nil, path, giving)
    }

    private mutating func link(
        _ entry: TarEntry, _ directory: OpenFile, _ name: Bytes, _ path: Bytes
    ) throws(ToolError) {
        guard let target = pathBelow(entry.link), !target.isEmpty else {
            throw ToolError("refused: the hard link \(path.shown) leads out of the tree to \(displayed(entry.link))")
        }
        if target == path { return }
        let (parent, targetName) = target.cut
        let fd = unsafe rf_open_in(
            root.fd, parent.isEmpty ? ".".z : parent.z, Flags.path | Flags.directory, Resolve.inRoot)
        if fd < 0 {
            throw ToolError("refused: the hard link \(path.shown) names \(target.shown), which isn't in the tree")
        }
        let source = OpenFile(adopting: fd)
        guard let found = try source.look(targetName, target, xattrs: false) else {
            throw ToolError("refused: the hard link \(path.shown) names \(target.shown), which isn't in the tree")
        }
        if found.metadata.kind == .directory {
            throw ToolError("refused: the hard link \(path.shown) names the directory \(target.shown)")
        }
        if try directory.look(name, path, xattrs: false) != nil { try remove(name, directory, path) }
        try ok(unsafe rf_linkat(source.fd, targetName.z, directory.fd, name.z), "link \(path.shown) to \(target.shown)")
    }

    private mutating func remove(_ name: Bytes, _ directory: OpenFile, _ path: Bytes) throws(ToolError) {
        last = nil  // it may have been below what goes
        try directory.removeAll(name)
        directories.removeAll { $0.path == path || $0.path.starts(with: path + [slash]) }
    }

    /// Deletes what lower layers brought: one name, or with the opaque mark everything in the directory.
    private mutating func whiteOut(_ name: Bytes, in parent: Bytes) throws(ToolError) {
        let fd =
            parent.isEmpty
            ? unsafe rf_openat(root.fd, ".".z, O_RDONLY | Flags.directory, 0)
            : unsafe rf_open_in(root.fd, parent.z, O_RDONLY | Flags.directory, Resolve.inRoot)
        if fd == -ENOENT || fd == -ENOTDIR { return }
        let directory = OpenFile(adopting: try ok(fd, "open \(parent.shown)"))
        try noteTime(of: directory, parent)
        if name == Whiteout.opaque {
            for victim in try directory.names(parent) where !isBrought(parent.appending(victim)) {
                try removeOld(parent.appending(victim), victim, directory)
            }
            return
        }
        if name.starts(with: Whiteout.reserved) { return }  // aufs' own bookkeeping
        let victim = Bytes(name.dropFirst(Whiteout.prefix.count))
        guard !victim.isEmpty, components(victim) == [victim] else {
            throw ToolError("refused: \(displayed(name)) would delete what is outside of its directory")
        }
        if !isBrought(parent.appending(victim)) {
            try removeOld(parent.appending(victim), victim, directory)
        }
    }

    private func isBrought(_ path: Bytes) -> Bool { brought.contains(path.hashValue) }

    /// Removes what is old; a directory into which this layer has put something stays for that.
    private mutating func removeOld(_ path: Bytes, _ name: Bytes, _ directory: OpenFile) throws(ToolError) {
        guard let found = try directory.look(name, path, xattrs: false) else { return }
        guard found.metadata.kind == .directory, !brought.isEmpty else {
            return try remove(name, directory, path)
        }
        let inside = try directory.directory(name, path)
        var keeps = false
        for child in try inside.names(path) {
            if isBrought(path.appending(child)) {
                keeps = true
            } else {
                try removeOld(path.appending(child), child, inside)
                if try inside.look(child, path, xattrs: false) != nil { keeps = true }
            }
        }
        if !keeps { try remove(name, directory, path) }
    }
}

/// The names by which a layer says what it deletes.
///
/// Source: the image specification, layer.md "Whiteouts".
enum Whiteout {
    static let prefix = Bytes(".wh.".utf8)
    static let opaque = Bytes(".wh..wh..opq".utf8)
    static let reserved = Bytes(".wh..wh.".utf8)
}

// MARK: - File systems that take different names for one

extension Extractor {
    /// Whether the directory takes names for the same that differ in case or in Unicode's normal forms.
    private static func foldsNames(in directory: OpenFile) throws(ToolError) -> Bool {
        // "é" as one character, then as two.
        for (made, asked) in [
            (Bytes(".Rf-probe".utf8), Bytes(".rF-PROBE".utf8)), ([0x2E, 0xC3, 0xA9], [0x2E, 0x65, 0xCC, 0x81]),
        ] {
            let result = unsafe rf_mkdirat(directory.fd, made.z, 0o700)
            if result < 0 { continue }
            let folds = try directory.look(asked, asked, xattrs: false) != nil
            _ = unsafe rf_unlinkat(directory.fd, made.z, 1)
            if folds { return true }
        }
        return false
    }

    /// One of two entries would silently take the other's place.
    private func refuseCollision(_ name: Bytes, _ directory: OpenFile, _ path: Bytes) throws(ToolError) {
        guard try directory.look(name, path, xattrs: false) != nil else { return }
        if try directory.names(path).contains(name) { return }
        throw ToolError(
            "refused: \(path.shown) differs from another name only in case or in its Unicode form, and this file system "
                + "takes both for the same", hint: "unpack on a file system that tells them apart")
    }
}
