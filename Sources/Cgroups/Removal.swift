internal import CLinux
internal import LinuxKernel

extension CgroupLayout {
    /// Removes the cgroup that the caller has made itself, at the price of one call for each hierarchy; false where
    /// something is still inside one of them.
    public func removeIfUnused() throws(CgroupError) -> Bool {
        var isGone = true
        for place in places where try !removed(place.directory) { isGone = false }
        return isGone
    }

    /// Removes the container's cgroup from every hierarchy, with the cgroups made inside; what isn't there is removed.
    ///
    /// The kernel says EBUSY until the last process has left for good, so it is tried again.
    /// - Parameter limitMilliseconds: for how long, in all hierarchies together.
    /// - Throws: `timedOut` with the processes that are still there.
    public func remove(limitMilliseconds: Int32 = 10_000) throws(CgroupError) {
        var left: [Place] = []
        for place in places {
            do throws(CgroupError) {
                try place.verify()
            } catch let error where error.call?.errno == .noEntry {
                continue  // the whole hierarchy is gone
            }
            // Most often nothing is inside and this is all: below a checked mount there is no link to be misled by.
            if try !removed(place.directory) { left.append(place) }
        }
        var waits = Backoff(limitMilliseconds: limitMilliseconds)
        while true {
            var still: [Place] = []
            for place in left where try !place.removeTree() { still.append(place) }
            guard let first = still.first else { return }
            left = still
            guard waits.wait() else {
                let processes = (try? first.processes()) ?? []
                throw CgroupError(.remove, .timedOut(processes: processes), path: first.directory)
            }
        }
    }
}

/// False where the directory is still in use.
private func removed(_ directory: String) throws(CgroupError) -> Bool {
    do throws(CallError) {
        try FileDescriptor.remove(directory, directory: true)
        return true
    } catch let error where error.errno == .noEntry {
        return true
    } catch let error where error.errno == .busy {
        return false
    } catch {
        throw CgroupError(.remove, path: directory, call: error)
    }
}

extension CgroupLayout.Place {
    /// Removes what is inside, deepest first, and then the directory itself; false where something is still in use.
    fileprivate func removeTree() throws(CgroupError) -> Bool {
        do throws(CgroupError) {
            try CgroupDirectory(self, for: .remove).removeChildren(depth: 0)
        } catch let error where error.call?.errno == .noEntry {
            return true
        }
        return try removed(directory)
    }
}

extension CgroupDirectory {
    fileprivate func removeChildren(depth: Int) throws(CgroupError) {
        guard depth < CgroupDirectory.deepest else { return }
        for name in try children() {
            try child(name)?.removeChildren(depth: depth + 1)
            do throws(CallError) {
                try descriptor.remove(name, directory: true)
            } catch let error where error.errno == .noEntry || error.errno == .busy {
                continue  // busy: the caller tries the whole tree again
            } catch {
                throw CgroupError(.remove, path: path + "/" + name, call: error)
            }
        }
    }
}

/// Pauses of 1, 2, 4 … 100 milliseconds, up to a total, for what the kernel announces to nobody.
struct Backoff {
    private var next: Int32 = 1
    private var leftMilliseconds: Int32

    init(limitMilliseconds: Int32) { leftMilliseconds = limitMilliseconds }

    /// False, at once, where the time is over.
    mutating func wait() -> Bool {
        guard leftMilliseconds > 0 else { return false }
        let pause = min(next, leftMilliseconds)
        _ = sw_poll(nil, 0, pause)  // an early end by a signal only shortens one pause
        leftMilliseconds -= pause
        next = min(next * 2, 100)
        return true
    }
}
