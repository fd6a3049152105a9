internal import Cgroups
internal import LinuxKernel
internal import OCISpec

/// The cgroup's directories, shared by the steps that work on them.
final class CgroupHandle {
    var directories: CgroupDirectories
    let layout: CgroupLayout
    /// True once directories were made for this container: what is in them may be killed and removed.
    var isOurs = false
    /// The scope, once systemd may have begun to make it.
    var unit: SystemdUnit?

    private init(opening layout: CgroupLayout) throws(CgroupError) {
        self.layout = layout
        directories = try CgroupDirectories(opening: layout)
    }

    /// The cgroup of a container that is there, to be joined.
    init(joining layout: CgroupLayout) throws(CgroupError) {
        self.layout = layout
        directories = try CgroupDirectories.joining(layout)
    }

    /// Makes sure that nobody else uses the cgroup, before it is written down as the container's own.
    static func free(_ layout: CgroupLayout?, isScope: Bool) throws(Failure) -> CgroupHandle? {
        guard let layout else { return nil }
        do throws(CgroupError) {
            let handle = try CgroupHandle(opening: layout)
            try handle.directories.refuseOccupied(everywhere: isScope)
            return handle
        } catch {
            throw Failure(error)
        }
    }
}

extension Walker {
    mutating func openNamespace(_ kind: Spec.Linux.Namespace.Kind, _ path: String) throws(StepError) {
        // A FIFO in its place must not make the open wait.
        let file = try step { () throws(CallError) in
            try FileDescriptor.open(path, [.nonBlocking, .noControllingTerminal])
        }
        let isRight: Bool
        do throws(CallError) {
            isRight = try Process.holds(file, kind: kind.cloneFlag ?? 0)
        } catch {
            throw StepError(nil, words: "\(path) isn't a namespace")
        }
        if !isRight { throw StepError(nil, words: "\(path) is a namespace of another type") }
        slots.put(file, as: .namespace(kind))
    }

    /// What is mounted below it until the pivot must not spread to the host: hence never shared, whatever the
    /// configuration asks for; see ``setRootPropagation(_:)``.
    mutating func openRootfs(_ path: String, followsHost: Bool) throws(StepError) {
        slots.put(
            try step { () throws(CallError) in
                try FileDescriptor.openTree(path, propagation: followsHost ? .slave : .private)
            }, as: .rootfs)
    }

    mutating func openMountSource(_ index: Int, _ path: String, _ recursive: Bool) throws(StepError) {
        slots.put(
            try step { () throws(CallError) in try FileDescriptor.openTree(path, recursive: recursive) },
            as: .mountSource(index))
    }

    mutating func makeReadinessSocket(_ listens: Bool) throws(StepError) {
        let directory = context.directory
        let socket = try step { () throws(CallError) in
            try directory.makeReadinessDirectory()
            return listens ? try directory.bindReadinessSocket() : nil
        }
        guard let socket else { return }
        slots.put(socket, as: .readiness)
    }

    mutating func openDeviceNode(_ index: Int, _ path: String) throws(StepError) {
        slots.put(
            try step { () throws(CallError) in try FileDescriptor.openTree(path, recursive: false) },
            as: .deviceSource(index))
    }

    /// The device is looked at: what stands at its path could be anything.
    mutating func openNullDevice() throws(StepError) {
        let device = try step { () throws(CallError) in try FileDescriptor.open("/dev/null", [.path, .noFollow]) }
        let status = try step { () throws(CallError) in try device.status() }
        guard status.kind == .characterDevice, status.major == 1, status.minor == 3 else {
            throw StepError(nil, words: "/dev/null isn't the null device")
        }
        slots.put(device, as: .nullDevice)
    }

    /// A FIFO: the container holds the reading end from now on, and `start` will open the writing end.
    mutating func makeGate() throws(StepError) {
        let directory = context.directory
        slots.put(try step { () throws(CallError) in try directory.makeGate() }, as: .gate)
    }

