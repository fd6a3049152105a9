internal import JSONCodec
internal import LinuxKernel
internal import OCISpec

/// A container's own directory below the state root, held open.
final class ContainerDirectory {
    let id: String
    /// The absolute path, for messages.
    let path: String
    private let root: FileDescriptor
    fileprivate let descriptor: FileDescriptor

    /// The files of a container.
    enum File {
        /// The record.
        static let state = "state.json"
        /// The record on its way.
        static let newState = "state.json.new"
        /// The configuration as it was at `create`.
        static let config = "config.json"
        /// The configuration on its way.
        static let newConfig = "config.json.new"
        /// The flight record.
        static let birth = "birth"
        /// The gate, a FIFO.
        static let gate = "gate"
        /// The directory that the container gets to see, with the socket on which it says that it is ready.
        static let readiness = "notify"
    }

    private init(id: String, path: String, root: consuming FileDescriptor, descriptor: consuming FileDescriptor) {
        self.id = id
        self.path = path
        self.root = root
        self.descriptor = descriptor
    }

    /// Calls with the state root that the directory is in.
    func withRoot<R: ~Copyable>(_ body: (borrowing FileDescriptor) -> R) -> R { body(root) }

    /// The descriptors that are held.
    var descriptors: [Int32] { [root.raw, descriptor.raw] }

    /// Makes the directory: that it wasn't there decides who owns the id.
    static func make(_ id: String, in root: StateRoot) throws(Failure) -> ContainerDirectory {
        let rootDirectory = try root.make()
        let path = root.path + "/" + id
        do throws(CallError) {
            try rootDirectory.makeDirectory(id, mode: 0o700)
            do throws(CallError) {
                let directory = try rootDirectory.open(id, [.directory, .noFollow])
                return ContainerDirectory(id: id, path: path, root: rootDirectory, descriptor: directory)
            } catch {
                try? rootDirectory.remove(id, directory: true)  // the failure that counts is the other one
                throw error
            }
        } catch let error where error.errno == .exists {
            throw Failure(
                .containerExists, "container with given ID already exists: \(id)", at: .container(id))
        } catch {
            throw Failure(.stateUnusable, "cannot make the container's directory \(path)", at: .file(path), call: error)
        }
    }

    /// Opens the directory of an existing container; nil where there is none.
    static func open(_ id: String, in root: StateRoot) throws(Failure) -> ContainerDirectory? {
        guard let rootDirectory = try root.open() else { return nil }
        let path = root.path + "/" + id
        do throws(CallError) {
            let directory = try rootDirectory.open(id, [.directory, .noFollow])
            return ContainerDirectory(id: id, path: path, root: rootDirectory, descriptor: directory)
        } catch let error where error.errno == .noEntry {
            return nil
        } catch {
            throw Failure(.stateUnusable, "cannot open the container's directory \(path)", at: .file(path), call: error)
        }
    }

    /// Takes the container's lock; it is held until the answer goes.
    ///
    /// - Throws: `containerBusy` where another command holds it for longer than 5 seconds.
    func lock() throws(Failure) -> Lock {
        do throws(CallError) {
            for _ in 0..<500 {
                if try descriptor.tryLock() {
                    let lock = Lock(directory: self, isTaken: true)
                    // It may have been removed, and made anew, before we had the lock.
                    guard try descriptor.status().links > 0 else { throw CallError(.open, .noEntry) }
                    return lock
                }
                _ = try Poll.wait([], timeoutMilliseconds: 10)
            }
        } catch let error where error.errno == .noEntry {
            throw Failure.missing(id)
        } catch {
            throw Failure(.stateUnusable, "cannot lock the container's directory \(path)", at: .file(path), call: error)
        }
        throw Failure(
            .containerBusy, "another command has been working on container \(id) for 5 seconds", at: .container(id))
    }

    /// The right to write of the command that has just made the container.
    ///
    /// It needs no lock: as long as that command lives and the birth is under way, no other one writes.
    func lockOfCreator() -> Lock { Lock(directory: self, isTaken: false) }

    /// The lock of a container, held as long as the value lives.
    ///
    /// It belongs to the open directory, which a cloned process shares: given back explicitly, it ends for both.
    struct Lock: ~Copyable {
        fileprivate let directory: ContainerDirectory
        fileprivate let isTaken: Bool

        deinit { if isTaken { directory.descriptor.unlock() } }
    }

