internal import CLinux
internal import LinuxKernel

/// A look-up in user space: for sandboxes and kernels without openat2(2), for making what is missing on the way, and for
/// telling people which component it was that failed.
///
/// Each component is opened by itself as `O_PATH|O_NOFOLLOW`, links are expanded here, and `..` pops the stack of held
/// directories instead of asking the kernel, so that no rename can lead above the root.
struct Walk: ~Copyable {
    /// As many links as the kernel follows; see path_resolution(7).
    private static let mostLinks = 40

    private let root: Int32
    private let path: String
    private let request: LookUp
    /// The directories between root and here.
    private var levels: [Level] = []
    /// The components still to go, the next one last.
    private var pending: [Component]
    private var linksFollowed = 0

    /// A directory on the way.
    private final class Level {
        let descriptor: FileDescriptor
        let name: Component

        init(_ descriptor: consuming FileDescriptor, _ name: Component) {
            self.descriptor = descriptor
            self.name = name
        }
    }

    init(from root: Int32, along path: String, _ request: LookUp) {
        self.root = root
        self.path = path
        self.request = request
        pending = Component.split(path.utf8).reversed()
    }

    /// Goes to the end of the path and opens what is there as the request says.
    mutating func run() throws(PathError) -> FileDescriptor {
        if path.utf8.isEmpty { throw PathError(CallError(.open, .noEntry), path: "") }
        if request.staysInMount && path.utf8.first == UInt8(ascii: "/") { throw failure(.crossDevice) }
        while let next = pending.popLast() {
            if next.isDot { continue }
            if next.isDotDot {
                if request.staysInMount && levels.isEmpty { throw failure(.crossDevice) }
                _ = levels.popLast()  // above the root is the root
                continue
            }
            let isLast = pending.isEmpty
            let found = try openOrMake(next, isLast: isLast)
            let kind = try at(reached(next)) { () throws(CallError) in try found.status().kind }
            if request.staysInMount { try checkMount(of: found, next) }
            if kind == .symlink && (!isLast || request.followsLast) {
                try expand(found, next)
            } else if isLast {
                return try finish(found, next, kind)
            } else if kind == .directory {
                levels.append(Level(found, next))
            } else {
                throw failure(.notDirectory, next)
            }
        }
        return try at(reached()) { () throws(CallError) in try open(Component([UInt8(ascii: ".")]), request.flags) }
    }

    /// The directory to look into: a number that `levels` or the caller keeps open.
    private var here: Int32 { levels.last?.descriptor.raw ?? root }

    private func open(_ name: Component, _ flags: OpenFlags) throws(CallError) -> FileDescriptor {
        while true {
            let result = unsafe sw_openat(here, name.cString, flags.rawValue | SW_O_CLOEXEC, 0)
            if result >= 0 { return FileDescriptor(adopting: result) }
            if result != -EINTR { throw CallError(.open, Errno(rawValue: -result)) }
        }
    }

    /// Holds the component, links unfollowed; what is made by another meanwhile is as good as made by us.
    private func openOrMake(_ name: Component, isLast: Bool) throws(PathError) -> FileDescriptor {
        do throws(CallError) {
            return try open(name, [.path, .noFollow])
        } catch {
            guard error.errno == .noEntry else { throw PathError(error, path: reached(name)) }
            let made: Int32
            let call: Call
            switch request.making {
            case .nothing: throw PathError(error, path: reached(name))
            case .file where isLast:
                // mknod makes a regular file without opening it, hence never truncates one.
                (call, made) = (.mknod, unsafe sw_mknodat(here, name.cString, UInt32(S_IFREG) | 0o644, 0, 0))
            case .file: (call, made) = (.mkdir, unsafe sw_mkdirat(here, name.cString, 0o755))
            case .directories(let mode): (call, made) = (.mkdir, unsafe sw_mkdirat(here, name.cString, mode))
            }
            if made < 0 && made != -EEXIST {
                throw PathError(CallError(call, Errno(rawValue: -made)), path: reached(name))
            }
            // A link that took the name meanwhile is seen as such by the caller, and expanded below the root.
            return try at(reached(name)) { () throws(CallError) in try open(name, [.path, .noFollow]) }
        }
    }

