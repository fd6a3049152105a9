import Cgroups
import Foundation
import Testing

/// The kernel's texts, and what is read from them.
struct StatisticsTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func countersAreLinesOfANameAndANumber() {
        #expect(counters(bytes("a 1\nb.c 18446744073709551615\nd\ne x\nf 1 2\n\n")) == ["a": 1, "b.c": .max])
    }

    @Test(
        arguments: [("5\n", 5), ("max\n", .max), ("", nil), ("x\n", nil), ("-1\n", nil), ("7", 7)]
            as [(String, UInt64?)])
    func anAmountIsANumberOrTheWordMax(text: String, expected: UInt64?) {
        #expect(amount(bytes(text)) == expected)
    }

    @Test(
        arguments: [
            ("0-2,7\n", [0, 1, 2, 7]), ("\n", []), ("3", [3]), ("5-3", []), ("0-4294967295", []), ("x,1", [1]),
        ] as [(String, [UInt32])])
    func aListIsNumbersAndRanges(text: String, expected: [UInt32]) {
        #expect(members(bytes(text)) == expected)
    }

    @Test func countsOfDevicesAreReadWithAndWithoutAnOperation() {
        let read = entries(bytes("254:0 Read 4096\n8:16 7\nTotal 9\nx:y Read 1\n"))
        #expect(read.map { "\($0.major):\($0.minor) \($0.op) \($0.value)" } == ["254:0 Read 4096", "8:16  7"])
    }

    @Test func pressureIsReadWhereThereIsSome() {
        let read = pressure(
            bytes(
                "some avg10=0.12 avg60=1.00 avg300=100.00 total=8128\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=3\n")
        )
        #expect(read?.some?.avg10 == 0.12 && read?.some?.avg60 == 1 && read?.some?.avg300 == 100)
        #expect(read?.some?.total == 8128)
        #expect(read?.full?.total == 3)
        #expect(pressure(bytes("")) == nil)
        #expect(pressure(bytes("some avg10=0\n")) == nil)
    }

    /// A directory as version 2 has it.
    @Test func aGroupOfVersion2IsReadAsOneOfVersion1IsShown() throws {
        let path = "/tmp/swrun-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let files = [
            "cpu.stat":
                "usage_usec 10\nuser_usec 6\nsystem_usec 4\nnr_periods 3\nnr_throttled 2\nthrottled_usec 7\n",
            "cpu.pressure": "some avg10=0.50 avg60=0.00 avg300=0.00 total=5\n", "cpuset.cpus.effective": "0-1\n",
            "cpuset.mems.effective": "0\n", "memory.current": "4096\n", "memory.max": "8192\n", "memory.peak": "5000\n",
            "memory.swap.current": "100\n", "memory.swap.max": "max\n", "memory.stat": "anon 1\nfile 2\nkernel 3\n",
            "memory.events": "low 0\nhigh 0\nmax 4\noom 1\noom_kill 1\n", "pids.current": "2\n", "pids.max": "max\n",
            "io.stat": "254:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n8:0 \n",
            "hugetlb.2MB.current": "2097152\n", "hugetlb.2MB.rsvd.current": "4194304\n",
            "hugetlb.2MB.events": "max 6\n", "hugetlb.2MB.rsvd.max": "max\n",
        ]
        for (name, text) in files { try text.write(toFile: "\(path)/\(name)", atomically: false, encoding: .utf8) }
        let all = try CgroupStatistics.readingVersion2(at: path)
        #expect(all.cpu.usage.total == 10_000 && all.cpu.usage.user == 6000 && all.cpu.usage.kernel == 4000)
        #expect(all.cpu.throttling.periods == 3 && all.cpu.throttling.throttledPeriods == 2)
        #expect(all.cpu.throttling.throttledTime == 7000)
        #expect(all.cpu.psi?.some?.avg10 == 0.5)
        #expect(all.cpuset.cpus == [0, 1] && all.cpuset.mems == [0])
        #expect(all.memory.usage.limit == 8192 && all.memory.usage.usage == 4096)
        #expect(all.memory.usage.max == 5000 && all.memory.usage.failcnt == 4)
        #expect(all.memory.swap.limit == .max && all.memory.swap.usage == 4196)
        #expect(all.memory.cache == 2 && all.memory.kernel.usage == 3)
        #expect(all.memory.psi == nil)
        #expect(all.pids.current == 2 && all.pids.limit == nil)
        #expect(all.blkio.ioServiceBytesRecursive?.map(\.value) == [1, 2])
        #expect(all.blkio.ioServicedRecursive?.map(\.op) == ["Read", "Write"])
        #expect(all.hugetlb.keys.sorted() == ["2MB"])
        #expect(all.hugetlb["2MB"]?.usage == 4_194_304 && all.hugetlb["2MB"]?.failcnt == 6)
    }
}
