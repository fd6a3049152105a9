/// A list of CPUs or memory nodes as the kernel writes them: numbers and ranges, separated by commas, such as `0-3,7`.
///
/// Source: cpuset(7) "List format".
public enum NumberList {
    /// The ranges in the order of the text; none for an empty text; nil for one that the kernel wouldn't take.
    ///
    /// Blanks may stand around each range; a number has at most seven digits.
    public static func ranges(_ text: String) -> [ClosedRange<Int>]? {
        if text.isEmpty { return [] }
        var ranges: [ClosedRange<Int>] = []
        for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            guard let range = range(part) else { return nil }
            ranges.append(range)
        }
        return ranges
    }

    private static func range(_ part: Substring.UTF8View) -> ClosedRange<Int>? {
        let blank = UInt8(ascii: " ")
        let trimmed = part.drop { $0 == blank }
        let ends = trimmed.split(separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = ends.map { number($0.prefix { $0 != blank }) }
        // Behind a number only blanks may stand.
        guard ends.allSatisfy({ $0.drop { $0 != blank }.allSatisfy { $0 == blank } }) else { return nil }
        guard let first = numbers.first, let low = first else { return nil }
        guard numbers.count == 2 else { return low...low }
        guard let high = numbers[1], low <= high else { return nil }
        return low...high
    }

    /// The value of one to seven digits.
    private static func number(_ digits: Substring.UTF8View) -> Int? {
        guard 1...7 ~= digits.count else { return nil }
        var value = 0
        for digit in digits {
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }
}
