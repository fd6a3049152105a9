import Foundation
import LinuxKernel
import OCISpec
import Testing

@testable import Seccomp

/// A directory for one test.
private final class Folder {
    let path = "/tmp/swrun-test-filters-" + UUID().uuidString.prefix(8).lowercased()

    init() throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var cache: String { path + "/.seccomp" }
    var entries: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: cache)) ?? []).sorted() }
    func parent() throws -> FileDescriptor { try FileDescriptor.open(path, [.directory]) }
    func setMode(_ mode: Int, _ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }
}

private func key(_ errno: UInt32 = 1, library: String = "lib 1", actions: [String]? = ["allow"]) -> FilterKey {
    FilterKey(.init(defaultAction: .errno, defaultErrnoRet: errno), library: library, kernelActions: actions)
}

/// A sound program of some length that ends in an answer.
private func program(_ length: Int = 3) -> [UInt64] {
    (1..<length).map { Instruction(0x20, UInt32($0 % 2) * 4).encoded } + [Instruction(0x06, 0x7FFF_0000).encoded]
}

@Suite struct CacheTests {
    private func found(_ key: FilterKey, in folder: Folder) throws -> [UInt64]? {
        let parent = try folder.parent()
        return FilterCache(in: parent)?.find(key).map(Array.init)
    }

    private func keep(_ program: [UInt64], _ key: FilterKey, in folder: Folder) throws {
        let parent = try folder.parent()
        FilterCache(makingIn: parent)?.keep(program, for: key)
    }

