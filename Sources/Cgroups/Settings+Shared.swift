internal import OCISpec

/// Both versions have the same files for these controllers.
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

/// Limits of huge pages; that of reservations, since Linux 5.7, goes with it: a page that is reserved is as good as used.
///
/// Source: the kernel's cgroup-v1/hugetlb and cgroup-v2 documentation, "HugeTLB".
func hugepages(_ limits: [Spec.Linux.Resources.HugepageLimit], file: String) -> [CgroupSetting] {
    limits.enumerated().flatMap { index, limit in
        ["", "rsvd."].map { kind in
            CgroupSetting(
                "hugetlb", "hugetlb.\(limit.pageSize).\(kind)\(file)", "\(limit.limit)",
                pointer: "/linux/resources/hugepageLimits/\(index)", ignoreIfMissing: !kind.isEmpty)
        }
    }
}

/// Limits of RDMA devices, in the order of their names.
///
/// Source: the kernel's cgroup-v1/rdma and cgroup-v2 documentation, "RDMA".
func rdma(_ limits: [String: Spec.Linux.Resources.Rdma]) -> [CgroupSetting] {
    limits.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.compactMap { name, limit in
        let values = [("hca_handle", limit.hcaHandles), ("hca_object", limit.hcaObjects)]
            .compactMap { key, value in value.map { " \(key)=\($0)" } }
        if values.isEmpty { return nil }
        return CgroupSetting(
            "rdma", "rdma.max", name + values.joined(), pointer: "/linux/resources/rdma/\(pointerToken(name))")
    }
}

/// A key as it stands in a JSON pointer: "~" and "/" have escapes.
func pointerToken(_ key: String) -> String {
    let bytes = key.utf8.flatMap { byte in
        switch byte {
        case UInt8(ascii: "~"): Array("~0".utf8)
        case UInt8(ascii: "/"): Array("~1".utf8)
        default: [byte]
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
