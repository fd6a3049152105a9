import Cgroups
import OCISpec
import Testing

private typealias Resources = Spec.Linux.Resources

struct SettingsTests {
    static let v1 = layout(.v1, ["cpu", "cpuset", "memory", "pids", "devices"])
    static let v2 = layout(.v2, ["cpu", "cpuset", "memory", "pids"])

    static func layout(_ mode: CgroupMode, _ controllers: [String]) -> CgroupLayout {
        let places =
            mode == .v2
            ? [CgroupLayout.Place(controllers: controllers, mountPoint: "/sys/fs/cgroup", path: "/c", isUnified: true)]
            : controllers.map { .init(controllers: [$0], mountPoint: "/sys/fs/cgroup/" + $0, path: "/c") }
        return CgroupLayout(mode: mode, places: places)
    }

    private func lines(_ resources: Resources, on layout: CgroupLayout) throws -> [String] {
        try CgroupSetting.settings(for: resources, on: layout).map { "\($0.file)=\($0.value)" }
    }

    private func v1(memory: Resources.Memory) throws -> [String] { try lines(Resources(memory: memory), on: Self.v1) }
    private func v2(memory: Resources.Memory) throws -> [String] { try lines(Resources(memory: memory), on: Self.v2) }
    private func v1(cpu: Resources.CPU) throws -> [String] { try lines(Resources(cpu: cpu), on: Self.v1) }
    private func v2(cpu: Resources.CPU) throws -> [String] { try lines(Resources(cpu: cpu), on: Self.v2) }

    private func problem(_ resources: Resources, on layout: CgroupLayout) -> (CgroupError.Problem?, String?) {
        let error = #expect(throws: CgroupError.self) { try lines(resources, on: layout) }
        #expect(error?.operation == .translate)
        return (error?.problem, error?.pointer)
    }

    @Test func nothingAskedForIsNothingWritten() throws {
        for layout in [Self.v1, Self.v2] {
            #expect(try lines(Resources(), on: layout) == [])
            let zeros = Resources(
                memory: .init(limit: 0, reservation: 0, swap: 0, disableOOMKiller: false, checkBeforeUpdate: true),
                cpu: .init(shares: 0, quota: 0, period: 0, realtimeRuntime: 0, realtimePeriod: 0, cpus: "", mems: ""),
                pids: .init())
            #expect(try lines(zeros, on: layout) == [])
        }
    }

