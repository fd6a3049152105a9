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

    /// Demands that an image becomes the same tree here as with umoci: modes, owners, attributes, times, hard links.
    ///
    /// - Parameter source: the image as skopeo names it.
    private func expectTheTreeOfUmoci(
        _ image: String, _ source: String, _ workshop: Workshop, at place: SourceLocation = #_sourceLocation
    ) throws {
        try workshop.sh(
            """
            rm -rf compared compared.store umocis umoci-layout
            skopeo copy -q '\(source)' oci:umoci-layout:x; umoci unpack --image umoci-layout:x umocis 2>umoci.log
            """)
        try workshop.tool("unpack", image, "compared").get()
        #expect(
            try workshop.everything(about: "compared") == workshop.everything(about: "umocis/rootfs"),
            sourceLocation: place)
    }

    /// A script that changes a mounted image in every way.
    private func change(_ root: String) -> String {
        """
        (cd "\(root)"; rm usr/bin/one; echo theirs >usr/bin/theirs; ln usr/bin/theirs usr/bin/theirs2; chmod 4711 usr/bin/theirs
        rm -rf home; mkdir -p home/new a/b; chown 5:6 a/b; chmod 600 etc/only; setfattr -n user.u -v w usr/bin/theirs
        ln -s ../nowhere a/link; mkfifo a/fifo; touch -d '2001-02-03 04:05:06 UTC' usr/bin/theirs a)
        """
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
            \(change("bundle/rootfs"))
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

    @Test(.program("podman", "skopeo", "umoci")) func podmanLoadsAndSaves() throws {
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
            try expectTheTreeOfUmoci("\(format).tar", "\(format):\(format).tar", workshop)
        }
        try workshop.sh("\(podman) rmi -af >/dev/null")
    }

    @Test(.program("buildah", "skopeo", "umoci")) func buildahBuildsOnIt() throws {
        let workshop = try packed()
        let buildah = containers("buildah", workshop)
        let name = try workshop.sh("\(buildah) from -q oci-archive:app.tar:app:1").trimmingCharacters(
            in: .newlines)
        try workshop.sh(
            """
            m=$(\(buildah) mount \(name)); \(change("$m")); \(buildah) umount \(name) >/dev/null
            \(buildah) commit -q \(name) oci:layout:built; \(buildah) commit -q \(name) docker-archive:built.tar:built:1
            \(buildah) rm \(name) >/dev/null
            """)
        try expectTheTreeOfUmoci("layout", "oci:layout:built", workshop)
        #expect(
            try workshop.sh("cd compared; cat usr/bin/theirs2 usr/bin/new; ls home etc; test ! -e usr/bin/one")
                == "theirs\nnew\netc:\nonly\n\nhome:\nnew\n")
        try expectTheTreeOfUmoci("built.tar", "docker-archive:built.tar", workshop)
    }

    /// Starts a daemon, and waits until a command shows that it answers; nil if it doesn't.
    private func daemon(_ words: [String], _ workshop: Workshop, answers command: String) throws -> Running? {
        var daemon = Support.Command(words)
        daemon.directory = workshop.directory
        let running = try daemon.start()
        for _ in 0..<300 {
            if (try? workshop.sh("\(command) >/dev/null 2>&1")) != nil { return running }
            usleep(100_000)
        }
        running.signal(SIGTERM)
        _ = try running.wait()
        return nil
    }

    @Test(.program("ctr", "containerd", "skopeo", "umoci")) func containerdImportsAndExports() throws {
        let workshop = try packed()
        let d = workshop.directory
        try workshop.write(
            "cd.toml", Bytes("version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n".utf8))
        let ctr = "ctr --address \(d)/cd.sock"
        let words = [
            "containerd", "--root", d + "/cd-root", "--state", d + "/cd-state", "--address", d + "/cd.sock",
            "--log-level", "error", "--config", d + "/cd.toml",
        ]
        guard let containerd = try daemon(words, workshop, answers: "\(ctr) version") else {
            try Test.cancel("containerd doesn't start here")
        }
        defer {
            containerd.signal(SIGTERM)
            _ = try? containerd.wait()
        }
        try workshop.sh("\(ctr) images import --no-unpack app.tar >/dev/null")
        #expect(try workshop.sh("\(ctr) images ls -q") == "localhost/app:1\n")
        #expect(try workshop.sh("\(ctr) images check | grep -c complete") == "1\n")
        // The second one has layers that containerd wrote.
        try workshop.sh(
            "\(ctr) images convert --oci --uncompress localhost/app:1 localhost/plain:1 >/dev/null")
        for name in ["app", "plain"] {
            try workshop.sh("\(ctr) images export \(name)-out.tar localhost/\(name):1")
            try expectTheTreeOfUmoci("\(name)-out.tar", "oci-archive:\(name)-out.tar", workshop)
            #expect(try workshop.everything(about: "compared") == workshop.everything(about: "ours"))
        }
    }

    @Test(.program("docker", "dockerd", "skopeo", "umoci")) func dockerLoadsAndSaves() throws {
        let workshop = try packed()
        let d = workshop.directory
        let docker = "docker -H unix://\(d)/dk.sock"
        let words = [
            "dockerd", "--data-root", d + "/dk", "--exec-root", d + "/dkx", "-p", d + "/dk.pid", "-H",
            "unix://\(d)/dk.sock", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--bridge=none",
            "--storage-driver", "vfs", "--config-file", d + "/dk.json",
        ]
        try workshop.write("dk.json", Bytes("{}".utf8))
        guard let dockerd = try daemon(words, workshop, answers: "\(docker) version") else {
            try Test.cancel("dockerd doesn't start here")
        }
        defer {
            dockerd.signal(SIGTERM)
            _ = try? dockerd.wait()
        }
        for compression in ["gzip", "zstd", "none"] {
            try workshop.tool(
                "pack", "b", "-o", "\(compression).tar", "--tag", "app:\(compression)", "--compress", compression
            ).get()
            #expect(
                try workshop.sh("\(docker) load -q -i \(compression).tar")
                    == "Loaded image: localhost/app:\(compression)\n")
            try workshop.sh("\(docker) save -o saved.tar localhost/app:\(compression)")
            try expectTheTreeOfUmoci("saved.tar", "docker-archive:saved.tar", workshop)
            #expect(try workshop.everything(about: "compared") == workshop.everything(about: "ours"))
        }
        // A layer of its own making on top.
        try workshop.sh(
            """
            \(docker) create --name made localhost/app:gzip /bin/true >/dev/null; \(docker) cp given/home made:/theirs
            \(docker) commit made localhost/committed:1 >/dev/null; \(docker) rm made >/dev/null
            \(docker) save -o committed.tar localhost/committed:1; \(docker) save -o both.tar localhost/committed:1 localhost/app:gzip
            """)
        try expectTheTreeOfUmoci("committed.tar", "docker-archive:committed.tar", workshop)
        #expect(try workshop.sh("ls compared/theirs | wc -l") == "3\n")
        expectRefusal(try workshop.tool("unpack", "both.tar", "both"), "2 images", "committed:1")
        try workshop.tool("unpack", "both.tar", "both", "--ref", "app:gzip").get()
        #expect(try workshop.everything(about: "both") == workshop.everything(about: "ours"))
        // A layer that an image has twice is in its archive once, with a link to it.
        var layer = HandMade()
        layer.add("./", type: "5", mode: 0o755)
        layer.add("a", content: "a")
        var other = HandMade()
        other.add("./", type: "5", mode: 0o755)
        other.add("b", content: "b")
        try ImageMaker(workshop).make([layer.ended, other.ended, layer.ended])
        try workshop.sh(
            """
            skopeo copy -q oci:image docker-archive:thrice.tar:thrice:1; \(docker) load -q -i thrice.tar >/dev/null
            \(docker) save -o again.tar thrice:1; tar tvf again.tar | grep -q '^l.*layer.tar ->'
            """)
        try expectTheTreeOfUmoci("again.tar", "docker-archive:again.tar", workshop)
        #expect(try workshop.sh("cat compared/a compared/b") == "ab")
    }

    @Test func theStandardStreamsCarryImages() throws {
        let workshop = try packed()
        try workshop.sh(
            "'\(Workshop.tool)' pack b -o - --tag app:1 --quiet | '\(Workshop.tool)' unpack - piped --quiet"
        )
        #expect(try workshop.everything(about: "piped") == workshop.everything(about: "ours"))
    }
}
