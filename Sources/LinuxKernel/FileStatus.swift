internal import CLinux

/// What the kernel knows of a file.
///
/// Source: stat(2).
public struct FileStatus: Equatable, Sendable {
    /// The type of a file.
    public enum Kind: Equatable, Sendable {
        case regular, directory, symlink, characterDevice, blockDevice, fifo, socket, unknown
    }

    /// The type.
    public var kind: Kind
    /// Permission bits, with setuid, setgid and sticky.
    public var mode: UInt32
    /// The owner.
    public var uid: UInt32
    /// The owning group.
    public var gid: UInt32
    /// The file system's number.
    public var device: UInt64
    /// The file's number in its file system.
    public var inode: UInt64
    /// The number of names; 0 for a removed file.
    public var links: UInt64
    /// The length in bytes.
    public var size: Int64
    /// Of a device node: the major number.
    public var major: UInt32
    /// Of a device node: the minor number.
    public var minor: UInt32
    /// When it was read last, in seconds and nanoseconds since the epoch.
    public var accessed: (seconds: Int, nanoseconds: Int)
    /// When its content changed last, in seconds and nanoseconds since the epoch.
    public var modified: (seconds: Int, nanoseconds: Int)

    /// True if both are the same file.
    public func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }

    /// Compares everything but the times.
    public static func == (a: FileStatus, b: FileStatus) -> Bool {
        a.isSameFile(as: b) && a.kind == b.kind && a.mode == b.mode && a.uid == b.uid && a.gid == b.gid
            && a.links == b.links && a.size == b.size && a.major == b.major && a.minor == b.minor
    }

    init(_ raw: stat) {
        kind =
            switch Int32(raw.st_mode) & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symlink
            case S_IFCHR: .characterDevice
            case S_IFBLK: .blockDevice
            case S_IFIFO: .fifo
            case S_IFSOCK: .socket
            default: .unknown
            }
        mode = raw.st_mode & 0o7777
        uid = raw.st_uid
        gid = raw.st_gid
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
        links = UInt64(raw.st_nlink)
        size = Int64(raw.st_size)
        major = sw_major(UInt64(raw.st_rdev))
        minor = sw_minor(UInt64(raw.st_rdev))
        accessed = (raw.st_atim.tv_sec, raw.st_atim.tv_nsec)
        modified = (raw.st_mtim.tv_sec, raw.st_mtim.tv_nsec)
    }
}

/// A kind of file system, by the magic number that statfs(2) answers.
public struct FileSystemMagic: RawRepresentable, Equatable, Sendable {
    /// The number.
    public let rawValue: Int64
    /// Wraps a number.
    public init(rawValue: Int64) { self.rawValue = rawValue }

    /// procfs.
    public static let proc = FileSystemMagic(rawValue: SW_PROC_SUPER_MAGIC)
    /// sysfs.
    public static let sysfs = FileSystemMagic(rawValue: SW_SYSFS_MAGIC)
    /// tmpfs.
    public static let tmpfs = FileSystemMagic(rawValue: SW_TMPFS_MAGIC)
    /// devpts.
    public static let devpts = FileSystemMagic(rawValue: SW_DEVPTS_SUPER_MAGIC)
    /// A cgroup v1 hierarchy.
    public static let cgroup = FileSystemMagic(rawValue: SW_CGROUP_SUPER_MAGIC)
    /// The cgroup v2 hierarchy.
    public static let cgroup2 = FileSystemMagic(rawValue: SW_CGROUP2_SUPER_MAGIC)
    /// overlayfs.
    public static let overlay = FileSystemMagic(rawValue: SW_OVERLAYFS_SUPER_MAGIC)
    /// selinuxfs.
    public static let selinux = FileSystemMagic(rawValue: 0xF97C_FF8C)
    /// The file system of pidfds, since Linux 6.9.
    public static let pidfs = FileSystemMagic(rawValue: SW_PIDFS_MAGIC)

