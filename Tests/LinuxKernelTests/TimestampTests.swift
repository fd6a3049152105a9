import Testing

@testable import LinuxKernel

@Suite struct TimestampTests {
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
        #expect(Timestamp(nanoseconds: nanoseconds).text(fractionDigits: 9) == text)
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

    @Test func aShorterFractionIsCutOff() {
        #expect(Timestamp(nanoseconds: 1_999_999_999).text(fractionDigits: 6) == "1970-01-01T00:00:01.999999Z")
    }
}