    mutating func createCgroup(unifiedOnly: Bool) throws(StepError) {
        guard let cgroup else { return }
        do throws(CgroupError) {
            if unifiedOnly {
                try cgroup.directories.createUnified()
            } else {
                // systemd has put the process into what it made.
                try cgroup.directories.create(around: cgroup.unit == nil ? nil : child?.handle.pid)
            }
            cgroup.isOurs = true
        } catch {
            // What was made is taken back, at the latest when the process has ended; what is there is somebody else's.
            cgroup.isOurs = false
            throw StepError(error)
        }
    }

    mutating func limitCgroup(_ settings: [CgroupSetting]) throws(StepError) {
        guard let cgroup else { return }
        do throws(CgroupError) { try cgroup.directories.apply(settings) } catch { throw StepError(error) }
    }

    mutating func limitDevices(_ rules: [Spec.Linux.Resources.DeviceRule]) throws(StepError) {
        guard let cgroup else { return }
        do throws(CgroupError) {
            try cgroup.directories.restrictDevices(to: DevicePolicy(rules))
        } catch {
            throw StepError(error)
        }
    }

    mutating func startScope(_ scope: Scope) throws(StepError) {
        guard let cgroup, let child else { return }
        do throws(CgroupError) {
            var manager = try SystemdManager.connect(isUsers: scope.unit.isUsers)
            // Where the answer is lost, the scope may be there all the same; a refusal means that it isn't ours.
            cgroup.unit = scope.unit
            try manager.start(
                scope.unit, processes: [child.handle.pid], description: "swrun container \(context.id)",
                scope.properties)
            cgroup.isOurs = true
        } catch {
            if error.isRefusal { cgroup.unit = nil }
            throw StepError(error)
        }
    }

    mutating func delegateCgroup(to owner: UInt32) throws(StepError) {
        guard let cgroup else { return }
        do throws(CgroupError) { try cgroup.directories.delegate(to: owner) } catch { throw StepError(error) }
    }

    mutating func enterCgroup(clonedIntoUnified: Bool, process: Int32) throws(StepError) {
        guard let cgroup else { return }
        do throws(CgroupError) {
            try cgroup.directories.enter(clonedIntoUnified: clonedIntoUnified, process: process)
        } catch {
            throw StepError(error)
        }
    }

    mutating func setTimeOffsets(_ text: String) throws(StepError) {
        guard let child else { return }
        try step { () throws(CallError) in
            try FileDescriptor.open("/proc/\(child.handle.pid)/timens_offsets", .writeOnly).writeOnce(text)
        }
    }

    mutating func setOOMScore(_ adjustment: Int) throws(StepError) {
        guard let child else { return }
        try step { () throws(CallError) in
            try FileDescriptor.open("/proc/\(child.handle.pid)/oom_score_adj", .writeOnly).writeOnce("\(adjustment)")
        }
    }

    /// The first process has made the final one, as our child, and ends.
    mutating func adopt() throws(StepError) {
        guard let midwife = child else { return }
        child = HeldProcess(
            try step { () throws(CallError) in
                try midwife.handle.wait()
                let process = try ProcessHandle(pid: recorder.childPID)
                recorder.identity = try process.identity() ?? 0
                return process
            })
    }

    /// Done while the container's process is busy with its mounts.
    mutating func recordProcess() throws(StepError) {
        guard let child else { return }
        do throws(Failure) {
            try context.recordProcess(child.handle, inode: recorder.identity, holding: lock.value)
            try context.directory.keepConfiguration(context.configuration)
        } catch {
            throw StepError(error.call, words: error.about)
        }
    }

    mutating func sendPidfd(_ socket: String) throws(StepError) {
        guard let child else { return }
        try step { () throws(CallError) in
            try FileDescriptor.connect(toSocket: socket).send(child.handle.descriptor, text: "pidfd")
        }
    }

    /// The container is there for others from here on, and outlives us.
    mutating func recordCreated(_ pidFile: String?) throws(StepError) {
        guard let child else { return }
        if let pidFile { try step { () throws(CallError) in try PidFile.write(child.handle.pid, to: pidFile) } }
        recorder.phase = .waiting
    }
}

extension StepError {
    init(_ error: CgroupError) {
        self.init(error.call, words: error.words, pointer: error.pointer)
    }
}
