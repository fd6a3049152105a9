import CLinux
import LinuxKernel
import ProbeChecks
import SafePaths

/// Checks that need a process of their own, with one thread: `paths-probe WHAT …` prints what doesn't hold and answers 1.
///
/// - `leaks ROOTFS`: every operation, with success and without, and not a descriptor more than before.
/// - `blocked ERRNO ROOTFS`: a seccomp filter answers ERRNO for openat2(2).
/// - `unmapped ROOTFS`: a user namespace that maps root alone.
/// - `attach ROOTFS CANARY`: mounts attached to what was resolved, in a mount namespace.
/// - `overmounts root|user`: `/proc` is covered in a mount namespace, a user namespace besides in the second case.
@main enum Probe {
    static func main() {
        let words = CommandLine.arguments
        var checks = Checks()
        do {
            switch words.count > 1 ? words[1] : "" {
            case "leaks": try leaks(words[2], &checks)
            case "blocked": try blocked(Int32(words[2]) ?? 0, words[3], &checks)
            case "unmapped": try unmapped(words[2], &checks)
            case "attach": try attach(words[2], canary: words[3], &checks)
            case "overmounts": try overmounts(inUserNamespace: words[2] == "user", &checks)
            default: checks.expect("a known word is given", false)
            }
        } catch {
            checks.expect("nothing is thrown: \(error)", false)
        }
        exit(checks.failed ? 1 : 0)
    }
}

/// The kind of an operation's error; nil if it went well.
private func kind(_ body: () throws(PathError) -> Void) -> PathError.Kind? {
    do throws(PathError) {
        try body()
        return nil
    } catch {
        return error.kind
    }
}

private func tmpfs() throws -> FileDescriptor {
    let context = try FilesystemContext(type: "tmpfs")
    try context.create()
    return try context.mount()
}

/// Runs with `/dir/sub`, `/file`, `/link -> dir`, `/loop -> loop`, `/dangling -> /made/later`.
private func leaks(_ rootfs: String, _ checks: inout Checks) throws {
    func openOnes() -> [Int32] { (0..<512).filter { FileDescriptor.isOpen($0) } }
    let before = openOnes()
    for resolver in [Resolver.automatic, .kernel, .walk] {
        let root = try Root(opening: rootfs, resolver: resolver)
        for path in [
            "dir/sub", "link/sub", "file", "loop", "nothing/at/all", "file/x", "dangling", "/", "", "link/../x",
        ] {
            _ = kind { () throws(PathError) in _ = try root.resolve(path) }
            _ = kind { () throws(PathError) in _ = try root.resolve(path, directoryOnly: true) }
            _ = kind { () throws(PathError) in _ = try root.directoryWithoutLinks(path, making: 0o755) }
            _ = kind { () throws(PathError) in _ = try root.makeFile(path) }
            _ = kind { () throws(PathError) in _ = try root.makeDirectories(path + "/deeper", mode: 0o755) }
            _ = kind { () throws(PathError) in _ = try root.makeParent(of: path) }
            _ = kind { () throws(PathError) in _ = try root.read(path, limitBytes: 1) }
            _ = kind { () throws(PathError) in
                let target = try root.makeDirectories("/target", mode: 0o755)
                try copyTree(from: try root.resolve(path), to: target.descriptor, withTop: true)
            }
        }
        let proc = try Procfs(.path, full: true, resolver: resolver)
        for path in ["self/comm", "self/exe", "nothing", "../x", "self/fd/0"] {
            _ = kind { () throws(PathError) in _ = try proc.read(path, limitBytes: 1) }
            _ = kind { () throws(PathError) in _ = try proc.openLink(path, .readOnly) }
        }
        _ = kind { () throws(PathError) in _ = try Procfs.open(full: false) }
    }
    checks.expect("no descriptor stays open: \(before) before, \(openOnes()) after", openOnes() == before)
}

