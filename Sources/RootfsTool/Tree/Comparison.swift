internal import CRootfs

/// How a file differs from what the manifest says.
struct Difference: Equatable {
    enum Aspect: String, CaseIterable {
        case missing, added, type, content, mode, owner, xattrs, link, device, time
    }

    var path: Bytes
    var aspects: [Aspect]
    /// What the manifest says; nil for something that it doesn't know.
    var entry: Manifest.Entry?

    /// One line: what is different, then the path.
    var line: String { aspects.map(\.rawValue).joined(separator: ",") + " " + path.shown }
}

/// Compares a tree with its manifest.
struct Comparison {
    let tree: OpenFile
    let progress: Progress
    /// Whether times count.
    var comparesTimes = false

    /// All differences, in the order of their paths.
    func run(_ manifest: Manifest) throws(ToolError) -> [Difference] {
        var known: [Bytes: Int] = [:]
        for (index, entry) in manifest.entries.enumerated() { known[entry.path] = index }
        var found: [Difference] = []
        var seen = [Bool](repeating: false, count: manifest.entries.count)
        var waiting: [(difference: Difference, digest: Bytes, size: Int64)] = []
        // Names of one file need to be read once.
        var digests: Set<FileKey> = []
        let hasher = BatchHasher()
        var walk = try TreeWalk(tree)
        var count = 0
        while let visit = try walk.next() {
            count += 1
            guard let index = known[visit.path] else {
                found.append(Difference(path: visit.path, aspects: [.added]))
                if visit.found.metadata.kind == .directory { walk.skipBelow() }
                continue
            }
            seen[index] = true
            let entry = manifest.entries[index]
            let difference = Difference(
                path: visit.path, aspects: aspects(entry.metadata, visit.found.metadata), entry: entry)
            if difference.aspects.contains(.type) || difference.aspects.contains(.content) || entry.digest == nil
                || (visit.found.links > 1 && digests.contains(visit.found.key) && difference.aspects.isEmpty)
            {
                if !difference.aspects.isEmpty { found.append(difference) }
                continue
            }
            if let verity = entry.verity, try isVouchedFor(visit, verity) {
                if !difference.aspects.isEmpty { found.append(difference) }
                continue
            }
            if visit.found.links > 1 { digests.insert(visit.found.key) }
            try hasher.add(visit.directory, visit.name, visit.path)
            waiting.append((difference, entry.digest ?? [], entry.metadata.size))
            if hasher.isFull {
                settle(&found, &waiting, hasher)
                progress.say("\(count) of \(manifest.entries.count) files verified")
            }
        }
        settle(&found, &waiting, hasher)
        for (index, entry) in manifest.entries.enumerated() where !seen[index] {
            found.append(Difference(path: entry.path, aspects: [.missing], entry: entry))
        }
        return found.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }

    private func settle(
        _ found: inout [Difference], _ waiting: inout [(difference: Difference, digest: Bytes, size: Int64)],
        _ hasher: BatchHasher
    ) {
        for (file, result) in zip(waiting, hasher.finish()) {
            var difference = file.difference
            // A file that can't be read is as good as changed: fs-verity answers so for a block that was.
            if result.length != file.size || result.digest != file.digest { difference.aspects.insert(.content, at: 0) }
            if !difference.aspects.isEmpty { found.append(difference) }
        }
        waiting = []
    }

    private func isVouchedFor(_ visit: Visit, _ verity: Bytes) throws(ToolError) -> Bool {
        let file = try visit.directory.reading(visit.name, visit.path)
        var digest = Bytes(repeating: 0, count: 32)
        return unsafe rf_verity_measure(file.fd, &digest) == 0 && digest == verity
    }

    private func aspects(_ expected: Metadata, _ actual: Metadata) -> [Difference.Aspect] {
        if expected.kind != actual.kind { return [.type] }
        var all: [Difference.Aspect] = []
        if expected.kind == .regular && expected.size != actual.size { all.append(.content) }
        if expected.mode != actual.mode { all.append(.mode) }
        if expected.uid != actual.uid || expected.gid != actual.gid { all.append(.owner) }
        if expected.xattrs != actual.xattrs { all.append(.xattrs) }
        if expected.target != actual.target { all.append(.link) }
        if expected.major != actual.major || expected.minor != actual.minor { all.append(.device) }
        if comparesTimes && (expected.seconds != actual.seconds || expected.nanoseconds != actual.nanoseconds) {
            all.append(.time)
        }
        return all
    }
}
