internal import Foundation

extension Box {
    /// Lets the runtime delete whatever it still knows, as a person would.
    public func deleteAll() {
        let known = processes().map(\.pid)
        for id in (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [] {
            _ = try? command("delete", "--force", id).run()
        }
        for pid in known { waitpid(pid, nil, WNOHANG) }
    }

    /// Removes the cgroup that was made as parent of several containers' ones, and so belongs to none of them.
    public func removeParentCgroups() throws {
        for cgroup in Cgroups.named(name) { try Command("rmdir", cgroup).run().get() }
    }

    /// The host's mount table without the mounts that other tests make meanwhile.
    public func hostMounts() throws -> [String] {
        try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8).split(separator: "\n").map(String.init)
            .filter { !$0.contains("swrun-test") || $0.contains(name) }
    }

    /// What is still there of this box outside its own directory: processes, mounts, cgroups, state directories.
    public func leftovers() -> [String] {
        // Names with a dot are no containers': compiled filters are kept there.
        var found = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).filter { !$0.hasPrefix(".") }
            .map { "state directory \($0)" }
        found += Cgroups.named(name).map { "cgroup \($0)" }
        found += mounts().map { "mount \($0)" }
        found += processes().map { "process \($0.pid): \($0.text)" }
        return found
    }

    /// Mount points below the box' directory, in the tests' mount namespace.
    public func mounts() -> [String] {
        let table = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        return table.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 4, fields[4].hasPrefix(directory) else { return nil }
            return String(fields[4])
        }
    }

    /// The numbers of all processes of the host.
    public static func allProcesses() -> Set<Int32> {
        Set(((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) })
    }

    /// Living processes whose cgroup or command line names the box; those that are known to be others aren't looked at.
    public func processes(except others: Set<Int32> = []) -> [(pid: Int32, text: String)] {
        Box.allProcesses().subtracting(others).sorted().compactMap { pid in
            guard let cgroup = try? String(contentsOfFile: "/proc/\(pid)/cgroup", encoding: .utf8),
                let data = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline")
            else { return nil }
            let arguments = String(decoding: data.map { $0 == 0 ? 32 : $0 }, as: UTF8.self)
            guard cgroup.contains(name) || arguments.contains(name) else { return nil }
            // A zombie is dead already and waits only for its parent.
            let stat = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
            let state = stat.split(separator: ")").last?.split(separator: " ").first
            return state == "Z" || state == "X" ? nil : (pid, arguments)
        }
    }

    /// Takes away all of it, by force where the runtime didn't; for the end of every test, failed or not.
    public func remove() {
        deleteAll()
        for _ in 0..<50 {
            let living = processes()
            if living.isEmpty { break }
            for process in living {
                kill(process.pid, SIGKILL)
                waitpid(process.pid, nil, WNOHANG)
            }
            usleep(20_000)
        }
        for mount in mounts().reversed() { _ = try? Command("umount", "-l", mount).run() }
        for cgroup in Cgroups.named(name) {
            _ = try? Command("sh", "-c", "find '\(cgroup)' -depth -type d -exec rmdir {} +").run()
        }
        _ = try? Command("rm", "-rf", "--one-file-system", directory).run()
    }
}
