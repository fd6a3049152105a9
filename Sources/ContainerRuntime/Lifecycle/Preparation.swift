internal import Cgroups
internal import LinuxKernel
internal import OCISpec
internal import Validation

/// All that is decided before anything is made: the bundle read and judged, the plan compiled.
final class Preparation {
    let bundle: Bundle
    let config: BirthConfig
    let plan: Plan
    /// What the validator warns of.
    let warnings: [Finding]

    /// How the container is to live.
    enum Mode {
        /// `create`: it waits for `start`.
        case create
        /// `run --detach`.
        case detached
        /// `run`: this process stays with it.
        case foreground
    }

    init(_ id: String, _ options: BirthOptions, _ mode: Mode) throws(Failure) {
        try ContainerID.check(id)
        bundle = try Bundle.open(options.bundle, configFile: options.configFile)
        // Where cgroups can't be found out, only a configuration that needs one fails, and then with the reason.
        let cgroups = Result { () throws(CgroupError) in try CgroupHost.detect() }
        let host = HostFacts.gather(try? cgroups.get(), for: bundle.spec)
        let findings = validate(bundle.spec, on: host)
        if findings.contains(where: { $0.severity == .error }) {
            throw Failure(
                .configRejected, "the configuration can't be used", at: .file(bundle.path + "/config.json"),
                findings: findings)
        }
        warnings = findings
        try bundle.checkRootfs()
        var config = BirthConfig(bundle.spec, on: host, id: id, rootfs: bundle.rootfs, bundle: bundle.path)
        config.isPrivileged = host.capabilities & (1 << 21) != 0  // CAP_SYS_ADMIN
        config.hasGate = mode == .create
        config.noPivot = options.noPivot
        config.noNewKeyring = options.noNewKeyring
        config.pidFile = options.pidFile
        config.pidfdSocket = options.pidfdSocket ?? bundle.spec.annotations?[KnownAnnotation.pidfdReceiver]
        config.console = try Preparation.console(bundle.spec, options, mode)
        if config.console == .relayed { config.terminalSize = CallerTerminal.size }
        config.preservedDescriptors = try Preparation.preserved(options)
        Preparation.takeListeners(into: &config)
        if ReadinessRelay.manager != nil { Preparation.expectReadiness(of: &config) }
        switch options.cgroupManager {
        case .cgroupfs: config.cgroup = try Preparation.cgroup(config, cgroups)
        case .systemd: try Preparation.placeScope(in: &config, cgroups)
        case .disabled: break
        }
        if config.cgroup == nil, let host = try? cgroups.get() { config.ownCgroup = CgroupLayout(ownOf: host) }
        config.resctrl = try ResctrlRequest.locate(bundle.spec.linux?.intelRdt, id: id, root: host.resctrl)
        try Preparation.checkPivot(config)
        self.config = config
        plan = try birth(of: config)
    }

    static func console(
        _ spec: Spec, _ options: BirthOptions, _ mode: Mode
    ) throws(Failure) -> BirthConfig.Console {
        let wantsTerminal = spec.process?.terminal == true
        if let socket = options.consoleSocket {
            guard wantsTerminal, mode != .foreground else {
                throw Failure(
                    .consoleUnusable, "cannot use console socket if swrun will not detach or allocate tty",
                    at: .option("console-socket"))
            }
            return .socket(socket)
        }
        if !wantsTerminal { return .none }
        guard mode == .foreground else {
            throw Failure(
                .consoleUnusable, "cannot allocate tty if swrun will detach without setting console socket",
                at: .config("/process/terminal"), hint: "set process.terminal to false, or pass --console-socket")
        }
        return .relayed
    }

    static func preserved(_ options: BirthOptions) throws(Failure) -> Int32 {
        let count = options.preserveFDs
        guard count >= 0, count <= 1 << 20 else {
            throw Failure(.optionUnusable, "\(count) descriptors can't be preserved", at: .option("preserve-fds"))
        }
        if let missing = options.missingDescriptor {
            throw Failure(
                .optionUnusable,
                "unable to stat preserved-fd \(missing - 3) (of \(count)): descriptor \(missing) isn't open",
                at: .option("preserve-fds"))
        }
        return Int32(count)
    }

