internal import OCISpec

extension Rules {
    /// Reports a list of CPUs or memory nodes that the kernel wouldn't take.
    ///
    /// - Parameters:
    ///   - existing: the numbers that the machine has; nil where that isn't known. A list without any of them is reported.
    ///   - onlyLater: true if the list is of no use to the container's first process.
    static func judgeNumberList(
        _ list: String?, _ pointer: String, of what: String, among existing: [ClosedRange<Int>]? = nil,
        onlyLater: Bool = false,
        _ report: inout Report
    ) {
        guard let list, !list.isEmpty else { return }
        guard let ranges = NumberList.ranges(list) else {
            return report.error(
                pointer, "\(quoted(list)) is not a list of \(what)", "write numbers and ranges, such as \"0-3,7\"")
        }
        guard let existing, !ranges.contains(where: { range in existing.contains { $0.overlaps(range) } }) else {
            return
        }
        let there = existing.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
        let (problem, remedy) = (
            "this machine has none of the \(what) \(list)", "choose from \(there.joined(separator: ","))"
        )
        if onlyLater { report.warning(pointer, problem, remedy) } else { report.error(pointer, problem, remedy) }
    }
}
