/// The sentences that no case decides, each with the reason.
package enum Undecidable {
    /// Reasons by requirement.
    package static let reasons: [String: String] = {
        var result: [String: String] = [:]
        for line in table.split(separator: "\n") {
            guard let gap = line.firstIndex(of: " ") else { continue }
            let id = String(line[..<gap])
            let reason = String(line[line.index(after: gap)...])
            let parts = id.split(separator: "#").map(String.init)
            let range = parts[1].split(separator: "-").compactMap { Int($0) }
            for number in range[0]...(range.last ?? range[0]) { result["\(parts[0])#\(number)"] = reason }
        }
        return result
    }()

    private static let table = """
        runtime/state#3 Uniqueness over a whole host can't be seen by one runtime's user; the runtime's own scope is decided by runtime/create#2.
        config/root#1-2 Speaks of Windows.
        config/root#5 Speaks of Windows.
        config/root#9 Speaks of Windows.
        config/mounts#5-6 Speaks of Windows.
        config/mounts#7 Speaks of Solaris.
        config/mounts#8 Speaks of platforms that are neither Linux, Windows nor Solaris.
        config/mounts#9 Speaks of Windows.
        config/linux-mount-options#61 Binds only options that a runtime adds of its own; there is no list of these.
        config/posix-platform-mounts#2 Tells authors of documents to add an option.
        config/posix-platform-mounts#5 Tells authors of documents to add an option.
        config/platform-specific-configuration#1 Speaks of Windows.
        config/annotations#2 JSON has no keys but strings.
        config/annotations#4 Tells authors of documents how to name their keys.
        config/annotations#5-13 Tells authors of documents which values the image specification allows; a runtime carries them unread.
        config/annotations#14 Speaks to authors of later specifications.
        config-linux/devices#6 Tells authors of documents not to list a device twice; what a runtime does with it is left open.
        config-linux/network#1-2 Needs the net_prio controller of cgroup v1, which current distributions don't mount.
        config-linux/rdma#1 Needs an RDMA adapter and its cgroup controller.
        config-linux/intelrdt#1 Needs a processor with resource director technology.
        config-linux/intelrdt#3 Needs a processor with resource director technology.
        config-linux/intelrdt#4 Needs a processor with resource director technology.
        config-linux/intelrdt#8-22 Needs a processor with resource director technology.
        config-linux/cgroup-ownership#7 Needs a kernel before 4.15, which has no list of delegatable files.
        config-linux/memory#1 Concerns the update of a running container, which is no operation of the specification.
        features/features-structure#1 Where a value was determined can't be seen from outside.
        features/features-structure#2 Tells readers of the document how to read it.
        """
}
