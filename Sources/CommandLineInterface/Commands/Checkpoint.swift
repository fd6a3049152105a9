internal import ContainerRuntime

extension Option {
    static let imagePath = Option(
        "image-path", value: .text("DIR"), help: "directory of the images (default: checkpoint in the current one)")
    static let workPath = Option(
        "work-path", value: .text("DIR"), help: "directory of CRIU's log (default: that of the images)")
    static let parentPath = Option(
        "parent-path", value: .text("DIR"), help: "images of an earlier --pre-dump, relative to --image-path")
    static let leaveRunning = Option("leave-running", "R", help: "let the container go on")
    static let preDump = Option("pre-dump", help: "only copy the memory, and let the container go on")
    static let tcpEstablished = Option("tcp-established", help: "keep open TCP connections")
    static let tcpSkipInFlight = Option("tcp-skip-in-flight", help: "leave out TCP connections that are being made")
    static let tcpClose = Option("tcp-close", help: "restore TCP connections as closed")
    static let linkRemap = Option("link-remap", help: "link files that were removed while open")
    static let extUnixSk = Option("ext-unix-sk", help: "accept UNIX sockets to the outside")
    static let shellJob = Option("shell-job", help: "accept a session of the outside")
    static let fileLocks = Option("file-locks", help: "keep locks of files")
    static let lazyPages = Option(
        "lazy-pages", help: "hand the memory out on demand: from --page-server, to criu lazy-pages")
    static let statusFD = Option(
        "status-fd", value: .number("N"), help: "descriptor that is told when --lazy-pages can be asked")
    static let autoDedup = Option("auto-dedup", help: "remove pages that a later image has")
    static let pageServer = Option(
        "page-server", value: .text("ADDRESS:PORT"), help: "send the memory to a page server")
    static let manageCgroupsMode = Option(
        "manage-cgroups-mode",
        value: .choice("MODE", of: ["soft", "full", "strict", "ignore"], refusal: "Invalid manage-cgroups-mode"),
        help: "what CRIU does with cgroups: soft, full, strict or ignore (default: soft)")
    static let networkLock = Option(
        "network-lock", value: .choice("METHOD", of: ["iptables", "nftables"], refusal: "invalid network-lock"),
        help: "how the network is kept still: iptables or nftables (default: iptables)")
    static let lsmProfile = Option(
        "lsm-profile", value: .text("TYPE:NAME"), help: "profile of the restored processes, as apparmor:NAME")
    static let lsmMountContext = Option(
        "lsm-mount-context", value: .text("CONTEXT"), help: "SELinux context of the restored mounts")
    static let emptyNamespace: Option = {
        var option = Option("empty-ns", value: .text("NAMESPACE"), help: "leave out what is in this namespace: network")
        option.isList = true
        return option
    }()
}

extension CommandName {
    private static let images: [Option] = [
        .imagePath, .workPath, .tcpEstablished, .extUnixSk, .shellJob, .fileLocks, .manageCgroupsMode, .emptyNamespace,
        .autoDedup, .networkLock, .tcpClose, .lazyPages,
    ]

    static var checkpointRow: Command {
        Command(
            name: "checkpoint", summary: "save a running container in files",
            details: """
                CRIU does the work and must be installed. The container is removed afterwards, unless --leave-running \
                or --pre-dump is given.
                """,
            arguments: "ID", count: 1...1,
            options: images + [
                .leaveRunning, .preDump, .parentPath, .pageServer, .linkRemap, .tcpSkipInFlight, .statusFD, .help,
            ])
    }

    static var restoreRow: Command {
        Command(
            name: "restore", summary: "make a container of the files of a checkpoint",
            details: """
                The configuration of the bundle says what is around the restored processes: mounts, cgroup, limits.
                """,
            arguments: "ID", count: 1...1,
            options: images + [
                .bundle, .config, .pidFile, .detach, .keep, .consoleSocket, .noPivot, .noNewKeyring, .noSubreaper,
                .lsmProfile, .lsmMountContext, .help,
            ])
    }
}

extension Order {
    /// `swrun checkpoint`: saves a container.
    func checkpoint() throws(Failure) { try runtime().checkpoint(id, CheckpointOptions(arguments)) }

    /// `swrun restore`: makes a container of what was saved; answers the exit status.
    func restore() throws(Failure) -> Int32 {
        try runtime().restore(id, birthOptions(), CheckpointOptions(arguments))
    }
}

extension CheckpointOptions {
    /// Takes what the options of `checkpoint` and `restore` say.
    init(_ arguments: Arguments) {
        self.init()
        imagePath = arguments[.imagePath] ?? imagePath
        workPath = arguments[.workPath]
        parentPath = arguments[.parentPath]
        leaveRunning = arguments.has(.leaveRunning)
        preDump = arguments.has(.preDump)
        tcpEstablished = arguments.has(.tcpEstablished)
        tcpSkipInFlight = arguments.has(.tcpSkipInFlight)
        tcpClose = arguments.has(.tcpClose)
        linkRemap = arguments.has(.linkRemap)
        externalUnixSockets = arguments.has(.extUnixSk)
        shellJob = arguments.has(.shellJob)
        fileLocks = arguments.has(.fileLocks)
        lazyPages = arguments.has(.lazyPages)
        statusFD = arguments[.statusFD] == nil ? nil : Int32(clamping: arguments.number(.statusFD))
        autoDedup = arguments.has(.autoDedup)
        manageCgroups = arguments[.manageCgroupsMode] ?? manageCgroups
        networkLock = arguments[.networkLock]
        emptyNamespaces = arguments.all(.emptyNamespace)
        pageServer = arguments[.pageServer]
        lsmProfile = arguments[.lsmProfile]
        lsmMountContext = arguments[.lsmMountContext]
    }
}
