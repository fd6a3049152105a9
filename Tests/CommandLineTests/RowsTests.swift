import Testing

@testable import CommandLineInterface

/// What must hold for the rows, as all else derives from them.
struct RowsTests {
    @Test(arguments: CommandName.allCases)
    func aCommandAnswersToItsName(_ name: CommandName) {
        #expect(CommandName(word: name.rawValue) == name)
        #expect(name.row.name == name.rawValue)
    }

    @Test(arguments: CommandName.allCases.map(\.row.options) + [Option.globals])
    func noTwoOptionsOfAPlaceShareASpelling(_ options: [Option]) {
        let spellings = options.flatMap { [$0.name] + $0.others }
        #expect(Set(spellings).count == spellings.count)
        #expect(options.contains(.help) || options == Option.globals)
    }

    @Test(arguments: Place.all)
    func anOptionExplainsItself(_ place: Place) {
        #expect(!place.option.help.isEmpty)
        #expect(!place.option.help.hasSuffix("."))
        #expect(place.option.name.utf8.count > 1)
    }

    @Test(arguments: CommandName.allCases)
    func theHelpOfACommandNamesEachOfItsOptions(_ name: CommandName) {
        let text = Help(style: .plain).text(of: name.row)
        for option in name.row.options { #expect(text.contains("--\(option.name)")) }
        #expect(text.contains("swrun \(name.rawValue)"))
        #expect(!text.contains("\u{1b}"))
    }

    @Test func theGeneralHelpNamesEachCommandButHiddenOnes() {
        let text = Help(style: .plain).general
        for command in CommandName.allCases.map(\.row) {
            #expect(text.contains(" \(command.name)  ") == !command.isHidden, "\(command.name)")
        }
        for option in Option.globals { #expect(text.contains("--\(option.name)")) }
    }

    @Test(arguments: CommandName.allCases)
    func helpFitsIntoATerminal(_ name: CommandName) {
        let help = Help(style: .plain)
        for line in (help.text(of: name.row) + help.general).split(separator: "\n") {
            #expect(line.utf8.count <= 120, "\(line)")
        }
    }
}
