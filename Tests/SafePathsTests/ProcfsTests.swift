import LinuxKernel
import SafePaths
import Testing

/// A procfs of each origin that this process may use, with each resolver.
///
/// Attacks with mounts: see `ProbeTests`.
@Suite struct ProcfsTests {
    static let origins: [Procfs.Origin] = mayMount ? Procfs.Origin.allCases : [.path]

    @Test(arguments: origins, resolvers)
    func filesAreReadAndWritten(_ origin: Procfs.Origin, _ resolver: Resolver) throws {
        let proc = try Procfs(origin, full: false, resolver: resolver)
        try proc.write("swrun-test", to: "thread-self/comm")
        let name = try proc.read("thread-self/comm", limitBytes: 64)
        #expect(name == Array("swrun-test\n".utf8))
        let error = failure { () throws(PathError) in _ = try proc.read("thread-self/status", limitBytes: 64) }
        #expect(error?.call.errno == .fileTooLarge)
    }

    @Test(arguments: origins, resolvers)
    func nothingLeadsOutOfIt(_ origin: Procfs.Origin, _ resolver: Resolver) throws {
        let proc = try Procfs(origin, full: true, resolver: resolver)
        for path in [
            "thread-self/root/etc/passwd", "self/cwd", "thread-self/exe", "../etc/passwd", "/etc/passwd",
            "self/../../etc/passwd", "thread-self/ns/mnt",
        ] {
            let error = failure { () throws(PathError) in _ = try proc.open(path, .readOnly) }
            #expect(error?.kind == .forbiddenLink, "\(path)")
        }
        let missing = failure { () throws(PathError) in _ = try proc.open("thread-self/nothing", .readOnly) }
        #expect(missing?.kind == .missing)
        #expect(missing?.path.hasPrefix("/proc/") == true)
        #expect(missing?.path.hasSuffix("/nothing") == true)
    }

    @Test(arguments: origins, resolvers)
    func magicLinksOpenOnlyAsSuch(_ origin: Procfs.Origin, _ resolver: Resolver) throws {
        let proc = try Procfs(origin, full: false, resolver: resolver)
        let opened = try proc.openLink("thread-self/exe", .readOnly).status()
        #expect(opened.isSameFile(as: try FileDescriptor.status(of: "/proc/self/exe")))
        for path in ["thread-self/status", "thread-self/nothing", "thread-self/exe\u{0}", ""] {
            let error = failure { () throws(PathError) in _ = try proc.openLink(path, .readOnly) }
            #expect(error != nil, "\(path)")
        }
    }

    @Test(arguments: origins, resolvers)
    func aHeldFileIsOpenedOnceMore(_ origin: Procfs.Origin, _ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.file("f", "text")
        let proc = try Procfs(origin, full: false, resolver: resolver)
        let held = try FileDescriptor.open(sandbox.rootfs + "/f", [.path, .noFollow])
        let bytes = try proc.reopen(held, .readOnly).readAll(limitBytes: 64)
        #expect(bytes == Array("text".utf8))
    }

    @Test(.enabled(if: mayMount, "making a procfs needs CAP_SYS_ADMIN"))
    func anInstanceThatStaysOpenShowsProcessesOnly() throws {
        let proc = try Procfs(.new, full: false)
        for path in ["sys/kernel/core_pattern", "sysrq-trigger", "kcore"] {
            let error = failure { () throws(PathError) in _ = try proc.open(path, .path) }
            #expect(error?.kind == .missing, "\(path)")
        }
        let full = try Procfs(.new, full: true)
        let system = try full.read("sys/kernel/ostype", limitBytes: 64)
        #expect(system == Array("Linux\n".utf8))
    }

    @Test func someInstanceIsAlwaysFound() throws {
        let status = try Procfs.open(full: false).read("thread-self/status", limitBytes: 1 << 16)
        #expect(status.starts(with: "Name:".utf8))
    }
}
