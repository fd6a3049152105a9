import CKernel
import Foundation
import JSONValue
import Synchronization

/// The place of one run: its directory, the names it gives, and the removal of all that carries them.
///
/// Everything made outside of the directory (cgroups, containers) has a name that starts with the run's name, so a
/// later start can recognise what a killed run left behind, and touches nothing else.
final class Workshop: Sendable {
    /// What the name of every run starts with.
    static let prefix = "swrun-test-conformance-"

    let directory: String
    let name: String
    let probe: String
    let rootless: Rootless?
    let devices = HostDevices.shared
    let plainLife = PlainLife()
    private let numbers = Atomic(0)

    var bundles: String { directory + "/bundles" }
    var state: String { directory + "/state" }
    var cgroupParent: String { name }

    /// Makes the directory, below `parent`, and puts a copy of the probe there so that bundles can link it.
    init(parent: String = Workshop.parent, probe source: String, rootless: Rootless? = nil) throws {
        name = "\(Workshop.prefix)\(getpid())-\(String(UInt32.random(in: 0..<0xFF_FFFF), radix: 36))"
        directory = parent + "/" + name
        probe = directory + "/oci-probe"
        self.rootless = rootless
        do {
            try FileManager.default.createDirectory(atPath: directory + "/bundles", withIntermediateDirectories: true)
            try FileManager.default.createDirectory(atPath: directory + "/state", withIntermediateDirectories: true)
            let owner: JSON = ["pid": .int(getpid()), "started": .string(ProcessFiles.startTime(getpid()) ?? "")]
            try Data(owner.text().utf8).write(to: URL(fileURLWithPath: directory + "/owner.json"))
            try Processes.writingProgram { try FileManager.default.copyItem(atPath: source, toPath: probe) }
        } catch {
            throw HarnessProblem("can't make \(directory): \(error.localizedDescription)")
        }
        chmod(directory, 0o755)
        chmod(probe, 0o755)
    }

    static var parent: String {
        (ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 }) ?? "/tmp"
    }

    func newNumber() -> Int { numbers.add(1, ordering: .relaxed).newValue }

    /// A container id that no other container of the machine has.
    func newID() -> String { "\(name)-\(newNumber())" }

    /// Writes down a network device of the host that the run made, for the case that it dies before it can remove it.
    func record(link: String) { record("links", link, "") }

    /// Writes down which I/O scheduler a device has to have again, for the same case.
    func record(scheduler: String, of device: String) { record("schedulers", device, scheduler) }

    private func record(_ kind: String, _ name: String, _ value: String) {
        let folder = "\(directory)/\(kind)"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        _ = FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: Data(value.utf8))
    }

    /// What was written down, by name.
    private static func records(_ kind: String, in directory: String) -> [(name: String, value: String)] {
        let folder = "\(directory)/\(kind)"
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).map {
            ($0, (try? String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)) ?? "")
        }
    }

    /// Removes a bundle's cgroups and, unless kept, its directory.
    func remove(_ bundle: Bundle, keeping: Bool) {
        Cgroups.remove(named: bundle.id, below: cgroupParent)
        if !keeping { Removal.tree(bundle.directory) }
    }

    /// Removes everything of the run.
    func close(keeping: Bool) {
        devices.restore()
        Removal.killProcesses(mentioning: name)
        Cgroups.removeAll(containing: name)
        if !keeping { Removal.tree(directory) } else { Removal.tree(state) }
    }

    /// Removes what runs of the same user left behind whose harness has died.
    ///
    /// Answers their names.
    static func removeOldRuns(parent: String = Workshop.parent) -> [String] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []).filter {
            $0.hasPrefix(prefix)
        }
        return names.filter { name in
            let directory = parent + "/" + name
            // In a directory for everybody others may have left one: what it names isn't the run's word.
            var status = stat()
            guard lstat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() else {
                return false
            }
            guard let data = FileManager.default.contents(atPath: directory + "/owner.json"),
                let owner = try? JSON(parsing: data), let pid = owner["/pid"]?.int
            else { return false }
            if let started = ProcessFiles.startTime(pid_t(truncatingIfNeeded: pid)),
                started == owner["/started"]?.string
            {
                return false
            }
            Cgroups.removeAll(containing: name)
            Removal.killProcesses(mentioning: name)
            for (link, _) in records("links", in: directory) {
                _ = Processes.run(["ip", "link", "del", link], environment: Runtime.environment, timeout: 10)
            }
            for (device, scheduler) in records("schedulers", in: directory) {
                BlockDevice.restore(scheduler: scheduler, of: device)
            }
            Removal.tree(directory)
            return true
        }
    }
}

/// Removing what is ours.
enum Removal {
    /// Unmounts everything at or below a directory, in this mount namespace, and removes it.
    static func tree(_ directory: String) {
        let text = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        if text.utf8.count > 0, text.contains(directory) {
            for line in MountLine.parse(text).reversed()
            where line.point == directory || line.point.hasPrefix(directory + "/") {
                umount2(line.point, 2)  // MNT_DETACH
            }
        }
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Kills processes whose root directory is one of the run's, or whose program or command line names it.
    static func killProcesses(mentioning name: String) {
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = pid_t(entry), pid != getpid() else { continue }
            let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")) ?? ""
            let command = ProcessFiles.text(pid, "cmdline").split(separator: "\0").dropFirst()
            // A process of another may have a copy of our mounts in its table; only its root tells that it is ours.
            let ours =
                program.contains("/\(name)/") || command.contains { $0.contains("/\(name)/") }
                || MountLine.parse(ProcessFiles.text(pid, "mountinfo")).contains {
                    $0.point == "/" && $0.root.contains("/\(name)/")
                }
            if ours { kill(pid, SIGKILL) }
        }
    }
}
