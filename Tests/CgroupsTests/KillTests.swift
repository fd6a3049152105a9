import Cgroups
import Foundation
import OCISpec
import Testing

/// Serialised: freezing waits for processes that other tests keep busy.
@Suite(.serialized, .enabled(if: canMakeCgroups, "\(cgroupsUnavailable ?? "")"))
struct KillTests {
    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// The same cgroup as seen without its version 2 tree: how a pure version 1 host would have it.
    private func version1(_ layout: CgroupLayout) -> CgroupLayout? {
        layout.mode == .v2 ? nil : CgroupLayout(mode: .v1, places: layout.places.filter { !$0.isUnified })
    }

    private func layouts(_ cgroup: TestCgroup) -> [CgroupLayout] {
        [cgroup.layout] + (version1(cgroup.layout).map { [$0] } ?? [])
    }

    @Test(arguments: [0, 1])
    func allProcessesDie(variant: Int) throws {
        let cgroup = try TestCgroup()
        guard variant < layouts(cgroup).count else { return }
        let layout = layouts(cgroup)[variant]
        try cgroup.create()
        let member = try cgroup.addMember(children: "5")
        #expect(try layout.processes().count == 6)
        try layout.killAll()
        #expect(try layout.processes() == [])
        member.process.waitUntilExit()
        #expect(member.process.terminationReason == .uncaughtSignal)
        try cgroup.layout.remove()
        #expect(!cgroup.layout.places.contains { exists($0.directory) })
    }

    @Test(arguments: [0, 1])
    func frozenProcessesDieTooAndNothingStaysFrozen(variant: Int) throws {
        let cgroup = try TestCgroup()
        guard variant < layouts(cgroup).count else { return }
        let layout = layouts(cgroup)[variant]
        try cgroup.create()
        _ = try cgroup.addMember(children: "3")
        try layout.freeze()
        #expect(try layout.isFrozen())
        try layout.killAll()
        #expect(try layout.processes() == [])
        #expect(try variant == 0 && layout.mode == .v2 || !layout.isFrozen())
    }

    @Test func processesFrozenByThemselvesFurtherDownDie() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        let below = try CgroupLayout.locate(cgroupsPath: cgroup.path + "/inner", id: "", on: CgroupHost.detect())
        var directories = try CgroupDirectories(opening: below)
        try directories.create()
        _ = try cgroup.addMember(at: cgroup.path + "/inner", children: "2")
        try below.freeze()
        try cgroup.layout.killAll()
        #expect(try cgroup.layout.processes() == [])
    }

    @Test(arguments: [0, 1])
    func aForkBombDies(variant: Int) throws {
        let cgroup = try TestCgroup()
        guard variant < layouts(cgroup).count else { return }
        let layout = layouts(cgroup)[variant]
        try cgroup.create()
        let limit = Spec.Linux.Resources(pids: .init(limit: 100))
        guard let settings = try? CgroupSetting.settings(for: limit, on: cgroup.layout) else { return }
        try CgroupDirectories(opening: cgroup.layout).apply(settings)
        _ = try cgroup.addMember(children: "bomb")
        try layout.killAll()
        #expect(try layout.processes() == [])
    }

    @Test func aFrozenCgroupIsToldFromARunningOneAndRefusedToNewContainers() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        #expect(try !cgroup.layout.isFrozen())
        try cgroup.layout.freeze()
        #expect(try cgroup.layout.isFrozen())
        let error = #expect(throws: CgroupError.self) {
            try CgroupDirectories(opening: cgroup.layout).refuseOccupied()
        }
        #expect(error?.problem == .frozen)
        try cgroup.layout.thaw()
        #expect(try !cgroup.layout.isFrozen())
    }

    @Test func processesGoOnAfterThawing() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        let member = try cgroup.addMember()
        try cgroup.layout.freeze()
        try member.input.fileHandleForWriting.close()
        #expect(try cgroup.layout.processes() == [member.pid])
        try cgroup.layout.thaw()
        member.process.waitUntilExit()
        #expect(member.process.terminationReason == .exit)
    }

    @Test func aSignalReachesAllAndOnlyThem() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        let member = try cgroup.addMember(children: "4")
        #expect(try cgroup.layout.signalAll(SIGKILL) == 5)
        member.process.waitUntilExit()
        #expect(member.process.terminationReason == .uncaughtSignal)
        #expect(member.process.terminationStatus == SIGKILL)
    }

    @Test func nothingThereIsNothingToKill() throws {
        let cgroup = try TestCgroup()
        try cgroup.layout.killAll()
        #expect(try cgroup.layout.signalAll(SIGTERM) == 0)
        #expect(try !cgroup.layout.isFrozen())
        #expect(try cgroup.layout.oomKills() == nil)
    }

    @Test func whatCanNotBeRemovedIsNamedWithItsProcesses() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        let member = try cgroup.addMember()
        let error = #expect(throws: CgroupError.self) { try cgroup.layout.remove(limitMilliseconds: 20) }
        #expect(error?.problem == .timedOut(processes: [member.pid]))
        #expect(error?.operation == .remove)
    }

    @Test func anEditedLayoutNeverReachesAWholeHierarchy() throws {
        let cgroup = try TestCgroup()
        for path in ["/.", "/", "", "/a/..", "/swrun-test-x/../"] {
            var layout = cgroup.layout
            for index in layout.places.indices { layout.places[index].path = path }
            let attempts: [() throws -> Void] = [
                { try layout.killAll() }, { try layout.freeze() }, { try layout.thaw() }, { try layout.remove() },
                { try layout.signalAll(0) }, { _ = try layout.processes() }, { _ = try layout.isFrozen() },
            ]
            for attempt in attempts { #expect(throws: CgroupError.self) { try attempt() } }
        }
    }

    @Test func deathsForLackOfMemoryAreCounted() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        guard cgroup.layout.places.contains(where: { $0.controllers.contains("memory") }) else { return }
        #expect(try cgroup.layout.oomKills() == 0)
        let limit = Spec.Linux.Resources(memory: .init(limit: 32 << 20, swap: 32 << 20))
        try cgroup.layout.apply(CgroupSetting.settings(for: limit, on: cgroup.layout))
        _ = try cgroup.addMember(children: "hungry")
        #expect(try cgroup.layout.oomKills() == 1)
    }
}
