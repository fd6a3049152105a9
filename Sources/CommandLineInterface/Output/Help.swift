/// The text of `--help`, made of the rows.
struct Help {
    var style: Style

    /// What a person reads who calls `swrun` without words.
    var general: String {
        var text = "\(style.bold("swrun")): runs containers as the Open Container Initiative specifies them\n\n"
        text += "\(style.bold("Usage:")) swrun [GLOBAL OPTIONS] COMMAND [OPTIONS] [ARGUMENTS]\n"
        text += "\n\(style.bold("Commands:"))\n"
        let commands = CommandName.allCases.map(\.row).filter { !$0.isHidden }
        text += table(commands.map { (($0.others.reversed() + [$0.name]).joined(separator: ", "), $0.summary) })
        text += "\n\(style.bold("Global options:"))\n"
        text += table(Option.globals.map { ($0.usage, $0.help) })
        text += "\n`swrun COMMAND --help` explains a command.\n"
        return text
    }

    /// What a person reads about one command.
    func text(of command: Command) -> String {
        var text = "\(style.bold("swrun \(command.name)")): \(command.summary)\n\n"
        text += "\(style.bold("Usage:")) \(command.usage)\n"
        if !command.details.isEmpty { text += "\n\(wrapped(command.details))" }
        text += "\n\(style.bold("Options:"))\n"
        text += table(command.options.map { ($0.usage, $0.help) })
        return text
    }

    private func table(_ rows: [(String, String)]) -> String {
        Table(rows: rows.map { ["  \($0.0)", $0.1] }).text
    }

    /// Lines of at most 90 characters.
    private func wrapped(_ text: String) -> String {
        var lines = [""]
        for word in text.split(separator: " ") {
            let line = lines[lines.count - 1]
            if line.utf8.count + word.utf8.count >= 90 {
                lines.append(String(word))
            } else {
                lines[lines.count - 1] = line.isEmpty ? String(word) : "\(line) \(word)"
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Option {
    /// How it is written: `-b, --bundle DIR`; options without a letter are set in line with the others.
    var usage: String {
        let letter = letter.map { "-\($0), " } ?? "    "
        return "\(letter)--\(name)\(placeholder.map { " \($0)" } ?? "")"
    }
}

extension Command {
    /// How it is written: `swrun kill [OPTIONS] ID [SIGNAL]`.
    var usage: String { "swrun \(name) [OPTIONS]\(arguments.isEmpty ? "" : " \(arguments)")" }
}
