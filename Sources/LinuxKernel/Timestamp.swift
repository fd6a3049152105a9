internal import CLinux

/// A moment in UTC.
public struct Timestamp: Equatable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public let nanoseconds: UInt64

    /// A moment, by its nanoseconds since 1970-01-01T00:00:00Z.
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// Now, as the host's clock has it.
    public static var now: Timestamp { Timestamp(nanoseconds: sw_clock_ns(CLOCK_REALTIME)) }

    /// As RFC 3339 has it: `2026-01-02T03:04:05.000678Z`.
    ///
    /// - Parameter fractionDigits: how many digits follow the second, 1 to 9; what is beyond them is cut off.
    public func text(fractionDigits: Int) -> String {
        let seconds = nanoseconds / 1_000_000_000
        let (year, month, day) = Timestamp.date(daysSinceEpoch: Int(seconds / 86_400))
        let time = Int(seconds % 86_400)
        return "\(year)-\(digits(month, 2))-\(digits(day, 2))T"
            + "\(digits(time / 3600, 2)):\(digits(time / 60 % 60, 2)):\(digits(time % 60, 2))"
            + ".\(digits(Int(nanoseconds % 1_000_000_000), 9).prefix(fractionDigits))Z"
    }

    /// The Gregorian date, counted in eras of 400 years that begin in March, so that a leap day ends a year.
    static func date(daysSinceEpoch: Int) -> (year: Int, month: Int, day: Int) {
        let days = daysSinceEpoch + 719_468
        let era = days / 146_097
        let ofEra = days % 146_097
        let year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100)
        let shifted = (5 * ofYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (era * 400 + year + (month <= 2 ? 1 : 0), month, ofYear - (153 * shifted + 2) / 5 + 1)
    }

    private func digits(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}
