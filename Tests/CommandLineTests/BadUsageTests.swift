import Testing

@testable import CommandLineInterface

/// A command line that is refused, and words that the refusal must have.
struct BadUsage: CustomTestStringConvertible, Sendable {
    var words: [String]
    var says: [String]

    init(_ line: String, says: String...) { self.init(line.split(separator: " ").map(String.init), says) }

    init(_ words: [String], _ says: [String]) {
        self.words = words
        self.says = says
    }

    var testDescription: String { words.joined(separator: " ") }

    static let all: [BadUsage] = [
        // Commands.
        BadUsage("creat c1", says: "unknown command \"creat\"", "did you mean \"create\"?"),
        BadUsage("dleete c1", says: "did you mean \"delete\"?"),
        BadUsage("init", says: "there is no command \"init\"", "create and run"),
        BadUsage("nonsense", says: "unknown command \"nonsense\""),
        BadUsage("exec", says: "requires a minimum of 1 argument(s)"),
        BadUsage("exec --tyy c1 sh", says: "unknown option \"--tyy\" of exec", "did you mean \"--tty\"?"),
        BadUsage("ps --format xml c1", says: "invalid format option: xml"),
        BadUsage("pause", says: "requires exactly 1 argument(s)"),
        BadUsage("resume c1 c2", says: "requires exactly 1 argument(s)"),
        BadUsage("help creat", says: "did you mean \"create\"?"),
        BadUsage(["CREATE"], ["unknown command"]),
        BadUsage(["\u{212A}ill", "c1"], ["unknown command"]),  // the Kelvin sign is no K
        // Options.
        BadUsage("--bogus list", says: "unknown option \"--bogus\""),
        BadUsage("--roots /x list", says: "unknown option \"--roots\"", "did you mean \"--root\"?"),
        BadUsage("create --bundel x c1", says: "unknown option \"--bundel\" of create", "did you mean \"--bundle\"?"),
        BadUsage("state -x c1", says: "unknown option \"-x\" of state"),
        BadUsage("create -dq c1", says: "unknown option \"-dq\" of create"),
        BadUsage("--bundle x create c1", says: "before the command", "create, run"),
        BadUsage("state --root /x c1", says: "--root goes before the command"),
        BadUsage("kill c1 -9", says: "without a dash"),
        BadUsage("kill c1 -KILL", says: "without a dash"),
        BadUsage(["create", "---bundle", "x", "c1"], ["unknown option"]),
        BadUsage(["create", "--=x", "c1"], ["unknown option"]),
        BadUsage(["create", "-=x", "c1"], ["unknown option"]),
        // Values.
        BadUsage("create c1 --bundle", says: "flag needs an argument: --bundle"),
        BadUsage("create c1 -b", says: "flag needs an argument: --bundle"),
        BadUsage("run c1 -db", says: "flag needs an argument: --bundle"),
        BadUsage("--log", says: "flag needs an argument: --log"),
        BadUsage("--log-format xml list", says: "invalid log-format: xml", "text, json"),
        BadUsage("--log-level loud list", says: "invalid log-level: loud"),
        BadUsage("--cgroup-manager none list", says: "unknown cgroup manager specified: none"),
        BadUsage("--rootless maybe list", says: "invalid rootless: maybe"),
        BadUsage("--debug=maybe list", says: "invalid boolean value \"maybe\" for --debug"),
        BadUsage("list --format yaml", says: "invalid format option: yaml", "table, json"),
        BadUsage("check --format table", says: "invalid format option: table"),
        BadUsage("run --detach=maybe c1", says: "invalid boolean value \"maybe\" for --detach"),
        BadUsage("run -d=2 c1", says: "invalid boolean value \"2\""),
        BadUsage("create --preserve-fds -1 c1", says: "invalid value \"-1\" for --preserve-fds"),
        BadUsage("create --preserve-fds +1 c1", says: "invalid value \"+1\""),
        BadUsage("create --preserve-fds 0x1 c1", says: "invalid value \"0x1\""),
        BadUsage("create --preserve-fds 2147483648 c1", says: "invalid value"),
        BadUsage("create --preserve-fds 99999999999999999999 c1", says: "invalid value"),
        BadUsage("create --bundle a --bundle b c1", says: "--bundle is given twice", "\"a\"", "\"b\""),
        BadUsage("create -b a -bb c1", says: "--bundle is given twice"),
        // Numbers of words.
        BadUsage("create", says: "\"create\" requires exactly 1 argument(s)"),
        BadUsage("create a b", says: "\"create\" requires exactly 1 argument(s)"),
        BadUsage("start", says: "\"start\" requires exactly 1 argument(s)"),
        BadUsage("run", says: "\"run\" requires exactly 1 argument(s)"),
        BadUsage("state", says: "\"state\" requires exactly 1 argument(s)"),
        BadUsage("delete", says: "\"delete\" requires exactly 1 argument(s)"),
        BadUsage("kill", says: "\"kill\" requires a minimum of 1 argument(s)"),
        BadUsage("kill a b c", says: "\"kill\" requires a maximum of 2 argument(s)"),
        BadUsage("list a", says: "\"list\" requires exactly 0 argument(s)"),
        BadUsage("spec a", says: "\"spec\" requires exactly 0 argument(s)"),
        BadUsage("check a", says: "\"check\" requires exactly 0 argument(s)"),
        BadUsage("explain a", says: "\"explain\" requires exactly 0 argument(s)"),
        BadUsage("help a b", says: "\"help\" requires a maximum of 1 argument(s)"),
    ]
}

