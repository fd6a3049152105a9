internal import Foundation

/// An OCI runtime that the tests can start.
public struct OCIRuntime: Sendable, CustomStringConvertible {
    /// Its name in the tests: `swrun`, `crun` or `runc`.
    public let name: String
    /// Its program.
    public let path: String
    /// The name.
    public var description: String { name }

    /// The runtime under test: SWRUN in the environment, or the release build beside the tests.
    ///
    /// Another runtime can be put there to test the tests.
    public static let swrun = OCIRuntime(
        name: "swrun", path: ProcessInfo.processInfo.environment["SWRUN"] ?? Project.directory + "/.build/release/swrun"
    )

    /// The debug build beside the tests, which fails at the step that SWRUN_FAULT_AT names.
    public static let debugBuild = OCIRuntime(
        name: "swrun",
        path: URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
            + "/swrun"
    )

    /// Those that swrun is compared with and that are installed.
    public static let peers = ["crun", "runc"].compactMap { name in
        ["/usr/bin/\(name)", "/usr/sbin/\(name)", "/usr/local/bin/\(name)", "/usr/local/sbin/\(name)"]
            .first(where: FileManager.default.isExecutableFile(atPath:)).map { OCIRuntime(name: name, path: $0) }
    }

    /// Why containers cannot be tested here, or nil.
    public static var obstacle: String? {
        if geteuid() != 0 { return "needs root" }
        if !FileManager.default.isExecutableFile(atPath: swrun.path) {
            return "\(swrun.path) is not there; run: make build"
        }
        if !FileManager.default.isExecutableFile(atPath: Box.busybox) { return "needs the package busybox-static" }
        return nil
    }

    /// crun refuses to work where the kernel has the hugetlb controller on cgroup v1 but nobody mounted it.
    ///
    /// Mounts it then, once, and says so; it stays.
    static let hugetlb: Void = {
        let place = "/sys/fs/cgroup/hugetlb"
        let controllers = (try? String(contentsOfFile: "/proc/cgroups", encoding: .utf8)) ?? ""
        guard Cgroups.areV1, controllers.contains("hugetlb"), peers.contains(where: { $0.name == "crun" }),
            !FileManager.default.fileExists(atPath: place + "/tasks")
        else { return }
        print("mounting the cgroup hierarchy of hugetlb, without which crun does not start; it stays mounted")
        do {
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            try Command("mount", "-t", "cgroup", "-o", "hugetlb", "cgroup", place).run().get()
        } catch { print("\(error)") }
    }()
}

/// Where the sources are.
public enum Project {
    /// The directory of Package.swift.
    public static let directory: String = {
        var parts = #filePath.split(separator: "/")
        parts.removeLast(3)
        return "/" + parts.joined(separator: "/")
    }()
}

/// The host's cgroups, as far as the tests need to know.
public enum Cgroups {
    /// Whether the controllers are on version 1.
    public static let areV1 = FileManager.default.fileExists(atPath: "/sys/fs/cgroup/memory/tasks")

    /// Whether the controllers are on version 2.
    public static let areV2 = FileManager.default.fileExists(atPath: "/sys/fs/cgroup/cgroup.controllers")

    /// Every directory of that name at the top of a hierarchy.
    public static func named(_ name: String) -> [String] {
        let top = "/sys/fs/cgroup"
        let hierarchies =
            ["", "/user.slice", "/system.slice"]
            + ((try? FileManager.default.contentsOfDirectory(atPath: top)) ?? []).map { "/" + $0 }
        return hierarchies.map { "\(top)\($0)/\(name)" }.filter(FileManager.default.fileExists(atPath:))
    }
}
