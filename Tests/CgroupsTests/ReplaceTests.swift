import Cgroups
import Foundation
import OCISpec
import Testing

private typealias Resources = Spec.Linux.Resources

struct UndoingTests {
    private static func setting(_ file: String, _ value: String) -> CgroupSetting {
        CgroupSetting("c", file, value, pointer: "/p")
    }

    @Test(
        arguments: [
            (setting("pids.max", "5"), "max\n", ["max"]),
            (setting("cpu.max", "1 2"), "max 100000\n", ["max 100000"]),
            (setting("cpuset.cpus", "1"), "\n", ["\n"]),
            (setting("cpuset.cpus", "1"), "", ["\n"]),
            (setting("memory.oom_control", "1"), "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n", ["0"]),
            (setting("io.max", "8:0 rbps=1"), "", ["8:0 rbps=max wbps=max riops=max wiops=max"]),
            (
                setting("io.max", "8:0 rbps=1"), "8:16 rbps=3\n8:0 rbps=max wbps=5 riops=max wiops=max\n",
                ["8:0 rbps=max wbps=5 riops=max wiops=max"]
            ),
            (setting("io.weight", "8:0 5"), "default 100\n8:16 7\n", ["8:0 default"]),
            (setting("io.weight", "5"), "default 100\n8:16 7\n", ["default 100", "8:16 7"]),
            (setting("blkio.bfq.weight_device", "8:0 5"), "default 100\n", ["8:0 default"]),
            (setting("blkio.throttle.read_bps_device", "8:0 5"), "8:1 6\n", ["8:0 0"]),
            (setting("blkio.throttle.read_bps_device", "8:0 5"), "8:1 6\n8:0 9\n", ["8:0 9"]),
            (setting("net_prio.ifpriomap", "lo 5"), "lo 0\neth0 3\n", ["lo 0", "eth0 3"]),
            (
                setting("rdma.max", "a hca_object=1"), "a hca_handle=max hca_object=max\n",
                [
                    "a hca_handle=max hca_object=max"
                ]
            ),
        ])
    func whatAFileSaidIsSaidAgain(setting: CgroupSetting, text: String, expected: [String]) {
        let back = setting.undoing(Array(text.utf8))
        #expect(back.map(\.value) == expected)
        #expect(back.allSatisfy { $0.file == setting.file && $0.controller == setting.controller })
    }
}

@Suite(.enabled(if: canMakeCgroups, "\(cgroupsUnavailable ?? "")"))
struct ReplaceTests {
    private static let controllers = (try? CgroupHost.detect())?.controllers ?? []
    private static let mode = (try? CgroupHost.detect())?.mode

    private static let needed = ["memory", "cpu", "cpuset", "pids"].allSatisfy(controllers.contains)

    /// The files of this host's version that the limits below are in.
    private func files(_ cgroup: TestCgroup) throws -> [String] {
        let names =
            Self.mode == .v2
            ? [("", "memory.max"), ("", "cpu.max"), ("", "cpu.weight"), ("", "cpuset.cpus"), ("", "pids.max")]
            : [
                ("memory", "memory.limit_in_bytes"), ("cpu", "cpu.cfs_quota_us"), ("cpu", "cpu.cfs_period_us"),
                ("cpu", "cpu.shares"), ("cpuset", "cpuset.cpus"), ("pids", "pids.max"),
            ]
        return try names.map { try cgroup.contents($0.0, $0.1) }
    }

    @Test(.enabled(if: needed, "needs memory, cpu, cpuset and pids"))
    func whereTheLastLimitIsRefusedNoneHasChanged() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        let limits = Resources(
            memory: .init(limit: 64 << 20), cpu: .init(shares: 512, quota: 5000, period: 10_000, cpus: "0"),
            pids: .init(limit: 20))
        try cgroup.layout.replace(CgroupSetting.settings(for: limits, on: cgroup.layout))
        let before = try files(cgroup)
        #expect(before.contains("20\n"))
        var others = try CgroupSetting.settings(
            for: Resources(
                memory: .init(limit: 32 << 20), cpu: .init(shares: 100, quota: 2000, period: 20_000, cpus: "0-1"),
                pids: .init(limit: 30)), on: cgroup.layout)
        others.append(CgroupSetting("pids", "pids.max", "many", pointer: "/last"))
        let error = #expect(throws: CgroupReplacementError.self) { try cgroup.layout.replace(others) }
        #expect(error?.cause.pointer == "/last")
        #expect(error?.unrestored == [])
        #expect(try files(cgroup) == before)
        try cgroup.layout.replace(others.dropLast())
        #expect(try files(cgroup) != before)
    }

    @Test(.enabled(if: needed, "needs pids")) func aMissingControllerIsFoundBeforeTheFirstWrite() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        let settings = [
            CgroupSetting("pids", "pids.max", "5", pointer: "/a"),
            CgroupSetting("nonesuch", "nonesuch.max", "5", pointer: "/b"),
        ]
        let error = #expect(throws: CgroupReplacementError.self) { try cgroup.layout.replace(settings) }
        #expect(error?.cause.problem == .missingController("nonesuch"))
        #expect(try cgroup.contents(Self.mode == .v2 ? "" : "pids", "pids.max") == "max\n")
    }
}
