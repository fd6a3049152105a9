/// Calls the function of a command, and says how it ended.
func carryOut(
    _ name: CommandName, _ globals: Arguments, _ arguments: Arguments, _ session: inout Session
) -> Int32 {
    do throws(Report) {
        switch name {
        case .docs: try docs(arguments)
        case .help: break  // the parser has made it a request for help
        case .spec, .create, .start, .run, .state, .kill, .delete, .list, .check, .explain:
            throw Report(message: "not yet")
        }
        session.succeed()
        return 0
    } catch {
        session.fail(error)
        return 1
    }
}
