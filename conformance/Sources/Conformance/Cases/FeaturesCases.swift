import Foundation
import JSONValue

/// The features document, against its schema and against what the runtime really accepts.
enum FeaturesCases {
    private static func item(
        _ id: String, _ title: String, _ decides: [String], broken: Fault,
        _ check: @escaping @Sendable (Stage, JSON) throws -> Void
    ) -> Case {
        Case(id, title, decides, since: "1.0.0", needs: [.features], broken: broken) { stage in
            let outcome = stage.perform(.features, [])
            try stage.expect(outcome.succeeded, "features answers", outcome.summary)
            guard let document = try? JSON(parsing: outcome.output) else {
                throw Discrepancy(expected: "one JSON document", seen: String(outcome.text.prefix(200)))
            }
            try check(stage, document)
        }
    }

    /// A list of the document, which is optional.
    private static func list(_ document: JSON, _ pointer: String) throws -> [String] {
        guard let value = document[pointer], !value.isNull else {
            throw Skip(reason: "the features document says nothing of \(pointer)", optional: true)
        }
        return value.strings
    }

    /// Tells which of some words the runtime doesn't know: those that it refuses as it refuses a made-up one.
    ///
    /// A known word may be refused for another reason, such as an architecture of the other byte order. All are tried
    /// at once before each half, because most runtimes know what they list.
    private static func unknown(
        _ words: [String], among bogus: String, _ stage: Stage, _ config: @escaping (inout JSON, [String]) -> Void
    ) throws -> [String] {
        func complaint(_ part: [String]) throws -> String? {
            let bundle = try stage.bundle { config(&$0, part) }
            let container = try stage.tryCreate(bundle)
            container.kill()
            if container.outcome.succeeded { return nil }
            return part.reduce(container.outcome.errors.replacingOccurrences(of: bundle.id, with: "")) {
                $0.replacingOccurrences(of: $1, with: "")
            }.filter { !$0.isNumber }
        }
        func search(_ part: [String]) throws -> [String] {
            guard let seen = try complaint(part), !part.isEmpty else { return [] }
            if let word = part.first, part.count == 1 {
                // A runtime may propose the nearest word that it knows: so also one with nearly the same neighbours.
                let others = [bogus, word.dropLast() + "Q"]
                return try others.contains { seen == (try complaint([$0])) } ? part : []
            }
            let half = part.count / 2
            return try search(Array(part[..<half])) + search(Array(part[half...]))
        }
        return try search(words)
    }

    private static func lies(_ pointer: String, _ word: String) -> Fault {
        .document(.features, "lists \(word), too") {
            if $0[pointer] == nil { $0[pointer] = [] }
            $0[pointer + "/-"] = .string(word)
        }
    }

