internal import Foundation
internal import Support

/// The mounts of the container by their points: options of the mount, then the filesystem's type.
private func mountLines(_ points: String...) -> String {
    "{ "
        + points.map {
            "awk '$5 == \"\($0)\" { for (i = 7; $i != \"-\"; i++); print $5, $6, $(i+1); exit }' /proc/self/mountinfo; "
        }.joined() + "}"
}

private func add(_ mounts: JSON...) -> @Sendable (Box) throws -> Void {
    { $0.config["mounts"].elements += mounts }
}

/// A directory of the host beside the bundle, with a file in it.
private func source(_ box: Box, _ name: String = "source") throws -> String {
    let path = box.directory + "/" + name
    try FileManager.default.createDirectory(atPath: path + "/below", withIntermediateDirectories: true)
    try Data("content\n".utf8).write(to: URL(fileURLWithPath: path + "/file"))
    return path
}

private func bind(_ options: JSON...) -> @Sendable (Box) throws -> Void {
    { box in
        let source = try source(box)
        box.config["mounts"].elements.append([
            "destination": "/data", "type": "bind", "source": .string(source), "options": .array(options),
        ])
    }
}

/// The mount with that point, as line of the mount table up to the separator: options and propagation.
private func withPropagation(_ point: String) -> String {
    "awk '$5 == \"\(point)\" { s = $6; for (i = 7; $i != \"-\"; i++) { split($i, a, \":\"); s = s \" \" a[1] } print s }'"
        + " /proc/self/mountinfo"
}

extension Observation {
    static let mounts: [Observation] = basics + options + binds + paths

