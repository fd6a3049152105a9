import Cgroups
import Foundation
import JSONCodec
import Testing

struct LayoutTests {
    static let v1 = CgroupHost(
        mode: .hybrid,
        hierarchies: [
            .init(controllers: ["cpu", "cpuacct"], mountPoint: "/sys/fs/cgroup/cpu,cpuacct", ownPath: "/user.slice"),
            .init(controllers: ["memory"], mountPoint: "/sys/fs/cgroup/memory", ownPath: "/"),
            .init(controllers: [], mountPoint: "/sys/fs/cgroup/unified", ownPath: "/user.slice", isUnified: true),
        ])
    static let v2 = CgroupHost(
        mode: .v2,
        hierarchies: [
            .init(
                controllers: ["cpu", "memory"], mountPoint: "/sys/fs/cgroup", ownPath: "/user.slice/session-1.scope",
                isUnified: true)
        ])

    private func directories(_ path: String?, id: String = "c1", on host: CgroupHost) throws -> [String] {
        try CgroupLayout.locate(cgroupsPath: path, id: id, on: host).places.map(\.directory)
    }

    @Test(arguments: ["/a/b", "//a/./b/", "/a//b"])
    func anAbsolutePathStartsAtEveryRoot(path: String) throws {
        #expect(
            try directories(path, on: Self.v1) == [
                "/sys/fs/cgroup/cpu,cpuacct/a/b", "/sys/fs/cgroup/memory/a/b", "/sys/fs/cgroup/unified/a/b",
            ])
        #expect(try directories(path, on: Self.v2) == ["/sys/fs/cgroup/a/b"])
    }

    @Test func aRelativePathStartsAtTheOwnCgroupOrInVersion2AtItsParent() throws {
        #expect(
            try directories("a", on: Self.v1) == [
                "/sys/fs/cgroup/cpu,cpuacct/user.slice/a", "/sys/fs/cgroup/memory/a",
                "/sys/fs/cgroup/unified/user.slice/a",
            ])
        #expect(try directories("a", on: Self.v2) == ["/sys/fs/cgroup/user.slice/a"])
        var root = Self.v2
        root.hierarchies[0].ownPath = "/"
        #expect(try directories("a", on: root) == ["/sys/fs/cgroup/a"])
    }

    @Test(arguments: [nil, ""])
    func withoutAPathTheIdTakesItsPlace(path: String?) throws {
        #expect(try directories(path, on: Self.v2) == ["/sys/fs/cgroup/user.slice/c1"])
    }

    @Test(arguments: [
        ("/", CgroupError.Problem.isRoot), ("//", .isRoot), ("/.", .isRoot), (".", .isRoot),
        ("..", .parentComponent), ("/a/../b", .parentComponent), ("../../x", .parentComponent),
        ("/a\0b", .badPath), ("/" + String(repeating: "a", count: 256), .badPath),
        (String(repeating: "/a", count: 2500), .badPath),
    ])
    func aPathThatCouldLeaveOrThatTheKernelRefusesIsRefused(path: String, problem: CgroupError.Problem) {
        let error = #expect(throws: CgroupError.self) { try directories(path, on: Self.v1) }
        #expect(error?.problem == problem)
        #expect(error?.operation == .locate)
    }

    @Test func dotsInsideAComponentAreNoParent() throws {
        #expect(try directories("/..a/b..", on: Self.v2) == ["/sys/fs/cgroup/..a/b.."])
    }

    @Test func nothingIsRelativeToACgroupOutsideOfTheNamespace() {
        var host = Self.v1
        host.hierarchies[0].ownPath = "/../.."
        let error = #expect(throws: CgroupError.self) { try directories("a", on: host) }
        #expect(error?.problem == .ownCgroupUnreachable)
        #expect(throws: Never.self) { try directories("/a", on: host) }
    }

    @Test func aCgroupInsideStaysInside() throws {
        let layout = try CgroupLayout.locate(cgroupsPath: "/a", id: "", on: Self.v1)
        #expect(
            try layout.inside("b/c").places.map(\.directory) == [
                "/sys/fs/cgroup/cpu,cpuacct/a/b/c", "/sys/fs/cgroup/memory/a/b/c", "/sys/fs/cgroup/unified/a/b/c",
            ])
        #expect(try layout.inside("/b") == layout.inside("b"))
        #expect(try layout.inside("/") == layout)
        for path in ["..", "../ab", "b/../../x", ""] {
            #expect(throws: CgroupError.self) { try layout.inside(path) }
        }
    }

    @Test func aLayoutSurvivesBeingStored() throws {
        let layout = try CgroupLayout.locate(cgroupsPath: "/a/b", id: "c1", on: Self.v1)
        let stored = JSONCodec.JSONEncoder().encode(layout)
        #expect(try JSONCodec.JSONDecoder().decode(CgroupLayout.self, from: stored) == layout)
    }

    static let memory = "/sys/fs/cgroup/memory"
    @Test(arguments: [
        (memory, "/", CgroupError.Problem.isRoot), (memory, "", .isRoot), ("/", "/sys/fs/cgroup/memory/a", .isRoot),
        (memory, "/a/../..", .parentComponent), (memory + "/..", "/a", .parentComponent), (memory, "/a/", .badPath),
        (memory, "a", .badPath), (memory, "//a", .badPath), ("sys", "/a", .badPath), (memory, "/a\0", .badPath),
        (memory, "/a/.", .parentComponent), (memory, "/./a", .parentComponent), (memory, ".", .badPath),
        ("/tmp", "/a", .notACgroup), ("/proc", "/a", .notACgroup), ("/tmp", "/.../..a/.b/a..", .notACgroup),
    ])
    func anEditedLayoutIsRefused(mountPoint: String, path: String, problem: CgroupError.Problem) {
        let place = CgroupLayout.Place(controllers: ["memory"], mountPoint: mountPoint, path: path)
        let layout = CgroupLayout(mode: .v1, places: [place])
        let error = #expect(throws: CgroupError.self) { try layout.verify() }
        #expect(error?.problem == problem)
        #expect(throws: CgroupError.self) { try layout.remove() }
        #expect(throws: CgroupError.self) { try layout.processes() }
    }
}
