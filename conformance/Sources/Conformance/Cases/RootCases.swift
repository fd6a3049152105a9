import Foundation
import Glibc
import JSONValue

/// root, the paths that are masked or read-only, links in /dev, and the propagation of the root mount.
enum RootCases {
    @CaseList static var all: [Case] {
        Case.observe(
            "root/path", "makes root.path the container's root directory",
            ["config/root#3", "config/root#4", "config/root#6"],
            steps: ["read=/mark"],
            prepare: {
                try $0.file("mark", "inside")
            },
            broken: .operation("takes another directory") { invocation, proceed in
                if invocation.operation == .create, let bundle = invocation.bundle { unlink(bundle.rootfs + "/mark") }
                return proceed(invocation)
            },
            config: { _ in },
            sees: {
                let seen = $0.answer("read=/mark")
                try $0.expect(seen["/content"]?.string == "inside", "the file of the root file system", seen.text())
            })
        Case.observe(
            "root/path-absolute", "takes an absolute root.path", ["config/root#4"], broken: .refuses,
            config: { $0["/root/path"] = "@BUNDLE@/rootfs" }, sees: { try $0.equal("/cwd", "/") })
        Case.observe(
            "root/path-other-name", "takes a directory of any name", ["config/root#4"], steps: ["read=/mark"],
            prepare: {
                try FileManager.default.createDirectory(
                    atPath: $0.directory + "/other", withIntermediateDirectories: true)
                for name in ["proc", "dev", "sys"] { mkdir("\($0.directory)/other/\(name)", 0o755) }
                try FileManager.default.linkItem(
                    atPath: $0.rootfs + "/oci-probe", toPath: $0.directory + "/other/oci-probe")
                try $0.outside("other/mark", "other")
            },
            broken: .config("always takes rootfs") { $0["/root/path"] = "rootfs" },
            config: { $0["/root/path"] = "other" },
            sees: {
                let seen = $0.answer("read=/mark")
                try $0.expect(seen["/content"]?.string == "other", "the file of that directory", seen.text())
            })
        Case.refuse(
            "root/missing", "refuses a configuration without root", ["config/root#3", "config/valid-values#1"],
            config: { $0["/root"] = nil })
        Case.refuse(
            "root/path-missing", "refuses a root without path", ["config/root#4"], tolerated: documentOnly,
            config: { $0["/root"] = ["readonly": false] })
        Case.refuse(
            "root/no-directory", "refuses a root.path at which nothing is", ["config/root#7"],
            config: { $0["/root/path"] = "nothing" })
        Case.refuse(
            "root/file", "refuses a root.path at which a file is", ["config/root#7"],
            prepare: { try $0.outside("plain", "") }, config: { $0["/root/path"] = "plain" })
        Case.observe(
            "root/readonly", "makes the root file system read-only when asked", ["config/root#8"],
            steps: ["create=/new"],
            broken: .config("leaves it writable") { $0["/root/readonly"] = false },
            config: { $0["/root/readonly"] = true }, sees: { try $0.refused("create=/new") })
        Case.observe(
            "root/writable", "leaves the root file system writable unless asked", ["config/root#8"],
            steps: ["create=/new"], broken: .config("makes it read-only") { $0["/root/readonly"] = true },
            config: { $0["/root/readonly"] = nil }, sees: { try $0.works("create=/new") })
        Case.observe(
            "root/nothing-else", "shows nothing of the host's root directory",
            ["runtime/lifecycle#1", "config/root#4"],
            prepare: { _ in },
            broken: .config("shows the host's") {
                $0["/mounts/-"] = ["destination": "/usr", "type": "tmpfs", "source": "x"]
            },
            config: { _ in },
            sees: {
                let seen = $0["/root"]?.strings ?? []
                try $0.expect(
                    Set(seen).isSubset(of: ["dev", "oci-probe", "proc", "sys", "tmp"]),
                    "only what the root file system holds",
                    seen.joined(separator: " "))
            })
        paths
        links
        propagation
    }

