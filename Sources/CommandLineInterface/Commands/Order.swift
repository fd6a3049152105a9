internal import ContainerRuntime

/// One command as it was given: what its functions read.
struct Order {
    /// The options before the command.
    let globals: Arguments
    /// The options and words behind it.
    let arguments: Arguments
    /// Where messages go.
    let session: Session
    /// Whether the program's own file is protected from containers already.
    let isProtected: Bool
    /// The first descriptor to be preserved that isn't open.
    let missingDescriptor: Int32?

    /// The container that is meant; empty for a command that takes no id.
    var id: String { arguments.words.first ?? "" }

    /// The containers below the `--root` of this command line.
    func runtime() throws(Failure) -> Runtime {
        let session = session
        return Runtime(root: try stateRoot(), isProtected: isProtected) { session.note(.warning, $0) }
    }

    /// Calls the function of a command, says how it ended, and answers the exit status.
    func carryOut(_ name: CommandName) -> Int32 {
        session.note(.debug, "swrun \(Version.current): \(name.rawValue) \(arguments.description)")
        do throws(Failure) {
            let status = try perform(name)
            session.succeed()
            return status
        } catch {
            session.fail(Report(error))
            return name.failureStatus
        }
    }

    private func perform(_ name: CommandName) throws(Failure) -> Int32 {
        switch name {
        case .create: try create()
        case .run: return try run()
        case .start: try runtime().start(id)
        case .exec: return try exec()
        case .ps: try printProcesses()
        case .pause: try runtime().pause(id)
        case .resume: try runtime().resume(id)
        case .state: try printState()
        case .kill: try kill()
        case .delete: try delete()
        case .update: try update()
        case .events: try printEvents()
        case .checkpoint: try checkpoint()
        case .restore: return try restore()
        case .list: try list()
        case .spec: try writeSpec()
        case .check: return try check()
        case .explain: try explain()
        case .completion: try printCompletion()
        case .features: try printFeatures()
        case .docs: try printChapter()
        case .rootfs: try becomeCompanion()
        case .help: break  // the parser has made it a request for help
        }
        return 0
    }
}
