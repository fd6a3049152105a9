/// One normative sentence of the OCI Runtime Specification 1.3.
package struct Requirement: Sendable, Equatable {
    /// How much the sentence binds.
    package enum Level: String, Sendable {
        case must = "MUST"
        case should = "SHOULD"
    }

    /// `DOCUMENT/HEADING#NUMBER`: the place in the specification's text.
    package var id: String
    package var level: Level
    /// The file of the specification and the heading under which the sentence stands.
    package var section: String
    /// What it asks, in our words.
    package var asks: String
}

/// All normative sentences, in the specification's order.
package enum Requirements {
    package static let all: [Requirement] =
        [
            runtimeTable, configTable, mountOptionTable, hookTable, linuxTable, resourceTable, seccompTable,
            featuresTable,
        ]
        .flatMap(parse)

    private static let byID = Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })

    /// The requirement of an id.
    package static subscript(id: String) -> Requirement? { byID[id] }

    /// Reads a table: `@ PREFIX | FILE | HEADING` opens a section, `NUMBER M|S WORDS` is one of its sentences.
    static func parse(_ table: String) -> [Requirement] {
        var prefix = ""
        var section = ""
        var list: [Requirement] = []
        for line in table.split(separator: "\n") {
            if line.hasPrefix("@ ") {
                let parts = line.dropFirst(2).components(separatedBy: " | ")
                prefix = parts[0]
                section = "\(parts[1]), \(parts[2])"
            } else {
                let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
                list.append(
                    Requirement(
                        id: "\(prefix)#\(parts[0])", level: parts[1] == "M" ? .must : .should, section: section,
                        asks: parts[2]))
            }
        }
        return list
    }
}

extension Substring {
    fileprivate func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = self
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
