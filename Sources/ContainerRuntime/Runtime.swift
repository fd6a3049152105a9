internal import JSONCodec
internal import LinuxKernel
public import OCISpec
internal import Seccomp
public import Validation

/// What swrun can do with containers: one method for each command.
///
/// Nothing is kept between calls; all that is known of a container is in the kernel and below the state root.
public struct Runtime {
    private let root: StateRoot
    private let isProtected: Bool
    private let warn: (String) -> Void

    /// A runtime that keeps its containers below `root`, an absolute path.
    ///
    /// - Parameters:
    ///   - isProtected: true if it is known that containers can't write to this program's own file.
    ///   - warn: gets what is worth a warning and no failure.
    public init(root: String, isProtected: Bool = false, warn: @escaping (String) -> Void) {
        self.root = StateRoot(path: root)
        self.isProtected = isProtected
        self.warn = warn
    }

    /// Where containers are kept if the caller names no place: `/run/swrun` for the host's root, a directory below
    /// XDG_RUNTIME_DIR for everybody else.
    public static func usualRoot() throws(Failure) -> String {
        let directory = Process.variable("XDG_RUNTIME_DIR")
        guard let path = StateRoot.usual(runtimeDirectory: directory, isHostRoot: HostFacts.isHostRoot) else {
            throw Failure(
                .stateUnusable, "there is no place to keep containers: XDG_RUNTIME_DIR isn't set",
                hint: "set it, or name a directory with --root")
        }
        return path
    }

    /// Makes a container, up to the point where its process waits for ``start(_:)``.
    public func create(_ id: String, _ options: BirthOptions) throws(Failure) {
        FileDescriptor.leaveClosingToTheEnd()
        if !isProtected { try SelfProtection.begin() }
        let prepared = try prepare(id, options, .create)
        let (_, box) = try ContainerRuntime.create(prepared, id, in: root, options, warn)
        try trace(prepared, box, options)
    }

    /// Makes a container and starts it at once.
    ///
    /// - Returns: the exit status of its process, as a shell reports it; 0 if it is detached.
    public func run(_ id: String, _ options: BirthOptions) throws(Failure) -> Int32 {
        FileDescriptor.leaveClosingToTheEnd()
        if !isProtected { try SelfProtection.begin() }
        let prepared = try prepare(id, options, options.detach ? .detached : .foreground)
        return try ContainerRuntime.run(prepared, id, in: root, options, warn) { (box) throws(Failure) in
            try trace(prepared, box, options)
        }
    }

    /// Runs a process in a container that is there.
    ///
    /// - Returns: its exit status, as a shell reports it; 0 if it is detached.
    public func exec(_ id: String, _ options: ExecOptions) throws(Failure) -> Int32 {
        FileDescriptor.leaveClosingToTheEnd()
        if !isProtected { try SelfProtection.begin() }
        return try ContainerRuntime.exec(id, in: root, options, warn)
    }

    /// The processes of a container, as numbers of the caller's pid namespace.
    public func processes(of id: String) throws(Failure) -> [Int32] {
        try Container.find(id, in: root).processes()
    }

    /// Stops all processes of a container.
    public func pause(_ id: String) throws(Failure) { try Container.find(id, in: root).pause() }

    /// Lets all processes of a paused container go on.
    public func resume(_ id: String) throws(Failure) { try Container.find(id, in: root).resume() }

    /// Starts the program of a created container.
    public func start(_ id: String) throws(Failure) {
        let container = try Container.find(id, in: root)
        let readiness = ReadinessRelay(try container.start(), warn)
        if container.record?.swrun.hasPoststart == true {
            let spec = try container.directory.configuration()
            do throws(Failure) {
                try runPoststart(spec, container.state(.running))
            } catch {
                // The hook's failure is what the caller must know.
                try? Container.delete(in: container.directory, force: true, warn)
                throw error
            }
        }
        // A process that has ended meanwhile has nothing more to say.
        if let readiness, let process = try? container.process?.open() { readiness.handOver(process) }
    }

    /// The state document of a container, as JSON.
    public func state(of id: String) throws(Failure) -> [UInt8] {
        let container = try Container.find(id, in: root)
        return try document(container.state(container.currentStatus()), pretty: true)
    }

    /// Sends a signal.
    ///
    /// - Parameters:
    ///   - signal: its number; 0 only asks whether the process is there.
    ///   - all: true for every process of the container.
    public func kill(_ id: String, signal: Int32, all: Bool) throws(Failure) {
        try Container.find(id, in: root).kill(signal, all: all)
    }

    /// Sets new limits for a container: all that are asked for, or none.
    ///
    /// - Parameter rdt: new schemata for the cache and for the memory bandwidth; the rest of it has no effect.
    public func update(
        _ id: String, with resources: Spec.Linux.Resources, rdt: Spec.Linux.IntelRdt? = nil
    ) throws(Failure) {
        try Container.find(id, in: root).update(with: resources, rdt: rdt, warn)
    }

    /// What the kernel counts for containers, a line of JSON for each, as runc's `events --stats` has it.
    ///
    /// - Parameter ids: the containers; none stands for all that live.
    public func statistics(
        of ids: [String], _ emit: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var watches = Watches(root: root, ids: ids)
        try watches.find(withMemory: false)
        try watches.emitStatistics(emit)
    }

    /// The same again and again, and a line each time that a container's memory is used up, until all have ended.
    ///
    /// - Parameters:
    ///   - ids: the containers; none stands for all that live, also such as are made later, and there is no end.
    ///   - intervalMilliseconds: how long to wait between the statistics.
    public func events(
        of ids: [String], intervalMilliseconds: Int64, _ emit: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var watches = Watches(root: root, ids: ids)
        try watches.find(withMemory: true)
        try watches.follow(intervalMilliseconds, emit)
    }

