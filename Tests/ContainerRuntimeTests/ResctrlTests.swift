import LinuxKernel
import OCISpec
import Testing

@testable import ContainerRuntime

/// A made-up resctrl tree: what the kernel would put into a new directory is made when it is written.
private struct Tree {
    let folder: Folder

    init() throws {
        folder = try Folder()
        try folder.file("schemata", "    MB:0=100\n    L3:0=fff\n")
        try folder.directory("gold")
        try folder.directory("gold/mon_groups")
        try folder.file("gold/schemata", "    MB:0= 20;1=  70\n    L3:0=7f0;1=00f\n")
    }

    func locate(_ rdt: Spec.Linux.IntelRdt) throws -> ResctrlRequest? {
        try ResctrlRequest.locate(rdt, id: "box", root: folder.path)
    }

    @discardableResult
    func enter(_ rdt: Spec.Linux.IntelRdt) throws -> ResctrlPlace {
        let request = try #require(try locate(rdt))
        try request.place.enter(request, process: 4711)
        return request.place
    }

    func text(_ name: String) -> String? {
        guard let bytes = try? FileDescriptor.open(folder.path + "/" + name, .readOnly).readAll(limitBytes: 4096) else {
            return nil
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What rmdir does to a group's files in the real filesystem.
    func empty(_ names: String...) throws {
        for name in names { try FileDescriptor.remove(folder.path + "/" + name) }
    }
}

@Suite("A class of cache and memory bandwidth") struct ResctrlTests {
    @Test func withoutANameTheClassIsTheContainersOwnAndGoesWithIt() throws {
        let tree = try Tree()
        let place = try tree.enter(
            .init(schemata: ["L2:0=f", "L2:1=f"], l3CacheSchema: "L3:0=f", memBwSchema: "MB:0=20"))
        #expect(tree.text("box/tasks") == "4711")
        // Cache first, bandwidth second, the rest last.
        #expect(tree.text("box/schemata") == "L3:0=f\nMB:0=20\nL2:0=f\nL2:1=f\n")
        try tree.empty("box/tasks", "box/schemata")
        try place.remove()
        try place.remove()
        #expect(throws: CallError.self) { try FileDescriptor.status(of: tree.folder.path + "/box") }
    }

    @Test func aNamedClassIsMadeWithItsSchemataAndStays() throws {
        let tree = try Tree()
        let place = try tree.enter(.init(closID: "silver", memBwSchema: "MB:0=20"))
        #expect(tree.text("silver/schemata") == "MB:0=20\n")
        #expect(tree.text("silver/tasks") == "4711")
        try place.remove()
        #expect(tree.text("silver/tasks") == "4711")
    }

    @Test func aClassThatIsThereIsJoinedAndNotWritten() throws {
        let tree = try Tree()
        let before = tree.text("gold/schemata")
        try tree.enter(.init(closID: "gold"))
        try tree.enter(
            .init(closID: "gold", schemata: ["L3:1=F", "MB:1=70"], l3CacheSchema: "L3: 0=7f0", memBwSchema: "MB:0=20"))
        #expect(tree.text("gold/schemata") == before)
        #expect(tree.text("gold/tasks") == "47114711")
    }

    @Test func aClassWithOtherSchemataIsRefused() throws {
        let tree = try Tree()
        for rdt in [
            Spec.Linux.IntelRdt(closID: "gold", l3CacheSchema: "L3:0=7f1"),
            .init(closID: "gold", memBwSchema: "MB:2=20"), .init(closID: "gold", schemata: ["L2:0=f"]),
            .init(closID: "/", schemata: ["MB:0=90"]),
        ] {
            let error = #expect(throws: StepError.self) { try tree.enter(rdt) }
            #expect(error?.words.contains("other schemata") == true, "\(rdt): \(error?.words ?? "")")
        }
        #expect(tree.text("gold/tasks") == nil)
        #expect(tree.text("tasks") == nil)
    }

    @Test func aSlashIsTheDefaultClass() throws {
        let tree = try Tree()
        let place = try tree.enter(.init(closID: "/"))
        #expect(tree.text("tasks") == "4711")
        try place.remove()
    }

    @Test func aNameWithoutSchemataMustBeThere() throws {
        let tree = try Tree()
        let error = #expect(throws: Failure.self) { try tree.locate(.init(closID: "bronze")) }
        #expect(error?.place == .config("/linux/intelRdt/closID"))
    }

    @Test func aMonitoringGroupIsNamedAfterTheContainerAndGoesWithIt() throws {
        let tree = try Tree()
        let place = try tree.enter(.init(closID: "gold", enableMonitoring: true))
        #expect(tree.text("gold/tasks") == "4711")
        #expect(tree.text("gold/mon_groups/box/tasks") == "4711")
        let error = #expect(throws: Failure.self) { try tree.locate(.init(closID: "gold", enableMonitoring: true)) }
        #expect(error?.place == .config("/linux/intelRdt/enableMonitoring"))
        try place.join(process: 12)
        #expect(tree.text("gold/mon_groups/box/tasks") == "471112")
        try tree.empty("gold/mon_groups/box/tasks")
        try place.remove()
        #expect(throws: CallError.self) { try FileDescriptor.status(of: tree.folder.path + "/gold/mon_groups/box") }
        #expect(tree.text("gold/schemata") != nil)
    }

    @Test func whatWasMadeIsGoneAgainWhenItFails() throws {
        let tree = try Tree()
        // The new class has no mon_groups here, as where the hardware can't monitor.
        let request = try #require(try tree.locate(.init(enableMonitoring: true)))
        try tree.folder.directory("box-other")
        #expect(throws: StepError.self) { try request.place.enter(request, process: 1) }
        // The tasks file, which a real rmdir takes along, keeps the directory here.
        try tree.empty("box/tasks")
        try FileDescriptor.remove(tree.folder.path + "/box", directory: true)

        let full = try #require(try tree.locate(.init(closID: "x", schemata: ["L3:0=f"])))
        var broken = full
        broken.place.root = "/nowhere-to-be-found"
        #expect(throws: StepError.self) { try broken.place.enter(broken, process: 1) }
    }

    @Test func withoutResctrlOrWithoutAWishThereIsNothingToDo() throws {
        let tree = try Tree()
        #expect(try ResctrlRequest.locate(nil, id: "box", root: tree.folder.path) == nil)
        #expect(try ResctrlRequest.locate(.init(), id: "box", root: nil) == nil)
    }

    @Test(arguments: [
        ("L3:0=fff;1=1\nMB:0=100", "MB:0=100", true), ("  L3:0=0ff ", "L3:0=FF", true), ("MB:0= 10", "MB:0=010", true),
        ("MB:0=0", "MB:0=00", true), ("L3:0=ff", "L3:0=f", false), ("L3:0=ff", "L3CODE:0=ff", false),
        ("L3:0=ff", "nonsense", false), ("L3:0=ff", "L3:0", false), ("", "", true),
    ])
    func schemataAreComparedByValue(_ there: String, _ wanted: String, _ isThere: Bool) {
        #expect(Schemata(there).hasAll(of: Schemata(wanted)) == isThere)
    }
}
