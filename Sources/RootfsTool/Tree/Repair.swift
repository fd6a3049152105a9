internal import CRootfs
internal import Glibc

/// Makes a tree again what its manifest says, file by file.
struct Repair {
    let record: TreeRecord
    let manifest: Manifest
    let progress: Progress
    private let giving = Giving.current

    init(_ record: TreeRecord, _ manifest: Manifest, _ progress: Progress) {
        self.record = record
        self.manifest = manifest
        self.progress = progress
    }

    /// Repairs the differences that were found; answers those for which no content is left.
    func run(_ differences: [Difference]) throws(ToolError) -> [Difference] {
        let broken = differences.filter { $0.entry?.metadata.kind == .regular && $0.needsContent }
        let contents = Contents(record, manifest)
        try contents.fetch(Set(broken.compactMap { $0.entry?.digest }), progress)
        var failed: [Difference] = []
        var isBroken: Set<Bytes> = Set(differences.map(\.path))
        // Parents come before what is in them, as paths are sorted.
        for difference in differences {
            if Signals.came { throw .interrupted }
            guard let entry = difference.entry else {
                let (parent, name) = difference.path.cut
                try record.tree.walk(parent)?.removeAll(name)
                continue
            }
            if try restore(entry, difference, contents, isBroken) {
                isBroken.remove(entry.path)
            } else {
                failed.append(difference)
            }
        }
        try giveDirectories(differences, failed)
        return failed
    }

    /// Directories last: what was made in them has changed their times.
    private func giveDirectories(_ differences: [Difference], _ failed: [Difference]) throws(ToolError) {
        var touched: Set<Bytes> = []
        for difference in differences {
            touched.insert(difference.path.cut.parent)
            if difference.entry?.metadata.kind == .directory { touched.insert(difference.path) }
        }
        for entry in manifest.entries.reversed() where entry.metadata.kind == .directory && touched.contains(entry.path)
        {
            guard let directory = try record.tree.walk(entry.path) else { continue }
            try give(entry, [UInt8(ascii: ".")], directory, content: directory)
        }
    }

    private func restore(
        _ entry: Manifest.Entry, _ difference: Difference, _ contents: Contents, _ isBroken: Set<Bytes>
    ) throws(ToolError) -> Bool {
        let (parent, name) = entry.path.cut
        guard let directory = entry.path.isEmpty ? record.tree : try record.tree.walk(parent) else { return false }
        let isThere = !difference.aspects.contains(.missing) && !difference.aspects.contains(.type)
        switch entry.metadata.kind {
        case .directory:
            if !isThere {
                try directory.removeAll(name)
                try ok(unsafe rf_mkdirat(directory.fd, name.z, 0o700), "make the directory \(entry.path.shown)")
            }
            return true
        case .regular:
            guard difference.needsContent else {
                let file = try directory.reading(name, entry.path)
                try give(entry, name, directory, content: file)
                return true
            }
            return try restoreFile(entry, directory, name, contents, isBroken)
        case .symlink, .character, .block, .fifo, .socket:
            let new = temporary(name)
            try directory.make(entry.metadata, new, entry.path)
            try give(entry, new, directory, content: nil)
            try put(new, in: directory, as: name, entry.path)
            return true
        }
    }

    private func restoreFile(
        _ entry: Manifest.Entry, _ directory: OpenFile, _ name: Bytes, _ contents: Contents, _ isBroken: Set<Bytes>
    ) throws(ToolError) -> Bool {
        let new = temporary(name)
        // Another name of the same file that is whole: a link keeps them one.
        if let group = entry.group {
            let others = manifest.entries.filter {
                $0.group == group && $0.path != entry.path && !isBroken.contains($0.path)
            }
            for other in others {
                let (parent, otherName) = other.path.cut
                guard let place = try record.tree.walk(parent) else { continue }
                if unsafe rf_linkat(place.fd, otherName.z, directory.fd, new.z) == 0 {
                    try put(new, in: directory, as: name, entry.path)
                    return true
                }
            }
        }
        guard let digest = entry.digest, let source = try contents.open(digest) else { return false }
        let file = try directory.making(new)
        do throws(ToolError) {
            let share = rf_copy(source.fd, file.fd, entry.metadata.size, 1)
            if share < 0 {
                try ok(rf_copy(source.fd, file.fd, entry.metadata.size, 0), "restore \(entry.path.shown)")
            }
            try give(entry, new, directory, content: file)
            if entry.verity != nil {
                let read = try directory.reading(new, entry.path)
                close(file.release())  // fs-verity wants nobody who writes
                try ok(rf_verity_enable(read.fd), "protect \(entry.path.shown) by fs-verity")
            }
        } catch {
            _ = unsafe rf_unlinkat(directory.fd, new.z, 0)
            throw error
        }
        try put(new, in: directory, as: name, entry.path)
        return true
    }

    private static let mark = Bytes(".swrun-repair-".utf8)

    /// The name that a file has until it is whole.
    private func temporary(_ name: Bytes) -> Bytes { Repair.mark + Bytes(name.prefix(200)) }

