internal import Cgroups
internal import LinuxKernel
internal import OCISpec
internal import Validation

extension Container {
    /// Saves the container's processes in files, and ends it unless it is to go on.
    ///
    /// - Returns: true if the container was ended by it, and is to be removed.
    func checkpoint(_ options: CheckpointOptions) throws(Failure) -> Bool {
        let lock = try directory.lock()
        let now = try Container(reading: directory)
        let status = try now.currentStatus()
        guard next(status, on: .checkpoint) != nil, let record = now.record, let process = now.process else {
            throw Failure(
                .wrongState, "Container cannot be checkpointed in \(status.rawValue) state: \(directory.id)",
                at: .container(directory.id))
        }
        let criu = try Criu.find()
        let spec = try directory.configuration()
        var config = BirthConfig(
            spec, on: HostFacts.gathered(for: spec.linux?.resources), id: directory.id, rootfs: record.swrun.rootfs,
            bundle: record.swrun.bundle)
        config.cgroup = record.swrun.cgroup
        try config.refuseTerminal("checkpointed")
        let images = try CriuDirectory(making: options.imagePath)
        let work = try CriuDirectory(making: options.workPath ?? options.imagePath)
        let table = try MountLine.table(of: process.pid)
        let streams = try StandardStreams.names(of: process.pid, table)
        var arguments = [
            options.preDump ? "pre-dump" : "dump", "--tree", "\(process.pid)", "--images-dir", images.path,
            "--work-dir", work.path, "--log-file", "dump.log", "-v4", "--root", record.swrun.rootfs,
        ]
        arguments += options.common + spec.criuOptions + (try options.dumpOptions())
        arguments += try ExternalMounts(of: config).dumpOptions(table)
        for name in streams where name.utf8.starts(with: "file[".utf8) { arguments += ["--external", name] }
        if let roster = record.swrun.cgroup?.freezable { arguments += ["--freeze-cgroup", roster] }
        if config.isJoined(.network) { arguments += try joinedNetwork(of: process.pid) }
        try keep(streams, in: images)
        let listener = try options.statusFD.map { (number) throws(Failure) in try statusListener(number) }
        let running = try criu.start(arguments, in: work.open(), inheriting: listener.map { [$0] } ?? [])
        try running.finish(options.preDump ? "pre-dump" : "dump", log: work.path + "/dump.log")
        _ = consume lock
        return !options.leaveRunning && !options.preDump
    }

    /// What `restore` will have to give to the container in the place of its streams.
    private func keep(_ streams: [String], in images: CriuDirectory) throws(Failure) {
        let text = try document(streams)
        let directory = try images.open()
        do throws(CallError) {
            try directory.open(StandardStreams.file, [.writeOnly, .create, .truncate, .noFollow], mode: 0o600)
                .writeAll(text)
        } catch {
            throw Failure(
                .checkpointFailed, "cannot write \(images.path)/\(StandardStreams.file)", at: .file(images.path),
                call: error)
        }
    }

    /// The network belongs to whoever made it: it is named, not saved.
    private func joinedNetwork(of pid: Int32) throws(Failure) -> [String] {
        do throws(CallError) {
            let inode = try FileDescriptor.status(of: "/proc/\(pid)/ns/net").inode
            return ["--external", "net[\(inode)]:\(Criu.networkName)"]
        } catch {
            throw Failure(.checkpointFailed, "cannot look at the network of process \(pid)", call: error)
        }
    }
}

extension Criu {
    /// How a network that is joined is called in the images.
    static let networkName = "extRootNetNS"
}

extension CheckpointOptions {
    /// CRIU's options that only a dump has.
    fileprivate func dumpOptions() throws(Failure) -> [String] {
        var all: [String] = []
        if leaveRunning { all.append("--leave-running") }
        if let statusFD { all += ["--status-fd", "\(statusFD)"] }
        if preDump || parentPath != nil { all.append("--track-mem") }
        if let parentPath {
            guard parentPath.utf8.first != UInt8(ascii: "/") else {
                throw Failure(
                    .optionUnusable, "--parent-path must be relative to the images: \(parentPath)",
                    at: .option("parent-path"))
            }
            all += ["--prev-images-dir", parentPath]
        }
        if let pageServer {
            let parts = pageServer.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard parts.count == 2, let port = UInt16(Substring(parts[1])), !parts[0].isEmpty else {
                throw Failure(
                    .optionUnusable, "--page-server must be ADDRESS:PORT, not \(pageServer)", at: .option("page-server")
                )
            }
            // Lazily, the address is where this CRIU serves the pages; otherwise it is the server that gets them.
            all += lazyPages ? ["--lazy-pages"] : ["--page-server"]
            all += ["--address", String(Substring(parts[0])), "--port", "\(port)"]
        } else if lazyPages {
            throw Failure(
                .optionUnusable, "--lazy-pages needs an address at which the memory is handed out",
                at: .option("lazy-pages"), hint: "name it with --page-server ADDRESS:PORT")
        }
        return all
    }
}

/// A descriptor of the caller's on which CRIU says when the pages can be asked for.
private func statusListener(_ number: Int32) throws(Failure) -> Criu.Inherited {
    do throws(CallError) {
        return Criu.Inherited(
            number: number,
            file: HeldDescriptor(
                try FileDescriptor.withNumber(number) { (own) throws(CallError) in try own.duplicate() }))
    } catch {
        throw Failure(.optionUnusable, "the descriptor \(number) can't be used", at: .option("status-fd"), call: error)
    }
}

extension Spec {
    /// What the annotation for CRIU's own configuration asks for.
    var criuOptions: [String] {
        guard let file = annotations?[KnownAnnotation.criuConfiguration], !file.isEmpty else { return [] }
        return ["--config", file]
    }
}

extension BirthConfig {
    /// The terminal's other end is held by the manager, and not part of the container.
    func refuseTerminal(_ what: String) throws(Failure) {
        guard spec.process?.terminal == true else { return }
        throw Failure(
            .configRejected, "a container with a terminal can't be \(what)", at: .config("/process/terminal"),
            hint: "set process.terminal to false")
    }
}
