/// A command line that asks for nothing swrun can do.
struct UsageError: Error, Equatable, Sendable {
    /// The complete message, in one line.
    var message: String
    /// The command whose help is worth reading; nil for the general one.
    var command: CommandName?
}
