import Foundation
import Glibc
import JSONValue

/// cgroupsPath and the resources, read from the cgroup file systems outside.
enum CgroupCases {
    @CaseList static var all: [Case] {
        path
        ownership
        values
        documents
        unified
    }

    /// The container runs, and a file of its cgroup is read.
    private static func limit(
        _ id: String, _ title: String, _ decides: [String], since: String = "1.0.0", controller: String,
        files: [String: String], extra: [Need] = [], tolerated: String? = nil, broken: Fault,
        config: @escaping @Sendable (inout JSON) -> Void
    ) -> Case {
        Case(
            id, title, decides, since: since, needs: [.root, .controller(controller)] + extra, tolerated: tolerated,
            broken: broken
        ) { stage in
            let bundle = try stage.bundle(steps: ["hold"], config: config)
            let (container, _) = try stage.running(bundle)
            let pid = try container.requiredPID()
            for (file, value) in files.sorted(by: { $0.key < $1.key }) {
                let seen = Cgroups.file(pid, controller, file)
                try stage.expect(seen == value, "\(file) is \(value)", seen ?? "no such file")
            }
        }
    }

    @CaseList private static var path: [Case] {
        Case(
            "cgroups/path-absolute", "puts the process at an absolute cgroupsPath, counted from the mount point",
            ["config-linux/cgroups-path#1", "config-linux/cgroups-path#2"], needs: [.root, .controller("pids")],
            broken: .config("puts it below") {
                $0["/linux/cgroupsPath"] = .string(($0["/linux/cgroupsPath"]?.string ?? "") + "-below")
            }
        ) { stage in
            let bundle = try stage.bundle(steps: ["hold"])
            let (container, _) = try stage.running(bundle)
            let wanted = bundle.config["/linux/cgroupsPath"]?.string ?? ""
            let seen = Cgroups.path(of: try container.requiredPID(), "pids") ?? ""
            try stage.expect(seen == wanted || seen.hasPrefix(wanted + "/"), "the cgroup \(wanted)", seen)
        }
        Case(
            "cgroups/path-same", "leads the same cgroupsPath to the same place twice", ["config-linux/cgroups-path#3"],
            needs: [.root, .controller("pids")],
            broken: .config("adds a random part") {
                $0["/linux/cgroupsPath"] = .string(
                    ($0["/linux/cgroupsPath"]?.string ?? "") + "-\(UInt32.random(in: 0..<99_999_999))")
            }
        ) { stage in
            var places: [String] = []
            let shared = "/\(stage.workshop.cgroupParent)/\(stage.workshop.newID())"
            for _ in 0..<2 {
                let bundle = try stage.bundle(steps: ["hold"]) { $0["/linux/cgroupsPath"] = .string(shared) }
                let (container, _) = try stage.running(bundle)
                places.append(Cgroups.path(of: try container.requiredPID(), "pids") ?? "")
                container.kill()
                stage.perform(.delete, [container.id])
            }
            try stage.expect(places[0] == places[1] && !places[0].isEmpty, "the same cgroup twice", "\(places)")
        }
        Case(
            "cgroups/path-relative", "takes a relative cgroupsPath", ["config-linux/cgroups-path#1"],
            needs: [.root, .controller("pids")], broken: .refuses
        ) { stage in
            let bundle = try stage.bundle(steps: ["hold"]) {
                $0["/linux/cgroupsPath"] = .string(String(($0["/linux/cgroupsPath"]?.string ?? "").dropFirst()))
            }
            let (container, _) = try stage.running(bundle)
            let seen = Cgroups.path(of: try container.requiredPID(), "pids") ?? ""
            try stage.expect(seen.contains(bundle.id), "a cgroup whose path ends with the value", seen)
        }
        Case.refuse(
            "cgroups/path-escape", "refuses a cgroupsPath that leaves the file system, or keeps it inside",
            ["config-linux/cgroups-path#4"], needs: [.root, .controller("pids")],
            tolerated: "A runtime may clean such a path instead of refusing it.",
            config: { $0["/linux/cgroupsPath"] = "/../../../../swrun-test-conformance-escape" })
        Case(
            "cgroups/frozen", "refuses a frozen cgroup, when it looks", ["config-linux/control-groups#1"],
            needs: [.root, .controller("freezer"), .cgroup1],
            tolerated: "Whether a runtime looks at an existing cgroup is left to it.",
            broken: .operation("thaws the cgroup and goes on") { invocation, proceed in
                if invocation.operation == .create, let bundle = invocation.bundle,
                    let point = Cgroups.point(of: "freezer")
                {
                    let path = bundle.config["/linux/cgroupsPath"]?.string ?? ""
                    try? Data("THAWED".utf8).write(to: URL(fileURLWithPath: point + path + "/freezer.state"))
                }
                return proceed(invocation)
            }
        ) { stage in
            guard let point = Cgroups.point(of: "freezer") else { throw Skip(reason: "no freezer") }
            let bundle = try stage.bundle()
            let directory = point + (bundle.config["/linux/cgroupsPath"]?.string ?? "")
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let file = URL(fileURLWithPath: directory + "/freezer.state")
            try Data("FROZEN".utf8).write(to: file)
            defer { try? Data("THAWED".utf8).write(to: file) }
            let container = try stage.tryCreate(bundle)
            try stage.expectRefused(.create, container.outcome)
        }
        Case(
            "cgroups/all-controllers", "puts the process into its cgroup before the program runs", ["runtime/create#4"],
            needs: [.root, .controller("memory"), .controller("devices")],
            broken: .config("has another cgroup") {
                $0["/linux/cgroupsPath"] = .string(($0["/linux/cgroupsPath"]?.string ?? "") + "-x")
            }
        ) { stage in
            let bundle = try stage.bundle()
            let wanted = bundle.config["/linux/cgroupsPath"]?.string ?? ""
            let report = try stage.run(bundle)
            let text = report["/cgroup"]?.string ?? ""
            let lines = text.split(separator: "\n").filter {
                $0.contains("memory") || $0.contains("devices") || $0.hasPrefix("0::")
            }
            let inside = lines.filter { $0.hasSuffix(":\(wanted)") || $0.contains(":\(wanted)/") }
            try stage.expect(inside.count >= (Cgroups.isVersion2 ? 1 : 2), "the cgroup \(wanted)", text)
        }
    }

