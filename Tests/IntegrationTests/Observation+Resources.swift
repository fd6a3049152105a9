internal import Foundation
internal import Support

extension Observation {
    /// The limits beyond the everyday ones, as the kernel tells them inside the container.
    static let limits: [Observation] = memoryLimits + processorLimits + otherLimits

    /// A script that prints files of version 1, or others of version 2.
    private static func files(_ version1: [String], or version2: [String]) -> String {
        "cd /sys/fs/cgroup; cat " + (Cgroups.areV1 ? version1 : version2).joined(separator: " ")
    }

    private static let memoryLimits: [Observation] =
        [
            Observation(
                name: "memory and swap together have the configured limit",
                change: {
                    $0.config["linux"]["resources"]["memory"] = ["limit": 33_554_432, "swap": 50_331_648]
                },
                script: files(
                    ["memory/memory.limit_in_bytes", "memory/memory.memsw.limit_in_bytes"],
                    or: ["memory.max", "memory.swap.max"]),
                expected: Cgroups.areV1 ? "33554432\n50331648" : "33554432\n16777216"),
            Observation(
                name: "no limit of memory is none of swap",
                change: { $0.config["linux"]["resources"]["memory"] = ["limit": -1] },
                script: files(
                    ["memory/memory.limit_in_bytes", "memory/memory.memsw.limit_in_bytes"],
                    or: ["memory.max", "memory.swap.max"])),
            Observation(
                name: "the soft limit of memory is the configured one",
                change: { $0.config["linux"]["resources"]["memory"] = ["reservation": 16_777_216] },
                script: files(["memory/memory.soft_limit_in_bytes"], or: ["memory.low"]), expected: "16777216"),
            Observation(
                name: "who uses more memory than the limit is killed",
                change: { $0.config["linux"]["resources"]["memory"] = ["limit": 16_777_216, "swap": 16_777_216] },
                script: "dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null; echo $?", expected: "137"),
        ] + (Cgroups.areV1 ? memoryLimitsOfVersion1 : [])

    private static let memoryLimitsOfVersion1: [Observation] = [
        Observation(
            name: "the readiness to swap is the configured one",
            change: { $0.config["linux"]["resources"]["memory"] = ["swappiness": 33] },
            script: "cat /sys/fs/cgroup/memory/memory.swappiness", expected: "33"),
        Observation(
            name: "the OOM killer is switched off",
            change: { $0.config["linux"]["resources"]["memory"] = ["disableOOMKiller": true] },
            script: "head -n 1 /sys/fs/cgroup/memory/memory.oom_control", expected: "oom_kill_disable 1"),
        Observation(
            name: "a limit of kernel memory that the kernel knows no longer is left out",
            change: { $0.config["linux"]["resources"]["memory"] = ["kernel": 33_554_432, "useHierarchy": true] },
            script: "cat /sys/fs/cgroup/memory/memory.use_hierarchy", expected: "1",
            differs: ["crun": "fails where the kernel refuses the file"]),
        Observation(
            name: "the limit of TCP buffers is the configured one",
            change: { $0.config["linux"]["resources"]["memory"] = ["kernelTCP": 33_554_432] },
            script: "cat /sys/fs/cgroup/memory/memory.kmem.tcp.limit_in_bytes", expected: "33554432",
            differs: ["runc": "ignores it", "crun": "1.8.1 ignores it"]),
    ]

    private static let processorLimits: [Observation] =
        [
            Observation(
                name: "the share of the processor is the configured one",
                change: { $0.config["linux"]["resources"]["cpu"] = ["shares": 2048] },
                script: files(["cpu/cpu.shares"], or: ["cpu.weight"]), expected: Cgroups.areV1 ? "2048" : "174",
                differs: Cgroups.areV1 ? [:] : ["runc": "1.1.5 converts otherwise", "crun": "1.8.1 converts otherwise"]),
            Observation(
                name: "a burst of the processor is the configured one",
                change: {
                    $0.config["linux"]["resources"]["cpu"] = ["quota": 20000, "period": 50000, "burst": 10000]
                },
                script: files(["cpu/cpu.cfs_burst_us"], or: ["cpu.max.burst"]), expected: "10000",
                differs: ["runc": "1.1.5 has no burst", "crun": "1.8.1 has no burst"]),
            Observation(
                name: "the group runs only when nothing else wants to",
                change: { $0.config["linux"]["resources"]["cpu"] = ["idle": 1, "shares": 100] },
                script: files(["cpu/cpu.idle"], or: ["cpu.idle"]), expected: "1",
                differs: ["runc": "1.1.5 has no idle groups", "crun": "writes shares, too, and fails"]),
            Observation(
                name: "who uses more of the processor than the quota is throttled",
                change: { $0.config["linux"]["resources"]["cpu"] = ["quota": 1000, "period": 10000] },
                // A loop that ends once the kernel has counted it.
                script:
                    "cd /sys/fs/cgroup; [ -e cpu.stat ] || cd cpu; until grep -q 'nr_throttled [1-9]' cpu.stat; do :; "
                    + "done; echo throttled",
                expected: "throttled"),
        ]
        + (hasRealtimeGroups
            ? [
                Observation(
                    name: "the time of realtime tasks is the configured one",
                    change: {
                        $0.config["linux"]["resources"]["cpu"] = ["realtimeRuntime": 1000, "realtimePeriod": 500_000]
                    },
                    script: "cat /sys/fs/cgroup/cpu/cpu.rt_runtime_us /sys/fs/cgroup/cpu/cpu.rt_period_us",
                    expected: "1000\n500000")
            ] : [])

