internal import CLinux

/// Attributes of a mount, the `MOUNT_ATTR_…` bits.
///
/// Source: mount_setattr(2).
public struct MountAttributes: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt64
    /// Takes the bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// MOUNT_ATTR_RDONLY.
    public static let readOnly = MountAttributes(rawValue: SW_MOUNT_ATTR_RDONLY)
    /// MOUNT_ATTR_NOSUID.
    public static let noSetuid = MountAttributes(rawValue: SW_MOUNT_ATTR_NOSUID)
    /// MOUNT_ATTR_NODEV.
    public static let noDevices = MountAttributes(rawValue: SW_MOUNT_ATTR_NODEV)
    /// MOUNT_ATTR_NOEXEC.
    public static let noExecution = MountAttributes(rawValue: SW_MOUNT_ATTR_NOEXEC)
}

/// How mounts below a mount spread to its peers.
///
/// Source: mount_namespaces(7).
public enum MountPropagation: UInt64, Sendable {
    /// As it is.
    case unchanged = 0
    /// Both ways.
    case shared = 0x10_0000
    /// Neither way.
    case `private` = 0x4_0000
    /// From the host to the container only.
    case slave = 0x8_0000
    /// Neither way, and it can't be bound elsewhere.
    case unbindable = 0x2_0000
}

/// A filesystem that is being configured: what fsopen(2) answers.
///
/// Each option travels by itself, so that a comma in a value can't become another option, and the kernel says in words
/// what it dislikes.
public struct FilesystemContext: ~Copyable {
    private let descriptor: FileDescriptor

    /// Starts a filesystem of this type.
    public init(type: String) throws(CallError) {
        let result = unsafe type.withCString { unsafe sw_fsopen($0, SW_FSOPEN_CLOEXEC) }
        descriptor = FileDescriptor(adopting: try check(.fsopen, result))
    }

    /// Opens the filesystem of an existing mount, to change its options.
    public init(reconfiguring mount: borrowing FileDescriptor) throws(CallError) {
        let result = unsafe sw_fspick(mount.raw, "", 0x1 | 0x8)  // FSPICK_CLOEXEC | FSPICK_EMPTY_PATH
        descriptor = FileDescriptor(adopting: try check(.fsopen, result))
    }

    /// Sets an option with a value.
    public borrowing func set(_ key: String, to value: String) throws(CallError) {
        try check(.fsconfig, unsafe sw_fsconfig(descriptor.raw, SW_FSCONFIG_SET_STRING, key, value, 0))
    }

    /// Sets an option without a value.
    public borrowing func set(flag key: String) throws(CallError) {
        try check(.fsconfig, unsafe sw_fsconfig(descriptor.raw, SW_FSCONFIG_SET_FLAG, key, nil, 0))
    }

    /// Makes the filesystem.
    public borrowing func create() throws(CallError) {
        try check(.fsconfig, sw_fsconfig(descriptor.raw, SW_FSCONFIG_CMD_CREATE, nil, nil, 0))
    }

    /// Applies the options that were set to the existing filesystem.
    public borrowing func reconfigure() throws(CallError) {
        try check(.fsconfig, sw_fsconfig(descriptor.raw, SW_FSCONFIG_CMD_RECONFIGURE, nil, nil, 0))
    }

    /// A detached mount of the filesystem.
    public borrowing func mount(_ attributes: MountAttributes = []) throws(CallError) -> FileDescriptor {
        let result = sw_fsmount(descriptor.raw, SW_FSMOUNT_CLOEXEC, UInt32(truncatingIfNeeded: attributes.rawValue))
        return FileDescriptor(adopting: try check(.fsmount, result))
    }

    /// What the kernel says in words about the last refusal; empty where it says nothing.
    ///
    /// Source: fsopen(2); messages begin with a letter for their severity and a blank.
    public borrowing func kernelWords() -> String {
        var buffer = [UInt8](repeating: 0, count: 512)
        var text = ""
        // Each read answers one message, ENODATA ends them; only what explains a failure is worth repeating.
        for _ in 0..<8 {
            guard let count = try? descriptor.read(into: &buffer), count > 2 else { break }
            if buffer[0] == UInt8(ascii: "e"), text.isEmpty {
                text = String(decoding: buffer[2..<count].prefix { $0 >= 0x20 }, as: UTF8.self)
            }
        }
        return text
    }
}