    @Test func everythingIsWrittenInVersion1InTheOrderOfOtherRuntimes() throws {
        let all = Resources(
            memory: .init(
                limit: 1 << 20, reservation: 1 << 19, swap: 1 << 21, swappiness: 7, disableOOMKiller: true,
                useHierarchy: true),
            cpu: .init(
                shares: 512, quota: 5000, burst: 100, period: 10_000, realtimeRuntime: 10, realtimePeriod: 20,
                cpus: "0-1", mems: "0", idle: 0),
            pids: .init(limit: 9))
        #expect(
            try lines(all, on: Self.v1) == [
                "cpuset.cpus=0-1", "cpuset.mems=0", "memory.use_hierarchy=1", "memory.limit_in_bytes=1048576",
                "memory.memsw.limit_in_bytes=2097152", "memory.soft_limit_in_bytes=524288", "memory.oom_control=1",
                "memory.swappiness=7", "cpu.rt_period_us=20", "cpu.rt_runtime_us=10", "cpu.idle=0", "cpu.shares=512",
                "cpu.cfs_period_us=10000", "cpu.cfs_quota_us=5000", "cpu.cfs_burst_us=100", "pids.max=9",
            ])
    }

    @Test func everythingIsWrittenInVersion2InTheOrderOfOtherRuntimes() throws {
        let all = Resources(
            memory: .init(limit: 1 << 20, reservation: 1 << 19, swap: 1 << 21, useHierarchy: true),
            cpu: .init(
                shares: 512, quota: 5000, burst: 100, period: 10_000, cpus: "0-1", mems: "0", idle: 0),
            pids: .init(limit: 9))
        #expect(
            try lines(all, on: Self.v2) == [
                "pids.max=9", "memory.swap.max=1048576", "memory.max=1048576", "memory.low=524288", "cpu.idle=0",
                "cpu.weight=59", "cpu.max=5000 10000", "cpu.max.burst=100", "cpuset.cpus=0-1", "cpuset.mems=0",
            ])
    }

    /// The values of config-linux.md's neighbourhood: the bounds, the default, and some between.
    @Test(
        arguments: [
            (1, 1), (2, 1), (3, 2), (4, 2), (100, 17), (512, 59), (1024, 100), (2048, 174), (10_240, 639),
            (100_000, 4340),
            (262_143, 10_000), (262_144, 10_000), (.max, 10_000),
        ] as [(UInt64, UInt64)])
    func sharesBecomeAWeight(shares: UInt64, weight: UInt64) throws {
        #expect(try v2(cpu: .init(shares: shares)) == ["cpu.weight=\(weight)"])
    }

    @Test func weightsGrowWithShares() throws {
        var last: UInt64 = 0
        for shares: UInt64 in stride(from: 2, through: 262_144, by: 17) {
            let text = try #require(try v2(cpu: .init(shares: shares)).first)
            let weight = try #require(UInt64(text.dropFirst("cpu.weight=".count)))
            #expect(weight >= last && (1...10_000).contains(weight))
            last = weight
        }
    }

    @Test(
        arguments: [
            (nil, nil, []), (5, nil, ["memory.max=5"]), (-1, nil, ["memory.swap.max=max", "memory.max=max"]),
            (5, -1, ["memory.swap.max=max", "memory.max=5"]), (5, 5, ["memory.swap.max=0", "memory.max=5"]),
            (5, 8, ["memory.swap.max=3", "memory.max=5"]), (nil, -1, ["memory.swap.max=max"]),
        ] as [(Int64?, Int64?, [String])])
    func theSumOfMemoryAndSwapBecomesALimitOfSwap(limit: Int64?, swap: Int64?, expected: [String]) throws {
        #expect(try v2(memory: .init(limit: limit, swap: swap)) == expected)
    }

    @Test func aSumWithoutSenseIsRefusedInVersion2() {
        let pointer = "/linux/resources/memory/swap"
        for limit in [nil, -1, 0] as [Int64?] {
            #expect(
                problem(Resources(memory: .init(limit: limit, swap: 5)), on: Self.v2) == (.swapWithoutLimit, pointer))
        }
        #expect(problem(Resources(memory: .init(limit: 6, swap: 5)), on: Self.v2) == (.swapBelowLimit, pointer))
        #expect(
            problem(Resources(memory: .init(limit: .max, swap: .min)), on: Self.v2) == (.swapBelowLimit, pointer))
    }

    @Test func noLimitOfMemoryIsNoLimitOfTheSumInVersion1() throws {
        #expect(
            try v1(memory: .init(limit: -1)) == ["memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1"])
        #expect(try v1(memory: .init(limit: 5)) == ["memory.limit_in_bytes=5"])
    }

    @Test func limitsThatBoundEachOtherAreTriedAgain() throws {
        let v1 = try CgroupSetting.settings(
            for: Resources(
                memory: .init(limit: 5, swap: 8), cpu: .init(quota: 5, burst: 1, period: 7)), on: Self.v1)
        #expect(
            v1.filter(\.retryAfterNext).map(\.file) == [
                "memory.limit_in_bytes", "cpu.cfs_period_us", "cpu.cfs_quota_us",
            ])
    }

    @Test func theUsageIsCheckedOnlyWhereItIsAskedFor() throws {
        for check in [true, false, nil] as [Bool?] {
            let settings = try CgroupSetting.settings(
                for: Resources(memory: .init(limit: 5, checkBeforeUpdate: check)), on: Self.v2)
            #expect(settings.map(\.refuseBelowUsage) == [check == true])
        }
    }

    @Test(arguments: [
        (Resources.CPU(quota: 5000), "cpu.max=5000 100000"), (Resources.CPU(period: 7000), "cpu.max=max 7000"),
        (Resources.CPU(quota: -1, period: 7000), "cpu.max=max 7000"), (Resources.CPU(quota: -1), "cpu.max=max 100000"),
    ])
    func quotaAndPeriodShareAFileInVersion2(cpu: Spec.Linux.Resources.CPU, expected: String) throws {
        #expect(try v2(cpu: cpu) == [expected])
    }

    @Test func anIdleGroupGetsNoWeight() throws {
        #expect(try v2(cpu: .init(shares: 512, idle: 1)) == ["cpu.idle=1"])
        #expect(try v1(cpu: .init(shares: 512, idle: 1)) == ["cpu.idle=1"])
    }

    @Test(
        arguments: [(-1, "max"), (-5, "max"), (0, "0"), (1, "1"), (.max, "9223372036854775807")] as [(Int64, String)])
    func aLimitOfTasksIsWrittenAsItIs(limit: Int64, expected: String) throws {
        for layout in [Self.v1, Self.v2] {
            #expect(try lines(Resources(pids: .init(limit: limit)), on: layout) == ["pids.max=\(expected)"])
        }
    }

    @Test func numbersOutOfRangeAreRefusedWithTheirPointer() {
        let shares = "/linux/resources/cpu/shares"
        #expect(problem(Resources(cpu: .init(shares: 1)), on: Self.v1) == (.belowMinimum(2), shares))
        #expect(problem(Resources(cpu: .init(shares: 262_145)), on: Self.v1) == (.aboveMaximum(262_144), shares))
        #expect(
            problem(Resources(memory: .init(swappiness: 101)), on: Self.v1)
                == (.aboveMaximum(100), "/linux/resources/memory/swappiness"))
    }

    @Test func whatVersion2LacksIsRefusedThere() {
        let asked: [(Resources, String)] = [
            (Resources(memory: .init(disableOOMKiller: true)), "/linux/resources/memory/disableOOMKiller"),
            (Resources(cpu: .init(realtimeRuntime: 5)), "/linux/resources/cpu/realtimeRuntime"),
            (Resources(cpu: .init(realtimePeriod: 5)), "/linux/resources/cpu/realtimePeriod"),
        ]
        for (resources, pointer) in asked {
            #expect(problem(resources, on: Self.v2) == (.notInThisVersion, pointer))
        }
    }

    @Test func aSwappinessOfMinusOneMeansNone() throws {
        #expect(try v1(memory: .init(swappiness: .max)) == [])
        #expect(try v1(memory: .init(swappiness: 0)) == ["memory.swappiness=0"])
        #expect(try v2(memory: .init(swappiness: 0)) == [])
    }

    @Test func aLimitWithoutItsControllerIsRefusedButNoLimitIsNot() throws {
        for mode in [CgroupMode.v1, .v2] {
            let bare = Self.layout(mode, ["cpu"])
            #expect(
                problem(Resources(pids: .init(limit: 5)), on: bare)
                    == (.missingController("pids"), "/linux/resources/pids/limit"))
            #expect(
                problem(Resources(memory: .init(limit: 5)), on: bare)
                    == (.missingController("memory"), "/linux/resources/memory/limit"))
            let unlimited = Resources(memory: .init(limit: -1, swap: -1), pids: .init(limit: -1))
            #expect(try lines(unlimited, on: bare) == [])
        }
    }
}
