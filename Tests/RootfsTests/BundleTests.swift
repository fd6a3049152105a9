import Foundation
import Support
import Testing

@testable import RootfsTool

/// Bundles that share a tree.
@Suite(.containers) struct BundleTests {
    private func workshop() throws -> Workshop {
        let workshop = try Workshop()
        try workshop.tool("make", "tree", "--from", "busybox", "--quiet").get()
        return workshop
    }

    @Test func nothingThatAContainerDoesReachesTheSharedTree() throws {
        let workshop = try workshop()
        try workshop.tool("bundle", "one", "two", "--rootfs", "tree").get()
        let before = try workshop.everything(about: "tree")
        let outcome = try workshop.container(
            "one", "rm -rf /usr /etc /home; echo new >/new; chmod 700 /bin/busybox; ls /; id -u")
        #expect(outcome.output.hasSuffix("\n0\n"), "\(outcome)")
        #expect(try workshop.everything(about: "tree") == before)
        #expect(try workshop.container("two", "ls -d /usr /etc /new").output == "/etc\n/usr\n")
        #expect(
            try workshop.tool("diff", "one").get().output
                == "C /bin/busybox\nD /etc\nD /home\nA /new\nD /usr\n")
        #expect(try workshop.tool("diff", "two").get().output.isEmpty)
        try workshop.tool("reset", "one").get()
        #expect(try workshop.tool("diff", "one").get().output.isEmpty)
        #expect(try workshop.tool("verify", "tree", "--times").get().output.isEmpty)
        #expect(
            try workshop.container("one", "ls -d /usr /etc /home; cat /etc/passwd | wc -l").output
                == "/etc\n/home\n/usr\n2\n")
        #expect(workshop.mounts.isEmpty)
    }

    @Test func singlePathsComeBack() throws {
        let workshop = try workshop()
        try workshop.tool("bundle", "one", "--rootfs", "tree").get()
        try workshop.container(
            "one",
            "rm -rf /etc /usr; rm /bin/vi; echo x >>/bin/busybox; mkdir /d; touch /d/f; mv /var /var2; true"
        ).get()
        try workshop.tool("reset", "one", "/etc/passwd", "bin/vi", "/bin/busybox", "/d").get()
        let changes = try workshop.tool("diff", "one").get().output.split(separator: "\n")
        #expect(changes.contains("D /etc/group") && changes.contains("D /usr"), "\(changes)")
        for path in ["/etc/passwd", "/bin/vi", "/bin/busybox", "/d"] {
            #expect(!changes.contains { $0.hasSuffix(" " + path) }, "\(changes)")
        }
        #expect(
            try workshop.container("one", "ls /etc; test -x /bin/vi && echo vi; ls /d").output
                == "passwd\nvi\n")
        try workshop.tool("reset", "one", "/etc", "/usr", "/var", "/var2").get()
        #expect(try workshop.tool("diff", "one").get().output.isEmpty)
    }

    @Test func whatIsProtectedStays() throws {
        let workshop = try workshop()
        try workshop.tool("bundle", "one", "--rootfs", "tree").get()
        try workshop.tool("protect", "one", "/etc/passwd", "/home").get()
        let outcome = try workshop.container(
            "one",
            "echo x >>/etc/passwd; rm /etc/passwd; rm -rf /etc; touch /home/x; touch /etc/free && echo free; cat /etc/passwd | wc -l"
        )
        #expect(outcome.output == "free\n2\n", "\(outcome)")
        #expect(outcome.errors.contains("Read-only file system"))
        try workshop.tool("protect", "one", "--undo", "/home").get()
        try workshop.container("one", "touch /home/x").get()
        expectRefusal(try workshop.tool("protect", "one", "/nothing"), "nothing to protect")
    }

    @Test func commitsStayAndArePacked() throws {
        let workshop = try workshop()
        try workshop.tool("bundle", "one", "--rootfs", "tree").get()
        expectRefusal(try workshop.tool("commit", "one"), "no changes to commit")
        try workshop.container("one", "echo 1 >/app; rm -rf /home; ln /app /app2").get()
        try workshop.tool("commit", "one", "--message", "the application").get()
        #expect(try workshop.tool("diff", "one").get().output.isEmpty)
        try workshop.container(
            "one", "cat /app; rm /app2; echo 2 >/two; rm -rf /etc; mkdir /etc; touch /etc/only"
        ).get()
        try workshop.tool("reset", "one", "/app2").get()
        try workshop.tool("pack", "one", "-o", "one.tar", "--tag", "one:1", "--cmd", "cat /app").get()
        try workshop.tool("unpack", "one.tar", "out").get()
        #expect(
            try workshop.sh("cd out; cat app app2 two; ls etc; test ! -e home; stat -c %h app")
                == "1\n1\n2\nonly\n2\n")
        #expect(
            try workshop.sh("tar xOf one.tar index.json manifest.json | grep -c localhost/one:1") == "1\n"
        )
        // A bundle over what was unpacked runs what the image says.
        try workshop.tool("bundle", "again", "--rootfs", "out").get()
        #expect(
            try workshop.tool(
                "run", "again", "--private", "--root", workshop.directory + "/state", "--id", workshop.id
            ).output == "1\n")
    }

    @Test func anInterruptedCommitIsFinished() throws {
        let workshop = try workshop()
        try workshop.tool("bundle", "one", "--rootfs", "tree").get()
        try workshop.container("one", "echo 1 >/app").get()
        // As a commit leaves it that is killed behind its first step.
        try workshop.sh("cd one; mkdir layers; mv upper layers/1")
        #expect(try workshop.container("one", "cat /app; echo 2 >/app").output == "1\n")
        #expect(try workshop.tool("diff", "one").get().output == "C /app\n")
    }

    @Test func theCurrentDirectoryIsThere() throws {
        let workshop = try workshop()
        try workshop.write("hello.txt", Bytes("hello\n".utf8))
        let outcome = try workshop.tool(
            "run", "new", "--rootfs", "tree", "--root", workshop.directory + "/state", "--id",
            workshop.id, "--",
            "sh", "-c", "pwd; cat hello.txt; echo made >made.txt; exit 7")
        #expect(outcome.status == 7)
        #expect(outcome.output == "/work\nhello\n")
        #expect(try workshop.sh("cat made.txt") == "made\n")
        #expect(try workshop.tool("diff", "new").get().output.isEmpty)
    }

    @Test func aBundleInUseIsLeftAlone() throws {
        let workshop = try workshop()
        try workshop.tool("bundle", "one", "--rootfs", "tree").get()
        try workshop.sh("mkfifo go")
        var command = Support.Command(
            Workshop.tool, "run", "one", "--root", workshop.directory + "/state", "--id", workshop.id,
            "--", "sh", "-c",
            "echo in >ready; cat go")
        command.directory = workshop.directory
        command.environment = ProcessInfo.processInfo.environment.merging([
            "SWRUN": OCIRuntime.swrun.path
        ]) { $1 }
        let running = try command.start()
        while !workshop.exists("ready") { usleep(10_000) }
        for words in [
            ["reset", "one"], ["commit", "one"], ["remove", "one"], ["run", "one", "--", "true"],
            ["remove", "tree"], ["repair", "tree"],
        ] {
            expectRefusal(try workshop.run([Workshop.tool] + words), "in use")
        }
        try workshop.sh("echo >go")
        #expect(try running.wait().succeeded)
        try workshop.tool("remove", "one", "tree").get()
        #expect(!workshop.exists("one") && !workshop.exists("tree.store"))
        #expect(workshop.mounts.isEmpty)
    }

    @Test func anOrdinaryUserHasAllOfIt() throws {
        let workshop = try workshop()
        try workshop.sh("mkdir mine; chown 65534 mine")
        let root = workshop.directory + "/mine/state"
        func tool(_ words: String...) throws -> Outcome {
            try workshop.run(
                [Workshop.tool] + words, environment: ["XDG_RUNTIME_DIR": workshop.directory + "/mine"],
                uid: 65534)
        }
        guard try tool("make", "mine/tree", "--from", "busybox").succeeded else {
            try Test.cancel("an ordinary user can't execute the programs under test")
        }
        let bundle = try tool("bundle", "mine/one", "--rootfs", "mine/tree")
        if bundle.errors.contains("overlay") {
            try Test.cancel("no user namespaces or overlays in them here")
        }
        try bundle.get()
        let outcome = try tool(
            "run", "mine/one", "--private", "--root", root, "--id", workshop.id, "--", "sh", "-c",
            "id -u; echo x >/x; rm -rf /etc; rm /bin/vi")
        #expect(outcome.output == "0\n", "\(outcome)")
        #expect(try tool("diff", "mine/one").get().output == "D /bin/vi\nD /etc\nA /x\n")
        try tool("reset", "mine/one", "/etc/passwd").get()
        #expect(try tool("diff", "mine/one").get().output == "D /bin/vi\nD /etc/group\nA /x\n")
        try tool("pack", "mine/one", "-o", "mine/one.tar").get()
        try tool("unpack", "mine/one.tar", "mine/out").get()
        #expect(try workshop.sh("cd mine/out; ls etc; cat x; test ! -e bin/vi && echo gone") == "passwd\nx\ngone\n")
        // Whose files they are is no secret of this machine: in the image they are root's.
        #expect(
            try workshop.sh(
                "mkdir r; cd r; tar xf ../mine/one.tar; for b in blobs/sha256/*; do tar tvzf $b 2>/dev/null || :; done | awk '{ print $2 }' | sort -u"
            ) == "0/0\n")
        try tool("remove", "mine/one", "mine/tree").get()
    }

    @Test(.program("fuse-overlayfs")) func fuseOverlayfsDoesTheSame() throws {
        let workshop = try workshop()
        guard FileManager.default.fileExists(atPath: "/dev/fuse") else {
            try Test.cancel("no /dev/fuse")
        }
        try workshop.tool("bundle", "one", "--rootfs", "tree", "--driver", "fuse").get()
        try workshop.container("one", "rm -rf /usr /bin/vi; mkdir /usr; echo x >/etc/x").get()
        #expect(workshop.mounts.isEmpty)
        #expect(
            try workshop.tool("diff", "one").get().output
                == "D /bin/vi\nA /etc/x\nD /usr/bin\nD /usr/sbin\n")
        try workshop.tool("mount", "one").get()
        #expect(workshop.mounts.count == 1)
        #expect(try workshop.sh("cat one/rootfs/etc/x") == "x\n")
        try workshop.tool("unmount", "one").get()
        #expect(workshop.mounts.isEmpty)
    }

    @Test(.program("fuse-overlayfs")) func fuseOverlayfsIsTakenWhereOverlayfsFails() throws {
        let workshop = try workshop()
        guard FileManager.default.fileExists(atPath: "/dev/fuse") else {
            try Test.cancel("no /dev/fuse")
        }
        // An overlay can't be the upper layer of another one.
        try workshop.sh(
            "mkdir lower upper work mnt; mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work none mnt")
        try workshop.tool("bundle", "mnt/one", "--rootfs", "tree").get()
        #expect(try workshop.sh("grep driver mnt/one/bundle.json").contains("fuse"))
        #expect(try workshop.container("mnt/one", "rm -rf /etc; echo x >/new; cat /new").output == "x\n")
        #expect(workshop.mounts == [workshop.directory + "/mnt"])
        #expect(try workshop.tool("diff", "mnt/one").get().output == "D /etc\nA /new\n")
        try workshop.tool("remove", "mnt/one").get()
        try workshop.sh("umount mnt")
    }

    @Test(.program("fuse-overlayfs", "fusermount3", "setpriv", "unshare"))
    func fuseOverlayfsServesAnOrdinaryUser() throws {
        let workshop = try workshop()
        // As most hosts have it: everybody may open it.
        guard (try? workshop.sh("mknod fuse c 10 229; chmod 666 fuse; head -c 0 fuse")) != nil else {
            try Test.cancel("no /dev/fuse can be made here")
        }
        try workshop.sh("mkdir mine; chown 65534 mine")
        guard try workshop.tool("make", "mine/tree", "--from", "busybox", uid: 65534).succeeded else {
            try Test.cancel("an ordinary user can't execute the programs under test")
        }
        let script = """
            mount --make-rslave /; mount --bind fuse /dev/fuse; cd mine
            as() { setpriv --reuid 65534 --regid 65534 --clear-groups env XDG_RUNTIME_DIR="$PWD" "$@"; }
            tool() { as '\(Workshop.tool)' "$@"; }
            tool bundle one --rootfs tree --driver fuse
            tool run one --private --root state --id \(workshop.id) -- sh -c 'id -u; rm -rf /etc; echo x >/new'
            tool diff one; tool reset one /etc/passwd; tool diff one
            grep -c "$PWD/one" /proc/self/mountinfo || :
            tool mount one; as cat one/rootfs/new; tool unmount one
            grep -c "$PWD/one" /proc/self/mountinfo || :
            tool remove one tree
            """
        let outcome = try workshop.run(["unshare", "--mount", "sh", "-euc", script]).get()
        #expect(outcome.output == "0\nD /etc\nA /new\nD /etc/group\nA /new\n0\nx\n0\n", "\(outcome)")
        #expect(try workshop.sh("ls -A mine") == "state\n")
    }

    @Test func aHundredBundlesCostLittle() throws {
        let workshop = try workshop()
        try workshop.run(
            [Workshop.tool, "bundle"] + (1...100).map { "b\($0)" } + ["--rootfs", "tree"]
        ).get()
        let used = try workshop.sh("du -skc b* | tail -1 | cut -f1").trimmingCharacters(
            in: .whitespacesAndNewlines)
        #expect(Int(used) ?? .max < 5000)
    }
}
