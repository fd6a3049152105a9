import Foundation
import JSONValue

/// process: the program, its arguments, environment, directory and user.
enum ProcessCases {
    @CaseList static var all: [Case] {
        Case.observe(
            "process/cwd", "starts the program in the directory cwd", ["config/process#5"],
            prepare: { try $0.directory("work") },
            broken: .config("starts in /") { $0["/process/cwd"] = "/" },
            config: { $0["/process/cwd"] = "/work" },
            sees: { try $0.equal("/cwd", "/work") })

        Case.observe(
            "process/cwd-through-link", "follows a symbolic link in cwd within the container", ["config/process#5"],
            prepare: {
                try $0.directory("target/inner")
                try $0.link("link", to: "/target")
            },
            broken: .config("starts in /") { $0["/process/cwd"] = "/" },
            config: { $0["/process/cwd"] = "/link/inner" },
            sees: { try $0.equal("/cwd", "/target/inner") })

        Case.refuse(
            "process/cwd-relative", "refuses a relative cwd", ["config/process#6", "config/valid-values#1"],
            atStart: true, prepare: { try $0.directory("work") }, config: { $0["/process/cwd"] = "work" })

        Case.refuse(
            "process/cwd-missing", "refuses a process without cwd", ["config/process#5"], tolerated: documentOnly,
            atStart: true, config: { $0["/process/cwd"] = nil })

        Case.observe(
            "process/args", "hands the arguments on, empty and odd ones too",
            ["runtime/lifecycle#13", "runtime/start#3", "config/process#7"],
            broken: .config("drops empty arguments") {
                $0["/process/args"] = .strings($0["/process/args"]?.strings.filter { !$0.isEmpty } ?? [])
            },
            config: {
                $0["/process/args"] = ["/oci-probe", "report", "", "a b", "ä\"'\\", "new\nline", "$HOME", "-x"]
            },
            sees: {
                try $0.equal(
                    "/arguments", ["/oci-probe", "report", "", "a b", "ä\"'\\", "new\nline", "$HOME", "-x"])
            })

        Case.observe(
            "process/args-path-search", "finds a program without a slash through PATH of process.env",
            ["config/process#7"],
            prepare: {
                try $0.directory("opt/tools")
                try FileManager.default.linkItem(
                    atPath: $0.rootfs + "/oci-probe", toPath: $0.rootfs + "/opt/tools/found-by-path")
            },
            broken: .config("looks in the root directory only") { $0["/process/args/0"] = "/oci-probe" },
            config: {
                $0["/process/args"] = ["found-by-path", "report"]
                $0["/process/env"] = ["PATH=/nowhere:/opt/tools"]
            },
            sees: { try $0.equal("/arguments/0", "found-by-path") })

        Case.refuse(
            "process/args-empty", "refuses a process without arguments", ["config/process#7", "config/valid-values#1"],
            atStart: true, config: { $0["/process/args"] = [] })

        Case.refuse(
            "process/args-no-such-program", "tells that the program doesn't exist", ["runtime/start#3"],
            atStart: true, config: { $0["/process/args"] = ["/does-not-exist"] })

        Case.observe(
            "process/env", "sets exactly the variables of env, in order", ["runtime/start#3", "runtime/create#4"],
            broken: .config("adds a variable") { $0["/process/env/-"] = "ADDED=1" },
            config: { $0["/process/env"] = ["PATH=/bin:/", "EMPTY=", "A=b=c", "SPACE=a b", "HOME=/nowhere"] },
            sees: { try $0.equal("/environment", ["PATH=/bin:/", "EMPTY=", "A=b=c", "SPACE=a b", "HOME=/nowhere"]) })

        Case.observe(
            "process/env-not-inherited", "hands none of the runtime's own variables on", ["runtime/start#3"],
            broken: .config("hands a variable on") { $0["/process/env/-"] = "OUTSIDE=runtime" },
            config: { $0["/process/env"] = ["PATH=/"] },
            sees: {
                let seen = $0["/environment"]?.strings ?? []
                try $0.expect(
                    !seen.contains { $0.hasPrefix("OUTSIDE=") || $0.hasPrefix("_") }, "only configured variables",
                    "\(seen)")
            })

        Case(
            "process/missing-at-start", "refuses to start a container without process",
            ["config/process#1", "runtime/start#4"],
            broken: .config("invents a process") { config in
                config["/process"] = [
                    "user": ["uid": 0, "gid": 0], "args": ["/oci-probe", "report"], "cwd": "/", "env": [],
                ]
            }
        ) { stage in
            let bundle = try stage.bundle { $0["/process"] = nil }
            try stage.expectRefusal(bundle, atStart: true)
        }

        Case.observe(
            "process/terminal-none", "gives no terminal unless asked, whatever consoleSize says",
            ["config/process#2"],
            broken: .refuses,
            config: { $0["/process/consoleSize"] = ["height": 40, "width": 100] },
            sees: { try $0.equal("/terminal", .null) })

        Case.observe(
            "process/descriptors", "leaves the program only its three standard descriptors", ["runtime/create#4"],
            broken: .config("opens nothing, but reports from another program") { $0["/process/args"] = ["/oci-probe"] },
            config: { _ in },
            sees: {
                let open = $0["/descriptors"]?.array?.compactMap { $0["/fd"]?.int } ?? []
                try $0.expect(open == [0, 1, 2], "descriptors 0, 1 and 2", "\(open)")
            })

        Case.observe(
            "user/uid", "runs the program as user.uid", ["config/posix-platform-user#1"], needs: [.root],
            broken: .config("runs as root") { $0["/process/user/uid"] = 0 },
            config: { $0["/process/user/uid"] = 1234 },
            sees: { try $0.equal("/uids", [1234, 1234, 1234]) })

        Case.observe(
            "user/gid", "runs the program as user.gid", ["config/posix-platform-user#2"], needs: [.root],
            broken: .config("runs as group 0") { $0["/process/user/gid"] = 0 },
            config: { $0["/process/user/gid"] = 4321 },
            sees: { try $0.equal("/gids", [4321, 4321, 4321]) })

        Case.observe(
            "user/additional-groups", "gives the process exactly the additional groups", ["runtime/create#4"],
            needs: [.root],
            broken: .config("forgets a group") { $0["/process/user/additionalGids"] = [10] },
            config: { $0["/process/user/additionalGids"] = [10, 2_000_000_000] },
            sees: {
                let groups = ($0["/groups"]?.ints ?? []).filter { $0 != 0 }
                try $0.expect(groups == [10, 2_000_000_000], "groups 10 and 2000000000", "\(groups)")
            })

        Case.observe(
            "user/no-groups", "leaves no group of the runtime's caller to the process", ["runtime/create#4"],
            needs: [.root],
            broken: .config("hands a group on") { $0["/process/user/additionalGids"] = [27] },
            config: { _ in },
            sees: {
                let groups = ($0["/groups"]?.ints ?? []).filter { $0 != 0 }
                try $0.expect(groups.isEmpty, "no groups", "\(groups)")
            })

        Case.observe(
            "user/umask", "sets user.umask", ["runtime/create#4"],
            broken: .config("takes another umask") { $0["/process/user/umask"] = 18 },
            config: { $0["/process/user/umask"] = 0o027 },
            sees: { try $0.equal("/umask", .int(0o027)) })

        Case.refuse(
            "user/uid-missing", "refuses a user without uid", ["config/posix-platform-user#1"],
            tolerated: documentOnly, config: { $0["/process/user"] = ["gid": 0] })

        Case.refuse(
            "user/gid-missing", "refuses a user without gid", ["config/posix-platform-user#2"],
            tolerated: documentOnly, config: { $0["/process/user"] = ["uid": 0] })

        Case.refuse(
            "user/uid-negative", "refuses a negative uid", ["config/valid-values#1"],
            config: { $0["/process/user/uid"] = -1 })

        Case.observe(
            "process/no-new-privileges", "sets no_new_privs when asked", ["runtime/create#4"],
            broken: .config("forgets it") { $0["/process/noNewPrivileges"] = false },
            config: { $0["/process/noNewPrivileges"] = true },
            sees: { try $0.equal("/noNewPrivileges", true) })

        Case.observe(
            "process/new-privileges", "leaves no_new_privs alone when not asked", ["runtime/create#4"],
            broken: .config("always sets it") { $0["/process/noNewPrivileges"] = true },
            config: { $0["/process/noNewPrivileges"] = false },
            sees: { try $0.equal("/noNewPrivileges", false) })
    }
}

/// The sentence speaks to the author of the configuration; the runtime is only told not to accept invalid values.
let documentOnly =
    "The sentence binds the document; the specification doesn't say that a runtime refuses one without it, and none does alike."

extension Bundle {
    /// Makes a directory in the root file system.
    func directory(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: rootfs + "/" + path, withIntermediateDirectories: true)
    }

    /// Makes a file in the root file system.
    func file(_ path: String, _ text: String, mode: mode_t = 0o644) throws {
        try Processes.writingProgram { try Data(text.utf8).write(to: URL(fileURLWithPath: rootfs + "/" + path)) }
        chmod(rootfs + "/" + path, mode)
    }

    /// Makes a symbolic link in the root file system.
    func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: rootfs + "/" + path, withDestinationPath: target)
    }

    /// Makes a file beside the root file system.
    func outside(_ path: String, _ text: String) throws {
        let url = URL(fileURLWithPath: directory + "/" + path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }
}
