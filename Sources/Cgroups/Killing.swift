internal import CLinux
internal import LinuxKernel

extension CgroupLayout {
    /// Sends a signal to every process of the container that is there now, and answers how many there were.
    ///
    /// New ones may appear meanwhile: use `killAll` to end them all.
    @discardableResult
    public func signalAll(_ number: Int32) throws(CgroupError) -> Int {
        try roster?.signalAll(number) ?? 0
    }

    /// Kills every process of the container, also those that are frozen or just being forked, and answers when the last
    /// has left the cgroup; they may still wait for their parents to collect them.
    ///
    /// - Throws: `timedOut` with the processes that are still there.
    public func killAll() throws(CgroupError) {
        if let unified, try unified.killAtOnce() {
            // Frozen by version 1, in this cgroup or in one made inside, they die when they are let go.
            if mode == .hybrid { try thawIfThere() }
            try unified.waitUntilGone()
            if mode == .v2 { return }
        }
        // Version 1 alone, or what somebody moved out of a hybrid's version 2 tree.
        guard let roster else { return }
        // A fork bomb can outrun who kills one by one, but not while it is frozen.
        for _ in 0..<10 {
            if try roster.waitUntilEmpty(limitMilliseconds: mode == .hybrid ? 100 : 0) { return }
            try killFrozen(roster)
            if try roster.waitUntilEmpty(limitMilliseconds: 1000) { return }
        }
        throw CgroupError(.kill, .timedOut(processes: try roster.processes()), path: roster.directory)
    }

    /// Waits until no process is in the cgroup; false where one is still there after `limitMilliseconds`.
    public func waitUntilEmpty(limitMilliseconds: Int32) throws(CgroupError) -> Bool {
        try roster?.waitUntilEmpty(limitMilliseconds: limitMilliseconds) ?? true
    }

    /// Freezes, kills and lets go; the latter in any case, because a frozen process doesn't die.
    private func killFrozen(_ roster: Place) throws(CgroupError) {
        let result: Result<Int, CgroupError>
        do throws(CgroupError) {
            // Half frozen is as good as can be had from a process that waits for a disk.
            if let freezer { _ = try freezer.freeze(CgroupDirectory(freezer, for: .kill), limitMilliseconds: 500) }
            result = .success(try roster.signalAll(SIGKILL))
        } catch let error where error.call?.errno == .noEntry {
            result = .success(0)  // the cgroup is gone, and everything in it
        } catch {
            result = .failure(error)
        }
        try thawIfThere()
        _ = try result.get()
    }

    private func thawIfThere() throws(CgroupError) {
        guard let freezer else { return }
        do throws(CgroupError) {
            try freezer.thaw()
        } catch let error where error.call?.errno == .noEntry {
            return
        }
    }
}

extension CgroupLayout.Place {
    /// Uses `cgroup.kill` of Linux 5.14, which reaches those being forked, too; false without it.
    fileprivate func killAtOnce() throws(CgroupError) -> Bool {
        do throws(CgroupError) {
            return try CgroupDirectory(self, for: .kill).write("1", to: "cgroup.kill")
        } catch let error where error.call?.errno == .noEntry {
            return true
        }
    }

    fileprivate func waitUntilGone() throws(CgroupError) {
        do throws(CgroupError) {
            let directory = try CgroupDirectory(self, for: .kill)
            if try directory.waitForEvent("populated 0", limitMilliseconds: 10_000) { return }
        } catch let error where error.call?.errno == .noEntry {
            return
        }
        throw CgroupError(.kill, .timedOut(processes: try processes()), path: self.directory)
    }

    fileprivate func waitUntilEmpty(limitMilliseconds: Int32) throws(CgroupError) -> Bool {
        var waits = Backoff(limitMilliseconds: limitMilliseconds)
        repeat {
            if try processes().isEmpty { return true }
        } while waits.wait()
        return false
    }

    /// A pid may have become another's between listing and signalling: a descriptor is opened, the pid is looked for a
    /// second time, and the descriptor, which can only mean the same process, gets the signal.
    fileprivate func signalAll(_ number: Int32) throws(CgroupError) -> Int {
        var count = 0
        var rest = try processes()[...]
        let own = sw_getpid()
        while !rest.isEmpty {
            // In portions, below any sensible limit of open files.
            let portion = rest.prefix(256)
            rest = rest.dropFirst(256)
            var descriptors: [(pid: Int32, raw: Int32)] = []
            defer { for (_, raw) in descriptors { _ = FileDescriptor(adopting: raw) } }
            for pid in portion where pid != own {
                let raw = sw_pidfd_open(pid, 0)
                if raw == -ESRCH { continue }
                guard raw >= 0 else { throw failure(.pidfdOpen, raw, pid) }
                descriptors.append((pid, raw))
            }
            let still = Set(try processes())
            for (pid, raw) in descriptors where still.contains(pid) {
                let result = sw_pidfd_send_signal(raw, number)
                if result < 0 && result != -ESRCH { throw failure(.pidfdSendSignal, result, pid) }
                count += 1
            }
        }
        return count
    }

    private func failure(_ call: Call, _ result: Int32, _ pid: Int32) -> CgroupError {
        CgroupError(
            .kill, path: directory, file: "cgroup.procs", value: "\(pid)",
            call: CallError(call, Errno(rawValue: -result)))
    }
}
