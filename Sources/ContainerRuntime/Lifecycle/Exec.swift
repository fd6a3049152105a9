internal import Cgroups
internal import LinuxKernel
internal import OCISpec
internal import Validation

/// Runs a process beside a container's own.
///
/// - Returns: its exit status, as a shell reports it; 0 if it is detached.
func exec(
    _ id: String, in root: StateRoot, _ options: ExecOptions, _ warn: @escaping (String) -> Void
) throws(Failure) -> Int32 {
    let container = try Container.find(id, in: root)
    let target = try container.target(ignoringPause: options.ignoresPause)
    var layout = try container.cgroup(for: options)
    do throws(Failure) {
        return try exec(in: container, target, layout, options, warn)
    } catch let error where error.isRefusalToEnter {
        // A container that hands controllers down has no processes in its own cgroup: go where its first one went.
        guard options.cgroups.isEmpty, let own = layout,
            let other = try? own.following(process: target.handle.pid), other != own
        else { throw error.ofExec(options, container, target) }
        layout = other
    } catch {
        throw error.ofExec(options, container, target)
    }
    do throws(Failure) {
        return try exec(in: container, target, layout, options, warn)
    } catch {
        throw error.ofExec(options, container, target)
    }
}

private func exec(
    in container: Container, _ target: HeldProcess, _ layout: CgroupLayout?, _ options: ExecOptions,
    _ warn: @escaping (String) -> Void
) throws(Failure) -> Int32 {
    let config = try container.joinConfig(options, layout, warn)
    try SelfProtection.complete(for: config.birth)
    let plan = joining(of: config)
    let (_, ignoredSignals) = try currentProcess()
    let child = Signals.bit(Signals.child)
    if ignoredSignals & child != 0 { Signals.resetDispositions(child) }
    let launch = options.launch
    let monitor =
        launch.detach ? nil : try Monitor(subreaper: false, relaysTerminal: config.birth.console == .relayed)
    // The new files have the mode that is asked for; the process gets the caller's mask, or its own.
    let umask = Process.setUmask(0)
    let context = BirthContext(
        id: container.directory.id, bundle: config.birth.bundle, spec: config.birth.spec, configuration: [],
        directory: container.directory, isTraced: false, faultAt: FaultInjection.step,
        record: Record(joining: container), ignoredSignals: ignoredSignals, umask: umask, target: target, warn: warn)
    let handle: CgroupHandle?
    do throws(CgroupError) {
        handle = try layout.map { (layout) throws(CgroupError) in try CgroupHandle(joining: layout) }
    } catch {
        throw Failure(error)
    }
    let recorder: FlightRecorder
    do throws(CallError) {
        recorder = try FlightRecorder(steps: plan.count)
    } catch {
        throw Failure(.hostFailed, "cannot make the record of the new process", call: error)
    }
    let box: BornBox
    do throws(Failure) {
        box = BornBox(
            try giveBirth(plan, context, handle, HeldLock(container.directory.lockOfCreator()), recorder))
    } catch {
        Process.setUmask(umask)
        throw error
    }
    do throws(Failure) {
        try waitForExecution(box, plan)
    } catch {
        // Managers take a pid file for a process that runs.
        if let file = launch.pidFile { try? FileDescriptor.remove(file) }
        try? box.born.process.handle.signal(Signals.kill)
        _ = try? box.born.process.handle.wait()
        throw error
    }
    guard let monitor else { return 0 }
    monitor.closeAllElse(box, nil)
    return try monitor.follow(box, nil).shellStatus
}

extension Container {
    /// The container's process, where the status allows others beside it.
    fileprivate func target(ignoringPause: Bool) throws(Failure) -> HeldProcess {
        let (status, target) = try hold()
        let isPaused = status == .paused
        if let target, next(status, on: .exec) != nil || (isPaused && ignoringPause) { return target }
        let about =
            switch status {
            case .stopped: "cannot exec in a stopped container"
            case .paused: "cannot exec in a paused container (use --ignore-paused to override)"
            default: "cannot exec in a container in the \(status.rawValue) state"
            }
        throw Failure(.wrongState, "\(about): \(directory.id)", at: .container(directory.id))
    }

