import Cgroups
import Foundation
import OCISpec
import Testing

private typealias Resources = Spec.Linux.Resources

struct RarerSettingsTests {
    private let v1 = SettingsTests.layout(
        .v1, ["cpu", "memory", "blkio", "hugetlb", "net_cls", "net_prio", "rdma", "devices"])
    private let v2 = SettingsTests.layout(.v2, ["cpu", "memory", "io", "hugetlb", "rdma", "misc"])

    private func lines(_ resources: Resources, on layout: CgroupLayout) throws -> [String] {
        try CgroupSetting.settings(for: resources, on: layout).map { setting in
            let fallback = setting.fallback.map { " or \($0.file)=\($0.value)" } ?? ""
            return "\(setting.file)=\(setting.value)\(fallback)"
        }
    }

    private func problem(_ resources: Resources, on layout: CgroupLayout) -> (CgroupError.Problem?, String?) {
        let error = #expect(throws: CgroupError.self) { try lines(resources, on: layout) }
        return (error?.problem, error?.pointer)
    }

    private let blockIO = Resources.BlockIO(
        weight: 500, weightDevice: [.init(major: 8, minor: 0, weight: 200), .init(major: 8, minor: 16, weight: 0)],
        throttleReadBpsDevice: [.init(major: 8, minor: 0, rate: 1000), .init(major: 8, minor: 16, rate: 0)],
        throttleWriteBpsDevice: [.init(major: 8, minor: 0, rate: 2000)],
        throttleReadIOPSDevice: [.init(major: 8, minor: 0, rate: 30)],
        throttleWriteIOPSDevice: [.init(major: 8, minor: 0, rate: 40)])

