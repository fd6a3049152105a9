import Foundation
import LinuxKernel
import Testing

/// Reading, writing, directories and waiting.
@Suite(.timeLimit(.minutes(1))) struct FileTests {
    private func memory(_ bytes: [UInt8]) throws -> FileDescriptor {
        let file = try FileDescriptor.memoryFile("x", sealable: false)
        try file.write(bytes, at: 0)
        return file
    }

    /// What readAll answers; nil for EFBIG.
    private func readAll(_ count: Int, limit: Int, size: Int64 = 0) throws -> [UInt8]? {
        let file = try memory((0..<count).map { UInt8(truncatingIfNeeded: $0) })
        do throws(CallError) {
            return try file.readAll(limitBytes: limit, sizeBytes: size)
        } catch {
            #expect(error == CallError(.read, .fileTooLarge))
            return nil
        }
    }

    @Test(arguments: [0, 1, 4095, 4096, 4097, 8192, 100_000], [true, false])
    func allIsReadUpToTheLimit(_ count: Int, _ isSizeKnown: Bool) throws {
        let size = isSizeKnown ? Int64(count) : 0
        let expected = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        #expect(try readAll(count, limit: count, size: size) == expected)
        #expect(try readAll(count, limit: count + 1, size: size) == expected)
        if count > 0 { #expect(try readAll(count, limit: count - 1, size: size) == nil) }
    }

    @Test func aFileThatIsNotAsLongAsItsStatusSaidIsReadToItsEnd() throws {
        #expect(try readAll(10, limit: 100, size: 50)?.count == 10)
        #expect(try readAll(10_000, limit: 20_000, size: 0)?.count == 10_000)
        #expect(try readAll(10, limit: 5, size: 1 << 40) == nil)
    }

    @Test func aSealedFileCanNotBeWritten() throws {
        let file = try FileDescriptor.memoryFile("x", sealable: true)
        try file.write([1], at: 0)
        let wasSealed = file.isSealed
        #expect(!wasSealed)
        try file.sealForever()
        let isSealed = file.isSealed
        #expect(isSealed)
        #expect(throws: CallError(.write, .notPermitted)) { try file.write([2], at: 0) }
        #expect(throws: CallError.self) { try file.truncate(toBytes: 0) }
    }

    @Test func aPositionedReadLeavesThePositionAlone() throws {
        let file = try memory([1, 2, 3])
        #expect(try file.read(count: 10, at: 1) == [2, 3])
        #expect(try file.read(count: 10, at: 3) == [])
        #expect(try file.readAll(limitBytes: 10) == [1, 2, 3])
    }

    @Test func aWriteOfManyBytesIsFinishedThoughTheReaderIsSlow() async throws {
        let pipe = try FileDescriptor.pipe()
        let writer = pipe.second.release()
        let thread = Thread {
            let end = FileDescriptor(adopting: writer)
            try? end.writeAll([UInt8](repeating: 7, count: 300_000))  // shorter, the reader would complain
        }
        thread.start()
        #expect(try pipe.first.readAll(limitBytes: 1 << 20).count == 300_000)
    }

    private func inDirectory(_ body: (borrowing FileDescriptor, String) throws -> Void) throws {
        let path = "/tmp/swrun-test-" + UUID().uuidString
        try FileDescriptor.makeDirectory(path, mode: 0o700)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(FileDescriptor.open(path, [.directory]), path)
    }

    private func entries(_ path: String) throws -> [String] {
        var entries: [String] = []
        try FileDescriptor.open(path, [.directory]).forEachEntry { name, kind in
            entries.append("\(name ?? "not UTF-8"): \(kind)")
        }
        return entries.sorted()
    }

    @Test func everyEntryOfADirectoryIsSeenWithItsType() throws {
        try inDirectory { directory, path in
            try directory.makeDirectory("...", mode: 0o700)
            try directory.makeNode("é", mode: 0o010_600)
            try directory.makeSymlink("link", to: "nowhere")
            _ = try directory.open(".hidden", [.writeOnly, .create], mode: 0o600)
            #expect(try entries(path) == ["...: directory", ".hidden: regular", "link: symlink", "é: fifo"])
        }
    }

    @Test func aNameThatIsNotUTF8IsSeenToBeThere() throws {
        try inDirectory { _, path in
            let shell = Foundation.Process()
            shell.executableURL = URL(fileURLWithPath: "/bin/sh")
            shell.arguments = ["-c", #": >"$(printf '\377a')""#]
            shell.currentDirectoryURL = URL(fileURLWithPath: path)
            try shell.run()
            shell.waitUntilExit()
            #expect(try entries(path) == ["not UTF-8: regular"])
        }
    }

    @Test func moreEntriesThanOneCallAnswersAreAllSeen() throws {
        try inDirectory { directory, path in
            let names = (0..<1500).map { "a-rather-long-name-of-a-file-\($0)" }
            for name in names { _ = try directory.open(name, [.writeOnly, .create], mode: 0o600) }
            #expect(try Set(entries(path)) == Set(names.map { "\($0): regular" }))
        }
    }

    @Test func aFileIsNoDirectory() throws {
        #expect(throws: CallError(.getdents, .notDirectory)) { try memory([]).forEachEntry { _, _ in } }
    }

    @Test func whatIsReadyIsToldOfEach() throws {
        let quiet = try FileDescriptor.pipe()
        let full = try FileDescriptor.pipe()
        let ended = try FileDescriptor.pipe()
        try full.second.writeAll([1])
        ended.second.close()
        let numbers = [quiet.first.raw, full.first.raw, -1, ended.first.raw]
        #expect(try Poll.wait(numbers) == [false, true, false, true])
        #expect(try Poll.wait([quiet.first.raw], timeoutMilliseconds: 0) == [false])
        #expect(try Poll.wait([quiet.first.raw, -1], timeoutMilliseconds: 1) == [false, false])
        #expect(
            try Poll.wait([quiet.first.raw, quiet.second.raw]) { $0 == 0 ? .read : .write } == [false, true])
        #expect(try Poll.wait([], timeoutMilliseconds: 1) == [])
        #expect(try Poll.wait([1 << 20]) == [true], "a descriptor that isn't open is at its end")
    }

    @Test func theLastReadersLeavingIsSeen() throws {
        let pipe = try FileDescriptor.pipe()
        #expect(try !pipe.second.waitForReadersToLeave(timeoutMilliseconds: 0))
        pipe.first.close()
        #expect(try pipe.second.waitForReadersToLeave())
    }

    @Test func aByteToNobodyIsAnErrorAndNoSignal() throws {
        let pair = try FileDescriptor.socketPair()
        let sender = pair.first
        try sender.sendByte()
        pair.second.close()
        #expect(throws: CallError(.write, .brokenPipe)) { try sender.sendByte() }
    }

    @Test func aLockIsHeldByOneOpenFile() throws {
        try inDirectory { directory, path in
            let other = try FileDescriptor.open(path, [.directory])
            #expect(try directory.tryLock())
            #expect(try !other.tryLock())
            directory.unlock()
            #expect(try other.tryLock())
        }
    }

    @Test func aDescriptorCrossesASocketAndNothingElseDoes() throws {
        let pair = try FileDescriptor.socketPair()
        try pair.first.send(memory([42]), text: "here")
        #expect(try pair.second.receiveDescriptor().read(count: 9, at: 0) == [42])
        try pair.first.sendByte()
        #expect(throws: CallError(.recvmsg, .noData)) { _ = try pair.second.receiveDescriptor() }
    }
}