    /// Where the process is to be counted: the container's cgroup, or one inside of it.
    fileprivate func cgroup(for options: ExecOptions) throws(Failure) -> CgroupLayout? {
        let own = record?.swrun.cgroup
        if options.cgroups.isEmpty { return own }
        guard var layout = own else {
            throw Failure(
                .optionUnusable, "container \(directory.id) has no cgroup that could hold another one",
                at: .option("cgroup"))
        }
        for given in options.cgroups {
            let colon = given.utf8.firstIndex(of: UInt8(ascii: ":"))
            let controllers = colon.map {
                given.utf8[..<$0].split(separator: UInt8(ascii: ",")).map { String(Substring($0)) }
            }
            let path = colon.map { String(Substring(given.utf8[given.utf8.index(after: $0)...])) } ?? given
            do throws(CgroupError) {
                layout = try layout.inside(path, controllers: controllers)
            } catch {
                throw Failure(.optionUnusable, "bad sub cgroup path: \(given.printable)", words: error.words)
            }
        }
        return layout
    }

    fileprivate func joinConfig(
        _ options: ExecOptions, _ layout: CgroupLayout?, _ warn: (String) -> Void
    ) throws(Failure) -> JoinConfig {
        // Nothing is mounted, and no hook is run.
        var spec = try directory.configuration(without: ["mounts", "hooks"])
        let process = try options.process(in: spec)
        spec.process = process
        var host = HostFacts.gather(nil)
        host.lookUp(for: spec)
        host.look(atFilterOf: spec)
        let findings = validate(process, inside: spec, on: host)
        if findings.contains(where: { $0.severity == .error }) {
            throw Failure(.configRejected, "the process can't be run", findings: findings)
        }
        // What the container's own process has was told when it was made.
        if let file = options.processFile {
            for finding in findings { warn("\(file)#\(finding.pointer): \(finding.problem); \(finding.remedy)") }
        }
        var birth = BirthConfig(
            spec, on: host, id: directory.id, rootfs: record?.swrun.rootfs ?? "", bundle: record?.swrun.bundle ?? "/")
        birth.isPrivileged = host.capabilities & (1 << 21) != 0  // CAP_SYS_ADMIN
        birth.hasGate = false
        birth.cgroup = layout
        birth.resctrl = record?.swrun.resctrl.map {
            ResctrlRequest(place: $0, exists: true, schemata: [], isRunning: true)
        }
        let launch = options.launch
        birth.pidFile = launch.pidFile
        birth.pidfdSocket = launch.pidfdSocket
        birth.console = try Preparation.console(spec, launch, launch.detach ? .detached : .foreground)
        if birth.console == .relayed { birth.terminalSize = CallerTerminal.size }
        birth.preservedDescriptors = try Preparation.preserved(launch)
        return JoinConfig(birth: birth, keepsKeyring: record?.swrun.keepsKeyring == true)
    }
}

extension Record {
    /// Of no use to a process that joins: it writes no record.
    fileprivate init(joining container: Container) {
        self.init(
            id: container.directory.id, processID: 0, processStart: 0, created: "", cgroupPaths: [:],
            namespacePaths: [:], config: Outline(rootfs: "", labels: []),
            swrun: Own(
                bundle: "", rootfs: "", creator: ProcessIdentity(pid: 0, start: 0, inode: 0), hasOwnPIDs: false,
                hasGate: false, hasProcess: true, hasPoststart: false, hasPoststop: false, ownerID: 0))
    }
}

extension Failure {
    /// True if the kernel refused the container's cgroup because of what is inside of it.
    fileprivate var isRefusalToEnter: Bool {
        guard let errno = call?.errno else { return false }
        return code == .cgroupFailed && errno == .busy || step != nil && call?.call == .clone3 && errno == .busy
    }

    /// The failure in the words of an `exec`: places count from the document that the caller gave.
    fileprivate func ofExec(_ options: ExecOptions, _ container: Container, _ target: HeldProcess) -> Failure {
        // Whatever the kernel said then, it said because nobody was there any more.
        if step != nil, code != .programMissing, code != .programNotExecutable,
            (try? target.handle.hasEnded()) == true
        {
            return Failure(
                .wrongState, "cannot exec in a stopped container: \(container.directory.id)",
                at: .container(container.directory.id))
        }
        var failure = self
        if step != nil || code == .configRejected { failure.about = "exec failed: \(about)" }
        if let file = options.processFile {
            failure.document = file
            if case .config(let pointer) = place {
                failure.place = .config(String(Substring(pointer.utf8.dropFirst("/process".utf8.count))))
            }
        } else {
            failure.document = "process"
            if case .config = place { failure.place = .container(container.directory.id) }
        }
        return failure
    }
}
