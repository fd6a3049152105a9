internal import LinuxKernel

/// One directory of a cgroup file system, held open and checked: what acts on a whole subtree starts here.
struct CgroupDirectory: ~Copyable {
    let descriptor: FileDescriptor
    let path: String
    let operation: CgroupError.Operation

    /// Opens the place's directory from the root of its hierarchy, whose path and file system are checked.
    ///
    /// - Throws: an error with ENOENT where the directory doesn't exist.
    init(_ place: CgroupLayout.Place, for operation: CgroupError.Operation) throws(CgroupError) {
        let path = place.directory
        let root = try CgroupDirectory.root(of: place, operation)
        let below = String(Substring(place.path.utf8.dropFirst()))
        descriptor = try during(
            operation, path, try root.open(below, [.readOnly, .directory], resolve: CgroupDirectory.strict))
        self.path = path
        self.operation = operation
    }

    private static func root(
        of place: CgroupLayout.Place, _ operation: CgroupError.Operation
    ) throws(CgroupError) -> FileDescriptor {
        try place.verifyPath()
        let mountPoint = place.mountPoint
        let root = try during(operation, mountPoint, try FileDescriptor.open(mountPoint, [.path, .directory]))
        let magic = try during(operation, mountPoint, try root.fileSystem())
        guard magic == (place.isUnified ? .cgroup2 : .cgroup) else {
            throw CgroupError(operation, .notACgroup, path: mountPoint)
        }
        return root
    }

    /// Takes over a directory that is known to be in a cgroup file system.
    init(opened descriptor: consuming FileDescriptor, _ path: String, _ operation: CgroupError.Operation) {
        self.descriptor = descriptor
        self.path = path
        self.operation = operation
    }

    static let strict: ResolveFlags = [.beneath, .noSymlinks, .noMounts]

    /// Opens a file in the directory.
    func open(_ file: String, _ flags: OpenFlags) throws(CgroupError) -> FileDescriptor {
        try during(operation, path, file: file, try descriptor.open(file, flags, resolve: CgroupDirectory.strict))
    }

    /// The content of a file in the directory; nil where there is no such file.
    ///
    /// - Throws: an error with EFBIG beyond 16 MiB, room for a million processes.
    func contents(_ file: String) throws(CgroupError) -> [UInt8]? {
        do throws(CgroupError) {
            let open = try open(file, .readOnly)
            return try during(operation, path, file: file, try open.readAll(limitBytes: 16 << 20))
        } catch let error where error.call?.errno == .noEntry || error.call?.errno == .noDevice {
            // ENODEV: the directory was removed after it was opened.
            return nil
        }
    }

    /// Writes to a file in the directory; false where there is no such file.
    @discardableResult
    func write(_ text: String, to file: String) throws(CgroupError) -> Bool {
        do throws(CgroupError) {
            let open = try open(file, .writeOnly)
            try during(operation, path, file: file, value: text, try open.writeOnce(text))
            return true
        } catch let error where error.call?.errno == .noEntry || error.call?.errno == .noDevice {
            return false
        }
    }

    /// The names of the cgroups made inside.
    func children() throws(CgroupError) -> [String] {
        // A second descriptor: reading a directory moves its position.
        let listing = try open(".", [.readOnly, .directory])
        var names: [String] = []
        try during(
            operation, path,
            try listing.forEachEntry { name, kind in
                if let name, kind == .directory { names.append(name) }
            })
        return names
    }

    /// A cgroup made inside; nil where it is gone.
    func child(_ name: String) throws(CgroupError) -> CgroupDirectory? {
        do throws(CallError) {
            let open = try descriptor.open(name, [.readOnly, .directory], resolve: CgroupDirectory.strict)
            return CgroupDirectory(opened: open, path + "/" + name, operation)
        } catch let error where error.errno == .noEntry {
            return nil
        } catch {
            throw CgroupError(operation, path: path + "/" + name, call: error)
        }
    }
}
