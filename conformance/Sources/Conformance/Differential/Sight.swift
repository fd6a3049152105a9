import Foundation
import JSONValue

/// All that is seen of a container, as text by place, without what differs from run to run.
struct Sight: Sendable, Equatable {
    var values: [String: String] = [:]

    /// The places where two sights differ, sorted.
    func differences(from other: Sight) -> [String] {
        Set(values.keys).union(other.values.keys).filter { values[$0] != other.values[$0] }.sorted()
    }

    /// Makes a container of a bundle and looks at it from inside and outside.
    static func look(_ stage: Stage, _ bundle: Bundle) throws -> Sight {
        var sight = Sight()
        let container = try stage.tryCreate(bundle)
        sight.values["create"] = container.outcome.succeeded ? "succeeds" : "fails"
        guard container.outcome.succeeded else { return sight }
        let started = stage.perform(.start, [container.id])
        sight.values["start"] = started.succeeded ? "succeeds" : "fails"
        guard started.succeeded, let line = container.line(timeout: stage.timeout) else {
            sight.values["report"] = "none"
            return sight
        }
        sight.add(report: line, bundle, stage)
        if let pid = container.pid { sight.add(cgroupsOf: pid) }
        sight.values["status"] = stage.status(container.id) ?? "unknown"
        container.kill()
        sight.values["delete"] = stage.perform(.delete, [container.id]).succeeded ? "succeeds" : "fails"
        for line in HookCases.lines(bundle) {
            let name = line["/hook"]?.string ?? ""
            sight.values["hook/\(name)"] = "called"
            sight.values["hook/\(name)/cwd"] = plain(line["/cwd"]?.text() ?? "", bundle, stage)
            sight.values["hook/\(name)/environment"] = line["/environment"]?.text()
        }
        return sight
    }

    /// Replaces what names this run.
    private static func plain(_ text: String, _ bundle: Bundle, _ stage: Stage) -> String {
        text.replacingOccurrences(of: bundle.directory, with: "BUNDLE").replacingOccurrences(of: bundle.id, with: "ID")
            .replacingOccurrences(of: stage.workshop.name, with: "RUN")
    }

