internal import LinuxKernel

/// The cgroup of a container that is being born or joined.
///
/// One open directory, above all hierarchies, is all it holds: both processes of a birth reach every hierarchy from it,
/// whichever mount namespace they are in by then. The order of a birth:
///
/// 1. `refuseOccupied`, then the layout is recorded: what is recorded may be killed and removed after a crash.
/// 2. `createUnified` before the clone, where `cloneTarget` is wanted; `create` for the rest, also while the child works.
/// 3. `apply`, so that no process of the container ever runs without its limits.
/// 4. `enter` in the child.
public struct CgroupDirectories: ~Copyable {
    /// Where the cgroup is.
    public let layout: CgroupLayout
    let base: FileDescriptor
    let basePath: String
    private var progress: [Progress]
    private var unified: FileDescriptor?

    /// How far a place has come.
    private enum Progress {
        case pending
        /// It was there, and free: a birth that fails leaves it.
        case found
        /// It was made: a birth that fails takes it back.
        case made
    }

    /// Opens the directory above the hierarchies.
    ///
    /// This is for a layout that was just located; one that was read from a file needs `joining`.
    public init(opening layout: CgroupLayout) throws(CgroupError) {
        self.layout = layout
        let conventional = CgroupHost.conventionalBase
        let below = conventional + "/"
        let isConventional = layout.places.allSatisfy { place in
            // Of the same length, and ASCII, the one is the other if they are equal.
            place.mountPoint.utf8.count == conventional.utf8.count
                ? place.mountPoint == conventional : place.mountPoint.begins(with: below)
        }
        let path = isConventional ? conventional : "/"
        // Not `basePath`: Swift 6.3 closes descriptor 0 where a closure captures a part of a ~Copyable in its initialiser.
        base = try during(.create, path, try FileDescriptor.open(path, [.path, .directory]))
        basePath = path
        progress = Array(repeating: .pending, count: layout.places.count)
    }

    /// Opens the cgroup of a running container, as stored earlier, so that a process can be cloned into it.
    ///
    /// - Throws: `verify` errors for a layout that can't be a container's.
    public static func joining(_ layout: CgroupLayout) throws(CgroupError) -> CgroupDirectories {
        try layout.verify()
        var directories = try CgroupDirectories(opening: layout)
        try directories.openUnified()
        return directories
    }

    /// The place's directory as seen from the base.
    func name(of place: CgroupLayout.Place) -> String {
        let slash = UInt8(ascii: "/")
        let mount = place.mountPoint.utf8.dropFirst(basePath.utf8.count == 1 ? 0 : basePath.utf8.count)
        let hierarchy = mount.drop { $0 == slash }
        if hierarchy.isEmpty { return String(Substring(place.path.utf8.drop { $0 == slash })) }
        return String(Substring(hierarchy)) + place.path
    }

    /// Makes sure that the cgroup is free, before its layout is recorded as the container's own.
    ///
    /// Only the hierarchies by which the container's processes will be found and killed are looked at; `create` checks the
    /// rest.
    /// - Parameter everywhere: true to look at all: what systemd makes isn't made by `create`.
    /// - Throws: `notEmpty` or `frozen` where something is there already; it must be left alone.
    public func refuseOccupied(everywhere: Bool = false) throws(CgroupError) {
        if everywhere {
            for place in layout.places { try refuseOccupied(place) }
            return
        }
        if let roster = layout.roster { try refuseOccupied(roster) }
        if layout.mode == .hybrid, let unified = layout.unified { try refuseOccupied(unified) }
    }

    /// Makes the directory in the version 2 tree, if there is one, so that the child can be cloned into it.
    public mutating func createUnified() throws(CgroupError) {
        for index in layout.places.indices where layout.places[index].isUnified && progress[index] == .pending {
            try createOrTakeBack(index)
        }
        try openUnified()
    }

    /// Makes the directories that aren't there yet; where one fails, those that were made are removed again.
    ///
    /// - Parameter process: one that may be inside already, because systemd has made a part and put it there.
    public mutating func create(around process: Int32? = nil) throws(CgroupError) {
        for index in layout.places.indices where progress[index] == .pending {
            try createOrTakeBack(index, around: process)
        }
    }

