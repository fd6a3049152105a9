/// What a command line asks for.
struct Invocation: Equatable, Sendable {
    enum Request: Equatable, Sendable {
        /// The help of a command, or the general one.
        case help(CommandName?)
        case version
        case command(CommandName, Arguments)
        /// Nothing that can be done.
        case refused(UsageError)
    }

    /// The options before the command; what of them was understood, if the request is refused.
    var globals: Arguments
    var request: Request
}

/// Reads the words behind the program's name.
func parse(_ words: [String]) -> Invocation {
    var scanner = Scanner(rows: Option.globals, words: words[...])
    scanner.scan(stopAtWord: true)
    let globals = scanner.arguments
    func invocation(_ request: Invocation.Request) -> Invocation { Invocation(globals: globals, request: request) }

    if globals.has(.help) { return invocation(.help(nil)) }
    if globals.has(.version) { return invocation(.version) }
    if let problem = scanner.problem { return invocation(.refused(usageError(problem, in: nil))) }
    guard let word = scanner.rest.popFirst() else { return invocation(.help(nil)) }
    guard let name = CommandName(word: word) else { return invocation(.refused(unknownCommand(word))) }
    return invocation(parse(name, scanner.rest))
}

/// Reads the words behind a command.
private func parse(_ name: CommandName, _ words: ArraySlice<String>) -> Invocation.Request {
    let command = name.row
    if name == .rootfs {
        // Its words are another program's.
        var arguments = Arguments()
        arguments.words = Array(words)
        return .command(name, arguments)
    }
    var scanner = Scanner(rows: command.options, words: words)
    scanner.scan(stopAtWord: command.endsOptionsAtWord)
    if scanner.arguments.has(.help) { return .help(name) }
    if let problem = scanner.problem { return .refused(usageError(problem, in: name)) }

    var arguments = scanner.arguments
    arguments.words += scanner.rest
    // Old callers put it between the id and what follows, in `kill ID -- 9` even behind another one.
    if name == .kill || command.endsOptionsAtWord, arguments.words.count > 1, arguments.words[1].hasSameBytes(as: "--")
    {
        arguments.words.remove(at: 1)
    }
    if let message = countComplaint(command, arguments.words.count) {
        return .refused(UsageError(message: message, command: name))
    }
    guard name == .help else { return .command(name, arguments) }
    guard let topic = arguments.words.first else { return .help(nil) }
    return CommandName(word: topic).map { .help($0) } ?? .refused(unknownCommand(topic))
}

/// What is wrong with the number of words, in the sentence that callers of runc know.
private func countComplaint(_ command: Command, _ count: Int) -> String? {
    let (least, most) = (command.count.lowerBound, command.count.upperBound)
    if command.count.contains(count) { return nil }
    let wanted =
        if least == most { "exactly \(least)" } else if count < least { "a minimum of \(least)" } else {
            "a maximum of \(most)"
        }
    let usage = command.arguments.isEmpty ? "" : ": \(command.arguments)"
    return "swrun: \"\(command.name)\" requires \(wanted) argument(s)\(usage); got \(count)"
}
