internal import ContainerRuntime

extension Order {
    /// `swrun create`: makes a container, whose program waits for `start`.
    func create() throws(Failure) {
        try refuseOtherCgroupManagers()
        try runtime().create(id, birthOptions())
    }

    /// `swrun run`: makes a container and starts it; answers the exit status.
    func run() throws(Failure) -> Int32 {
        try refuseOtherCgroupManagers()
        return try runtime().run(id, birthOptions())
    }

    private func birthOptions() -> BirthOptions {
        var options = BirthOptions(arguments)
        options.missingDescriptor = missingDescriptor
        return options
    }

    /// The other commands ignore the manager that is asked for: what was made without one has none.
    private func refuseOtherCgroupManagers() throws(Failure) {
        if globals.has(.systemdCgroup) {
            throw Failure(
                .optionUnusable, "--systemd-cgroup is not supported yet", hint: "without it, cgroups are made directly")
        }
        if let manager = globals[.cgroupManager], !manager.hasSameBytes(as: "cgroupfs") {
            throw Failure(
                .optionUnusable, "--cgroup-manager \(manager) is not supported yet",
                hint: "cgroupfs is, and is the default"
            )
        }
    }
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
