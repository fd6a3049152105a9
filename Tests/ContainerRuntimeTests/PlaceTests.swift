import LinuxKernel
import Testing

@testable import ContainerRuntime

/// The directory of all containers, and the pid file.
@Suite(.timeLimit(.minutes(1))) struct PlaceTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private func code(_ root: StateRoot) -> Failure.Code? {
        do throws(Failure) {
            switch try root.open() {
            case .some: return nil
            case .none: return .containerMissing
            }
        } catch {
            return error.code
        }
    }

    private func root(_ name: String) -> StateRoot { StateRoot(path: folder.path + "/" + name) }

    @Test func whatIsMissingIsMadeForItsOwnerAlone() throws {
        #expect(code(root("a/b/c")) == .containerMissing)
        _ = try root("a/b/c").make()
        #expect(code(root("a/b/c")) == nil)
        let mode = try FileDescriptor.status(of: folder.path + "/a/b/c").mode
        #expect(mode == 0o700, "\(String(mode, radix: 8))")
        #expect(try FileDescriptor.status(of: folder.path + "/a").mode & 0o022 == 0)
    }

    @Test(arguments: [0o720, 0o702, 0o777, 0o1777] as [UInt32])
    func aDirectoryInWhichOthersMayWriteIsRefused(_ mode: UInt32) throws {
        try folder.directory("open", mode: mode)
        #expect(code(root("open")) == .stateUnusable)
        #expect(throws: Failure.self) { _ = try root("open").make() }
    }

    @Test(.enabled(if: isRoot, "only root may give a directory away")) func somebodyElsesDirectoryIsRefused() throws {
        try folder.directory("theirs")
        try FileDescriptor.open(folder.path + "/theirs", [.directory]).setOwner(uid: 12_345, gid: .max)
        #expect(code(root("theirs")) == .stateUnusable)
    }

    @Test func aLinkOrAFileIsRefused() throws {
        try folder.directory("real")
        try folder.link("link", to: "real")
        try folder.file("file", "")
        try folder.fifo("fifo")
        for name in ["link", "file", "fifo"] { #expect(code(root(name)) == .stateUnusable, "\(name)") }
    }

    @Test func theUsualPlaceIsTheCallersOwn() {
        #expect(StateRoot.usual(runtimeDirectory: "/run/user/1", isHostRoot: true) == "/run/swrun")
        #expect(StateRoot.usual(runtimeDirectory: "/run/user/1", isHostRoot: false) == "/run/user/1/swrun")
        #expect(StateRoot.usual(runtimeDirectory: "", isHostRoot: false) == nil)
        #expect(StateRoot.usual(runtimeDirectory: nil, isHostRoot: false) == nil)
    }

    private var pidFile: String { folder.path + "/pid" }

    @Test func aPidFileHasTheDigitsAndNothingElse() throws {
        try PidFile.write(4711, to: pidFile)
        #expect(try folder.contents("pid") == "4711")
        #expect(try folder.names() == ["pid"])
    }

    @Test func aPidFileReplacesWhatWasThere() throws {
        try folder.file("pid", "123456789")
        try folder.file(".pid", "left by a command that was killed")
        try PidFile.write(1, to: pidFile)
        #expect(try folder.contents("pid") == "1")
        #expect(try folder.names() == ["pid"])
    }

    @Test(arguments: ["pid", ".pid"]) func aLinkInPlaceOfThePidFileIsReplacedAndNotFollowed(_ name: String) throws {
        try folder.file("canary", "sings")
        try folder.link(name, to: folder.path + "/canary")
        try PidFile.write(1, to: pidFile)
        #expect(try folder.contents("canary") == "sings")
        #expect(folder.kind("pid") == .regular)
        #expect(try folder.contents("pid") == "1")
    }

    @Test func aPidFileThatCanNotBeIsAnErrorAndLeavesNothing() throws {
        try folder.directory("pid")
        #expect(throws: CallError.self) { try PidFile.write(1, to: pidFile) }
        #expect(try folder.names() == ["pid"])
        #expect(throws: CallError(.open, .noEntry)) { try PidFile.write(1, to: folder.path + "/missing/pid") }
        for path in ["", "/", folder.path + "/"] {
            #expect(throws: CallError.self, "\(path)") { try PidFile.write(1, to: path) }
        }
        #expect(try folder.names() == ["pid"])
    }
}