    @Test func blockIOIsWrittenToTheFilesOfVersion1() throws {
        #expect(
            try lines(Resources(blockIO: blockIO), on: v1) == [
                "blkio.weight=500 or blkio.bfq.weight=500",
                "blkio.weight_device=8:0 200 or blkio.bfq.weight_device=8:0 200",
                "blkio.throttle.read_bps_device=8:0 1000", "blkio.throttle.read_bps_device=8:16 0",
                "blkio.throttle.write_bps_device=8:0 2000", "blkio.throttle.read_iops_device=8:0 30",
                "blkio.throttle.write_iops_device=8:0 40",
            ])
        let leaves = Resources.BlockIO(
            leafWeight: 300, weightDevice: [.init(major: 8, minor: 0, weight: 10, leafWeight: 20)])
        #expect(
            try lines(Resources(blockIO: leaves), on: v1) == [
                "blkio.leaf_weight=300", "blkio.weight_device=8:0 10 or blkio.bfq.weight_device=8:0 10",
                "blkio.leaf_weight_device=8:0 20",
            ])
    }

    @Test func blockIOIsWrittenToTheFilesOfVersion2() throws {
        #expect(
            try lines(Resources(blockIO: blockIO), on: v2) == [
                "io.bfq.weight=500 or io.weight=4950", "io.bfq.weight=8:0 200 or io.weight=8:0 1920",
                "io.max=8:0 rbps=1000", "io.max=8:16 rbps=max", "io.max=8:0 wbps=2000", "io.max=8:0 riops=30",
                "io.max=8:0 wiops=40",
            ])
        #expect(
            problem(Resources(blockIO: .init(leafWeight: 10)), on: v2)
                == (.notInThisVersion, "/linux/resources/blockIO/leafWeight"))
        #expect(
            problem(
                Resources(blockIO: .init(weightDevice: [.init(major: 1, minor: 1, leafWeight: 10)])), on: v2)
                == (.notInThisVersion, "/linux/resources/blockIO/weightDevice/0/leafWeight"))
    }

    @Test(arguments: [(10, 1), (11, 11), (100, 910), (500, 4950), (999, 9989), (1000, 10_000)] as [(UInt16, UInt64)])
    func aWeightIsConverted(weight: UInt16, expected: UInt64) throws {
        #expect(
            try lines(Resources(blockIO: .init(weight: weight)), on: v2)
                == ["io.bfq.weight=\(weight) or io.weight=\(expected)"])
    }

    @Test func hugePagesAreLimitedWithTheirReservations() throws {
        let limits = Resources(hugepageLimits: [.init(pageSize: "2MB", limit: 4096), .init(pageSize: "1GB", limit: 0)])
        #expect(
            try lines(limits, on: v1) == [
                "hugetlb.2MB.limit_in_bytes=4096", "hugetlb.2MB.rsvd.limit_in_bytes=4096",
                "hugetlb.1GB.limit_in_bytes=0", "hugetlb.1GB.rsvd.limit_in_bytes=0",
            ])
        #expect(
            try lines(limits, on: v2) == [
                "hugetlb.2MB.max=4096", "hugetlb.2MB.rsvd.max=4096", "hugetlb.1GB.max=0", "hugetlb.1GB.rsvd.max=0",
            ])
    }

    @Test func packetsAreMarkedInVersion1Only() throws {
        let network = Resources(
            network: .init(
                classID: 1_048_577, priorities: [.init(name: "lo", priority: 3), .init(name: "e", priority: 0)]))
        #expect(
            try lines(network, on: v1) == [
                "net_cls.classid=1048577", "net_prio.ifpriomap=lo 3", "net_prio.ifpriomap=e 0",
            ])
        #expect(problem(network, on: v2) == (.notInThisVersion, "/linux/resources/network/classID"))
        #expect(
            problem(Resources(network: .init(priorities: [.init(name: "lo", priority: 3)])), on: v2)
                == (.notInThisVersion, "/linux/resources/network/priorities"))
        #expect(try lines(Resources(network: .init(classID: 0, priorities: [])), on: v2) == [])
    }

    @Test func devicesOfRDMAAreLimitedInTheOrderOfTheirNames() throws {
        let rdma = Resources(
            rdma: ["mlx5_1": .init(hcaHandles: 3, hcaObjects: 10_000), "mlx4_0": .init(hcaObjects: 1000), "x": .init()])
        for layout in [v1, v2] {
            #expect(
                try lines(rdma, on: layout) == [
                    "rdma.max=mlx4_0 hca_object=1000", "rdma.max=mlx5_1 hca_handle=3 hca_object=10000",
                ])
        }
    }

    @Test func filesOfVersion2AreWrittenLastAndLineByLine() throws {
        let unified = Resources(
            memory: .init(limit: 4096),
            unified: [
                "misc.max": "res_a 1", "io.max": "8:0 rbps=1\n8:16 wbps=2\n", "memory.high": "1", "cpu.weight": "",
                "cgroup.max.depth": "3",
            ])
        #expect(
            try lines(unified, on: v2) == [
                "memory.max=4096", "cgroup.max.depth=3", "cpu.weight=\n", "io.max=8:0 rbps=1", "io.max=8:16 wbps=2",
                "memory.high=1", "misc.max=res_a 1",
            ])
        #expect(problem(unified, on: v1) == (.notInThisVersion, "/linux/resources/unified"))
        #expect(
            problem(Resources(unified: ["pids.max": "1"]), on: v2)
                == (.missingController("pids"), "/linux/resources/unified/pids.max"))
        for (file, token) in [("memory", "memory"), ("a/b.c", "a~1b.c"), (".x", ".x"), ("", ""), ("../m.x", "..~1m.x")]
        {
            #expect(
                problem(Resources(unified: [file: "1"]), on: v2) == (.badFile, "/linux/resources/unified/\(token)"))
        }
    }

    @Test func kernelMemoryIsAskedForWhereTheKernelMayStillKnowIt() throws {
        let memory = Resources(memory: .init(kernel: 1 << 20, kernelTCP: 1 << 21))
        #expect(
            try lines(memory, on: v1) == [
                "memory.kmem.limit_in_bytes=1048576", "memory.kmem.tcp.limit_in_bytes=2097152",
            ])
        #expect(try CgroupSetting.settings(for: memory, on: v1).allSatisfy(\.ignoreIfMissing))
        #expect(try lines(memory, on: v2) == [])
    }

    @Test(arguments: [
        ("blkio", Resources(blockIO: .init(weight: 10)), "/linux/resources/blockIO/weight"),
        ("hugetlb", Resources(hugepageLimits: [.init(pageSize: "2MB", limit: 1)]), "/linux/resources/hugepageLimits/0"),
        ("net_cls", Resources(network: .init(classID: 1)), "/linux/resources/network/classID"),
        (
            "net_prio", Resources(network: .init(priorities: [.init(name: "lo", priority: 1)])),
            "/linux/resources/network/priorities/0"
        ),
        ("rdma", Resources(rdma: ["x": .init(hcaObjects: 1)]), "/linux/resources/rdma/x"),
    ])
    private func aControllerThatIsMissingIsNamed(controller: String, resources: Resources, pointer: String) {
        let layout = SettingsTests.layout(.v1, ["cpu"])
        #expect(problem(resources, on: layout) == (.missingController(controller), pointer))
    }
}

