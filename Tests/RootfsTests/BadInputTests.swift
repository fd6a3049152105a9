import Foundation
import Support
import Testing

@testable import RootfsTool

/// One clear message, and nothing half-done.
@Suite(.root) struct BadInputTests {
    @Test func anExistingTargetIsLeftAlone() throws {
        let workshop = try Workshop()
        try workshop.makeTree()
        try workshop.sh("mkdir full empty; echo x >full/x; echo x >file")
        expectRefusal(
            try workshop.tool("make", "full", "--from", "directory:tree"), "full exists already")
        expectRefusal(
            try workshop.tool("make", "file", "--from", "directory:tree"), "file exists already")
        try workshop.tool("make", "empty", "--from", "directory:tree", "--keep", "none").get()
        expectRefusal(try workshop.tool("bundle", "full", "--rootfs", "tree"), "full exists already")
        expectRefusal(try workshop.tool("pack", "empty", "-o", "file"), "file exists already")
        expectRefusal(try workshop.tool("pack", "empty", "-o", "full/"), "exists already")
        #expect(workshop.names == ["empty", "empty.store", "file", "full", "tree"])
    }

    @Test func noSpaceLeavesNothing() throws {
        let workshop = try Workshop()
        try workshop.makeTree()
        try workshop.sh(
            "head -c 6000000 /dev/urandom >tree/large; tar -C tree -cf a.tar .; mkdir small; mount -t tmpfs -o size=3m none small"
        )
        for source in ["directory:tree", "tar:a.tar"] {
            expectRefusal(
                try workshop.tool("make", "small/t", "--from", source), "no space left", "make room")
            #expect(try workshop.sh("ls -A small").isEmpty)
        }
        try workshop.tool("make", "t", "--from", "directory:tree", "--keep", "none").get()
        for output in ["small/a.tar", "small/layout/"] {
            expectRefusal(try workshop.tool("pack", "t", "-o", output), "no space left")
            #expect(try workshop.sh("ls -A small").isEmpty)
        }
        try workshop.tool("pack", "t", "-o", "image.tar").get()
        expectRefusal(try workshop.tool("unpack", "image.tar", "small/t"), "no space left", "make room")
        #expect(try workshop.sh("ls -A small").isEmpty)
        try workshop.sh("umount small")
    }

    @Test func noSpaceLeavesWhatIsThereAsItIs() throws {
        let workshop = try Workshop()
        try workshop.sh(
            "mkdir small given; mount -t tmpfs -o size=2m none small; seq 1 100000 >given/numbers; seq 1 9 >given/few")
        try workshop.tool("make", "small/t", "--from", "directory:given").get()
        try workshop.tool("bundle", "small/b", "--rootfs", "small/t").get()
        let store = try workshop.everything(about: "small/t.store")
        let bundle = try workshop.everything(about: "small/b", times: false)
        try workshop.sh("rm small/t/numbers; cat /dev/zero >small/zeros || :")
        expectRefusal(try workshop.tool("repair", "small/t"), "no space left", "make room")
        #expect(try workshop.tool("verify", "small/t").output == "missing /numbers\n")
        #expect(try workshop.sh("ls -A small/t") == "few\n")
        expectRefusal(try workshop.tool("bundle", "small/c", "--rootfs", "small/t"), "no space left")
        expectRefusal(try workshop.tool("manifest", "small/t"), "no space left")
        expectRefusal(try workshop.tool("protect", "small/b", "/few"), "no space left")
        #expect(try workshop.sh("ls -A small") == "b\nt\nt.store\nzeros\n")
        #expect(try workshop.everything(about: "small/t.store") == store)
        #expect(try workshop.everything(about: "small/b", times: false) == bundle)
        try workshop.sh("rm small/zeros")
        try workshop.tool("repair", "small/t").get()
        #expect(try workshop.tool("verify", "small/t").get().output.isEmpty)
        try workshop.sh("umount small")
    }

    @Test func aFileSystemWithoutAttributesIsNamed() throws {
        let workshop = try Workshop()
        try workshop.sh(
            "mkdir given ram; echo x >given/f; setfattr -n user.test -v value given/f; mount -t ramfs none ram")
        try workshop.sh("tar --xattrs -C given -cf given.tar f")
        for source in ["directory:given", "tar:given.tar"] {
            expectRefusal(
                try workshop.tool("make", "ram/t", "--from", source),
                "cannot set the extended attribute user.test of /f",
                "the file system doesn't support it; choose another one")
        }
        #expect(try workshop.sh("ls -A ram").isEmpty)
        // What has none is welcome there.
        try workshop.sh("setfattr -x user.test given/f")
        try workshop.tool("make", "ram/t", "--from", "directory:given").get()
        #expect(try workshop.tool("verify", "ram/t").get().output.isEmpty)
        try workshop.sh("umount ram")
    }

