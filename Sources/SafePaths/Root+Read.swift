public import LinuxKernel

extension Root {
    /// Opens a regular file of the image for reading, or fails at once: nothing here waits or has no end.
    ///
    /// A FIFO would block the runtime for ever, `/dev/zero` fill its memory (CVE-2024-1753), and the mere opening of a
    /// device can act (a watchdog begins to count): so the file's type is looked at before it is opened, and once more
    /// afterwards.
    ///
    /// - Parameter limitBytes: a file that is longer is an error, EFBIG.
    public func openForReading(_ path: String, limitBytes: Int) throws(PathError) -> FileDescriptor {
        let place = displayed(path.utf8)
        let held = try resolve(path)
        let expected = try at(place) { () throws(CallError) in try held.status() }
        if expected.kind == .directory { throw PathError(CallError(.none, .isDirectory), path: place) }
        if expected.kind != .regular { throw PathError(CallError(.none, .invalid), path: place, .wrongType) }
        if expected.size > limitBytes { throw PathError(CallError(.none, .fileTooLarge), path: place) }

        let request = LookUp(flags: [.readOnly, .nonBlocking, .noControllingTerminal])
        let file = try descriptor.lookUp(path, request, resolver)
        let found = try at(place) { () throws(CallError) in try file.status() }
        // Another file has taken the name meanwhile.
        if !found.isSameFile(as: expected) { throw PathError(CallError(.none, .stale), path: place) }
        return file
    }

    /// Reads a whole regular file of the image, as `/etc/passwd`.
    ///
    /// - Parameter limitBytes: a file that is longer, or grows while it is read, is an error, EFBIG.
    public func read(_ path: String, limitBytes: Int) throws(PathError) -> [UInt8] {
        let file = try openForReading(path, limitBytes: limitBytes)
        return try at(displayed(path.utf8)) { () throws(CallError) in try file.readAll(limitBytes: limitBytes) }
    }
}
