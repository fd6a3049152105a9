import Cgroups
import Foundation
import Testing

struct HostTests {
    @Test func membershipsAreReadLineByLine() {
        let text = """
            12:cpu,cpuacct:/user.slice
            2:name=systemd:/a:b
            0::/user.slice/session-1.scope
            not a line
            """
        #expect(
            parseMemberships(Array(text.utf8)) == [
                Membership(controllers: ["cpu", "cpuacct"], path: "/user.slice"),
                Membership(controllers: ["name=systemd"], path: "/a:b"),
                Membership(controllers: [], path: "/user.slice/session-1.scope"),
            ])
    }

    @Test func hierarchiesAreLookedForWhereDistributionsMountThem() {
        func places(_ controllers: String...) -> [String] {
            Membership(controllers: controllers, path: "/").conventionalPlaces
        }
        #expect(places("cpu", "cpuacct").map { $0.dropFirst(15) } == ["cpu,cpuacct", "cpu", "cpuacct"])
        #expect(places("name=systemd") == ["/sys/fs/cgroup/systemd"])
        #expect(places() == ["/sys/fs/cgroup/unified"])
    }

    @Test func theMountTableTellsUnusualPlaces() {
        let text = """
            32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime shared:9 master:1 - cgroup cgroup rw,cpu,cpuacct
            33 31 0:30 / /odd\\040place\\134x rw - cgroup2 cgroup2 rw,nsdelegate
            34 31 0:31 / /tmp rw,relatime - tmpfs tmpfs rw
            35 short - cgroup
            """
        #expect(
            parseMountTable(Array(text.utf8)) == [
                CgroupMount(mountPoint: "/sys/fs/cgroup/cpu", type: "cgroup", options: ["rw", "cpu", "cpuacct"]),
                CgroupMount(mountPoint: "/odd place\\x", type: "cgroup2", options: ["rw", "nsdelegate"]),
            ])
    }

    @Test func whatIsDetectedAgreesWithTheMountTable() throws {
        guard let host = try? CgroupHost.detect() else { return }
        let table = parseMountTable(Array(try Data(contentsOf: URL(fileURLWithPath: "/proc/self/mountinfo"))))
        for hierarchy in host.hierarchies {
            let mount = try #require(table.first { $0.mountPoint == hierarchy.mountPoint })
            #expect((mount.type == "cgroup2") == hierarchy.isUnified)
            if !hierarchy.isUnified { #expect(hierarchy.controllers.allSatisfy(mount.options.contains)) }
        }
        #expect((host.mode == .v1) == !host.hierarchies.contains(where: \.isUnified))
        #expect((host.mode == .v2) == (host.hierarchies.allSatisfy(\.isUnified)))
    }
}
