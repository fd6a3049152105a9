internal import Cgroups
internal import LinuxKernel
internal import OCISpec

/// Makes a container of what was prepared, up to the point where its process waits or runs.
///
/// What will be owned is written down before it is made, so that whoever is killed in between leaves nothing that
/// `delete --force` doesn't find. What this call made, and nothing else, is undone when it fails.
func create(
    _ prepared: Preparation, _ id: String, in root: StateRoot, _ options: BirthOptions,
    _ warn: @escaping (String) -> Void
) throws(Failure) -> (context: BirthContext, born: BornBox) {
    // What is made has the mode that is asked for, whatever the caller's mask (CVE-2021-41091); the container gets it back.
    let umask = Process.setUmask(0)
    let directory = try ContainerDirectory.make(id, in: root)
    let cleanup = Cleanup(directory: directory, spec: prepared.bundle.spec, bundle: prepared.bundle.path, warn: warn)
    do throws(Failure) {
        let lock = HeldLock(directory.lockOfCreator())
        let cgroup = try CgroupHandle.free(prepared.config.cgroup, isScope: prepared.config.scope != nil)
        let (creator, ignoredSignals) = try currentProcess()
        // The end of a child is told to nobody who ignores this signal; the container gets it at its default, too.
        let child = Signals.bit(Signals.child)
        if ignoredSignals & child != 0 { Signals.resetDispositions(child) }
        let record = Record(of: prepared, id, createdBy: creator)
        cleanup.resctrl = record.swrun.resctrl
        try directory.replace(record, isFirst: true, holding: lock.value)
        let context = BirthContext(
            id: id, bundle: prepared.bundle.path, spec: prepared.bundle.spec,
            configuration: prepared.bundle.text, directory: directory, isTraced: options.traceFile != nil,
            faultAt: FaultInjection.step, record: record,
            ignoredSignals: ignoredSignals, umask: umask, warn: warn)
        cleanup.cgroup = cgroup
        let recorder = try directory.makeFlightRecorder(steps: prepared.plan.count)
        let box = BornBox(try giveBirth(prepared.plan, context, cgroup, lock, recorder))
        Process.keepToTheEnd(prepared)
        Process.keepToTheEnd(context)
        Process.keepToTheEnd(box)
        return (context, box)
    } catch {
        Process.setUmask(umask)
        cleanup.undo()
        throw error
    }
}

func currentProcess() throws(Failure) -> (ProcessIdentity, UInt64) {
    do throws(CallError) {
        return try ProcessIdentity.current()
    } catch {
        throw Failure(.hostFailed, "cannot look at the own process", call: error)
    }
}

/// A born container that can be kept in copyable values.
final class BornBox {
    let born: Born

    init(_ born: consuming Born) { self.born = born }
}

/// Undoes what a birth made that failed.
final class Cleanup {
    let directory: ContainerDirectory
    let spec: Spec
    let bundle: String
    let warn: (String) -> Void
    var cgroup: CgroupHandle?
    var resctrl: ResctrlPlace?

    init(directory: ContainerDirectory, spec: Spec, bundle: String, warn: @escaping (String) -> Void) {
        self.directory = directory
        self.spec = spec
        self.bundle = bundle
        self.warn = warn
    }

    /// Backwards: cgroup, directory, then the hooks that the specification wants after a failure, too.
    func undo() {
        if let cgroup, !cgroup.isOurs { cgroup.directories.takeBack() }
        if let cgroup, cgroup.isOurs || cgroup.unit != nil {
            do throws(CgroupError) {
                if cgroup.isOurs { try cgroup.layout.killAll() }
                if let unit = cgroup.unit { try unit.stop() }
                if cgroup.isOurs { try cgroup.layout.remove() }
            } catch {
                // The record stays, so that `delete --force` can finish this.
                warn(Failure(error).message)
                return
            }
        }
        do throws(Failure) { try resctrl?.remove() } catch { warn(error.message) }
        do throws(Failure) { try directory.remove() } catch { warn(error.message) }
        guard !(spec.hooks?.poststop ?? []).isEmpty else { return }
        runPoststop(spec, id: directory.id, bundle: bundle, warn)
    }
}

/// Runs the `poststop` hooks; one that fails is warned of, and the others follow all the same.
func runPoststop(_ spec: Spec, id: String, bundle: String, _ warn: (String) -> Void) {
    let state = State(
        ociVersion: Release.specificationVersion, id: id, status: .stopped, pid: 0, bundle: bundle,
        annotations: spec.annotations)
    var files = HookFiles()
    // Hooks undo what others did: better unheard than not at all.
    do throws(Failure) { files = try HookFiles(spec, bundle: bundle) } catch { warn(error.message) }
    let runner = HookRunner(
        directory: bundle, inheritedEnvironment: Process.environment, catchesSignals: false, files: files)
    runEach(spec.hooks?.poststop ?? [], .poststop, runner, state) { failure in warn(failure.message) }
}

extension Record {
    /// What is known before anything is made.
    init(of prepared: Preparation, _ id: String, createdBy creator: ProcessIdentity) {
        let config = prepared.config
        let spec = config.spec
        var labels = (spec.annotations ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        labels.append("bundle=\(config.bundle)")
        var cgroupPaths: [String: String] = [:]
        for place in config.cgroup?.places ?? [] {
            for controller in place.isUnified ? [""] : place.controllers { cgroupPaths[controller] = place.directory }
        }
        self.init(
            id: id, processID: 0, processStart: 0, created: Timestamp.now.text(fractionDigits: 9),
            cgroupPaths: cgroupPaths, namespacePaths: [:], config: Outline(rootfs: config.rootfs, labels: labels),
            swrun: Own(
                bundle: config.bundle, rootfs: config.rootfs, annotations: spec.annotations, creator: creator,
                cgroup: config.cgroup, unit: config.scope?.unit, resctrl: config.resctrl?.place,
                hasOwnPIDs: config.isNew(.pid),
                hasGate: config.hasGate,
                hasProcess: spec.process != nil, hasPoststart: !(spec.hooks?.poststart ?? []).isEmpty,
                hasPoststop: !(spec.hooks?.poststop ?? []).isEmpty,
                keepsKeyring: config.noNewKeyring ? true : nil, ownerID: Credentials.effectiveUID))
    }
}

extension BirthContext {
    /// Writes down the container's process.
    func recordProcess(
        _ process: borrowing ProcessHandle, inode: UInt64, holding lock: borrowing ContainerDirectory.Lock
    ) throws(Failure) {
        do throws(CallError) {
            let start = try ProcessIdentity.startTime(of: process.pid)
            record.processID = process.pid
            record.processStart = start
            record.swrun.process = ProcessIdentity(pid: process.pid, start: start, inode: inode)
        } catch {
            throw Failure(.hostFailed, "cannot look at the container's process", call: error)
        }
        for kind in Spec.Linux.Namespace.Kind.known {
            guard let flag = kind.stateName, let name = kind.procName else { continue }
            record.namespacePaths[flag] = "/proc/\(process.pid)/ns/\(name)"
        }
        try directory.replace(record, holding: lock)
    }
}

extension Spec.Linux.Namespace.Kind {
    /// The name by which runc's state file calls a namespace.
    fileprivate var stateName: String? {
        switch self {
        case .pid: "NEWPID"
        case .network: "NEWNET"
        case .mount: "NEWNS"
        case .ipc: "NEWIPC"
        case .uts: "NEWUTS"
        case .user: "NEWUSER"
        case .cgroup: "NEWCGROUP"
        case .time: "NEWTIME"
        case .unknown: nil
        }
    }
}
