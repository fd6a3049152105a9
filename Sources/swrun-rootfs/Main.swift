internal import RootfsTool

/// The program: nothing but a call, as everything worth testing is in a library.
@main enum Main {
    static func main() { RootfsTool.exit(RootfsTool.main(CommandLine.arguments)) }
}