    /// The owner of the files of a container's cgroups, by hierarchy.
    private static func owners(_ pid: pid_t) -> [(path: String, uid: uid_t)] {
        Cgroups.hierarchies.flatMap { hierarchy -> [(String, uid_t)] in
            let controller = hierarchy.controllers.first { Cgroups.path(of: pid, $0) != nil } ?? ""
            guard let path = Cgroups.path(of: pid, controller), path.count > 1 else { return [] }
            let directory = hierarchy.point + path
            return ([""] + ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).map { "/" + $0 })
                .compactMap { name in
                    var status = stat()
                    return stat(directory + name, &status) == 0 ? (directory + name, status.st_uid) : nil
                }
        }
    }

    private static func userNamespace(_ config: inout JSON) {
        config["/linux/namespaces/-"] = ["type": "user"]
        config["/linux/uidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65_536]]
        config["/linux/gidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65_536]]
    }

    private static func cgroupMount(_ options: [String], _ config: inout JSON) {
        config["/mounts/-"] = ["destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]]
        config["/linux/namespaces/-"] = ["type": "network"]
        config["/mounts/-"] = [
            "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
            "options": .strings(["nosuid", "noexec", "nodev"] + options),
        ]
    }

    /// A runtime that gives a container's cgroup away; started containers only.
    private static let givesAway = Fault.operation("gives every file of the cgroup away") { invocation, proceed in
        let outcome = proceed(invocation)
        if invocation.operation == .create, let at = invocation.arguments.firstIndex(of: "--pid-file"),
            let text = try? String(contentsOfFile: invocation.arguments[at + 1], encoding: .utf8), let pid = pid_t(text)
        {
            for file in owners(pid) { chown(file.path, 100_000, 100_000) }
        }
        return outcome
    }

    @CaseList private static var ownership: [Case] {
        Case(
            "cgroup-ownership/v1", "leaves the owner alone with cgroup v1", ["config-linux/cgroup-ownership#1"],
            needs: [.root, .cgroup1, .namespace("cgroup")], broken: givesAway
        ) { stage in
            let bundle = try stage.bundle(steps: ["hold"]) {
                userNamespace(&$0)
                $0["/linux/namespaces/-"] = ["type": "cgroup"]
                cgroupMount([], &$0)
            }
            let (container, _) = try stage.running(bundle)
            let other = owners(try container.requiredPID()).filter { $0.uid != geteuid() }.map(\.path)
            try stage.expect(other.isEmpty, "every file belongs to \(geteuid())", other.joined(separator: " "))
        }
        for (number, what, namespace, options) in [
            (2, "without a new cgroup namespace", false, [String]()), (4, "with a read-only mount", true, ["ro"]),
        ] {
            Case(
                "cgroup-ownership/v2-\(number)", "leaves the owner alone \(what)",
                ["config-linux/cgroup-ownership#\(number)"], since: "1.1.0", needs: [.root, .cgroup2], broken: givesAway
            ) { stage in
                let bundle = try stage.bundle(steps: ["hold"]) {
                    userNamespace(&$0)
                    if namespace { $0["/linux/namespaces/-"] = ["type": "cgroup"] }
                    cgroupMount(options, &$0)
                }
                let (container, _) = try stage.running(bundle)
                let other = owners(try container.requiredPID()).filter { $0.uid != geteuid() }.map(\.path)
                try stage.expect(other.isEmpty, "every file belongs to \(geteuid())", other.joined(separator: " "))
            }
        }
        Case(
            "cgroup-ownership/v2-missing-files", "doesn't mind that a file of the kernel's list is missing",
            ["config-linux/cgroup-ownership#6"], since: "1.1.0", needs: [.root, .cgroup2], broken: .refuses
        ) { stage in
            // The list always names files of controllers that a cgroup without limits doesn't have.
            let bundle = try stage.bundle(steps: ["hold"]) {
                userNamespace(&$0)
                $0["/linux/namespaces/-"] = ["type": "cgroup"]
                cgroupMount([], &$0)
            }
            _ = try stage.running(bundle)
        }
        Case(
            "cgroup-ownership/v2-delegated", "gives the files that may be delegated, and no others, to the container",
            [
                "config-linux/cgroup-ownership#3", "config-linux/cgroup-ownership#5", "config-linux/cgroup-ownership#8",
            ],
            since: "1.1.0", needs: [.root, .cgroup2, .file("/sys/kernel/cgroup/delegate")], broken: givesAway
        ) { stage in
            let bundle = try stage.bundle(steps: ["hold"]) {
                userNamespace(&$0)
                $0["/linux/namespaces/-"] = ["type": "cgroup"]
                cgroupMount([], &$0)
            }
            let container = try stage.create(bundle)
            let names = (try? String(contentsOfFile: "/sys/kernel/cgroup/delegate", encoding: .utf8)) ?? ""
            let delegated = Set(names.split(separator: "\n").map(String.init))
            let all = owners(try container.requiredPID())
            let directory = all.map(\.path).min { $0.count < $1.count } ?? ""
            for file in all {
                let name = String(file.path.dropFirst(directory.count + 1))
                let wanted: uid_t = name.isEmpty || delegated.contains(name) ? 100_000 : geteuid()
                try stage.expect(file.uid == wanted, "\(file.path) belongs to \(wanted)", "\(file.uid)")
            }
        }
    }

    @CaseList private static var values: [Case] {
        limit(
            "resources/memory", "sets the memory limit", ["runtime/create#4"], controller: "memory",
            files: Cgroups.isVersion2
                ? ["memory.max": "67108864"]
                : ["memory.limit_in_bytes": "67108864", "memory.soft_limit_in_bytes": "33554432"],
            broken: .config("sets another") { $0["/linux/resources/memory/limit"] = 50_331_648 },
            config: { $0["/linux/resources"] = ["memory": ["limit": 67_108_864, "reservation": 33_554_432]] })
        limit(
            "resources/memory-swappiness", "sets the swappiness", ["runtime/create#4"], controller: "memory",
            files: ["memory.swappiness": "33"], extra: [.cgroup1],
            broken: .config("forgets it") { $0["/linux/resources"] = nil },
            config: { $0["/linux/resources"] = ["memory": ["swappiness": 33]] })
        limit(
            "resources/cpu", "sets shares, quota and period", ["runtime/create#4"], controller: "cpu",
            files: Cgroups.isVersion2
                ? ["cpu.max": "30000 60000"]
                : ["cpu.shares": "512", "cpu.cfs_quota_us": "30000", "cpu.cfs_period_us": "60000"],
            broken: .config("sets another quota") { $0["/linux/resources/cpu/quota"] = 40_000 },
            config: { $0["/linux/resources"] = ["cpu": ["shares": 512, "quota": 30_000, "period": 60_000]] })
        limit(
            "resources/cpu-burst", "sets a burst that is no larger than the quota",
            ["config-linux/cpu#1", "config-linux/cpu#2"], since: "1.2.0", controller: "cpu",
            files: Cgroups.isVersion2 ? ["cpu.max.burst": "20000"] : ["cpu.cfs_burst_us": "20000"],
            extra: [.cgroupFile("cpu", Cgroups.isVersion2 ? "cpu.max.burst" : "cpu.cfs_burst_us")],
            broken: .config("forgets it") { $0["/linux/resources/cpu/burst"] = nil },
            config: { $0["/linux/resources"] = ["cpu": ["quota": 30_000, "period": 60_000, "burst": 20_000]] })
        Case.refuse(
            "resources/cpu-burst-above-quota", "refuses a burst above the quota",
            ["config-linux/cpu#1", "config-linux/cpu#2", "runtime/create#6"], since: "1.2.0",
            needs: [
                .root, .controller("cpu"),
                .cgroupFile("cpu", Cgroups.isVersion2 ? "cpu.max.burst" : "cpu.cfs_burst_us"),
            ],
            config: { $0["/linux/resources"] = ["cpu": ["quota": 30_000, "period": 60_000, "burst": 40_000]] })
        limit(
            "resources/cpuset", "sets the CPUs and memory nodes", ["runtime/create#4"], controller: "cpuset",
            files: ["cpuset.cpus": "0", "cpuset.mems": "0"],
            broken: .config("forgets them") { $0["/linux/resources"] = nil },
            config: { $0["/linux/resources"] = ["cpu": ["cpus": "0", "mems": "0"]] })
        limit(
            "resources/pids", "sets the limit of processes", ["runtime/create#4"], controller: "pids",
            files: ["pids.max": "77"], broken: .config("sets another") { $0["/linux/resources/pids/limit"] = 78 },
            config: { $0["/linux/resources"] = ["pids": ["limit": 77]] })
        limit(
            "resources/pids-unlimited", "takes -1 for no limit of processes", ["runtime/create#4"], since: "1.3.0",
            controller: "pids",
            files: ["pids.max": "max"], broken: .config("sets one") { $0["/linux/resources/pids/limit"] = 78 },
            config: { $0["/linux/resources"] = ["pids": ["limit": -1]] })
        Case(
            "resources/pids-zero", "hands a limit of 0 processes to the kernel", ["config-linux/pids#1"],
            since: "1.3.0",
            needs: [.root, .controller("pids")],
            broken: .config("takes it for no limit") { $0["/linux/resources"] = nil }
        ) { stage in
            let bundle = try stage.bundle(steps: ["hold"]) { $0["/linux/resources"] = ["pids": ["limit": 0]] }
            let container = try stage.tryCreate(bundle)
            // With no process allowed the kernel refuses the container's first.
            guard container.outcome.succeeded else { return try stage.expectRefused(.create, container.outcome) }
            let pid = try container.requiredPID()
            let seen = Cgroups.file(pid, "pids", "pids.max")
            try stage.expect(seen == "0", "pids.max is 0", seen ?? "no such file")
        }
        limit(
            "resources/hugepages", "limits huge pages by their size",
            ["config-linux/huge-page-limits#1", "config-linux/huge-page-limits#2"], controller: "hugetlb",
            files: [Cgroups.isVersion2 ? "hugetlb.2MB.max" : "hugetlb.2MB.limit_in_bytes": "6291456"],
            extra: [.file("/sys/kernel/mm/hugepages/hugepages-2048kB")],
            broken: .config("sets another") { $0["/linux/resources/hugepageLimits/0/limit"] = 4_194_304 },
            config: { $0["/linux/resources"] = ["hugepageLimits": [["pageSize": "2MB", "limit": 6_291_456]]] })
        Case.refuse(
            "resources/hugepages-size-unknown", "refuses a size of huge pages that the kernel doesn't have",
            ["config-linux/huge-page-limits#1", "runtime/create#6"], needs: [.root, .controller("hugetlb")],
            config: { $0["/linux/resources"] = ["hugepageLimits": [["pageSize": "3MB", "limit": 6_291_456]]] })
        blockIO
    }

    private static func throttle(_ name: String, _ file: String, _ key: String, _ numbers: [Int]) -> Case {
        let controller = Cgroups.isVersion2 ? "io" : "blkio"
        return Case(
            "resources/\(name)", "limits the device's rate by \(name)",
            numbers.map { "config-linux/block-io#\($0)" },
            needs: [.root, .controller(controller)] + (Cgroups.isVersion2 ? [] : [.cgroupFile(controller, file)]),
            broken: .config("sets another rate") { $0["/linux/resources/blockIO/\(name)/0/rate"] = 500_000 }
        ) { stage in
            guard let device = BlockDevice.all.last else { throw Skip(reason: "the machine has no block device") }
            let bundle = try stage.bundle(steps: ["hold"]) {
                $0["/linux/resources"] = ["blockIO": .object([.init(name, [device.entry("rate", 600_000)])])]
            }
            let (container, _) = try stage.running(bundle)
            let seen = Cgroups.file(try container.requiredPID(), controller, file) ?? ""
            let wanted = Cgroups.isVersion2 ? "\(key)=600000" : "\(device.number) 600000"
            try stage.expect(
                seen.hasPrefix("\(device.number) ") && seen.contains(wanted), "\(file) has \(wanted)", seen)
        }
    }

    @CaseList private static var blockIO: [Case] {
        for (name, file, key, number) in [
            ("throttleReadBpsDevice", "blkio.throttle.read_bps_device", "rbps", 3),
            ("throttleWriteBpsDevice", "blkio.throttle.write_bps_device", "wbps", 4),
            ("throttleReadIOPSDevice", "blkio.throttle.read_iops_device", "riops", 5),
            ("throttleWriteIOPSDevice", "blkio.throttle.write_iops_device", "wiops", 6),
        ] {
            throttle(name, Cgroups.isVersion2 ? "io.max" : file, key, number <= 4 ? [3, 4] : [5, 6])
        }
        weightDevice
    }

    @CaseList private static var weightDevice: [Case] {
        let (controller, file) = Cgroups.isVersion2 ? ("io", "io.bfq.weight") : ("blkio", "blkio.bfq.weight_device")
        Case(
            "resources/weightDevice", "sets a device's weight", ["config-linux/block-io#1", "config-linux/block-io#2"],
            needs: [.root, .controller(controller), .cgroupFile(controller, file)],
            broken: .config("sets another weight") { $0["/linux/resources/blockIO/weightDevice/0/weight"] = 500 }
        ) { stage in
            // The kernel keeps weights for devices with this scheduler only.
            try BlockDevice.with(scheduler: "bfq", stage.workshop) { device in
                let bundle = try stage.bundle(steps: ["hold"]) {
                    $0["/linux/resources"] = ["blockIO": ["weightDevice": [device.entry("weight", 600)]]]
                }
                let (container, _) = try stage.running(bundle)
                let seen = Cgroups.file(try container.requiredPID(), controller, file) ?? ""
                try stage.expect(
                    seen.split(separator: "\n").contains("\(device.number) 600"), "\(device.number) 600 in \(file)",
                    seen)
                container.kill()
            }
        }
    }

    /// Entries that lack what they need.
    @CaseList private static var documents: [Case] {
        for (id, decides, path, value) in [
            (
                "throttle-without-rate", "config-linux/block-io#4", "throttleReadBpsDevice",
                ["major": 8, "minor": 0] as JSON
            ),
            (
                "throttle-without-major", "config-linux/block-io#3", "throttleReadBpsDevice",
                ["minor": 0, "rate": 600_000]
            ),
            ("iops-without-rate", "config-linux/block-io#6", "throttleReadIOPSDevice", ["major": 8, "minor": 0]),
            ("iops-without-major", "config-linux/block-io#5", "throttleReadIOPSDevice", ["minor": 0, "rate": 600]),
            ("weight-without-weight", "config-linux/block-io#2", "weightDevice", ["major": 8, "minor": 0]),
            ("weight-without-major", "config-linux/block-io#1", "weightDevice", ["minor": 0, "weight": 500]),
        ] {
            Case.refuse(
                "resources/\(id)", "refuses an incomplete entry of \(path)", [decides],
                needs: [.root, .controller(Cgroups.isVersion2 ? "io" : "blkio")], tolerated: documentOnly,
                config: { $0["/linux/resources"] = ["blockIO": .object([.init(path, [value])])] })
        }
        Case.refuse(
            "resources/hugepages-without-size", "refuses a limit without page size",
            ["config-linux/huge-page-limits#1"],
            needs: [.root, .controller("hugetlb")], tolerated: documentOnly,
            config: { $0["/linux/resources"] = ["hugepageLimits": [["limit": 6_291_456]]] })
        Case.refuse(
            "resources/hugepages-without-limit", "refuses a page size without limit",
            ["config-linux/huge-page-limits#2"],
            needs: [.root, .controller("hugetlb")], tolerated: documentOnly,
            config: { $0["/linux/resources"] = ["hugepageLimits": [["pageSize": "2MB"]]] })
    }

    @CaseList private static var unified: [Case] {
        Case(
            "unified/written", "writes entries that it doesn't know, with the controllers enabled",
            ["config-linux/unified#1", "config-linux/unified#2"], since: "1.1.0",
            needs: [.root, .cgroup2, .controller("pids")],
            broken: .config("forgets them") { $0["/linux/resources"] = nil }
        ) { stage in
            let bundle = try stage.bundle(steps: ["hold"]) {
                $0["/linux/resources"] = ["unified": ["pids.max": "99", "cgroup.max.depth": "3"]]
            }
            let (container, _) = try stage.running(bundle)
            for (file, value) in [("pids.max", "99"), ("cgroup.max.depth", "3")] {
                let seen = Cgroups.file(try container.requiredPID(), "pids", file) ?? ""
                try stage.expect(seen == value, "\(file) is \(value)", seen)
            }
        }
        Case.refuse(
            "unified/controller-missing", "refuses an entry of a controller that isn't there",
            ["config-linux/unified#3"], since: "1.1.0", needs: [.root, .noFile("/sys/fs/cgroup/bogus")],
            config: { $0["/linux/resources"] = ["unified": ["bogus.max": "1"]] })
        Case.refuse(
            "unified/no-conversion", "refuses a version 1 setting that version 2 can't say", ["config-linux/example#1"],
            since: "1.1.0", needs: [.root, .cgroup2],
            config: { $0["/linux/resources"] = ["memory": ["swappiness": 10], "network": ["classID": 5]] })
    }
}
