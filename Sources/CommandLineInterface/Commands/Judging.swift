internal import ContainerRuntime
internal import Validation

extension Order {
    /// `swrun check`: prints all findings; answers 1 if one of them is an error.
    func check() throws(Failure) -> Int32 {
        let findings = try runtime().check(BirthOptions(arguments))
        if arguments[.textFormat] == "json" {
            try output(json(of: findings) + "\n")
        } else {
            try output(text(of: findings, style: Surroundings.style(of: .output)))
        }
        return findings.contains { $0.severity == .error } ? 1 : 0
    }

    /// `swrun explain`: prints the plan of a bundle's container.
    func explain() throws(Failure) {
        let lines = try runtime().explain(BirthOptions(arguments))
        if arguments[.textFormat] == "json" {
            let objects = lines.map { line in
                "{\"index\":\(line.index),\"side\":\(jsonString(line.side)),\"sentence\":\(jsonString(line.sentence)),"
                    + "\"origin\":\(jsonString(line.origin)),\"overlaps\":\(line.overlaps)}"
            }
            return try output("[" + objects.joined(separator: ",\n") + "]\n")
        }
        let rows = lines.map { ["\($0.index)", $0.side, escaped($0.sentence), escaped($0.origin)] }
        try output(Table(rows: [["STEP", "WHERE", "WHAT", "FROM"]] + rows).text)
    }
}