/// Runs with `/usr/lib/f`, `/lib -> usr/lib`.
private func blocked(_ errno: Int32, _ rootfs: String, _ checks: inout Checks) throws {
    // Fields of struct sock_filter from the lowest byte up: code 16 bits, jump-if-true 8, jump-if-false 8, constant 32.
    func instruction(_ code: UInt64, _ ifFalse: UInt64, _ constant: UInt64) -> UInt64 {
        code | ifFalse << 24 | constant << 32
    }
    let openat2: UInt64 = 437
    let filter = [
        instruction(0x20, 0, 0),  // load the number of the system call
        instruction(0x15, 1, openat2),  // equal: go on, else skip one
        instruction(0x06, 0, 0x5_0000 | UInt64(errno)),  // SECCOMP_RET_ERRNO
        instruction(0x06, 0, 0x7FFF_0000),  // SECCOMP_RET_ALLOW
    ]
    try Process.setNoNewPrivileges()
    let result = unsafe filter.withUnsafeBufferPointer { instructions -> Int32 in
        let program = [UInt(instructions.count), UInt(bitPattern: instructions.baseAddress)]
        return unsafe program.withUnsafeBufferPointer { sw_prctl(22, 2, UInt(bitPattern: $0.baseAddress), 0, 0) }
    }
    checks.expect("the filter loads (\(result))", result == 0)

    let kernel = try Root(opening: rootfs, resolver: .kernel)
    checks.expect("openat2 is blocked", kind { () throws(PathError) in _ = try kernel.resolve("/lib/f") } == .other)
    let root = try Root(opening: rootfs)
    checks.expect("a file is found", kind { () throws(PathError) in _ = try root.resolve("/lib/f") } == nil)
    checks.expect("a file is read", kind { () throws(PathError) in _ = try root.read("lib/f", limitBytes: 64) } == nil)
    checks.expect("what is missing is missing", try root.resolveIfPresent("/lib/g") == nil)
    checks.expect(
        "directories are made", kind { () throws(PathError) in _ = try root.makeDirectories("a/b", mode: 0o755) } == nil
    )
    checks.expect(
        "links are refused",
        kind { () throws(PathError) in _ = try root.directoryWithoutLinks("lib/x", making: 0o755) } == .forbiddenLink)
    let proc = try Procfs.open(full: false)
    checks.expect(
        "procfs is written", kind { () throws(PathError) in try proc.write("blocked", to: "self/comm") } == nil)
    checks.expect(
        "procfs leads nowhere",
        kind { () throws(PathError) in _ = try proc.open("self/root/etc", .path) } == .forbiddenLink)
}

/// Runs with `/source/setuid`, mode 6755, of an owner who isn't root, and a `/target`.
private func unmapped(_ rootfs: String, _ checks: inout Checks) throws {
    try Process.unshare(SW_CLONE_NEWUSER)
    try FileDescriptor.open("/proc/self/setgroups", .writeOnly).writeOnce("deny")
    try FileDescriptor.open("/proc/self/uid_map", .writeOnly).writeOnce("0 0 1")
    try FileDescriptor.open("/proc/self/gid_map", .writeOnly).writeOnce("0 0 1")
    let root = try Root(opening: rootfs)
    let target = try root.resolve("target")
    try copyTree(from: try root.resolve("source"), to: target.descriptor, withTop: false)
    let copy = try target.hold("setuid").status()
    checks.expect("the copy is the copier's (\(copy.uid))", copy.uid == 0)
    checks.expect("the copy isn't setuid or setgid (\(String(copy.mode, radix: 8)))", copy.mode == 0o755)
}

