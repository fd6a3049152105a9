/// One option of a command.
struct Option: Sendable {
    var name: String
    /// What stands for its value in the help; nil for a flag.
    var value: String?
    /// Whether it may be given several times.
    var repeats = false
    var help: String
}

/// One command: the row from which parser and help derive.
struct Command: Sendable {
    var name: String
    /// One line, beginning in lower case, without a full stop.
    var summary: String
    /// The words it takes, as help shows them.
    var arguments: String
    /// How many of them there are.
    var count: ClosedRange<Int>
    /// What else is worth knowing, in whole sentences.
    var details = ""
    var options: [Option] = []
    /// Whether words may follow behind `--`.
    var takesProgram = false
    var run: @Sendable (Call) throws(ToolError) -> Int32
}

/// A command line that was understood.
struct Call: Sendable {
    var words: [String] = []
    /// What stands behind `--`.
    var program: [String] = []
    var values: [String: [String]] = [:]

    func has(_ name: String) -> Bool { values[name] != nil }
    subscript(name: String) -> String? { values[name]?.last }
    func all(_ name: String) -> [String] { values[name] ?? [] }
    /// The words of a list that is separated by commas, from all times the option is given.
    func list(_ name: String) -> [String] { all(name).flatMap { $0.parts(",") } }

    func number(_ name: String) throws(ToolError) -> Int64? {
        guard let text = self[name] else { return nil }
        guard let number = decimal(text.utf8) else { throw ToolError("--\(name) is \"\(text)\", not a number") }
        return number
    }

    /// A number of bytes, with a unit of 1024 behind it if there is one.
    func bytes(_ name: String) throws(ToolError) -> Int64? {
        guard let text = self[name] else { return nil }
        let units: [(String, Int64)] = [("K", 10), ("M", 20), ("G", 30), ("T", 40)]
        for (unit, shift) in units where text.has(suffix: unit) {
            if let number = decimal(text.utf8.dropLast()), number < 1 << 20 { return number << shift }
        }
        guard let number = decimal(text.utf8) else {
            throw ToolError("--\(name) is \"\(text)\"", hint: "a number of bytes is expected, or such as 500M or 20G")
        }
        return number
    }
}

extension Command {
    /// Reads the words behind the command's name; nil if help is asked for.
    func parse(_ words: [String]) throws(ToolError) -> Call? {
        var call = Call()
        var rest = words[...]
        while let word = rest.popFirst() {
            if word.isExactly("--") {
                if takesProgram { call.program = Array(rest) } else { call.words += rest }
                break
            }
            if word.isExactly("--help") || word.isExactly("-h") { return nil }
            guard word.has(prefix: "-"), word.utf8.count > 1 else {
                call.words.append(word)
                continue
            }
            try take(word, &rest, &call)
        }
        guard count.contains(call.words.count) else {
            throw ToolError(
                "\(name) takes \(arguments.isEmpty ? "no arguments" : arguments); got \(call.words.count) words",
                hint: "see swrun rootfs \(name) --help")
        }
        return call
    }

    private func take(_ word: String, _ rest: inout ArraySlice<String>, _ call: inout Call) throws(ToolError) {
        let body = word.dropping(word.has(prefix: "--") ? 2 : 1)
        let name = body.parts("=").first ?? ""
        // The one short option, of those commands that write a file.
        let known = name == "o" ? "output" : name
        guard let option = options.first(where: { $0.name.isExactly(known) }) else {
            throw ToolError("\(self.name) has no option \(word)", hint: "see swrun rootfs \(self.name) --help")
        }
        let attached = body.utf8.count > name.utf8.count ? body.dropping(name.utf8.count + 1) : nil
        if option.value == nil {
            if attached != nil { throw ToolError("--\(option.name) takes no value") }
            call.values[option.name] = [""]
            return
        }
        guard let value = attached ?? rest.popFirst() else { throw ToolError("--\(option.name) needs a value") }
        if !option.repeats, let earlier = call.values[option.name]?.first, !earlier.isExactly(value) {
            throw ToolError("--\(option.name) is given twice: \(earlier) and \(value)")
        }
        call.values[option.name, default: []].append(value)
    }

    /// The help of the command.
    var help: String {
        var text =
            "swrun rootfs \(name): \(summary)\n\nswrun rootfs \(name) [OPTIONS]\(arguments.isEmpty ? "" : " " + arguments)\n"
        if !details.isEmpty { text += "\n" + wrapped(details, indent: 0) }
        let rows =
            options.map { option in
                ("--\(option.name)\(option.value.map { " " + $0 } ?? "")", option.help)
            } + [("--help", "print this help")]
        text += "\nOptions:\n"
        let width = rows.map(\.0.utf8.count).max() ?? 0
        for (left, right) in rows {
            let pad = String(repeating: " ", count: width - left.utf8.count + 2)
            text += "  \(left)\(pad)\(wrapped(right, indent: width + 4).drop { $0 == " " })"
        }
        return text
    }
}

/// Text in lines of at most 100 characters, each behind a margin.
private func wrapped(_ text: String, indent: Int) -> String {
    let margin = String(repeating: " ", count: indent)
    var lines = ""
    for paragraph in text.parts("\n") {
        var line = margin
        for word in paragraph.parts(" ") {
            if line.utf8.count + word.utf8.count > 100 && line.utf8.count > indent {
                lines += line + "\n"
                line = margin
            }
            line += (line.utf8.count > indent ? " " : "") + word
        }
        lines += line + "\n"
    }
    return lines
}
