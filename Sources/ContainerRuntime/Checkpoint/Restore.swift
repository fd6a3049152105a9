internal import Cgroups
internal import JSONCodec
internal import LinuxKernel
internal import OCISpec
internal import Validation

/// Makes a container of what `checkpoint` saved.
///
/// State, cgroup, limits and device rules are made from the bundle's configuration as for a new container; only the
/// processes come from the images.
/// - Returns: the exit status in the foreground, as a shell reports it; 0 if it is detached.
func restore(
    _ prepared: Preparation, _ id: String, in root: StateRoot, _ options: BirthOptions, _ images: CheckpointOptions,
    _ warn: @escaping (String) -> Void
) throws(Failure) -> Int32 {
    try prepared.config.refuseTerminal("restored")
    let criu = try Criu.find()
    let saved = try CriuDirectory(existing: images.imagePath)
    let work = try CriuDirectory(making: images.workPath ?? images.imagePath)
    let umask = Process.setUmask(0)
    let directory = try ContainerDirectory.make(id, in: root)
    let cleanup = Cleanup(directory: directory, spec: prepared.bundle.spec, bundle: prepared.bundle.path, warn: warn)
    let process: HeldProcess
    do throws(Failure) {
        let lock = HeldLock(directory.lockOfCreator())
        let cgroup = try CgroupHandle.free(prepared.config.cgroup, isScope: prepared.config.scope != nil)
        let (creator, ignoredSignals) = try currentProcess()
        let record = Record(of: prepared, id, createdBy: creator)
        try directory.replace(record, holding: lock.value)
        let context = BirthContext(
            id: id, bundle: prepared.bundle.path, spec: prepared.bundle.spec, configuration: prepared.bundle.text,
            directory: directory, isTraced: false, faultAt: -1, record: record, ignoredSignals: ignoredSignals,
            umask: umask, warn: warn)
        cleanup.cgroup = cgroup
        let recorder = try directory.makeFlightRecorder(steps: 1)
        process = try Restoration(
            prepared: prepared, criu: criu, images: images, saved: saved, work: work, context: context, cgroup: cgroup
        ).run()
        try prepared.config.demandPromises(of: process)
        recorder.childPID = process.handle.pid
        recorder.identity = (try? process.handle.identity()) ?? 0  // without it the start time tells processes apart
        try context.recordProcess(process.handle, inode: recorder.identity, holding: lock.value)
        try directory.keepConfiguration(prepared.bundle.text)
        if let pidFile = options.pidFile { try write(process, to: pidFile) }
        recorder.phase = .executing
    } catch {
        Process.setUmask(umask)
        cleanup.undo()
        throw error
    }
    Process.setUmask(umask)
    if options.detach { return 0 }
    return try stay(with: process, directory, keep: options.keep, warn)
}

private func write(_ process: HeldProcess, to pidFile: String) throws(Failure) {
    do throws(CallError) {
        try PidFile.write(process.handle.pid, to: pidFile)
    } catch {
        throw Failure(.pidFileFailed, "cannot write the pid file \(pidFile)", at: .file(pidFile), call: error)
    }
}

/// Waits for the end of the restored process, and removes the container.
private func stay(
    with process: HeldProcess, _ directory: ContainerDirectory, keep: Bool, _ warn: (String) -> Void
) throws(Failure) -> Int32 {
    let status: ExitStatus
    do throws(CallError) {
        status = try process.handle.wait()
    } catch {
        throw Failure(.hostFailed, "cannot wait for container \(directory.id)", call: error)
    }
    if !keep { try Container.delete(in: directory, force: true, warn) }
    return status.shellStatus
}

/// One run of `criu restore`, with the cgroup in which its processes will be.
private struct Restoration {
    let prepared: Preparation
    let criu: Criu
    let images: CheckpointOptions
    let saved: CriuDirectory
    let work: CriuDirectory
    let context: BirthContext
    let cgroup: CgroupHandle?

    private static let pidFile = "restored.pid"

