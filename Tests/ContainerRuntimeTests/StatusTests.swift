import LinuxKernel
import OCISpec
import Testing

@testable import ContainerRuntime

/// The status, the life's table, and the small formats beside them.
@Suite struct StatusTests {

    /// creator alive, process alive → status, for each phase.
    @Test(arguments: [FlightRecorder.Phase.underway, .waiting, .released, .executing], [true, false])
    func theStatusFollowsFromWhatIsAlive(_ phase: FlightRecorder.Phase, _ isAlive: Bool) {
        for isCreatorAlive in [true, false] {
            let expected: State.Status =
                switch (phase, isAlive, isCreatorAlive) {
                case (.underway, _, true): .creating
                case (.underway, _, false): .stopped  // the birth died: it may be deleted
                case (_, false, _): .stopped
                case (.executing, true, _): .running
                case (.waiting, true, _), (.released, true, _): .created
                }
            let vitals = Vitals(isAlive: isAlive, isCreatorAlive: isCreatorAlive, phase: phase)
            #expect(status(vitals) == expected, "\(vitals)")
            let frozen = Vitals(isAlive: isAlive, isFrozen: true, isCreatorAlive: isCreatorAlive, phase: phase)
            let isPaused = isAlive && phase != .underway
            #expect(status(frozen) == (isPaused ? .paused : expected), "\(frozen)")
        }
    }

    @Test(arguments: State.Status.known) func whatIsNotListedIsRefused(_ status: State.Status) {
        #expect(next(status, on: .start) == (status == .created ? .running : nil))
        let mayBeKilled = [.created, .running, .paused].contains(status)
        #expect(next(status, on: .kill) == (mayBeKilled ? status : nil))
        let isUp = [.created, .running].contains(status)
        #expect(next(status, on: .exec) == (isUp ? status : nil))
        #expect(next(status, on: .pause) == (isUp ? .paused : nil))
        #expect(next(status, on: .resume) == (status == .paused ? .running : nil))
        #expect(next(status, on: .delete) == ([.stopped, .created].contains(status) ? .stopped : nil))
    }

    @Test func anUnknownStatusAllowsNothing() {
        for command in [Command.start, .kill, .delete, .exec, .pause, .resume] {
            #expect(next(.unknown("odd"), on: command) == nil)
        }
    }

    @Test(arguments: ["a", "A-Z_0+9.x", "0", "-x", "_", "+", String(repeating: "x", count: 255), "a..b"])
    func anIDIsAccepted(_ id: String) throws {
        try ContainerID.check(id)
    }

    @Test(
        arguments: [
            "", ".", "..", "...", ".hidden", "a/b", "../x", "/", "a b", " ", "é", "x\n", "\n", "x\r\n", "x\0",
            "..\u{2F}\u{301}", "a\u{301}", "Ａ", "x\u{200B}", "x\t", "a:b", "a@b", "~", "*", "\u{1B}[31m",
            String(repeating: "x", count: 256), String(repeating: "x", count: 100_000),
        ])
    func anIDIsRefused(_ id: String) {
        let failure = #expect(throws: Failure.self) { try ContainerID.check(id) }
        #expect(failure?.code == .invalidID)
        // What was refused must not reach a terminal as it is.
        #expect(failure?.message.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } == false)
        #expect(failure.map { $0.message.utf8.count < 1000 } == true)
    }
}
