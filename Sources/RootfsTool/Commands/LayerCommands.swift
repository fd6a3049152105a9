internal import CRootfs
internal import Glibc
internal import OCISpec

extension Command {
    static let diff = Command(
        name: "diff", summary: "show what a container added, changed and deleted", arguments: "NAME", count: 1...1,
        details:
            "One line each: A, C or D, and the path. Directories in which only something else changed are left out.",
        run: { (call) throws(ToolError) in
            let bundle = try Bundle(call.words[0])
            var text = ""
            for change in try bundle.changes().changes { text += "\(change.kind.rawValue) \(change.path.shown)\n" }
            writeAll(1, text)
            return 0
        })

    static let reset = Command(
        name: "reset", summary: "undo what a container did", arguments: "NAME [PATH...]", count: 1...Int.max,
        details: """
            Without PATHs the writable layer is emptied; with them these files come back from below, with all that is in \
            them where they are directories. Committed layers stay.
            """,
        run: { (call) throws(ToolError) in
            let bundle = try Bundle.idle(call.words[0])
            if call.words.count == 1 {
                try bundle.directory.clear(Bytes("upper".utf8))
                try bundle.directory.clear(Bytes("work".utf8))
                try bundle.renewUpperMetadata(try LowerView(bundle.lowerPaths).directories[0])
                return 0
            }
            for path in call.words.dropFirst() {
                guard let below = pathBelow(path.utf8), !below.isEmpty else {
                    throw ToolError("\(path) is no path in the container")
                }
                try Reset(bundle).restore(below)
            }
            return 0
        })

    static let commit = Command(
        name: "commit", summary: "make the writable layer a layer that stays", arguments: "NAME", count: 1...1,
        details: "What comes after goes into a new writable layer; reset doesn't touch what was committed.",
        options: [Option(name: "message", value: "TEXT", help: "what the image's history says of it")],
        run: { (call) throws(ToolError) in
            var bundle = try Bundle.idle(call.words[0])
            let difference = try bundle.changes()
            if difference.changes.isEmpty { throw ToolError("\(bundle.path) has no changes to commit") }
            try bundle.commit(call["message"], difference)
            return 0
        })

    static let protect = Command(
        name: "protect", summary: "make files read-only inside a container that is otherwise writable",
        arguments: "NAME PATH...", count: 2...Int.max,
        details: """
            Adds the paths to linux.readonlyPaths of the bundle's configuration. They can be neither changed nor removed, \
            not even by root in the container.
            """,
        options: [Option(name: "undo", help: "make them writable again")],
        run: { (call) throws(ToolError) in
            let bundle = try Bundle(call.words[0])
            try bundle.lock()
            var configuration = try Configuration(of: bundle)
            var paths = configuration.spec.linux?.readonlyPaths ?? []
            for path in call.words.dropFirst() {
                guard let below = pathBelow(path.utf8), !below.isEmpty else {
                    throw ToolError("\(path) is no path in the container")
                }
                let full = "/" + String(decoding: below, as: UTF8.self)
                paths.removeAll { $0.isExactly(full) }
                if call.has("undo") { continue }
                guard try bundle.contains(below) else {
                    throw ToolError("\(full) isn't in \(bundle.path), so there is nothing to protect")
                }
                paths.append(full)
            }
            configuration.spec.linux?.readonlyPaths = paths
            try bundle.directory.replace("config.json", with: configuration.text())
            return 0
        })
}

extension Bundle {
    /// A bundle that nobody uses, and nobody will until this program ends.
    static func idle(_ path: String) throws(ToolError) -> Bundle {
        var bundle = try Bundle(path)
        try bundle.lock()
        try bundle.requireIdle()
        try bundle.finishCommit()
        return bundle
    }

    /// What the writable layer has done.
    func changes() throws(ToolError) -> LayerDifference {
        let configuration = try Configuration(of: self)
        var points = Set((configuration.spec.mounts ?? []).compactMap { pathBelow($0.destination.utf8) })
        points.insert(Bytes("work".utf8))
        var difference = LayerDifference(mountPoints: points)
        let upper = try directory.directory(Bytes("upper".utf8), Bytes("upper".utf8))
        try difference.compare(upper, try LowerView(lowerPaths), [], isOpaque: false)
        return difference
    }

    /// Whether the container sees something at a path.
    func contains(_ path: Bytes) throws(ToolError) -> Bool {
        var view = try LowerView(["\(self.path)/upper"] + lowerPaths)
        var names = path.split(separator: slash).map { Bytes($0) }
        let last = names.removeLast()
        for name in names {
            guard let next = try view.look(name, path) else { return false }
            view = next.below
        }
        return try view.look(last, path) != nil
    }

