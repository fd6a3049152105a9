internal import LinuxKernel

/// Who resolves paths; everything but tests leaves it to the first case.
package enum Resolver: Sendable, CaseIterable {
    /// The kernel, or the walk where the kernel or a sandbox around us has no openat2(2).
    case automatic
    /// openat2(2) only.
    case kernel
    /// One component at a time in user space.
    case walk
}

/// What a look-up shall find and which ways it may go.
struct LookUp {
    /// How the result is opened.
    var flags: OpenFlags = .path
    /// False to get a symbolic link itself, where the last component is one.
    var followsLast = true
    /// False if any symbolic link on the way is an error.
    var followsLinks = true
    /// True if mounts below the start, absolute links and `..` above the start are errors: for procfs.
    var staysInMount = false
    /// What to do about missing components; only the walk can do something.
    var making = Making.nothing

    enum Making {
        case nothing
        case directories(mode: UInt32)
        /// A regular file as the last component, directories before it.
        case file
    }

    /// The same for openat2(2).
    ///
    /// Magic links are never followed: they lead anywhere (CVE-2024-21626).
    var resolve: ResolveFlags {
        var flags: ResolveFlags = staysInMount ? [.beneath, .noMounts, .noMagicLinks] : [.inRoot, .noMagicLinks]
        if !followsLinks { flags.insert(.noSymlinks) }
        return flags
    }
}

extension FileDescriptor {
    /// Looks a path up below this directory: one system call where all goes well.
    ///
    /// - Parameter expectsMissing: true if "missing" is an answer like another, not worth a search for where it was.
    func lookUp(
        _ path: String, _ request: LookUp, _ resolver: Resolver, expectsMissing: Bool = false
    ) throws(PathError) -> FileDescriptor {
        // A C string would end at the NUL, and another path would be opened than the one that was judged.
        if path.hasNUL { throw PathError(CallError(.none, .invalid), path: displayed(path.utf8)) }
        if resolver == .walk { return try walk(path, request) }
        do throws(CallError) {
            let flags = request.followsLast ? request.flags : request.flags.union(.noFollow)
            return try open(path, flags, resolve: request.resolve)
        } catch {
            // EPERM is what a seccomp filter around us may answer; openat2 itself doesn't, for O_PATH.
            if resolver == .automatic && (error.errno == .notImplemented || error.errno == .notPermitted) {
                return try walk(path, request)
            }
            if expectsMissing && error.errno == .noEntry { throw PathError(error, path: path) }  // shown to nobody
            throw explain(error, path, request)
        }
    }

    /// Walks the path and makes what is missing, as far as the request says so.
    func walk(_ path: String, _ request: LookUp) throws(PathError) -> FileDescriptor {
        var walk = Walk(from: self.raw, along: path, request)
        return try walk.run()
    }

    /// Finds the component at which the kernel stopped, by walking there: it doesn't say.
    private func explain(_ error: CallError, _ path: String, _ request: LookUp) -> PathError {
        var again = request
        again.flags.formIntersection(.directory)
        again.flags.insert(.path)  // to look is enough, and opens nothing
        do throws(PathError) {
            _ = try walk(path, again)
        } catch let found {
            if found.call.errno == error.errno { return PathError(error, path: found.path) }
        }
        return PathError(error, path: displayed(path.utf8))
    }
}
