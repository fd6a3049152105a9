import CKernel
import Foundation
import JSONValue

/// process: resource limits, capabilities, scheduling, and what else the kernel keeps for a process.
enum LimitCases {
    /// The resources by the kernel's numbers.
    static let resources = [
        "CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS", "LOCKS", "SIGPENDING",
        "MSGQUEUE", "NICE", "RTPRIO", "RTTIME",
    ]

    /// Limits below those of the harness: raising one takes a privilege that a machine may deny.
    static func limits(_ resource: Int) -> (soft: UInt64, hard: UInt64) {
        var own: (UInt64, UInt64) = (0, 0)
        _ = withUnsafeMutablePointer(to: &own) {
            ck_syscall(Int(SYS_prlimit64), 0, resource, 0, Int(bitPattern: $0), 0, 0)
        }
        let wished: UInt64 =
            switch resources[resource] {
            case "NOFILE": 1000
            case "CORE", "NICE", "RTPRIO": 10
            case "CPU": 5000
            case "NPROC", "LOCKS", "SIGPENDING": 9000
            default: 1 << 40
            }
        let hard = min(wished, own.1)
        return (hard > 2 ? hard - 1 : hard, hard)
    }

    private static func entry(_ resource: Int) -> JSON {
        let (soft, hard) = limits(resource)
        return ["type": .string("RLIMIT_" + resources[resource]), "soft": .int(soft), "hard": .int(hard)]
    }

    @CaseList static var all: [Case] {
        rlimits
        capabilities
        scheduling
    }

    @CaseList private static var rlimits: [Case] {
        for resource in 0..<16 {
            Case.observe(
                "rlimits/\(resources[resource].lowercased())", "sets the limit RLIMIT_\(resources[resource])",
                [
                    "config/posix-process#1", "config/posix-process#3", "config/posix-process#4",
                    "config/posix-process#5", "config/posix-process#6", "config/posix-process#7",
                ],
                broken: .config("sets lower limits, or none where zero is the limit") { config in
                    let hard = limits(resource).hard
                    config["/process/rlimits"] =
                        hard > 1
                        ? [["type": .string("RLIMIT_" + resources[resource]), "soft": 1, "hard": .int(hard - 1)]]
                        : [["type": "RLIMIT_UNKNOWN", "soft": 1, "hard": 1]]
                },
                config: { $0["/process/rlimits"] = [entry(resource)] },
                sees: {
                    let (soft, hard) = limits(resource)
                    try $0.equal("/rlimits/\(resource)", [.int(soft), .int(hard)])
                })
        }
        Case.refuse(
            "rlimits/duplicate", "refuses two limits for one resource", ["config/posix-process#8"], atStart: true,
            config: {
                $0["/process/rlimits"] = [
                    ["type": "RLIMIT_NOFILE", "soft": 100, "hard": 100],
                    ["type": "RLIMIT_NOFILE", "soft": 200, "hard": 200],
                ]
            })
        Case.refuse(
            "rlimits/unknown", "refuses a limit that the kernel doesn't know", ["config/posix-process#2"],
            atStart: true,
            config: { $0["/process/rlimits"] = [["type": "RLIMIT_BOGUS", "soft": 1, "hard": 1]] })
        Case.refuse(
            "rlimits/soft-above-hard", "refuses a soft limit above the hard one",
            ["config/posix-process#2", "config/valid-values#1"], atStart: true,
            config: { $0["/process/rlimits"] = [["type": "RLIMIT_NOFILE", "soft": 200, "hard": 100]] })
        for part in ["type", "soft", "hard"] {
            Case.refuse(
                "rlimits/\(part)-missing", "refuses a limit without \(part)",
                ["config/posix-process#\(part == "type" ? 1 : part == "soft" ? 4 : 6)"], tolerated: documentOnly,
                atStart: true,
                config: {
                    $0["/process/rlimits"] = [["type": "RLIMIT_NOFILE", "soft": 100, "hard": 100]]
                    $0["/process/rlimits/0/\(part)"] = nil
                })
        }
    }

