internal import ContainerRuntime

/// `swrun create`: makes a container, whose program waits for `start`.
func create(_ id: String, _ globals: Arguments, _ arguments: Arguments, _ session: Session) throws(Failure) {
    try refuseOtherCgroupManagers(globals)
    try runtime(globals, session).create(id, BirthOptions(arguments))
}

/// `swrun run`: makes a container and starts it; answers the exit status.
func run(_ id: String, _ globals: Arguments, _ arguments: Arguments, _ session: Session) throws(Failure) -> Int32 {
    try refuseOtherCgroupManagers(globals)
    return try runtime(globals, session).run(id, BirthOptions(arguments))
}

/// The containers below the `--root` of this command line.
func runtime(_ globals: Arguments, _ session: Session) throws(Failure) -> Runtime {
    Runtime(root: try stateRoot(globals)) { session.note(.warning, $0) }
}

extension BirthOptions {
    /// Takes what the options of `create`, `run`, `check` and `explain` say.
    init(_ arguments: Arguments) {
        self.init()
        bundle = arguments[.bundle] ?? "."
        configFile = arguments[.config]
        pidFile = arguments[.pidFile]
        consoleSocket = arguments[.consoleSocket]
        pidfdSocket = arguments[.pidfdSocket]
        traceFile = arguments[.trace]
        noPivot = arguments.has(.noPivot)
        noNewKeyring = arguments.has(.noNewKeyring)
        noSubreaper = arguments.has(.noSubreaper)
        detach = arguments.has(.detach)
        keep = arguments.has(.keep)
        preserveFDs = arguments.number(.preserveFDs)
    }
}

/// The other commands ignore the manager that is asked for: what was made without one has none.
private func refuseOtherCgroupManagers(_ globals: Arguments) throws(Failure) {
    if globals.has(.systemdCgroup) {
        throw Failure(
            .optionUnusable, "--systemd-cgroup is not supported yet", hint: "without it, cgroups are made directly")
    }
    if let manager = globals[.cgroupManager], !manager.hasSameBytes(as: "cgroupfs") {
        throw Failure(
            .optionUnusable, "--cgroup-manager \(manager) is not supported yet", hint: "cgroupfs is, and is the default"
        )
    }
}