    /// Reads the record; nil where there is none yet.
    func read() throws(Failure) -> Record? {
        guard let text = try readFile(File.state) else { return nil }
        do throws(JSONError) {
            let record = try JSONDecoder().decode(Record.self, from: text)
            guard record.swrun.version == Record.version, record.id.utf8.elementsEqual(id.utf8) else {
                throw JSONError(
                    .refused("it was written by another version of swrun, or for another container"), pointer: "")
            }
            return record
        } catch {
            throw Failure(
                .stateCorrupt, "the state of container \(id) can't be understood", at: .file(path + "/" + File.state),
                words: "\(error)")
        }
    }

    /// Puts a new record in the place of the old one, in one step for all who read.
    ///
    /// The state root is in memory on every usual system, so there is nothing to be forced to a disk.
    ///
    /// - Parameter isFirst: true if there is no old one, which spares the question.
    func replace(_ record: Record, isFirst: Bool = false, holding lock: borrowing Lock) throws(Failure) {
        let text = JSONEncoder().encode(record)
        try writing(File.state) { () throws(CallError) in
            let file = try create(File.newState)
            try file.writeAll(text)
            if isFirst {
                try descriptor.rename(File.newState, to: File.state)
            } else {
                try putInPlace(File.newState, of: File.state)
            }
        }
    }

    /// Not by renaming alone, where that can be avoided: ext4 and btrfs then take care that a crash leaves one of the two
    /// contents, and this process waits for the disk when it removes the file.
    private func putInPlace(_ new: String, of old: String) throws(CallError) {
        do throws(CallError) {
            try descriptor.exchange(new, old)
        } catch let error where error.errno == .noEntry || error.errno == .invalid {
            return try descriptor.rename(new, to: old)  // none yet; or a file system without exchange
        }
        try descriptor.remove(new)
    }

    /// Keeps the configuration as it is now: later changes of the bundle have no effect.
    func keepConfiguration(_ text: [UInt8]) throws(Failure) {
        try writing(File.config) { () throws(CallError) in try create(File.config).writeAll(text) }
    }

    /// Keeps another configuration, in one step for all who read, if what is done in between succeeds.
    func replaceConfiguration(
        _ text: [UInt8], holding lock: borrowing Lock, after body: () throws(Failure) -> Void
    ) throws(Failure) {
        try writing(File.newConfig) { () throws(CallError) in try create(File.newConfig).writeAll(text) }
        do throws(Failure) {
            try body()
        } catch {
            try? descriptor.remove(File.newConfig)  // the failure that counts is the other one
            throw error
        }
        try writing(File.config) { () throws(CallError) in
            try putInPlace(File.newConfig, of: File.config)
        }
    }

    /// The configuration that was kept.
    ///
    /// - Parameter unwanted: properties that the caller doesn't look at, which takes the less time.
    func configuration(without unwanted: [String] = []) throws(Failure) -> Spec {
        guard let text = try readFile(File.config) else {
            throw Failure(.stateCorrupt, "the configuration of container \(id) is gone", at: .file(path))
        }
        do throws(JSONError) {
            var spec = try JSONDecoder().decode(Spec.self, from: text, without: unwanted)
            spec.takeFilterFromAnnotations()
            spec.takeListenerFromAnnotations(usual: Process.variable("RUN_OCI_SECCOMP_RECEIVER"))
            return spec
        } catch {
            throw Failure(
                .stateCorrupt, "the configuration of container \(id) can't be understood",
                at: .file(path + "/" + File.config), words: "\(error)")
        }
    }

    /// Makes the flight record.
    func makeFlightRecorder(steps: Int) throws(Failure) -> FlightRecorder {
        do throws(CallError) {
            return try FlightRecorder(creatingIn: create(File.birth), steps: steps)
        } catch {
            throw Failure(
                .stateUnusable, "cannot write \(path)/\(File.birth)", at: .file(path + "/" + File.birth), call: error)
        }
    }

    /// Opens the flight record; nil where there is none that can be read.
    func flightRecorder() -> FlightRecorder? {
        do throws(CallError) {
            return try FlightRecorder(openingIn: descriptor.open(File.birth, [.readWrite, .noFollow, .nonBlocking]))
        } catch {
            return nil
        }
    }

    /// Makes the gate, and answers its reading end.
    ///
    /// Opened for both, so that the end of a writer isn't the end of the file.
    func makeGate() throws(CallError) -> FileDescriptor {
        try descriptor.makeNode(File.gate, mode: 0o010_600)
        return try descriptor.open(File.gate, [.readWrite, .nonBlocking, .noFollow])
    }