/// Mounts that are held by a descriptor.
extension FileDescriptor {
    /// A detached copy of the mount at a path, with the mounts below it if `recursive`.
    public static func openTree(_ path: String, recursive: Bool) throws(CallError) -> FileDescriptor {
        let flags = SW_OPEN_TREE_CLONE | SW_OPEN_TREE_CLOEXEC | (recursive ? UInt32(SW_AT_RECURSIVE) : 0)
        return FileDescriptor(adopting: try check(.openTree, unsafe sw_open_tree(SW_AT_FDCWD, path, flags)))
    }

    /// A detached copy of the mount that this descriptor is in, beginning at its file.
    public func openTree(recursive: Bool) throws(CallError) -> FileDescriptor {
        let flags =
            SW_OPEN_TREE_CLONE | SW_OPEN_TREE_CLOEXEC | UInt32(SW_AT_EMPTY_PATH)
            | (recursive ? UInt32(SW_AT_RECURSIVE) : 0)
        return FileDescriptor(adopting: try check(.openTree, unsafe sw_open_tree(raw, "", flags)))
    }

    /// A detached copy of the mount at a path and of those below it, with a propagation of its own from the start.
    public static func openTree(_ path: String, propagation: MountPropagation) throws(CallError) -> FileDescriptor {
        try openTree(SW_AT_FDCWD, path, 0, set: [], propagation)
    }

    /// A detached copy of the mount that this descriptor is in, beginning at its file, and of those below it, with
    /// attributes that they have before anybody can see them.
    public func openTree(set attributes: MountAttributes) throws(CallError) -> FileDescriptor {
        try FileDescriptor.openTree(raw, "", UInt32(SW_AT_EMPTY_PATH), set: attributes, .unchanged)
    }

    private static func openTree(
        _ directory: Int32, _ path: String, _ flags: UInt32, set: MountAttributes, _ propagation: MountPropagation
    ) throws(CallError) -> FileDescriptor {
        let all = SW_OPEN_TREE_CLONE | SW_OPEN_TREE_CLOEXEC | UInt32(SW_AT_RECURSIVE) | flags
        if Kernel.release >= (6, 15) {
            let result = unsafe sw_open_tree_attr(directory, path, all, set.rawValue, propagation.rawValue)
            if result >= 0 { return FileDescriptor(adopting: result) }
            // A seccomp filter around this process may not know the call; if it was the kernel, the two calls say why.
        }
        let copy = FileDescriptor(adopting: try check(.openTree, unsafe sw_open_tree(directory, path, all)))
        try copy.setMountAttributes(set: set, propagation: propagation, recursive: true)
        return copy
    }

    /// A detached copy of the mount that descriptor `number` is in, beginning at its file.
    public static func openTree(of number: Int32) throws(CallError) -> FileDescriptor {
        let flags = SW_OPEN_TREE_CLONE | SW_OPEN_TREE_CLOEXEC | UInt32(SW_AT_EMPTY_PATH)
        return FileDescriptor(adopting: try check(.openTree, unsafe sw_open_tree(number, "", flags)))
    }

    /// Mounts a filesystem on the current directory.
    ///
    /// - Parameter flags: `MS_…` bits of mount(2).
    public static func mountHere(_ source: String, type: String, flags: UInt64, data: String) throws(CallError) {
        try mountOn(".", source, type: type, flags: flags, data: data)
    }

    /// Mounts a filesystem on a path that the caller trusts, with options that go to the filesystem one by one.
    ///
    /// - Parameter flags: `MS_…` bits of mount(2).
    public static func mountOn(
        _ path: String, _ source: String, type: String, flags: UInt64, options: [String]
    ) throws(CallError) {
        var data: [UInt8] = []
        for index in 0..<options.count {
            if index > 0 { data.append(UInt8(ascii: ",")) }
            data += options[index].utf8
        }
        data.append(0)
        let result = unsafe data.withUnsafeBytes { data in
            unsafe source.withCString { source in
                unsafe path.withCString { path in
                    unsafe type.withCString { unsafe sw_mount(source, path, $0, UInt(flags), data.baseAddress) }
                }
            }
        }
        try check(.mount, result)
    }

