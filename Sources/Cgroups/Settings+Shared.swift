internal import OCISpec

/// Both versions have the same files for these two controllers.
///
/// A limit of 0 tasks is one: what is there stays, and nothing can be added. Source: config-linux.md "PIDs".
func pids(_ pids: Spec.Linux.Resources.Pids) -> [CgroupSetting] {
    guard let limit = pids.limit else { return [] }
    let text = limit < 0 ? "max" : "\(limit)"
    return [
        CgroupSetting(
            "pids", "pids.max", text, pointer: "/linux/resources/pids/limit", ignoreIfMissing: limit < 0)
    ]
}

func cpuset(_ cpu: Spec.Linux.Resources.CPU) -> [CgroupSetting] {
    var all: [CgroupSetting] = []
    if let cpus = cpu.cpus, !cpus.isEmpty {
        all.append(CgroupSetting("cpuset", "cpuset.cpus", cpus, pointer: "/linux/resources/cpu/cpus"))
    }
    if let mems = cpu.mems, !mems.isEmpty {
        all.append(CgroupSetting("cpuset", "cpuset.mems", mems, pointer: "/linux/resources/cpu/mems"))
    }
    return all
}
