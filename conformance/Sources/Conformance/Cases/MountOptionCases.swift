import Foundation
import Glibc
import JSONValue

/// One case for each option that the specification lists.
enum MountOptionCases {
    @CaseList static var all: [Case] {
        single
        accepted
        remount
        propagation
        recursive
        aggregate
    }

    static func id(_ option: String) -> String {
        "config/linux-mount-options#\((Requirements.mountOptions.firstIndex(of: option) ?? -1) + 2)"
    }

    /// What mountinfo, and statmount(2) where the kernel has it, show of a mount made with some options.
    private enum Sight: Sendable {
        case shows(String)
        case hides(String)
        case superShows(String)
        case superHides(String)
        /// Each reading moves the access time: mountinfo tells it by saying nothing.
        case strictatime

        func holds(_ line: MountLine, _ told: StatMount?) -> Bool {
            switch self {
            case .shows(let word): line.options.contains(word)
            case .hides(let word): !line.options.contains(word)
            case .superShows(let word): line.superOptions.contains(word)
            case .superHides(let word): !line.superOptions.contains(word)
            case .strictatime:
                told.map { $0.accessTime == "strictatime" } ?? (!line.has("relatime") && !line.has("noatime"))
            }
        }

        var text: String {
            switch self {
            case .shows(let word): "the mount shows \(word)"
            case .hides(let word): "the mount doesn't show \(word)"
            case .superShows(let word): "the file system shows \(word)"
            case .superHides(let word): "the file system doesn't show \(word)"
            case .strictatime: "the mount has strictatime"
            }
        }
    }

    /// An option, the options before it that it has to undo, and what is seen then.
    private static let visible: [(String, [String], Sight)] = [
        ("async", ["sync"], .superHides("sync")), ("atime", ["noatime"], .hides("noatime")),
        ("dev", ["nodev"], .hides("nodev")), ("diratime", ["nodiratime"], .hides("nodiratime")),
        ("dirsync", [], .superShows("dirsync")), ("exec", ["noexec"], .hides("noexec")),
        ("lazytime", [], .superShows("lazytime")), ("noatime", [], .shows("noatime")), ("nodev", [], .shows("nodev")),
        ("nodiratime", [], .shows("nodiratime")), ("noexec", [], .shows("noexec")),
        ("nolazytime", ["lazytime"], .superHides("lazytime")), ("nostrictatime", ["strictatime"], .shows("relatime")),
        ("nosuid", [], .shows("nosuid")), ("nosymfollow", [], .shows("nosymfollow")),
        ("relatime", [], .shows("relatime")), ("ro", [], .shows("ro")), ("rw", ["ro"], .shows("rw")),
        ("strictatime", [], .strictatime), ("suid", ["nosuid"], .hides("nosuid")),
        ("symfollow", ["nosymfollow"], .hides("nosymfollow")), ("sync", [], .superShows("sync")),
    ]

    @CaseList private static var single: [Case] {
        for (option, before, sight) in visible {
            Case.observe(
                "mount-options/\(option)", "gives a mount the option \(option)", [id(option)],
                since: option.contains("symfollow") ? "1.1.0" : "1.0.0",
                needs: option.contains("symfollow") ? [.kernel(5, 10)] : [],
                broken: .config("ignores it, or makes it strictatime where that is the default") {
                    $0["/mounts/3/options"] = .strings(option == "relatime" ? ["strictatime"] : before)
                },
                config: {
                    $0["/mounts/-"] = [
                        "destination": "/data", "type": "tmpfs", "source": "here",
                        "options": .strings(before + [option]),
                    ]
                },
                sees: {
                    let line = try $0.mounted("/data")
                    try $0.expect(
                        sight.holds(line, try $0.statMount(line)), sight.text,
                        (line.options + ["-"] + line.superOptions).joined(separator: ",")
                    )
                })
        }
    }

    /// Options whose effect no file of the kernel shows: they have to be taken, and not for one of the file system's.
    @CaseList private static var accepted: [Case] {
        for option in ["defaults", "iversion", "noiversion", "loud", "silent", "norelatime"] {
            Case.observe(
                "mount-options/\(option)", "takes the option \(option), and doesn't hand it to the file system",
                [id(option)], broken: .refuses,
                config: {
                    $0["/mounts/-"] = [
                        "destination": "/data", "type": "tmpfs", "source": "here", "options": .strings([option]),
                    ]
                },
                sees: {
                    let line = try $0.mounted("/data")
                    try $0.expect(line.type == "tmpfs" && line.has("rw"), "a writable tmpfs", "\(line)")
                })
        }
    }

