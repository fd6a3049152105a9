internal import ContainerRuntime

extension Order {
    /// `swrun ps`: prints the processes of a container, as numbers for programs, as a table for people.
    func printProcesses() throws(Failure) {
        let processes = try runtime().processes(of: id)
        if arguments[.tableFormat] == "json" {
            return try output("[" + processes.map { "\($0)" }.joined(separator: ",") + "]\n")
        }
        let options = Array(arguments.words.dropFirst())
        let text = try HostProcesses.table(options.isEmpty ? ["-ef"] : options)
        try output(Processes.kept(processes, of: text))
    }
}

/// What is kept of the table that ps(1) prints.
enum Processes {
    /// The header and the lines of these processes.
    static func kept(_ processes: [Int32], of table: String) throws(Failure) -> String {
        let lines = table.split(separator: "\n")
        guard let header = lines.first, let column = fields(header).firstIndex(of: "PID") else {
            throw Failure(.optionUnusable, "couldn't find PID field in ps output")
        }
        let wanted = Set(processes.map { "\($0)" })
        let kept = lines.dropFirst().filter { line in
            let fields = fields(line)
            return column < fields.count && wanted.contains(fields[column])
        }
        return ([header] + kept).map { escaped($0) + "\n" }.joined()
    }

    private static func fields(_ line: Substring) -> [String] {
        line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
    }
}
