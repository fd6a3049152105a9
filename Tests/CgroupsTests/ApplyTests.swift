import Cgroups
import Foundation
import OCISpec
import Testing

private typealias Resources = Spec.Linux.Resources

@Suite(.enabled(if: canMakeCgroups, "\(cgroupsUnavailable ?? "")"))
struct ApplyTests {
    private func apply(_ resources: Resources, to cgroup: TestCgroup) throws {
        try CgroupDirectories(opening: cgroup.layout)
            .apply(CgroupSetting.settings(for: resources, on: cgroup.layout))
    }

    /// Where the kernel keeps the controllers, so that a test which needs one can say that it is missing.
    private static let controllers = (try? CgroupHost.detect())?.controllers ?? []
    private static let mode = (try? CgroupHost.detect())?.mode
    private static let hasVersion1 =
        mode != .v2 && ["memory", "cpu", "cpuset", "pids"].allSatisfy(controllers.contains)

    @Test(.enabled(if: hasVersion1, "needs memory, cpu, cpuset and pids in version 1"))
    func limitsArriveInVersion1() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        try apply(
            Resources(
                memory: .init(limit: 64 << 20, reservation: 32 << 20),
                cpu: .init(shares: 512, quota: 5000, period: 10_000, cpus: "0", mems: "0"), pids: .init(limit: 20)),
            to: cgroup)
        #expect(try cgroup.contents("memory", "memory.limit_in_bytes") == "67108864\n")
        #expect(try cgroup.contents("memory", "memory.soft_limit_in_bytes") == "33554432\n")
        #expect(try cgroup.contents("cpu", "cpu.shares") == "512\n")
        #expect(try cgroup.contents("cpu", "cpu.cfs_quota_us") == "5000\n")
        #expect(try cgroup.contents("cpu", "cpu.cfs_period_us") == "10000\n")
        #expect(try cgroup.contents("cpuset", "cpuset.cpus") == "0\n")
        #expect(try cgroup.contents("pids", "pids.max") == "20\n")
        _ = try cgroup.addMember()
    }

    @Test(.enabled(if: mode == .v2, "needs version 2"))
    func limitsArriveInVersion2WhereTheAncestorsAreNew() throws {
        let cgroup = try TestCgroup()
        let below = try cgroup.layout.inside("a/b")
        var directories = try CgroupDirectories(opening: below)
        try directories.create()
        try directories.apply(
            CgroupSetting.settings(
                for: Resources(
                    memory: .init(limit: 64 << 20, reservation: 32 << 20, swap: 80 << 20),
                    cpu: .init(shares: 512, quota: 5000, period: 10_000, cpus: "0", mems: "0"), pids: .init(limit: 20)),
                on: below))
        func contents(_ file: String) throws -> String { try cgroup.contents("", "a/b/" + file) }
        #expect(try contents("memory.max") == "67108864\n")
        #expect(try contents("memory.low") == "33554432\n")
        #expect(try contents("cpu.weight") == "59\n")
        #expect(try contents("cpu.max") == "5000 10000\n")
        #expect(try contents("cpuset.cpus") == "0\n")
        #expect(try contents("pids.max") == "20\n")
        _ = try cgroup.addMember(at: cgroup.path + "/a/b")
    }

    @Test(.enabled(if: mode == .v2, "needs version 2"))
    func aLimitBelowTheMemoryInUseIsRefusedWhereThatIsAsked() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        _ = try cgroup.addMember()
        let limit = Resources.Memory(limit: 4096, checkBeforeUpdate: true)
        let error = #expect(throws: CgroupError.self) { try apply(Resources(memory: limit), to: cgroup) }
        guard case .belowUsage(let usage, _)? = error?.problem else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(usage > 4096)
        #expect(try cgroup.contents("", "memory.max") == "max\n")
    }

    @Test(.enabled(if: hasVersion1, "needs memory in version 1"))
    func memoryAndSwapCanBeMovedTogetherInBothDirections() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        guard (try? cgroup.contents("memory", "memory.memsw.limit_in_bytes")) != nil else { return }
        for (limit, swap) in [(64, 80), (128, 160), (32, 40), (-1, -1), (64, 80)] as [(Int64, Int64)] {
            let (bytes, sum) = limit < 0 ? (limit, swap) : (limit << 20, swap << 20)
            try apply(Resources(memory: .init(limit: bytes, swap: sum)), to: cgroup)
            let unlimited = 9_223_372_036_854_771_712
            #expect(
                try cgroup.contents("memory", "memory.limit_in_bytes") == "\(bytes < 0 ? unlimited : Int(bytes))\n")
            #expect(
                try cgroup.contents("memory", "memory.memsw.limit_in_bytes") == "\(sum < 0 ? unlimited : Int(sum))\n")
        }
    }

    @Test(.enabled(if: hasVersion1, "needs cpu in version 1"))
    func quotaAndPeriodCanBeMovedTogether() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        for (quota, period) in [(1_000_000, 1_000_000), (1000, 1000), (2000, 100_000)] as [(Int64, UInt64)] {
            try apply(Resources(cpu: .init(quota: quota, period: period)), to: cgroup)
            #expect(try cgroup.contents("cpu", "cpu.cfs_quota_us") == "\(quota)\n")
            #expect(try cgroup.contents("cpu", "cpu.cfs_period_us") == "\(period)\n")
        }
    }

    @Test(.enabled(if: hasVersion1, "needs cpuset in version 1"))
    func aRefusedValueIsNamedWithFileAndPointer() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        let error = #expect(throws: CgroupError.self) {
            try apply(Resources(cpu: .init(cpus: "0-9999")), to: cgroup)
        }
        #expect(error?.operation == .set)
        #expect(error?.file == "cpuset.cpus")
        #expect(error?.value == "0-9999")
        #expect(error?.pointer == "/linux/resources/cpu/cpus")
        #expect(error?.path.hasSuffix(cgroup.path) == true)
        #expect(error?.call != nil)
    }

    @Test func aFileThatIsMissingIsAnErrorUnlessItMayBe() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        let controller = try #require(cgroup.layout.places.first { !$0.controllers.isEmpty }?.controllers.first)
        let directories = try CgroupDirectories(opening: cgroup.layout)
        let optional = CgroupSetting(controller, "no.such.file", "1", pointer: "/p", ignoreIfMissing: true)
        #expect(throws: Never.self) { try directories.apply([optional]) }
        let needed = CgroupSetting(controller, "no.such.file", "1", pointer: "/p")
        let error = #expect(throws: CgroupError.self) { try directories.apply([needed]) }
        #expect(error?.file == "no.such.file")
        for odd in ["../cgroup.procs", "/proc/self/oom_score_adj", "a/../cgroup.procs"] {
            #expect(throws: CgroupError.self) {
                try directories.apply([CgroupSetting(controller, odd, "0", pointer: "")])
            }
        }
        #expect(try cgroup.layout.processes() == [])
    }
}