/// A directory that looks like a cgroup of version 2: plain files, which keep what is written.
private final class FakeGroup {
    let path = "/tmp/swrun-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    let layout: CgroupLayout

    init(_ files: [String: String]) throws {
        layout = CgroupLayout(
            mode: .v2,
            places: [
                .init(
                    controllers: ["cpu", "cpuset", "memory", "io", "pids", "hugetlb", "rdma"], mountPoint: path,
                    path: "/c", isUnified: true)
            ])
        try FileManager.default.createDirectory(atPath: path + "/c", withIntermediateDirectories: true)
        for (name, text) in files { try text.write(toFile: path + "/c/" + name, atomically: false, encoding: .utf8) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func apply(_ resources: Spec.Linux.Resources) throws {
        try CgroupDirectories(opening: layout).apply(CgroupSetting.settings(for: resources, on: layout))
    }

    subscript(name: String) -> String? { try? String(contentsOfFile: path + "/c/" + name, encoding: .utf8) }
}

struct FakeTreeTests {
    @Test func weightsGoToBFQWhereItIsThere() throws {
        let group = try FakeGroup(["io.bfq.weight": "", "io.weight": "untouched"])
        try group.apply(.init(blockIO: .init(weight: 500, weightDevice: [.init(major: 8, minor: 0, weight: 20)])))
        #expect(group["io.bfq.weight"] == "5008:0 20")  // one write each: a file keeps both
        #expect(group["io.weight"] == "untouched")
    }

    @Test func weightsGoToTheOtherFileWithoutBFQ() throws {
        let group = try FakeGroup(["io.weight": ""])
        try group.apply(.init(blockIO: .init(weight: 500, weightDevice: [.init(major: 8, minor: 0, weight: 20)])))
        #expect(group["io.weight"] == "49508:0 102")
        #expect(group["io.bfq.weight"] == nil)
    }

    @Test func aWeightWithoutAnyFileForItIsRefusedWithItsPointer() throws {
        let group = try FakeGroup(["cgroup.controllers": "io\n"])
        let error = #expect(throws: CgroupError.self) { try group.apply(.init(blockIO: .init(weight: 500))) }
        #expect(error?.pointer == "/linux/resources/blockIO/weight")
        #expect(error?.file == "io.weight")
    }

    @Test func filesThatBelongToNoControllerAreWrittenAmongOthers() throws {
        let group = try FakeGroup([
            "cgroup.max.depth": "", "cpu.idle": "", "cgroup.max.descendants": "", "pids.max": "",
        ])
        try group.apply(
            .init(
                unified: [
                    "cgroup.max.depth": "3", "pids.max": "99", "cpu.idle": "1", "cgroup.max.descendants": "5",
                ]))
        #expect(group["cgroup.max.depth"] == "3" && group["cgroup.max.descendants"] == "5")
        #expect(group["pids.max"] == "99" && group["cpu.idle"] == "1")
    }

    @Test func aControllerThatWasNotHandedDownIsNamed() throws {
        let group = try FakeGroup(["cgroup.controllers": "cpu memory\n"])
        let error = #expect(throws: CgroupError.self) {
            try group.apply(.init(hugepageLimits: [.init(pageSize: "2MB", limit: 5)]))
        }
        #expect(error?.problem == .missingController("hugetlb"))
    }

    @Test func reservationsOfHugePagesMayBeMissing() throws {
        let group = try FakeGroup(["hugetlb.2MB.max": ""])
        try group.apply(.init(hugepageLimits: [.init(pageSize: "2MB", limit: 5)]))
        #expect(group["hugetlb.2MB.max"] == "5")
        #expect(group["hugetlb.2MB.rsvd.max"] == nil)
    }

    @Test func everyLineOfAFileIsAWriteOfItsOwn() throws {
        let group = try FakeGroup(["io.max": "", "rdma.max": "", "memory.high": ""])
        try group.apply(
            .init(
                rdma: ["b": .init(hcaHandles: 1)], unified: ["io.max": "8:0 rbps=1\n8:0 wbps=2", "memory.high": "max"]))
        #expect(group["io.max"] == "8:0 rbps=18:0 wbps=2")
        #expect(group["rdma.max"] == "b hca_handle=1")
        #expect(group["memory.high"] == "max")
    }
}