    /// The name of a common one, as /proc/filesystems has it; the number for others.
    public var name: String {
        switch rawValue {
        case 0x6969: "nfs"
        case 0x0102_1997: "9p"
        case 0x6573_5546: "fuse"
        case 0xEF53: "ext4"
        case 0x5846_5342: "xfs"
        case 0x9123_683E: "btrfs"
        case 0x4D44: "vfat"
        case 0xFF53_4D42, 0xFE53_4D42: "cifs"
        case 0x1980_0202: "mqueue"
        default:
            switch self {
            case .proc: "proc"
            case .sysfs: "sysfs"
            case .tmpfs: "tmpfs"
            case .devpts: "devpts"
            case .cgroup: "cgroup"
            case .cgroup2: "cgroup2"
            case .overlay: "overlay"
            default: "0x" + String(rawValue, radix: 16)
            }
        }
    }
}

extension FileDescriptor {
    /// What the kernel knows of the open file.
    public func status() throws(CallError) -> FileStatus {
        var raw = stat()
        try check(.stat, unsafe sw_fstat(self.raw, &raw))
        return FileStatus(raw)
    }

    /// What the kernel knows of a name below this directory; a symbolic link itself unless `followLink`.
    public func status(of name: String, followLink: Bool = false) throws(CallError) -> FileStatus {
        var raw = stat()
        let result = unsafe name.withCString {
            unsafe sw_fstatat(self.raw, $0, &raw, followLink ? 0 : SW_AT_SYMLINK_NOFOLLOW)
        }
        try check(.stat, result)
        return FileStatus(raw)
    }

    /// What the kernel knows of the file at a path.
    public static func status(of path: String, followLink: Bool = true) throws(CallError) -> FileStatus {
        var raw = stat()
        let result = unsafe path.withCString {
            unsafe sw_fstatat(SW_AT_FDCWD, $0, &raw, followLink ? 0 : SW_AT_SYMLINK_NOFOLLOW)
        }
        try check(.stat, result)
        return FileStatus(raw)
    }

    /// Which kind of file system the open file is on.
    public func fileSystem() throws(CallError) -> FileSystemMagic {
        var raw = statfs()
        try check(.statfs, unsafe sw_fstatfs(self.raw, &raw))
        return FileSystemMagic(rawValue: Int64(raw.f_type))
    }

    /// Which kind of file system a path is on, and whether its mount is read-only.
    public static func fileSystem(of path: String) throws(CallError) -> (magic: FileSystemMagic, readOnly: Bool) {
        var raw = statfs()
        try check(.statfs, unsafe path.withCString { unsafe sw_statfs($0, &raw) })
        return (FileSystemMagic(rawValue: Int64(raw.f_type)), UInt64(raw.f_flags) & 1 != 0)  // ST_RDONLY
    }

    /// Calls `body` with the name and type of each entry of this directory, `.` and `..` left out.
    ///
    /// The descriptor must not be opened as `.path`. Names that aren't UTF-8 are handed over as nil.
    public func forEachEntry(_ body: (_ name: String?, _ kind: FileStatus.Kind) -> Void) throws(CallError) {
        var buffer = [UInt8](repeating: 0, count: 32_768)
        while true {
            let count = try check(.getdents, unsafe sw_getdents64(raw, &buffer, buffer.count))
            if count == 0 { return }
            var offset = 0
            while offset + 19 <= count {  // ino 8, off 8, reclen 2, type 1, name
                let length = Int(buffer[offset + 16]) | Int(buffer[offset + 17]) << 8
                guard length >= 19, offset + length <= count else { return }
                let name = buffer[(offset + 19)..<(offset + length)].prefix { $0 != 0 }
                let isDots = name.allSatisfy { $0 == UInt8(ascii: ".") } && name.count <= 2
                if !isDots { body(String(validating: name, as: UTF8.self), kind(ofEntryType: buffer[offset + 18])) }
                offset += length
            }
        }
    }

    private func kind(ofEntryType type: UInt8) -> FileStatus.Kind {
        switch Int(type) {
        case Int(DT_REG): .regular
        case Int(DT_DIR): .directory
        case Int(DT_LNK): .symlink
        case Int(DT_CHR): .characterDevice
        case Int(DT_BLK): .blockDevice
        case Int(DT_FIFO): .fifo
        case Int(DT_SOCK): .socket
        default: .unknown
        }
    }
}
