internal import Foundation
internal import Support

extension Observation {
    static let devices: [Observation] = [
        Observation(
            name: "the default devices are there",
            script: "for d in null zero full random urandom tty; do stat -c '%n %F %a %t:%T %u:%g' /dev/$d; done",
            expected: """
                /dev/null character special file 666 1:3 0:0
                /dev/zero character special file 666 1:5 0:0
                /dev/full character special file 666 1:7 0:0
                /dev/random character special file 666 1:8 0:0
                /dev/urandom character special file 666 1:9 0:0
                /dev/tty character special file 666 5:0 0:0
                """),
        Observation(
            name: "the default links are there",
            script: "for l in fd stdin stdout stderr ptmx; do echo $l $(readlink /dev/$l); done",
            expected: """
                fd /proc/self/fd
                stdin /proc/self/fd/0
                stdout /proc/self/fd/1
                stderr /proc/self/fd/2
                ptmx pts/ptmx
                """),
        Observation(
            name: "the default devices work",
            script:
                "head -c 4 /dev/zero | od -An -tx1; echo x >/dev/null && echo null; (echo >/dev/full) 2>/dev/null || "
                + "echo full; head -c 8 /dev/urandom | wc -c",
            expected: "00 00 00 00\nnull\nfull\n8"),
        Observation(
            name: "a device of the configuration is made with its mode and owner",
            change: { box in
                box.config["linux"]["devices"] = [
                    [
                        "path": "/dev/deep/mine", "type": "c", "major": 1, "minor": 5, "fileMode": 0o640, "uid": 0,
                        "gid": 4,
                    ],
                    ["path": "/dev/pipe", "type": "p", "fileMode": 0o600, "uid": 0, "gid": 0],
                ]
            },
            script: "stat -c '%F %a %t:%T %u:%g' /dev/deep/mine /dev/pipe; head -c 1 /dev/deep/mine | wc -c",
            expected: "character special file 640 1:5 0:4\nfifo 600 0:0 0:0\n1",
            differs: ["runc": "wants a major number for a pipe"]),
        Observation(
            name: "a device that no rule allows cannot be opened",
            change: { $0.config["linux"]["devices"] = [["path": "/dev/odd", "type": "c", "major": 250, "minor": 9]] },
            script: "(: </dev/odd) 2>&1 | grep -o -E 'not permitted|No such device'", expected: "not permitted"),
        Observation(
            name: "a device that a rule allows can be opened",
            change: { box in
                box.config["linux"]["devices"] = [["path": "/dev/odd", "type": "c", "major": 250, "minor": 9]]
                box.config["linux"]["resources"]["devices"].elements.append(
                    ["allow": true, "type": "c", "major": 250, "minor": 9, "access": "rw"])
            },
            // Allowed, and then there is no driver with that number.
            script: "(: </dev/odd) 2>&1 | grep -o -E 'not permitted|No such device'", expected: "No such device"),
    ]

    private static let kinds = ["cgroup", "ipc", "mnt", "net", "pid", "uts"]
    private static let names = [
        "cgroup": "cgroup", "ipc": "ipc", "mnt": "mount", "net": "network", "pid": "pid", "uts": "uts",
    ]

