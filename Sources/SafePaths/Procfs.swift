public import LinuxKernel

/// A procfs that can be trusted, whatever is mounted on `/proc`: where labels, sysctls, mappings and the like are written.
///
/// An image or a racing container can put files of its own on `/proc`, or another file of procfs in the place of the one
/// that is meant (CVE-2019-16884, CVE-2025-52881). So the instance is a private one that no path leads to; and where we
/// aren't allowed to make one, its type and root are checked, and nothing mounted below it is ever entered.
///
/// It shows the pid namespace of the process that opened it. Name processes by `thread-self` rather than by number.
public struct Procfs: ~Copyable {
    /// The root directory, which may be a detached mount.
    public let descriptor: FileDescriptor
    private let resolver: Resolver

    /// Where an instance comes from, in the order of preference.
    package enum Origin: Sendable, CaseIterable {
        /// A new one, made by fsopen(2).
        case new
        /// A detached copy of `/proc` and what is mounted on it: a new one is refused in a user namespace where parts of
        /// `/proc` are covered.
        case copy
        /// `/proc` itself, where no mount can be made at all.
        case path
    }

    /// Opens the best instance that we are allowed to.
    ///
    /// - Parameter full: true for the sysctls and other files that aren't about processes; without them the instance may
    ///   stay open while hostile code is near.
    public static func open(full: Bool) throws(PathError) -> Procfs {
        for origin in [Origin.new, .copy] {
            // Whatever was refused, the next one is checked no less.
            if let found = try? Procfs(origin, full: full) { return found }
        }
        return try Procfs(.path, full: full)
    }

    package init(_ origin: Origin, full: Bool, resolver: Resolver = .automatic) throws(PathError) {
        let root = try at("/proc") { () throws(CallError) in
            switch origin {
            case .new: try Procfs.mountNew(full: full)
            case .copy: try FileDescriptor.openTree("/proc", recursive: true)
            case .path: try FileDescriptor.open("/proc", [.path, .directory, .noFollow])
            }
        }
        // 1 is the inode of procfs' root: a directory below it, bound on /proc, has another.
        let isRoot = try at("/proc") { () throws(CallError) in
            let magic = try root.fileSystem()
            let inode = try root.status().inode
            return magic == .proc && inode == 1
        }
        if !isRoot { throw PathError(CallError(.none, .noDevice), path: "/proc", .wrongType) }
        self.descriptor = root
        self.resolver = resolver
    }

    private static func mountNew(full: Bool) throws(CallError) -> FileDescriptor {
        let context = try FilesystemContext(type: "proc")
        if !full {
            for (key, value) in [("subset", "pid"), ("hidepid", "ptraceable")] {
                do throws(CallError) {
                    try context.set(key, to: value)
                } catch {
                    // Before Linux 5.8 there are no such options; what they hide is only a second line of defence.
                    if error.errno != .invalid { throw error }
                }
            }
        }
        try context.create()
        return try context.mount([.noSetuid, .noDevices, .noExecution])
    }

    /// Opens a file below the root; neither mounts nor magic links are crossed.
    ///
    /// - Parameter path: relative to the root of procfs, as `thread-self/attr/exec`.
    public func open(_ path: String, _ flags: OpenFlags) throws(PathError) -> FileDescriptor {
        do throws(PathError) {
            return try descriptor.lookUp(path, LookUp(flags: flags, staysInMount: true), resolver)
        } catch {
            throw error.below("/proc")
        }
    }

    /// Writes the text to a file with a single write(2), as procfs demands.
    public func write(_ text: String, to path: String) throws(PathError) {
        let file = try open(path, .writeOnly)
        try at("/proc/" + displayed(path.utf8)) { () throws(CallError) in try file.writeOnce(text) }
    }

    /// Reads a whole file.
    ///
    /// - Parameter limitBytes: a longer file is an error, EFBIG.
    public func read(_ path: String, limitBytes: Int) throws(PathError) -> [UInt8] {
        let file = try open(path, .readOnly)
        return try at("/proc/" + displayed(path.utf8)) { () throws(CallError) in
            try file.readAll(limitBytes: limitBytes)
        }
    }

    /// Opens what a magic link leads to, as `thread-self/exe` or `42/ns/net`.
    ///
    /// The link is looked at first: it has to be one, of this very mount, so that nothing mounted on it is followed.
    public func openLink(_ path: String, _ flags: OpenFlags) throws(PathError) -> FileDescriptor {
        let place = "/proc/" + displayed(path.utf8)
        let (parent, name) = cut(path)
        let directory = try open(parent, [.path, .directory])
        // A NUL in the name would cut it.
        if name.utf8.contains(0) { throw PathError(CallError(.none, .invalid), path: place) }
        let link = try at(place) { () throws(CallError) in try directory.open(name, [.path, .noFollow]) }
        let (kind, ownMount) = try at(place) { () throws(CallError) in
            (try link.status().kind, try mountID(link.raw) == mountID(descriptor.raw))
        }
        if !ownMount { throw PathError(CallError(.none, .crossDevice), path: place) }
        if kind != .symlink { throw PathError(CallError(.none, .invalid), path: place, .wrongType) }
        return try at(place) { () throws(CallError) in try directory.open(name, flags) }
    }

    /// Opens a held file once more, for other purposes: a `.path` descriptor for reading, say.
    public func reopen(_ held: borrowing FileDescriptor, _ flags: OpenFlags) throws(PathError) -> FileDescriptor {
        try openLink("thread-self/fd/\(held.raw)", flags)
    }
}
