internal import CLinux

/// How a file is opened; close-on-exec is always added.
public struct OpenFlags: OptionSet, Sendable {
    /// The bits of open(2).
    public let rawValue: Int32
    /// Takes the bits of open(2).
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// O_RDONLY.
    public static let readOnly: OpenFlags = []
    /// O_WRONLY.
    public static let writeOnly = OpenFlags(rawValue: O_WRONLY)
    /// O_RDWR.
    public static let readWrite = OpenFlags(rawValue: O_RDWR)
    /// O_CREAT.
    public static let create = OpenFlags(rawValue: O_CREAT)
    /// O_EXCL.
    public static let exclusive = OpenFlags(rawValue: O_EXCL)
    /// O_TRUNC.
    public static let truncate = OpenFlags(rawValue: O_TRUNC)
    /// O_APPEND.
    public static let append = OpenFlags(rawValue: O_APPEND)
    /// O_NOFOLLOW: the last component may not be a symbolic link.
    public static let noFollow = OpenFlags(rawValue: SW_O_NOFOLLOW)
    /// O_DIRECTORY: the file must be a directory.
    public static let directory = OpenFlags(rawValue: SW_O_DIRECTORY)
    /// O_PATH: a place in the tree, neither read nor written.
    public static let path = OpenFlags(rawValue: SW_O_PATH)
    /// O_NONBLOCK: an open of a FIFO doesn't wait for the other side.
    public static let nonBlocking = OpenFlags(rawValue: SW_O_NONBLOCK)
    /// O_NOCTTY: a terminal doesn't become the controlling one.
    public static let noControllingTerminal = OpenFlags(rawValue: SW_O_NOCTTY)
}

/// Restrictions of a path look-up.
///
/// Source: openat2(2).
public struct ResolveFlags: OptionSet, Sendable {
    /// The bits of openat2(2)'s `resolve`.
    public let rawValue: UInt64
    /// Takes the bits of openat2(2)'s `resolve`.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// RESOLVE_IN_ROOT: the directory is the root; absolute links and `..` stay below it.
    public static let inRoot = ResolveFlags(rawValue: SW_RESOLVE_IN_ROOT)
    /// RESOLVE_BENEATH: leaving the directory is EXDEV.
    public static let beneath = ResolveFlags(rawValue: SW_RESOLVE_BENEATH)
    /// RESOLVE_NO_MAGICLINKS: links such as /proc/self/exe are ELOOP.
    public static let noMagicLinks = ResolveFlags(rawValue: SW_RESOLVE_NO_MAGICLINKS)
    /// RESOLVE_NO_SYMLINKS: any link is ELOOP.
    public static let noSymlinks = ResolveFlags(rawValue: SW_RESOLVE_NO_SYMLINKS)
    /// RESOLVE_NO_XDEV: crossing into another mount is EXDEV.
    public static let noMounts = ResolveFlags(rawValue: SW_RESOLVE_NO_XDEV)
}

// Where many paths go through, they are lent to C by `withCString`: one that is simply passed is copied into an array first.

/// Operations on names: static ones start at the current directory, methods at the directory that the descriptor holds.
extension FileDescriptor {
    /// Opens a path.
    ///
    /// - Parameter mode: permission bits of a file that is created, before the umask.
    public static func open(_ path: String, _ flags: OpenFlags, mode: UInt32 = 0) throws(CallError) -> FileDescriptor {
        try open(SW_AT_FDCWD, path, flags, mode)
    }

    /// Opens a path below this directory.
    public func open(_ path: String, _ flags: OpenFlags, mode: UInt32 = 0) throws(CallError) -> FileDescriptor {
        try FileDescriptor.open(raw, path, flags, mode)
    }

    private static func open(
        _ directory: Int32, _ path: String, _ flags: OpenFlags, _ mode: UInt32
    ) throws(CallError) -> FileDescriptor {
        while true {
            let result = unsafe path.withCString {
                unsafe sw_openat(directory, $0, flags.rawValue | SW_O_CLOEXEC, mode)
            }
            if result != -EINTR { return FileDescriptor(adopting: try check(.open, result)) }
        }
    }

    /// Opens a path that consists of three parts, and makes no text of them.
    ///
    /// - Parameter start: how many bytes at the beginning of the first part are left out; all if it has fewer.
    public func open(
        _ first: String, from start: Int, _ second: String, _ third: String, _ flags: OpenFlags
    ) throws(CallError) -> FileDescriptor {
        let skipped = min(max(0, start), first.utf8.count)
        let result = unsafe first.withCString { first in
            unsafe second.withCString { second in
                unsafe third.withCString {
                    unsafe sw_openat_joined(raw, first + skipped, second, $0, flags.rawValue | SW_O_CLOEXEC)
                }
            }
        }
        return FileDescriptor(adopting: try check(.open, result))
    }