    @Test func noPermissionIsSaid() throws {
        let workshop = try Workshop()
        try workshop.makeTree()
        expectRefusal(
            try workshop.tool("make", "t", "--from", "directory:tree", uid: 65534), "permission denied")
        try workshop.sh("mkdir mine; chown 65534 mine")
        try workshop.tool("make", "t", "--from", "directory:tree", "--keep", "none").get()
        try workshop.tool("pack", "t", "-o", "image.tar").get()
        try workshop.sh("rm -r t t.store")
        expectRefusal(
            try workshop.tool("unpack", "image.tar", "t", uid: 65534), "permission denied", "a place that is yours")
        expectRefusal(try workshop.tool("bundle", "b", "--rootfs", "tree", uid: 65534), "permission denied")
        expectRefusal(try workshop.tool("pack", "tree", "-o", "b.tar", uid: 65534), "permission denied")
        // What an ordinary user may not read isn't left out in silence.
        try workshop.sh("rm tree/dev/null")
        expectRefusal(
            try workshop.tool("make", "mine/t", "--from", "directory:tree", uid: 65534), "/home/user",
            "permission denied")
        #expect(try workshop.sh("ls -A mine").isEmpty)
        #expect(workshop.names == ["image.tar", "mine", "tree"])
        expectRefusal(try workshop.tool("verify", "nowhere"), "no such file")
        expectRefusal(try workshop.tool("verify", "tree"), "no manifest", "swrun rootfs manifest")
        expectRefusal(try workshop.tool("diff", "tree"), "no bundle.json")
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGKILL]) func anInterruptedMakeLeavesNothingHalfDone(
        _ signal: Int32
    ) throws {
        let workshop = try Workshop()
        try workshop.sh(
            "mkdir tree; cd tree; for i in $(seq 1 3000); do echo $i >f$i; done; head -c 50000000 /dev/zero >zero"
        )
        var hits = 0
        for milliseconds in [5, 15, 30, 60, 90, 140, 200, 300] {
            var command = Support.Command(Workshop.tool, "make", "t", "--from", "directory:tree")
            command.directory = workshop.directory
            let running = try command.start()
            usleep(UInt32(milliseconds) * 1000)
            running.signal(signal)
            let outcome = try running.wait()
            if outcome.succeeded {
                // It was ready before: then it is whole.
                #expect(try workshop.tool("verify", "t").get().output.isEmpty)
                try workshop.tool("remove", "t").get()
                continue
            }
            hits += 1
            #expect(!workshop.exists("t"))
            if signal != SIGKILL {
                #expect(outcome.status == 128 + signal)
                #expect(workshop.names == ["tree"])
            }
        }
        #expect(hits > 0)
        // What one left that was killed goes with the next.
        try workshop.tool("make", "t", "--from", "directory:tree").get()
        #expect(workshop.names == ["t", "t.store", "tree"])
    }

    @Test func anInterruptedPackLeavesNothing() throws {
        let workshop = try Workshop()
        try workshop.sh("mkdir tree; head -c 100000000 /dev/urandom >tree/big")
        for signal in [SIGINT, SIGKILL] {
            var command = Support.Command(Workshop.tool, "pack", "tree", "-o", "a.tar")
            command.directory = workshop.directory
            let running = try command.start()
            usleep(100_000)
            running.signal(signal)
            _ = try running.wait()
            #expect(workshop.names == ["tree"])
        }
    }

    @Test func pathsThatOverlayfsCannotTakeAreRefused() throws {
        let workshop = try Workshop()
        try workshop.sh("mkdir a:b 'a,b'; mkdir a:b/t; mkdir t")
        expectRefusal(try workshop.tool("bundle", "x", "--rootfs", "a:b/t"), "colon")
        expectRefusal(try workshop.tool("bundle", "a,b/x", "--rootfs", "t"), "comma")
        #expect(try workshop.sh("ls -A 'a,b'").isEmpty)
    }

    @Test func aFileSystemWithoutOverlaysIsNamed() throws {
        let workshop = try Workshop()
        try workshop.sh(
            "mkdir t lower upper work mnt; mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work none mnt"
        )
        // An overlay can't be the upper layer of another one.
        expectRefusal(
            try workshop.tool("bundle", "mnt/x", "--rootfs", "t", "--driver", "overlay"), "overlay")
        #expect(try workshop.sh("ls -A mnt").isEmpty)
        try workshop.sh("umount mnt")
    }

    @Test(arguments: [
        ["frobnicate"], ["make"], ["make", "a", "b"], ["make", "a", "--frm", "x"],
        ["make", "a", "--from"],
        ["make", "a", "--from", "x", "--from", "y"], ["make", "a", "--from", "nonsense"],
        ["make", "a", "--from", "debian:"],
        ["make", "a", "--from", "debian:../x"], ["make", "a", "--from", "busybox", "--keep", "well"],
        ["make", "a", "--from", "busybox", "--max-size", "many"], ["make", "/", "--from", "busybox"],
        ["make", "..", "--from", "busybox"],
        ["pack", "nowhere", "-o", "x"], ["pack", "."], ["run", "nowhere"], ["bundle", "x"],
        ["repair", "."],
    ])
    func aBadCommandLineIsRefused(_ words: [String]) throws {
        let workshop = try Workshop()
        expectRefusal(try workshop.run([Workshop.tool] + words))
        #expect(workshop.names.isEmpty)
    }

    @Test func bothProgramsAndTheirManualsHaveOneVersion() throws {
        let workshop = try Workshop()
        let version = try workshop.tool("--version").get().output
        let swrun = try workshop.run([OCIRuntime.swrun.path, "--version"]).get().output
        #expect(
            version.hasPrefix("swrun-rootfs version ")
                && swrun.hasPrefix("swrun" + version.dropFirst("swrun-rootfs".count)))
        let number = version.dropFirst("swrun-rootfs version ".count).trimmingCharacters(in: .newlines)
        for program in [Workshop.tool, OCIRuntime.swrun.path] {
            let page = try workshop.run([program, "docs", "man"]).get().output
            #expect(page.contains(" 1 \"\" \"swrun \(number)\" "), "\(program)")
        }
    }

    @Test func helpNamesEachOption() throws {
        let workshop = try Workshop()
        let overview = try workshop.tool("--help").get().output
        for command in RootfsTool.commands {
            #expect(overview.contains("  \(command.name) "))
            let help = try workshop.tool(command.name, "--help").get().output
            for option in command.options { #expect(help.contains("--\(option.name)")) }
            for line in (help + overview).split(separator: "\n") {
                #expect(line.utf8.count <= 120, "\(line)")
            }
        }
    }
}
