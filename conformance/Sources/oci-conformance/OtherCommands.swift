import ArgumentParser

struct SelfTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest", abstract: "Show that each case can fail: run it against a broken runtime.")

    @Option(name: .long, help: "A runtime to break; of several, the first that passes a case is broken for it.")
    var runtime: [String] = ["crun", "runc"]

    @OptionGroup var selection: Selection

    func run() throws { try Actions.selfTest(runtime, selection) }
}

struct CoverageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage",
        abstract: "Print each sentence of the specification with its cases, or why it has none.")

    func run() throws { try Actions.coverage() }
}

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Print the cases.")

    @OptionGroup var selection: Selection

    func run() throws { try Actions.list(selection) }
}

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Put the cases' configurations through two runtimes, and print all differences.")

    @Argument(help: "The two runtimes.")
    var runtimes: [String]

    @OptionGroup var selection: Selection

    func run() throws { try Actions.compare(runtimes, selection) }
}

struct FuzzCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuzz",
        abstract: "Put random valid configurations through two runtimes, and print the differences, shrunk.")

    @Argument(help: "The two runtimes.")
    var runtimes: [String]

    @Option(name: .shortAndLong, help: "How many configurations.")
    var number = 200

    @Option(name: .long, help: "The same seed makes the same configurations.")
    var seed: UInt64 = 1

    @OptionGroup var selection: Selection

    func run() throws { try Actions.fuzz(runtimes, number, seed: seed, selection) }
}
