internal import CRootfs
internal import Glibc

/// A path that a person gave for something new: the directory that it is to be made in, and its name.
struct Place {
    let parent: OpenFile
    let name: Bytes
    /// For messages.
    let path: String

    init(_ path: String) throws(ToolError) {
        var trimmed = path
        while trimmed.utf8.count > 1 && trimmed.has(suffix: "/") { trimmed.removeLast() }
        let (parent, name) = Bytes(trimmed.utf8).cut
        guard !name.isEmpty, name != Bytes(".".utf8), name != Bytes("..".utf8) else {
            throw ToolError("\"\(path)\" names no new file or directory")
        }
        let directory = trimmed.has(prefix: "/") && parent.isEmpty ? "/" : String(decoding: parent, as: UTF8.self)
        self.parent = try OpenFile.directory(directory.isEmpty ? "." : directory)
        self.name = name
        self.path = trimmed
    }

    /// A name beside this one.
    func beside(_ suffix: String) -> Bytes { name + Bytes(suffix.utf8) }

    /// What stands there; nil for nothing.
    func found() throws(ToolError) -> Found? { try parent.look(name, name, xattrs: false) }

    private var hiddenPrefix: Bytes { Bytes(".".utf8) + name + Bytes(".partial-".utf8) }

    /// The name beside it under which this process works.
    var hidden: Bytes { hiddenPrefix + Bytes("\(getpid())".utf8) }

    /// Removes what others have left there that were killed; answers whether there was something.
    func clean() throws(ToolError) -> Bool {
        var found = false
        for old in try parent.names([]) where old.starts(with: hiddenPrefix) {
            let fd = unsafe rf_openat(parent.fd, old.z, O_RDONLY | Flags.directory | Flags.noFollow, 0)
            guard fd >= 0 else { continue }
            let directory = OpenFile(adopting: fd)
            guard directory.tryLock() else { continue }
            try parent.removeAll(old)
            found = true
        }
        return found
    }

    /// Refuses what exists, but for an empty directory.
    func requireFree() throws(ToolError) {
        guard let found = try found() else { return }
        if found.metadata.kind == .directory, try parent.directory(name, name).names(name).isEmpty { return }
        throw ToolError("\(path) exists already", hint: "remove it first, or choose another name")
    }
}

/// A directory that is filled under a hidden name and gets its own at the end: nobody ever sees half of it.
///
/// It is locked while its maker lives. What one left that was killed is removed by the next.
final class Staging {
    let place: Place
    let directory: OpenFile
    private let name: Bytes
    private var isDone = false

    /// - Parameter replacing: whether something may be there, whose place the new one takes.
    init(_ place: Place, replacing: Bool = false) throws(ToolError) {
        if !replacing { try place.requireFree() }
        self.place = place
        _ = try place.clean()
        name = place.hidden
        try ok(unsafe rf_mkdirat(place.parent.fd, name.z, 0o755), "make a directory beside \(place.path)")
        directory = try place.parent.directory(name, name)
        _ = directory.tryLock()
    }

    deinit { if !isDone { try? place.parent.removeAll(name) } }

    /// Moves what is in it to the place, and what belongs beside it there first.
    func finish(_ inside: String, beside: [(inside: String, suffix: String)] = []) throws(ToolError) {
        if Signals.came { throw .interrupted }
        for (inside, suffix) in beside {
            // Of a tree that isn't there any more.
            try place.parent.removeAll(place.beside(suffix))
            try ok(
                unsafe rf_renameat(directory.fd, inside.z, place.parent.fd, place.beside(suffix).z, 0),
                "make \(place.path)\(suffix)")
        }
        let result = unsafe rf_renameat(directory.fd, inside.z, place.parent.fd, place.name.z, 0)
        if result < 0 {
            for (_, suffix) in beside { try place.parent.removeAll(place.beside(suffix)) }
            if result == -EEXIST || result == -ENOTEMPTY { throw ToolError("\(place.path) exists already") }
            try ok(result, "make \(place.path)")
        }
        isDone = true
        try place.parent.removeAll(name)
    }

    /// Lets what is in it and what stands at the place change places, at once; the old one is removed.
    func exchange(_ inside: String) throws(ToolError) {
        if Signals.came { throw .interrupted }
        let result = unsafe rf_renameat(directory.fd, inside.z, place.parent.fd, place.name.z, 2)  // RENAME_EXCHANGE
        if result == -ENOENT { return try finish(inside) }
        try ok(result, "replace \(place.path)")
        isDone = true
        try place.parent.removeAll(name)
    }

    /// Removes what stands at the place, and what belongs beside it: the names at once, however long the rest takes.
    func remove(beside suffix: String? = nil) throws(ToolError) {
        try ok(
            unsafe rf_renameat(place.parent.fd, place.name.z, directory.fd, "removed".z, 0), "remove \(place.path)")
        if let suffix {
            let result = unsafe rf_renameat(
                place.parent.fd, place.beside(suffix).z, directory.fd, "removed-beside".z, 0)
            if result != -ENOENT { try ok(result, "remove \(place.path)\(suffix)") }
        }
        isDone = true
        try place.parent.removeAll(name)
    }
}

/// A file that gets its name only when it is whole: until then it has none, so that nothing is left of a broken one.
final class NewFile {
    let file: OpenFile
    private let place: Place
    private let hidden: Bytes?

    init(_ path: String) throws(ToolError) {
        place = try Place(path)
        if try place.found() != nil {
            throw ToolError("\(path) exists already", hint: "remove it first, or choose another name")
        }
        let unnamed = unsafe rf_openat(place.parent.fd, ".".z, O_RDWR | Flags.temporary, 0o644)
        if unnamed >= 0 {
            file = OpenFile(adopting: unnamed)
            hidden = nil
        } else {
            // A file system without O_TMPFILE.
            let name = Bytes(".".utf8) + place.name + Bytes(".partial-\(getpid())".utf8)
            file = try place.parent.making(name, mode: 0o644)
            hidden = name
        }
    }

    deinit { if let hidden { _ = unsafe rf_unlinkat(place.parent.fd, hidden.z, 0) } }

    func finish() throws(ToolError) {
        let result =
            if let hidden { unsafe rf_linkat(place.parent.fd, hidden.z, place.parent.fd, place.name.z) } else {
                unsafe rf_link_fd(file.fd, place.parent.fd, place.name.z)
            }
        try ok(result, "make \(place.path)")
    }
}