    /// Bits of the capabilities that the cases use.
    private static let bits = ["CAP_CHOWN": 0, "CAP_KILL": 5, "CAP_NET_BIND_SERVICE": 10, "CAP_MKNOD": 27]

    @CaseList private static var capabilities: [Case] {
        for set in ["bounding", "effective", "permitted", "inheritable", "ambient"] {
            Case.observe(
                "capabilities/\(set)", "sets the \(set) capabilities to exactly those listed", ["runtime/create#4"],
                broken: .config("changes the \(set) set") {
                    $0["/process/capabilities/\(set)"] = ["CAP_KILL"]
                    // With execve the kernel computes these two of a root program from the bounding set.
                    if set == "effective" || set == "permitted" { $0["/process/capabilities/bounding"] = ["CAP_KILL"] }
                },
                config: {
                    // Ambient ones have to be permitted and inheritable; execve gives a root program all it may have.
                    $0["/process/user"] = ["uid": 0, "gid": 0]
                    for other in ["bounding", "effective", "permitted", "inheritable", "ambient"] {
                        $0["/process/capabilities/\(other)"] = ["CAP_CHOWN", "CAP_KILL", "CAP_MKNOD"]
                    }
                    if set == "inheritable" || set == "ambient" {
                        $0["/process/capabilities/ambient"] = ["CAP_CHOWN", "CAP_KILL"]
                        $0["/process/capabilities/inheritable"] = ["CAP_CHOWN", "CAP_KILL"]
                    }
                },
                sees: {
                    let wanted: JSON = set == "inheritable" || set == "ambient" ? [0, 5] : [0, 5, 27]
                    try $0.equal("/capabilities/\(set)", wanted)
                })
        }
        Case.observe(
            "capabilities/user", "gives a user other than root exactly the ambient capabilities", ["runtime/create#4"],
            needs: [.root], broken: .config("keeps none") { $0["/process/capabilities/ambient"] = [] },
            config: {
                $0["/process/user/uid"] = 1000
                for set in ["bounding", "effective", "permitted", "inheritable"] {
                    $0["/process/capabilities/\(set)"] = ["CAP_KILL", "CAP_MKNOD"]
                }
                $0["/process/capabilities/ambient"] = ["CAP_KILL"]
            },
            sees: {
                try $0.equal("/capabilities/effective", [5])
                try $0.equal("/capabilities/permitted", [5])
                try $0.equal("/capabilities/bounding", [5, 27])
            })
        Case.observe(
            "capabilities/none", "leaves no capability when the lists are empty", ["runtime/create#4"],
            broken: .config("keeps one") {
                for set in ["bounding", "effective", "permitted"] { $0["/process/capabilities/\(set)"] = ["CAP_KILL"] }
            },
            config: {
                $0["/process/capabilities"] = [
                    "bounding": [], "effective": [], "permitted": [], "inheritable": [], "ambient": [],
                ]
            },
            sees: {
                for set in ["bounding", "effective", "permitted", "inheritable", "ambient"] {
                    try $0.equal("/capabilities/\(set)", [])
                }
            })
        Case.observe(
            "capabilities/unknown-tolerated", "doesn't fail over a capability that nobody knows",
            ["config/linux-process#2"], broken: .refuses,
            config: {
                for set in ["bounding", "effective", "permitted"] {
                    $0["/process/capabilities/\(set)/-"] = "CAP_OF_NOBODY"
                }
            },
            sees: {
                let seen = $0["/capabilities/bounding"]?.ints ?? []
                try $0.expect(seen.contains(5), "the known capabilities", "\(seen)")
            })
        Case(
            "capabilities/unknown-warned", "warns of a capability that nobody knows, and goes on",
            ["config/linux-process#1", "runtime/warnings#1"],
            broken: .operation("says nothing") { invocation, proceed in
                var outcome = proceed(invocation)
                if invocation.operation == .create { outcome.errors = "" }
                return outcome
            }
        ) { stage in
            let bundle = try stage.bundle {
                for set in ["bounding", "effective", "permitted"] {
                    $0["/process/capabilities/\(set)/-"] = "CAP_OF_NOBODY"
                }
            }
            let container = try stage.tryCreate(bundle)
            guard container.outcome.succeeded else {
                try stage.expectRefused(.create, container.outcome)
                throw Skip(reason: "create fails over it, which another case judges", optional: true)
            }
            var words = container.outcome.errors
            if !words.contains("CAP_OF_NOBODY") {
                // Some write warnings only when they are asked to be wordy.
                words += try stage.tryCreate(
                    try stage.bundle { $0 = bundle.config }, id: bundle.id + "-wordy", options: ["--debug"]
                ).outcome.errors
            }
            try stage.expect(words.contains("CAP_OF_NOBODY"), "a warning that names the capability", words)
            try stage.start(container)
            _ = try stage.report(container)
        }
    }