    private static let hasRealtimeGroups = exists("/sys/fs/cgroup/cpu/cpu.rt_runtime_us")

    private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private static let otherLimits: [Observation] =
        [
            Observation(
                name: "with a limit of no tasks nothing can be started",
                change: { $0.config["linux"]["resources"]["pids"] = ["limit": 0] },
                script:
                    "read max </sys/fs/cgroup/pids/pids.max 2>/dev/null || read max </sys/fs/cgroup/pids.max; echo $max; "
                    + "trap 'echo refused; exit 0' EXIT; (cat) 2>/dev/null; echo started",
                expected: "0\nrefused",
                differs: ["runc": "1.1.5 takes 0 for no limit", "crun": "takes 0 for no limit"]),
            Observation(
                name: "no limit of tasks is none",
                change: { $0.config["linux"]["resources"]["pids"] = ["limit": -1] },
                script: files(["pids/pids.max"], or: ["pids.max"]), expected: "max",
                differs: ["crun": "1.8.1 writes -1 and fails"]),
        ]
        + (exists("/sys/fs/cgroup/blkio/blkio.bfq.io_serviced")
            ? [
                Observation(
                    name: "the weight for block I/O is the configured one",
                    change: { $0.config["linux"]["resources"]["blockIO"] = ["weight": 300] },
                    script: "cat /sys/fs/cgroup/blkio/blkio.bfq.weight", expected: "300",
                    differs: ["crun": "1.8.1 knows the file of CFQ only"])
            ] : []) + (disk.map { [throttles($0)] } ?? [])
        + (hasHugePages
            ? [
                Observation(
                    name: "huge pages and their reservations have the configured limit",
                    change: {
                        $0.config["linux"]["resources"]["hugepageLimits"] = [["pageSize": "2MB", "limit": 8_388_608]]
                    },
                    script: files(
                        ["hugetlb/hugetlb.2MB.limit_in_bytes", "hugetlb/hugetlb.2MB.rsvd.limit_in_bytes"],
                        or: ["hugetlb.2MB.max", "hugetlb.2MB.rsvd.max"]),
                    expected: "8388608\n8388608",
                    differs: ["runc": "1.1.5 leaves reservations out", "crun": "1.8.1 leaves reservations out"])
            ] : [])

    private static let hasHugePages =
        exists("/sys/kernel/mm/hugepages/hugepages-2048kB")
        && (Cgroups.areV1 ? exists("/sys/fs/cgroup/hugetlb/tasks") || exists("/usr/bin/crun") : true)

    /// The numbers of a block device of the host.
    private static let disk: String? = {
        let disks = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/block")) ?? []
        return disks.sorted().lazy.compactMap { try? String(contentsOfFile: "/sys/block/\($0)/dev", encoding: .utf8) }
            .first?.trimmingCharacters(in: .newlines)
    }()

    private static func throttles(_ disk: String) -> Observation {
        let numbers = disk.split(separator: ":").compactMap { Int64($0) }
        @Sendable func entry(_ rate: Int64) -> JSON {
            [["major": .integer(numbers[0]), "minor": .integer(numbers[1]), "rate": .integer(rate)]]
        }
        return Observation(
            name: "the rates of a block device are the configured ones",
            change: { box in
                box.config["linux"]["resources"]["blockIO"] = [
                    "throttleReadBpsDevice": entry(1_048_576), "throttleWriteBpsDevice": entry(2_097_152),
                    "throttleReadIOPSDevice": entry(300), "throttleWriteIOPSDevice": entry(400),
                ]
            },
            script: Cgroups.areV1
                ? "cd /sys/fs/cgroup/blkio; for f in read_bps write_bps read_iops write_iops; do "
                    + "cat blkio.throttle.${f}_device; done" : "cat /sys/fs/cgroup/io.max",
            expected: Cgroups.areV1
                ? "\(disk) 1048576\n\(disk) 2097152\n\(disk) 300\n\(disk) 400"
                : "\(disk) rbps=1048576 wbps=2097152 riops=300 wiops=400")
    }
}
