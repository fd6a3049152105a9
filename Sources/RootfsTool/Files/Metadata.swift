internal import CRootfs
internal import Glibc

/// What a file is, apart from its content.
struct Metadata: Equatable {
    enum Kind: String {
        case regular = "file"
        case directory = "dir"
        case symlink = "link"
        case character = "char"
        case block = "block"
        case fifo = "fifo"
        case socket = "socket"
    }

    var kind = Kind.regular
    /// Permission bits, with setuid, setgid and sticky.
    var mode: UInt32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
    var size: Int64 = 0
    var seconds: Int64 = 0
    var nanoseconds: Int64 = 0
    var major: UInt32 = 0
    var minor: UInt32 = 0
    /// What a symbolic link says.
    var target: Bytes = []
    /// Extended attributes in the order of their names.
    var xattrs: [Attribute] = []

    struct Attribute: Equatable {
        var name: Bytes
        var value: Bytes
    }
}

/// The same file through another name has the same key.
struct FileKey: Hashable {
    var device: UInt64
    var inode: UInt64
}

/// What was found at a name.
struct Found {
    var metadata: Metadata
    var key: FileKey
    var links: UInt32

    /// True for what overlayfs puts in the place of a deleted file.
    var isWhiteout: Bool { metadata.kind == .character && metadata.major == 0 && metadata.minor == 0 }
}

extension OpenFile {
    /// What has a name in this directory, with its extended attributes if asked for; nil if nothing has it.
    func look(_ name: Bytes, _ path: @autoclosure () -> Bytes, xattrs: Bool = true) throws(ToolError) -> Found? {
        var raw = rf_stat()
        let result = unsafe rf_stat_at(fd, name.z, &raw)
        if result == -ENOENT { return nil }
        try ok(result, "look at \(path().shown)")
        var found = Found(raw)
        if found.metadata.kind == .symlink { found.metadata.target = try readLink(name, path()) }
        if xattrs { found.metadata.xattrs = try attributes(name, path()) }
        return found
    }

    /// What this file itself is.
    func lookAtSelf(_ path: @autoclosure () -> Bytes) throws(ToolError) -> Found {
        var raw = rf_stat()
        try ok(unsafe rf_stat_fd(fd, &raw), "look at \(path().shown)")
        var found = Found(raw)
        if found.metadata.kind == .directory { found.metadata.xattrs = try attributes([UInt8(ascii: ".")], path()) }
        return found
    }

    /// What a symbolic link of this directory says.
    func readLink(_ name: Bytes, _ path: @autoclosure () -> Bytes) throws(ToolError) -> Bytes {
        var buffer = Bytes(repeating: 0, count: 4097)
        let count = try ok(unsafe rf_readlinkat(fd, name.z, &buffer, buffer.count), "read the link \(path().shown)")
        return Bytes(buffer[..<count])
    }

    private func attributes(_ name: Bytes, _ path: @autoclosure () -> Bytes) throws(ToolError) -> [Metadata.Attribute] {
        var list = Bytes(repeating: 0, count: 1024)
        var count = unsafe rf_listxattr(fd, name.z, &list, list.count)
        if count == -Int64(ERANGE) {
            list = Bytes(repeating: 0, count: 65_536)
            count = unsafe rf_listxattr(fd, name.z, &list, list.count)
        }
        if count == 0 || count == -Int64(EOPNOTSUPP) { return [] }
        try ok(count, "list the extended attributes of \(path().shown)")
        var all: [Metadata.Attribute] = []
        var value = Bytes(repeating: 0, count: 65_536)
        for key in list[..<Int(count)].split(separator: 0) {
            let size = unsafe rf_getxattr(fd, name.z, Bytes(key).z, &value, value.count)
            if size == -Int64(ENODATA) { continue }
            try ok(size, "read the extended attribute \(displayed(key)) of \(path().shown)")
            all.append(.init(name: Bytes(key), value: Bytes(value[..<Int(size)])))
        }
        return all.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }
}