    /// The number of the descriptor that CLONE_INTO_CGROUP takes, after `createUnified` or `joining`; nil where
    /// there is no version 2 tree.
    public private(set) var cloneTarget: Int32?

    private mutating func openUnified() throws(CgroupError) {
        guard cloneTarget == nil, let place = layout.unified else { return }
        let path = place.directory
        let directory = try during(.enter, path, try open(place))
        cloneTarget = directory.raw
        unified = consume directory
    }

    /// Moves a process, which must have a single thread, into the cgroup.
    ///
    /// In version 1 it writes to `tasks`: moving a whole process by `cgroup.procs` waits for an RCU grace period in each
    /// hierarchy. The files aren't closed: the caller's are all closed together, at execve at the latest.
    /// - Parameters:
    ///   - clonedIntoUnified: true if the process began in the version 2 tree, by `cloneTarget`.
    ///   - process: its pid; 0 is the calling process.
    public func enter(clonedIntoUnified: Bool, process: Int32 = 0) throws(CgroupError) {
        let pid = process == 0 ? "0" : "\(process)"
        for place in layout.places where !(place.isUnified && clonedIntoUnified) {
            let file = place.isUnified ? "cgroup.procs" : "tasks"
            let end = place.isUnified ? "/cgroup.procs" : "/tasks"
            let tasks = try during(.enter, place.directory, file: file, try open(place, end))
            try during(.enter, place.directory, file: file, value: pid, try tasks.writeOnce(pid))
            tasks.release()
        }
    }

    /// A file in the place's directory; no text is made of its path, as each process of a container comes by here.
    private func open(_ place: CgroupLayout.Place, _ end: String) throws(CallError) -> FileDescriptor {
        let start = basePath.utf8.count == 1 ? 1 : basePath.utf8.count + 1
        if place.mountPoint.utf8.count < start { return try base.open(place.path, from: 1, end, "", .writeOnly) }
        return try base.open(place.mountPoint, from: start, place.path, end, .writeOnly)
    }

    /// The place's directory; a symbolic link is refused at its end, and cgroup file systems have none before.
    func open(_ place: CgroupLayout.Place) throws(CallError) -> FileDescriptor {
        try base.open(name(of: place), [.path, .directory, .noFollow])
    }
}

extension CgroupDirectories {
    private mutating func createOrTakeBack(_ index: Int, around process: Int32? = nil) throws(CgroupError) {
        do throws(CgroupError) {
            let place = layout.places[index]
            progress[index] = try makeDirectory(place, around: process)
            try prepare(place, isNew: progress[index] == .made)
        } catch {
            takeBack()
            throw error
        }
    }

    /// Removes the directories that were made, and nothing that was there before.
    ///
    /// One in which a process was born stays until that has ended; then this may be called again.
    public mutating func takeBack() {
        for index in progress.indices where progress[index] == .made {
            // The failure that led here is the one to tell.
            guard (try? base.remove(name(of: layout.places[index]), directory: true)) != nil else { continue }
            progress[index] = .pending
        }
    }

    private func makeDirectory(_ place: CgroupLayout.Place, around process: Int32?) throws(CgroupError) -> Progress {
        let name = name(of: place)
        do throws(CallError) {
            do throws(CallError) {
                try base.makeDirectory(name, mode: 0o755)
            } catch let error where error.errno == .noEntry {
                try createAncestors(of: place)
                try base.makeDirectory(name, mode: 0o755)
            }
        } catch let error where error.errno == .exists {
            try refuseOccupied(place, besides: process)
            return .found
        } catch {
            throw CgroupError(.create, path: place.directory, call: error)
        }
        return .made
    }

    /// What a new directory needs before a process may enter it.
    private func prepare(_ place: CgroupLayout.Place, isNew: Bool) throws(CgroupError) {
        if place.controllers.contains("cpuset") && !place.isUnified {
            try during(.create, place.directory, try inheritCPUSet(name(of: place), isNew: isNew))
        }
        if layout.mode == .v2 { try enableControllers(for: place) }
    }