    /// Mounts a filesystem on a path that the caller trusts.
    ///
    /// - Parameter flags: `MS_…` bits of mount(2).
    public static func mountOn(
        _ path: String, _ source: String, type: String, flags: UInt64, data: String
    ) throws(CallError) {
        let result = unsafe source.withCString { source in
            unsafe path.withCString { path in
                unsafe type.withCString { type in
                    unsafe data.withCString { unsafe sw_mount(source, path, type, UInt(flags), $0) }
                }
            }
        }
        try check(.mount, result)
    }

    /// Attaches this detached mount on the very file that `target` holds.
    public func attach(to target: borrowing FileDescriptor) throws(CallError) {
        let flags = SW_MOVE_MOUNT_F_EMPTY_PATH | SW_MOVE_MOUNT_T_EMPTY_PATH
        try check(.moveMount, unsafe sw_move_mount(raw, "", target.raw, "", flags))
    }

    /// Attaches this detached mount on a path that the caller trusts.
    public func attach(toPath path: String) throws(CallError) {
        let result = unsafe path.withCString {
            unsafe sw_move_mount(raw, "", SW_AT_FDCWD, $0, SW_MOVE_MOUNT_F_EMPTY_PATH)
        }
        try check(.moveMount, result)
    }

    /// Changes attributes and propagation of the mount that this descriptor is the root of.
    public func setMountAttributes(
        set: MountAttributes = [], clear: MountAttributes = [], propagation: MountPropagation = .unchanged,
        recursive: Bool = false
    ) throws(CallError) {
        let flags = UInt32(SW_AT_EMPTY_PATH) | (recursive ? UInt32(SW_AT_RECURSIVE) : 0)
        let result = unsafe sw_mount_setattr(raw, "", flags, set.rawValue, clear.rawValue, propagation.rawValue, 0)
        try check(.mountSetattr, result)
    }

    /// Lets the ids of the files in this detached mount appear as the user namespace maps them.
    ///
    /// EINVAL where the filesystem can't, or where the mount has a mapping already; EPERM without CAP_SYS_ADMIN in the
    /// user namespace that the filesystem belongs to. Source: mount_setattr(2) "ID-mapped mounts", since Linux 5.12.
    /// - Parameters:
    ///   - userNamespace: the descriptor of a user namespace.
    ///   - recursive: true for the mounts below it, too.
    public func setIDMapping(of userNamespace: Int32, recursive: Bool) throws(CallError) {
        let flags = UInt32(SW_AT_EMPTY_PATH) | (recursive ? UInt32(SW_AT_RECURSIVE) : 0)
        let result = unsafe sw_mount_setattr(
            raw, "", flags, SW_MOUNT_ATTR_IDMAP, 0, 0, UInt64(UInt32(bitPattern: userNamespace)))
        try check(.mountSetattr, result)
    }

    /// Sets the propagation of every mount of this mount namespace.
    public static func setPropagationOfAllMounts(_ propagation: MountPropagation) throws(CallError) {
        let result = unsafe sw_mount_setattr(
            SW_AT_FDCWD, "/", UInt32(SW_AT_RECURSIVE), 0, 0, propagation.rawValue, 0)
        try check(.mountSetattr, result)
    }

    /// Makes this directory, the root of a mount, the root of the mount namespace, and lets the old one go.
    ///
    /// With the new root as current directory, `.` and `.` stack the old root on the new one, so that no directory for
    /// it is needed. Source: pivot_root(2).
    public func pivotRoot() throws(CallError) {
        try becomeCurrentDirectory()
        try check(.pivotRoot, unsafe sw_pivot_root(".", "."))
        try check(.umount, unsafe sw_umount2(".", SW_MNT_DETACH))
        try FileDescriptor.changeDirectory("/")
    }

    /// Moves this mounted directory over the root and makes it the root, where pivot_root is impossible (initramfs).
    public func moveRoot() throws(CallError) {
        try becomeCurrentDirectory()
        try check(.mount, unsafe sw_mount(".", "/", nil, UInt(SW_MS_MOVE), nil))
        try FileDescriptor.changeRoot(".")
        try FileDescriptor.changeDirectory("/")
    }

    /// Detaches the mount at a path, with all below it.
    public static func detachMount(at path: String) throws(CallError) {
        try check(.umount, unsafe sw_umount2(path, SW_MNT_DETACH))
    }
}