/// Runs with `/data` and `/file`, links to the canary and the song in it, and an empty `/vol`.
private func attach(_ rootfs: String, canary: String, _ checks: inout Checks) throws {
    try Process.unshare(SW_CLONE_NEWNS)
    try FileDescriptor.setPropagationOfAllMounts(.private)
    let root = try Root(opening: rootfs)

    try tmpfs().attach(to: try root.makeDirectories("/data", mode: 0o755).descriptor)
    let song = try FileDescriptor.status(of: canary + "/song", followLink: false)
    checks.expect("a mount on a link out of the root doesn't cover the canary", song.kind == .regular)
    let inside = try FileDescriptor.fileSystem(of: rootfs + canary)
    checks.expect("it lands below the root", inside.magic == .tmpfs)

    let file = try root.makeFile("/file")
    try FileDescriptor.openTree("/proc/version", recursive: false).attach(to: file.descriptor)
    let after = try FileDescriptor.status(of: canary + "/song", followLink: false)
    checks.expect("a file bound on a link to the song leaves the song", after == song)
    checks.expect("and is seen below the root", try root.read("/file", limitBytes: 4096).starts(with: "Linux".utf8))

    let volume = try root.resolve("vol")
    let before = try volume.mountID()
    let directory = try FileDescriptor.open(rootfs, [.path, .directory])
    try directory.rename("vol", to: "moved")
    try directory.makeSymlink("vol", to: canary)
    try tmpfs().attach(to: volume.descriptor)
    checks.expect(
        "a mount lands on what was found, wherever it is now",
        try FileDescriptor.fileSystem(of: rootfs + "/moved").magic == .tmpfs)
    checks.expect("the mount is seen by its number", try root.resolve("moved").mountID() != before)
}

private func overmounts(inUserNamespace: Bool, _ checks: inout Checks) throws {
    try Process.unshare(inUserNamespace ? SW_CLONE_NEWUSER | SW_CLONE_NEWNS : SW_CLONE_NEWNS)
    try FileDescriptor.setPropagationOfAllMounts(.private)
    func bind(_ source: String, _ target: String) throws {
        try FileDescriptor.openTree(source, recursive: true).attach(toPath: target)
    }
    func coverWithTmpfs(_ target: String) throws { try tmpfs().attach(toPath: target) }
    try bind("/proc/uptime", "/proc/sys/kernel/ostype")
    try coverWithTmpfs("/proc/sys/net")
    try coverWithTmpfs("/proc/self/attr")
    try bind("/proc/self/status", "/proc/self/ns/uts")

    let covered = ["sys/kernel/ostype", "sys/net", "sys/net/core", "self/attr/exec", "thread-self/../../attr"]
    for resolver in [Resolver.kernel, .walk] {
        for origin in [Procfs.Origin.copy, .path] {
            let proc = try Procfs(origin, full: true, resolver: resolver)
            for path in covered {
                checks.expect(
                    "\(path) is seen to be covered, \(origin) and \(resolver)",
                    kind { () throws(PathError) in _ = try proc.open(path, .path) } == .forbiddenLink)
            }
            checks.expect(
                "a covered magic link isn't followed, \(origin) and \(resolver)",
                kind { () throws(PathError) in _ = try proc.openLink("self/ns/uts", .readOnly) } == .forbiddenLink)
            checks.expect(
                "the rest is there, \(origin) and \(resolver)",
                kind { () throws(PathError) in _ = try proc.read("self/comm", limitBytes: 64) } == nil)
        }
    }
    if inUserNamespace {
        checks.expect(
            "a new instance is refused",
            kind { () throws(PathError) in _ = try Procfs(.new, full: false) } != nil)
    } else {
        let proc = try Procfs(.new, full: true)
        checks.expect(
            "a new instance isn't covered", try proc.read("sys/kernel/ostype", limitBytes: 64) == Array("Linux\n".utf8))
    }
    checks.expect(
        "some instance is found", try Procfs.open(full: false).read("self/comm", limitBytes: 64).isEmpty == false)

    try bind("/proc/sys/kernel", "/proc")
    for origin in [Procfs.Origin.copy, .path] {
        checks.expect(
            "a directory of procfs isn't its root, \(origin)",
            kind { () throws(PathError) in _ = try Procfs(origin, full: false) } == .wrongType)
    }
    try coverWithTmpfs("/proc")
    for origin in [Procfs.Origin.copy, .path] {
        checks.expect(
            "a tmpfs isn't procfs, \(origin)",
            kind { () throws(PathError) in _ = try Procfs(origin, full: false) } == .wrongType)
    }
}
