internal import Cgroups
internal import LinuxKernel
internal import OCISpec

extension Container {
    /// Removes all that belongs to the container; each part accepts that it is gone already, so that an interrupted
    /// delete can be repeated.
    ///
    /// Whatever can't be understood goes all the same with `force`.
    static func delete(
        in directory: ContainerDirectory, force: Bool, _ warn: (String) -> Void
    ) throws(Failure) {
        // Locked first: what is read then holds.
        let lock = try directory.lock()
        let container: Container
        do throws(Failure) {
            container = try Container(reading: directory)
        } catch let error where error.code == .stateCorrupt && force {
            return try Container(withoutRecord: directory).deleteRemains(warn)
        }
        let (status, process) = try container.hold()
        if force, status == .creating {
            // It may need the lock to come to its end.
            _ = consume lock
            try container.waitForCreator()
            return try delete(in: directory, force: true, warn)
        }
        guard force || next(status, on: .delete) != nil else {
            throw Failure(
                .wrongState, "cannot delete container \(directory.id) that is not stopped: \(status.rawValue)",
                at: .container(directory.id), hint: "stop it with kill, or use --force")
        }
        try container.end(process, warn)
        let hooks = try container.poststopHooks(warn, holding: lock)
        try directory.remove()
        _ = consume lock
        if let hooks {
            runPoststop(hooks, id: directory.id, bundle: container.record?.swrun.bundle ?? "/", warn)
        }
    }

    /// Removes a container whose record can't be read, as far as the rest tells what belongs to it.
    private func deleteRemains(_ warn: (String) -> Void) throws(Failure) {
        try end(try hold().1, warn)
        try directory.remove()
    }

    /// Removes what `run` made itself, after its first process has ended: nothing need be read again.
    func removeEnded(_ spec: Spec, _ warn: (String) -> Void) throws(Failure) {
        do throws(CgroupError) {
            if record?.swrun.unit != nil, let cgroup = record?.swrun.cgroup {
                try clear(cgroup, warn)
            } else if let cgroup = record?.swrun.cgroup, try !cgroup.removeIfUnused() {
                try clear(cgroup, warn)
            }
        } catch {
            throw Failure(error)
        }
        try record?.swrun.resctrl?.remove()
        try directory.remove(hasGate: false)
        if record?.swrun.hasPoststop == true {
            runPoststop(spec, id: directory.id, bundle: record?.swrun.bundle ?? "/", warn)
        }
    }

    /// A `create` that is at work is left alone for 5 seconds, in which it ends as a rule.
    private func waitForCreator() throws(Failure) {
        guard let creator = record?.swrun.creator else { return }
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
    ///
    /// - Parameter process: the first one, if it is there.
    private func end(_ process: HeldProcess?, _ warn: (String) -> Void) throws(Failure) {
        let isGone: Bool
        do throws(CallError) {
            isGone = try process.map { (process) throws(CallError) in try end(process) } ?? true
        } catch {
            throw Failure(.signalFailed, "cannot end container \(directory.id)", call: error)
        }
        if !isGone { throw Failure.wontDie(directory.id, process?.handle.pid ?? 0) }
        try record?.swrun.resctrl?.remove()
        do throws(CgroupError) {
            if let cgroup = record?.swrun.cgroup { return try clear(cgroup, warn) }
            if record == nil { try removeUnrecordedCgroup(warn) }
        } catch {
            throw Failure(error)
        }
    }

    /// Removes the cgroup, and first kills what is in it, if that can be the container's.
    ///
    /// A pid namespace takes its processes along when the first one ends. Whoever is in the cgroup after that came later
    /// and belongs to another container, which was given the same path.
    private func clear(_ cgroup: CgroupLayout, _ warn: (String) -> Void) throws(CgroupError) {
        let isOver = phase != .underway && record?.swrun.process != nil && record?.swrun.hasOwnPIDs == true
        if isOver {
            var isEmpty = try cgroup.processes().isEmpty
            if !isEmpty {
                try endUnrecognised(in: cgroup)
                isEmpty = try cgroup.waitUntilEmpty(limitMilliseconds: 1000)
            }
            guard isEmpty else {
                warn("others use the cgroup of container \(directory.id) now; it stays")
                return
            }
        } else if try !cgroup.processes().isEmpty {
            try cgroup.killAll()
        }
        stopUnit(warn)
        try cgroup.remove()
    }

    /// systemd forgets the scope; one without processes ends by itself, so that it is no failure where nobody answers.
    private func stopUnit(_ warn: (String) -> Void) {
        guard let unit = record?.swrun.unit else { return }
        do throws(CgroupError) { try unit.stop() } catch { warn(Failure(error).message) }
    }

    /// Ends the container's process where it wasn't recognised: in the cgroup, its number can't mean another one.
    private func endUnrecognised(in cgroup: CgroupLayout) throws(CgroupError) {
        for pid in [record?.swrun.process?.pid, Container(withoutRecord: directory).process?.pid] {
            // Held first, then looked for: so it is the one that gets the signal.
            guard let pid, let process = try? ProcessHandle(pid: pid), try cgroup.processes().contains(pid) else {
                continue
            }
            // Whoever doesn't end is found in the cgroup afterwards.
            try? process.signal(Signals.kill)
            _ = try? process.waitForEnd(timeoutMilliseconds: 1000)
        }
    }

    /// The record is lost: the kept configuration tells where the cgroup is, but not that nobody else uses it.
    private func removeUnrecordedCgroup(_ warn: (String) -> Void) throws(CgroupError) {
        guard let spec = try? directory.configuration() else { return }
        let cgroup = try CgroupLayout.locate(
            cgroupsPath: spec.linux?.cgroupsPath, id: directory.id, on: CgroupHost.detect())
        guard try cgroup.waitUntilEmpty(limitMilliseconds: 1000) else {
            warn("there are processes in what may be the cgroup of container \(directory.id); they stay")
            return
        }
        try cgroup.remove()
    }

    /// Kills the first process; false where that has no effect within 10 seconds, as in uninterruptible sleep.
    private func end(_ process: HeldProcess) throws(CallError) -> Bool {
        do throws(CallError) {
            try process.handle.signal(Signals.kill)
        } catch let error where error.errno == .noProcess {
            return true
        }
        if try process.handle.waitForEnd(timeoutMilliseconds: 500) { return true }
        // Version 1 keeps a frozen process from dying; should that fail, the wait is in vain and says so.
        try? record?.swrun.cgroup?.thaw()
        return try process.handle.waitForEnd(timeoutMilliseconds: 10_000)
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