    static let namespaces: [Observation] =
        kinds.filter { $0 != "mnt" }.map { kind in
            Observation(
                name: "without a \(kind) namespace in the list the container is in the host's",
                change: { box in
                    box.config["linux"]["namespaces"].elements.removeAll { $0["type"].text == names[kind] }
                    if kind == "uts" { box.config["hostname"] = nil }
                },
                script: "readlink /proc/self/ns/\(kind)",
                expected: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\(kind)")) ?? "")
        } + [
            Observation(
                name: "each namespace in the list is a new one",
                script:
                    "for n in cgroup ipc mnt net pid uts; do readlink /proc/self/ns/$n; done | grep -c -v -x -F -e '"
                    + kinds.map {
                        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\($0)")) ?? "?"
                    }
                    .joined(separator: "' -e '") + "'",
                expected: "6"),
            Observation(
                name: "in a new network namespace the loopback is up",
                script: "cat /sys/class/net/lo/flags; ls /sys/class/net",
                expected: "0x9\nlo"),
            Observation(
                name: "the clocks have the configured offsets",
                change: { box in
                    box.config["linux"]["namespaces"].elements.append(["type": "time"])
                    box.config["linux"]["timeOffsets"] = [
                        "monotonic": ["secs": 86400, "nanosecs": 500], "boottime": ["secs": 864_000],
                    ]
                },
                script: "tr -s ' ' </proc/self/timens_offsets; awk '{ print ($1 > 864000) }' /proc/uptime",
                expected: "monotonic 86400 500\nboottime 864000 0\n1",
                differs: ["runc": "1.1.5 has no time namespace", "crun": "1.8.1 has no time offsets"]),
            Observation(
                name: "in a user namespace root is somebody else outside", change: userNamespace,
                script: "id -u; tr -s ' ' </proc/self/uid_map; tr -s ' ' </proc/self/gid_map; stat -c %u /",
                expected: "0\n0 100000 65536\n0 100000 65536\n0"),
            Observation(
                name: "a user namespace with two ranges maps both",
                change: { box in
                    try userNamespace(box)
                    for key in ["uidMappings", "gidMappings"] {
                        box.config["linux"][key] = [
                            ["containerID": 0, "hostID": 100_000, "size": 1000],
                            ["containerID": 1000, "hostID": 200_000, "size": 1],
                        ]
                    }
                    box.config["process"]["user"] = ["uid": 1000, "gid": 1000]
                },
                script: "id -u; tr -s ' ' </proc/self/uid_map", expected: "1000\n0 100000 1000\n1000 200000 1"),
            Observation(
                name: "the mounts of a user namespace's container are there",
                change: userNamespace,
                script: "awk '$5 == \"/proc\" || $5 == \"/dev\" || $5 == \"/sys\" || $5 == \"/dev/pts\" { print $5 }' "
                    + "/proc/self/mountinfo; echo x >/dev/null && echo null; stat -c '%t:%T' /dev/zero",
                expected: "/proc\n/dev\n/dev/pts\n/sys\nnull\n1:5"),
        ]

    /// Adds a user namespace, and gives the root filesystem to its root.
    private static let userNamespace: @Sendable (Box) throws -> Void = { box in
        box.config["linux"]["namespaces"].elements.append(["type": "user"])
        box.config["linux"]["uidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
        box.config["linux"]["gidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
        try Command("chown", "-R", "-h", "100000:100000", box.rootfs).run().get()
    }

    static let resources: [Observation] = [
        Observation(
            name: "with a cgroup namespace the container's own group is the root",
            script: "cut -d: -f3 /proc/self/cgroup | sort -u", expected: "/"),
        Observation(
            name: "the memory limit is the configured one",
            change: { $0.config["linux"]["resources"]["memory"] = ["limit": 33_554_432] },
            script: "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes 2>/dev/null || cat memory.max",
            expected: "33554432"),
        Observation(
            name: "the limit of tasks is the configured one",
            change: { $0.config["linux"]["resources"]["pids"] = ["limit": 17] },
            script: "cd /sys/fs/cgroup; cat pids/pids.max 2>/dev/null || cat pids.max", expected: "17"),
        Observation(
            name: "quota and period of the processor are the configured ones",
            change: { $0.config["linux"]["resources"]["cpu"] = ["quota": 20000, "period": 50000, "shares": 512] },
            script: "cd /sys/fs/cgroup; cat cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us cpu/cpu.shares 2>/dev/null || "
                + "tr ' ' '\\n' <cpu.max",
            expected: Cgroups.areV1 ? "20000\n50000\n512" : "20000\n50000"),
        Observation(
            name: "the set of processors is the configured one",
            change: { $0.config["linux"]["resources"]["cpu"] = ["cpus": "0", "mems": "0"] },
            script: "grep -E '^(Cpus|Mems)_allowed_list' /proc/self/status | tr -d '\\t'",
            expected: "Cpus_allowed_list:0\nMems_allowed_list:0"),
    ]
}