    /// Opens the gate's writing end; ENXIO where nobody waits at it.
    func openGate() throws(CallError) -> FileDescriptor {
        let gate = try descriptor.open(File.gate, [.writeOnly, .nonBlocking, .noFollow])
        // Nobody would ever leave another kind of file.
        guard try gate.status().kind == .fifo else { throw CallError(.open, .invalid) }
        return gate
    }

    /// Makes the directory of the socket on which the container says that it is ready.
    func makeReadinessDirectory() throws(CallError) {
        try descriptor.makeDirectory(File.readiness, mode: 0o755)
    }

    /// Listens on that socket; ENOENT where the container was made without its directory.
    func bindReadinessSocket() throws(CallError) -> FileDescriptor {
        let directory = try descriptor.open(File.readiness, [.directory, .noFollow])
        do throws(CallError) {
            try directory.remove(ReadinessRelay.socketName)  // left by a command that was killed
        } catch let error where error.errno == .noEntry {
            // As it should be.
        }
        return try directory.bindDatagramSocket(ReadinessRelay.socketName)
    }

    /// Removes the files and the directory; what isn't there is removed.
    ///
    /// - Parameter hasGate: false where it is known that no gate was made.
    func remove(hasGate: Bool = true) throws(Failure) {
        do throws(CallError) {
            // The record goes last: as long as it is there, the container can be named and deleted again.
            for file in [File.gate, File.birth, File.config, File.state] where hasGate || file != File.gate {
                do throws(CallError) {
                    try descriptor.remove(file)
                } catch let error where error.errno == .noEntry {
                    continue
                }
            }
            try root.remove(id, directory: true)
        } catch let error where error.errno == .noEntry {
            return
        } catch let error where error.errno == .notEmpty || error.errno == .isDirectory || error.errno == .notPermitted
        {
            try removeRest()
        } catch {
            throw Failure(.stateUnusable, "cannot remove \(path)", at: .file(path), call: error)
        }
    }

    /// What only some containers have, and what somebody else has put here: of that plain files and links go, a tree stays
    /// and is named.
    private func removeRest() throws(Failure) {
        do throws(CallError) {
            do throws(CallError) {
                try descriptor.open(File.readiness, [.directory, .noFollow]).remove(ReadinessRelay.socketName)
            } catch let error where error.errno == .noEntry {
                // It never listened, or has no such directory.
            }
            var names: [(String, Bool)] = []
            try descriptor.forEachEntry { name, kind in
                if let name { names.append((name, kind == .directory)) }
            }
            for (name, isDirectory) in names { try descriptor.remove(name, directory: isDirectory) }
            try root.remove(id, directory: true)
        } catch {
            throw Failure(
                .stateUnusable, "cannot remove \(path)", at: .file(path), call: error,
                hint: "it holds something that swrun didn't put there; remove that first")
        }
    }

    private func create(_ name: String) throws(CallError) -> FileDescriptor {
        do throws(CallError) {
            return try descriptor.open(name, [.readWrite, .create, .exclusive, .noFollow], mode: 0o600)
        } catch let error where error.errno == .exists {
            try descriptor.remove(name)  // left by a command that was killed
            return try descriptor.open(name, [.readWrite, .create, .exclusive, .noFollow], mode: 0o600)
        }
    }

    private func writing(_ name: String, _ body: () throws(CallError) -> Void) throws(Failure) {
        do throws(CallError) {
            try body()
        } catch {
            throw Failure(.stateUnusable, "cannot write \(path)/\(name)", at: .file(path + "/" + name), call: error)
        }
    }

    /// A regular file's content; whatever else has its name is refused without waiting for it.
    private func readFile(_ name: String) throws(Failure) -> [UInt8]? {
        do throws(CallError) {
            let file = try descriptor.open(name, [.noFollow, .nonBlocking, .noControllingTerminal])
            let status = try file.status()
            guard status.kind == .regular else { throw CallError(.open, .invalid) }
            return try file.readAll(limitBytes: 16 << 20, sizeBytes: status.size)
        } catch let error where error.errno == .noEntry {
            return nil
        } catch {
            throw Failure(.stateCorrupt, "cannot read \(path)/\(name)", at: .file(path + "/" + name), call: error)
        }
    }
}

extension Failure {
    /// Managers look for these words.
    static func missing(_ id: String) -> Failure {
        Failure(.containerMissing, "container does not exist: \(id)", at: .container(id))
    }
}