    /// Socket activation: descriptors that were meant for this process are passed on.
    ///
    /// Source: sd_listen_fds(3). The container's process has the pid 1 if it gets a pid namespace of its own.
    private static func takeListeners(into config: inout BirthConfig) {
        guard let pid = Process.variable("LISTEN_PID"), pid == "\(Process.id)",
            let count = Process.variable("LISTEN_FDS").flatMap(Int32.init), count > 0, count <= 1 << 16
        else { return }
        config.listenDescriptors = count
        config.extraEnvironment = ["LISTEN_FDS=\(count)", "LISTEN_PID=1"]
        if let names = Process.variable("LISTEN_FDNAMES") { config.extraEnvironment.append("LISTEN_FDNAMES=\(names)") }
    }

    /// The container gets a socket on which it says that it is ready, where only it can have one: behind all its mounts.
    private static func expectReadiness(of config: inout BirthConfig) {
        guard config.hasMountNamespace, config.spec.process != nil else { return }
        var mount = MountRequest(
            index: config.mountRequests.count, destination: ReadinessRelay.directory, source: "", type: "bind")
        mount.isBind = true
        mount.propagations = [PropagationChange(bit: MountBits.private, recursive: true)]
        for name in ["ro", "nosuid", "nodev", "noexec"] {
            guard case .attributes(let set, let clear, _) = MountOption.named(name)?.effect else { continue }
            mount.attributes.change(set: set, clear: clear)
        }
        config.readinessMount = mount
        config.extraEnvironment.append("NOTIFY_SOCKET=\(ReadinessRelay.directory)/\(ReadinessRelay.socketName)")
    }

    /// Where the cgroup will be; nil for a caller who can't make one, if nothing asks for it.
    private static func cgroup(
        _ config: BirthConfig, _ cgroups: Result<CgroupHost, CgroupError>
    ) throws(Failure) -> CgroupLayout? {
        let linux = config.spec.linux
        let isWanted = config.isPrivileged || !(linux?.cgroupsPath ?? "").isEmpty || linux?.resources?.hasLimits == true
        guard isWanted else { return nil }
        do throws(CgroupError) {
            return try CgroupLayout.locate(cgroupsPath: linux?.cgroupsPath, id: config.id, on: cgroups.get())
        } catch {
            throw Failure(error)
        }
    }

    private static func checkPivot(_ config: BirthConfig) throws(Failure) {
        let propagation = config.spec.linux?.rootfsPropagation
        guard config.noPivot, propagation == .private || propagation == .unbindable else { return }
        throw Failure(
            .optionUnusable, "rootfsPropagation of [r]private is not safe without pivot_root",
            at: .config("/linux/rootfsPropagation"))
    }

    /// The plan, for people.
    var lines: [PlanLine] {
        plan.enumerated().map { index, step in
            PlanLine(
                index: index, side: step.side.rawValue, sentence: step.action.sentence, origin: step.origin,
                overlaps: step.overlaps)
        }
    }
}

extension CgroupLayout {
    /// Where the runtime itself is.
    fileprivate init(ownOf host: CgroupHost) {
        self.init(
            mode: host.mode,
            places: host.hierarchies.map { hierarchy in
                Place(
                    controllers: hierarchy.controllers, mountPoint: hierarchy.mountPoint,
                    path: hierarchy.ownPath.utf8.elementsEqual("/".utf8) ? "" : hierarchy.ownPath,
                    isUnified: hierarchy.isUnified)
            })
    }
}

extension Spec.Linux.Resources {
    /// True if anything is to be limited besides devices.
    var hasLimits: Bool {
        memory != nil || cpu != nil || pids != nil || blockIO != nil || !(hugepageLimits ?? []).isEmpty
            || network != nil || !(rdma ?? [:]).isEmpty || !(unified ?? [:]).isEmpty
    }
}
