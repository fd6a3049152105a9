internal import CRootfs
internal import Glibc

/// How overlayfs and fuse-overlayfs say in a writable layer what was deleted.
enum LayerMark {
    /// Whether an entry stands for a deleted file; the file's name if so.
    static func deleted(_ name: Bytes, _ found: Found) -> Bytes? {
        if found.isWhiteout { return name }
        let isMark = found.metadata.kind == .regular && name.starts(with: Whiteout.prefix)
        if isMark && !isBookkeeping(name) { return Bytes(name.dropFirst(Whiteout.prefix.count)) }
        return nil
    }

    /// Whether a directory hides everything below it.
    static func isOpaque(_ found: Found) -> Bool {
        let keys = ["trusted.overlay.opaque", "user.overlay.opaque", "user.fuseoverlayfs.opaque"]
        return found.metadata.xattrs.contains { attribute in
            keys.contains { attribute.name.elementsEqual($0.utf8) } && attribute.value.first == UInt8(ascii: "y")
        }
    }

    /// Whether a name is only a mark for a program.
    static func isBookkeeping(_ name: Bytes) -> Bool {
        name.starts(with: Whiteout.reserved) || name.elementsEqual(".wh..opq".utf8)
    }
}

/// What the layers below the writable one show at a place: the directories of each that take part, the uppermost first.
struct LowerView {
    var directories: [OpenFile]

    init(_ paths: [String]) throws(ToolError) {
        directories = []
        for path in paths { directories.append(try OpenFile.directory(path)) }
    }

    private init(_ directories: [OpenFile]) { self.directories = directories }

    /// What a name is in the merged view, where it is, and how the view goes on below it.
    func look(_ name: Bytes, _ path: Bytes) throws(ToolError) -> (found: Found, directory: OpenFile, below: LowerView)?
    {
        var first: (Found, OpenFile)?
        var merged: [OpenFile] = []
        for directory in directories {
            if try directory.look(Whiteout.prefix + name, path, xattrs: false)?.metadata.kind == .regular { break }
            guard let found = try directory.look(name, path) else { continue }
            if found.isWhiteout { break }
            if first == nil { first = (found, directory) }
            guard found.metadata.kind == .directory else { break }
            merged.append(try directory.directory(name, path))
            if LayerMark.isOpaque(found) { break }
        }
        return first.map { ($0.0, $0.1, LowerView(merged)) }
    }

    /// All names of the merged view.
    func names(_ path: Bytes) throws(ToolError) -> [Bytes] {
        var all: Set<Bytes> = []
        var hidden: Set<Bytes> = []
        for directory in directories {
            for name in try directory.names(path) where !LayerMark.isBookkeeping(name) && !hidden.contains(name) {
                guard let found = try directory.look(name, path, xattrs: false) else { continue }
                if let deleted = LayerMark.deleted(name, found) {
                    if !all.contains(deleted) { hidden.insert(deleted) }
                } else {
                    all.insert(name)
                }
            }
        }
        return all.sorted { $0.lexicographicallyPrecedes($1) }
    }
}

/// What a writable layer has done to what is below it.
struct Change: Equatable {
    enum Kind: String {
        case added = "A"
        case changed = "C"
        case deleted = "D"
    }

    var kind: Kind
    var path: Bytes
}

/// Finds the changes in a writable layer.
struct LayerDifference {
    /// Places at which only a mount was made: empty directories and files there are no changes of the container's.
    let mountPoints: Set<Bytes>
    private(set) var changes: [Change] = []
    /// What is there only because something was mounted on it.
    private(set) var mountPointsOnly: [Bytes] = []

    init(mountPoints: Set<Bytes>) { self.mountPoints = mountPoints }

