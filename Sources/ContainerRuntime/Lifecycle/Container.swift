internal import Cgroups
internal import LinuxKernel
internal import OCISpec

/// A container as it is found by a command.
struct Container {
    let directory: ContainerDirectory
    /// The record; nil where a `create` was interrupted before it could write one.
    var record: Record?
    /// How far the birth has come.
    var phase: FlightRecorder.Phase
    /// The container's process, if a birth that was interrupted wrote it down and nobody recorded it yet.
    var unrecorded: ProcessIdentity?

    /// Reads what there is of a container.
    static func find(_ id: String, in root: StateRoot) throws(Failure) -> Container {
        try ContainerID.check(id)
        guard let directory = try ContainerDirectory.open(id, in: root) else { throw Failure.missing(id) }
        return try Container(reading: directory)
    }

    init(reading directory: ContainerDirectory) throws(Failure) {
        self.directory = directory
        record = try directory.read()
        phase = .underway
        if let recorder = directory.flightRecorder() {
            phase = recorder.phase
            if record?.swrun.process == nil { unrecorded = Container.process(in: recorder) }
        }
    }

    /// What is left to know of a container whose record can't be read.
    init(withoutRecord directory: ContainerDirectory) {
        self.directory = directory
        phase = .underway
        guard let recorder = directory.flightRecorder() else { return }
        phase = recorder.phase
        unrecorded = Container.process(in: recorder)
    }

    /// The process of which the flight record tells.
    private static func process(in recorder: borrowing FlightRecorder) -> ProcessIdentity? {
        let pid = recorder.childPID
        guard pid > 0, recorder.identity != 0 else { return nil }
        return ProcessIdentity(pid: pid, start: 0, inode: recorder.identity)
    }

    /// A container that this process has made itself and whose program runs.
    init(_ context: BirthContext) {
        directory = context.directory
        record = context.record
        phase = .executing
    }

    /// The container's process.
    var process: ProcessIdentity? { record?.swrun.process ?? unrecorded }

    /// The status, from what the kernel says now.
    func currentStatus() throws(Failure) -> State.Status {
        do throws(CallError) {
            return currentStatus(
                isAlive: try process?.isAlive() ?? false,
                isCreatorAlive: phase == .underway ? try record?.swrun.creator.isAlive() ?? false : false)
        } catch {
            throw unreadable(error)
        }
    }

    /// The status, and the container's process where that is there.
    func hold() throws(Failure) -> (State.Status, HeldProcess?) {
        do throws(CallError) {
            let isCreatorAlive = phase == .underway ? try record?.swrun.creator.isAlive() ?? false : false
            guard let handle = try process?.open() else {
                return (currentStatus(isAlive: false, isCreatorAlive: isCreatorAlive), nil)
            }
            return (currentStatus(isAlive: true, isCreatorAlive: isCreatorAlive), HeldProcess(handle))
        } catch {
            throw unreadable(error)
        }
    }

    private func currentStatus(isAlive: Bool, isCreatorAlive: Bool) -> State.Status {
        status(Vitals(isAlive: isAlive, isFrozen: isAlive && isFrozen, isCreatorAlive: isCreatorAlive, phase: phase))
    }

    /// True if the kernel says so; a cgroup that is gone, or that can't be asked, holds nobody.
    private var isFrozen: Bool {
        guard phase != .underway, let cgroup = record?.swrun.cgroup else { return false }
        return (try? cgroup.isFrozen()) ?? false
    }

    private func unreadable(_ call: CallError) -> Failure {
        Failure(
            .hostFailed, "cannot look at the process of container \(directory.id)", at: .container(directory.id),
            call: call)
    }

    /// The state document.
    func state(_ status: State.Status) -> State {
        let own = record?.swrun
        return State(
            ociVersion: Release.specificationVersion, id: directory.id, status: status,
            pid: status == .stopped ? 0 : process?.pid ?? 0, bundle: own?.bundle ?? "", rootfs: own?.rootfs,
            created: record?.created, annotations: own?.annotations, owner: "")
    }
}
