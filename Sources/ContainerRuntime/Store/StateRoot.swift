internal import LinuxKernel

/// The directory in which the containers of one caller are kept, each in a directory named by its id.
struct StateRoot {
    /// The absolute path.
    let path: String

    /// Opens the directory, which nobody else may be able to write to; nil where it isn't there.
    func open() throws(Failure) -> FileDescriptor? {
        do throws(CallError) {
            let directory = try FileDescriptor.open(path, [.directory, .noFollow])
            let status = try directory.status()
            // Whoever else could write here could make us signal and remove things of their choice.
            if status.uid == Credentials.effectiveUID, status.mode & 0o022 == 0 { return directory }
            throw CallError(.none, .notPermitted)
        } catch let error where error.errno == .noEntry {
            return nil
        } catch let error where error.call == .none {
            throw Failure(
                .stateUnusable, "the state directory \(path) isn't safe to use", at: .file(path),
                hint: "it must belong to the caller and be writable by nobody else")
        } catch {
            throw Failure(.stateUnusable, "cannot open the state directory \(path)", at: .file(path), call: error)
        }
    }

    /// Opens the directory, and makes it and its parents where they are missing.
    func make() throws(Failure) -> FileDescriptor {
        if let directory = try open() { return directory }
        do throws(CallError) {
            // The caller's umask must not decide who may look inside (CVE-2021-41091).
            let umask = Process.setUmask(0o022)
            defer { Process.setUmask(umask) }
            try makeParents()
            do throws(CallError) {
                try FileDescriptor.makeDirectory(path, mode: 0o700)
            } catch let error where error.errno == .exists {
                // Another command was quicker.
            }
        } catch {
            throw Failure(.stateUnusable, "cannot make the state directory \(path)", at: .file(path), call: error)
        }
        guard let directory = try open() else {
            throw Failure(.stateUnusable, "the state directory \(path) vanished", at: .file(path))
        }
        return directory
    }

    private func makeParents() throws(CallError) {
        var prefix = ""
        for part in path.utf8.split(separator: UInt8(ascii: "/")).dropLast() {
            prefix += "/" + String(decoding: part, as: UTF8.self)
            do throws(CallError) {
                try FileDescriptor.makeDirectory(prefix, mode: 0o755)
            } catch let error where error.errno == .exists || error.errno == .readOnly {
                continue
            }
        }
    }

    /// The ids for which there is a directory, sorted.
    func containerNames() throws(Failure) -> [String] {
        guard let directory = try open() else { return [] }
        var names: [String] = []
        do throws(CallError) {
            try directory.forEachEntry { name, kind in
                guard let name, name.utf8.first != UInt8(ascii: "."), kind == .directory else { return }
                names.append(name)
            }
        } catch {
            throw Failure(.stateUnusable, "cannot list \(path)", at: .file(path), call: error)
        }
        return names.sorted()
    }

    /// Where containers are kept if the caller names no place.
    ///
    /// - Parameters:
    ///   - runtimeDirectory: the value of XDG_RUNTIME_DIR; empty counts as unset.
    ///   - isHostRoot: true for root in the first user namespace, for whom XDG_RUNTIME_DIR means nothing.
    static func usual(runtimeDirectory: String?, isHostRoot: Bool) -> String? {
        if isHostRoot { return "/run/swrun" }
        guard let runtimeDirectory, !runtimeDirectory.isEmpty else { return nil }
        return runtimeDirectory + "/swrun"
    }
}

/// The rules for a container's id, the same in every command, before anything is opened.
enum ContainerID {
    /// Refuses what isn't an id.
    static func check(_ id: String) throws(Failure) {
        let bytes = id.utf8
        if bytes.isEmpty { throw Failure(.invalidID, "container id cannot be empty", at: .container(id)) }
        let isAllowed = bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isAllowed, bytes.first != UInt8(ascii: "."), bytes.count <= 255 else {
            throw Failure(
                .invalidID, "invalid container ID format: \"\(id.printable)\"", at: .container(id),
                hint: "use 1 to 255 characters of A-Z a-z 0-9 _ + - . and no dot at the beginning")
        }
    }
}
