import Foundation
import LinuxKernel
import SafePaths
import Testing

/// What is made in a held directory: names are never followed, and what is there isn't replaced.
@Suite struct HandleTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
        try sandbox.directory("dev")
        try sandbox.link("dev/out", to: sandbox.canary)
        try sandbox.link("dev/song", to: sandbox.canary + "/song")
        try sandbox.link("dev/new", to: sandbox.canary + "/new")
        try sandbox.file("dev/file", "text")
    }

    private func dev() throws(PathError) -> Handle {
        try Root(opening: sandbox.rootfs).directoryWithoutLinks("/dev")
    }

    @Test func aNodeIsMadeOnceAndOnlyTheSameIsAccepted() throws {
        let dev = try dev()
        try dev.makeNode("fifo", .fifo, mode: 0o640)
        try dev.makeNode("fifo", .fifo, mode: 0o640)
        #expect(sandbox.status(sandbox.rootfs + "/dev/fifo")?.kind == .fifo)
        for name in ["file", "song", "new", "out"] {
            let error = failure { () throws(PathError) in try dev.makeNode(name, .fifo, mode: 0o600) }
            #expect(error?.kind == .wrongType, "\(name)")
        }
        #expect(sandbox.canarySings)
    }

    @Test(.enabled(if: mayMount, "making a device needs CAP_MKNOD"))
    func aDeviceIsAcceptedWithItsOwnNumbersOnly() throws {
        let dev = try dev()
        try dev.makeNode("null", .characterDevice, mode: 0o600, major: 1, minor: 3, owner: (uid: 7, gid: 8))
        let made = try #require(sandbox.status(sandbox.rootfs + "/dev/null"))
        #expect(made.kind == .characterDevice && made.major == 1 && made.minor == 3)
        #expect(made.uid == 7 && made.gid == 8)
        // Who has it already keeps it.
        try dev.makeNode("null", .characterDevice, mode: 0o600, major: 1, minor: 3, owner: (uid: 0, gid: 0))
        #expect(sandbox.status(sandbox.rootfs + "/dev/null")?.uid == 7)
        for (kind, minor) in [(FileStatus.Kind.characterDevice, UInt32(5)), (.blockDevice, 3), (.fifo, 0)] {
            let error = failure { () throws(PathError) in
                try dev.makeNode("null", kind, mode: 0o600, major: 1, minor: minor)
            }
            #expect(error?.kind == .wrongType)
        }
    }

    @Test func aLinkIsMadeOnceAndReplacedOnlyIfAskedFor() throws {
        let dev = try dev()
        try dev.makeLink("fd", to: "/proc/self/fd")
        try dev.makeLink("fd", to: "/proc/self/fd")
        let error = failure { () throws(PathError) in try dev.makeLink("fd", to: "elsewhere") }
        #expect(error?.kind == .wrongType)
        try dev.makeLink("out", to: "pts/ptmx", replacing: true)
        #expect(try FileDescriptor.readLink(sandbox.rootfs + "/dev/out") == "pts/ptmx")
        // A file is never replaced.
        let refused = failure { () throws(PathError) in try dev.makeLink("file", to: "x", replacing: true) }
        #expect(refused?.kind == .wrongType)
        #expect(sandbox.status(sandbox.rootfs + "/dev/file")?.size == 4)
        #expect(sandbox.canarySings)
    }

    @Test func filesAndDirectoriesAreNeverLinks() throws {
        let dev = try dev()
        let made = try dev.makeFile("console", mode: 0o600).status()
        #expect(made.kind == .regular && made.size == 0)
        let there = try dev.makeFile("file", mode: 0o600).status()
        #expect(there.size == 4)
        for name in ["out", "song", "new"] {
            let file = failure { () throws(PathError) in _ = try dev.makeFile(name, mode: 0o600) }
            #expect(file?.kind == .forbiddenLink, "\(name)")
            let directory = failure { () throws(PathError) in _ = try dev.makeDirectory(name, mode: 0o755) }
            #expect(directory?.kind == .notDirectory, "\(name)")
        }
        let pts = try dev.makeDirectory("pts", mode: 0o700).status()
        #expect(pts.mode == 0o700)
        let overDirectory = failure { () throws(PathError) in _ = try dev.makeFile("pts", mode: 0o600) }
        #expect(overDirectory?.kind == .wrongType)
        #expect(sandbox.canarySings)
    }

    @Test(arguments: ["", ".", "..", "a/b", "../x", "/x", "x\u{0}y", "a\u{2F}\u{301}"])
    func whatIsNoNameIsRefused(_ name: String) throws {
        let dev = try dev()
        let errors = [
            failure { () throws(PathError) in try dev.makeNode(name, .fifo, mode: 0o600) },
            failure { () throws(PathError) in try dev.makeLink(name, to: "x") },
            failure { () throws(PathError) in _ = try dev.makeFile(name, mode: 0o600) },
            failure { () throws(PathError) in _ = try dev.makeDirectory(name, mode: 0o755) },
            failure { () throws(PathError) in _ = try dev.hold(name) },
        ]
        for error in errors { #expect(error?.call == CallError(.none, .invalid)) }
    }

    @Test func theMountTellsOneFromAnother() throws {
        let root = try Root(opening: "/")
        let proc = try root.resolve("/proc").mountID()
        let top = try root.resolve("/").mountID()
        let again = try root.resolve("/proc/self").mountID()
        #expect(proc != top)
        #expect(proc == again)
    }
}