    @CaseList static var all: [Case] {
        item(
            "features/schema", "prints a document that fits the schema",
            ["features/specification-version#1", "features/specification-version#3", "features/annotations#1"],
            broken: .document(.features, "leaves the newest version out") { $0["/ociVersionMax"] = nil }
        ) { stage, document in
            let wrong = Documents.problems(ofFeatures: document).wrong
            try stage.expect(wrong.isEmpty, "a document that fits the schema", wrong.joined(separator: "; "))
        }
        item(
            "features/annotations", "prints annotations that are strings with names", ["features/annotations#1"],
            broken: .document(.features, "prints a number") { $0["/annotations"] = ["com.example": 5] }
        ) { stage, document in
            let wrong = Documents.problems(ofFeatures: document).wrong.filter { $0.hasPrefix("annotations") }
            try stage.expect(wrong.isEmpty, "a map of strings", wrong.joined(separator: "; "))
        }
        item(
            "features/unknown-properties", "prints nothing that the specification doesn't define",
            ["features/specification-version#6"],
            broken: .document(.features, "prints more") { $0["/more"] = true }
        ) { stage, document in
            let unknown = Documents.problems(ofFeatures: document).unknown
            try stage.expect(unknown.isEmpty, "defined properties only", unknown.joined(separator: ", "))
        }
        item(
            "features/version-order", "tells a newest version that isn't below the oldest",
            ["features/specification-version#5"],
            broken: .document(.features, "swaps them") {
                ($0["/ociVersionMin"], $0["/ociVersionMax"]) = ("1.3.0", "1.0.0")
            }
        ) { stage, document in
            let versions = ["ociVersionMin", "ociVersionMax"].map { document[name: $0]?.string ?? "" }
            let (low, high) = (Documents.numbers(of: versions[0]), Documents.numbers(of: versions[1]))
            try stage.expect(!high.lexicographicallyPrecedes(low), "the newest not below the oldest", "\(low), \(high)")
        }
        for (number, name) in [(2, "ociVersionMin"), (4, "ociVersionMax")] {
            item(
                "features/\(name)", "accepts a configuration of the version \(name)",
                ["features/specification-version#\(number)"], broken: .refuses
            ) { stage, document in
                let version = document[name: name]?.string ?? ""
                let outcome = try stage.tryCreate(try stage.bundle { $0["/ociVersion"] = .string(version) }).outcome
                try stage.expect(outcome.succeeded, "\(version) is accepted", outcome.summary)
            }
        }
        item(
            "features/hooks", "calls every kind of hook that it lists", ["features/hooks#1"],
            broken: .config("calls none") { $0["/hooks"] = nil }
        ) { stage, document in
            let names = try list(document, "/hooks")
            let bundle = try stage.bundle(steps: ["hold"]) {
                $0["/hooks"] = .object(
                    HookCases.kinds.filter { names.contains($0.name) }.map { .init($0.name, [HookCases.hook($0)]) })
            }
            let (container, _) = try stage.running(bundle)
            container.kill()
            stage.perform(.delete, [container.id])
            let called = Set(HookCases.lines(bundle).compactMap { $0["/hook"]?.string })
            let missing = names.filter { !called.contains($0) }
            try stage.expect(missing.isEmpty, "every hook is called", "not called: " + missing.joined(separator: ", "))
        }
        item(
            "features/mount-options", "recognises every mount option that it lists", ["features/mount-options#1"],
            broken: lies("/mountOptions", "boguslisted")
        ) { stage, document in
            // These need more than a mount of their own, and have cases of their own.
            let special: Set = [
                "bind", "rbind", "remount", "idmap", "ridmap", "tmpcopyup", "copy-symlink", "src-nofollow",
                "dest-nofollow",
            ]
            let names = try list(document, "/mountOptions").filter { !special.contains($0) }
            let refused = try unknown(names, among: "bogusoption", stage) { config, part in
                for name in part {
                    config["/mounts/-"] = [
                        "destination": .string("/tmp/\(name)"), "type": "tmpfs", "source": "here",
                        "options": .strings([name]),
                    ]
                }
            }
            try stage.expect(refused.isEmpty, "every option is taken", "not known: " + refused.joined(separator: ", "))
        }
        .mended(
            by: .document(.features, "doesn't list defaults") {
                $0["/mountOptions"] = .strings(($0["/mountOptions"]?.strings ?? []).filter { $0 != "defaults" })
            })
        item(
            "features/mount-options-of-filesystems", "lists no option of a single file system",
            ["features/mount-options#2"], broken: lies("/mountOptions", "size")
        ) { stage, document in
            let single: Set = [
                "size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "data", "commit", "ptmxmode", "newinstance",
            ]
            let seen = try list(document, "/mountOptions").filter { single.contains($0) }
            try stage.expect(seen.isEmpty, "none of those", seen.joined(separator: ", "))
        }
        item(
            "features/namespaces", "recognises every namespace that it lists", ["features-linux/namespaces#1"],
            broken: lies("/linux/namespaces", "boguslisted")
        ) { stage, document in
            let names = try list(document, "/linux/namespaces").filter { $0 != "user" }
            let refused = try unknown(names, among: "bogusnamespace", stage) { config, part in
                config["/linux/namespaces"] = [["type": "mount"], ["type": "uts"]]
                for name in part where name != "mount" && name != "uts" {
                    config["/linux/namespaces/-"] = ["type": .string(name)]
                }
            }
            try stage.expect(
                refused.isEmpty, "every namespace is taken", "not known: " + refused.joined(separator: ", "))
        }
        item(
            "features/capabilities", "recognises every capability that it lists", ["features-linux/capabilities#1"],
            broken: lies("/linux/capabilities", "CAP_BOGUSLISTED")
        ) { stage, document in
            let names = try list(document, "/linux/capabilities")
            let bundle = try stage.bundle {
                for set in ["bounding", "effective", "permitted"] {
                    $0["/process/capabilities/\(set)"] = .strings(names)
                }
            }
            let container = try stage.tryCreate(bundle)
            // One that the machine denies to everybody is recognised all the same; an unknown one is named in a warning.
            let denied = Set(Capabilities.missing)
            let unknown = names.filter { container.outcome.errors.contains($0) && !denied.contains($0) }
            try stage.expect(
                unknown.isEmpty && !names.contains("CAP_BOGUSLISTED"), "every capability is known",
                "not known: " + (unknown + names.filter { $0 == "CAP_BOGUSLISTED" }).joined(separator: ", "))
        }
        seccomp
        memoryPolicy
        item(
            "features/mount-extensions", "tells that it knows id mappings of mounts exactly when it does",
            ["features-linux/mountextensions#1"],
            broken: .document(.features, "tells the contrary") {
                let now = $0["/linux/mountExtensions/idmap/enabled"]?.bool ?? false
                $0["/linux/mountExtensions/idmap/enabled"] = .bool(!now)
            }
        ) { stage, document in
            let says = document["/linux/mountExtensions/idmap/enabled"]?.bool
            let bundle = try stage.bundle(
                steps: ["stat=/data/file"],
                config: {
                    let mapping: JSON = [["containerID": 0, "hostID": 70_000, "size": 1000]]
                    $0["/mounts/-"] = [
                        "destination": "/data", "type": "bind", "source": "@BUNDLE@/source",
                        "options": ["rbind", "idmap"],
                        "uidMappings": mapping, "gidMappings": mapping,
                    ]
                }, prepare: { try $0.outside("source/file", "") })
            let container = try stage.tryCreate(bundle)
            var does = container.outcome.succeeded
            if !does { try stage.expectRefused(.create, container.outcome) }
            if does {
                try stage.start(container)
                does = try stage.report(container).answer("stat=/data/file")["/uid"]?.int == 70_000
            }
            if says == nil && !does { throw Skip(reason: "neither told nor known", optional: true) }
            try stage.expect(says == does, "enabled is \(does)", says.map { "\($0)" } ?? "nothing is told")
        }
        .mended(
            by: .document(.features, "tells that it knows none") {
                $0["/linux/mountExtensions/idmap/enabled"] = false
            })
    }

