internal import ProductVersion

/// The manual page swrun-rootfs(1) in roff, made of the table of commands.
///
/// Source: man(7).
enum Manual {
    /// The page.
    static var text: String {
        var text = """
            .\\" Printed by `swrun-rootfs docs man`, from the table of commands.
            .TH SWRUN\\-ROOTFS 1 "" "swrun \(roff(productVersion))" "User Commands"
            .SH NAME
            swrun\\-rootfs \\- make, share, check and hand over root filesystems for containers
            .SH SYNOPSIS
            .B swrun rootfs
            \\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]
            .br
            .B swrun\\-rootfs
            \\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]
            .SH DESCRIPTION
            Takes root filesystems from an empty directory to an image. It is the companion of
            .BR swrun (1),
            which hands its command
            .B rootfs
            over to it.
            .SH COMMANDS

            """
        for command in commands { text += section(command) }
        return text + """
            .SH EXIT STATUS
            0 for success; 1 for a failure, which is told on standard error, or for differences that were found; 128 and
            the signal's number after a signal.
            .SH SEE ALSO
            .BR swrun (1),
            .BR mmdebstrap (1)

            """
    }

    private static func section(_ command: Command) -> String {
        let arguments = command.arguments.isEmpty ? "" : " " + command.arguments
        var text = ".SS \(roff("swrun rootfs \(command.name) [OPTIONS]\(arguments)"))\n"
        text += roff(sentence(command.summary)) + "\n"
        if !command.details.isEmpty { text += ".PP\n\(roff(command.details))\n" }
        for option in command.options {
            let value = option.value.map { " \\fI\(roff($0))\\fR" } ?? ""
            text += ".TP\n\\fB\\-\\-\(roff(option.name))\\fR\(value)\n\(roff(sentence(option.help)))\n"
        }
        return text
    }

    private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() + "." }

    /// Text as roff prints it: a dash stays one, and no line becomes a request.
    private static func roff(_ text: String) -> String {
        var result = ""
        var begins = true
        for byte in text.unicodeScalars {
            // A request begins a line.
            if begins, byte == "." || byte == "'" { result += "\\&" }
            begins = byte == "\n"
            switch byte {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "`": result += "\\(ga"
            case "'": result += "\\(aq"
            default: result.unicodeScalars.append(byte)
            }
        }
        return result
    }
}
