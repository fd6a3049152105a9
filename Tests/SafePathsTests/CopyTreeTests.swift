import Foundation
import LinuxKernel
import SafePaths
import Testing

/// True where this process may make a filesystem, which tests of detached mounts need.
let mayMount: Bool = {
    let context = try? FilesystemContext(type: "tmpfs")
    guard context != nil else { return false }
    return (try? FilesystemContext(type: "tmpfs").create()) != nil
}()

/// What `tmpcopyup` copies, and what it leaves.
@Suite struct CopyTreeTests {
    private func target(_ sandbox: Sandbox) throws -> String {
        let path = sandbox.rootfs + "/target"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        return path
    }

    private func tmpfs(sizeBytes: Int) throws -> FileDescriptor {
        let context = try FilesystemContext(type: "tmpfs")
        try context.set("size", to: "\(sizeBytes)")
        try context.create()
        return try context.mount()
    }

    private func copy(_ sandbox: Sandbox, to target: borrowing FileDescriptor, withTop: Bool = true) throws(PathError) {
        let root = try Root(opening: sandbox.rootfs)
        try copyTree(from: try root.resolve("source", directoryOnly: true), to: target, withTop: withTop)
    }

    @Test func filesKeepContentModeOwnerAndTimes() throws {
        let sandbox = try Sandbox()
        try sandbox.directory("source/d/e")
        try sandbox.file("source/d/f", "text")
        try sandbox.file("source/empty")
        try sandbox.link("source/d/l", to: "../../../../canary")
        let held = try FileDescriptor.open(sandbox.rootfs + "/source/d/f", .readOnly)
        if geteuid() == 0 { try held.setOwner(uid: 7, gid: 8) }
        try held.setMode(0o4751)
        try held.setTimes(access: (1_000, 1), modification: (2_000, 2))
        let directory = try FileDescriptor.open(sandbox.rootfs + "/source/d", .readOnly)
        try directory.setMode(0o1770)
        try directory.setTimes(access: (3_000, 0), modification: (4_000, 0))
        let path = try target(sandbox)
        try copy(sandbox, to: try FileDescriptor.open(path, [.path, .directory]))

        let file = try #require(sandbox.status(path + "/d/f"))
        #expect(try String(contentsOfFile: path + "/d/f", encoding: .utf8) == "text")
        #expect(file.mode == 0o4751)
        if geteuid() == 0 { #expect(file.uid == 7 && file.gid == 8) }
        #expect(file.modified == (2_000, 2))
        let copied = try #require(sandbox.status(path + "/d"))
        #expect(copied.mode == 0o1770)
        #expect(copied.modified == (4_000, 0))
        #expect(sandbox.status(path + "/d/e")?.kind == .directory)
        #expect(sandbox.status(path + "/empty")?.size == 0)
        #expect(try FileDescriptor.readLink(path + "/d/l") == "../../../../canary")
        #expect(sandbox.canarySings)
    }

    @Test(arguments: [true, false]) func theTopGetsItsAttributesOnlyIfAskedFor(_ withTop: Bool) throws {
        let sandbox = try Sandbox()
        try sandbox.directory("source")
        try FileDescriptor.open(sandbox.rootfs + "/source", .readOnly).setMode(0o711)
        let path = try target(sandbox)
        try FileDescriptor.open(path, .readOnly).setMode(0o700)
        try copy(sandbox, to: try FileDescriptor.open(path, [.path, .directory]), withTop: withTop)
        #expect(sandbox.status(path)?.mode == (withTop ? 0o711 : 0o700))
    }

    @Test func fifosSocketsAndDevicesAreLeftOut() throws {
        let sandbox = try Sandbox()
        try sandbox.directory("source")
        try sandbox.fifo("source/fifo")
        try sandbox.file("source/file")
        let directory = try FileDescriptor.open(sandbox.rootfs + "/source", [.path])
        try directory.makeNode("socket", mode: UInt32(S_IFSOCK) | 0o600)
        // Only root may make this one; without it the test still says something.
        try? directory.makeNode("device", mode: UInt32(S_IFCHR) | 0o600, major: 1, minor: 5)
        let path = try target(sandbox)
        try copy(sandbox, to: try FileDescriptor.open(path, [.path, .directory]))
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["file"])
    }

