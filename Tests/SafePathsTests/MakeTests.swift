import Foundation
import LinuxKernel
import SafePaths
import Testing

/// Directories, files and parents that are made; with both resolvers.
@Suite struct MakeTests {
    @Test(arguments: resolvers) func directoriesAreMadeOnceAndFoundAgain(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        let root = try sandbox.root(resolver)
        let made = try root.makeDirectories("/a/b/c", mode: 0o700)
        let status = try made.status()
        #expect(status.kind == .directory)
        #expect(status.mode == 0o700)
        #expect(status.inode == (try sandbox.inode("a/b/c")))
        let again = try root.makeDirectories("a/b/../b/c/", mode: 0o755)
        #expect(try again.status() == status)
        let top = try root.makeDirectories("/", mode: 0o755)
        #expect(try top.status().inode == sandbox.inode("."))
    }

    @Test(arguments: resolvers) func aLinkToNothingGetsItsTargetBelowTheRoot(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.directory("var")
        try sandbox.link("var/run", to: "/run")
        try sandbox.link("out", to: sandbox.base + "/new/x")
        try sandbox.link("up", to: "../../../../../outside")
        let root = try sandbox.root(resolver)
        let run = try root.makeDirectories("/var/run/lock", mode: 0o755)
        #expect(try run.status().inode == sandbox.inode("run/lock"))
        let out = try root.makeDirectories("/out/y", mode: 0o755)
        #expect(try out.status().inode == sandbox.inode(sandbox.base + "/new/x/y"))
        let up = try root.makeDirectories("up", mode: 0o755)
        #expect(try up.status().inode == sandbox.inode("outside"))
        #expect(sandbox.canarySings)
    }

    @Test(arguments: resolvers) func nothingButADirectoryPassesForOne(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.file("f", "text")
        try sandbox.link("l", to: "f")
        try sandbox.link("loop", to: "loop/x")
        let root = try sandbox.root(resolver)
        for path in ["f", "f/x", "l", "l/x/y"] {
            #expect(
                Outcome { () throws(PathError) in try root.makeDirectories(path, mode: 0o755) }
                    == .fails(.notDirectory, .notDirectory), "\(path)")
        }
        #expect(
            Outcome { () throws(PathError) in try root.makeDirectories("loop", mode: 0o755) }
                == .fails(.forbiddenLink, .symlinkLoop))
    }

    @Test(arguments: resolvers) func aFileTargetIsEmptyAndExistingOnesAreLeftAlone(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.directory("etc")
        try sandbox.file("etc/hosts", "127.0.0.1 localhost")
        try sandbox.link("etc/resolv.conf", to: "/run/resolve/stub.conf")
        try sandbox.link("etc/passwd", to: "hosts")
        try sandbox.fifo("fifo")
        let root = try sandbox.root(resolver)

        let made = try root.makeFile("/srv/data/f")
        #expect(try made.status().kind == .regular)
        #expect(try made.status().size == 0)
        #expect(try made.status().inode == sandbox.inode("srv/data/f"))

        let hosts = Outcome.inode(try sandbox.inode("etc/hosts"))
        #expect(Outcome { () throws(PathError) in try root.makeFile("etc/hosts") } == hosts)
        #expect(Outcome { () throws(PathError) in try root.makeFile("etc/passwd") } == hosts)
        #expect(try String(contentsOfFile: sandbox.rootfs + "/etc/hosts", encoding: .utf8) == "127.0.0.1 localhost")

        let target = try root.makeFile("/etc/resolv.conf")
        #expect(try target.status().inode == sandbox.inode("run/resolve/stub.conf"))
        #expect(sandbox.status(sandbox.rootfs + "/etc/resolv.conf")?.kind == .symlink)

        // A FIFO is held, not opened: nothing waits for its other side.
        let fifo = try root.makeFile("fifo")
        #expect(try fifo.status().kind == .fifo)
        for path in ["etc", "/", "etc/", "new/", ".."] {
            #expect(
                Outcome { () throws(PathError) in try root.makeFile(path) } == .fails(.wrongType, .isDirectory),
                "\(path)")
        }
        #expect(sandbox.status(sandbox.rootfs + "/new") == nil)
    }

    @Test(arguments: resolvers) func aFileTargetBehindALinkIsMadeBelowTheRoot(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.directory("dev")
        try sandbox.link("dev/console", to: sandbox.canary + "/x")
        try sandbox.link("run", to: sandbox.canary)
        let root = try sandbox.root(resolver)
        _ = try root.makeFile("/dev/console")
        _ = try root.makeFile("/run/f")
        #expect(sandbox.canarySings)
        #expect(sandbox.status(sandbox.rootfs + sandbox.canary + "/x")?.kind == .regular)
        #expect(sandbox.status(sandbox.rootfs + sandbox.canary + "/f")?.kind == .regular)
    }

    @Test(arguments: resolvers) func aPlaceIsAHeldDirectoryAndAName(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.directory("real")
        try sandbox.link("dev", to: "/real")
        try sandbox.link("real/x", to: sandbox.canary)
        let root = try sandbox.root(resolver)
        for (path, directory, name) in [
            ("/dev/net/tun", "real/net", "tun"), ("dev/x", "real", "x"), ("top", ".", "top"), ("//top", ".", "top"),
            ("/dev//null", "real", "null"),
        ] {
            let place = try root.makeParent(of: path)
            #expect(place.name == name)
            #expect(try place.directory.status().inode == sandbox.inode(directory))
        }
        for path in ["", "/", "a/", "a/.", "a/..", ".", ".."] {
            let error = failure { () throws(PathError) in _ = try root.makeParent(of: path) }
            #expect(error?.call.errno == .invalid, "\(path)")
        }
        #expect(sandbox.canarySings)
    }
}
