public import LinuxKernel

/// An open rootfs: paths below it resolve as if it were `/`, whatever links the image holds and whoever renames meanwhile.
///
/// Open it after the directory has become a mount: a descriptor from before keeps seeing what the mount covers.
/// Paths may begin with a slash or not. Every method answers a held file, never a path (CVE-2021-30465, CVE-2019-16884):
/// the first look decides, and what is done afterwards is done to the handle.
public struct Root: ~Copyable {
    /// The held directory.
    public let descriptor: FileDescriptor
    let resolver: Resolver

    /// Takes over a descriptor of the directory, opened as `.path` or for reading.
    public init(adopting descriptor: consuming FileDescriptor) {
        self.init(adopting: descriptor, resolver: .automatic)
    }

    /// Opens the directory at a path of the host; links are followed.
    public init(opening path: String) throws(PathError) {
        try self.init(opening: path, resolver: .automatic)
    }

    package init(adopting descriptor: consuming FileDescriptor, resolver: Resolver) {
        self.descriptor = descriptor
        self.resolver = resolver
    }

    package init(opening path: String, resolver: Resolver) throws(PathError) {
        if path.utf8.contains(0) { throw PathError(CallError(.none, .invalid), path: displayed(path.utf8)) }
        let directory = try at(displayed(path.utf8)) { () throws(CallError) in
            try FileDescriptor.open(path, [.path, .directory])
        }
        self.init(adopting: directory, resolver: resolver)
    }

    /// Holds what is at a path, with a single system call.
    ///
    /// - Parameters:
    ///   - directoryOnly: true if all but a directory is an error.
    ///   - followLast: false to get a symbolic link itself.
    public func resolve(
        _ path: String, directoryOnly: Bool = false, followLast: Bool = true
    ) throws(PathError) -> Handle {
        var request = LookUp(followsLast: followLast)
        if directoryOnly { request.flags.insert(.directory) }
        return Handle(adopting: try descriptor.lookUp(path, request, resolver))
    }

    /// The same for what may be missing: nil then, at the price of the same single system call.
    public func resolveIfPresent(_ path: String) throws(PathError) -> Handle? {
        do throws(PathError) {
            return Handle(adopting: try descriptor.lookUp(path, LookUp(), resolver, expectsMissing: true))
        } catch {
            if error.kind == .missing { return nil }
            throw error
        }
    }

    /// Holds a directory, and makes it and its parents where they are missing.
    ///
    /// A link that leads to nothing, as `/var/run -> /run` without a `/run`, gets its target below the root.
    ///
    /// - Parameter mode: permission bits of what is made, before the umask.
    public func makeDirectories(_ path: String, mode: UInt32) throws(PathError) -> Handle {
        Handle(adopting: try make(path, LookUp(flags: [.path, .directory]), .directories(mode: mode)))
    }

    /// Holds a file that a file can be bound over; where there is none, an empty regular one is made, and its parents.
    ///
    /// Whatever isn't a directory is taken as it is; nothing is opened for writing or truncated.
    public func makeFile(_ path: String) throws(PathError) -> Handle {
        if path.utf8.last == UInt8(ascii: "/") {
            throw PathError(CallError(.none, .isDirectory), path: displayed(path.utf8))
        }
        let file = Handle(adopting: try make(path, LookUp(), .file))
        let kind = try at(displayed(path.utf8)) { () throws(CallError) in try file.status().kind }
        if kind == .directory { throw PathError(CallError(.none, .isDirectory), path: displayed(path.utf8)) }
        return file
    }

    /// Holds the directory in which a node or link is to be made, and makes it where it is missing.
    ///
    /// - Parameters:
    ///   - path: what is to be made; EINVAL if it ends in a slash, `.` or `..`, or is empty.
    ///   - mode: permission bits of directories that are made, before the umask.
    public func makeParent(of path: String, mode: UInt32 = 0o755) throws(PathError) -> Place {
        let (parent, name) = cut(path)
        if !Component.isName(name.utf8) || path.utf8.contains(0) {
            throw PathError(CallError(.none, .invalid), path: displayed(path.utf8))
        }
        return Place(directory: try makeDirectories(parent, mode: mode), name: name)
    }

    /// Holds a directory, if no component of its path is a symbolic link.
    ///
    /// For `/proc`, `/sys` and `/dev`, where a link of the image would move what protects the host or is trusted later
    /// (CVE-2019-19921, CVE-2023-27561, CVE-2026-41579).
    ///
    /// - Parameter making: permission bits of directories that are made where they are missing; nil to make none.
    public func directoryWithoutLinks(_ path: String, making mode: UInt32? = nil) throws(PathError) -> Handle {
        let request = LookUp(flags: [.path, .directory], followsLast: false, followsLinks: false)
        guard let mode else { return Handle(adopting: try descriptor.lookUp(path, request, resolver)) }
        return Handle(adopting: try make(path, request, .directories(mode: mode)))
    }

    /// Looks up first, with one system call, and only where more than the last component is missing goes step by step.
    private func make(
        _ path: String, _ request: LookUp, _ making: LookUp.Making
    ) throws(PathError) -> FileDescriptor {
        do throws(PathError) {
            return try descriptor.lookUp(path, request, resolver, expectsMissing: true)
        } catch {
            guard error.kind == .missing && !path.utf8.isEmpty else { throw error }
            if resolver != .walk, let made = makeLast(path, request, making) { return made }
            var request = request
            request.making = making
            return try descriptor.walk(path, request)
        }
    }

    /// Makes the last component in its parent; nil where that isn't all, be it a missing parent, a dangling link or a
    /// race, and the walk has to do it or tell what is wrong.
    private func makeLast(_ path: String, _ request: LookUp, _ making: LookUp.Making) -> FileDescriptor? {
        let (parent, name) = cut(path)
        var above = request
        above.flags = [.path, .directory]
        above.followsLast = true
        guard Component.isName(name.utf8),
            let directory = try? descriptor.lookUp(parent, above, .kernel, expectsMissing: true)
        else { return nil }
        let held = Handle(adopting: directory)
        switch making {
        case .directories(let mode): return try? held.makeDirectory(name, mode: mode).take()
        case .file: return try? held.makeFile(name, mode: 0o644).take()
        case .nothing: return nil
        }
    }
}
