import LinuxKernel
import SafePaths
import Testing

/// Files of the image that the runtime reads: one that it can't read at once is an error at once.
@Suite struct ReadTests {
    @Test(arguments: resolvers) func aRegularFileIsReadThroughLinks(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.directory("etc")
        try sandbox.file("etc/real", "root:x:0:0::/:/bin/sh\n")
        try sandbox.link("etc/passwd", to: "/etc/real")
        let root = try sandbox.root(resolver)
        let bytes = try root.read("/etc/passwd", limitBytes: 1 << 20)
        #expect(bytes == Array("root:x:0:0::/:/bin/sh\n".utf8))
    }

    @Test(arguments: resolvers) func whatIsNoRegularFileIsRefusedWithoutWaiting(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.fifo("fifo")
        try sandbox.link("link", to: "fifo")
        try sandbox.directory("directory")
        let root = try sandbox.root(resolver)
        for path in ["fifo", "link", "directory"] {
            let error = failure { () throws(PathError) in _ = try root.read(path, limitBytes: 1 << 20) }
            #expect(error?.kind == .wrongType, "\(path)")
        }
        let host = try Root(opening: "/", resolver: resolver)
        let error = failure { () throws(PathError) in _ = try host.read("/dev/zero", limitBytes: 1 << 20) }
        #expect(error?.kind == .wrongType)
    }

    @Test(arguments: resolvers) func aFileLongerThanTheLimitIsRefused(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.file("four", "1234")
        let sparse = try FileDescriptor.open(sandbox.rootfs + "/sparse", [.writeOnly, .create], mode: 0o644)
        try sparse.truncate(toBytes: 1 << 31)
        let root = try sandbox.root(resolver)
        for (path, limit) in [("four", 3), ("sparse", 1 << 20)] {
            let error = failure { () throws(PathError) in _ = try root.read(path, limitBytes: limit) }
            #expect(error?.call.errno == .fileTooLarge, "\(path)")
            let unread = failure { () throws(PathError) in _ = try root.openForReading(path, limitBytes: limit) }
            #expect(unread?.call.errno == .fileTooLarge, "\(path)")
        }
        let bytes = try root.read("four", limitBytes: 4)
        #expect(bytes.count == 4)
    }

    @Test(arguments: resolvers) func aLinkToTheHostReadsNothing(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.link("passwd", to: sandbox.canary + "/song")
        let root = try sandbox.root(resolver)
        let error = failure { () throws(PathError) in _ = try root.read("passwd", limitBytes: 1 << 20) }
        #expect(error?.kind == .missing)
    }
}