    /// The names, seen from the base, of all cgroups above the place, from below the hierarchy's root down.
    func ancestors(of place: CgroupLayout.Place) -> [String] {
        let root = CgroupLayout.Place(
            controllers: [], mountPoint: place.mountPoint, path: "", isUnified: place.isUnified)
        var names: [String] = []
        var name = name(of: root)
        for component in place.path.utf8.split(separator: UInt8(ascii: "/")).dropLast() {
            name += (name.isEmpty ? "" : "/") + String(Substring(component))
            names.append(name)
        }
        return names
    }

    private func createAncestors(of place: CgroupLayout.Place) throws(CallError) {
        for name in ancestors(of: place) {
            do throws(CallError) {
                try base.makeDirectory(name, mode: 0o755)
            } catch let error where error.errno == .exists {
                continue
            }
            if place.controllers.contains("cpuset") && !place.isUnified { try inheritCPUSet(name, isNew: true) }
        }
    }

    /// Version 1 lets nobody enter a cpuset without CPUs and memory nodes (ENOSPC), and a new one has none.
    private func inheritCPUSet(_ name: String, isNew: Bool) throws(CallError) {
        for file in ["cpuset.cpus", "cpuset.mems"] {
            // One that was there may have been given less on purpose.
            if !isNew {
                let own = try contents(name + "/" + file)
                if !words(own).isEmpty { continue }
            }
            let inherited = try base.open(name + "/../" + file, .readOnly).read(count: 4096, at: 0)
            try base.open(name + "/" + file, .writeOnly).write(inherited, at: 0)
        }
    }

    /// Hands all controllers down to the place.
    ///
    /// What can't be handed down is no error here: it becomes one when a limit of that controller is written.
    private func enableControllers(for place: CgroupLayout.Place) throws(CgroupError) {
        let available = try during(
            .create, place.directory, file: "cgroup.controllers", try contents(name(of: place) + "/cgroup.controllers"))
        let missing = Set(place.controllers).subtracting(words(available))
        guard !missing.isEmpty else { return }
        try refuseThreaded(place)
        let root = String(name(of: place).utf8.dropLast(place.path.utf8.count)) ?? ""
        for ancestor in [root.isEmpty ? "." : root] + ancestors(of: place) {
            let all = place.controllers.map { "+" + $0 }.linked(by: " ")
            if (try? write(all, to: ancestor)) != nil { continue }
            // One controller that can't be enabled makes the kernel refuse the whole list.
            for controller in place.controllers { try? write("+" + controller, to: ancestor) }
        }
    }

    private func write(_ text: String, to ancestor: String) throws(CallError) {
        try base.open(ancestor + "/cgroup.subtree_control", .writeOnly).writeOnce(text)
    }

    private func refuseThreaded(_ place: CgroupLayout.Place) throws(CgroupError) {
        let type = words(
            try during(.create, place.directory, file: "cgroup.type", try contents(name(of: place) + "/cgroup.type")))
        guard type.first == "domain", type.count == 1 else {
            throw CgroupError(.create, .threaded(type.joined(separator: " ")), path: place.directory)
        }
    }

    private func contents(_ name: String) throws(CallError) -> [UInt8] {
        try base.open(name, .readOnly).read(count: 4096, at: 0)
    }

    private func refuseOccupied(_ place: CgroupLayout.Place, besides own: Int32? = nil) throws(CgroupError) {
        do throws(CallError) {
            _ = try open(place)
        } catch let error where error.errno == .noEntry {
            return
        } catch {
            throw CgroupError(.create, path: place.directory, call: error)
        }
        let processes = try place.processes().filter { $0 != own }
        guard processes.isEmpty else {
            throw CgroupError(.create, .notEmpty(processes: processes.count), path: place.directory)
        }
        if try place.isFrozen() == true { throw CgroupError(.create, .frozen, path: place.directory) }
    }
}
