internal import OCISpec

extension V1 {
    /// Source: the kernel's cgroup-v1/memory documentation.
    static func memory(_ memory: Spec.Linux.Resources.Memory) throws(CgroupError) -> [CgroupSetting] {
        let base = "/linux/resources/memory/"
        var all: [CgroupSetting] = []
        if memory.useHierarchy == true {
            all.append(
                CgroupSetting(
                    "memory", "memory.use_hierarchy", "1", pointer: base + "useHierarchy", ignoreIfMissing: true))
        }
        // Without a word about swap, no limit of memory means none of both: the kernel keeps memory below the sum.
        let limit = memory.limit ?? 0
        let swap = memory.swap ?? (limit == -1 ? -1 : 0)
        if limit != 0 {
            all.append(
                CgroupSetting(
                    "memory", "memory.limit_in_bytes", "\(limit)", pointer: base + "limit",
                    ignoreIfMissing: limit == -1, retryAfterNext: swap != 0))
        }
        if swap != 0 {
            all.append(
                CgroupSetting(
                    "memory", "memory.memsw.limit_in_bytes", "\(swap)",
                    pointer: base + (memory.swap == nil ? "limit" : "swap"), ignoreIfMissing: swap == -1))
        }
        if let reservation = memory.reservation, reservation != 0 {
            all.append(
                CgroupSetting(
                    "memory", "memory.soft_limit_in_bytes", "\(reservation)", pointer: base + "reservation",
                    ignoreIfMissing: reservation == -1))
        }
        // Obsolete, and gone from current kernels; what they count is a part of the limit anyway.
        for (key, file, limit) in [
            ("kernel", "memory.kmem.limit_in_bytes", memory.kernel),
            ("kernelTCP", "memory.kmem.tcp.limit_in_bytes", memory.kernelTCP),
        ] {
            guard let limit, limit != 0 else { continue }
            all.append(CgroupSetting("memory", file, "\(limit)", pointer: base + key, ignoreIfMissing: true))
        }
        if memory.disableOOMKiller == true {
            all.append(CgroupSetting("memory", "memory.oom_control", "1", pointer: base + "disableOOMKiller"))
        }
        // The greatest number is a -1 that went through an unsigned type, as some callers send it.
        if let swappiness = memory.swappiness, swappiness != .max {
            guard swappiness <= 100 else {
                throw CgroupSetting.failure(.aboveMaximum(100), base + "swappiness", value: "\(swappiness)")
            }
            all.append(CgroupSetting("memory", "memory.swappiness", "\(swappiness)", pointer: base + "swappiness"))
        }
        return all
    }
}
