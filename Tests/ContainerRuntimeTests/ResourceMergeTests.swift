import OCISpec
import Testing

@testable import ContainerRuntime

private typealias Resources = Spec.Linux.Resources

struct ResourceMergeTests {
    private let old = Resources(
        devices: [.init(allow: false)],
        memory: .init(limit: 100, reservation: 50, swap: 200, swappiness: 7),
        cpu: .init(shares: 512, quota: 5000, burst: 9, period: 10_000, cpus: "0-3", mems: "0", idle: 0),
        pids: .init(limit: 9),
        blockIO: .init(weight: 30, throttleReadBpsDevice: [.init(major: 8, minor: 0, rate: 1)]),
        hugepageLimits: [.init(pageSize: "2MB", limit: 5)],
        network: .init(classID: 3, priorities: [.init(name: "lo", priority: 1)]),
        rdma: ["a": .init(hcaHandles: 1, hcaObjects: 2)], unified: ["a.b": "1"])

    @Test func nothingAskedForChangesNothing() {
        let zeros = Resources(
            devices: [.init(allow: true)], memory: .init(limit: 0, reservation: 0, swap: 0, kernel: 0),
            cpu: .init(shares: 0, quota: 0, period: 0, realtimeRuntime: 0, realtimePeriod: 0, cpus: "", mems: ""),
            pids: .init(), blockIO: .init(weight: 0, leafWeight: 0, weightDevice: []), hugepageLimits: [],
            network: .init(classID: 0, priorities: []), rdma: [:], unified: [:])
        for new in [Resources(), zeros] {
            let merge = ResourceMerge(old, with: new)
            #expect(merge.whole == old)
            #expect(merge.change.memory ?? .init() == .init())
            #expect(merge.change.cpu ?? .init() == .init())
            #expect(merge.change.devices == nil)
        }
    }

    @Test func memoryAndSwapGoTogether() {
        let raised = ResourceMerge(old, with: Resources(memory: .init(limit: 150)))
        #expect(raised.whole.memory == .init(limit: 150, reservation: 50, swap: 200, swappiness: 7))
        #expect(raised.change.memory == .init(limit: 150, swap: 200))
        #expect(raised.change.cpu == nil)
        let free = ResourceMerge(old, with: Resources(memory: .init(limit: -1)))
        #expect(free.change.memory == .init(limit: -1, swap: -1))
        let soft = ResourceMerge(old, with: Resources(memory: .init(reservation: 60)))
        #expect(soft.change.memory == .init(reservation: 60))
    }

    @Test func quotaAndPeriodGoTogether() {
        let merge = ResourceMerge(old, with: Resources(cpu: .init(quota: 7000)))
        #expect(merge.change.cpu == .init(quota: 7000, period: 10_000))
        #expect(
            ResourceMerge(old, with: Resources(cpu: .init(period: 20_000))).change.cpu
                == .init(quota: 5000, period: 20_000))
        // A set of CPUs that somebody else has changed since stays.
        #expect(merge.whole.cpu?.cpus == "0-3")
    }

    @Test func sharesComeBackAfterIdling() {
        #expect(ResourceMerge(old, with: Resources(cpu: .init(idle: 1))).change.cpu == .init(idle: 1))
        #expect(ResourceMerge(old, with: Resources(cpu: .init(idle: 0))).change.cpu == .init(shares: 512, idle: 0))
        #expect(
            ResourceMerge(old, with: Resources(cpu: .init(shares: 9, idle: 0))).change.cpu == .init(shares: 9, idle: 0))
    }

    @Test func entriesOfListsAreReplacedByTheirKeys() {
        let merge = ResourceMerge(
            old,
            with: Resources(
                blockIO: .init(
                    throttleReadBpsDevice: [.init(major: 8, minor: 16, rate: 3), .init(major: 8, minor: 0, rate: 2)]),
                hugepageLimits: [.init(pageSize: "1GB", limit: 1), .init(pageSize: "2MB", limit: 6)],
                network: .init(priorities: [.init(name: "lo", priority: 2)]),
                rdma: ["a": .init(hcaObjects: 5), "b": .init(hcaHandles: 1)], unified: ["a.b": "2", "c.d": "3"]))
        #expect(merge.whole.blockIO?.weight == 30)
        #expect(merge.change.blockIO?.weight == nil)
        #expect(merge.whole.blockIO?.throttleReadBpsDevice?.map(\.rate) == [2, 3])
        #expect(merge.change.blockIO?.throttleReadBpsDevice?.map(\.rate) == [3, 2])
        #expect(merge.whole.hugepageLimits?.map(\.limit) == [6, 1])
        #expect(merge.whole.network == .init(classID: 3, priorities: [.init(name: "lo", priority: 2)]))
        #expect(merge.change.network?.classID == nil)
        #expect(merge.whole.rdma == ["a": .init(hcaHandles: 1, hcaObjects: 5), "b": .init(hcaHandles: 1)])
        #expect(merge.whole.unified == ["a.b": "2", "c.d": "3"])
        #expect(merge.change.unified == ["a.b": "2", "c.d": "3"])
    }

    @Test func aLimitOfNoTasksIsOne() {
        #expect(ResourceMerge(old, with: Resources(pids: .init(limit: 0))).whole.pids?.limit == 0)
        #expect(ResourceMerge(old, with: Resources(pids: .init())).whole.pids?.limit == 9)
    }
}
