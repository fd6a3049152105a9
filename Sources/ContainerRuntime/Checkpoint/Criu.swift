internal import Cgroups
internal import LinuxKernel
internal import OCISpec

/// The program that saves and restores processes.
struct Criu {
    /// Its absolute path.
    let path: String

    /// Looks for it where administrators' programs are, and in PATH.
    ///
    /// - Throws: `toolMissing` with what to do.
    static func find() throws(Failure) -> Criu {
        let usual = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        let list = Process.variable("PATH").map { $0 + ":" + usual } ?? usual
        for directory in list.utf8.split(separator: UInt8(ascii: ":")) where directory.first == UInt8(ascii: "/") {
            let path = String(Substring(directory)) + "/criu"
            if ProgramSearch.examine(path) == nil { return Criu(path: path) }
        }
        throw Failure(
            .toolMissing, "checkpoint and restore need the program criu, which isn't in PATH (\(list))",
            hint: "install CRIU 4.0 or later (https://criu.org); distributions call the package criu")
    }

    /// How CRIU is to keep the network still where the caller doesn't care: by iptables, its default, if that is there.
    static var usualNetworkLock: String? {
        let isThere = ["/usr/sbin", "/sbin", "/usr/bin"].contains {
            ProgramSearch.examine($0 + "/iptables-restore") == nil
        }
        return isThere ? nil : "nftables"
    }

    /// A descriptor that CRIU gets, and its number there.
    struct Inherited {
        var number: Int32
        var file: HeldDescriptor
    }

    /// CRIU at work.
    struct Running: ~Copyable {
        let handle: ProcessHandle
        let gate: FileDescriptor
        let complaints: FileDescriptor

        /// Lets it begin, and waits for its end.
        ///
        /// - Parameter log: its log's path, for the message.
        consuming func finish(_ what: String, log: String) throws(Failure) {
            let status: ExitStatus
            do throws(CallError) {
                try gate.writeAll([1])
                status = try handle.wait()
            } catch {
                throw Failure(.checkpointFailed, "cannot wait for criu", call: error)
            }
            if status == .exited(0) { return }
            let said = (try? complaints.read(count: 2048, at: 0)) ?? []
            throw Failure(
                .checkpointFailed, "criu failed: \(what) ended with \(status.shellStatus); see \(log)",
                words: Criu.reason(in: log) ?? String(decoding: said, as: UTF8.self).printable)
        }
    }

    /// Starts it; it waits at its gate until `finish`, so that it can be put into a cgroup first.
    ///
    /// Its environment is its own, and so is its mount namespace if a root is to be mounted for it: nothing of that is
    /// left behind, whoever is killed.
    /// - Parameters:
    ///   - root: what is bound onto itself first, as CRIU restores into a mount point only.
    func start(
        _ arguments: [String], in work: borrowing FileDescriptor, root: String? = nil, inheriting files: [Inherited]
    ) throws(Failure) -> Running {
        do throws(CallError) {
            let pipe = try FileDescriptor.pipe()
            let reader = pipe.first
            let gate = pipe.second
            let complaints = try FileDescriptor.memoryFile("criu", sealable: false)
            let null = try FileDescriptor.open("/dev/null", .readWrite)
            // A caller who ignores it would keep CRIU's end from us.
            Signals.resetDispositions(Signals.bit(Signals.child))
            switch try Process.clone(namespaces: 0) {
            case .child:
                gate.close()  // or its end would never be seen here
                become(arguments, work, root, files, reader, complaints, null)
                Process.exitNow(127)
            case .parent(let pid, let process):
                return Running(
                    handle: ProcessHandle(pid: pid, adopting: process), gate: gate, complaints: complaints)
            }
        } catch {
            throw Failure(.checkpointFailed, "cannot start \(path)", at: .file(path), call: error)
        }
    }

    private func become(
        _ arguments: [String], _ work: borrowing FileDescriptor, _ root: String?, _ files: [Inherited],
        _ gate: borrowing FileDescriptor, _ complaints: borrowing FileDescriptor, _ null: borrowing FileDescriptor
    ) {
        do throws(CallError) {
            try Process.dieWithParent(true)
            var go: [UInt8] = [0]
            guard try gate.read(into: &go) == 1 else { Process.exitNow(127) }
            try work.becomeCurrentDirectory()
            if let root {
                try Process.unshare(Spec.Linux.Namespace.Kind.mount.cloneFlag ?? 0)
                try FileDescriptor.setPropagationOfAllMounts(.slave)
                try FileDescriptor.openTree(root, recursive: true).attach(toPath: root)
            }
            try null.install(as: 0)
            try null.install(as: 1)
            try complaints.install(as: 2)
            try FileDescriptor.closeOnExec(from: 3)
            for file in files { try file.file.descriptor.install(as: file.number) }
            Signals.resetDispositions()
            try Signals.setMask(0)
            try Process.execute(
                path, ["criu"] + arguments,
                environment: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/"])
        } catch {
            try? complaints.writeAll(Array("\(error.call.name): \(error.errno.message)".utf8))
        }
    }

    /// The first error in CRIU's log, without the place in its sources.
    private static func reason(in log: String) -> String? {
        guard let text = try? FileDescriptor.open(log, [.noFollow, .nonBlocking]).readAll(limitBytes: 32 << 20) else {
            return nil
        }
        for line in text.split(separator: UInt8(ascii: "\n")) {
            guard let place = line.indices.first(where: { line[$0...].starts(with: "Error (".utf8) }) else { continue }
            let words = line[place...].drop { $0 != UInt8(ascii: ")") }.dropFirst(3)
            return String(decoding: words.prefix(300), as: UTF8.self).printable
        }
        return nil
    }
}

/// A directory of CRIU's files, by its absolute path.
struct CriuDirectory {
    let path: String

    /// Makes it, and its parents, where it isn't there; what is in it is for root's eyes only.
    init(making path: String) throws(Failure) {
        self.path = try Bundle.absolute(path)
        var prefix = ""
        for part in self.path.utf8.split(separator: UInt8(ascii: "/")) {
            prefix += "/" + String(Substring(part))
            do throws(CallError) {
                try FileDescriptor.makeDirectory(prefix, mode: 0o700)
            } catch let error where error.errno == .exists {
                continue
            } catch {
                throw Failure(.checkpointFailed, "cannot make the directory \(prefix)", at: .file(prefix), call: error)
            }
        }
    }

    /// One that must be there.
    init(existing path: String) throws(Failure) {
        self.path = try Bundle.absolute(path)
        _ = try open()
    }

    func open() throws(Failure) -> FileDescriptor {
        do throws(CallError) {
            return try FileDescriptor.open(path, [.directory])
        } catch {
            throw Failure(.checkpointFailed, "cannot open the directory \(path)", at: .file(path), call: error)
        }
    }
}