    /// Whether a repair that was killed has left a file.
    static func isLeftover(_ path: Bytes) -> Bool { path.cut.name.starts(with: mark) }

    private func put(_ new: Bytes, in directory: OpenFile, as name: Bytes, _ path: Bytes) throws(ToolError) {
        if let there = try directory.look(name, path, xattrs: false), there.metadata.kind == .directory {
            try directory.removeAll(name)
        }
        try ok(unsafe rf_renameat(directory.fd, new.z, directory.fd, name.z, 0), "restore \(path.shown)")
    }

    /// Metadata as the manifest has it; attributes that it doesn't have are removed.
    private func give(_ entry: Manifest.Entry, _ name: Bytes, _ directory: OpenFile, content: OpenFile?)
        throws(ToolError)
    {
        if let there = try directory.look(name, entry.path) {
            for attribute in there.metadata.xattrs
            where giving.takes(attribute) && !entry.metadata.xattrs.contains(where: { $0.name == attribute.name }) {
                _ = unsafe rf_removexattr(directory.fd, name.z, attribute.name.z)
            }
        }
        try directory.give(entry.metadata, to: name, content: content, entry.path, giving)
    }
}

extension Difference {
    var needsContent: Bool {
        aspects.contains(.missing) || aspects.contains(.type) || aspects.contains(.content)
    }
}

/// The content of damaged files, from wherever it is kept.
final class Contents {
    private let record: TreeRecord
    private let manifest: Manifest
    private var fetched: [Bytes: OpenFile] = [:]

    init(_ record: TreeRecord, _ manifest: Manifest) {
        self.record = record
        self.manifest = manifest
    }

    /// A file with this content; nil if there is none.
    func open(_ digest: Bytes) throws(ToolError) -> OpenFile? {
        if let file = fetched[digest] { return file }
        return try object(digest)
    }

    /// From the store of single files: only if it still has the content that its name promises.
    private func object(_ digest: Bytes) throws(ToolError) -> OpenFile? {
        let (shelf, name) = Objects.place(digest)
        guard let store = record.store,
            let directory = try store.walk(Bytes("objects/".utf8) + shelf),
            try directory.look(name, name, xattrs: false) != nil
        else { return nil }
        let file = try directory.reading(name, name)
        var actual = Bytes(repeating: 0, count: 32)
        return unsafe rf_hash_file(file.fd, &actual) >= 0 && actual == digest ? file : nil
    }

    /// Looks for what the store doesn't have in the layers, and keeps it in files without a name.
    func fetch(_ digests: Set<Bytes>, _ progress: Progress) throws(ToolError) {
        var wanted: Set<Bytes> = []
        for digest in digests where try object(digest) == nil { wanted.insert(digest) }
        if wanted.isEmpty { return }
        // A file may be in the archive under any of its names.
        var paths: [Bytes: Bytes] = [:]
        for entry in manifest.entries {
            if let digest = entry.digest, wanted.contains(digest) { paths[entry.path] = digest }
        }
        let limits = UnpackLimits()
        if let store = record.store, try store.look(Bytes("layer.tar.zst".utf8), []) != nil {
            progress.step("looking for content in the kept layer")
            let file = try store.reading(Bytes("layer.tar.zst".utf8), Bytes("layer.tar.zst".utf8))
            try search(try LayerReader(file, offset: 0, size: nil, .zstd, limits), paths, &wanted, limits)
        }
        guard !wanted.isEmpty, let origin = try record.image().origin else { return }
        progress.step("looking for content in \(origin.path)")
        let image = try Image(origin.path, wanted: origin.ref, limits)
        for layer in image.layers.reversed() where !wanted.isEmpty {
            guard let (file, offset, size) = try image.source.open(layer.name) else { continue }
            let reader = try LayerReader(file, offset: offset, size: size, try image.compression(of: layer), limits)
            try search(reader, paths, &wanted, limits)
        }
    }

    private func search(
        _ source: LayerReader, _ paths: [Bytes: Bytes], _ wanted: inout Set<Bytes>, _ limits: UnpackLimits
    ) throws(ToolError) {
        let reader = TarReader(source, limits)
        while !wanted.isEmpty, let entry = try reader.next() {
            guard entry.kind == .file, entry.metadata.kind == .regular, let path = pathBelow(entry.path),
                let digest = paths[path], wanted.contains(digest)
            else { continue }
            let fd = unsafe rf_openat(record.tree.fd, ".".z, O_RDWR | Flags.temporary, 0o600)
            let file = OpenFile(adopting: try ok(fd, "make a temporary file beside \(path.shown)"))
            try reader.copyContent(of: entry, to: file)
            lseek(file.fd, 0, SEEK_SET)
            var actual = Bytes(repeating: 0, count: 32)
            if unsafe rf_hash_file(file.fd, &actual) >= 0 && actual == digest {
                fetched[digest] = file
                wanted.remove(digest)
            }
        }
    }
}