    /// Opens a path below this directory with a restricted look-up.
    ///
    /// EAGAIN means that a rename or mount raced with a `..`; it is tried again up to 128 times.
    public func open(
        _ path: String, _ flags: OpenFlags, resolve: ResolveFlags, mode: UInt32 = 0
    ) throws(CallError) -> FileDescriptor {
        try FileDescriptor.open(raw, path, flags, resolve, mode)
    }

    /// Opens a path with a restricted look-up.
    public static func open(
        _ path: String, _ flags: OpenFlags, resolve: ResolveFlags
    ) throws(CallError) -> FileDescriptor {
        try open(SW_AT_FDCWD, path, flags, resolve, 0)
    }

    private static func open(
        _ directory: Int32, _ path: String, _ flags: OpenFlags, _ resolve: ResolveFlags, _ mode: UInt32
    ) throws(CallError) -> FileDescriptor {
        var result: Int32 = 0
        for _ in 0..<128 {
            result = unsafe path.withCString {
                unsafe sw_openat2(
                    directory, $0, UInt64(UInt32(bitPattern: flags.rawValue | SW_O_CLOEXEC)), UInt64(mode),
                    resolve.rawValue)
            }
            if result != -EAGAIN && result != -EINTR { break }
        }
        return FileDescriptor(adopting: try check(.openat2, result))
    }

    /// Makes a directory; EEXIST where the name is taken.
    public func makeDirectory(_ name: String, mode: UInt32) throws(CallError) {
        try check(.mkdir, unsafe name.withCString { unsafe sw_mkdirat(raw, $0, mode) })
    }

    /// Makes a directory at a path; EEXIST where the name is taken.
    public static func makeDirectory(_ path: String, mode: UInt32) throws(CallError) {
        try check(.mkdir, unsafe path.withCString { unsafe sw_mkdirat(SW_AT_FDCWD, $0, mode) })
    }

    /// Makes a device node, FIFO or socket node.
    ///
    /// - Parameter mode: file type (S_IFCHR, S_IFBLK, S_IFIFO …) and permission bits, before the umask.
    public func makeNode(_ name: String, mode: UInt32, major: UInt32 = 0, minor: UInt32 = 0) throws(CallError) {
        try check(.mknod, unsafe name.withCString { unsafe sw_mknodat(raw, $0, mode, major, minor) })
    }

    /// Makes a symbolic link that says `text`.
    public func makeSymlink(_ name: String, to text: String) throws(CallError) {
        let result = unsafe text.withCString { text in
            unsafe name.withCString { unsafe sw_symlinkat(text, raw, $0) }
        }
        try check(.symlink, result)
    }

    /// What a symbolic link says; EILSEQ where that isn't UTF-8.
    public func readLink(_ name: String) throws(CallError) -> String {
        try FileDescriptor.readLink(raw, name)
    }

    /// What the symbolic link at a path says; EILSEQ where that isn't UTF-8.
    public static func readLink(_ path: String) throws(CallError) -> String {
        try readLink(SW_AT_FDCWD, path)
    }

    private static func readLink(_ directory: Int32, _ name: String) throws(CallError) -> String {
        let text: String? = try unsafe withPathBuffer(.readlink) { buffer in
            unsafe sw_readlinkat(directory, name, buffer.baseAddress, buffer.count)
        }
        guard let text else { throw CallError(.readlink, .badEncoding) }
        return text
    }

    /// The current directory as the kernel says it: `(unreachable)/…` outside the root, ENOENT where it was removed.
    public static func currentDirectory() throws(CallError) -> String {
        let text = try unsafe withPathBuffer(.getcwd) { buffer in
            let length = unsafe sw_getcwd(buffer.baseAddress, buffer.count)
            return Int64(length > 0 ? length - 1 : length)  // the kernel counts the NUL
        }
        guard let text else { throw CallError(.getcwd, .badEncoding) }
        return text
    }

