internal import CLinux
public import LinuxKernel

/// Copies what is in a directory of the image to a directory that is held, a detached tmpfs as a rule: `tmpcopyup`.
///
/// Directories, regular files and symbolic links are copied, the last as text; sockets, FIFOs and devices are left out.
/// Modes, owners and times come along; extended attributes and the identity of hard links don't. Holes stay holes, so
/// that a sparse file of a terabyte needs no memory. Links are never followed, on either side.
///
/// - Parameters:
///   - source: the directory in the image.
///   - target: an empty directory; its path is nobody's business yet.
///   - withTop: true if the target shall get mode, owner and times of the source, too.
/// - Throws: ENOSPC where the target is full; ENAMETOOLONG where directories are nested more than 64 deep.
public func copyTree(
    from source: borrowing Handle, to target: borrowing FileDescriptor, withTop: Bool
) throws(PathError) {
    var copy = TreeCopy()
    try copy.copyTop(source, to: target, withTop: withTop)
}

/// A copy under way.
private struct TreeCopy {
    /// The recursion and the descriptors that it holds are bounded by this.
    static let mostLevels = 64

    /// The names from the top of the tree to where the copy is.
    private var trail: [Component] = []

    mutating func copyTop(
        _ source: borrowing Handle, to target: borrowing FileDescriptor, withTop: Bool
    ) throws(PathError) {
        let from = try attempt { () throws(CallError) in try source.descriptor.open(".", [.readOnly, .directory]) }
        let to = try attempt { () throws(CallError) in try target.open(".", [.readOnly, .directory]) }
        try copyEntries(of: from, to: to)
        if withTop {
            try attempt { () throws(CallError) in try copyAttributes(try from.status(), to: to, isLink: false) }
        }
    }

    private mutating func copyEntries(
        of source: borrowing FileDescriptor, to target: borrowing FileDescriptor
    ) throws(PathError) {
        if trail.count > TreeCopy.mostLevels { throw PathError(CallError(.none, .nameTooLong), path: reached) }
        var buffer = [UInt8](repeating: 0, count: 32_768)
        while true {
            let count = unsafe sw_getdents64(source.raw, &buffer, buffer.count)
            if count < 0 {
                throw PathError(
                    CallError(.getdents, Errno(rawValue: Int32(truncatingIfNeeded: -count))), path: reached)
            }
            if count == 0 { return }
            for name in names(in: buffer.prefix(Int(count))) {
                trail.append(name)
                try copyEntry(name, of: source, to: target)
                trail.removeLast()
            }
        }
    }

    private mutating func copyEntry(
        _ name: Component, of source: borrowing FileDescriptor, to target: borrowing FileDescriptor
    ) throws(PathError) {
        let held = try attempt { () throws(CallError) in try open(source, name, [.path, .noFollow]) }
        let status = try attempt { () throws(CallError) in try held.status() }
        switch status.kind {
        case .directory:
            let from = try attempt { () throws(CallError) in try held.open(".", [.readOnly, .directory]) }
            let to = try attempt { () throws(CallError) in
                try succeed(.mkdir, unsafe sw_mkdirat(target.raw, name.cString, 0o700))
                return try open(target, name, [.readOnly, .directory, .noFollow])
            }
            try copyEntries(of: from, to: to)
            try attempt { () throws(CallError) in try copyAttributes(status, to: to, isLink: false) }
        case .regular:
            try attempt { () throws(CallError) in try copyFile(name, status, of: source, to: target) }
        case .symlink:
            try attempt { () throws(CallError) in
                let text = Component(try readLink(held.raw))
                try succeed(.symlink, unsafe sw_symlinkat(text.cString, target.raw, name.cString))
                let link = try open(target, name, [.path, .noFollow])
                try copyAttributes(status, to: link, isLink: true)
            }
        case .characterDevice, .blockDevice, .fifo, .socket, .unknown:
            break
        }
    }