extension Found {
    init(_ raw: rf_stat) {
        let kind: Metadata.Kind =
            switch raw.mode & S_IFMT {
            case S_IFDIR: .directory
            case S_IFLNK: .symlink
            case S_IFCHR: .character
            case S_IFBLK: .block
            case S_IFIFO: .fifo
            case S_IFSOCK: .socket
            default: .regular
            }
        let isDevice = kind == .character || kind == .block
        metadata = Metadata(
            kind: kind, mode: kind == .symlink ? 0o777 : raw.mode & 0o7777, uid: raw.uid, gid: raw.gid,
            size: kind == .regular ? raw.size : 0,
            seconds: raw.seconds, nanoseconds: raw.nanoseconds, major: isDevice ? raw.major : 0,
            minor: isDevice ? raw.minor : 0)
        key = FileKey(device: raw.device, inode: raw.inode)
        links = raw.links
    }
}

/// How far metadata can be given to files.
struct Giving {
    /// False for an ordinary user: all files stay theirs.
    var owners: Bool
    /// Attributes that need privileges are left out without them.
    var privilegedAttributes: Bool

    static var current: Giving { Giving(owners: geteuid() == 0, privilegedAttributes: geteuid() == 0) }

    func takes(_ attribute: Metadata.Attribute) -> Bool {
        // What overlayfs says about its layers is no property of a file.
        let overlays = ["trusted.overlay.", "user.overlay.", "user.fuseoverlayfs."]
        if overlays.contains(where: { attribute.name.starts(with: $0.utf8) }) { return false }
        return privilegedAttributes || attribute.name.starts(with: "user.".utf8)
    }
}

extension OpenFile {
    /// Gives owner, attributes, mode and time, in this order: a change of owner takes setuid and capabilities away.
    ///
    /// - Parameter content: the open file, for a regular file or directory.
    func give(
        _ metadata: Metadata, to name: Bytes, content: OpenFile?, _ path: @autoclosure () -> Bytes, _ giving: Giving
    ) throws(ToolError) {
        if giving.owners {
            let result =
                if let content { rf_chown_fd(content.fd, metadata.uid, metadata.gid) } else {
                    unsafe rf_chown_at(fd, name.z, metadata.uid, metadata.gid)
                }
            try ok(result, "give \(path().shown) to user \(metadata.uid)")
        }
        for attribute in metadata.xattrs where giving.takes(attribute) {
            let result = unsafe rf_setxattr(fd, name.z, attribute.name.z, attribute.value, attribute.value.count)
            try ok(result, "set the extended attribute \(displayed(attribute.name)) of \(path().shown)")
        }
        if let content {
            try ok(rf_chmod_fd(content.fd, metadata.mode), "set the mode of \(path().shown)")
            try ok(
                rf_utimes_fd(content.fd, metadata.seconds, metadata.nanoseconds), "set the time of \(path().shown)")
        } else {
            try ok(
                unsafe rf_utimes_at(fd, name.z, metadata.seconds, metadata.nanoseconds),
                "set the time of \(path().shown)")
        }
    }

    /// Makes what isn't a regular file or directory; the name must be free.
    func make(_ metadata: Metadata, _ name: Bytes, _ path: @autoclosure () -> Bytes) throws(ToolError) {
        let result: Int32
        switch metadata.kind {
        case .symlink: result = unsafe rf_symlinkat(metadata.target.z, fd, name.z)
        case .character, .block, .fifo, .socket:
            let type =
                switch metadata.kind {
                case .character: S_IFCHR
                case .block: S_IFBLK
                case .fifo: S_IFIFO
                default: S_IFSOCK
                }
            result = unsafe rf_mknodat(fd, name.z, type | metadata.mode, metadata.major, metadata.minor)
        case .regular, .directory: result = -EINVAL
        }
        try ok(result, "make \(path().shown)")
    }
}
