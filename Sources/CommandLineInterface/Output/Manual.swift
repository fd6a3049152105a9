/// The manual page swrun(1) in roff, made of the rows of commands and options.
///
/// Source: man(7).
enum Manual {
    /// The page.
    static var text: String {
        var text = """
            .\\" Printed by `swrun docs man`, from the table of commands.
            .TH SWRUN 1 "" "swrun \(roff(Version.current))" "User Commands"
            .SH NAME
            swrun \\- run containers as the Open Container Initiative specifies them
            .SH SYNOPSIS
            .B swrun
            [\\fIGLOBAL OPTIONS\\fR] \\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]
            .SH DESCRIPTION
            A bundle is a directory with a root filesystem and a file
            .IR config.json ;
            swrun makes a container of it, lets its program run, and removes it again. Container managers call it in the
            place of runc or crun.
            .PP
            Options may stand before or behind the arguments of their command, and
            .B \\-\\-
            ends them; those of
            .BR exec " and " ps
            end at the container's id.
            .B \\-\\-name VALUE
            and
            .B \\-\\-name=VALUE
            mean the same. A flag takes a truth value behind an equals sign.
            .SH GLOBAL OPTIONS

            """
        text += options(Option.globals)
        text += ".SH COMMANDS\n"
        for command in CommandName.allCases.map(\.row) where !command.isHidden {
            text += ".SS \(roff(command.usage))\n"
            text += roff(sentence(command.summary)) + "\n"
            if !command.details.isEmpty { text += ".PP\n\(roff(command.details))\n" }
            text += options(command.options)
        }
        text += """
            .SH EXIT STATUS
            0 for success, 1 for a failure, which is told on standard error and, with
            .BR \\-\\-log ,
            in one record there.
            .BR run " and " exec
            in the foreground end as the program did, or with 128 and the number of the signal that ended it;
            .B exec
            ends with 255 where the program could not be started.
            .SH FILES
            .TP
            .I /run/swrun
            The containers of the host's root.
            .TP
            .I $XDG_RUNTIME_DIR/swrun
            The containers of everybody else.
            .SH SEE ALSO
            .BR swrun\\-rootfs (1),
            .BR podman (1),
            .BR docker (1),
            .BR capabilities (7),
            .BR cgroups (7),
            .BR namespaces (7)

            """
        return text
    }

    private static func options(_ options: [Option]) -> String {
        options.map { option in
            var spelling = option.letter.map { "\\fB\\-\(roff($0))\\fR, " } ?? ""
            spelling += "\\fB\\-\\-\(roff(option.name))\\fR"
            if let placeholder = option.placeholder { spelling += " \\fI\(roff(placeholder))\\fR" }
            return ".TP\n\(spelling)\n\(roff(sentence(option.help)))\n"
        }.joined()
    }

    private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() + "." }

    /// Text as roff prints it: a dash stays one, and no line becomes a request.
    private static func roff(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "`": result += "\\(ga"
            case "'": result += "\\(aq"
            default: result.append(character)
            }
        }
        return result.first == "." ? "\\&" + result : result
    }
}
