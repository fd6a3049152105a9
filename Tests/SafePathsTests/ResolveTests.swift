import LinuxKernel
import SafePaths
import Testing

/// Every test runs with the kernel's resolver and with the walk in user space.
@Suite struct ResolveTests {
    @Test(arguments: resolvers) func linksStayBelowTheRootHoweverTheyAreWritten(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.directory("a/b")
        try sandbox.file("a/b/f")
        try sandbox.link("absolute", to: "/a/b")
        try sandbox.link("up", to: "../../../../a/b")
        try sandbox.link("a/self", to: "../a/./b//")
        try sandbox.link("chain", to: "up")
        try sandbox.link("file", to: "/chain/f")
        let root = try sandbox.root(resolver)
        let b = Outcome.inode(try sandbox.inode("a/b"))
        let f = Outcome.inode(try sandbox.inode("a/b/f"))
        for path in [
            "/a/b", "a/b", "//a///b", "/a/b/", "/a/./b/.", "../a/b", "/../../a/b", "absolute", "/up", "a/self",
            "a/b/../b", "absolute/../b", "chain", "chain/", "a/self/../../chain",
        ] {
            #expect(Outcome { () throws(PathError) in try root.resolve(path) } == b, "\(path)")
        }
        for path in ["/a/b/f", "absolute/f", "up/f", "chain/../b/f", "file", "a/self/f"] {
            #expect(Outcome { () throws(PathError) in try root.resolve(path) } == f, "\(path)")
        }
        let top = Outcome.inode(try sandbox.inode("."))
        for path in ["/", ".", "..", "a/..", "/absolute/../..", "a/b/../../../.."] {
            #expect(Outcome { () throws(PathError) in try root.resolve(path) } == top, "\(path)")
        }
    }