    @Test func namesAndLinksThatAreNotUTF8AreCopiedAsTheyAre() throws {
        let sandbox = try Sandbox()
        try sandbox.directory("source")
        let path = try target(sandbox)
        let odd: [CChar] = [CChar(bitPattern: 0xFF), 10, CChar(bitPattern: 0xC3), 0]
        let before = Array((sandbox.rootfs + "/source/").utf8CString.dropLast())
        let after = Array((path + "/").utf8CString.dropLast())
        #expect(unsafe mkdir(before + odd, 0o755) == 0)
        #expect(unsafe symlink(odd, before + [108, 0]) == 0)
        try copy(sandbox, to: try FileDescriptor.open(path, [.path, .directory]))
        #expect(unsafe access(after + odd, X_OK) == 0)
        var text = [CChar](repeating: 0, count: 8)
        #expect(unsafe readlink(after + [108, 0], &text, 8) == 3)
        #expect(Array(text.prefix(4)) == odd)
    }

    @Test func aNameThatIsTakenIsNeitherOverwrittenNorFollowed() throws {
        let sandbox = try Sandbox()
        try sandbox.directory("source")
        try sandbox.file("source/f", "mine")
        let path = try target(sandbox)
        try sandbox.link("target/f", to: sandbox.canary + "/song")
        let error = failure { () throws(PathError) in
            try copy(sandbox, to: try Root(opening: path).descriptor)
        }
        #expect(error?.call.errno == .exists)
        #expect(error?.path == "/f")
        #expect(sandbox.canarySings)
    }

    @Test(arguments: [(64, true), (65, false)]) func nestingIsBounded(levels: Int, copied: Bool) throws {
        let sandbox = try Sandbox()
        try sandbox.directory("source/" + Array(repeating: "d", count: levels).joined(separator: "/"))
        let path = try target(sandbox)
        let error = failure { () throws(PathError) in
            try copy(sandbox, to: try Root(opening: path).descriptor)
        }
        #expect((error == nil) == copied)
        #expect(copied || error?.call.errno == .nameTooLong)
    }

    @Test(.enabled(if: mayMount, "making a tmpfs needs CAP_SYS_ADMIN"))
    func aDetachedTmpfsIsFilledAndHolesStayHoles() throws {
        let sandbox = try Sandbox()
        try sandbox.directory("source")
        let sparse = try FileDescriptor.open(sandbox.rootfs + "/source/lastlog", [.readWrite, .create], mode: 0o600)
        try sparse.truncate(toBytes: 64 << 30)
        try sparse.write(Array("middle".utf8), at: 32 << 30)
        let target = try tmpfs(sizeBytes: 1 << 20)
        try copy(sandbox, to: target)
        let lastlog = try target.open("lastlog", .readOnly)
        let size = try lastlog.status().size
        let middle = try lastlog.read(count: 6, at: 32 << 30)
        #expect(size == 64 << 30)
        #expect(middle == Array("middle".utf8))
    }

    @Test(.enabled(if: mayMount, "making a tmpfs needs CAP_SYS_ADMIN"))
    func aFullTmpfsIsACleanError() throws {
        let sandbox = try Sandbox()
        try sandbox.directory("source/d")
        try sandbox.file("source/d/big", String(repeating: "x", count: 2 << 20))
        let target = try tmpfs(sizeBytes: 1 << 20)
        let error = failure { () throws(PathError) in try copy(sandbox, to: target) }
        #expect(error?.call.errno == .noSpace)
        #expect(error?.path == "/d/big")
    }
}
