/// Calls the function of a command, says how it ended, and answers the exit status.
func carryOut(_ name: CommandName, _ globals: Arguments, _ arguments: Arguments, _ session: Session) -> Int32 {
    do throws(Report) {
        session.note(.debug, "swrun \(Version.current): \(name.rawValue) \(arguments.description)")
        switch name {
        case .spec: try writeSpec(arguments)
        case .docs: try docs(arguments)
        case .help: break  // the parser has made it a request for help
        case .create, .start, .run, .state, .kill, .delete, .list, .check, .explain:
            throw Report(message: "the command \"\(name.rawValue)\" is not supported yet")
        }
        session.succeed()
        return 0
    } catch {
        session.fail(error)
        return 1
    }
}