    /// Opens the last component as the request says.
    private func finish(
        _ found: consuming FileDescriptor, _ name: Component, _ kind: FileStatus.Kind
    ) throws(PathError) -> FileDescriptor {
        if request.flags.contains(.directory) && kind != .directory { throw failure(.notDirectory, name) }
        if request.flags.contains(.path) { return found }
        let opened = try at(reached(name)) { () throws(CallError) in try open(name, request.flags.union(.noFollow)) }
        if request.staysInMount { try checkMount(of: opened, name) }
        return opened
    }

    /// Puts what the link says in its place.
    private mutating func expand(_ link: borrowing FileDescriptor, _ name: Component) throws(PathError) {
        linksFollowed += 1
        if !request.followsLinks || linksFollowed > Walk.mostLinks { throw failure(.symlinkLoop, name) }
        let text = try at(reached(name)) { () throws(CallError) in try readLink(link.raw) }
        if try isMagic(link, saying: text, name) { throw failure(.symlinkLoop, name) }
        if text.first == UInt8(ascii: "/") {
            if request.staysInMount { throw failure(.crossDevice, name) }
            levels.removeAll()
        }
        pending += Component.split(text).reversed()
    }

    /// Recognises procfs' links to open files, which openat2(2) refuses as ELOOP.
    ///
    /// The kernel doesn't tell them from the others (`self`, `mounts`, `net`). Yet those say a relative path, and the
    /// magic ones an absolute path, `(unreachable)/…`, or `kind:[number]`. In doubt it's a magic one.
    private func isMagic(
        _ link: borrowing FileDescriptor, saying text: [UInt8], _ name: Component
    ) throws(PathError) -> Bool {
        let first = text.first
        guard first == UInt8(ascii: "/") || first == UInt8(ascii: "(") || text.contains(UInt8(ascii: ":")) else {
            return false
        }
        var raw = statfs()
        let result = unsafe sw_fstatfs(link.raw, &raw)
        if result < 0 { throw PathError(CallError(.statfs, Errno(rawValue: -result)), path: reached(name)) }
        return FileSystemMagic(rawValue: Int64(raw.f_type)) == .proc
    }

    /// Answers EXDEV, as openat2(2) does, for what isn't on the mount that the walk began on.
    private func checkMount(of file: borrowing FileDescriptor, _ name: Component) throws(PathError) {
        let number = file.raw
        let same = try at(reached(name)) { () throws(CallError) in try mountID(number) == mountID(root) }
        if !same { throw failure(.crossDevice, name) }
    }

    private func failure(_ errno: Errno, _ name: Component? = nil) -> PathError {
        PathError(CallError(.none, errno), path: reached(name))
    }

    /// The path from the root to here, or to a name here.
    private func reached(_ name: Component? = nil) -> String {
        let names = levels.map(\.name) + (name.map { [$0] } ?? [])
        return displayed(names.flatMap { [UInt8(ascii: "/")] + $0.bytes })
    }
}

/// What a held link says, as bytes.
func readLink(_ link: Int32) throws(CallError) -> [UInt8] {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = unsafe sw_readlinkat(link, "", &buffer, buffer.count)
    if count < 0 { throw CallError(.readlink, Errno(rawValue: Int32(truncatingIfNeeded: -count))) }
    if count == buffer.count { throw CallError(.readlink, .nameTooLong) }
    return buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }
}

/// The number of the mount that an open file was reached through; ENOSYS before Linux 5.8.
func mountID(_ descriptor: Int32) throws(CallError) -> UInt64 {
    var raw = statx()
    let unique: UInt32 = 0x4000  // STATX_MNT_ID_UNIQUE, absent from older headers
    let reused = UInt32(STATX_MNT_ID)
    let result = unsafe sw_statx(descriptor, "", SW_AT_EMPTY_PATH, unique | reused, &raw)
    if result < 0 { throw CallError(.stat, Errno(rawValue: -result)) }
    if raw.stx_mask & (unique | reused) == 0 { throw CallError(.stat, .notImplemented) }
    return raw.stx_mnt_id
}
