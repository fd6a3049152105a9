/// Which sentences have a case, and which a reason for having none.
package struct Coverage: Sendable {
    /// Sentences with at least one case: the ids of the cases.
    package var covered: [String: [String]] = [:]
    /// Sentences with neither a case nor a reason.
    ///
    /// A test keeps this empty.
    package var open: [String] = []
    /// Ids that cases name and that no requirement has.
    ///
    /// A test keeps this empty.
    package var unknown: [String] = []
    /// Sentences with a case and a reason for having none: one of the two is wrong.
    package var contradictory: [String] = []

    package init(_ cases: [Case] = Cases.all) {
        for item in cases {
            for id in item.decides { covered[id, default: []].append(item.id) }
        }
        let known = Set(Requirements.all.map(\.id))
        unknown =
            (covered.keys.filter { !known.contains($0) } + Undecidable.reasons.keys.filter { !known.contains($0) })
            .sorted()
        open = Requirements.all.map(\.id).filter { covered[$0] == nil && Undecidable.reasons[$0] == nil }
        contradictory = Requirements.all.map(\.id).filter { covered[$0] != nil && Undecidable.reasons[$0] != nil }
    }

    /// The sentences that speak of no other platform than Linux.
    package static let linux: [Requirement] = Requirements.all.filter { item in
        let reason = Undecidable.reasons[item.id] ?? ""
        return !["Windows", "Solaris", "platforms"].contains { reason.hasPrefix("Speaks of " + $0) }
    }

    /// The table that `--coverage` prints.
    package var text: String {
        var lines: [String] = []
        for item in Requirements.all {
            let how =
                covered[item.id].map { $0.joined(separator: " ") } ?? "— " + (Undecidable.reasons[item.id] ?? "OPEN")
            lines.append("\(item.id)\t\(item.level.rawValue)\t\(how)")
        }
        let must = Coverage.linux.filter { $0.level == .must }
        let with = must.count { covered[$0.id] != nil }
        lines.append("")
        lines.append(
            "\(Requirements.all.count - open.count) of \(Requirements.all.count) sentences with case or reason")
        lines.append("\(covered.count - unknown.count) with a case, \(Undecidable.reasons.count) with a reason")
        lines.append(
            "\(with) of \(must.count) MUST sentences that apply to Linux have a case (\(with * 100 / max(1, must.count)) %)"
        )
        return lines.joined(separator: "\n")
    }
}