    mutating func commit(_ message: String?, _ difference: LayerDifference) throws(ToolError) {
        let upper = try directory.directory(Bytes("upper".utf8), Bytes("upper".utf8))
        for path in difference.mountPointsOnly {
            let (parent, name) = path.cut
            try upper.walk(parent)?.removeAll(name)
        }
        let layers = try directory.makingDirectory(Bytes("layers".utf8))
        let text = message ?? "swrun rootfs commit"
        try directory.replace("commit-message", with: Bytes(text.utf8))
        let number = "\(record.layers.count + 1)"
        try ok(unsafe rf_renameat(directory.fd, "upper".z, layers.fd, number.z, 1), "make layer \(number)")
        try finishCommit()
    }

    /// Ends a commit, an interrupted one as well: a layer that the record doesn't know yet becomes known.
    mutating func finishCommit() throws(ToolError) {
        let number = "\(record.layers.count + 1)"
        guard let layers = try directory.walk(Bytes("layers".utf8)),
            try layers.look(Bytes(number.utf8), []) != nil
        else { return }
        try directory.clear(Bytes("work".utf8))
        _ = unsafe rf_mkdirat(directory.fd, "upper".z, 0o755)
        try renewUpperMetadata(try layers.directory(Bytes(number.utf8), []))
        let name = Bytes("commit-message".utf8)
        let message =
            try directory.look(name, name) == nil
            ? Bytes("swrun rootfs commit".utf8)
            : try directory.reading(name, name).readAll(limit: 1 << 16, "the message")
        record.layers.append(number)
        record.history.append(
            .init(created: Moment.text(try Moment.current()), createdBy: String(decoding: message, as: UTF8.self)))
        if record.driver == .overlay {
            var configuration = try Configuration(of: self)
            try configuration.setOverlay(self)
            try directory.replace("config.json", with: configuration.text())
        }
        try save()
        try directory.removeAll(name)
    }
}

/// Restores single paths of a container from the layers below the writable one.
struct Reset {
    private let upper: OpenFile
    private let lower: LowerView
    private let giving = Giving.current

    init(_ bundle: Bundle) throws(ToolError) {
        upper = try bundle.directory.directory(Bytes("upper".utf8), Bytes("upper".utf8))
        lower = try LowerView(bundle.lowerPaths)
    }

    func restore(_ path: Bytes) throws(ToolError) {
        var directory = upper
        var view: LowerView? = lower
        // Whether the writable layer hides what is below at this place.
        var isHidden = false
        var reached: Bytes = []
        var names = path.split(separator: slash).map { Bytes($0) }
        let last = names.removeLast()
        for name in names {
            reached = reached.appending(name)
            let old = try view?.look(name, reached)
            try directory.removeAll(Whiteout.prefix + name)
            let found = try directory.look(name, reached)
            if found == nil && !isHidden { return }
            if let found, found.metadata.kind == .directory {
                isHidden = isHidden || LayerMark.isOpaque(found)
            } else {
                guard let old, old.found.metadata.kind == .directory else { return }
                // Deleted with all that was in it: only what is wanted comes back.
                try directory.removeAll(name)
                try ok(unsafe rf_mkdirat(directory.fd, name.z, 0o700), "make the directory \(reached.shown)")
                let made = try directory.directory(name, reached)
                try directory.give(old.found.metadata, to: name, content: made, reached, giving)
                if !isHidden { try makeOpaque(name, in: directory, reached) }
                isHidden = true
            }
            directory = try directory.directory(name, reached)
            view = old?.below
        }
        try directory.removeAll(last)
        try directory.removeAll(Whiteout.prefix + last)
        guard isHidden, let old = try view?.look(last, path) else { return }
        try copy(old, last, to: directory, path)
    }

    private func makeOpaque(_ name: Bytes, in directory: OpenFile, _ path: Bytes) throws(ToolError) {
        let keys = geteuid() == 0 ? ["trusted.overlay.opaque"] : ["user.overlay.opaque", "user.fuseoverlayfs.opaque"]
        for key in keys {
            try ok(
                unsafe rf_setxattr(directory.fd, name.z, key.z, [UInt8(ascii: "y")], 1),
                "cut \(path.shown) off from below")
        }
    }

    private func copy(
        _ old: (found: Found, directory: OpenFile, below: LowerView), _ name: Bytes, to target: OpenFile, _ path: Bytes
    ) throws(ToolError) {
        if Signals.came { throw .interrupted }
        var copy = TreeCopy(to: target)
        try copy.copy(
            Visit(directory: old.directory, name: name, path: path, found: old.found.alone), to: target, name)
        guard old.found.metadata.kind == .directory else { return }
        let made = try target.directory(name, path)
        for child in try old.below.names(path) {
            let below = path.appending(child)
            if let next = try old.below.look(child, below) { try self.copy(next, child, to: made, below) }
        }
        try target.give(old.found.metadata, to: name, content: made, path, giving)
    }
}

extension Found {
    /// As if it had no other names.
    fileprivate var alone: Found {
        var copy = self
        copy.links = 1
        return copy
    }
}
