extension Rules {
    /// Reports a list of CPUs or memory nodes that the kernel wouldn't take: numbers and ranges, separated by commas.
    static func judgeNumberList(_ list: String?, _ pointer: String, of what: String, _ report: inout Report) {
        guard let list, !list.isEmpty, !isNumberList(list) else { return }
        report.error(
            pointer, "\(quoted(list)) is not a list of \(what)", "write numbers and ranges, such as \"0-3,7\"")
    }

    private static func isNumberList(_ list: String) -> Bool {
        list.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).allSatisfy { part in
            let blank = UInt8(ascii: " ")
            let trimmed = part.drop { $0 == blank }
            let ends = trimmed.split(separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false)
            let numbers = ends.map { smallNumber($0.prefix { $0 != blank }) }
            // Behind a number only blanks may stand.
            let isTidy = ends.allSatisfy { $0.drop { $0 != blank }.allSatisfy { $0 == blank } }
            guard isTidy, let first = numbers.first, let low = first else { return false }
            guard numbers.count == 2 else { return true }
            return numbers[1].map { low <= $0 } ?? false
        }
    }

    /// The value of one to seven digits.
    private static func smallNumber(_ digits: Substring.UTF8View) -> Int? {
        guard 1...7 ~= digits.count else { return nil }
        var value = 0
        for digit in digits {
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }
}
