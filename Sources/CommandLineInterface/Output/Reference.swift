internal import ContainerRuntime
internal import Validation

/// The reference in Markdown.
enum Reference {
    /// A file in docs/, by its name without the suffix.
    enum Chapter: String, CaseIterable, Sendable {
        case cli, configuration, errors, validation

        var text: String {
            switch self {
            case .cli: Reference.commands
            case .configuration: Reference.configuration
            case .errors: Reference.errors
            case .validation: Reference.rules
            }
        }
    }

    /// The chapter on the command line.
    private static var commands: String {
        var text = """
            # The command line

            <!-- Printed by `swrun docs cli`, from the table of commands: change it there. -->

            ```
            swrun [GLOBAL OPTIONS] COMMAND [OPTIONS] [ARGUMENTS]
            ```

            Options may stand before or behind the arguments of their command; `--` ends them. `--name VALUE`,
            `--name=VALUE`, `-name VALUE`, `-n VALUE` and `-nVALUE` mean the same, and so do `-d -f` and `-df`. A flag
            takes a truth value behind `=`: `--detach=false`. An empty value counts as none.

            A command exits with 0 when it has done its work and with 1 when it failed; `run` in the foreground exits as
            the container's program did, or with 128 and the number of the signal that ended it. A failure says why on
            standard error and, with `--log`, in one record there.


            """
        text += "## Global options\n\n" + table(Option.globals)
        for command in CommandName.allCases.map(\.row) where !command.isHidden {
            text += "\n## \(command.name)\n\n\(capitalized(command.summary)).\n\n"
            text += "```\n\(command.usage)\n```\n\n"
            if !command.details.isEmpty { text += "\(command.details)\n\n" }
            text += table(command.options)
        }
        return text
    }

    /// The chapter on failures.
    private static var errors: String {
        var text = """
            # Errors

            <!-- Printed by `swrun docs errors`, from the table of failures: change it there. -->

            With `--log-format json` a failure's record has, beside `level`, `msg` and `time`, the key `code` with one of
            the names below, and what else is known: `path` (a file of the host), `pointer` (a place in config.json),
            `container` (an id), `option`, `call` and `errno` (what the kernel refused, and how), `step` (of the plan that
            `swrun explain` prints), `hint`, and `findings` (of the validator).

            | code | meaning | what to do |
            |---|---|---|
            | `usage` | The command line can't be understood. | The message says what was expected; see `swrun --help`. |

            """
        for code in Failure.Code.allCases {
            text += "| `\(code.rawValue)` | \(code.meaning) | \(code.remedy) |\n"
        }
        return text
    }

    /// The chapter on the validator's rules.
    private static var rules: String {
        var text = """
            # Validation

            <!-- Printed by `swrun docs validation`, from the table of rules: change it there. -->

            `swrun check` asks every rule about a bundle's configuration, and so do `create` and `run` before they make
            anything. All findings are answered, each with its place in config.json, what is wrong, what would be right,
            and the rule.

            | rule | demand | source |
            |---|---|---|

            """
        for rule in Rules.all { text += "| `\(rule.id)` | \(rule.summary) | \(rule.section) |\n" }
        return text
    }

    private static func table(_ options: [Option]) -> String {
        var text = "| option | meaning |\n|---|---|\n"
        for option in options {
            let letter = option.letter.map { ", `-\($0)`" } ?? ""
            let name = "--\(option.name)\(option.placeholder.map { " \($0)" } ?? "")"
            text += "| `\(name)`\(letter) | \(option.help) |\n"
        }
        return text
    }

    private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
