import Foundation
import JSONValue

/// linux.namespaces and the id mappings.
enum NamespaceCases {
    /// The specification's name, the kernel's, and the bit of the plain configuration that goes with it.
    private static let kinds = [
        ("pid", "pid"), ("network", "net"), ("mount", "mnt"), ("ipc", "ipc"), ("uts", "uts"), ("cgroup", "cgroup"),
        ("time", "time"), ("user", "user"),
    ]

    /// Takes a type out of the list.
    private static func drop(_ type: String, _ config: inout JSON) {
        let list = config["/linux/namespaces"]?.array ?? []
        config["/linux/namespaces"] = .array(list.filter { $0["/type"]?.string != type })
    }

    private static func add(_ type: String, path: String? = nil, _ config: inout JSON) {
        drop(type, &config)
        config["/linux/namespaces/-"] = ["type": .string(type)]
        guard let path else {
            if type == "user" {
                config["/linux/uidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65_536]]
                config["/linux/gidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65_536]]
            }
            return
        }
        let last = (config["/linux/namespaces"]?.array?.count ?? 1) - 1
        config["/linux/namespaces/\(last)/path"] = .string(path)
    }

    private static func own(_ kind: String) -> String { ProcessFiles.namespace(getpid(), kind) ?? "" }

    @CaseList static var all: [Case] {
        for (type, kind) in kinds {
            Case.observe(
                "namespaces/\(type)-new", "makes a new \(type) namespace",
                ["config-linux/namespaces#1", "config-linux/namespaces#5"], since: type == "time" ? "1.1.0" : "1.0.0",
                needs: [.namespace(kind), .root],
                // A real runtime without mount namespace would change this machine's mounts.
                broken: type == "mount"
                    ? .runsOutside
                    : .config("shares the namespace") {
                        drop(type, &$0)
                        $0["/linux/uidMappings"] = nil
                        $0["/linux/gidMappings"] = nil
                        if type == "uts" { $0["/hostname"] = nil }
                    },
                config: { add(type, &$0) },
                sees: {
                    let seen = $0.namespace(kind) ?? ""
                    try $0.expect(!seen.isEmpty && seen != own(kind), "a namespace other than \(own(kind))", seen)
                })
        }
        for (type, kind) in kinds where type != "mount" && type != "user" {
            Case.observe(
                "namespaces/\(type)-inherited", "shares the \(type) namespace with the runtime when it isn't listed",
                ["config-linux/namespaces#6"], since: type == "time" ? "1.1.0" : "1.0.0",
                needs: [.namespace(kind), .root],
                broken: .config("makes a new one all the same") { add(type, &$0) },
                config: {
                    drop(type, &$0)
                    if type == "uts" { $0["/hostname"] = nil }
                },
                sees: { try $0.equal("/namespaces/\(kind)", .string(own(kind))) })
        }
        for (type, kind) in kinds where type != "mount" {
            joining(type, kind)
        }
        Case.refuse(
            "namespaces/path-missing", "refuses a path at which nothing is", ["config-linux/namespaces#4"],
            needs: [.root],
            config: { add("network", path: "/nowhere/net", &$0) })
        Case.refuse(
            "namespaces/path-wrong-type", "refuses a path to a namespace of another type",
            ["config-linux/namespaces#4"],
            needs: [.root], config: { add("network", path: "/proc/self/ns/uts", &$0) })
        Case.refuse(
            "namespaces/path-no-namespace", "refuses a path to a common file", ["config-linux/namespaces#4"],
            needs: [.root], prepare: { try $0.outside("file", "") },
            config: { add("network", path: "@BUNDLE@/file", &$0) })
        Case.refuse(
            "namespaces/path-relative", "refuses a relative path of a namespace",
            ["config-linux/namespaces#2", "config/valid-values#1"], needs: [.root],
            config: { add("network", path: "proc/1/ns/net", &$0) })
        Case.refuse(
            "namespaces/duplicate", "refuses a type that is listed twice", ["config-linux/namespaces#7"],
            config: { $0["/linux/namespaces/-"] = ["type": "ipc"] })
        Case.refuse(
            "namespaces/unknown", "refuses a type that nobody knows",
            ["config-linux/namespaces#1", "config/valid-values#1"],
            config: { $0["/linux/namespaces/-"] = ["type": "bogus"] })
        Case.refuse(
            "namespaces/type-missing", "refuses an entry without type", ["config-linux/namespaces#1"],
            tolerated: documentOnly, config: { $0["/linux/namespaces/-"] = ["path": "/proc/self/ns/net"] })
        mappings
        hostDevices
        names
    }

    /// Two containers: the second joins the namespace of the first.
    private static func joining(_ type: String, _ kind: String) -> Case {
        Case(
            "namespaces/\(type)-joined", "puts the process into the \(type) namespace at a path",
            ["config-linux/namespaces#2", "config-linux/namespaces#3"], since: type == "time" ? "1.1.0" : "1.0.0",
            needs: [.namespace(kind), .root],
            tolerated: type == "time"
                ? "Joining a time namespace by path needs a process without threads at the right moment; runtimes before 1.3 refuse it."
                : nil,
            broken: .config("makes a new namespace") { config in
                guard let list = config["/linux/namespaces"]?.array else { return }
                config["/linux/namespaces"] = .array(
                    list.map { entry in
                        var entry = entry
                        if entry["/type"]?.string == type, entry["/path"] != nil {
                            entry["/path"] = nil
                            if type == "user" { return entry }
                        }
                        return entry
                    })
                if type == "user" {
                    config["/linux/uidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65_536]]
                    config["/linux/gidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65_536]]
                }
            }
        ) { stage in
            let first = try stage.bundle(steps: ["hold"]) { add(type, &$0) }
            let (container, report) = try stage.running(first)
            let pid = try container.requiredPID()
            let second = try stage.bundle {
                add(type, path: "/proc/\(pid)/ns/\(kind)", &$0)
                if type == "uts" { $0["/hostname"] = nil }
            }
            let seen = try stage.run(second)
            try seen.equal("/namespaces/\(kind)", .string(report.namespace(kind) ?? ""))
        }
    }

    @CaseList private static var mappings: [Case] {
        for (number, what) in [(1, "containerID"), (2, "hostID"), (3, "size")] {
            Case(
                "user-namespace/\(what)", "maps ids as \(what) says",
                ["config-linux/user-namespace-mappings#\(number)"],
                needs: [.root, .namespace("user")],
                broken: .config("changes \(what)") {
                    for file in ["uid", "gid"] {
                        if $0["/linux/\(file)Mappings/0"] != nil {
                            $0["/linux/\(file)Mappings/1/\(what)"] = .int(what == "size" ? 7 : 300_000)
                        }
                    }
                }
            ) { stage in
                let bundle = try stage.bundle(steps: ["hold"]) {
                    $0["/linux/namespaces/-"] = ["type": "user"]
                    for file in ["uid", "gid"] {
                        $0["/linux/\(file)Mappings"] = [
                            ["containerID": 0, "hostID": 100_000, "size": 1000],
                            ["containerID": 5000, "hostID": 200_000, "size": 10],
                        ]
                    }
                }
                let (container, _) = try stage.running(bundle)
                let pid = try container.requiredPID()
                for file in ["uid_map", "gid_map"] {
                    let seen = ProcessFiles.text(pid, file).split(separator: "\n").map {
                        $0.split(separator: " ").joined(separator: " ")
                    }
                    try stage.expect(
                        seen == ["0 100000 1000", "5000 200000 10"], "\(file): 0 100000 1000, 5000 200000 10",
                        seen.joined(separator: ", "))
                }
            }
            Case.refuse(
                "user-namespace/\(what)-missing", "refuses a mapping without \(what)",
                ["config-linux/user-namespace-mappings#\(number)"], needs: [.root, .namespace("user")],
                tolerated: documentOnly,
                config: {
                    $0["/linux/namespaces/-"] = ["type": "user"]
                    for file in ["uid", "gid"] {
                        $0["/linux/\(file)Mappings"] = [["containerID": 0, "hostID": 100_000, "size": 1000]]
                        $0["/linux/\(file)Mappings/0/\(what)"] = nil
                    }
                })
        }
        Case(
            "user-namespace/owner-untouched", "leaves the owners of the root file system's files alone",
            ["config-linux/user-namespace-mappings#4"], needs: [.root, .namespace("user")],
            broken: .operation("changes the owner of a file") { invocation, proceed in
                if invocation.operation == .create, let bundle = invocation.bundle {
                    chown(bundle.rootfs + "/file", 100_000, 100_000)
                }
                return proceed(invocation)
            }
        ) { stage in
            let bundle = try stage.bundle(
                config: {
                    $0["/linux/namespaces/-"] = ["type": "user"]
                    $0["/linux/uidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65_536]]
                    $0["/linux/gidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65_536]]
                }, prepare: { try $0.file("file", "") })
            _ = try stage.run(bundle)
            var status = stat()
            stat(bundle.rootfs + "/file", &status)
            try stage.expect(status.st_uid == geteuid(), "the file still belongs to \(geteuid())", "\(status.st_uid)")
        }
    }

    /// The host's devices lie in file systems that a configuration refers to without naming them.
    private static let hostDevices = Case(
        "user-namespace/host-devices", "leaves the owners of the host's devices alone",
        ["config-linux/user-namespace-mappings#4"], needs: [.root, .namespace("user")],
        broken: .operation("gives /dev/full away") { invocation, proceed in
            if invocation.operation == .create { chown("/dev/full", 100_000, 100_000) }
            return proceed(invocation)
        }
    ) { stage in
        let bundle = try stage.bundle {
            $0["/linux/namespaces/-"] = ["type": "user"]
            $0["/linux/uidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65_536]]
            $0["/linux/gidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65_536]]
        }
        let before = stage.workshop.devices.restore().count
        _ = try stage.run(bundle)
        let seen = stage.workshop.devices.restore().dropFirst(before).joined(separator: ", ")
        try stage.expect(seen.isEmpty, "the same owners", seen)
    }
    // A container without user namespace gives them back to root.
    .withoutOthers()

    @CaseList private static var names: [Case] {
        Case.observe(
            "uts/hostname", "sets the host name", ["runtime/create#4", "runtime/lifecycle#1"],
            broken: .config("takes another name") { $0["/hostname"] = "other" },
            config: { $0["/hostname"] = "my-host.example" }, sees: { try $0.equal("/hostname", "my-host.example") })
        Case.observe(
            "uts/domainname", "sets the domain name", ["runtime/create#4"], since: "1.1.0",
            broken: .config("forgets it") { $0["/domainname"] = nil },
            config: { $0["/domainname"] = "example.org" }, sees: { try $0.equal("/domainname", "example.org") })
        Case.observe(
            "time/offsets", "sets the clock offsets of a new time namespace", ["runtime/create#4"], since: "1.1.0",
            needs: [.namespace("time"), .root], broken: .config("forgets them") { $0["/linux/timeOffsets"] = nil },
            config: {
                $0["/linux/namespaces/-"] = ["type": "time"]
                $0["/linux/timeOffsets"] = ["monotonic": ["secs": 1_000_000], "boottime": ["secs": 2_000_000]]
            },
            sees: {
                let monotonic = $0["/clocks/monotonic"]?.int ?? 0
                let boottime = $0["/clocks/boottime"]?.int ?? 0
                try $0.expect(
                    monotonic >= 1_000_000 && boottime >= 2_000_000, "clocks moved by 1000000 and 2000000 s",
                    "\(monotonic) and \(boottime)")
            })
        Case.observe(
            "sysctl/set", "sets kernel parameters of the container's namespaces", ["runtime/create#4"], needs: [.root],
            steps: ["read=/proc/sys/kernel/msgmax", "read=/proc/sys/net/ipv4/ip_forward"],
            broken: .config("sets another value") { $0["/linux/sysctl"] = ["kernel.msgmax": "4444"] },
            config: {
                $0["/linux/namespaces/-"] = ["type": "network"]
                $0["/linux/sysctl"] = ["kernel.msgmax": "8000", "net.ipv4.ip_forward": "1"]
            },
            sees: {
                let seen = [$0.answer("read=/proc/sys/kernel/msgmax"), $0.answer("read=/proc/sys/net/ipv4/ip_forward")]
                    .map { $0["/content"]?.string ?? "" }
                try $0.expect(seen == ["8000\n", "1\n"], "8000 and 1", "\(seen)")
            })
        Case.refuse(
            "sysctl/unknown", "refuses a kernel parameter that doesn't exist",
            ["runtime/create#6", "runtime/lifecycle#2"],
            config: { $0["/linux/sysctl"] = ["kernel.does_not_exist": "1"] })
    }
}
