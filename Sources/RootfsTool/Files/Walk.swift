/// Something in a tree, as a walk meets it.
struct Visit {
    /// The directory that it is in.
    var directory: OpenFile
    var name: Bytes
    /// From the tree's root, which itself is the empty path.
    var path: Bytes
    var found: Found
}

/// Goes through a tree, parents before what is in them, names in the order of their bytes.
struct TreeWalk {
    private struct Level {
        var directory: OpenFile
        var path: Bytes
        var names: ArraySlice<Bytes>
    }

    private var levels: [Level] = []
    private var pending: Visit?
    private let xattrs: Bool

    /// Starts at a directory, which comes first.
    init(_ root: OpenFile, xattrs: Bool = true) throws(ToolError) {
        self.xattrs = xattrs
        pending = Visit(directory: root, name: [UInt8(ascii: ".")], path: [], found: try root.lookAtSelf([]))
    }

    /// The next one, nil at the end.
    mutating func next() throws(ToolError) -> Visit? {
        if Signals.came { throw .interrupted }
        if let visit = pending {
            pending = nil
            if visit.found.metadata.kind == .directory { try enter(visit) }
            return visit
        }
        while var level = levels.popLast() {
            guard let name = level.names.popFirst() else { continue }
            let directory = level.directory
            let path = level.path.appending(name)
            levels.append(level)
            // Gone since it was listed: nobody's fault.
            guard let found = try directory.look(name, path, xattrs: xattrs) else { continue }
            let visit = Visit(directory: directory, name: name, path: path, found: found)
            if found.metadata.kind == .directory { try enter(visit) }
            return visit
        }
        return nil
    }

    /// Leaves out what is below the directory that was met last.
    mutating func skipBelow() { _ = levels.popLast() }

    private mutating func enter(_ visit: Visit) throws(ToolError) {
        if levels.count > 1000 { throw ToolError("directories are nested more than 1000 deep at \(visit.path.shown)") }
        let directory = try visit.directory.directory(visit.name, visit.path)
        levels.append(Level(directory: directory, path: visit.path, names: try directory.names(visit.path)[...]))
    }
}