    @CaseList private static var seccomp: [Case] {
        for (number, name, bogus) in [
            (1, "actions", "SCMP_ACT_BOGUS"), (2, "operators", "SCMP_CMP_BOGUS"), (3, "archs", "SCMP_ARCH_BOGUS"),
            (4, "knownFlags", "SECCOMP_FILTER_FLAG_BOGUS"), (5, "supportedFlags", "SECCOMP_FILTER_FLAG_BOGUS"),
        ] {
            item(
                "features/seccomp-\(name)", "recognises everything that it lists in seccomp.\(name)",
                ["features-linux/seccomp#\(number)"], broken: lies("/linux/seccomp/\(name)", bogus)
            ) { stage, document in
                // A notification needs an agent, and has cases of its own; killing by default kills the runtime's own step.
                let words = try list(document, "/linux/seccomp/\(name)").filter { $0 != "SCMP_ACT_NOTIFY" }
                let refused = try unknown(words, among: bogus + "_OTHER", stage) { config, part in
                    config["/linux/seccomp"] = ["defaultAction": "SCMP_ACT_ALLOW", "syscalls": []]
                    if name == "archs" { config["/linux/seccomp/architectures"] = .strings(part) }
                    if name.hasSuffix("Flags") { config["/linux/seccomp/flags"] = .strings(part) }
                    for (index, word) in part.enumerated() {
                        config["/linux/seccomp/syscalls/-"] = [
                            "names": .strings([
                                [
                                    "getpgid", "getsid", "getpriority", "times", "sync", "acct", "chroot", "swapon",
                                    "swapoff", "vhangup", "reboot", "syslog",
                                ][index % 12]
                            ]),
                            "action": .string(name == "actions" ? word : "SCMP_ACT_ERRNO"),
                        ]
                        if name == "operators" {
                            let last = (config["/linux/seccomp/syscalls"]?.array?.count ?? 1) - 1
                            config["/linux/seccomp/syscalls/\(last)/args"] = [
                                ["index": 0, "value": 5, "valueTwo": 5, "op": .string(word)]
                            ]
                        }
                    }
                }
                try stage.expect(
                    refused.isEmpty, "everything is taken", "not known: " + refused.joined(separator: ", "))
            }
            .mended(
                by: .document(.features, "has a list without entries") {
                    if $0["/linux/seccomp/\(name)"] == nil { $0["/linux/seccomp/\(name)"] = [] }
                })
        }
    }

