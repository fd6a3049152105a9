internal import LinuxKernel

/// The host's processes as ps(1) shows them.
public enum HostProcesses {
    /// The most that is read of its output, in bytes.
    private static let limitBytes = 64 << 20

    /// What the host's ps prints with these options; without ps and for `-ef`, what procfs tells.
    public static func table(_ options: [String]) throws(Failure) -> String {
        guard let program = find() else {
            guard options == ["-ef"] else {
                throw Failure(.optionUnusable, "there is no ps on this host: no directory of PATH has it")
            }
            return own()
        }
        let ending: (status: ExitStatus, printed: [UInt8], complaints: [UInt8])
        do throws(CallError) {
            ending = try run(program, options)
        } catch {
            throw Failure(.hostFailed, "cannot run \(program)", call: error)
        }
        if ending.status == .exited(0) { return String(decoding: ending.printed, as: UTF8.self) }
        throw Failure(
            .optionUnusable, "\(program) refused \(options.joined(separator: " ").printable)",
            words: String(decoding: ending.complaints.prefix(400), as: UTF8.self))
    }

    private static func find() -> String? {
        let path = Process.variable("PATH") ?? "/usr/bin:/bin"
        return path.utf8.split(separator: UInt8(ascii: ":")).lazy.map { String(decoding: $0, as: UTF8.self) + "/ps" }
            .first { $0.utf8.first == UInt8(ascii: "/") && ProgramSearch.examine($0) == nil }
    }

    private static func run(
        _ program: String, _ options: [String]
    ) throws(CallError) -> (ExitStatus, printed: [UInt8], complaints: [UInt8]) {
        // Files instead of pipes: they are read when the program has ended.
        let output = try FileDescriptor.memoryFile("ps", sealable: false)
        let errors = try FileDescriptor.memoryFile("ps", sealable: false)
        Signals.resetDispositions(Signals.bit(Signals.child))
        switch try Process.clone(namespaces: 0) {
        case .child:
            do throws(CallError) {
                try output.install(as: 1)
                try errors.install(as: 2)
                try FileDescriptor.closeOnExec(from: 3)
                try Process.execute(program, ["ps"] + options, environment: Process.environment)
            } catch {
                Process.exitNow(127)
            }
            Process.exitNow(127)
        case .parent(let pid, let process):
            let status = try ProcessHandle(pid: pid, adopting: process).wait()
            return (status, try contents(output), try contents(errors))
        }
    }

    private static func contents(_ file: borrowing FileDescriptor) throws(CallError) -> [UInt8] {
        let size = try file.status().size
        return try file.read(count: Int(min(size, Int64(limitBytes))), at: 0)
    }

    /// Owner, number, parent and command line, from procfs.
    private static func own() -> String {
        var lines = ["UID PID PPID CMD"]
        guard let directory = try? FileDescriptor.open("/proc", [.directory]) else { return lines[0] + "\n" }
        var pids: [Int32] = []
        // Whoever has ended meanwhile is left out.
        try? directory.forEachEntry { name, _ in
            if let name, let pid = Int32(name) { pids.append(pid) }
        }
        for pid in pids.sorted() {
            let file = "\(pid)/status"
            guard let text = try? directory.open(file, []).readAll(limitBytes: 1 << 16),
                let command = try? directory.open("\(pid)/cmdline", []).readAll(limitBytes: 1 << 20)
            else { continue }
            let status = String(decoding: text, as: UTF8.self)
            let words = command.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            let shown = words.isEmpty ? "[\(field("Name", of: status))]" : words.joined(separator: " ")
            lines.append("\(field("Uid", of: status)) \(pid) \(field("PPid", of: status)) \(shown.printable)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The first word of a line of `/proc/PID/status`.
    private static func field(_ name: String, of status: String) -> String {
        for line in status.split(separator: "\n") where line.utf8.starts(with: (name + ":").utf8) {
            let words = line.utf8.dropFirst(name.utf8.count + 1).split { $0 == 0x20 || $0 == 0x09 }
            return words.first.map { String(Substring($0)) } ?? ""
        }
        return ""
    }
}