    /// Reads new limits, as JSON, from a file or, for `-`, from standard input.
    public static func resources(at path: String) throws(Failure) -> Spec.Linux.Resources {
        try ResourceDocument.read(path)
    }

    /// Saves a container in files, and removes it unless it is to go on.
    public func checkpoint(_ id: String, _ options: CheckpointOptions) throws(Failure) {
        guard try Container.find(id, in: root).checkpoint(options) else { return }
        try Container.delete(in: Container.find(id, in: root).directory, force: true, warn)
    }

    /// Makes a container of what was saved.
    ///
    /// - Returns: the exit status of its process, as a shell reports it; 0 if it is detached.
    public func restore(_ id: String, _ options: BirthOptions, _ images: CheckpointOptions) throws(Failure) -> Int32 {
        let prepared = try prepare(id, options, .detached)
        return try ContainerRuntime.restore(prepared, id, in: root, options, images, warn)
    }

    /// Why no container can be saved here; nil where one can.
    public static var obstacleToCheckpoint: Failure? {
        do throws(Failure) {
            _ = try Criu.find()
            return nil
        } catch {
            return error
        }
    }

    /// Removes a container; with `force` a running one, too, and one that isn't there is no failure.
    public func delete(_ id: String, force: Bool) throws(Failure) {
        let directory: ContainerDirectory
        do throws(Failure) {
            try ContainerID.check(id)
            guard let found = try ContainerDirectory.open(id, in: root) else { throw Failure.missing(id) }
            directory = found
        } catch let error where error.code == .containerMissing && force {
            return
        }
        do throws(Failure) {
            try Container.delete(in: directory, force: force, warn)
        } catch let error where error.code == .containerMissing && force {
            return  // another delete was quicker
        }
    }

    /// The ids of the containers of which a part matches an extended regular expression, sorted.
    public func containers(matching expression: String) throws(Failure) -> [String] {
        // To POSIX it is nothing, to the C library everything: `--regex "$UNSET"` would be meant for nobody.
        if expression.isEmpty {
            throw Failure(
                .optionUnusable, "an empty expression matches every container", at: .option("regex"),
                hint: "\".\" does, too, if that is meant")
        }
        let pattern: RegularExpression
        do throws(RegularExpression.Mistake) {
            pattern = try RegularExpression(expression)
        } catch {
            throw Failure(
                .optionUnusable, "invalid regular expression \"\(expression.printable)\"", at: .option("regex"),
                words: error.words)
        }
        var ids: [String] = []
        for id in try root.containerNames() where pattern.matches(id) { ids.append(id) }
        return ids
    }

    /// All containers that can be read; the others are warned of.
    public func list() throws(Failure) -> [State] {
        var states: [State] = []
        for name in try root.containerNames() {
            do throws(Failure) {
                let container = try Container.find(name, in: root)
                var state = container.state(try container.currentStatus())
                state.owner = "#\(container.record?.swrun.ownerID ?? Credentials.effectiveUID)"
                if container.record == nil { warn("container \(name): its creation was interrupted") }
                states.append(state)
            } catch let error where error.code == .containerMissing {
                continue  // deleted while we looked
            } catch {
                warn("container \(name.printable): \(error.message)")
            }
        }
        return states
    }

    /// What the validator finds in a bundle's configuration.
    public func check(_ options: BirthOptions) throws(Failure) -> [Finding] {
        let bundle = try Bundle.open(options.bundle, configFile: options.configFile)
        var host = HostFacts.gathered(for: bundle.spec)
        host.unknownSystemCalls = bundle.spec.linux?.seccomp.map(Names.unknownSystemCalls)
        return validate(bundle.spec, on: host)
    }

    /// The plan of a bundle: what `run` would do, in order.
    public func explain(_ options: BirthOptions) throws(Failure) -> [PlanLine] {
        var options = options
        options.consoleSocket = nil
        options.preserveFDs = 0
        return try Preparation("ID", options, .foreground).lines
    }

    private func prepare(
        _ id: String, _ options: BirthOptions, _ mode: Preparation.Mode
    ) throws(Failure) -> Preparation {
        let prepared = try Preparation(id, options, mode)
        for finding in prepared.warnings {
            warn("config.json#\(finding.pointer): \(finding.problem); \(finding.remedy) [\(finding.section)]")
        }
        try SelfProtection.complete(for: prepared.config)
        return prepared
    }

    private func trace(_ prepared: Preparation, _ box: BornBox, _ options: BirthOptions) throws(Failure) {
        guard let path = options.traceFile else { return }
        try Trace.write(prepared.plan, box.born.recorder, to: path)
    }
}

/// A value as JSON.
func document(_ value: some Encodable, pretty: Bool = false) throws(Failure) -> [UInt8] {
    do throws(JSONError) {
        return try JSONEncoder(pretty: pretty, indent: .spaces(2)).encode(value)
    } catch {
        throw Failure(.hostFailed, "cannot encode JSON", words: "\(error)")
    }
}

/// Runs the `poststart` hooks; the first that fails ends the container.
func runPoststart(_ spec: Spec, _ state: State) throws(Failure) {
    let runner = HookRunner(
        directory: state.bundle, inheritedEnvironment: Process.environment, catchesSignals: true,
        files: try HookFiles(spec, bundle: state.bundle))
    for (index, hook) in (spec.hooks?.poststart ?? []).enumerated() {
        try ContainerRuntime.run(hook, at: index, .poststart, runner, state)
    }
}