    @CaseList private static var remount: [Case] {
        Case.observe(
            "mount-options/remount", "changes the mount that is there already", [id("remount")],
            broken: .config("mounts nothing again") { $0["/mounts/4"] = nil },
            config: {
                $0["/mounts/-"] = ["destination": "/data", "type": "tmpfs", "source": "here", "options": ["size=64k"]]
                $0["/mounts/-"] = [
                    "destination": "/data", "type": "tmpfs", "source": "here", "options": ["remount", "ro"],
                ]
            },
            sees: { report in
                let lines = report.mounts.filter { $0.point == "/data" }
                try report.expect(
                    lines.count == 1 && (lines[0].has("ro") || lines[0].superOptions.contains("ro")),
                    "one read-only mount",
                    lines.map { $0.options.joined(separator: ",") }.joined(separator: "; "))
            })
        Case.observe(
            "mount-options/bind-read-only", "makes a bind mount read-only though its source is writable",
            [id("bind"), id("ro")], needs: [.root], steps: ["create=/data/new"],
            prepare: { try $0.outside("source/file", "") },
            broken: .config("leaves it writable") { $0["/mounts/3/options"] = ["bind"] },
            config: {
                $0["/mounts/-"] = [
                    "destination": "/data", "type": "bind", "source": "@BUNDLE@/source",
                    "options": ["bind", "ro", "nosuid"],
                ]
            },
            sees: {
                try $0.refused("create=/data/new")
                let line = try $0.mounted("/data")
                try $0.expect(line.has("nosuid"), "nosuid as well", line.options.joined(separator: ","))
            })
        Case.observe(
            "mount-options/rbind", "binds the mounts below a directory too", [id("rbind")], needs: [.root],
            steps: ["read=/data/inner/file"],
            prepare: {
                try $0.hostMount("source/inner", type: "tmpfs")
                try Data("inner".utf8).write(to: URL(fileURLWithPath: $0.directory + "/source/inner/file"))
            },
            broken: .config("binds the top alone") { $0["/mounts/3/options"] = ["bind"] },
            config: {
                $0["/mounts/-"] = [
                    "destination": "/data", "type": "bind", "source": "@BUNDLE@/source", "options": ["rbind"],
                ]
            },
            sees: {
                let seen = $0.answer("read=/data/inner/file")
                try $0.expect(seen["/content"]?.string == "inner", "the file of the inner mount", seen.text())
            })
        Case.observe(
            "mount-options/bind-not-recursive", "binds only the top with bind", [id("bind")], needs: [.root],
            steps: ["read=/data/inner/file"],
            prepare: {
                try $0.hostMount("source/inner", type: "tmpfs")
                try Data("inner".utf8).write(to: URL(fileURLWithPath: $0.directory + "/source/inner/file"))
            },
            broken: .config("binds everything") { $0["/mounts/3/options"] = ["rbind"] },
            config: {
                $0["/mounts/-"] = [
                    "destination": "/data", "type": "bind", "source": "@BUNDLE@/source", "options": ["bind"],
                ]
            },
            sees: { try $0.refused("read=/data/inner/file") })
    }

    /// Options that set the propagation of a bind mount, seen on a source that is shared outside.
    private static let propagations: [(String, String, String)] = [
        ("private", "", "shared"), ("rprivate", "", "rshared"), ("shared", "shared", "private"),
        ("rshared", "shared", "rprivate"), ("slave", "master", "private"), ("rslave", "master", "rprivate"),
        ("unbindable", "unbindable", "private"), ("runbindable", "unbindable", "rprivate"),
    ]

    @CaseList private static var propagation: [Case] {
        for (option, word, other) in propagations {
            Case.observe(
                "mount-options/\(option)", "makes a bind mount \(option)", [id(option)], needs: [.root],
                prepare: {
                    try $0.hostMount("source", type: "tmpfs", shared: true)
                    try $0.hostMount("source/inner", type: "tmpfs", shared: true)
                },
                broken: .config("makes it \(other)") { $0["/mounts/3/options"] = .strings(["rbind", other]) },
                config: {
                    // Elsewhere everything has to be a slave first, so that there is something to undo.
                    if word != "shared" { $0["/linux/rootfsPropagation"] = "rslave" }
                    $0["/mounts/-"] = [
                        "destination": "/data", "type": "bind", "source": "@BUNDLE@/source",
                        "options": .strings(["rbind", option]),
                    ]
                },
                sees: { report in
                    for point in option.hasPrefix("r") ? ["/data", "/data/inner"] : ["/data"] {
                        let seen = try report.mounted(point).propagation
                        let holds = word.isEmpty ? seen.isEmpty : seen.contains { $0.hasPrefix(word) }
                        try report.expect(
                            holds, "\(point) is \(word.isEmpty ? "private" : word)", seen.joined(separator: " "))
                    }
                })
        }
    }

