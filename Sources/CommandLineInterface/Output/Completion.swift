/// What a shell needs to complete command lines of swrun, made of the rows of commands and options.
enum Completion: String, CaseIterable, Sendable {
    case bash, zsh, fish

    /// The script for the shell.
    var text: String {
        switch self {
        case .bash: Completion.bashText
        case .zsh: Completion.zshText
        case .fish: Completion.fishText
        }
    }

    private static var commands: [Command] { CommandName.allCases.map(\.row).filter { !$0.isHidden } }

    private static let origin = "# Printed by `swrun completion`, from the table of commands."

    /// Both spellings of an option, as they are typed.
    private static func spellings(_ option: Option) -> [String] {
        (option.letter.map { ["-\($0)"] } ?? []) + ["--\(option.name)"]
    }

    /// What is known of a value: the words of a choice, whether it is a file or a directory.
    private enum Hint {
        case words([String])
        case file
        case directory
        case anything
    }

    private static func hint(_ option: Option) -> Hint? {
        switch option.value {
        case .flag: nil
        case .choice(_, let words, _): .words(words)
        case .text("DIR"): .directory
        case .text("FILE"), .text("PATH"): .file
        case .text, .number: .anything
        }
    }

    /// Whether the first word is the id of a container that is there.
    private static func takesContainer(_ command: Command) -> Bool {
        command.arguments.utf8.starts(with: "ID".utf8) && !["create", "run", "restore"].contains(command.name)
    }
}

extension Completion {
    private static var bashText: String {
        var text = """
            \(origin)
            _swrun() {
                local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
                local command='' root=() words='' i
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case ${COMP_WORDS[i]} in
                        --root) root=(--root "${COMP_WORDS[i+1]}"); i=$((i + 1)) ;;

            """
        let withValues = Option.globals.filter { $0.value != .flag && $0.name != "root" }.flatMap(spellings)
        text += "            \(withValues.joined(separator: " | "))) i=$((i + 1)) ;;\n"
        text += """
                        -*) ;;
                        *) command=${COMP_WORDS[i]}; break ;;
                    esac
                done
                case $command in

            """
        text += bashCase("''", Option.globals, words: commands.map(\.name).joined(separator: " "))
        for command in commands {
            let ids = takesContainer(command) ? "$(swrun \"${root[@]}\" list --quiet 2>/dev/null)" : ""
            text += bashCase(([command.name] + command.others).joined(separator: " | "), command.options, words: ids)
        }
        text += """
                    *) return ;;
                esac
                COMPREPLY=($(compgen -W "$words" -- "$current"))
            }
            complete -o default -F _swrun swrun

            """
        return text
    }

    /// The options of one place: after one with a value comes that value, else an option or a word.
    private static func bashCase(_ pattern: String, _ options: [Option], words: String) -> String {
        var text = "        \(pattern))\n            case $previous in\n"
        for option in options {
            guard let hint = hint(option) else { continue }
            let reply =
                switch hint {
                case .words(let words): "COMPREPLY=($(compgen -W \"\(words.joined(separator: " "))\" -- \"$current\"))"
                case .file: "COMPREPLY=($(compgen -f -- \"$current\"))"
                case .directory: "COMPREPLY=($(compgen -d -- \"$current\"))"
                case .anything: "COMPREPLY=()"
                }
            text += "                \(spellings(option).joined(separator: " | "))) \(reply); return ;;\n"
        }
        text += "            esac\n"
        text += "            words=\"\(options.flatMap(spellings).joined(separator: " "))\"\n"
        if !words.isEmpty { text += "            [[ $current == -* ]] || words=\"\(words)\"\n" }
        return text + "            ;;\n"
    }
}

