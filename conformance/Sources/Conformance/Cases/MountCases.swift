import Foundation
import JSONValue

/// mounts, but for their options.
enum MountCases {
    @CaseList static var all: [Case] {
        Case.observe(
            "mounts/order", "mounts in the order of the list", ["config/mounts#1"],
            broken: .config("mounts in reverse order") { config in
                let list = config["/mounts"]?.array ?? []
                config["/mounts"] = .array(list.prefix(3) + list.dropFirst(3).reversed())
            },
            config: {
                $0["/mounts/-"] = ["destination": "/tmp", "type": "tmpfs", "source": "outer"]
                $0["/mounts/-"] = ["destination": "/tmp/inner", "type": "tmpfs", "source": "inner"]
            },
            sees: { report in
                let points = report.mounts.map(\.point)
                let outer = points.firstIndex(of: "/tmp")
                let inner = points.firstIndex(of: "/tmp/inner")
                let visible = report.mount("/tmp/inner").map { inner in
                    report.mounts.contains { $0.id == inner.parent && $0.source == "outer" }
                }
                try report.expect(
                    outer != nil && inner != nil && visible == true, "a mount at /tmp/inner on that at /tmp",
                    points.joined(separator: " "))
            })
        Case.observe(
            "mounts/destination", "mounts at the destination, which it makes when it is missing", ["config/mounts#2"],
            broken: .config("mounts elsewhere") { $0["/mounts/3/destination"] = "/elsewhere" },
            config: { $0["/mounts/-"] = ["destination": "/a/b/c", "type": "tmpfs", "source": "here"] },
            sees: {
                let line = try $0.mounted("/a/b/c")
                try $0.expect(
                    line.type == "tmpfs" && line.source == "here", "a tmpfs from here", "\(line.type) \(line.source)")
            })
        Case.observe(
            "mounts/destination-relative", "takes a relative destination from /",
            ["config/mounts#3", "config/mounts#4"],
            broken: .refuses,
            config: { $0["/mounts/-"] = ["destination": "a/b", "type": "tmpfs", "source": "here"] },
            sees: { _ = try $0.mounted("/a/b") })
        Case.refuse(
            "mounts/destination-missing", "refuses a mount without destination", ["config/mounts#2"],
            tolerated: documentOnly, config: { $0["/mounts/-"] = ["type": "tmpfs", "source": "here"] })
        Case.observe(
            "mounts/bind-directory", "binds a directory of the host",
            ["config/linux-mount-options#4", "runtime/create#4"],
            needs: [.root], steps: ["read=/data/file"], prepare: { try $0.outside("source/file", "bound") },
            broken: .config("mounts an empty file system") {
                $0["/mounts/3"] = ["destination": "/data", "type": "tmpfs", "source": "tmpfs"]
            },
            config: {
                $0["/mounts/-"] = [
                    "destination": "/data", "type": "bind", "source": "@BUNDLE@/source", "options": ["bind"],
                ]
            },
            sees: {
                let seen = $0.answer("read=/data/file")
                try $0.expect(seen["/content"]?.string == "bound", "the host's file", seen.text())
            })
        Case.observe(
            "mounts/bind-file", "binds a single file of the host", ["config/linux-mount-options#4"], needs: [.root],
            steps: ["read=/etc/thing"], prepare: { try $0.outside("source", "bound") },
            broken: .config("binds nothing") { $0["/mounts/3"] = nil },
            config: {
                $0["/mounts/-"] = [
                    "destination": "/etc/thing", "type": "bind", "source": "@BUNDLE@/source",
                    "options": ["bind", "ro"],
                ]
            },
            sees: {
                let seen = $0.answer("read=/etc/thing")
                try $0.expect(seen["/content"]?.string == "bound", "the host's file", seen.text())
            })
        Case.observe(
            "mounts/bind-without-type", "binds by the option alone, without a type", ["config/linux-mount-options#4"],
            needs: [.root], steps: ["read=/data/file"], prepare: { try $0.outside("source/file", "bound") },
            broken: .config("binds nothing") { $0["/mounts/3"] = nil },
            config: { $0["/mounts/-"] = ["destination": "/data", "source": "@BUNDLE@/source", "options": ["rbind"]] },
            sees: {
                let seen = $0.answer("read=/data/file")
                try $0.expect(seen["/content"]?.string == "bound", "the host's file", seen.text())
            })
        Case.refuse(
            "mounts/bind-source-missing", "refuses a bind mount of nothing",
            ["runtime/create#6", "runtime/lifecycle#2"],
            needs: [.root],
            config: {
                $0["/mounts/-"] = [
                    "destination": "/data", "type": "bind", "source": "@BUNDLE@/nothing", "options": ["bind"],
                ]
            })
        Case.refuse(
            "mounts/type-unknown", "refuses a file system that the kernel doesn't know",
            ["runtime/create#6", "config/valid-values#1"],
            config: { $0["/mounts/-"] = ["destination": "/data", "type": "bogusfs", "source": "none"] })
        Case.observe(
            "mounts/inside-links", "resolves symbolic links of a destination within the root file system",
            ["config/mounts#2"],
            prepare: {
                try $0.directory("real")
                try $0.link("alias", to: "/real")
            },
            broken: .config("mounts elsewhere") { $0["/mounts/3/destination"] = "/other" },
            config: { $0["/mounts/-"] = ["destination": "/alias/point", "type": "tmpfs", "source": "here"] },
            sees: { _ = try $0.mounted("/real/point") })
        Case(
            "mounts/no-escape", "keeps a destination with a link out of the root file system inside",
            ["config/mounts#2"],
            broken: .operation("makes the directory outside") { invocation, proceed in
                if invocation.operation == .create, let bundle = invocation.bundle {
                    mkdir(bundle.directory + "/victim/made", 0o755)
                }
                return proceed(invocation)
            }
        ) { stage in
            let bundle = try stage.bundle(
                config: {
                    $0["/mounts/-"] = ["destination": "/escape/made", "type": "tmpfs", "source": "here"]
                },
                prepare: {
                    try $0.outside("victim/mark", "")
                    try $0.link("escape", to: $0.directory + "/victim")
                })
            let container = try stage.tryCreate(bundle)
            if container.outcome.succeeded {
                try stage.start(container)
                _ = try stage.report(container)
            } else {
                try stage.expectRefused(.create, container.outcome)
            }
            try stage.expect(
                !FileManager.default.fileExists(atPath: bundle.directory + "/victim/made"),
                "nothing made outside of the root file system",
                "a directory was made there; \(container.outcome.summary)")
        }
        Case.observe(
            "mounts/filesystem-options", "hands options that it doesn't know to the file system",
            ["config/linux-mount-options#62"],
            broken: .config("drops them") { $0["/mounts/3/options"] = [] },
            config: {
                $0["/mounts/-"] = [
                    "destination": "/data", "type": "tmpfs", "source": "here",
                    "options": ["size=128k", "mode=750", "nr_inodes=77"],
                ]
            },
            sees: {
                let seen = try $0.mounted("/data").superOptions
                for option in ["size=128k", "mode=750", "nr_inodes=77"] {
                    try $0.expect(seen.contains(option), option, seen.joined(separator: ","))
                }
            })
        Case.refuse(
            "mounts/filesystem-option-refused", "tells that the file system refuses an option",
            ["config/linux-mount-options#62", "runtime/create#6"],
            config: {
                $0["/mounts/-"] = ["destination": "/data", "type": "tmpfs", "source": "here", "options": ["bogus=1"]]
            })
        Case.observe(
            "mounts/default-filesystems", "offers proc, sysfs, devpts and shared memory at their usual places",
            ["config-linux/default-filesystems#1"], needs: [.root],
            broken: .config("leaves one out") { config in
                config["/mounts"] = .array(
                    (config["/mounts"]?.array ?? []).filter { $0["/destination"]?.string != "/dev/shm" })
            },
            config: {
                $0["/linux/namespaces/-"] = ["type": "network"]
                $0["/mounts/-"] = [
                    "destination": "/sys", "type": "sysfs", "source": "sysfs",
                    "options": ["nosuid", "noexec", "nodev", "ro"],
                ]
                $0["/mounts/-"] = [
                    "destination": "/dev/shm", "type": "tmpfs", "source": "shm",
                    "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
                ]
            },
            sees: { report in
                for (point, type) in [
                    ("/proc", "proc"), ("/sys", "sysfs"), ("/dev/pts", "devpts"), ("/dev/shm", "tmpfs"),
                ] {
                    let line = try report.mounted(point)
                    try report.expect(line.type == type, "\(type) at \(point)", line.type)
                }
            })
        Case.observe(
            "mounts/mqueue-and-cgroup", "mounts mqueue and the cgroup file system", ["runtime/create#4"],
            needs: [.root],
            broken: .config("leaves one out") { $0["/mounts/3"] = nil },
            config: {
                $0["/mounts/-"] = [
                    "destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue",
                    "options": ["nosuid", "noexec", "nodev"],
                ]
                $0["/mounts/-"] = [
                    "destination": "/sys", "type": "sysfs", "source": "sysfs",
                    "options": ["nosuid", "noexec", "nodev", "ro"],
                ]
                $0["/mounts/-"] = [
                    "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
                    "options": ["nosuid", "noexec", "nodev", "relatime", "ro"],
                ]
                $0["/linux/namespaces/-"] = ["type": "network"]
            },
            sees: { report in
                let line = try report.mounted("/dev/mqueue")
                try report.expect(line.type == "mqueue", "mqueue", line.type)
                try report.expect(
                    report.mounts.contains { $0.point.hasPrefix("/sys/fs/cgroup") },
                    "a mount at or below /sys/fs/cgroup",
                    report.mounts.map(\.point).joined(separator: " "))
            })
    }
}