    /// A recursive option, the option that the inner mount has before, and what is seen of it afterwards.
    private static let recursives: [(String, UInt, Sight)] = [
        ("ratime", UInt(MS_NOATIME), .hides("noatime")), ("rdev", UInt(MS_NODEV), .hides("nodev")),
        ("rdiratime", UInt(MS_NODIRATIME), .hides("nodiratime")), ("rexec", UInt(MS_NOEXEC), .hides("noexec")),
        ("rnoatime", 0, .shows("noatime")), ("rnodiratime", 0, .shows("nodiratime")), ("rnoexec", 0, .shows("noexec")),
        ("rnorelatime", 0, .shows("rw")), ("rnostrictatime", UInt(MS_STRICTATIME), .shows("relatime")),
        ("rnosuid", 0, .shows("nosuid")), ("rnosymfollow", 0, .shows("nosymfollow")),
        ("rrelatime", UInt(MS_STRICTATIME), .shows("relatime")), ("rro", 0, .shows("ro")),
        ("rrw", UInt(MS_RDONLY), .shows("rw")), ("rstrictatime", 0, .strictatime),
        ("rsuid", UInt(MS_NOSUID), .hides("nosuid")), ("rsymfollow", 256, .hides("nosymfollow")),
    ]

    @CaseList private static var recursive: [Case] {
        for (option, flags, sight) in recursives {
            Case.observe(
                "mount-options/\(option)", "gives a tree of mounts the option \(option)", [id(option)], since: "1.1.0",
                needs: [.root, .kernel(5, 12)],
                prepare: { try $0.hostMount("source/inner", type: "tmpfs", flags: flags, bound: true) },
                broken: option == "rnorelatime"
                    ? .refuses : .config("ignores it") { $0["/mounts/3/options"] = ["rbind"] },
                config: {
                    $0["/mounts/-"] = [
                        "destination": "/data", "type": "bind", "source": "@BUNDLE@/source",
                        "options": .strings(["rbind", option]),
                    ]
                },
                sees: {
                    let line = try $0.mounted("/data/inner")
                    try $0.expect(
                        sight.holds(line, try $0.statMount(line)), "inner: " + sight.text,
                        line.options.joined(separator: ","))
                })
        }
    }

    @CaseList private static var aggregate: [Case] {
        Case.observe(
            "mount-options/together", "takes many options at once, the later overriding the earlier",
            ["config/linux-mount-options#1", "config/linux-mount-options#60"],
            broken: .config("takes the first of two") {
                $0["/mounts/3/options"] = ["noexec", "nosuid", "nodev", "ro"]
            },
            config: {
                $0["/mounts/-"] = [
                    "destination": "/data", "type": "tmpfs", "source": "here",
                    "options": [
                        "defaults", "noexec", "nosuid", "nodev", "ro", "exec", "rw", "noatime", "size=64k", "silent",
                    ],
                ]
            },
            sees: {
                let line = try $0.mounted("/data")
                try $0.expect(
                    line.has("rw") && !line.has("noexec") && line.has("nosuid") && line.has("nodev")
                        && line.has("noatime")
                        && line.superOptions.contains("size=64k"),
                    "rw,nosuid,nodev,noatime and size=64k", (line.options + line.superOptions).joined(separator: ","))
            })
        Case.observe(
            "mount-options/noexec-works", "keeps programs on a noexec mount from running", [id("noexec")],
            needs: [.root], steps: ["exec=/data/program"],
            prepare: {
                try FileManager.default.createDirectory(
                    atPath: $0.directory + "/source", withIntermediateDirectories: true)
                try FileManager.default.linkItem(
                    atPath: $0.rootfs + "/oci-probe", toPath: $0.directory + "/source/program")
            },
            broken: .config("ignores it") { $0["/mounts/3/options"] = ["bind"] },
            config: {
                $0["/mounts/-"] = [
                    "destination": "/data", "type": "bind", "source": "@BUNDLE@/source", "options": ["bind", "noexec"],
                ]
            },
            sees: {
                let seen = $0.answer("exec=/data/program")
                try $0.expect(seen["/status"]?.int == 200, "execve is refused", seen.text())
            })
    }
}

extension Bundle {
    /// Mounts a file system on a directory of the bundle, in the harness's own mount namespace; it goes with the bundle.
    ///
    /// `bound`: the flags are given to a bind mount, because the kernel sets some only there.
    func hostMount(_ path: String, type: String, flags: UInt = 0, shared: Bool = false, bound: Bool = false) throws {
        let target = directory + "/" + path
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        func require(_ result: Int32, _ what: String) throws {
            if result != 0 { throw HarnessProblem("\(what) at \(target)", errno) }
        }
        try require(mount(type, target, type, bound ? 0 : flags, nil), "can't mount")
        if bound && flags != 0 {
            try require(
                mount(nil, target, nil, UInt(MS_REMOUNT) | UInt(MS_BIND) | flags, nil), "can't change the mount")
        }
        try require(
            mount(nil, target, nil, shared ? UInt(MS_SHARED) : UInt(MS_PRIVATE), nil), "can't set the propagation")
    }
}
