import JSONValue

/// A random number generator that gives the same numbers for the same seed on every machine (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A valid change of a configuration, with parts that can be left out one by one.
struct Ingredient: Sendable {
    var name: String
    /// What shrinking may take away: options of a mount, members of a list.
    var parts: [String]
    var apply: @Sendable (inout JSON, [String]) -> Void

    /// The name without its random numbers.
    var kind: String { name.filter { !$0.isNumber } }

    /// The change as text, for a report.
    var text: String { parts.isEmpty ? name : "\(name) [\(parts.joined(separator: ", "))]" }
}

/// Makes random ingredients; each kind is in itself valid, and goes with every other.
enum Ingredients {
    private typealias Maker = @Sendable (inout Seeded) -> Ingredient

    /// Some ingredients, none of a kind twice except mounts.
    static func draw(_ generator: inout Seeded) -> [Ingredient] {
        let count = Int.random(in: 2...7, using: &generator)
        let chosen = makers.shuffled(using: &generator).prefix(count)
        return chosen.map { $0(&generator) }
    }

    private static func pick(_ list: [String], _ range: ClosedRange<Int>, _ generator: inout Seeded) -> [String] {
        let count = Int.random(in: range, using: &generator)
        return Array(list.shuffled(using: &generator).prefix(count))
    }

    private static let makers: [Maker] = process + files + kernel

    private static let process: [Maker] = [
        { generator in
            let names = pick(["A=1", "B=", "C=x y", "HOME=/home", "TERM=dumb", "A=2", "LANG=C"], 1...5, &generator)
            return Ingredient(name: "env", parts: names) { $0["/process/env"] = .strings(["PATH=/bin:/"] + $1) }
        },
        { generator in
            let cwd = ["/tmp", "/proc", "/made/for/this", "/dev"].randomElement(using: &generator) ?? "/"
            return Ingredient(name: "cwd \(cwd)", parts: []) { config, _ in config["/process/cwd"] = .string(cwd) }
        },
        { generator in
            let (uid, gid) = (
                Int.random(in: 1...70_000, using: &generator), Int.random(in: 0...70_000, using: &generator)
            )
            return Ingredient(name: "user \(uid):\(gid)", parts: []) { config, _ in
                config["/process/user/uid"] = .int(uid)
                config["/process/user/gid"] = .int(gid)
            }
        },
        { generator in
            Ingredient(name: "additionalGids", parts: pick(["5", "10", "65534", "100000"], 1...4, &generator)) {
                $0["/process/user/additionalGids"] = .array($1.compactMap { Int($0) }.map { .int($0) })
            }
        },
        { generator in
            let mask = [0, 0o022, 0o077, 0o777].randomElement(using: &generator) ?? 0
            return Ingredient(name: "umask \(String(mask, radix: 8))", parts: []) { config, _ in
                config["/process/user/umask"] = .int(mask)
            }
        },
        { generator in
            let names = pick(
                ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW", "CAP_SYS_ADMIN", "CAP_SETUID", "CAP_AUDIT_WRITE"], 0...5,
                &generator)
            return Ingredient(name: "capabilities everywhere", parts: names) {
                for set in ["bounding", "effective", "permitted", "inheritable", "ambient"] {
                    $0["/process/capabilities/\(set)"] = .strings($1)
                }
            }
        },
        { generator in
            let set =
                ["bounding", "effective", "permitted", "inheritable", "ambient"].randomElement(using: &generator)
                ?? "bounding"
            return Ingredient(name: "no capabilities.\(set)", parts: []) { config, _ in
                config["/process/capabilities/\(set)"] = nil
            }
        },
        { _ in Ingredient(name: "noNewPrivileges", parts: []) { config, _ in config["/process/noNewPrivileges"] = true }
        },
        { generator in
            let value = Int.random(in: 0...1000, using: &generator)
            return Ingredient(name: "oomScoreAdj \(value)", parts: []) { config, _ in
                config["/process/oomScoreAdj"] = .int(value)
            }
        },
        { generator in
            Ingredient(
                name: "rlimits", parts: pick(["CORE", "NOFILE", "FSIZE", "STACK", "MSGQUEUE"], 1...4, &generator)
            ) {
                $0["/process/rlimits"] = .array(
                    $1.map { ["type": .string("RLIMIT_\($0)"), "soft": 9000, "hard": 10_000] })
            }
        },
        { _ in
            Ingredient(name: "no terminal with consoleSize", parts: []) { config, _ in
                config["/process/consoleSize"] = ["height": 10, "width": 20]
            }
        },
    ]

