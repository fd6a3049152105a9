internal import CRootfs
internal import Glibc

/// How content is kept for repairs.
enum Keeping: String, CaseIterable {
    /// By reflink where the file system has them; by hard link where fs-verity protects the content; else a layer.
    case auto
    /// Files that share their blocks with the tree's.
    case reflink
    /// Other names of the tree's files: restores what is deleted or replaced, not what is overwritten.
    case link
    /// A compressed layer.
    case layer
    /// Nothing.
    case none
}

/// Makes the manifest of a tree, and keeps its content.
struct Recorder {
    let tree: OpenFile
    let store: OpenFile
    let progress: Progress
    var usesVerity = false

    /// Goes through the tree once: hashes, and keeps content under its hash if asked to.
    func record(_ keeping: Keeping) throws(ToolError) -> Manifest {
        let way = try chooseWay(keeping)
        var manifest = Manifest()
        var groups: [FileKey: Int] = [:]
        var waiting: [(index: Int, directory: OpenFile, name: Bytes)] = []
        let hasher = BatchHasher()
        let objects = way == .reflink || way == .link ? try store.makingDirectory(Bytes("objects".utf8)) : nil
        var walk = try TreeWalk(tree)
        while let visit = try walk.next() {
            var entry = Manifest.Entry(path: visit.path, metadata: visit.found.metadata)
            if entry.metadata.kind != .directory && visit.found.links > 1 {
                // The number is that of the first of its names, so that the same tree gives the same text.
                entry.group = groups[visit.found.key] ?? manifest.entries.count
                groups[visit.found.key] = entry.group
            }
            if let group = entry.group, group < manifest.entries.count, entry.metadata.kind == .regular {
                manifest.entries.append(entry)
                continue  // its digest is the first one's
            }
            if entry.metadata.kind == .regular {
                try hasher.add(visit.directory, visit.name, visit.path)
                waiting.append((manifest.entries.count, visit.directory, visit.name))
            }
            manifest.entries.append(entry)
            if hasher.isFull {
                try settle(&manifest, &waiting, hasher, objects, way)
                progress.say("\(manifest.entries.count) files noted")
            }
        }
        try settle(&manifest, &waiting, hasher, objects, way)
        for index in manifest.entries.indices {
            if let group = manifest.entries[index].group, manifest.entries[index].metadata.kind == .regular {
                manifest.entries[index].digest = manifest.entries[group].digest
                manifest.entries[index].verity = manifest.entries[group].verity
            }
        }
        if way == .layer { try keepLayer() }
        return manifest
    }

    /// Content that has a name of its own in the tree's file system can share its blocks; find out with a file.
    private func chooseWay(_ keeping: Keeping) throws(ToolError) -> Keeping {
        guard keeping == .auto || keeping == .reflink else { return keeping }
        let probe = [Bytes("probe-a".utf8), Bytes("probe-b".utf8)]
        defer { for name in probe { _ = unsafe rf_unlinkat(store.fd, name.z, 0) } }
        let from = try store.making(probe[0])
        try from.write(Bytes(repeating: 1, count: 4096), "a probe")
        let to = try store.making(probe[1])
        let result = rf_copy(from.fd, to.fd, 4096, 1)
        if result == 0 { return .reflink }
        if keeping == .reflink { try ok(result, "share blocks between files (reflink)") }
        return usesVerity ? .link : .layer
    }

    private func settle(
        _ manifest: inout Manifest, _ waiting: inout [(index: Int, directory: OpenFile, name: Bytes)],
        _ hasher: BatchHasher, _ objects: OpenFile?, _ way: Keeping
    ) throws(ToolError) {
        let results = hasher.finish()
        for (file, result) in zip(waiting, results) {
            let path = manifest.entries[file.index].path
            try ok(result.length, "read \(path.shown)")
            guard result.length == manifest.entries[file.index].metadata.size else {
                throw ToolError("\(path.shown) changed while it was read")
            }
            manifest.entries[file.index].digest = result.digest
            if usesVerity { manifest.entries[file.index].verity = try enableVerity(file.directory, file.name, path) }
            if let objects {
                try keep(file.directory, file.name, result, objects, path, byLink: way == .link)
            }
        }
        waiting = []
    }

    private func enableVerity(_ directory: OpenFile, _ name: Bytes, _ path: Bytes) throws(ToolError) -> Bytes? {
        let file = try directory.reading(name, path)
        let result = rf_verity_enable(file.fd)
        // There already.
        if result != -EEXIST { try ok(result, "protect \(path.shown) by fs-verity") }
        var digest = Bytes(repeating: 0, count: 32)
        try ok(unsafe rf_verity_measure(file.fd, &digest), "ask for the fs-verity digest of \(path.shown)")
        return digest
    }

    private func keep(
        _ directory: OpenFile, _ name: Bytes, _ result: BatchHasher.Result, _ objects: OpenFile, _ path: Bytes,
        byLink: Bool
    ) throws(ToolError) {
        let (shelf, object) = Objects.place(result.digest)
        let place = try objects.makingDirectory(shelf)
        if byLink {
            let linked = unsafe rf_linkat(directory.fd, name.z, place.fd, object.z)
            // EMLINK: an empty file with very many names.
            if linked == -EEXIST || linked == -EMLINK { return }
            try ok(linked, "keep \(path.shown)")
            return
        }
        let made = unsafe rf_openat(place.fd, object.z, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        if made == -EEXIST { return }
        let copy = OpenFile(adopting: try ok(made, "keep \(path.shown)"))
        let file = try directory.reading(name, path)
        try ok(rf_copy(file.fd, copy.fd, result.length, result.length > 0 ? 1 : 0), "keep \(path.shown)")
    }

    /// A layout with one layer of zstd, which is quicker to write and to read than gzip.
    private func keepLayer() throws(ToolError) {
        progress.step("keeping a compressed copy for repairs")
        let layers = try store.making(Bytes("layer.tar.zst".utf8))
        let writer = try LayerWriter(layers.fd, Compression(kind: .zstd, level: 1))
        var walk = try TreeWalk(tree)
        while let visit = try walk.next() { try writer.add(visit, as: visit.path) }
        _ = try writer.finish()
    }
}

/// Content by its hash.
enum Objects {
    /// The directory and the name of an object.
    static func place(_ digest: Bytes) -> (shelf: Bytes, name: Bytes) {
        let digits = Bytes(hex(digest).utf8)
        return (Bytes(digits.prefix(2)), Bytes(digits.dropFirst(2)))
    }
}
