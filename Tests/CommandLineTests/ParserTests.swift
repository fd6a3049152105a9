import Testing

@testable import CommandLineInterface

/// An option of one place: before or behind a command.
struct Place: CustomTestStringConvertible, Sendable {
    var command: CommandName?
    var option: Option

    var testDescription: String { "\(command?.rawValue ?? "swrun") --\(option.name)" }

    /// Every option that changes what is done, wherever it may stand.
    static let all: [Place] =
        Option.globals.map { Place(command: nil, option: $0) }
        + CommandName.allCases.flatMap { name in name.row.options.map { Place(command: name, option: $0) } }
    static let withValue = all.filter { $0.option.value != .flag }
    static let flags = all.filter { $0.option.value == .flag && !["help", "version"].contains($0.option.name) }

    /// Parses `words` where the option belongs, with what else is needed around them.
    func arguments(_ words: [String], sourceLocation: SourceLocation = #_sourceLocation) throws -> Arguments {
        guard let command else { return parse(words + ["list"]).globals }
        let least = command.row.count.lowerBound
        let positional = (0..<least).map { "word\($0)" }
        let request = parse([command.rawValue] + words + positional).request
        guard case .command(command, let arguments) = request else {
            Issue.record("\(words) became \(request)", sourceLocation: sourceLocation)
            throw CancellationError()
        }
        #expect(arguments.words == positional, sourceLocation: sourceLocation)
        return arguments
    }

    /// A value that the option accepts.
    var goodValue: String {
        switch option.value {
        case .flag: "true"
        case .text: "some/thing=with;odd bytes"
        case .number: "12"
        case .choice(_, let words, _): words[words.count - 1]
        }
    }
}

struct ParserTests {
    @Test(arguments: Place.withValue)
    func aValueMayBeTheNextWordOrAttached(_ place: Place) throws {
        let (option, value) = (place.option, place.goodValue)
        var spellings: [[String]] = []
        for name in [option.name] + option.others {
            for dashes in ["-", "--"] { spellings += [["\(dashes)\(name)", value], ["\(dashes)\(name)=\(value)"]] }
        }
        if let letter = option.letter { spellings.append(["-\(letter)\(value)"]) }
        for words in spellings {
            #expect(try place.arguments(words)[option] == value, "\(words)")
        }
    }

    @Test(arguments: Place.flags)
    func aFlagTakesATruthValueOnlyBehindAnEqualsSign(_ place: Place) throws {
        let name = place.option.name
        for word in ["-\(name)", "--\(name)", "--\(name)=true", "-\(name)=1", "--\(name)=T", "--\(name)=yes"] {
            #expect(try place.arguments([word]).has(place.option), "\(word)")
        }
        for word in ["-\(name)=false", "--\(name)=0", "--\(name)=F", "--\(name)=no"] {
            #expect(try !place.arguments([word]).has(place.option), "\(word)")
        }
        #expect(try !place.arguments(["--\(name)", "--\(name)=false"]).has(place.option))
    }

    @Test func lettersMayShareADash() throws {
        let run = Place(command: .run, option: .detach)
        let arguments = try run.arguments(["-db", "dir"])
        #expect(arguments.has(.detach))
        #expect(arguments[.bundle] == "dir")
        #expect(try run.arguments(["-dbdir"])[.bundle] == "dir")
        #expect(try run.arguments(["-db=dir"])[.bundle] == "dir")
        #expect(try !run.arguments(["-d=false"]).has(.detach))
    }

    @Test func optionsMayFollowTheID() {
        guard case .command(.create, let arguments) = parse(["create", "c1", "--bundle", "b", "-pid-file=p"]).request
        else {
            Issue.record("not understood")
            return
        }
        #expect(arguments.words == ["c1"])
        #expect(arguments[.bundle] == "b")
        #expect(arguments[.pidFile] == "p")
    }

    @Test(arguments: [
        (["state", "--", "-x"], ["-x"]),
        (["kill", "--", "-x", "--", "9"], ["-x", "9"]),
        (["kill", "c1", "--", "9"], ["c1", "9"]),
        (["kill", "--all", "c1", "--", "9"], ["c1", "9"]),
        (["kill", "-r", "--", "-x", "9"], ["-x", "9"]),
        (["delete", "-fr", "a|b"], ["a|b"]),
        (["delete", "-"], ["-"]),
        (["delete", ""], [""]),
        (["--", "delete", "c1"], ["c1"]),
    ])
    func twoDashesEndTheOptions(_ line: (words: [String], positional: [String])) {
        guard case .command(_, let arguments) = parse(line.words).request else {
            Issue.record("not understood")
            return
        }
        #expect(arguments.words == line.positional)
    }

    @Test func ofAGlobalOptionTheLastValueCounts() {
        let invocation = parse(["--root", "/a", "--log-format=json", "--root", "/b", "list"])
        #expect(invocation.globals[.root] == "/b")
        #expect(invocation.globals[.logFormat] == "json")
        #expect(invocation.request == .command(.list, Arguments()))
    }

    @Test func theSameValueTwiceIsNoContradiction() {
        guard case .command = parse(["create", "-b", "x", "--bundle", "x", "id"]).request else {
            Issue.record("not understood")
            return
        }
    }

    @Test func anEmptyValueCountsAsNone() throws {
        let create = Place(command: .create, option: .pidFile)
        let arguments = try create.arguments(["--pid-file", "", "--preserve-fds="])
        #expect(arguments[.pidFile] == nil)
        #expect(arguments.number(.preserveFDs) == 0)
    }

    @Test func aListKeepsEachValue() {
        var option = Option("env", "e", value: .text("K=V"), help: "")
        option.isList = true
        var scanner = Scanner(rows: [option], words: ["-e", "A=1,2", "--env=B=3", "-eC="])
        scanner.scan(stopAtWord: false)
        #expect(scanner.problem == nil)
        #expect(scanner.arguments.all(option) == ["A=1,2", "B=3", "C="])
    }

    @Test(
        arguments: [
            ([], nil), (["--root", "/x"], nil), (["-h"], nil), (["--help"], nil), (["-?"], nil), (["--usage"], nil),
            (["help"], nil), (["h"], nil), (["help", "run"], .run), (["h", "kill"], .kill), (["run", "--help"], .run),
            (["run", "-h"], .run), (["kill", "--bogus", "-help"], .kill), (["help", "help"], .help),
            (["create", "a", "b", "c", "-h"], .create),
        ] as [([String], CommandName?)])
    func helpIsPrinted(_ line: (words: [String], topic: CommandName?)) {
        #expect(parse(line.words).request == .help(line.topic))
    }

    @Test(arguments: [["--version"], ["-v"], ["-V"], ["-version"], ["--debug", "--version", "create"]])
    func theVersionIsPrinted(_ words: [String]) {
        #expect(parse(words).request == .version)
    }

    @Test func whatWasUnderstoodBeforeAMistakeIsKept() {
        let invocation = parse(["--log", "L", "--bogus", "--log-format", "json", "create"])
        guard case .refused = invocation.request else {
            Issue.record("accepted")
            return
        }
        #expect(invocation.globals[.log] == "L")
        #expect(invocation.globals[.logFormat] == "json")
    }
}