    private static func withPathBuffer(
        _ call: Call, _ body: (UnsafeMutableBufferPointer<CChar>) -> Int64
    ) throws(CallError) -> String? {
        var result: Int64 = 0
        let text: String? = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
            result = unsafe body(buffer)
            guard result >= 0, result < 4096, let start = buffer.baseAddress else { return nil }
            unsafe buffer[Int(result)] = 0
            return unsafe String(validatingCString: start)
        }
        try check(call, result)
        return text
    }

    /// Removes a name: with `directory`, an empty directory.
    public func remove(_ name: String, directory: Bool = false) throws(CallError) {
        try check(.unlink, unsafe name.withCString { unsafe sw_unlinkat(raw, $0, directory ? SW_AT_REMOVEDIR : 0) })
    }

    /// Removes the file or empty directory at a path.
    public static func remove(_ path: String, directory: Bool = false) throws(CallError) {
        let result = unsafe path.withCString {
            unsafe sw_unlinkat(SW_AT_FDCWD, $0, directory ? SW_AT_REMOVEDIR : 0)
        }
        try check(.unlink, result)
    }

    /// Lets two files change places, in one step for all who look; EINVAL where the file system can't.
    public func exchange(_ first: String, _ second: String) throws(CallError) {
        try check(.rename, unsafe sw_exchange(raw, first, second))
    }

    /// Puts the file `from` in the place of `to`, in one step for all who look.
    public func rename(_ from: String, to: String) throws(CallError) {
        try check(.rename, unsafe sw_renameat(raw, from, raw, to))
    }

    /// Sets permission bits of the open file; not for descriptors opened as `.path`.
    public func setMode(_ mode: UInt32) throws(CallError) { try check(.chmod, sw_fchmod(raw, mode)) }

    /// Sets the permission bits of a name below this directory; follows symbolic links.
    public func setMode(_ mode: UInt32, of name: String) throws(CallError) {
        try check(.chmod, unsafe sw_fchmodat(raw, name, mode))
    }

    /// Sets the owner of the file that is held itself, never of another one that took its name; `.max` leaves it.
    public func setOwner(uid: UInt32, gid: UInt32) throws(CallError) {
        try check(.chown, unsafe sw_fchownat(raw, "", uid, gid, SW_AT_EMPTY_PATH))
    }

    /// Sets an extended attribute of an opened file.
    ///
    /// Source: setxattr(2).
    public func setAttribute(_ name: String, to value: String) throws(CallError) {
        try check(.setxattr, unsafe sw_fsetxattr(raw, name, value, value.utf8.count))
    }

    /// Sets the times of the held file, in seconds and nanoseconds since the epoch.
    public func setTimes(access: (Int, Int), modification: (Int, Int)) throws(CallError) {
        var times = [
            timespec(tv_sec: access.0, tv_nsec: access.1), timespec(tv_sec: modification.0, tv_nsec: modification.1),
        ]
        try check(.utimens, unsafe sw_utimensat(raw, "", &times, SW_AT_EMPTY_PATH))
    }

    /// Makes this directory the current one.
    public func becomeCurrentDirectory() throws(CallError) { try check(.fchdir, sw_fchdir(raw)) }

    /// Makes the directory at a path the current one.
    public static func changeDirectory(_ path: String) throws(CallError) { try check(.chdir, unsafe sw_chdir(path)) }

    /// Makes the directory at a path the root of the process; nothing to rely on by itself.
    public static func changeRoot(_ path: String) throws(CallError) { try check(.chroot, unsafe sw_chroot(path)) }

    /// A file in memory, with close-on-exec.
    ///
    /// - Parameter sealable: true if seals may be added later.
    public static func memoryFile(_ name: String, sealable: Bool) throws(CallError) -> FileDescriptor {
        let flags = SW_MFD_CLOEXEC | (sealable ? SW_MFD_ALLOW_SEALING : 0)
        let result = unsafe sw_memfd_create(name, flags | SW_MFD_EXEC)
        // MFD_EXEC is unknown before Linux 6.3, where every memory file may be executed.
        return FileDescriptor(
            adopting: try check(.memfdCreate, result == -EINVAL ? unsafe sw_memfd_create(name, flags) : result))
    }

    /// Adds the seals against writing, growing, shrinking and further seals.
    ///
    /// Source: fcntl(2), F_ADD_SEALS.
    public func sealForever() throws(CallError) {
        try check(.fcntl, sw_fcntl_add_seals(raw, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
    }

    /// True if the file can't be written any more because of its seals.
    public var isSealed: Bool {
        let seals = sw_fcntl_get_seals(raw)
        return seals >= 0 && seals & F_SEAL_WRITE != 0
    }

    /// Copies the rest of another file to this one inside the kernel, and answers the number of bytes.
    public func copy(from source: borrowing FileDescriptor) throws(CallError) -> Int {
        var total = 0
        while true {
            let n = try check(.sendfile, sw_sendfile(raw, source.raw, 1 << 30))
            if n == 0 { return total }
            total += n
        }
    }
}