    @Test func aFilterThatIsKeptIsFoundAgain() throws {
        let folder = try Folder()
        #expect(try found(key(), in: folder) == nil)
        try keep(program(4096), key(), in: folder)
        #expect(try found(key(), in: folder) == program(4096))
        #expect(folder.entries.count == 1, "no draft is left")
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.cache)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
    }

    @Test func whateverDecidesAboutAFilterIsInItsKey() throws {
        let folder = try Folder()
        try keep(program(), key(), in: folder)
        for other in [
            key(2), key(library: "lib 2"), key(actions: nil), key(actions: ["allow", "log"]),
            key(actions: ["allowlog"]),
        ] {
            #expect(try found(other, in: folder) == nil)
        }
        typealias Filter = Spec.Linux.Seccomp
        let filters: [Filter] = [
            .init(defaultAction: .allow), .init(defaultAction: .allow, architectures: [.x86]),
            .init(defaultAction: .allow, syscalls: [.init(names: ["a", "b"], action: .errno)]),
            .init(defaultAction: .allow, syscalls: [.init(names: ["ab"], action: .errno)]),
            .init(defaultAction: .allow, syscalls: [.init(names: ["a"], action: .errno, errnoRet: 2)]),
            .init(
                defaultAction: .allow,
                syscalls: [.init(names: ["a"], action: .errno), .init(names: ["b"], action: .errno)]),
            .init(
                defaultAction: .allow,
                syscalls: [.init(names: ["a"], action: .errno, args: [.init(index: 0, value: 1, op: .equal)])]),
            .init(
                defaultAction: .allow,
                syscalls: [.init(names: ["a"], action: .errno, args: [.init(index: 1, value: 0, op: .equal)])]),
        ]
        let texts = Set(filters.map { FilterKey($0, library: "", kernelActions: nil).text })
        #expect(texts.count == filters.count)
    }

    /// Two profiles whose hashes are equal don't get each other's filter: an entry repeats its key.
    @Test func anEntryUnderAForeignNameIsNotBelieved() throws {
        let folder = try Folder()
        try keep(program(), key(), in: folder)
        let name = try #require(folder.entries.first)
        let other = key(2)
        try FileManager.default.moveItem(atPath: "\(folder.cache)/\(name)", toPath: "\(folder.cache)/\(other.fileName)")
        #expect(try found(other, in: folder) == nil)
    }

    @Test func noDamagedEntryIsBelieved() throws {
        let folder = try Folder()
        try keep(program(20), key(), in: folder)
        let file = URL(fileURLWithPath: "\(folder.cache)/\(key().fileName)")
        let sound = try Data(contentsOf: file)
        for offset in sound.indices {
            var damaged = sound
            damaged[offset] ^= 0x10
            try damaged.write(to: file)
            try folder.setMode(0o600, file.path)
            #expect(try found(key(), in: folder) == nil, "byte \(offset)")
        }
        for length in [0, 1, 8, 31, 32, sound.count - 8, sound.count - 1] {
            try sound.prefix(length).write(to: file)
            try folder.setMode(0o600, file.path)
            #expect(try found(key(), in: folder) == nil, "\(length) bytes")
        }
        try (sound + Data(repeating: 0, count: 8)).write(to: file)
        try folder.setMode(0o600, file.path)
        #expect(try found(key(), in: folder) == nil, "longer")
        // A new one takes its place.
        try keep(program(20), key(), in: folder)
        #expect(try found(key(), in: folder) == program(20))
    }

    @Test func aProgramThatLeavesItselfIsNotSound() {
        let end = Instruction(0x06, 0).encoded
        #expect(Entry.isSound([end]))
        #expect(!Entry.isSound([]))
        #expect(!Entry.isSound([Instruction(0x20, 0).encoded]), "no answer at the end")
        #expect(Entry.isSound([Instruction(0x15, ifTrue: 0, ifFalse: 1, 7).encoded, end, end]))
        #expect(!Entry.isSound([Instruction(0x15, ifTrue: 0, ifFalse: 2, 7).encoded, end, end]))
        #expect(!Entry.isSound([Instruction(0x15, ifTrue: 255, ifFalse: 0, 7).encoded, end, end]))
        #expect(Entry.isSound([Instruction(0x05, 1).encoded, end, end]))
        #expect(!Entry.isSound([Instruction(0x05, .max).encoded, end, end]))
    }

    @Test(arguments: [0o770, 0o755, 0o702]) func aDirectoryThatIsOpenToOthersIsNotUsed(_ mode: Int) throws {
        let folder = try Folder()
        try keep(program(), key(), in: folder)
        try folder.setMode(mode, folder.cache)
        #expect(try found(key(), in: folder) == nil)
        let before = folder.entries
        try keep(program(), key(2), in: folder)
        #expect(folder.entries == before, "nothing is written there")
    }

    @Test(arguments: [0o660, 0o644, 0o602]) func anEntryThatIsOpenToOthersIsNotBelieved(_ mode: Int) throws {
        let folder = try Folder()
        try keep(program(), key(), in: folder)
        try folder.setMode(mode, "\(folder.cache)/\(key().fileName)")
        #expect(try found(key(), in: folder) == nil)
    }

    @Test(.enabled(if: geteuid() == 0, "needs root to give files away"), arguments: ["directory", "entry"])
    func whatBelongsToAnotherIsNotBelieved(_ what: String) throws {
        let folder = try Folder()
        try keep(program(), key(), in: folder)
        let path = what == "entry" ? "\(folder.cache)/\(key().fileName)" : folder.cache
        try FileManager.default.setAttributes([.ownerAccountID: 65_534], ofItemAtPath: path)
        #expect(try found(key(), in: folder) == nil)
    }

    @Test func noLinkIsFollowed() throws {
        let folder = try Folder()
        let files = FileManager.default
        try keep(program(), key(), in: folder)
        let entry = "\(folder.cache)/\(key().fileName)"
        try files.moveItem(atPath: entry, toPath: folder.path + "/elsewhere")
        try files.createSymbolicLink(atPath: entry, withDestinationPath: folder.path + "/elsewhere")
        #expect(try found(key(), in: folder) == nil, "a symbolic link to an entry")
        try files.removeItem(atPath: entry)
        try files.linkItem(atPath: folder.path + "/elsewhere", toPath: entry)
        #expect(try found(key(), in: folder) == nil, "an entry with a second name")
        try files.moveItem(atPath: folder.cache, toPath: folder.path + "/real")
        try files.createSymbolicLink(atPath: folder.cache, withDestinationPath: "real")
        #expect(try found(key(), in: folder) == nil, "a symbolic link to a cache")
    }

    @Test func theOldestEntriesMakeRoom() throws {
        let folder = try Folder()
        try keep(program(), key(0), in: folder)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: "\(folder.cache)/\(key(0).fileName)")
        for number in 1..<(UInt32(FilterCache.mostEntries) + 10) { try keep(program(), key(number), in: folder) }
        #expect(folder.entries.count == FilterCache.mostEntries)
        #expect(try found(key(0), in: folder) == nil)
        #expect(try found(key(UInt32(FilterCache.mostEntries) + 9), in: folder) != nil)
    }

    @Test func manyWritersAtOnceLeaveWholeEntries() async throws {
        let folder = try Folder()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for number in UInt32(0)..<20 {
                        // Threads of one process share a draft's name: who comes second leaves it to the first.
                        try? keep(program(50), key(number), in: folder)
                        let seen = try? found(key(number), in: folder)
                        #expect(seen == nil || seen == program(50))
                    }
                }
            }
        }
        for number in UInt32(0)..<20 { #expect(try found(key(number), in: folder) == program(50)) }
    }
}

extension Folder: @unchecked Sendable {}
