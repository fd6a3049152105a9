internal import CLinux
internal import LinuxKernel

extension CgroupLayout {
    /// Whether the container's processes are stopped, or about to be.
    public func isFrozen() throws(CgroupError) -> Bool {
        try freezer?.isFrozen() ?? false
    }

    /// Stops all processes, and answers when they are stopped.
    ///
    /// - Throws: `timedOut` after 10 seconds; the processes go on then.
    public func freeze() throws(CgroupError) {
        guard let place = freezer else {
            throw CgroupError(.freeze, .missingController("freezer"), path: CgroupHost.conventionalBase)
        }
        let directory = try CgroupDirectory(place, for: .freeze)
        do throws(CgroupError) {
            if try place.freeze(directory, limitMilliseconds: 10_000) { return }
            throw CgroupError(.freeze, .timedOut(processes: try place.processes()), path: place.directory)
        } catch {
            // What could not be stopped as a whole goes on as a whole; the first error is the one to tell.
            try? thaw()
            throw error
        }
    }

    /// Lets all processes go on, also in cgroups that were made and frozen inside.
    public func thaw() throws(CgroupError) {
        guard let place = freezer else {
            throw CgroupError(.thaw, .missingController("freezer"), path: CgroupHost.conventionalBase)
        }
        try place.thaw()
    }

    /// Where processes can be frozen.
    ///
    /// A hybrid's version 2 tree can do it too, if version 1 has no freezer.
    var freezer: Place? { mode == .v2 ? unified : place(of: "freezer") ?? unified }
}

extension CgroupLayout.Place {
    /// Whether the cgroup is frozen or being frozen; nil where this hierarchy can't tell.
    func isFrozen() throws(CgroupError) -> Bool? {
        guard isUnified || controllers.contains("freezer") else { return nil }
        do throws(CgroupError) {
            let directory = try CgroupDirectory(self, for: .read)
            guard let text = try directory.contents(isUnified ? "cgroup.freeze" : "freezer.state") else { return nil }
            return isUnified ? text.first == UInt8(ascii: "1") : !text.starts(with: "THAWED".utf8)
        } catch let error where error.call?.errno == .noEntry {
            return nil
        }
    }

    /// False where it took longer.
    func freeze(_ directory: borrowing CgroupDirectory, limitMilliseconds: Int32) throws(CgroupError) -> Bool {
        if isUnified {
            try directory.demand("1", in: "cgroup.freeze")
            return try directory.waitForEvent("frozen 1", limitMilliseconds: limitMilliseconds)
        }
        var waits = Backoff(limitMilliseconds: limitMilliseconds)
        repeat {
            // Again each time: a process that was just moved or cloned may have been missed (FREEZING).
            try directory.demand("FROZEN", in: "freezer.state")
            if try directory.contents("freezer.state")?.starts(with: "FROZEN".utf8) == true { return true }
        } while waits.wait()
        return false
    }

    func thaw() throws(CgroupError) {
        let directory = try CgroupDirectory(self, for: .thaw)
        if isUnified {
            try directory.demand("0", in: "cgroup.freeze")
        } else {
            try directory.demand("THAWED", in: "freezer.state")
            try directory.thawChildren(depth: 0)
        }
    }
}

extension CgroupDirectory {
    /// Writes to a file that must be there.
    fileprivate func demand(_ text: String, in file: String) throws(CgroupError) {
        guard try write(text, to: file) else {
            throw CgroupError(operation, path: path, file: file, value: text, call: CallError(.openat2, .noEntry))
        }
    }

    fileprivate func thawChildren(depth: Int) throws(CgroupError) {
        guard depth < CgroupDirectory.deepest else { return }
        for name in try children() {
            guard let child = try child(name) else { continue }
            try child.write("THAWED", to: "freezer.state")
            try child.thawChildren(depth: depth + 1)
        }
    }

    /// Waits until `cgroup.events` has a line; false where it took longer.
    ///
    /// A directory that is gone has no events, and nothing to wait for. The kernel wakes those who poll the file whenever a line changes.
    func waitForEvent(_ line: String, limitMilliseconds: Int32) throws(CgroupError) -> Bool {
        let events: FileDescriptor
        do throws(CgroupError) {
            events = try open("cgroup.events", .readOnly)
        } catch let error where error.call?.errno == .noEntry || error.call?.errno == .noDevice {
            return true
        }
        let deadline = sw_clock_ns(CLOCK_MONOTONIC) + UInt64(limitMilliseconds) * 1_000_000
        while true {
            // Reading comes first: it also arms the poll for the next change.
            let text: [UInt8]
            do throws(CallError) {
                text = try events.read(count: 4096, at: 0)
            } catch let error where error.errno == .noDevice {
                return true
            } catch {
                throw CgroupError(operation, path: path, file: "cgroup.events", call: error)
            }
            if text.split(separator: UInt8(ascii: "\n")).contains(where: { $0.elementsEqual(line.utf8) }) {
                return true
            }
            let now = sw_clock_ns(CLOCK_MONOTONIC)
            guard now < deadline else { return false }
            var request = pollfd(fd: events.raw, events: Int16(POLLPRI), revents: 0)
            // However it ends, the file is read again.
            _ = unsafe sw_poll(&request, 1, Int32((deadline - now) / 1_000_000 + 1))
        }
    }
}
