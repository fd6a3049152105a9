public import LinuxKernel

/// Things made in a held directory, by a name that is never followed: the population of `/dev`, the target of a console.
///
/// What is there already is accepted if it is what was wanted, and never removed or changed otherwise: several containers
/// may be made from one rootfs at a time. Names with a slash or NUL, `.` and `..` are EINVAL.
extension Handle {
    /// Makes a device node or FIFO; one that exists has to be of the same type and numbers.
    ///
    /// - Parameters:
    ///   - mode: permission bits, before the umask.
    ///   - owner: uid and gid to give the node to; nil for the caller's.
    public func makeNode(
        _ name: String, _ kind: FileStatus.Kind, mode: UInt32, major: UInt32 = 0, minor: UInt32 = 0,
        owner: (uid: UInt32, gid: UInt32)? = nil
    ) throws(PathError) {
        let type: UInt32? =
            switch kind {
            case .characterDevice: 0o020000
            case .blockDevice: 0o060000
            case .fifo: 0o010000
            case .regular, .directory, .symlink, .socket, .unknown: nil
            }
        guard let type else { throw PathError(CallError(.none, .invalid), path: displayed(name.utf8)) }
        let isNew = try makeUnlessThere(name) { () throws(CallError) in
            try descriptor.makeNode(name, mode: type | mode, major: major, minor: minor)
        }
        // A new node that shall be ours needs no second look: nothing more is done to it.
        if isNew && owner == nil { return }
        let node = try hold(name)
        try at(displayed(name.utf8)) { () throws(CallError) in
            let found = try node.status()
            let isDevice = kind != .fifo
            if found.kind != kind || (isDevice && (found.major != major || found.minor != minor)) {
                throw CallError(.mknod, .exists)
            }
            if let owner, isNew { try node.descriptor.setOwner(uid: owner.uid, gid: owner.gid) }
        }
    }

    /// Makes a symbolic link; one that exists has to say the same.
    ///
    /// - Parameter replacing: true to put it in the place of a link that says something else, as images' `ptmx` may.
    public func makeLink(_ name: String, to text: String, replacing: Bool = false) throws(PathError) {
        if text.utf8.contains(0) { throw PathError(CallError(.none, .invalid), path: displayed(name.utf8)) }
        let isNew = try makeUnlessThere(name) { () throws(CallError) in try descriptor.makeSymlink(name, to: text) }
        if isNew { return }
        let old = try hold(name)
        try at(displayed(name.utf8)) { () throws(CallError) in
            guard try old.status().kind == .symlink else { throw CallError(.symlink, .exists) }
            if try readLink(old.descriptor.raw) == Array(text.utf8) { return }
            guard replacing else { throw CallError(.symlink, .exists) }
            try descriptor.remove(name)
            try descriptor.makeSymlink(name, to: text)
        }
    }

    /// Makes an empty regular file to bind something over; whatever isn't a directory or link is accepted as it is.
    public func makeFile(_ name: String, mode: UInt32) throws(PathError) -> Handle {
        _ = try makeUnlessThere(name) { () throws(CallError) in
            try descriptor.makeNode(name, mode: 0o100000 | mode)
        }
        let file = try hold(name)
        switch try at(displayed(name.utf8), { () throws(CallError) in try file.status().kind }) {
        case .directory: throw PathError(CallError(.none, .isDirectory), path: displayed(name.utf8))
        case .symlink: throw PathError(CallError(.none, .symlinkLoop), path: displayed(name.utf8))
        default: return file
        }
    }

    /// Makes a directory; what exists has to be one, not a link to one.
    public func makeDirectory(_ name: String, mode: UInt32) throws(PathError) -> Handle {
        _ = try makeUnlessThere(name) { () throws(CallError) in try descriptor.makeDirectory(name, mode: mode) }
        return try hold(name, [.path, .noFollow, .directory])
    }

    /// Holds what a name of this directory stands for, a link itself.
    public func hold(_ name: String) throws(PathError) -> Handle { try hold(name, [.path, .noFollow]) }

    private func hold(_ name: String, _ flags: OpenFlags) throws(PathError) -> Handle {
        try requireName(name)
        let place = displayed(name.utf8)
        return Handle(adopting: try at(place) { () throws(CallError) in try descriptor.open(name, flags) })
    }

    /// False if the name is taken.
    private func makeUnlessThere(_ name: String, _ make: () throws(CallError) -> Void) throws(PathError) -> Bool {
        try requireName(name)
        do throws(CallError) {
            try make()
            return true
        } catch {
            if error.errno == .exists { return false }
            throw PathError(error, path: displayed(name.utf8))
        }
    }

    private func requireName(_ name: String) throws(PathError) {
        let isName = Component.isName(name.utf8)
        if !isName { throw PathError(CallError(.none, .invalid), path: displayed(name.utf8)) }
    }
}

extension Handle {
    /// The number of the mount through which the file was reached: another one afterwards shows that a mount is on it.
    ///
    /// Unique while the system runs since Linux 6.8, used again after an unmount before; ENOSYS before 5.8.
    public func mountID() throws(CallError) -> UInt64 { try SafePaths.mountID(descriptor.raw) }
}
