import Testing

@testable import LinuxKernel

/// The page that both processes of a birth share, and what is made of one that somebody else has written.
@Suite final class FlightRecorderTests {
    private let headerBytes = 512
    /// Offsets of the layout's fields, all of four bytes.
    private enum Field: Int {
        case version = 0
        case steps = 4
        case step = 8
        case call = 12
        case error = 16
        case phase = 20
        case failed = 28
    }

    private let file: FileDescriptor

    init() throws { file = try FileDescriptor.memoryFile("birth", sealable: false) }

    private func set(_ field: Field, _ value: UInt32) throws {
        try file.write((0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }, at: Int64(field.rawValue))
    }

    @Test func whatIsNotedIsReadByWhoeverOpensTheFile() throws {
        let writer = try FlightRecorder(creatingIn: file, steps: 3)
        let reader = try FlightRecorder(openingIn: file)
        #expect(reader.report == nil)
        #expect(reader.phase == .underway)
        #expect((reader.childPID, reader.identity, reader.isStarting, reader.lastStep) == (0, 0, false, 0))
        #expect(reader.isReady == false)
        writer.began(2)
        writer.phase = .executing
        (writer.childPID, writer.identity, writer.isStarting) = (4711, .max, true)
        writer.publishReady()
        #expect(reader.isReady == true)
        writer.failed(CallError(.mount, .busy), detail: 5, words: "why")
        #expect(reader.report == .init(step: 2, call: .mount, errno: .busy, detail: 5, words: "why"))
        #expect(reader.phase == .executing)
        #expect((reader.childPID, reader.identity, reader.isStarting) == (4711, .max, true))
    }

    @Test func aFailureWithoutACallHasNoErrno() throws {
        let recorder = try FlightRecorder(creatingIn: file, steps: 1)
        recorder.failed(nil, words: "odd")
        #expect(recorder.report == .init(step: 0, call: .none, errno: nil, detail: 0, words: "odd"))
    }

    @Test func timesAreNotedForTheStepsThereAre() throws {
        let recorder = try FlightRecorder(creatingIn: file, steps: 3)
        for step in [-1, 0, 2, 3, 1000, Int.min / 16, Int(UInt32.max)] { recorder.stamp(step) }
        #expect(recorder.began(at: 0) > 0 && recorder.began(at: 2) >= recorder.began(at: 0))
        for step in [-1, 1, 3, 1000, Int(UInt32.max)] { #expect(recorder.began(at: step) == 0, "\(step)") }
        #expect(try file.status().size == Int64(headerBytes + 3 * 8))
    }

    @Test(arguments: [0, 1, 438, 439, 440, 441, 5000]) func wordsAreCutAtTheirPlace(_ count: Int) throws {
        let recorder = try FlightRecorder(creatingIn: file, steps: 1)
        recorder.stamp(0)
        let time = recorder.began(at: 0)
        recorder.failed(nil, words: String(repeating: "x", count: count))
        #expect(recorder.report?.words == String(repeating: "x", count: min(count, 439)))
        #expect(recorder.began(at: 0) == time, "the words stay in their place")
    }

    @Test func wordsThatAreCutWithinACharacterStayText() throws {
        let recorder = try FlightRecorder(creatingIn: file, steps: 1)
        recorder.failed(nil, words: String(repeating: "é", count: 400))
        #expect(recorder.report?.words == String(repeating: "é", count: 219) + "\u{FFFD}")
    }

    @Test func wordsWithoutAnEndEndWithTheirPlace() throws {
        let recorder = try FlightRecorder(creatingIn: file, steps: 1)
        recorder.failed(nil)
        try file.write([UInt8](repeating: 0x78, count: 440), at: 72)
        #expect(recorder.report?.words == String(repeating: "x", count: 440))
    }

    @Test(arguments: [0, 0xFFFF_FFFF, 0x8000_0000, 4096, 100_000] as [UInt32])
    func aNumberThatIsNoErrnoIsNone(_ number: UInt32) throws {
        let recorder = try FlightRecorder(creatingIn: file, steps: 1)
        recorder.failed(CallError(.mount, .busy))
        try set(.error, number)
        #expect(recorder.report?.errno == nil)
    }

    @Test func valuesThatMeanNothingAreBounded() throws {
        let recorder = try FlightRecorder(creatingIn: file, steps: 4)
        recorder.failed(CallError(.mount, .busy))
        try set(.call, 9999)
        try set(.step, .max)
        try set(.phase, 77)
        #expect(recorder.report?.call == Call.none)
        #expect(recorder.report?.step == 3)
        #expect(recorder.phase == .underway)
        try set(.steps, 0)
        #expect(recorder.lastStep == 0)
    }

    private func opens() -> Bool {
        do throws(CallError) {
            _ = try FlightRecorder(openingIn: file)
            return true
        } catch {
            return false
        }
    }

    @Test(arguments: [0, 1, 3, 4, 511, 1 << 20 + 1]) func aFileOfAnotherSizeIsNone(_ size: Int) throws {
        try file.truncate(toBytes: size)
        if size >= 4 { try set(.version, 1) }
        #expect(!opens())
    }

    @Test(arguments: [0, 2, 256, 0x0100_0000, .max] as [UInt32]) func aFileOfAnotherVersionIsNone(_ version: UInt32)
        throws
    {
        try file.truncate(toBytes: headerBytes)
        try set(.version, version)
        #expect(!opens())
        try set(.version, 1)
        #expect(opens())
    }

    @Test func aDirectoryIsNone() throws {
        let directory = try FileDescriptor.open("/", [.directory])
        #expect(throws: CallError.self) { _ = try FlightRecorder(openingIn: directory) }
    }

    @Test func aFileThatPromisesMoreStepsThanItHasIsReadWithinItsBounds() throws {
        try file.truncate(toBytes: headerBytes + 8)
        try set(.version, 1)
        try set(.steps, .max)
        let recorder = try FlightRecorder(openingIn: file)
        for step in [1, 2, 1 << 20, Int(UInt32.max)] {
            recorder.stamp(step)
            #expect(recorder.began(at: step) == 0, "\(step)")
        }
    }

    @Test func aFileOfRandomBytesIsReadWithoutHarm() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 512...600)).map { _ in UInt8.random(in: 0...255, using: &random) }
            try file.truncate(toBytes: 0)
            try file.write(bytes, at: 0)
            try set(.version, 1)
            let recorder = try FlightRecorder(openingIn: file)
            let report = recorder.report
            #expect(report.map { $0.step >= 0 && $0.words.utf8.count <= 440 * 3 } ?? true)
            _ = (recorder.phase, recorder.lastStep, recorder.isStarting, recorder.began(at: 0), recorder.childPID)
        }
    }
}