    func run() throws(Failure) -> HeldProcess {
        let config = prepared.config
        let workDirectory = try work.open()
        try? workDirectory.remove(Restoration.pidFile)  // that of an earlier restore
        var arguments = [
            "restore", "--images-dir", saved.path, "--work-dir", work.path, "--log-file", "restore.log", "-v4",
            "--restore-detached", "--restore-sibling", "--pidfile", Restoration.pidFile, "--root", config.rootfs,
        ]
        arguments +=
            images.common + prepared.bundle.spec.criuOptions + ExternalMounts(of: config).restoreOptions + cgroupRoots
        if images.lazyPages { arguments.append("--lazy-pages") }
        if let profile = images.lsmProfile { arguments += ["--lsm-profile", profile] }
        if let label = images.lsmMountContext { arguments += ["--lsm-mount-context", label] }
        let files = try inherited(&arguments)
        try makeMountPoints(of: config)
        let running = try criu.start(arguments, in: workDirectory, root: config.rootfs, inheriting: files)
        try makeCgroup(with: running.handle.pid)
        try running.finish("restore", log: work.path + "/restore.log")
        do throws(CallError) {
            let text = try workDirectory.open(Restoration.pidFile, [.noFollow, .nonBlocking]).readAll(limitBytes: 32)
            guard let pid = Int32(String(decoding: text.prefix { $0 > 0x20 }, as: UTF8.self)) else {
                throw CallError(.read, .invalid)
            }
            return HeldProcess(try ProcessHandle(pid: pid))
        } catch {
            throw Failure(.checkpointFailed, "criu doesn't say which process it restored", call: error)
        }
    }

    /// Saved cgroups are put below the container's own.
    private var cgroupRoots: [String] {
        guard let layout = cgroup?.layout else { return [] }
        return layout.places.flatMap { place in
            place.isUnified
                ? layout.mode == .v2 ? ["--cgroup-root", place.path] : []
                : place.controllers.flatMap { ["--cgroup-root", "\($0):\(place.path)"] }
        }
    }

    /// The limits and rules that the plan of a birth has, before any process is restored.
    ///
    /// CRIU is in a scope with those that it makes: systemd makes none without a process.
    private func makeCgroup(with pid: Int32) throws(Failure) {
        guard let cgroup else { return }
        do throws(CgroupError) {
            for step in prepared.plan {
                switch step.action {
                case .createCgroup:
                    cgroup.isOurs = false
                    try cgroup.directories.create(around: cgroup.unit == nil ? nil : pid)
                    cgroup.isOurs = true
                case .startScope(let scope):
                    cgroup.unit = scope.unit
                    var manager = try SystemdManager.connect(isUsers: scope.unit.isUsers)
                    try manager.start(
                        scope.unit, processes: [pid], description: "swrun container \(context.id)", scope.properties)
                    cgroup.isOurs = true
                case .limitCgroup(let settings): try cgroup.directories.apply(settings)
                case .limitDevices(let rules): try cgroup.directories.restrictDevices(to: DevicePolicy(rules))
                case .delegateCgroup(let owner): try cgroup.directories.delegate(to: owner)
                default: continue
                }
            }
        } catch {
            if error.isRefusal { cgroup.unit = nil }
            throw Failure(error)
        }
    }

    /// Our own standard streams in the place of those that the container had, and the network that it joins.
    private func inherited(_ arguments: inout [String]) throws(Failure) -> [Criu.Inherited] {
        var files: [Criu.Inherited] = []
        var number: Int32 = 1000
        for (index, name) in try streams().enumerated() where !name.isEmpty && index < 3 {
            files.append(
                Criu.Inherited(
                    number: number,
                    file: try held { () throws(CallError) in
                        try FileDescriptor.withNumber(Int32(index)) { (own) throws(CallError) in try own.duplicate() }
                    }))
            arguments += ["--inherit-fd", "fd[\(number)]:\(name)"]
            number += 1
        }
        for namespace in prepared.config.namespaces where namespace.type == .network {
            guard let path = namespace.path, !path.isEmpty else { continue }
            files.append(
                Criu.Inherited(
                    number: number,
                    file: try held { () throws(CallError) in
                        try FileDescriptor.open(path, [.nonBlocking, .noControllingTerminal])
                    }))
            arguments += ["--inherit-fd", "fd[\(number)]:\(Criu.networkName)"]
            number += 1
        }
        return files
    }

    private func held(_ body: () throws(CallError) -> FileDescriptor) throws(Failure) -> HeldDescriptor {
        do throws(CallError) {
            return HeldDescriptor(try body())
        } catch {
            throw Failure(.checkpointFailed, "cannot hand a descriptor on to criu", call: error)
        }
    }

    /// The names that the dump gave to the streams; none where it left none.
    private func streams() throws(Failure) -> [String] {
        let path = saved.path + "/" + StandardStreams.file
        guard let file = try? FileDescriptor.open(path, [.noFollow, .nonBlocking]) else { return [] }
        do {
            let names = try JSONDecoder().decode([String].self, from: file.readAll(limitBytes: 65536))
            // They become arguments of CRIU's, and come from a file.
            guard names.allSatisfy({ $0.utf8.allSatisfy { 0x21...0x7E ~= $0 } }) else {
                throw CallError(.read, .invalid)
            }
            return names
        } catch {
            throw Failure(.checkpointFailed, "cannot understand \(path)", at: .file(path))
        }
    }
}
