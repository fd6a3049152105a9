import Cgroups
import Foundation
import Testing

@Suite(.enabled(if: canMakeCgroups, "\(cgroupsUnavailable ?? "")"))
struct LifeTests {
    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test func aCgroupIsMadeJoinedAndRemovedInEveryHierarchy() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        let member = try cgroup.addMember()
        let memberships = try String(contentsOfFile: "/proc/\(member.pid)/cgroup", encoding: .utf8)
        for place in cgroup.layout.places {
            #expect(exists(place.directory))
            let names = place.isUnified ? "" : place.controllers.joined(separator: ",")
            let line = ":" + names + ":" + cgroup.path + "\n"
            #expect(memberships.contains(line))
        }
        #expect(try cgroup.layout.processes() == [member.pid])
        member.end()
        try cgroup.layout.remove()
        #expect(!cgroup.layout.places.contains { exists($0.directory) })
    }

    @Test func whatIsNotThereCountsAsRemoved() throws {
        let cgroup = try TestCgroup()
        #expect(throws: Never.self) { try cgroup.layout.remove() }
        #expect(try cgroup.layout.processes() == [])
    }

    @Test func missingAncestorsAreMade() throws {
        let cgroup = try TestCgroup()
        let below = try CgroupLayout.locate(cgroupsPath: cgroup.path + "/a/b", id: "", on: CgroupHost.detect())
        var directories = try CgroupDirectories(opening: below)
        try directories.create()
        let member = try cgroup.addMember(at: cgroup.path + "/a/b")
        #expect(try cgroup.layout.processes() == [member.pid])
        #expect(try below.processes() == [member.pid])
    }

    @Test func aCgroupWithProcessesIsRefusedAndLeftAlone() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        let member = try cgroup.addMember()
        var second = try CgroupDirectories(opening: cgroup.layout)
        for attempt in 0..<2 {
            let error = #expect(throws: CgroupError.self) {
                if attempt == 0 { try second.refuseOccupied() } else { try second.create() }
            }
            #expect(error?.problem == .notEmpty(processes: 1))
        }
        #expect(try cgroup.layout.processes() == [member.pid])
    }

    @Test func processesOnlyInTheVersion2TreeAreFoundAheadToo() throws {
        let cgroup = try TestCgroup()
        guard let place = cgroup.layout.places.first(where: \.isUnified) else { return }
        try cgroup.create()
        let member = try cgroup.addMember()
        // Move it away everywhere else: its place in the version 2 tree is enough to be killed with it.
        for other in cgroup.layout.places where other != place {
            try Data("\(member.pid)".utf8).write(to: URL(fileURLWithPath: other.mountPoint + "/cgroup.procs"))
        }
        let error = #expect(throws: CgroupError.self) {
            try CgroupDirectories(opening: cgroup.layout).refuseOccupied()
        }
        #expect(error?.problem == .notEmpty(processes: 1))
        #expect(error?.path == place.directory)
    }

    @Test func anEmptyCgroupThatIsThereIsUsed() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        try cgroup.create()
        _ = try cgroup.addMember()
    }

    @Test func aProcessIsFollowedIntoCgroupsInsideButNotElsewhere() throws {
        let cgroup = try TestCgroup()
        guard let top = cgroup.layout.places.firstIndex(where: \.isUnified) else { return }
        let inner = try cgroup.layout.inside("inner")
        var directories = try CgroupDirectories(opening: inner)
        try directories.create()
        let member = try cgroup.addMember(at: cgroup.path + "/inner")
        let followed = try #require(try cgroup.layout.following(process: member.pid))
        #expect(followed.places[top].path == cgroup.path + "/inner")
        #expect(try inner.following(process: member.pid) == inner)
        #expect(try cgroup.layout.inside("inn").following(process: member.pid) == nil)
        #expect(try cgroup.layout.following(process: getpid()) == nil)
    }

    @Test func joiningOpensTheVersion2TreeOrRefusesAnEditedLayout() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        let joined = try CgroupDirectories.joining(cgroup.layout)
        #expect((joined.cloneTarget != nil) == cgroup.layout.places.contains(where: \.isUnified))
        var edited = cgroup.layout
        edited.places[0].path = "/a/.."
        #expect(throws: CgroupError.self) { _ = try CgroupDirectories.joining(edited) }
        #expect(throws: CgroupError.self) { try edited.apply([]) }
    }

    @Test func cgroupsMadeInsideAreRemovedToo() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        for place in cgroup.layout.places {
            for name in ["a/b/c", "d"] {
                try FileManager.default.createDirectory(
                    atPath: place.directory + "/" + name, withIntermediateDirectories: true)
            }
        }
        try cgroup.layout.remove()
        #expect(!cgroup.layout.places.contains { exists($0.directory) })
    }
}