    @CaseList private static var memoryPolicy: [Case] {
        for (number, name, bogus) in [(1, "modes", "MPOL_BOGUS"), (2, "flags", "MPOL_F_BOGUS")] {
            item(
                "features/memory-policy-\(name)", "recognises everything that it lists in memoryPolicy.\(name)",
                ["features-linux/memorypolicy#\(number)"], broken: lies("/linux/memoryPolicy/\(name)", bogus)
            ) { stage, document in
                // One at a time: there is one mode, and some flags exclude each other.
                let refused = try list(document, "/linux/memoryPolicy/\(name)").flatMap { word in
                    try unknown([word], among: bogus + "_OTHER", stage) { config, part in
                        let word = part.joined()
                        let mode =
                            name == "modes" ? word : word == "MPOL_F_NUMA_BALANCING" ? "MPOL_BIND" : "MPOL_INTERLEAVE"
                        config["/linux/memoryPolicy"] = ["mode": .string(mode)]
                        if !["MPOL_DEFAULT", "MPOL_LOCAL"].contains(mode) { config["/linux/memoryPolicy/nodes"] = "0" }
                        if name == "flags" { config["/linux/memoryPolicy/flags"] = [.string(word)] }
                    }
                }
                try stage.expect(
                    refused.isEmpty, "everything is taken", "not known: " + refused.joined(separator: ", "))
            }
            .mended(
                by: Fault.document(.features, "has a list without entries, and refuses unknown policies") {
                    $0["/linux/memoryPolicy/\(name)"] = []
                }
                .over(
                    .refusing(.create, "refuses unknown policies") {
                        let policy = $0.bundle?.config["/linux/memoryPolicy"]?.text() ?? ""
                        return policy.contains(bogus)
                    }))
        }
    }
}

/// What the machine withholds from everybody.
enum Capabilities {
    static let names = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ].map { "CAP_" + $0 }

    /// Those that aren't in the harness's own bounding set.
    static var missing: [String] {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapBnd:") } ?? ""
        let bits = UInt64(line.split(separator: "\t").last.map(String.init) ?? "", radix: 16) ?? .max
        return names.enumerated().filter { bits >> UInt64($0.offset) & 1 == 0 }.map(\.element)
    }
}
