internal import OCISpec

extension V1 {
    /// Marks for the packets of the container's processes; version 2 has other means for both.
    ///
    /// Source: the kernel's cgroup-v1/net_cls and net_prio documentation.
    static func network(_ network: Spec.Linux.Resources.Network) -> [CgroupSetting] {
        let base = "/linux/resources/network/"
        var all: [CgroupSetting] = []
        if let classID = network.classID, classID != 0 {
            all.append(CgroupSetting("net_cls", "net_cls.classid", "\(classID)", pointer: base + "classID"))
        }
        for (index, entry) in (network.priorities ?? []).enumerated() {
            all.append(
                CgroupSetting(
                    "net_prio", "net_prio.ifpriomap", "\(entry.name) \(entry.priority)",
                    pointer: base + "priorities/\(index)"))
        }
        return all
    }
}
