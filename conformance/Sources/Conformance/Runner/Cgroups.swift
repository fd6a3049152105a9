import Foundation

/// The cgroup file systems, seen from outside.
enum Cgroups {
    /// A mounted hierarchy.
    struct Hierarchy: Sendable {
        var point: String
        /// Controllers of version 1; empty for version 2.
        var controllers: [String]
        var isVersion2: Bool
    }

    static let hierarchies: [Hierarchy] = {
        let text = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        return MountLine.parse(text).compactMap { line in
            switch line.type {
            case "cgroup2": Hierarchy(point: line.point, controllers: [], isVersion2: true)
            case "cgroup":
                Hierarchy(point: line.point, controllers: line.superOptions, isVersion2: false)
            default: nil
            }
        }
    }()

    /// Whether version 2 is in charge of the resources.
    static let isVersion2 = !hierarchies.contains { !$0.isVersion2 }

    /// The directory of a controller's hierarchy.
    static func point(of controller: String) -> String? {
        if let first = hierarchies.first(where: { $0.controllers.contains(controller) }) { return first.point }
        guard isVersion2, let unified = hierarchies.first(where: \.isVersion2)?.point,
            let text = try? String(contentsOfFile: unified + "/cgroup.controllers", encoding: .utf8),
            text.split(whereSeparator: \.isWhitespace).contains(Substring(controller))
        else { return nil }
        return unified
    }

    /// The path of a process in the hierarchy of a controller, from the mount point.
    static func path(of pid: pid_t, _ controller: String) -> String? {
        for line in ProcessFiles.text(pid, "cgroup").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else { continue }
            if isVersion2 ? parts[0] == "0" : parts[1].split(separator: ",").contains(Substring(controller)) {
                return parts[2]
            }
        }
        return nil
    }

    /// The text of a file in the cgroup of a process.
    static func file(_ pid: pid_t, _ controller: String, _ name: String) -> String? {
        guard let point = point(of: controller), let path = path(of: pid, controller) else { return nil }
        return (try? String(contentsOfFile: point + path + "/" + name, encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Directories of cgroups with this last part of their path, in every hierarchy.
    static func directories(named name: String, below parent: String) -> [String] {
        hierarchies.flatMap { ["\($0.point)/\(parent)/\(name)", "\($0.point)/\(name)"] }.filter {
            FileManager.default.fileExists(atPath: $0)
        }
    }

    static func remove(named name: String, below parent: String) {
        for directory in directories(named: name, below: parent) { remove(directory) }
    }

    /// Removes the cgroups at the top of every hierarchy, or below the harness's own, whose name contains the run's.
    static func removeAll(containing name: String) {
        for hierarchy in hierarchies {
            // Some runtimes count a relative path from their own cgroup, which is the harness's.
            let controller = hierarchy.controllers.first { path(of: getpid(), $0) != nil } ?? ""
            for place in Set([hierarchy.point, hierarchy.point + (path(of: getpid(), controller) ?? "")]) {
                for child in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
                where child.contains(name) {
                    remove(place + "/" + child)
                }
            }
        }
    }

    /// Kills what is in a cgroup and below, and removes the directories from the bottom up.
    private static func remove(_ directory: String) {
        for child in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
            var status = stat()
            if lstat(directory + "/" + child, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
                remove(directory + "/" + child)
            }
        }
        for attempt in 0..<50 {
            if rmdir(directory) == 0 || errno != EBUSY { return }
            let members = (try? String(contentsOfFile: directory + "/cgroup.procs", encoding: .utf8)) ?? ""
            for pid in members.split(separator: "\n").compactMap({ pid_t($0) }) { kill(pid, SIGKILL) }
            // The kernel offers no event for the last process leaving a version 1 cgroup.
            usleep(attempt < 10 ? 2_000 : 20_000)
        }
    }
}