struct BadUsageTests {
    @Test(arguments: BadUsage.all)
    func aBadLineIsRefusedWithWordsThatHelp(_ usage: BadUsage) {
        guard case .refused(let error) = parse(usage.words).request else {
            Issue.record("accepted")
            return
        }
        for words in usage.says { #expect(error.message.contains(words), "\(error.message)") }
        #expect(!error.message.utf8.contains(UInt8(ascii: "\n")))
    }

    @Test(arguments: Place.withValue)
    func aMissingValueIsNamedInTheWordsThatManagersSearch(_ place: Place) {
        let words = (place.command.map { [$0.rawValue] } ?? []) + ["--\(place.option.name)"]
        guard case .refused(let error) = parse(words).request else {
            Issue.record("accepted")
            return
        }
        #expect(error.message.hasPrefix("flag needs an argument: --\(place.option.name)"))
    }

    /// Each command with a word less than it takes, and one more.
    @Test(arguments: CommandName.allCases)
    func aWordTooFewOrTooManyIsRefused(_ command: CommandName) {
        let count = command.row.count
        func message(_ number: Int) -> String? {
            let words = [command.rawValue] + (0..<number).map { "word\($0)" }
            guard case .refused(let error) = parse(words).request else { return nil }
            return error.message
        }
        if count.lowerBound > 0 {
            let few = message(count.lowerBound - 1)
            #expect(few?.hasPrefix("swrun: \"\(command.rawValue)\" requires ") == true, "\(few ?? "accepted")")
        }
        if count.upperBound < 5000 {
            let many = message(count.upperBound + 1)
            #expect(many?.hasPrefix("swrun: \"\(command.rawValue)\" requires ") == true, "\(many ?? "accepted")")
        }
    }

    /// Each option of each command, with two letters exchanged.
    @Test(arguments: Place.all)
    func aMistypedOptionIsProposedAsItIsWritten(_ place: Place) {
        let name = place.option.name
        var letters = Array(name)
        // What is behind `rootfs` is another program's.
        guard letters.count > 3, letters[1] != letters[2], place.command != .rootfs else { return }
        letters.swapAt(1, 2)
        let words = (place.command.map { [$0.rawValue] } ?? []) + ["--" + String(letters)]
        guard case .refused(let error) = parse(words).request else {
            Issue.record("accepted")
            return
        }
        #expect(error.message.contains("did you mean \"--\(name)\"?"), "\(error.message)")
    }

    @Test func aHostileWordIsEscapedAndCut() {
        let word = "--" + String(repeating: "é", count: 10_000) + "\u{1b}[2J\n"
        guard case .refused(let error) = parse(["create", word, "c1"]).request else {
            Issue.record("accepted")
            return
        }
        #expect(error.message.utf8.count < 400)
        guard case .refused(let short) = parse(["create", "--\u{1b}[2J\u{202e}\n", "c1"]).request else {
            Issue.record("accepted")
            return
        }
        #expect(short.message.contains("--\\u{1b}[2J\\u{202e}\\n"))
    }

    @Test func aHundredThousandWordsAreCounted() {
        let words = ["state"] + (0..<100_000).map { "word\($0)" }
        guard case .refused(let error) = parse(words).request else {
            Issue.record("accepted")
            return
        }
        #expect(error.message.contains("requires exactly 1 argument(s)"))
        #expect(error.message.contains("got 100000"))
    }

    @Test(arguments: 0..<20)
    func noLineOfRandomWordsStopsTheParser(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let names = CommandName.allCases.map(\.rawValue)
        let options = Place.all.flatMap { [$0.option.name] + $0.option.others }
        let odd = ["", "-", "--", "---", "=", "-=", "--=", "\u{301}", "-\u{301}", "--bundle\u{301}", "\0", "-é", "🙂"]
        for _ in 0..<2_000 {
            let words = (0..<Int.random(in: 0...6, using: &random)).map { _ -> String in
                let name = options.randomElement(using: &random) ?? ""
                switch Int.random(in: 0..<8, using: &random) {
                case 0: return names.randomElement(using: &random) ?? ""
                case 1: return "--" + name
                case 2: return "-" + name + (odd.randomElement(using: &random) ?? "")
                case 3: return "--" + name + "=" + (odd.randomElement(using: &random) ?? "")
                case 4: return odd.randomElement(using: &random) ?? ""
                case 5: return "-" + name + name
                case 6: return (0..<3).map { _ in odd.randomElement(using: &random) ?? "" }.joined()
                default: return name
                }
            }
            if case .refused(let error) = parse(words).request {
                #expect(!error.message.isEmpty && error.message.utf8.count < 2_000)
            }
        }
    }
}

/// A sequence of numbers that is the same for the same seed (the mixing function of SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
