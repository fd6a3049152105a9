import OCISpec
import Testing
import Validation

private typealias Resources = Spec.Linux.Resources

@Suite("Rules on the rarer controllers") struct ControllerTests {
    /// The pointers, below the resources, of what is found; the rules are not told to stop at the first.
    private func found(_ resources: Resources, on host: HostFacts = HostFacts()) -> [String] {
        var spec = soundSpec()
        spec.linux?.resources = resources
        return validate(spec, on: host).map {
            "\($0.severity == .error ? "" : "warning ")\($0.pointer.dropFirst("/linux/resources".count)) \($0.rule)"
        }
    }

    private let old = HostFacts(kernelMajor: 4, kernelMinor: 19, cgroupMode: .v1)

    @Test func weightsAndNumbersOfBlockIOAreJudged() {
        let blockIO = Resources.BlockIO(
            weight: 9, leafWeight: 1001,
            weightDevice: [.init(major: 8, minor: 0), .init(major: -1, minor: 1 << 20, weight: 10)],
            throttleReadBpsDevice: [.init(major: 8, minor: 0, rate: 0)],
            throttleWriteIOPSDevice: [.init(major: 4096, minor: 0, rate: 1)])
        #expect(
            found(.init(blockIO: blockIO), on: old) == [
                "/blockIO/leafWeight block-io", "/blockIO/throttleWriteIOPSDevice/0/major block-io",
                "/blockIO/weight block-io", "/blockIO/weightDevice/0 block-io",
                "/blockIO/weightDevice/1/major block-io", "/blockIO/weightDevice/1/minor block-io",
            ])
        #expect(found(.init(blockIO: .init(weight: 0, leafWeight: 0))) == [])
    }

    @Test func aWeightNeedsASchedulerThatKnowsIt() {
        let weights = Resources(
            blockIO: .init(
                weight: 10, leafWeight: 20, weightDevice: [.init(major: 8, minor: 0, weight: 10, leafWeight: 20)]))
        #expect(found(weights, on: old) == [])
        #expect(
            found(weights) == ["/blockIO/leafWeight block-weight", "/blockIO/weightDevice/0/leafWeight block-weight"])
        var host = HostFacts()
        host.hasBlockWeights = false
        #expect(
            found(.init(blockIO: .init(weight: 10, weightDevice: [.init(major: 8, minor: 0, weight: 10)])), on: host)
                == ["/blockIO/weight block-weight", "/blockIO/weightDevice/0/weight block-weight"])
        host.hasBlockWeights = true
        #expect(found(.init(blockIO: .init(weight: 10)), on: host) == [])
    }

    @Test func sizesOfHugePagesAreJudged() {
        let sizes = Resources(
            hugepageLimits: ["2MB", "64KB", "1GB", "2mb", "MB", "02MB", "2TB", "2MB"].map {
                .init(pageSize: $0, limit: 1)
            })
        #expect(found(sizes) == (3...7).map { "/hugepageLimits/\($0)/pageSize hugepage-limit" })
        var host = HostFacts()
        host.hugepageSizes = ["2MB", "1GB"]
        #expect(
            found(
                .init(hugepageLimits: [.init(pageSize: "2MB", limit: 1), .init(pageSize: "64KB", limit: 1)]), on: host)
                == ["/hugepageLimits/1/pageSize hugepage-limit"])
    }

    @Test func marksOfPacketsAreAMatterOfVersion1() {
        let network = Resources(network: .init(classID: 1, priorities: [.init(name: "x", priority: 1)]))
        #expect(found(network, on: HostFacts(cgroupMode: .v1)) == [])
        #expect(found(network) == ["/network/classID network-class", "/network/priorities network-class"])
        let names = ["lo", "", "a b", "a/b", "sixteen-bytes-xx", "lo", ".."]
        #expect(
            found(
                .init(network: .init(priorities: names.map { .init(name: $0, priority: 1) })),
                on: HostFacts(cgroupMode: .v1)) == (1...6).map { "/network/priorities/\($0)/name network-interface" })
    }

    @Test func devicesOfRDMAAreJudged() {
        let rdma = Resources(rdma: ["a/b": .init(), "c": .init(hcaObjects: 1)])
        #expect(found(rdma) == ["/rdma/a~1b rdma-limit"])
        var host = HostFacts()
        host.rdmaDevices = ["d"]
        #expect(found(rdma, on: host) == ["/rdma/a~1b rdma-limit", "/rdma/c rdma-limit"])
    }

    @Test func filesOfVersion2AreJudged() {
        #expect(found(.init(unified: ["memory.high": "1", "io.max": "x\ny", "cgroup.max.depth": "1"])) == [])
        #expect(
            found(.init(unified: ["memory.high": "1"]), on: HostFacts(cgroupMode: .hybrid)) == ["/unified unified-file"]
        )
        for file in ["../x", "cgroup.procs", "cgroup.kill", "memory", "", ".", "..", "memory.", "a/b.c", "memory.\n"] {
            #expect(found(.init(unified: [file: "1"])).count == 1, "\(file)")
        }
        let host = HostFacts(cgroupControllers: ["memory"])
        #expect(
            found(.init(unified: ["memory.high": "1", "io.max": "8:0 rbps=1", "cgroup.max.depth": "1"]), on: host)
                == ["/unified/io.max unified-file"])
    }

    @Test func whatIsLimitedNeedsItsController() {
        let all = Resources(
            memory: .init(limit: 4096), cpu: .init(realtimePeriod: 5, cpus: "0"), pids: .init(limit: 0),
            blockIO: .init(throttleReadBpsDevice: [.init(major: 8, minor: 0, rate: 1)]),
            hugepageLimits: [.init(pageSize: "2MB", limit: 1)],
            network: .init(classID: 1, priorities: [.init(name: "lo", priority: 1)]),
            rdma: ["x": .init(hcaObjects: 1)])
        let places = [
            "/blockIO", "/cpu", "/cpu", "/hugepageLimits", "/memory", "/network/classID", "/network/priorities",
            "/pids",
            "/rdma",
        ]
        #expect(
            found(all, on: HostFacts(cgroupMode: .v1, cgroupControllers: []))
                == places.map { $0 + " cgroup-controller" })
        let names = ["memory", "cpu", "cpuset", "pids", "blkio", "hugetlb", "net_cls", "net_prio", "rdma"]
        #expect(found(all, on: HostFacts(cgroupMode: .v1, cgroupControllers: names)) == [])
        // Version 2 calls it io.
        #expect(
            found(.init(blockIO: all.blockIO), on: HostFacts(cgroupControllers: names))
                == ["/blockIO cgroup-controller"])
        #expect(found(.init(blockIO: all.blockIO), on: HostFacts(cgroupControllers: ["io"])) == [])
        let nothing = Resources(
            memory: .init(limit: 0, swap: 0), cpu: .init(shares: 0, quota: 0, burst: 0, period: 0),
            pids: .init(limit: -1),
            blockIO: .init(weight: 0), hugepageLimits: [], network: .init(classID: 0), rdma: [:], unified: [:])
        #expect(found(nothing, on: HostFacts(cgroupMode: .v1, cgroupControllers: [])) == [])
    }

    @Test func swapThatIsNotCountedCannotBeLimited() {
        var host = HostFacts()
        host.hasSwapAccounting = false
        #expect(found(.init(memory: .init(limit: 4096, swap: 8192)), on: host) == ["/memory/swap memory-swap"])
        #expect(found(.init(memory: .init(limit: 4096, swap: -1)), on: host) == [])
    }

    @Test func aPartOfWhatIsAllowedCannotBeTakenBackInVersion1() {
        func judged(_ rules: [Resources.DeviceRule], _ mode: HostFacts.CgroupMode = .v1) -> [String] {
            found(.init(devices: rules), on: HostFacts(cgroupMode: mode))
        }
        let some: [Resources.DeviceRule] = [
            .init(allow: true, type: .character, major: 10, access: "rwm"),
            .init(allow: false, type: .character, major: 10, minor: 5, access: "w"),
        ]
        #expect(judged(some) == ["/devices/1 device-rule-order"])
        #expect(judged(some, .v2) == [])
        #expect(judged(some + [.init(allow: false)]) == ["/devices/1 device-rule-order"])
        #expect(judged([some[0], .init(allow: false, access: "rwm"), some[1]]) == [])
        #expect(judged([some[0], .init(allow: false, type: .character, major: 10, access: "w")]) == [])
        #expect(judged([some[0], .init(allow: false, type: .block, major: 10, minor: 5)]) == [])
        #expect(judged([some[0], .init(allow: false, type: .character, major: 11)]) == [])
    }
}