    private static let files: [Maker] = [
        { _ in Ingredient(name: "root.readonly", parts: []) { config, _ in config["/root/readonly"] = true } },
        { generator in
            let options = pick(
                [
                    "nosuid", "noexec", "nodev", "ro", "noatime", "nodiratime", "relatime", "size=64k", "mode=700",
                    "sync",
                ], 0...5, &generator)
            return Ingredient(name: "tmpfs at /data", parts: options) {
                $0["/mounts/-"] = ["destination": "/data", "type": "tmpfs", "source": "tmpfs", "options": .strings($1)]
            }
        },
        { generator in
            let options = pick(["ro", "nosuid", "noexec", "nodev", "noatime", "rprivate", "rslave"], 0...4, &generator)
            return Ingredient(name: "bind at /bound", parts: options) {
                $0["/mounts/-"] = [
                    "destination": "/bound", "type": "bind", "source": "@BUNDLE@/source",
                    "options": .strings(["rbind"] + $1),
                ]
            }
        },
        { generator in
            let options = pick(["ro", "nosuid", "mode=711"], 0...3, &generator)
            return Ingredient(name: "tmpfs at the relative relative/place", parts: options) {
                $0["/mounts/-"] = [
                    "destination": "relative/place", "type": "tmpfs", "source": "x", "options": .strings($1),
                ]
            }
        },
        { _ in
            Ingredient(name: "mqueue", parts: []) { config, _ in
                config["/mounts/-"] = [
                    "destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue",
                    "options": ["nosuid", "noexec", "nodev"],
                ]
            }
        },
        { _ in
            Ingredient(name: "shm", parts: []) { config, _ in
                config["/mounts/-"] = [
                    "destination": "/dev/shm", "type": "tmpfs", "source": "shm",
                    "options": ["nosuid", "mode=1777", "size=65536k"],
                ]
            }
        },
        { generator in
            Ingredient(
                name: "maskedPaths",
                parts: pick(["/proc/version", "/proc/kcore", "/hidden", "/missing", "/tmp"], 1...4, &generator)
            ) {
                $0["/linux/maskedPaths"] = .strings($1)
            }
        },
        { generator in
            Ingredient(
                name: "readonlyPaths",
                parts: pick(["/proc/sys", "/proc/bus", "/tmp", "/missing", "/dev"], 1...4, &generator)
            ) {
                $0["/linux/readonlyPaths"] = .strings($1)
            }
        },
        { generator in
            Ingredient(name: "devices", parts: pick(["fuse", "kmsg", "other"], 1...3, &generator)) { config, names in
                for name in names {
                    config["/linux/devices/-"] = [
                        "path": .string("/dev/\(name)"), "type": "c", "major": 10, "minor": 229,
                        "fileMode": .int(0o640), "uid": 1, "gid": 2,
                    ]
                }
            }
        },
        { generator in
            let value =
                ["private", "slave", "shared", "unbindable", "rprivate", "rslave"].randomElement(using: &generator)
                ?? "private"
            return Ingredient(name: "rootfsPropagation \(value)", parts: []) { config, _ in
                config["/linux/rootfsPropagation"] = .string(value)
            }
        },
    ]