    private func copyFile(
        _ name: Component, _ expected: FileStatus, of source: borrowing FileDescriptor,
        to target: borrowing FileDescriptor
    ) throws(CallError) {
        let from = try open(source, name, [.readOnly, .noFollow, .nonBlocking, .noControllingTerminal])
        let status = try from.status()
        // Another file has taken the name since it was looked at.
        if !status.isSameFile(as: expected) { throw CallError(.open, .stale) }
        let to = try open(target, name, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600)
        try copyData(of: from, to: to, size: status.size)
        try copyAttributes(status, to: to, isLink: false)
    }

    /// Copies the parts that hold data, up to the size that was seen at first: the file may grow meanwhile.
    private func copyData(
        of source: borrowing FileDescriptor, to target: borrowing FileDescriptor, size: Int64
    ) throws(CallError) {
        var position: Int64 = 0
        while position < size {
            // -1 means ENXIO: nothing but a hole up to the end.
            let start = Int64(lseek(source.raw, Int(position), SEEK_DATA))
            if start < position || start >= size { break }
            let hole = Int64(lseek(source.raw, Int(start), SEEK_HOLE))
            let end = hole > start ? min(hole, size) : size
            _ = lseek(source.raw, Int(start), SEEK_SET)  // can't fail: both files can seek, and the position is valid
            _ = lseek(target.raw, Int(start), SEEK_SET)
            position = start
            while position < end {
                let count = sw_sendfile(target.raw, source.raw, Int(min(end - position, 1 << 30)))
                if count == -Int64(EINTR) { continue }
                if count < 0 { throw CallError(.sendfile, Errno(rawValue: Int32(truncatingIfNeeded: -count))) }
                if count == 0 { return try target.truncate(toBytes: Int(position)) }  // the file became shorter
                position += count
            }
        }
        try target.truncate(toBytes: Int(size))
    }

    private func copyAttributes(
        _ status: FileStatus, to file: borrowing FileDescriptor, isLink: Bool
    ) throws(CallError) {
        var mode = status.mode
        do throws(CallError) {
            try file.setOwner(uid: status.uid, gid: status.gid)
        } catch {
            // In a user namespace, an owner who isn't mapped can't be given. The copy stays ours, and must not become a
            // setuid file of ours by it.
            guard error.errno == .invalid || error.errno == .notPermitted else { throw error }
            mode &= 0o1777
        }
        if !isLink { try file.setMode(mode) }  // after the owner: chown(2) clears setuid
        try file.setTimes(access: status.accessed, modification: status.modified)
    }

    private func open(
        _ directory: borrowing FileDescriptor, _ name: Component, _ flags: OpenFlags, mode: UInt32 = 0
    ) throws(CallError) -> FileDescriptor {
        while true {
            let result = unsafe sw_openat(directory.raw, name.cString, flags.rawValue | SW_O_CLOEXEC, mode)
            if result != -EINTR { return FileDescriptor(adopting: try succeed(.open, result)) }
        }
    }

    /// The names in what getdents64(2) answers, `.` and `..` left out.
    private func names(in entries: ArraySlice<UInt8>) -> [Component] {
        var names: [Component] = []
        var rest = entries
        while rest.count > 19 {  // inode 8, offset 8, length 2, type 1, then the name
            let length = Int(rest[rest.startIndex + 16]) | Int(rest[rest.startIndex + 17]) << 8
            guard length > 19, length <= rest.count else { break }
            let name = Component(rest.prefix(length).dropFirst(19).prefix { $0 != 0 })
            if !name.isDot && !name.isDotDot { names.append(name) }
            rest = rest.dropFirst(length)
        }
        return names
    }

    private func attempt<R: ~Copyable>(_ body: () throws(CallError) -> R) throws(PathError) -> R {
        try at(reached, body)
    }

    private var reached: String { displayed(trail.flatMap { [UInt8(ascii: "/")] + $0.bytes }) }
}

/// Turns the answer of a shim into a result or a thrown error.
@discardableResult
private func succeed(_ call: Call, _ result: Int32) throws(CallError) -> Int32 {
    if result < 0 { throw CallError(call, Errno(rawValue: -result)) }
    return result
}
