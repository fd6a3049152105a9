internal import LinuxKernel

/// newuidmap(1) and newgidmap(1): programs with privileges that write a mapping after having checked that it was granted.
enum MappingHelper {
    /// Where they are looked for besides the caller's PATH, which managers don't always set.
    private static let usualDirectories = ["/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin", "/run/wrappers/bin"]

    /// The most that is kept of what a helper prints, in bytes.
    private static let keptBytes = 1024

    /// The absolute path of a helper; nil where there is none.
    static func find(_ name: String) -> String? {
        let path = Process.variable("PATH") ?? ""
        let listed = path.utf8.split(separator: UInt8(ascii: ":")).map { String(decoding: $0, as: UTF8.self) }
        for directory in listed.filter({ $0.utf8.first == UInt8(ascii: "/") }) + usualDirectories {
            let candidate = directory + "/" + name
            guard let status = try? FileDescriptor.status(of: candidate) else { continue }
            if status.kind == .regular, status.mode & 0o111 != 0 { return candidate }
        }
        return nil
    }

    /// Runs a helper to its end; nil where it did its work, else what it said.
    ///
    /// Nothing of this process reaches it but the words that it is given: no environment, no open file.
    static func run(_ path: String, _ arguments: [String]) throws(CallError) -> String? {
        let null = try FileDescriptor.open("/dev/null", .readWrite)
        let output = try FileDescriptor.pipe()
        let write = output.second
        let read = output.first
        let cloned = try Process.clone(namespaces: 0)
        switch consume cloned {
        case .child:
            do throws(CallError) {
                try null.install(as: 0)
                try write.install(as: 1)
                try write.install(as: 2)
                try FileDescriptor.closeOnExec(from: 3)
                Signals.resetDispositions()
                try Signals.setMask(0)
                try Process.execute(path, arguments, environment: [])
            } catch {
                try? write.writeAll(Array("cannot be executed: \(error.errno.name)".utf8))  // nobody else to tell
            }
            Process.exitNow(127)
        case .parent(let pid, let process):
            let helper = ProcessHandle(pid: pid, adopting: process)
            write.close()
            var kept: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 1024)
            while true {
                let count = try read.read(into: &buffer)
                if count == 0 { break }
                if kept.count < keptBytes { kept += buffer.prefix(count) }
            }
            let status = try helper.wait()
            if status == .exited(0) { return nil }
            let said = String(decoding: kept.prefix(keptBytes).map { $0 == 0x0A ? 0x20 : $0 }, as: UTF8.self)
            let ending = status.shellStatus
            return said.isEmpty ? "\(arguments[0]) ended with status \(ending)" : said
        }
    }
}
