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
        }
    }

    @Test(arguments: State.Status.known) func whatIsNotListedIsRefused(_ status: State.Status) {
        #expect(next(status, on: .start) == (status == .created ? .running : nil))
        let mayBeKilled = [.created, .running, .paused].contains(status)
        #expect(next(status, on: .kill) == (mayBeKilled ? status : nil))
        #expect(next(status, on: .delete) == ([.stopped, .created].contains(status) ? .stopped : nil))
    }

    @Test func anUnknownStatusAllowsNothing() {
        for command in [Command.start, .kill, .delete] { #expect(next(.unknown("odd"), on: command) == nil) }
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

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000000Z"), (1, "1970-01-01T00:00:00.000000001Z"),
            (951_782_399_999_999_999, "2000-02-28T23:59:59.999999999Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000000000Z"),
            (951_868_800_000_000_000, "2000-03-01T00:00:00.000000000Z"),
            (1_709_164_800_000_000_000, "2024-02-29T00:00:00.000000000Z"),
            (1_735_689_599_000_000_000, "2024-12-31T23:59:59.000000000Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000000000Z"),
            (UInt64.max, "2554-07-21T23:34:33.709551615Z"),
        ] as [(UInt64, String)])
    func aMomentIsWrittenInUTC(_ nanoseconds: UInt64, _ text: String) {
        #expect(Timestamp.text(nanoseconds) == text)
    }

    /// Counted day by day for eight hundred years, by the rule that a calendar is made of.
    @Test func everyDateFollowsTheDayBefore() {
        var (year, month, day) = (1970, 1, 1)
        for days in 0..<292_194 {
            let date = Timestamp.date(daysSinceEpoch: days)
            guard date == (year, month, day) else {
                Issue.record("day \(days): \(date), not \((year, month, day))")
                return
            }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let length = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
            day += 1
            if day > length { (day, month) = (1, month + 1) }
            if month > 12 { (month, year) = (1, year + 1) }
        }
    }
}