    @CaseList private static var paths: [Case] {
        Case.observe(
            "masked-paths/file", "hides the content of a masked file",
            ["config-linux/masked-paths#1", "runtime/create#4"],
            steps: ["read=/secret", "read=/proc/version"], prepare: { try $0.file("secret", "secret") },
            broken: .config("hides one of the two") { $0["/linux/maskedPaths"] = ["/secret"] },
            config: { $0["/linux/maskedPaths"] = ["/secret", "/proc/version"] },
            sees: {
                for step in ["read=/secret", "read=/proc/version"] {
                    let seen = $0.answer(step)
                    try $0.expect(
                        seen["/errno"] != nil || seen["/content"]?.string == "", "nothing to read", seen.text())
                }
            })
        Case.observe(
            "masked-paths/directory", "hides the content of a masked directory",
            ["config-linux/masked-paths#1", "runtime/create#4"], steps: ["list=/private", "create=/private/new"],
            prepare: {
                try $0.directory("private")
                try $0.file("private/secret", "secret")
            },
            broken: .config("hides nothing") { $0["/linux/maskedPaths"] = nil },
            config: { $0["/linux/maskedPaths"] = ["/private"] },
            sees: {
                let seen = $0.answer("list=/private")
                try $0.expect(seen["/errno"] != nil || seen["/names"]?.strings == [], "an empty directory", seen.text())
                try $0.refused("create=/private/new")
            })
        Case.observe(
            "masked-paths/missing", "goes on when a masked path doesn't exist", ["runtime/create#4"], broken: .refuses,
            config: { $0["/linux/maskedPaths"] = ["/does/not/exist"] }, sees: { _ in })
        Case.refuse(
            "masked-paths/relative", "refuses a relative masked path",
            ["config-linux/masked-paths#1", "config/valid-values#1"], prepare: { try $0.file("secret", "") },
            config: { $0["/linux/maskedPaths"] = ["secret"] })
        Case.observe(
            "readonly-paths/directory", "makes a directory and what is in it read-only",
            ["config-linux/readonly-paths#1", "runtime/create#4"],
            steps: ["create=/fixed/new", "writable=/fixed/file"],
            prepare: {
                try $0.directory("fixed")
                try $0.file("fixed/file", "text")
            },
            broken: .config("forgets it") { $0["/linux/readonlyPaths"] = nil },
            config: { $0["/linux/readonlyPaths"] = ["/fixed"] },
            sees: {
                try $0.refused("create=/fixed/new")
                try $0.refused("writable=/fixed/file")
            })
        Case.observe(
            "readonly-paths/proc", "makes files of /proc read-only", ["config-linux/readonly-paths#1"],
            needs: [.root], steps: ["writable=/proc/sys/kernel/msgmax", "writable=/proc/sysrq-trigger"],
            broken: .config("forgets them") { $0["/linux/readonlyPaths"] = nil },
            config: { $0["/linux/readonlyPaths"] = ["/proc/sys", "/proc/sysrq-trigger"] },
            sees: {
                try $0.refused("writable=/proc/sys/kernel/msgmax")
                try $0.refused("writable=/proc/sysrq-trigger")
            })
        Case.observe(
            "readonly-paths/missing", "goes on when a read-only path doesn't exist", ["runtime/create#4"],
            broken: .refuses,
            config: { $0["/linux/readonlyPaths"] = ["/does/not/exist"] }, sees: { _ in })
        Case.refuse(
            "readonly-paths/relative", "refuses a relative read-only path",
            ["config-linux/readonly-paths#1", "config/valid-values#1"], prepare: { try $0.file("fixed", "") },
            config: { $0["/linux/readonlyPaths"] = ["fixed"] })
    }

    @CaseList private static var links: [Case] {
        Case.observe(
            "dev/links", "makes the links from /dev into /proc/self/fd", ["runtime-linux/dev-symbolic-links#1"],
            steps: ["stat=/dev/fd", "stat=/dev/stdin", "stat=/dev/stdout", "stat=/dev/stderr"],
            broken: .config("mounts proc elsewhere, so that there is nothing to link to") {
                $0["/mounts/0/destination"] = "/proc-elsewhere"
            },
            config: { _ in },
            sees: {
                for (name, target) in [
                    ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
                    ("stderr", "/proc/self/fd/2"),
                ] {
                    let seen = $0.answer("stat=/dev/\(name)")
                    try $0.expect(seen["/target"]?.string == target, "/dev/\(name) points to \(target)", seen.text())
                }
            })
    }

    @CaseList private static var propagation: [Case] {
        for (value, word) in [("private", ""), ("slave", "master"), ("shared", "shared"), ("unbindable", "unbindable")]
        {
            Case.observe(
                "rootfs-propagation/\(value)", "makes the root mount \(value)", ["runtime/create#4"], needs: [.root],
                prepare: { try $0.hostBindRoot() },
                broken: .config("makes it otherwise") {
                    $0["/linux/rootfsPropagation"] = .string(
                        ["shared", "slave"].contains(value) ? "private" : "shared")
                },
                config: { $0["/linux/rootfsPropagation"] = .string(value) },
                sees: {
                    let seen = try $0.mounted("/").propagation
                    let holds = word.isEmpty ? seen.isEmpty : seen.contains { $0.hasPrefix(word) }
                    try $0.expect(
                        holds, "the root mount is \(value)", seen.isEmpty ? "private" : seen.joined(separator: " "))
                })
        }
        Case.refuse(
            "rootfs-propagation/unknown", "refuses a propagation that nobody knows", ["config/valid-values#1"],
            config: { $0["/linux/rootfsPropagation"] = "bogus" })
    }
}

extension Bundle {
    /// Makes the root file system a shared mount of its own, so that its propagation can be told apart.
    func hostBindRoot() throws {
        guard mount(rootfs, rootfs, nil, UInt(MS_BIND), nil) == 0, mount(nil, rootfs, nil, UInt(MS_SHARED), nil) == 0
        else {
            throw HarnessProblem("can't bind \(rootfs)", errno)
        }
    }
}