    private static let basics: [Observation] = [
        Observation(
            name: "the default mounts are there with their options",
            script: mountLines("/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys"),
            expected: """
                /proc rw,relatime proc
                /dev rw,nosuid tmpfs
                /dev/pts rw,nosuid,noexec,relatime devpts
                /dev/shm rw,nosuid,nodev,noexec,relatime tmpfs
                /dev/mqueue rw,nosuid,nodev,noexec,relatime mqueue
                /sys ro,nosuid,nodev,noexec,relatime sysfs
                """),
        Observation(
            name: "the root is read-only when asked",
            script: mountLines("/") + " | cut -d, -f1; touch /new 2>/dev/null || echo refused",
            expected: "/ ro\nrefused"),
        Observation(
            name: "the root is writable when not read-only", change: { $0.config["root"]["readonly"] = false },
            script: "touch /new && echo made", expected: "made"),
        Observation(
            name: "a directory of the image is hidden by a mount over it, in the order of the list",
            change: add(
                ["destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["mode=700"]],
                ["destination": "/tmp/a", "type": "tmpfs", "source": "tmpfs", "options": ["mode=750"]],
                ["destination": "/tmp/a/b", "type": "tmpfs", "source": "tmpfs", "options": ["mode=711"]]),
            script: "stat -c '%n %a' /tmp /tmp/a /tmp/a/b", expected: "/tmp 700\n/tmp/a 750\n/tmp/a/b 711",
            differs: ["runc": "prefers the mode of the mount point in the image to mode="]),
        Observation(
            name: "a missing mount point is made, with its parents",
            change: add(["destination": "/var/lib/deep/data", "type": "tmpfs", "source": "tmpfs"]),
            script: "stat -f -c %T /var/lib/deep/data", expected: "tmpfs"),
        Observation(
            name: "a mount point is followed through links, inside the root filesystem",
            change: { box in
                try box.file("/real/keep", "")
                try FileManager.default.createSymbolicLink(
                    atPath: box.rootfs + "/link", withDestinationPath: "../../../../real")
                box.config["mounts"].elements.append(
                    ["destination": "/link", "type": "tmpfs", "source": "tmpfs", "options": ["mode=705"]])
            },
            script: "stat -c %a /real/", expected: "705", differs: ["runc": "prefers the mount point's mode"]),
        Observation(
            name: "the cgroup mount is read-only and shows the container's own group",
            script: "test -d /sys/fs/cgroup/memory && cd /sys/fs/cgroup/memory || cd /sys/fs/cgroup; "
                + "grep -qx $$ cgroup.procs && echo inside; mkdir sub 2>/dev/null || echo refused",
            expected: "inside\nrefused"),
    ]

    /// Every option that changes an attribute of the mount, alone.
    private static let options: [Observation] =
        [
            ("ro", "ro,relatime"), ("rw", "rw,relatime"), ("nosuid", "rw,nosuid,relatime"),
            ("nodev", "rw,nodev,relatime"),
            ("noexec", "rw,noexec,relatime"), ("noatime", "rw,noatime"), ("nodiratime", "rw,nodiratime,relatime"),
            ("strictatime", "rw"), ("relatime", "rw,relatime"), ("defaults", "rw,relatime"),
            ("ro,rw", "rw,relatime"), ("nosuid,suid", "rw,relatime"), ("nodev,dev", "rw,relatime"),
            ("noexec,exec", "rw,relatime"), ("noatime,atime", "rw,relatime"), ("nodiratime,diratime", "rw,relatime"),
        ].map { options, expected in
            Observation(
                name: "a tmpfs with \(options) is \(expected)",
                change: add([
                    "destination": "/data", "type": "tmpfs", "source": "tmpfs",
                    "options": .array(options.split(separator: ",").map { .string(String($0)) }),
                ]),
                script: mountLines("/data"), expected: "/data \(expected) tmpfs",
                differs: options == "defaults"
                    ? ["runc": "hands the word to the filesystem"]
                    : options.contains(",") ? ["crun": "1.8.1 takes nothing back that an earlier option set"] : [:])
        } + [
            Observation(
                name: "options of the filesystem itself reach it",
                change: add([
                    "destination": "/data", "type": "tmpfs", "source": "tmpfs",
                    "options": ["size=1m", "mode=1750", "uid=7", "gid=8", "nr_inodes=20"],
                ]),
                script: "stat -c '%a %u %g' /data; df -k /data | awk 'END { print $2 }'", expected: "1750 7 8\n1024"),
            Observation(
                name: "sync reaches the filesystem",
                change: add([
                    "destination": "/data", "type": "tmpfs", "source": "tmpfs", "options": ["sync", "dirsync"],
                ]),
                script: "awk '$5 == \"/data\" { print $NF }' /proc/self/mountinfo | grep -o -E '^rw,sync,dirsync'",
                expected: "rw,sync,dirsync"),
            Observation(
                name: "tmpcopyup copies the directory of the image into the tmpfs",
                change: { box in
                    try box.file("/etc/deep/er/file", "copied\n", mode: 0o640)
                    box.config["mounts"].elements.append(
                        [
                            "destination": "/etc", "type": "tmpfs", "source": "tmpfs",
                            "options": ["tmpcopyup", "mode=755"],
                        ])
                },
                script:
                    "cat /etc/deep/er/file; stat -c %a /etc/deep/er/file; stat -f -c %T /etc; touch /etc/x && echo writable",
                expected: "copied\n640\ntmpfs\nwritable"),
        ]

    private static let binds: [Observation] = [
        Observation(
            name: "a directory of the host is bound", change: bind("bind"),
            script: "cat /data/file; ls /data", expected: "content\nbelow\nfile"),
        Observation(
            name: "a read-only bind cannot be written", change: bind("bind", "ro"),
            script: "touch /data/new 2>/dev/null || echo refused; " + mountLines("/data") + " | cut -d, -f1",
            expected: "refused\n/data ro"),
        Observation(
            name: "a bind takes nosuid, nodev and noexec", change: bind("bind", "nosuid", "nodev", "noexec"),
            script: mountLines("/data") + " | grep -o nosuid,nodev,noexec", expected: "nosuid,nodev,noexec"),
        Observation(
            name: "a single file is bound, and its mount point is made",
            change: { box in
                let path = try source(box) + "/file"
                box.config["mounts"].elements.append([
                    "destination": "/etc/made/here", "type": "bind", "source": .string(path),
                    "options": ["bind", "ro"],
                ])
            },
            script: "cat /etc/made/here", expected: "content"),
        Observation(
            name: "a relative source is below the bundle",
            change: { box in
                try Data("near\n".utf8).write(to: URL(fileURLWithPath: box.bundle + "/near"))
                box.config["mounts"].elements.append(
                    ["destination": "/near", "type": "bind", "source": "near", "options": ["bind"]])
            },
            script: "cat /near", expected: "near",
            differs: ["crun": "takes it below the caller's directory"]),
        Observation(
            name: "rro makes what is mounted below read-only, too",
            change: { box in
                box.config["mounts"].elements += [
                    ["destination": "/data", "type": "bind", "source": "/dev", "options": ["rbind", "rro"]]
                ]
            },
            script: "awk '$5 ~ \"^/data/\" && $6 !~ /^ro/ { print $5, $6 }' /proc/self/mountinfo; "
                + "awk '$5 ~ \"^/data/\"' /proc/self/mountinfo | grep -q . && echo some",
            expected: "some", differs: ["runc": "1.1.5 has no rro"]),
        Observation(
            name: "ro on an rbind leaves what is mounted below writable",
            change: { box in
                box.config["mounts"].elements += [
                    ["destination": "/data", "type": "bind", "source": "/dev", "options": ["rbind", "ro"]]
                ]
            },
            script: mountLines("/data", "/data/shm") + " | awk '{ print $1, substr($2, 1, 2) }'",
            expected: "/data ro\n/data/shm rw"),
    ]

    private static let paths: [Observation] = [
        Observation(
            name: "masked files read as empty, masked directories list as empty",
            change: { box in
                try box.file("/secret/file", "secret")
                try box.file("/etc/key", "secret")
                box.config["linux"]["maskedPaths"].elements += ["/secret", "/etc/key", "/not/there"]
            },
            script: "cat /proc/keys /etc/key; ls -A /secret /sys/firmware; touch /secret/x 2>/dev/null || echo refused",
            expected: "/secret:\n/sys/firmware:\nrefused"),
        Observation(
            name: "read-only paths cannot be written",
            change: { box in
                try box.file("/data/file", "old\n")
                box.config["root"]["readonly"] = false
                box.config["linux"]["readonlyPaths"].elements += ["/data", "/not/there"]
            },
            script: "(echo new >/data/file) 2>/dev/null || cat /data/file; touch /free && echo free; "
                + "(echo 0 >/proc/sys/kernel/core_uses_pid) 2>/dev/null || echo refused",
            expected: "old\nfree\nrefused"),
    ]

    /// What a slave of the host's shows: its master, where the mount of the bundles is shared, as systemd makes them all.
    private static let master: String = {
        let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        func line(_ place: String) -> Substring? { mounts.split(separator: "\n").last { $0.contains(" \(place) ") } }
        return (line("/tmp") ?? line("/"))?.contains(" shared:") == true ? " master" : ""
    }()

    /// They make the mount private that the bundle is on, and with it all that they bind from there.
    private static let cutOff = master.isEmpty ? [:] : ["crun": "cuts it off first", "runc": "cuts it off first"]

    static let propagation: [Observation] =
        [
            ("private", "ro,relatime"), ("rprivate", "ro,relatime"), ("slave", "ro,relatime" + master),
            ("rslave", "ro,relatime" + master),
            ("unbindable", "ro,relatime unbindable"),
        ].map { kind, expected in
            Observation(
                name: "a rootfs with propagation \(kind) is «\(expected)»",
                change: { $0.config["linux"]["rootfsPropagation"] = .string(kind) }, script: withPropagation("/"),
                expected: expected,
                differs: kind.hasSuffix("unbindable")
                    ? ["crun": "stays private", "runc": "stays private"] : kind.hasSuffix("slave") ? cutOff : [:])
        } + [
            Observation(
                name: "a rootfs with propagation shared is shared",
                change: { $0.config["linux"]["rootfsPropagation"] = "shared" }, script: withPropagation("/"),
                expected: "ro,relatime shared" + master,
                differs: cutOff.merging(["runc": "makes it private again for pivot_root"]) { $1 }),
            Observation(
                name: "a mount is shared or slave when its options say so",
                change: { box in
                    let path = try source(box)
                    for (name, kind) in [("/a", "rshared"), ("/b", "rslave"), ("/c", "rprivate"), ("/d", "unbindable")]
                    {
                        box.config["mounts"].elements.append([
                            "destination": .string(name), "type": "bind", "source": .string(path),
                            "options": ["bind", .string(kind)],
                        ])
                    }
                },
                script: ["/a", "/b", "/c", "/d"].map(withPropagation).joined(separator: "; "),
                expected: "rw,relatime shared\nrw,relatime\(master)\nrw,relatime\nrw,relatime unbindable",
                differs: cutOff.merging(["crun": "1.8.1 leaves all of them private"]) { $1 }),
        ]
}