    private static let kernel: [Maker] = [
        { generator in
            let name = ["a", "host.example.org", "x-1"].randomElement(using: &generator) ?? "a"
            return Ingredient(name: "hostname \(name)", parts: []) { config, _ in config["/hostname"] = .string(name) }
        },
        { _ in Ingredient(name: "domainname", parts: []) { config, _ in config["/domainname"] = "example.org" } },
        { generator in
            Ingredient(name: "more namespaces", parts: pick(["network", "cgroup"], 1...2, &generator)) {
                config, names in
                for name in names { config["/linux/namespaces/-"] = ["type": .string(name)] }
            }
        },
        { generator in
            let name = ["pid", "ipc"].randomElement(using: &generator) ?? "ipc"
            return Ingredient(name: "no \(name) namespace", parts: []) { config, _ in
                let list = config["/linux/namespaces"]?.array ?? []
                config["/linux/namespaces"] = .array(list.filter { $0["/type"]?.string != name })
            }
        },
        { _ in
            Ingredient(name: "user namespace", parts: []) { config, _ in
                config["/linux/namespaces/-"] = ["type": "user"]
                config["/linux/uidMappings"] = [["containerID": 0, "hostID": 200_000, "size": 100_001]]
                config["/linux/gidMappings"] = [["containerID": 0, "hostID": 200_000, "size": 100_001]]
            }
        },
        { generator in
            Ingredient(
                name: "resources",
                parts: pick(["memory", "pids", "shares", "quota", "cpuset", "hugepages"], 1...5, &generator)
            ) { config, parts in
                for part in parts {
                    switch part {
                    case "memory":
                        config["/linux/resources/memory"] = ["limit": 134_217_728, "reservation": 67_108_864]
                    case "pids": config["/linux/resources/pids"] = ["limit": 50]
                    case "shares": config["/linux/resources/cpu/shares"] = 300
                    case "quota":
                        config["/linux/resources/cpu/quota"] = 50_000
                        config["/linux/resources/cpu/period"] = 70_000
                    case "cpuset": config["/linux/resources/cpu/cpus"] = "0"
                    default: config["/linux/resources/hugepageLimits"] = [["pageSize": "2MB", "limit": 4_194_304]]
                    }
                }
            }
        },
        { generator in
            Ingredient(
                name: "device rules", parts: pick(["deny all", "allow 10:229", "allow c *:* m"], 1...3, &generator)
            ) { config, parts in
                for part in parts.sorted().reversed() {
                    switch part {
                    case "deny all": config["/linux/resources/devices/-"] = ["allow": false, "access": "rwm"]
                    case "allow 10:229":
                        config["/linux/resources/devices/-"] = [
                            "allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw",
                        ]
                    default: config["/linux/resources/devices/-"] = ["allow": true, "type": "c", "access": "m"]
                    }
                }
            }
        },
        { generator in
            Ingredient(
                name: "sysctl",
                parts: pick(["kernel.msgmax=9000", "kernel.shmmni=99", "fs.mqueue.msg_max=12"], 1...3, &generator)
            ) { config, parts in
                for part in parts {
                    let pair = part.split(separator: "=").map(String.init)
                    if config["/linux/sysctl"] == nil { config["/linux/sysctl"] = [:] }
                    config["/linux/sysctl/\(pair[0])"] = .string(pair[1])
                }
            }
        },
        { generator in
            Ingredient(
                name: "seccomp errno for", parts: pick(["getpgid", "sync", "acct", "vhangup"], 1...3, &generator)
            ) {
                $0["/linux/seccomp"] = [
                    "defaultAction": "SCMP_ACT_ALLOW",
                    "syscalls": [["names": .strings($1), "action": "SCMP_ACT_ERRNO"]],
                ]
            }
        },
        { _ in
            Ingredient(name: "personality LINUX32", parts: []) { config, _ in
                config["/linux/personality"] = ["domain": "LINUX32"]
            }
        },
        { _ in
            Ingredient(name: "annotations", parts: []) { config, _ in config["/annotations"] = ["a.b": "c", "d": ""] }
        },
        { _ in Ingredient(name: "unknown property", parts: []) { config, _ in config["/linux/unknown"] = ["x": 1] } },
        { generator in
            let kind =
                ["prestart", "createRuntime", "createContainer", "poststart", "poststop"].randomElement(
                    using: &generator) ?? "prestart"
            return Ingredient(name: "hook \(kind)", parts: []) { config, _ in
                config["/hooks"] = .object([
                    .init(
                        kind,
                        [
                            [
                                "path": "@PROBE@", "args": ["probe", "hook", .string(kind), "@BUNDLE@/hooks"],
                                "env": ["X=1"],
                            ]
                        ])
                ])
            }
        },
    ]
}