extension Completion {
    private static var zshText: String {
        var text = """
            #compdef swrun
            \(origin)
            _swrun_ids() {
                local -a ids
                ids=(${(f)"$(swrun ${opt_args[--root]:+--root ${opt_args[--root]}} list --quiet 2>/dev/null)"})
                compadd -a ids
            }
            _swrun() {
                local curcontext=$curcontext state line
                typeset -A opt_args
                _arguments -C \\

            """
        for option in Option.globals { text += "        \(zsh(option)) \\\n" }
        text += """
                    '1: :->command' \\
                    '*:: :->words'
                case $state in
                    command)
                        local -a commands=(

            """
        for command in commands { text += "                \(zshQuoted("\(command.name):\(command.summary)"))\n" }
        text += """
                        )
                        _describe command commands
                        ;;
                    words)
                        case $line[1] in

            """
        for command in commands {
            let pattern = ([command.name] + command.others).joined(separator: "|")
            text += "                    \(pattern))\n                        _arguments \\\n"
            for option in command.options { text += "                            \(zsh(option)) \\\n" }
            text +=
                "                            '1: :\(takesContainer(command) ? "_swrun_ids" : "_files")' '*: :_files'\n"
            text += "                        ;;\n"
        }
        text += """
                        esac
                        ;;
                esac
            }
            _swrun "$@"

            """
        return text
    }

    /// One specification of `_arguments`: `'(-b --bundle)'{-b,--bundle}'[help]:DIR:_directories'`.
    private static func zsh(_ option: Option) -> String {
        let spellings = spellings(option)
        var tail = "[\(option.help.zshEscaped)]"
        if let hint = hint(option) {
            let action =
                switch hint {
                case .words(let words): "(\(words.joined(separator: " ")))"
                case .file: "_files"
                case .directory: "_directories"
                case .anything: " "
                }
            tail += ":\((option.placeholder ?? "").zshEscaped):\(action)"
        }
        let repeats = option.isList ? "*" : ""
        if spellings.count == 1 { return zshQuoted("\(repeats)\(spellings[0])\(tail)") }
        let excluded = option.isList ? "'*'" : "'(\(spellings.joined(separator: " ")))'"
        return "\(excluded){\(spellings.joined(separator: ","))}\(zshQuoted(tail))"
    }

    fileprivate static func zshQuoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}

extension String {
    /// Colons and brackets mean something to `_arguments`.
    fileprivate var zshEscaped: String {
        var text = ""
        for character in self {
            if ":[]".contains(character) { text += "\\" }
            text.append(character)
        }
        return text
    }
}

extension Completion {
    private static var fishText: String {
        let names = commands.flatMap { [$0.name] + $0.others }.joined(separator: " ")
        var text = """
            \(origin)
            set -l commands \(names)
            complete -c swrun -f

            """
        for option in Option.globals {
            text += fish(option, condition: "not __fish_seen_subcommand_from $commands")
        }
        for command in commands {
            text += "complete -c swrun -n \"not __fish_seen_subcommand_from $commands\" -a \(command.name)"
            text += " -d \(fishQuoted(command.summary))\n"
        }
        for command in commands {
            let condition = "__fish_seen_subcommand_from \(([command.name] + command.others).joined(separator: " "))"
            for option in command.options { text += fish(option, condition: condition) }
            if takesContainer(command) {
                text += "complete -c swrun -n \"\(condition)\" -a '(swrun list --quiet 2>/dev/null)'\n"
            }
        }
        return text
    }

    private static func fish(_ option: Option, condition: String) -> String {
        var text = "complete -c swrun -n \"\(condition)\" -l \(option.name)"
        if let letter = option.letter, letter != "?" { text += " -s \(letter)" }
        switch hint(option) {
        case .words(let words): text += " -x -a \(fishQuoted(words.joined(separator: " ")))"
        case .file: text += " -r -F"
        case .directory: text += " -x -a '(__fish_complete_directories)'"
        case .anything: text += " -x"
        case nil: break
        }
        return text + " -d \(fishQuoted(option.help))\n"
    }

    private static func fishQuoted(_ text: String) -> String {
        var quoted = "'"
        for character in text {
            if character == "'" || character == "\\" { quoted += "\\" }
            quoted.append(character)
        }
        return quoted + "'"
    }
}
