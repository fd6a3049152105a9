import Cgroups
import JSONCodec
import LinuxKernel
import OCISpec
import Testing

@testable import ContainerRuntime

/// The state directory of one container: what lies there may be damaged, or somebody else's.
@Suite(.timeLimit(.minutes(1))) struct StoreTests {
    private let folder: Folder
    private let root: StateRoot

    init() throws {
        folder = try Folder()
        root = StateRoot(path: folder.path)
    }

    private var record: Record {
        let creator = ProcessIdentity(pid: 4711, start: 12, inode: 7)
        return Record(
            id: "box", processID: 4712, processStart: 13, created: Timestamp(nanoseconds: 0).text(fractionDigits: 9),
            cgroupPaths: ["": "/c"],
            namespacePaths: ["NEWPID": "/proc/4712/ns/pid"],
            config: Record.Outline(rootfs: "/r", labels: ["a=b", "bundle=/b"]),
            swrun: Record.Own(
                bundle: "/b", rootfs: "/r", annotations: ["a": "b"], creator: creator,
                process: ProcessIdentity(pid: 4712, start: 13, inode: .max), cgroup: .unified, hasOwnPIDs: true,
                hasGate: true, hasProcess: true, hasPoststart: false, hasPoststop: false, ranPoststop: nil, ownerID: 0))
    }

    private func encoded(_ record: Record) -> String {
        String(decoding: JSONEncoder().encode(record), as: UTF8.self)
    }

    private func make() throws -> ContainerDirectory { try ContainerDirectory.make("box", in: root) }

    private func code(_ body: () throws -> Void) -> Failure.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? Failure)?.code ?? .hostFailed
        }
    }

    @Test func aRecordIsReadAsItWasWritten() throws {
        let directory = try make()
        try directory.replace(record, holding: directory.lock())
        #expect(try directory.read() == record)
        #expect(try ContainerDirectory.open("box", in: root)?.read() == record)
        #expect(try folder.names(in: "box") == ["state.json"])
    }

    @Test func noPropertyIsLostOnTheWay() throws {
        var full = record
        full.swrun.unit = try SystemdUnit(cgroupsPath: "a.slice:b:c", id: "box", isUsers: true)
        full.swrun.resctrl = ResctrlPlace(root: "/sys/fs/resctrl", group: "box", isOwned: true, monitor: "box")
        full.swrun.ranPoststop = true
        full.swrun.keepsKeyring = false
        let read = try JSONDecoder().decode(Record.self, from: JSONEncoder().encode(full))
        #expect(read == full)
        // A property that gets no line in `write` would be nil on both sides of a comparison of an emptier record.
        for child in Mirror(reflecting: full.swrun).children {
            #expect("\(child.value)" != "nil", "\(child.label ?? "")")
        }
    }

    @Test func aReplacedRecordIsTheNewOneAlone() throws {
        let directory = try make()
        try directory.replace(record, holding: directory.lock())
        var other = record
        other.swrun.annotations = nil
        try directory.replace(other, holding: directory.lock())
        #expect(try directory.read() == other)
    }

    @Test func whatAKilledCommandLeftIsReplacedAndNotFollowed() throws {
        let directory = try make()
        try folder.file("canary", "sings")
        try folder.link("box/state.json.new", to: folder.path + "/canary")
        try directory.replace(record, holding: directory.lock())
        #expect(try directory.read() == record)
        #expect(try folder.contents("canary") == "sings")
    }

    @Test func keysOfNewerVersionsAreTolerated() throws {
        let directory = try make()
        let text = encoded(record)
            .replacing("{\"", with: "{\"future\":[1,{\"deep\":null}],\"", maxReplacements: 1)
            .replacing("\"swrun\":{", with: "\"swrun\":{\"fancy\":true,")
        try folder.file("box/state.json", text)
        #expect(try directory.read() == record)
    }

    @Test func anotherVersionIsRefused() throws {
        let directory = try make()
        try folder.file("box/state.json", encoded(record).replacing("\"version\":1", with: "\"version\":2"))
        #expect(code { _ = try directory.read() } == .stateCorrupt)
    }

    @Test func theRecordOfAnotherContainerIsRefused() throws {
        let directory = try make()
        try folder.file("box/state.json", encoded(record).replacing("\"id\":\"box\"", with: "\"id\":\"fox\""))
        #expect(code { _ = try directory.read() } == .stateCorrupt)
    }

    @Test(
        arguments: [
            "", " ", "{", "{}", "[]", "null", "0", "\"\"", "{\"id\":\"box\"}", "\u{FEFF}{}", "{\"id\":1}", "\0",
            String(repeating: "[", count: 10_000), String(repeating: "{\"a\":", count: 1000), "state",
        ])
    func aRecordOfGarbageIsRefused(_ text: String) throws {
        let directory = try make()
        try folder.file("box/state.json", text)
        #expect(code { _ = try directory.read() } == .stateCorrupt)
        #expect(code { _ = try Container.find("box", in: root) } == .stateCorrupt)
    }

    @Test func everyPrefixOfARecordIsRefused() throws {
        let directory = try make()
        let bytes = Array(encoded(record).utf8)
        for count in 0..<bytes.count {
            try folder.file("box/state.json", Array(bytes.prefix(count)))
            guard code({ _ = try directory.read() }) == .stateCorrupt else {
                Issue.record("\(count) bytes are accepted")
                return
            }
        }
    }

    @Test func aRecordOfRandomBytesIsRefused() throws {
        let directory = try make()
        var random = SplitMix(state: 48)
        var damaged = Array(encoded(record).utf8)
        for _ in 0..<300 {
            try folder.file("box/state.json", random.bytes(Int.random(in: 0...300, using: &random)))
            #expect(code { _ = try directory.read() } == .stateCorrupt)
            // One wrong byte may be accepted or not: it must only not be the end of us.
            damaged[Int.random(in: damaged.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            try folder.file("box/state.json", damaged)
            _ = try? directory.read()
            damaged = Array(encoded(record).utf8)
        }
    }

    @Test func aFIFOAsRecordIsRefusedWithoutWaiting() throws {
        let directory = try make()
        try folder.fifo("box/state.json")
        #expect(code { _ = try directory.read() } == .stateCorrupt)
    }

    @Test func aDirectoryAsRecordIsRefused() throws {
        let directory = try make()
        try folder.directory("box/state.json")
        #expect(code { _ = try directory.read() } == .stateCorrupt)
    }

    @Test func aLinkAsRecordIsRefusedEvenIfItLeadsToARecord() throws {
        let directory = try make()
        try folder.file("real", encoded(record))
        try folder.link("box/state.json", to: folder.path + "/real")
        #expect(code { _ = try directory.read() } == .stateCorrupt)
    }

    @Test func aRecordOfMoreThan16MebibytesIsRefused() throws {
        let directory = try make()
        let path = try folder.file("box/state.json")
        try FileDescriptor.open(path, .readWrite).truncate(toBytes: 16 << 20 + 1)
        #expect(code { _ = try directory.read() } == .stateCorrupt)
    }

    @Test func withoutARecordThereIsNone() throws {
        #expect(try make().read() == nil)
    }

    @Test func anIDIsGivenOutOnce() throws {
        _ = try make()
        #expect(code { _ = try make() } == .containerExists)
        #expect(try ContainerDirectory.open("fox", in: root) == nil)
    }

    @Test func aLinkOrAFileInPlaceOfAContainerIsRefused() throws {
        try folder.directory("real")
        try folder.link("box", to: "real")
        try folder.file("fox", "")
        for id in ["box", "fox"] {
            #expect(code { _ = try ContainerDirectory.open(id, in: root) } == .stateUnusable, "\(id)")
            #expect(code { _ = try ContainerDirectory.make(id, in: root) } == .containerExists, "\(id)")
        }
    }

    private func hasFlightRecord(_ directory: ContainerDirectory) -> Bool {
        switch directory.flightRecorder() {
        case .some: true
        case .none: false
        }
    }

    @Test func aFlightRecordThatIsNoneIsNotUsed() throws {
        let directory = try make()
        #expect(!hasFlightRecord(directory))
        try folder.fifo("box/birth")
        #expect(!hasFlightRecord(directory))
        try folder.open().remove("box/birth")
        try folder.directory("box/birth")
        #expect(!hasFlightRecord(directory))
        try FileDescriptor.remove(folder.path + "/box/birth", directory: true)
        try folder.file("canary", [1] + [UInt8](repeating: 0, count: 4095))
        try folder.link("box/birth", to: folder.path + "/canary")
        #expect(!hasFlightRecord(directory))
    }

    @Test func aFlightRecordIsFoundAgain() throws {
        let directory = try make()
        let recorder = try directory.makeFlightRecorder(steps: 5)
        recorder.phase = .waiting
        #expect(hasFlightRecord(directory))
        #expect(try Container.find("box", in: root).phase == .waiting)
    }

    @Test func theLockIsHeldByOneAndFreedWithTheValue() throws {
        let directory = try make()
        let other = try FileDescriptor.open(folder.path + "/box", [.directory])
        do {
            let lock = try directory.lock()
            #expect(try !other.tryLock())
            _ = consume lock
        }
        #expect(try other.tryLock())
    }

    @Test func aContainerThatWasRemovedCanNotBeLocked() throws {
        let directory = try make()
        try directory.remove()
        #expect(code { _ = try directory.lock() } == .containerMissing)
    }

    @Test func removingTakesEverythingThatIsThere() throws {
        let directory = try make()
        try directory.replace(record, holding: directory.lock())
        try directory.keepConfiguration(Array("{}".utf8))
        _ = try directory.makeGate()
        _ = try directory.makeFlightRecorder(steps: 1)
        try directory.remove()
        #expect(folder.kind("box") == nil)
        try directory.remove()  // gone already: no failure
    }

    @Test func removingTakesWhatSomebodyElsePutThereButNoTreeAndNothingBehindALink() throws {
        let directory = try make()
        try folder.file("canary", "sings")
        try folder.link("box/state.json", to: folder.path + "/canary")
        try folder.file("box/foreign", "")
        try folder.fifo("box/birth")
        try folder.directory("box/gate")
        try directory.remove()
        #expect(try folder.names() == ["canary"])
        let other = try ContainerDirectory.make("fox", in: root)
        try folder.directory("fox/tree")
        try folder.file("fox/tree/leaf", "")
        let failure = #expect(throws: Failure.self) { try other.remove() }
        #expect(failure?.hint != nil)
        #expect(try folder.contents("canary") == "sings")
    }

    @Test func theGateOpensForWritingOnlyWhileSomebodyWaits() throws {
        let directory = try make()
        let waiting = try directory.makeGate()
        _ = try directory.openGate()
        waiting.close()
        #expect(throws: CallError(.open, .noSuchDevice)) { _ = try directory.openGate() }
    }
}