    private mutating func add(report: JSON, _ bundle: Bundle, _ stage: Stage) {
        var report = report
        for name in ["probe", "ppid", "session", "clocks", "arguments"] { report[name: name] = nil }
        report["/pid"] = report["/pid"] == 1 ? 1 : "one of the host's"
        values["keyring"] = (report["/keyring"]?.int ?? -1) > 0 ? "one of its own" : "none"
        report["/keyring"] = nil
        for member in report["/namespaces"]?.members ?? [] {
            let own = ProcessFiles.namespace(getpid(), member.name)
            values["namespaces/\(member.name)"] = member.value.string == own ? "the host's" : "its own"
        }
        report["/namespaces"] = nil
        for line in MountLine.parse(report["/mounts"]?.string ?? "") {
            let propagation = line.propagation.map { String($0.prefix { $0 != ":" }) }.sorted().joined(separator: ",")
            let options = (line.options.sorted() + ["-"] + line.superOptions.sorted()).joined(separator: ",")
            values["mounts\(line.point)"] = Sight.plain(
                "\(line.type) \(options) \(propagation.isEmpty ? "private" : propagation)", bundle, stage)
        }
        for mount in Report(report).statMounts ?? [] where mount.isIDMapped {
            values["mounts\(mount.point) mapping"] = "\(mount.uidMappings ?? []) \(mount.gidMappings ?? [])"
        }
        report["/mounts"] = nil
        report["/statmount"] = nil
        for line in (report["/cgroup"]?.string ?? "").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            if parts.count == 3 { values["cgroup/\(parts[1])"] = Sight.plain(parts[2], bundle, stage) }
        }
        report["/cgroup"] = nil
        for answer in report["/answers"]?.array ?? [] {
            var answer = answer
            let step = answer["/step"]?.string ?? ""
            for name in ["step", "device", "size", "child", "result"] { answer[name: name] = nil }
            values["step \(step)"] = Sight.plain(answer.text(), bundle, stage)
        }
        report["/answers"] = nil
        flatten(report, "") { Sight.plain($0, bundle, stage) }
    }

    private mutating func flatten(_ value: JSON, _ path: String, _ text: (String) -> String) {
        if let members = value.members {
            for member in members { flatten(member.value, path.isEmpty ? member.name : path + "/" + member.name, text) }
        } else if path == "rlimits", let list = value.array {
            for (index, item) in list.enumerated() { values["rlimits/\(LimitCases.resources[index])"] = item.text() }
        } else {
            values[path] = text(value.text())
        }
    }

    private mutating func add(cgroupsOf pid: pid_t) {
        let files = [
            ("memory", "memory.limit_in_bytes"), ("memory", "memory.soft_limit_in_bytes"),
            ("memory", "memory.swappiness"),
            ("memory", "memory.max"), ("pids", "pids.max"), ("cpu", "cpu.shares"), ("cpu", "cpu.cfs_quota_us"),
            ("cpu", "cpu.cfs_period_us"), ("cpu", "cpu.max"), ("cpuset", "cpuset.cpus"), ("cpuset", "cpuset.mems"),
            ("hugetlb", "hugetlb.2MB.limit_in_bytes"), ("devices", "devices.list"),
        ]
        for (controller, file) in files { values["cgroup file \(file)"] = Cgroups.file(pid, controller, file) }
    }

    /// Which sentence decides who is right at a place; nil when the specification is silent.
    static func sentence(for place: String) -> String? {
        // Whether a hook is called is spoken of, but not in which directory and environment.
        if place.hasPrefix("hook/"), place.dropFirst("hook/".count).contains("/") { return nil }
        if place.hasPrefix("mounts/") {
            // How masks, read-only paths and default devices are mounted is left to the runtime.
            let configured = [
                "/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/data", "/bound", "/relative/place", "/tmp",
            ]
            return configured.contains(String(place.dropFirst("mounts".count))) ? "config/linux-mount-options#1" : nil
        }
        return table.first { place.hasPrefix($0.0) }?.1
    }

    /// The first prefix counts.
    ///
    /// What no line names isn't spoken of.
    private static let table: [(String, String?)] = [
        ("create", "runtime/create#4"), ("start", "runtime/start#3"), ("report", "runtime/start#3"),
        ("cwd", "config/process#5"), ("uids", "config/posix-platform-user#1"), ("gids", "config/posix-platform-user#2"),
        ("groups", "runtime/create#4"), ("capabilities", "runtime/create#4"), ("noNewPrivileges", "runtime/create#4"),
        ("rlimits", "config/posix-process#5"), ("namespaces", "config-linux/namespaces#5"),
        ("environment", "runtime/start#3"), ("umask", "runtime/create#4"), ("hostname", "runtime/create#4"),
        ("domainname", "runtime/create#4"), ("oomScoreAdj", "config/linux-process#3"),
        ("personality", "config-linux/personality#1"), ("machine", "config-linux/personality#1"),
        ("scheduler", "config/linux-process#5"), ("ioPriority", "config/linux-process#6"),
        ("memoryPolicy", "config-linux/memory-policy#1"), ("cgroup file devices.list", nil),
        ("cgroup file", "runtime/create#4"), ("cgroup/", "config-linux/cgroups-path#2"),
        ("step create=/new", "config/root#8"), ("step create=", "config/linux-mount-options#1"),
        ("step call=", "config-linux/seccomp#11"), ("step read=/proc/sys", "runtime/create#4"),
        ("step list=/hidden", "config-linux/masked-paths#1"),
        ("step read=/proc/version", "config-linux/masked-paths#1"),
        ("step writable=/proc/sys", "config-linux/readonly-paths#1"), ("step stat=/dev/fuse", "config-linux/devices#1"),
        ("step", nil), ("seccomp", "config-linux/seccomp#11"), ("delete", "runtime/delete#3"),
        ("status", "runtime/state#4"), ("hook/", "config/posix-platform-hooks#20"),
    ]
}
