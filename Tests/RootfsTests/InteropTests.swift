import Foundation
import Support
import Testing

@testable import RootfsTool

/// What others write is understood, and they understand what is written here.
@Suite(.root, .serialized) struct InteropTests {
    /// A workshop with an image of two layers: hard links, deletions, everything.
    private func packed(_ options: String...) throws -> Workshop {
        let workshop = try Workshop()
        try workshop.makeTree("given")
        try workshop.tool("make", "tree", "--from", "directory:given", "--keep", "none").get()
        try workshop.tool("bundle", "b", "--rootfs", "tree").get()
        // As a container would have left it.
        try workshop.sh(
            """
            cd b/upper; mkdir -p usr/bin etc; mknod usr/bin/setuid c 0 0; echo new >usr/bin/new; ln usr/bin/new usr/bin/neu
            setfattr -n trusted.overlay.opaque -v y etc; echo only >etc/only; setfattr -n user.mine -v yes etc/only
            """)
        try workshop.run([Workshop.tool, "pack", "b", "-o", "app.tar", "--tag", "app:1"] + options)
            .get()
        try workshop.tool("unpack", "app.tar", "ours").get()
        #expect(
            try workshop.sh("cd ours; ls etc; ls usr/bin") == "only\nbig\nlink\nneu\nnew\none\nuno\n")
        return workshop
    }

    /// podman and buildah with a storage of their own.
    private func containers(_ program: String, _ workshop: Workshop) -> String {
        "\(program) --root \(workshop.directory)/storage --runroot \(workshop.directory)/run --storage-driver vfs"
    }

    @Test(.program("skopeo", "umoci")) func umociUnpacksTheSameTree() throws {
        let workshop = try packed()
        try workshop.sh(
            "skopeo copy -q oci-archive:app.tar:app:1 oci:layout:x; umoci unpack --image layout:x theirs")
        #expect(try workshop.everything(about: "theirs/rootfs") == workshop.everything(about: "ours"))
    }

    @Test(.program("umoci")) func umociTakesALayoutInADirectory() throws {
        let workshop = try packed()
        try workshop.tool("pack", "b", "-o", "layout/", "--tag", "app:1").get()
        try workshop.sh(
            "umoci unpack --image layout:app:1 theirs || umoci unpack --image layout:1 theirs")
        #expect(try workshop.everything(about: "theirs/rootfs") == workshop.everything(about: "ours"))
    }

    @Test(.program("skopeo", "umoci")) func whatUmociWritesIsUnderstood() throws {
        let workshop = try packed()
        try workshop.sh(
            """
            skopeo copy -q oci-archive:app.tar:app:1 oci:layout:x; umoci unpack --image layout:x bundle
            cd bundle/rootfs; rm usr/bin/one; echo theirs >usr/bin/theirs; ln usr/bin/theirs usr/bin/theirs2; rm -rf home; chmod 600 etc/only
            mkdir -p a/b; chown 5:6 a/b; setfattr -n user.u -v w usr/bin/theirs; cd ../..
            umoci repack --image layout:y bundle; umoci unpack --image layout:y theirs
            """)
        try workshop.tool("unpack", "layout", "again", "--ref", "y").get()
        #expect(try workshop.everything(about: "again") == workshop.everything(about: "theirs/rootfs"))
    }

    @Test(.program("skopeo")) func skopeoCopiesBothWays() throws {
        for compression in ["gzip", "zstd", "none"] {
            let workshop = try packed("--compress", compression)
            try workshop.sh(
                "skopeo copy -q oci-archive:app.tar:app:1 oci:layout:x; skopeo copy -q oci:layout:x dir:plain; skopeo copy -q oci:layout:x oci-archive:back.tar:app:1"
            )
            for image in ["layout", "back.tar"] {
                try workshop.tool("unpack", image, "out-\(image)").get()
                #expect(
                    try workshop.everything(about: "out-\(image)") == workshop.everything(about: "ours"))
            }
            if compression == "gzip" {
                try workshop.sh("skopeo copy -q oci:layout:x docker-archive:docker.tar:app:1")
                try workshop.tool("unpack", "docker.tar", "out-docker").get()
                #expect(try workshop.everything(about: "out-docker") == workshop.everything(about: "ours"))
            }
        }
    }

    @Test(.program("podman")) func podmanLoadsAndSaves() throws {
        let workshop = try packed()
        let podman = containers("podman", workshop)
        try workshop.sh("\(podman) load -q -i app.tar")
        #expect(
            try workshop.sh("\(podman) images --format '{{.Repository}}:{{.Tag}}'") == "localhost/app:1\n"
        )
        let mounted = try workshop.sh("\(podman) image mount localhost/app:1").trimmingCharacters(
            in: .newlines)
        #expect(
            try workshop.everything(about: mounted, times: false)
                == workshop.everything(about: "ours", times: false))
        try workshop.sh("\(podman) image unmount -a >/dev/null")
        for format in ["oci-archive", "docker-archive"] {
            try workshop.sh("\(podman) save -q --format \(format) -o \(format).tar localhost/app:1")
            try workshop.tool("unpack", "\(format).tar", format).get()
            // Whole seconds are all that podman keeps.
            #expect(
                try workshop.everything(about: format, times: false)
                    == workshop.everything(about: "ours", times: false))
        }
        try workshop.sh("\(podman) rmi -af >/dev/null")
    }

    @Test(.program("buildah")) func buildahBuildsOnIt() throws {
        let workshop = try packed()
        let buildah = containers("buildah", workshop)
        let name = try workshop.sh("\(buildah) from -q oci-archive:app.tar:app:1").trimmingCharacters(
            in: .newlines)
        try workshop.sh(
            "m=$(\(buildah) mount \(name)); echo built >$m/built; rm -rf $m/home; \(buildah) umount \(name) >/dev/null; \(buildah) commit -q \(name) oci:layout:built; \(buildah) rm \(name) >/dev/null"
        )
        try workshop.tool("unpack", "layout", "out").get()
        #expect(
            try workshop.sh("cat out/built out/usr/bin/new; test ! -e out/home; ls out/etc")
                == "built\nnew\nonly\n")
        try workshop.sh("\(buildah) rmi -af >/dev/null")
    }

    @Test(.program("ctr", "containerd")) func containerdImportsAndExports() throws {
        let workshop = try packed()
        let d = workshop.directory
        var command = Support.Command(
            "containerd", "--root", d + "/cd-root", "--state", d + "/cd-state", "--address",
            d + "/cd.sock", "--log-level", "error")
        command.directory = d
        try workshop.write(
            "cd.toml", Bytes("version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n".utf8))
        command.arguments += ["--config", d + "/cd.toml"]
        let daemon = try command.start()
        defer {
            daemon.signal(SIGTERM)
            _ = try? daemon.wait()
        }
        let ctr = "ctr --address \(d)/cd.sock"
        var isUp = false
        for _ in 0..<300 where !isUp {
            isUp = (try? workshop.sh("\(ctr) version >/dev/null 2>&1")) != nil
            if !isUp { usleep(100_000) }
        }
        guard isUp else { try Test.cancel("containerd doesn't start here") }
        try workshop.sh("\(ctr) images import --no-unpack app.tar >/dev/null")
        #expect(try workshop.sh("\(ctr) images ls -q") == "localhost/app:1\n")
        #expect(try workshop.sh("\(ctr) images check | grep -c complete") == "1\n")
        try workshop.sh("\(ctr) images export out.tar localhost/app:1")
        try workshop.tool("unpack", "out.tar", "out").get()
        #expect(try workshop.everything(about: "out") == workshop.everything(about: "ours"))
    }

    @Test func theStandardStreamsCarryImages() throws {
        let workshop = try packed()
        try workshop.sh(
            "'\(Workshop.tool)' pack b -o - --tag app:1 --quiet | '\(Workshop.tool)' unpack - piped --quiet"
        )
        #expect(try workshop.everything(about: "piped") == workshop.everything(about: "ours"))
    }
}

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
}
