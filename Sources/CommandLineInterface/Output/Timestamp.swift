/// A moment in UTC, to the microsecond.
struct Timestamp: Equatable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z.
    var seconds: Int
    /// What is beyond the second, 0 to 999 999.
    var microseconds: Int

    init(seconds: Int, microseconds: Int) {
        self.seconds = seconds
        self.microseconds = microseconds
    }

    init(nanosecondsSinceEpoch: UInt64) {
        seconds = Int(nanosecondsSinceEpoch / 1_000_000_000)
        microseconds = Int(nanosecondsSinceEpoch / 1000 % 1_000_000)
    }

    /// As RFC 3339 has it: `2026-01-02T03:04:05.000678Z`.
    var text: String {
        let (days, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let (year, month, day) = civil(daysSinceEpoch: days)
        let time = [second / 3600, second / 60 % 60, second % 60].map { padded($0, 2) }.joined(separator: ":")
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(time).\(padded(microseconds, 6))Z"
    }

    /// The date of a day on or behind 1970-01-01.
    private func civil(daysSinceEpoch: Int) -> (year: Int, month: Int, day: Int) {
        // Years begin in March here, so that the leap day is a year's last; 400 of them have 146 097 days.
        let day = daysSinceEpoch + 719_468
        let era = day / 146_097
        let dayOfEra = day % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
