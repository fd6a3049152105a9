internal import ContainerRuntime

extension Order {
    /// `swrun create`: makes a container, whose program waits for `start`.
    func create() throws(Failure) {
        try runtime().create(id, birthOptions())
    }

    /// `swrun run`: makes a container and starts it; answers the exit status.
    func run() throws(Failure) -> Int32 {
        return try runtime().run(id, birthOptions())
    }

    func birthOptions() -> BirthOptions {
        var options = BirthOptions(arguments)
        options.missingDescriptor = missingDescriptor
        options.cgroupManager = cgroupManager
        return options
    }

    /// The other commands ignore the manager that is asked for: the container's state says which it was.
    private var cgroupManager: BirthOptions.CgroupManager {
        if globals.has(.systemdCgroup) { return .systemd }
        return globals[.cgroupManager].flatMap(BirthOptions.CgroupManager.init) ?? .cgroupfs
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
