internal import Cgroups
internal import LinuxKernel
internal import OCISpec

extension Container {
    /// Sends a signal to the container's first process, or to all.
    func kill(_ number: Int32, all: Bool) throws(Failure) {
        let status = try currentStatus()
        // Without a cgroup the first process is the only one that is known. A stopped container has none to be signalled.
        if all, record?.swrun.cgroup == nil, next(status, on: .kill) == nil { return }
        if all, record?.swrun.cgroup != nil { return try signalAll(number) }
        guard next(status, on: .kill) != nil else {
            throw Failure(.wrongState, "container not running: \(directory.id)", at: .container(directory.id))
        }
        // Without a pid namespace of its own nothing takes the others along when the first process is killed.
        if number == Signals.kill, record?.swrun.hasOwnPIDs != true, record?.swrun.cgroup != nil {
            return try signalAll(number)
        }
        do throws(CallError) {
            guard let process = try process?.open() else { throw CallError(.pidfdSendSignal, .noProcess) }
            try process.signal(number)
            // Version 1 lets no frozen process die.
            if number == Signals.kill, status == .paused { try? record?.swrun.cgroup?.thaw() }
        } catch let error where error.errno == .noProcess {
            throw Failure(.wrongState, "container not running: \(directory.id)", at: .container(directory.id))
        } catch {
            throw Failure(
                .signalFailed, "unable to signal init of container \(directory.id)", at: .container(directory.id),
                call: error)
        }
    }

    private func signalAll(_ number: Int32) throws(Failure) {
        guard let cgroup = record?.swrun.cgroup else { return }
        do throws(CgroupError) {
            if number == Signals.kill { try cgroup.killAll() } else { try cgroup.signalAll(number) }
        } catch {
            throw Failure(error)
        }
    }
}
