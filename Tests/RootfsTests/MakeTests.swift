import Foundation
import Support
import Testing

@testable import RootfsTool

/// Distributions, by their own tools.
@Suite(.containers, .serialized) struct MakeTests {
    @Test(.program("dnf", "rpmbuild", "createrepo_c")) func dnfInstallsFromARepository() throws {
        let workshop = try Workshop()
        // A repository with one package of our own: the way is the same as with a distribution's.
        try workshop.sh(
            """
            mkdir -p rpm/SPECS repo; cat >rpm/SPECS/hello.spec <<'S'
            Name: hello
            Version: 1
            Release: 1
            Summary: A greeting
            License: Public Domain
            BuildArch: noarch
            %description
            A greeting.
            %install
            mkdir -p %{buildroot}/usr/bin; printf '#!/bin/sh\\necho hello\\n' >%{buildroot}/usr/bin/hello; chmod 755 %{buildroot}/usr/bin/hello
            %files
            /usr/bin/hello
            S
            sed -i 's/^BuildArch/AutoReqProv: no\\nBuildArch/' rpm/SPECS/hello.spec
            rpmbuild --quiet --define "_topdir $PWD/rpm" -bb rpm/SPECS/hello.spec; cp rpm/RPMS/noarch/*.rpm repo/; createrepo_c -q repo
            """)
        try workshop.tool(
            "make", "tree", "--from", "fedora:40", "--with", "hello", "--repository",
            "file://\(workshop.directory)/repo",
            "--no-signatures", "--quiet"
        ).get()
        #expect(
            try workshop.sh("sh tree/usr/bin/hello; ls tree/var/cache/dnf 2>/dev/null | wc -l")
                == "hello\n0\n")
        #expect(try workshop.tool("verify", "tree").get().output.isEmpty)
        expectRefusal(
            try workshop.tool(
                "make", "none", "--from", "fedora:40", "--with", "nosuchpackage", "--repository",
                "file://\(workshop.directory)/repo", "--no-signatures", "--quiet"), "dnf failed")
        #expect(!workshop.exists("none") && !workshop.names.contains { $0.contains("partial") })
    }

    @Test(.program("mmdebstrap")) func mmdebstrapsComplaintIsShown() throws {
        let workshop = try Workshop()
        let outcome = try workshop.tool(
            "make", "tree", "--from", "debian:nosuchsuite", "--mirror", "file:///nonexistent", "--quiet")
        expectRefusal(outcome, "mmdebstrap failed")
        #expect(workshop.names.isEmpty)
    }

    /// A $PATH in which programs are missing, and others stand for what they are.
    private func path(_ workshop: Workshop, without missing: String..., instead scripts: [String: String] = [:]) throws
        -> [String: String]
    {
        try workshop.sh("mkdir bin; cp -sf /usr/sbin/* /usr/bin/* bin/ 2>/dev/null || :")
        for name in missing + scripts.keys { try workshop.sh("rm -f bin/\(name)") }
        for (name, script) in scripts {
            try workshop.write("bin/" + name, Bytes("#!/bin/sh\n\(script)\n".utf8))
            try workshop.sh("chmod 755 bin/\(name)")
        }
        return ["PATH": workshop.directory + "/bin"]
    }

    @Test func debootstrapDoesItWhereMmdebstrapIsMissing() throws {
        let workshop = try Workshop()
        // In its place: what it is asked for, and the same mounts and files that it makes.
        let path = try path(
            workshop, without: "mmdebstrap",
            instead: [
                "debootstrap": """
                printf '%s\\n' "$@" >asked; for target in "$@"; do case $target in /*) break;; esac; done
                cd "$target"; mkdir -p proc usr/bin usr/share/doc/x var/log var/cache/apt
                mount -t proc proc proc; echo x >usr/bin/x; touch usr/share/doc/x/y var/log/bootstrap.log var/cache/apt/z
                """
            ])
        let words = ["make", "tree", "--from", "debian:bookworm", "--with", "gcc,vim", "--slim"]
        try workshop.run(
            [Workshop.tool] + words + ["--mirror", "http://mirror.invalid/debian"], environment: path
        ).get()
        let asked = try workshop.sh("cat asked").split(separator: "\n")
        #expect(asked.prefix(3) == ["--variant=minbase", "--include=gcc,vim,libc6-dev", "bookworm"])
        #expect(asked.last == "http://mirror.invalid/debian")
        #expect(
            try workshop.sh("cd tree; find . -type f; ls proc usr/share/doc")
                == "./usr/bin/x\nproc:\n\nusr/share/doc:\n")
        #expect(workshop.mounts.isEmpty)
        #expect(try workshop.tool("verify", "tree").get().output.isEmpty)
        expectRefusal(
            try workshop.run(
                [Workshop.tool, "make", "other", "--from", "debian:bookworm", "--recommends"], environment: path),
            "can't install what packages recommend", "mmdebstrap")
        // Root's directories are searched in any case.
        let hide = "[ ! -e /usr/sbin/debootstrap ] || mount --bind /dev/null /usr/sbin/debootstrap"
        try workshop.sh("rm bin/debootstrap")
        expectRefusal(
            try workshop.run(
                [
                    "unshare", "--mount", "sh", "-euc", hide + "; exec \"$@\"", "sh", Workshop.tool, "make", "other",
                    "--from", "debian:bookworm",
                ], environment: path), "neither mmdebstrap nor debootstrap")
        expectRefusal(
            try workshop.run([Workshop.tool, "make", "other", "--from", "fedora:40"], environment: try noDnf(path)),
            "dnf is not there")
        #expect(workshop.names == ["asked", "bin", "tree", "tree.store"])
    }

    private func noDnf(_ path: [String: String]) throws -> [String: String] {
        for name in ["dnf", "dnf-3"] { try? FileManager.default.removeItem(atPath: "\(path["PATH"] ?? "")/\(name)") }
        return path
    }

    /// While another program works, it is ended; what it has mounted and made is gone.
    @Test(arguments: ["debootstrap", "mmdebstrap", "dnf"], [SIGINT, SIGTERM, SIGKILL])
    func anInterruptionEndsTheProgramThatInstalls(_ program: String, _ signal: Int32) throws {
        let workshop = try Workshop()
        let path = try path(
            workshop, without: "mmdebstrap",
            instead: [
                program: """
                for target in "$@"; do case $target in /*|--installroot=*) break;; esac; done
                case $target in /*|--installroot=*) cd "${target#--installroot=}"; mkdir proc; mount -t proc proc proc; touch half;; esac
                echo $$ >"$PLACE/pid"; exec tail -f /dev/null
                """
            ])
        let source = program == "dnf" ? "fedora:40" : "debian:bookworm"
        var command = Support.Command(Workshop.tool, "make", "tree", "--from", source)
        command.directory = workshop.directory
        command.environment = ProcessInfo.processInfo.environment.merging(path) { $1 }
            .merging(["PLACE": workshop.directory]) { $1 }
        let running = try command.start()
        while ((try? workshop.sh("cat pid")) ?? "").isEmpty { usleep(10_000) }
        running.signal(signal)
        let outcome = try running.wait()
        #expect(outcome.status == 128 + signal)
        let pid = try #require(Int32(try workshop.sh("cat pid").trimmingCharacters(in: .newlines)))
        // Of a tool that was killed it is left to the tests, and ends by itself.
        if signal == SIGKILL { _ = try Support.Command.adopt(pid).wait() }
        #expect(kill(pid, 0) != 0)
        #expect(workshop.mounts.isEmpty)
        if signal == SIGKILL {
            // What one left that was killed goes with the next.
            try workshop.tool("make", "tree", "--from", "busybox").get()
            #expect(workshop.names == ["bin", "pid", "tree", "tree.store"])
        } else {
            #expect(workshop.names == ["bin", "pid"])
        }
    }
}
