internal import Cgroups
internal import LinuxKernel
internal import OCISpec

extension Container {
    /// Stops all processes of the container, and answers when they are stopped.
    func pause() throws(Failure) {
        try withLock { (now, status) throws(Failure) in
            guard next(status, on: .pause) != nil else {
                throw refusal(status == .paused ? "container not running, as it is paused" : "container not running")
            }
            let cgroup = try now.knownCgroup()
            do throws(CgroupError) { try cgroup.freeze() } catch { throw Failure(error) }
        }
    }

    /// Lets all processes of the container go on.
    func resume() throws(Failure) {
        try withLock { (now, status) throws(Failure) in
            guard next(status, on: .resume) != nil else { throw refusal("container not paused") }
            let cgroup = try now.knownCgroup()
            do throws(CgroupError) { try cgroup.thaw() } catch { throw Failure(error) }
        }
    }

    /// The processes of the container that are there now; none where it has stopped.
    func processes() throws(Failure) -> [Int32] {
        guard let cgroup = record?.swrun.cgroup else {
            // Without a cgroup one process is known.
            guard let process, try currentStatus() != .stopped else { return [] }
            return [process.pid]
        }
        do throws(CgroupError) { return try cgroup.processes().sorted() } catch { throw Failure(error) }
    }

    /// What was read before the lock may be old by now, so it is read again.
    private func withLock(_ body: (Container, State.Status) throws(Failure) -> Void) throws(Failure) {
        let lock = try directory.lock()
        let now = try Container(reading: directory)
        try body(now, try now.currentStatus())
        _ = consume lock
    }

    private func knownCgroup() throws(Failure) -> CgroupLayout {
        guard let cgroup = record?.swrun.cgroup else {
            throw Failure(
                .cgroupFailed, "container \(directory.id) has no cgroup, so its processes can't be stopped together",
                at: .container(directory.id))
        }
        return cgroup
    }

    private func refusal(_ about: String) -> Failure {
        Failure(.wrongState, "\(about): \(directory.id)", at: .container(directory.id))
    }
}
