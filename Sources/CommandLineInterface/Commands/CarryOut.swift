internal import ContainerRuntime

/// Calls the function of a command, says how it ended, and answers the exit status.
func carryOut(_ name: CommandName, _ globals: Arguments, _ arguments: Arguments, _ session: Session) -> Int32 {
    do throws(Failure) {
        let status = try perform(name, globals, arguments, session)
        session.succeed()
        return status
    } catch {
        session.fail(Report(error))
        return 1
    }
}

private func perform(
    _ name: CommandName, _ globals: Arguments, _ arguments: Arguments, _ session: Session
) throws(Failure) -> Int32 {
    session.note(.debug, "swrun \(Version.current): \(name.rawValue) \(arguments.description)")
    let id = arguments.words.first ?? ""
    switch name {
    case .create: try create(id, globals, arguments, session)
    case .run: return try run(id, globals, arguments, session)
    case .start: try runtime(globals, session).start(id)
    case .state: try printState(of: id, globals, session)
    case .kill: try kill(id, globals, arguments, session)
    case .delete: try delete(id, globals, arguments, session)
    case .list: try list(globals, arguments, session)
    case .spec: try writeSpec(arguments)
    case .check: return try check(globals, arguments, session)
    case .explain: try explain(globals, arguments, session)
    case .docs: try docs(arguments)
    case .help: break  // the parser has made it a request for help
    }
    return 0
}
