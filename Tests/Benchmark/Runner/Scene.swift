internal import Foundation
internal import Support

/// One program that is measured.
struct Runtime {
    /// As it stands in the table.
    let name: String
    /// Absolute path of the program.
    var path: String
    /// The state root it is told to use; empty for the floor, which keeps no state.
    let root: String

    var isFloor: Bool { root.isEmpty }

    func command(_ words: String...) -> [String] { [path, "--root", root] + words }
}

/// The bundle, the state roots and the programs of one benchmark, all in one temporary directory.
final class Scene {
    let options: Options
    let directory: String
    private(set) var runtimes: [Runtime]
    private(set) var notes: [String] = []
    /// A container of the bench is called so, with a number.
    static let prefix = "swrun-test-bench"

    var bundle: String { directory + "/bundle" }
    var rootfs: String { bundle + "/rootfs" }
    /// The same with a program that doesn't end.
    var sleepingBundle: String { directory + "/sleeper" }

    init(_ options: Options) throws {
        self.options = options
        let place = "/run/\(Scene.prefix)-\(getpid())"
        directory = place
        runtimes = try Scene.find(options, roots: place + "/roots")
        try FileManager.default.createDirectory(atPath: place + "/roots", withIntermediateDirectories: true)
        do {
            try installOwn()
            if let note = try Scene.mountHugetlb(for: runtimes) { notes.append(note) }
            for name in options.runtimes where !runtimes.contains(where: { $0.name == name }) {
                notes.append("\(name) is not there and was not measured")
            }
            try makeBundle()
        } catch {
            remove()
            throw error
        }
    }

    private static func find(_ options: Options, roots: String) throws -> [Runtime] {
        let here = FileManager.default.currentDirectoryPath
        let directories =
            (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            + ["/usr/sbin", "/usr/bin"]
        return options.runtimes.compactMap { name in
            var places = directories.map { "\($0)/\(name)" }
            if name == "swrun" {
                places = [ProcessInfo.processInfo.environment["SWRUN"] ?? "\(here)/.build/release/swrun"]
            } else if name == "floor" {
                places = ["\(options.tools)/floor"]
            }
            return places.first(where: FileManager.default.isExecutableFile(atPath:)).map {
                Runtime(name: name, path: $0, root: name == "floor" ? "" : "\(roots)/\(name)")
            }
        }
    }

    /// swrun is measured as users have it, installed: the linker writes its file through a mapping, which leaves it in the
    /// page cache in small pieces, and each of those is a page fault.
    private func installOwn() throws {
        guard let index = runtimes.firstIndex(where: { $0.name == "swrun" }) else { return }
        let copy = directory + "/bin/swrun"
        try Command(["install", "-D", runtimes[index].path, copy]).run().get()
        runtimes[index].path = copy
    }

    /// crun refuses to work where the kernel has the hugetlb controller on cgroup v1 but nobody mounted it.
    private static func mountHugetlb(for runtimes: [Runtime]) throws -> String? {
        let place = "/sys/fs/cgroup/hugetlb"
        let controllers = (try? String(contentsOfFile: "/proc/cgroups", encoding: .utf8)) ?? ""
        let isV1 = FileManager.default.fileExists(atPath: "/sys/fs/cgroup/memory/tasks")
        guard isV1, controllers.contains("hugetlb"), runtimes.contains(where: { $0.name == "crun" }),
            !FileManager.default.fileExists(atPath: place + "/tasks")
        else { return nil }
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        try Command(["mount", "-t", "cgroup", "-o", "hugetlb", "cgroup", place]).run().get()
        return
            "mounted the cgroup hierarchy of hugetlb at \(place), without which crun does not start; it stays mounted"
    }

    /// The configuration is what `swrun spec` writes, with the program and the terminal changed, for everybody alike.
    private func makeBundle() throws {
        let files = FileManager.default
        for name in ["bin", "dev", "etc", "proc", "sys", "tmp"] {
            try files.createDirectory(atPath: "\(rootfs)/\(name)", withIntermediateDirectories: true)
        }
        guard files.isExecutableFile(atPath: "/bin/busybox") else { throw Problem("busybox-static is not installed") }
        try files.copyItem(atPath: "/bin/busybox", toPath: rootfs + "/bin/busybox")
        for name in ["true", "sleep", "sh"] {
            try files.createSymbolicLink(atPath: "\(rootfs)/bin/\(name)", withDestinationPath: "busybox")
        }
        guard let writer = runtimes.first(where: { !$0.isFloor }) else { return }
        try Command([writer.path, "spec", "--bundle", bundle]).run().get()
        notes.append("configuration: as \(writer.name) spec writes it, with /bin/true and without a terminal")
        let path = bundle + "/config.json"
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        guard var config = try JSONSerialization.jsonObject(with: data) as? [String: Any],
            var process = config["process"] as? [String: Any]
        else { throw Problem("\(writer.name) spec wrote no process") }
        process["args"] = ["/bin/true"]
        process["terminal"] = false
        // Older peers know no later version, and nothing in this configuration needs one.
        config["ociVersion"] = "1.0.2"
        config["process"] = process
        try write(config, to: bundle)
        process["args"] = ["/bin/sleep", "100000"]
        config["process"] = process
        config["root"] = ["path": rootfs, "readonly": true]
        try files.createDirectory(atPath: sleepingBundle, withIntermediateDirectories: false)
        try write(config, to: sleepingBundle)
    }

    private func write(_ config: [String: Any], to bundle: String) throws {
        try JSONSerialization.data(withJSONObject: config, options: [.prettyPrinted, .sortedKeys])
            .write(to: URL(fileURLWithPath: bundle + "/config.json"))
    }

    /// Whatever a measurement left behind goes with its runtime's own clean-up, then the directory goes.
    func remove() {
        for runtime in runtimes where !runtime.isFloor {
            for id in (try? FileManager.default.contentsOfDirectory(atPath: runtime.root)) ?? [] {
                // What cannot be removed was said already by the measurement that left it.
                _ = try? Command(runtime.command("delete", "--force", id)).run().get()
            }
        }
        try? FileManager.default.removeItem(atPath: directory)
    }

    func note(_ text: String) {
        if !notes.contains(text) { notes.append(text) }
    }
}
