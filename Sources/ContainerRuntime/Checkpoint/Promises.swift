internal import LinuxKernel
internal import OCISpec
internal import Validation

/// What a restored process has is in the images, which may be old or somebody else's. The configuration says what it may
/// have: a process that is restored with more is ended.
extension BirthConfig {
    /// Ends the restored process, and throws, unless it is as confined as the configuration demands.
    func demandPromises(of process: HeldProcess) throws(Failure) {
        guard let broken = brokenPromise(of: process.handle.pid) else { return }
        // It may have ended meanwhile, and is gone all the same.
        try? process.handle.signal(Signals.kill)
        throw Failure(
            .checkpointFailed, "the images restore a process that the configuration forbids",
            at: .config(broken.pointer),
            words: broken.words, hint: "restore it with the configuration that it was saved with")
    }

    private func brokenPromise(of pid: Int32) -> (pointer: String, words: String)? {
        guard let process = spec.process else { return nil }
        guard let text = try? FileDescriptor.open("/proc/\(pid)/status", .readOnly).readAll(limitBytes: 1 << 16) else {
            return nil  // it has ended
        }
        let status = ProcessStatus(text)
        if process.noNewPrivileges == true, status["NoNewPrivs"] != 1 {
            return ("/process/noNewPrivileges", "no_new_privs isn't set")
        }
        if filter != nil, status["Seccomp"] != 2 {
            return (spec.filterPointer, "no filter of system calls is loaded")
        }
        if let sets = process.capabilities.map({ capabilitySets($0, self) }) {
            let found = [
                ("bounding", "CapBnd", sets.bounding), ("permitted", "CapPrm", sets.permitted | sets.bounding),
                ("inheritable", "CapInh", sets.inheritable), ("ambient", "CapAmb", sets.ambient),
            ]
            for (name, key, allowed) in found where (status[key] ?? .max) & ~allowed != 0 {
                return ("/process/capabilities/\(name)", "the process has others as well")
            }
        }
        for namespace in namespaces where (namespace.path ?? "").isEmpty {
            guard let name = namespace.type.procName else { continue }
            let own = try? FileDescriptor.status(of: "/proc/self/ns/\(name)").inode
            if let own, own == (try? FileDescriptor.status(of: "/proc/\(pid)/ns/\(name)").inode) {
                return (
                    "/linux/namespaces", "the process is in the \(namespace.type.rawValue) namespace of the runtime"
                )
            }
        }
        return nil
    }
}

/// Numbers of `/proc/PID/status`.
private struct ProcessStatus {
    private let lines: [ArraySlice<UInt8>]

    init(_ text: [UInt8]) { lines = text.split(separator: UInt8(ascii: "\n")) }

    /// A line's value: hexadecimal for sets of capabilities, which is the same for the single digits of the others.
    subscript(name: String) -> UInt64? {
        let start = Array((name + ":").utf8)
        guard let line = lines.first(where: { $0.starts(with: start) }) else { return nil }
        return UInt64(
            String(decoding: line.dropFirst(start.count).drop { $0 == 9 || $0 == 32 }, as: UTF8.self), radix: 16)
    }
}