    mutating func compare(_ upper: OpenFile, _ lower: LowerView?, _ path: Bytes, isOpaque: Bool) throws(ToolError) {
        if Signals.came { throw .interrupted }
        var shown: Set<Bytes> = []
        for name in try upper.names(path) where !LayerMark.isBookkeeping(name) {
            let place = path.appending(name)
            guard let found = try upper.look(name, place) else { continue }
            if let deleted = LayerMark.deleted(name, found) {
                let below = path.appending(deleted)
                let old = isOpaque ? nil : try lower?.look(deleted, below)
                if old != nil {
                    changes.append(.init(kind: .deleted, path: below))
                }
                continue
            }
            shown.insert(name)
            // What came back into a directory that was deleted is compared, too: it may be what it was.
            try compare(found, name, upper, try lower?.look(name, place), place, isOpaque)
        }
        guard isOpaque, let lower else { return }
        for name in try lower.names(path) where !shown.contains(name) {
            changes.append(.init(kind: .deleted, path: path.appending(name)))
        }
    }

    private mutating func compare(
        _ found: Found, _ name: Bytes, _ upper: OpenFile, _ old: (found: Found, directory: OpenFile, below: LowerView)?,
        _ path: Bytes, _ isHidden: Bool
    ) throws(ToolError) {
        let isDirectory = found.metadata.kind == .directory
        if let old {
            if try !isSame(old, found, name, upper, path) { changes.append(.init(kind: .changed, path: path)) }
        } else if try isMountPointOnly(found, name, upper, path) {
            mountPointsOnly.append(path)
            return
        } else {
            changes.append(.init(kind: .added, path: path))
        }
        guard isDirectory else { return }
        let below = old?.found.metadata.kind == .directory ? old?.below : nil
        try compare(try upper.directory(name, path), below, path, isOpaque: isHidden || LayerMark.isOpaque(found))
    }

    private func isMountPointOnly(_ found: Found, _ name: Bytes, _ upper: OpenFile, _ path: Bytes) throws(ToolError)
        -> Bool
    {
        guard mountPoints.contains(path) || mountPoints.contains(where: { $0.starts(with: path + [slash]) }) else {
            return false
        }
        if found.metadata.kind == .regular { return found.metadata.size == 0 }
        guard found.metadata.kind == .directory else { return false }
        return try upper.directory(name, path).names(path).allSatisfy { mountPoints.contains(path.appending($0)) }
    }

    /// A file that was copied up, and is what it was.
    private func isSame(
        _ old: (found: Found, directory: OpenFile, below: LowerView), _ new: Found, _ name: Bytes, _ upper: OpenFile,
        _ path: Bytes
    ) throws(ToolError) -> Bool {
        var a = old.found.metadata
        var b = new.metadata
        let giving = Giving(owners: true, privilegedAttributes: true)
        a.xattrs = a.xattrs.filter(giving.takes)
        b.xattrs = b.xattrs.filter(giving.takes)
        if a.kind == .directory {
            // Its time changes with every file in it.
            a.seconds = b.seconds
            a.nanoseconds = b.nanoseconds
        }
        guard a == b else { return false }
        guard a.kind == .regular else { return true }
        var digests = [Bytes(repeating: 0, count: 32), Bytes(repeating: 0, count: 32)]
        for (index, directory) in [old.directory, upper].enumerated() {
            let file = try directory.reading(name, path)
            try ok(unsafe rf_hash_file(file.fd, &digests[index]), "read \(path.shown)")
        }
        return digests[0] == digests[1]
    }
}

extension LayerWriter {
    /// Writes a writable layer as images have it: deletions as `.wh.` names, bookkeeping left out.
    ///
    /// - Parameter leftOut: paths that are no part of the layer.
    func addLayer(_ root: OpenFile, leftOut: Set<Bytes>) throws(ToolError) {
        var walk = try TreeWalk(root)
        while let visit = try walk.next() {
            if leftOut.contains(visit.path) {
                if visit.found.metadata.kind == .directory { walk.skipBelow() }
                continue
            }
            if LayerMark.isBookkeeping(visit.name) { continue }
            if let deleted = LayerMark.deleted(visit.name, visit.found) {
                var mark = Metadata(kind: .regular, mode: 0o644)
                mark.seconds = visit.found.metadata.seconds
                try add(mark, visit.path.cut.parent.appending(Whiteout.prefix + deleted))
                continue
            }
            try add(visit, as: visit.path)
            if visit.found.metadata.kind == .directory, LayerMark.isOpaque(visit.found) {
                try add(Metadata(kind: .regular, mode: 0o644), visit.path.appending(Whiteout.opaque))
            }
        }
    }
}