    @CaseList private static var scheduling: [Case] {
        Case.observe(
            "oom/score", "sets oom_score_adj", ["config/linux-process#3"],
            broken: .config("sets another") { $0["/process/oomScoreAdj"] = 555 },
            config: { $0["/process/oomScoreAdj"] = 500 }, sees: { try $0.equal("/oomScoreAdj", 500) })
        Case.observe(
            "oom/untouched", "leaves oom_score_adj alone when it isn't given", ["config/linux-process#4"],
            broken: .config("sets it all the same") { $0["/process/oomScoreAdj"] = 555 },
            config: { $0["/process/oomScoreAdj"] = nil },
            sees: {
                let own = (try? String(contentsOfFile: "/proc/self/oom_score_adj", encoding: .utf8)) ?? ""
                let expected = Int(own.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
                try $0.equal("/oomScoreAdj", .int(expected))
            })
        for (policy, number, nice) in [("SCHED_BATCH", 3, 5), ("SCHED_OTHER", 0, 7), ("SCHED_IDLE", 5, 0)] {
            Case.observe(
                "scheduler/\(policy.dropFirst(6).lowercased())", "sets the scheduling policy \(policy)",
                ["config/linux-process#5"], since: "1.2.0",
                broken: .config("takes another policy") {
                    $0["/process/scheduler/policy"] = .string(policy == "SCHED_BATCH" ? "SCHED_IDLE" : "SCHED_BATCH")
                },
                config: { $0["/process/scheduler"] = ["policy": .string(policy), "nice": .int(nice)] },
                sees: {
                    try $0.equal("/scheduler/policy", .int(number))
                    if number != 5 { try $0.equal("/scheduler/nice", .int(nice)) }
                })
        }
        Case.refuse(
            "scheduler/unknown", "refuses a scheduling policy that nobody knows",
            ["config/linux-process#5", "config/valid-values#1"], since: "1.2.0", atStart: true,
            config: { $0["/process/scheduler"] = ["policy": "SCHED_BOGUS"] })
        for (name, number) in [("BE", 2), ("IDLE", 3)] {
            Case.observe(
                "io-priority/\(name.lowercased())", "sets the I/O scheduling class IOPRIO_CLASS_\(name) and its level",
                ["config/linux-process#6", "config/linux-process#7"], since: "1.2.0",
                broken: .config("takes another level") {
                    $0["/process/ioPriority"] = ["class": "IOPRIO_CLASS_BE", "priority": 1]
                },
                config: { $0["/process/ioPriority"] = ["class": .string("IOPRIO_CLASS_\(name)"), "priority": 6] },
                sees: { report in
                    let seen = report["/ioPriority"]?.int ?? -1
                    try report.expect(
                        seen >> 13 & 7 == number && seen & 7 == 6, "class \(number), level 6",
                        "class \(seen >> 13 & 7), level \(seen & 7)")
                })
        }
        Case.refuse(
            "io-priority/unknown", "refuses an I/O class that nobody knows",
            ["config/linux-process#6", "config/valid-values#1"], since: "1.2.0", atStart: true,
            config: { $0["/process/ioPriority"] = ["class": "IOPRIO_CLASS_BOGUS", "priority": 0] })
        Case.observe(
            "affinity/untouched", "leaves the CPU affinity alone when execCPUAffinity isn't given",
            ["config/linux-process#8"],
            broken: .config("pins the process to one CPU") {
                $0["/linux/resources"] = ["cpu": ["cpus": "0", "mems": "0"]]
            },
            config: { _ in },
            sees: { report in
                let own = Affinity.own()
                try report.equal("/affinity", .array(own.map { .int($0) }))
            })
        Case.observe(
            "personality/linux32", "sets the execution domain LINUX32", ["config-linux/personality#1"],
            since: "1.0.2", broken: .config("forgets it") { $0["/linux/personality"] = nil },
            config: { $0["/linux/personality"] = ["domain": "LINUX32"] },
            sees: { report in
                let seen = report["/personality"]?.int ?? -1
                try report.expect(seen & 0xFF == 8, "execution domain 8", "\(seen & 0xFF)")
            })
        Case.observe(
            "personality/linux", "sets the execution domain LINUX", ["config-linux/personality#1"], since: "1.0.2",
            broken: .config("takes the other") { $0["/linux/personality/domain"] = "LINUX32" },
            config: { $0["/linux/personality"] = ["domain": "LINUX"] }, sees: { try $0.equal("/personality", 0) })
        Case.refuse(
            "personality/unknown", "refuses an execution domain that nobody knows",
            ["config-linux/personality#1", "config/valid-values#1"], since: "1.0.2", atStart: true,
            config: { $0["/linux/personality"] = ["domain": "BOGUS"] })
        for (mode, number, nodes) in [
            ("MPOL_BIND", 2, "0"), ("MPOL_INTERLEAVE", 3, "0"), ("MPOL_PREFERRED", 1, "0"), ("MPOL_LOCAL", 4, ""),
        ] {
            Case.observe(
                "memory-policy/\(mode.dropFirst(5).lowercased())", "sets the memory policy \(mode)",
                ["config-linux/memory-policy#1"], since: "1.3.0", needs: [.file("/sys/devices/system/node/node0")],
                broken: .config("forgets it") { $0["/linux/memoryPolicy"] = nil },
                config: {
                    $0["/linux/memoryPolicy"] = ["mode": .string(mode)]
                    if !nodes.isEmpty { $0["/linux/memoryPolicy/nodes"] = .string(nodes) }
                },
                sees: {
                    try $0.equal("/memoryPolicy/mode", .int(number))
                    if !nodes.isEmpty { try $0.equal("/memoryPolicy/nodes", [0]) }
                })
        }
        Case.refuse(
            "memory-policy/unknown", "refuses a memory policy that nobody knows",
            ["config-linux/memory-policy#1", "config/valid-values#1"], since: "1.3.0", atStart: true,
            config: { $0["/linux/memoryPolicy"] = ["mode": "MPOL_BOGUS", "nodes": "0"] })
    }
}

/// The CPUs that the harness itself may use.
enum Affinity {
    static func own() -> [Int] {
        var mask = [UInt8](repeating: 0, count: 128)
        let size = mask.withUnsafeMutableBytes {
            ck_syscall(Int(SYS_sched_getaffinity), 0, 128, Int(bitPattern: $0.baseAddress), 0, 0, 0)
        }
        return (0..<max(0, size) * 8).filter { mask[$0 / 8] >> ($0 % 8) & 1 == 1 }
    }
}
