internal import ContainerRuntime

extension Order {
    /// `swrun exec`: runs a process in a container; answers the exit status.
    func exec() throws(Failure) -> Int32 {
        var options = ExecOptions(arguments)
        options.launch.missingDescriptor = missingDescriptor
        return try runtime().exec(id, options)
    }
}

extension ExecOptions {
    /// Takes what the options say.
    init(_ arguments: Arguments) {
        self.init()
        launch = BirthOptions(arguments)
        processFile = arguments[.process]
        self.arguments = Array(arguments.words.dropFirst())
        terminal = arguments.has(.tty)
        environment = arguments.all(.env)
        user = arguments.given.last { $0.name == Option.user.name }?.value
        additionalGroups = arguments.all(.additionalGids)
        capabilities = arguments.all(.cap)
        cwd = arguments[.cwd]
        if arguments.given.contains(where: { $0.name == Option.noNewPrivs.name }) {
            noNewPrivileges = arguments.has(.noNewPrivs)
        }
        apparmorProfile = arguments[.apparmor]
        selinuxLabel = arguments[.processLabel]
        cgroups = arguments.all(.subCgroup)
        ignoresPause = arguments.has(.ignorePaused)
    }
}