    @Test(arguments: resolvers) func aLinkOutOfTheRootFindsNothingOutside(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.link("data", to: sandbox.canary)
        try sandbox.link("relative", to: "../canary")
        let root = try sandbox.root(resolver)
        for path in ["data", "data/song", "relative", "relative/song", "../canary/song"] {
            #expect(
                Outcome { () throws(PathError) in try root.resolve(path) } == .fails(.missing, .noEntry), "\(path)")
        }
    }

    @Test(arguments: resolvers) func theLastLinkIsFollowedOnlyIfAskedFor(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.directory("d")
        try sandbox.link("l", to: "d")
        let root = try sandbox.root(resolver)
        let link = Outcome.inode(try sandbox.inode("l"))
        let directory = Outcome.inode(try sandbox.inode("d"))
        #expect(Outcome { () throws(PathError) in try root.resolve("l", followLast: false) } == link)
        // A slash behind it means the directory, as everywhere in Unix.
        #expect(Outcome { () throws(PathError) in try root.resolve("l/", followLast: false) } == directory)
        #expect(Outcome { () throws(PathError) in try root.resolve("l", directoryOnly: true) } == directory)
        #expect(
            Outcome { () throws(PathError) in try root.resolve("l", directoryOnly: true, followLast: false) }
                == .fails(.notDirectory, .notDirectory))
    }

    @Test(arguments: resolvers) func loopsEndAndFortyLinksAreTheMost(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.link("loop", to: "loop")
        try sandbox.link("ping", to: "/pong/x")
        try sandbox.link("pong", to: "ping")
        try sandbox.file("end")
        try sandbox.link("link0", to: "end")
        for number in 1...40 { try sandbox.link("link\(number)", to: "link\(number - 1)") }
        let root = try sandbox.root(resolver)
        for path in ["loop", "loop/x", "ping", "link40"] {
            #expect(
                Outcome { () throws(PathError) in try root.resolve(path) } == .fails(.forbiddenLink, .symlinkLoop),
                "\(path)")
        }
        #expect(
            Outcome { () throws(PathError) in try root.resolve("link39") } == .inode(try sandbox.inode("end")))
    }

    @Test(arguments: resolvers) func filesAreNoDirectories(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.file("f")
        try sandbox.link("l", to: "f")
        let root = try sandbox.root(resolver)
        for path in ["f/x", "l/x", "f/", "f/.", "f/..", "l/../f"] {
            #expect(
                Outcome { () throws(PathError) in try root.resolve(path) } == .fails(.notDirectory, .notDirectory),
                "\(path)")
        }
        #expect(
            Outcome { () throws(PathError) in try root.resolve("f", directoryOnly: true) }
                == .fails(.notDirectory, .notDirectory))
    }

    @Test(arguments: resolvers) func magicLinksOfProcAreRefused(_ resolver: Resolver) throws {
        let root = try Root(opening: "/", resolver: resolver)
        for path in [
            "proc/self/root", "proc/self/cwd/x", "/proc/self/exe", "proc/thread-self/fd/0", "proc/self/ns/mnt",
        ] {
            #expect(
                Outcome { () throws(PathError) in try root.resolve(path) } == .fails(.forbiddenLink, .symlinkLoop),
                "\(path)")
        }
        // Ordinary links of proc work, and a magic one can be held as such.
        _ = try root.resolve("/proc/self/status")
        _ = try root.resolve("/proc/mounts")
        let link = try root.resolve("/proc/self/exe", followLast: false)
        #expect(try link.status().kind == .symlink)
    }

    @Test(arguments: resolvers) func aNulIsNoEndOfAPath(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.directory("mnt")
        let root = try sandbox.root(resolver)
        let path = "/mnt\u{0}/../../etc"
        let invalid = Outcome.fails(.other, .invalid)
        #expect(Outcome { () throws(PathError) in try root.resolve(path) } == invalid)
        #expect(Outcome { () throws(PathError) in try root.makeDirectories(path, mode: 0o755) } == invalid)
        #expect(Outcome { () throws(PathError) in try root.makeFile(path) } == invalid)
        #expect(failure { () throws(PathError) in _ = try root.makeParent(of: "/mnt/x\u{0}") } != nil)
        #expect(failure { () throws(PathError) in _ = try Root(opening: "/tmp\u{0}/x") } != nil)
    }

    @Test(arguments: resolvers) func slashesHiddenInGraphemesAreSlashes(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        let root = try sandbox.root(resolver)
        // U+0301 makes the slash before it part of one Character, which isn't "/".
        #expect(
            Outcome { () throws(PathError) in try root.resolve("..\u{2F}\u{301}etc") } == .fails(.missing, .noEntry)
        )
        _ = try root.makeDirectories("a\u{2F}\u{301}b", mode: 0o755)
        #expect(sandbox.status(sandbox.rootfs + "/a")?.kind == .directory)
        let place = try root.makeParent(of: "p\u{2F}\u{301}q")
        #expect(Array(place.name.utf8) == Array("\u{301}q".utf8))
    }

    @Test(arguments: resolvers) func emptyAndOverlongPathsAreErrors(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        let root = try sandbox.root(resolver)
        #expect(Outcome { () throws(PathError) in try root.resolve("") } == .fails(.missing, .noEntry))
        #expect(
            Outcome { () throws(PathError) in try root.makeDirectories("", mode: 0o755) }
                == .fails(.missing, .noEntry))
        let long = String(repeating: "x", count: 256)
        #expect(
            Outcome { () throws(PathError) in try root.resolve(long) } == .fails(.other, .nameTooLong))
        #expect(
            Outcome { () throws(PathError) in try root.makeDirectories("a/\(long)", mode: 0o755) }
                == .fails(.other, .nameTooLong))
    }

    @Test(arguments: resolvers) func anErrorNamesTheComponentThatFailed(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.directory("usr/lib")
        try sandbox.link("lib", to: "usr/lib")
        try sandbox.file("usr/lib/f")
        try sandbox.link("bad", to: "/usr/\u{1B}[31m/x")
        let root = try sandbox.root(resolver)
        for (path, place) in [
            ("/lib/modules/x", "/usr/lib/modules"), ("lib/f/x/y", "/usr/lib/f"), ("/bad", "/usr/\u{FFFD}[31m"),
        ] {
            let error = failure { () throws(PathError) in _ = try root.resolve(path) }
            #expect(error?.path == place)
        }
    }

    @Test(arguments: resolvers) func whatIsMissingMayBeNil(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.file("f")
        try sandbox.link("dangling", to: "/nowhere")
        let root = try sandbox.root(resolver)
        for path in ["x", "x/y", "dangling"] {
            if try root.resolveIfPresent(path) != nil { Issue.record("\(path) was found") }
        }
        let found = try #require(try root.resolveIfPresent("f")?.status())
        #expect(found.inode == (try sandbox.inode("f")))
        #expect(failure { () throws(PathError) in _ = try root.resolveIfPresent("f/x") } != nil)
    }

    @Test(arguments: resolvers) func protectedDirectoriesAreReachedWithoutLinksOnly(_ resolver: Resolver) throws {
        let sandbox = try Sandbox()
        try sandbox.directory("fake/sub")
        try sandbox.directory("dev")
        try sandbox.link("proc", to: "fake")
        try sandbox.link("out", to: sandbox.canary)
        try sandbox.file("sys")
        let root = try sandbox.root(resolver)
        for path in ["/proc", "/proc/sub", "/out", "/proc/new"] {
            for making in [nil, UInt32(0o755)] {
                let outcome = Outcome { () throws(PathError) in
                    try root.directoryWithoutLinks(path, making: making)
                }
                // With O_DIRECTORY the kernel may call a link at the end no directory.
                #expect(
                    outcome == .fails(.forbiddenLink, .symlinkLoop) || outcome == .fails(.notDirectory, .notDirectory),
                    "\(path)")
            }
        }
        #expect(
            Outcome { () throws(PathError) in try root.directoryWithoutLinks("/sys", making: 0o755) }
                == .fails(.notDirectory, .notDirectory))
        #expect(
            Outcome { () throws(PathError) in try root.directoryWithoutLinks("/dev") }
                == .inode(try sandbox.inode("dev")))
        #expect(
            Outcome { () throws(PathError) in try root.directoryWithoutLinks("/missing") }
                == .fails(.missing, .noEntry))
        let made = try root.directoryWithoutLinks("/new/pts", making: 0o755)
        #expect(try made.status().inode == sandbox.inode("new/pts"))
        #expect(sandbox.canarySings)
        #expect(sandbox.status(sandbox.rootfs + "/fake/new") == nil)
    }
}
