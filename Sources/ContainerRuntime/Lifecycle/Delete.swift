internal import Cgroups
internal import LinuxKernel
internal import OCISpec

extension Container {
    /// Removes all that belongs to the container; each part accepts that it is gone already, so that an interrupted
    /// delete can be repeated.
    func delete(force: Bool, _ warn: (String) -> Void) throws(Failure) {
        try waitForCreator(force: force)
        let lock = try directory.lock()
        let now = try? Container(reading: directory)
        guard let now else {
            // Whatever it is, it can't be understood: with force it goes all the same.
            guard force else {
                _ = try Container(reading: directory)
                return
            }
            try directory.remove()
            return
        }
        let status = try now.currentStatus()
        guard force || next(status, on: .delete) != nil else {
            throw Failure(
                .wrongState, "cannot delete container \(directory.id) that is not stopped: \(status.rawValue)",
                at: .container(directory.id), hint: "stop it with kill, or use --force")
        }
        try now.end()
        let hooks = try now.poststopHooks(warn, holding: lock)
        try directory.remove()
        _ = consume lock
        if let hooks { runPoststop(hooks, id: directory.id, bundle: now.record?.swrun.bundle ?? "/", warn) }
    }

    /// Removes what `run` made itself, after its first process has ended: nothing need be read again.
    func removeEnded(_ spec: Spec, _ warn: (String) -> Void) throws(Failure) {
        do throws(CgroupError) {
            if let cgroup = record?.swrun.cgroup, try !cgroup.removeIfUnused() {
                try cgroup.killAll()
                try cgroup.remove()
            }
        } catch {
            throw Failure(error)
        }
        try directory.remove(hasGate: false)
        if record?.swrun.hasPoststop == true {
            runPoststop(spec, id: directory.id, bundle: record?.swrun.bundle ?? "/", warn)
        }
    }

    /// A `create` that is at work is left alone for 5 seconds, in which it ends as a rule.
    private func waitForCreator(force: Bool) throws(Failure) {
        guard force, phase == .underway, let creator = record?.swrun.creator else { return }
        do throws(CallError) {
            guard let process = try creator.open() else { return }
            if try process.waitForEnd(timeoutMilliseconds: 5000) { return }
        } catch {
            throw Failure(.hostFailed, "cannot look at the creator of container \(directory.id)", call: error)
        }
        if try Container(reading: directory).phase != .underway { return }
        throw Failure(
            .containerBusy, "container \(directory.id) is still being created by process \(creator.pid)",
            at: .container(directory.id))
    }

    /// No process of the container is left, and no cgroup.
    func end() throws(Failure) {
        let isGone: Bool
        do throws(CallError) {
            isGone = try endProcess()
        } catch {
            throw Failure(.signalFailed, "cannot end container \(directory.id)", call: error)
        }
        if !isGone { throw Failure.wontDie(directory.id, process?.pid ?? 0) }
        guard let cgroup = record?.swrun.cgroup else { return }
        do throws(CgroupError) {
            // A pid namespace has taken its processes along; others may have outlived the first one.
            if try !cgroup.processes().isEmpty { try cgroup.killAll() }
            try cgroup.remove()
        } catch {
            throw Failure(error)
        }
    }

    /// Kills the first process; false where that has no effect within 10 seconds, as in uninterruptible sleep.
    private func endProcess() throws(CallError) -> Bool {
        guard let process = try process?.open() else { return true }
        do throws(CallError) {
            try process.signal(Signals.kill)
        } catch let error where error.errno == .noProcess {
            return true
        }
        return try process.waitForEnd(timeoutMilliseconds: 10_000)
    }

    /// The configuration with the hooks, marked as begun before they run: they run once, whoever is killed when.
    private func poststopHooks(
        _ warn: (String) -> Void, holding lock: borrowing ContainerDirectory.Lock
    ) throws(Failure) -> Spec? {
        guard var record, record.swrun.hasPoststop, record.swrun.ranPoststop != true else { return nil }
        let spec: Spec
        do throws(Failure) {
            spec = try directory.configuration()
        } catch {
            warn(error.message)
            return nil
        }
        record.swrun.ranPoststop = true
        try directory.replace(record, holding: lock)
        return spec
    }
}

extension Failure {
    /// SIGKILL didn't help.
    static func wontDie(_ id: String, _ pid: Int32) -> Failure {
        Failure(
            .wontDie, "container init still running: process \(pid) of container \(id) doesn't end",
            at: .container(id))
    }
}
