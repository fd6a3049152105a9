internal import OCISpec

extension V2 {
    /// A swappiness has no counterpart: it's a wish about how, no limit, and left out, as by other runtimes.
    ///
    /// Source: the kernel's cgroup-v2 documentation, "Memory".
    static func memory(_ memory: Spec.Linux.Resources.Memory) throws(CgroupError) -> [CgroupSetting] {
        let base = "/linux/resources/memory/"
        if memory.disableOOMKiller == true {
            throw CgroupSetting.failure(.notInThisVersion, base + "disableOOMKiller", value: "true")
        }
        var all: [CgroupSetting] = []
        if let swap = try swapMax(memory) {
            // Without swap accounting there is no swap in the sum: no limit and none at all are kept anyway.
            all.append(
                CgroupSetting(
                    "memory", "memory.swap.max", swap, pointer: base + (memory.swap == nil ? "limit" : "swap"),
                    ignoreIfMissing: swap == "max" || swap == "0"))
        }
        if let limit = memory.limit, limit != 0 {
            all.append(
                CgroupSetting(
                    "memory", "memory.max", text(limit), pointer: base + "limit", ignoreIfMissing: limit == -1,
                    refuseBelowUsage: memory.checkBeforeUpdate == true && limit > 0))
        }
        if let reservation = memory.reservation, reservation != 0 {
            all.append(
                CgroupSetting(
                    "memory", "memory.low", text(reservation), pointer: base + "reservation",
                    ignoreIfMissing: reservation == -1))
        }
        return all
    }

    private static func text(_ limit: Int64) -> String { limit == -1 ? "max" : "\(limit)" }

    /// The limit of swap alone, from the configuration's limit of memory and swap together.
    private static func swapMax(_ memory: Spec.Linux.Resources.Memory) throws(CgroupError) -> String? {
        let limit = memory.limit ?? 0
        switch memory.swap ?? 0 {
        case -1: return "max"
        case 0: return limit == -1 ? "max" : nil
        case let swap:
            let pointer = "/linux/resources/memory/swap"
            guard limit != 0, limit != -1 else {
                throw CgroupSetting.failure(.swapWithoutLimit, pointer, value: "\(swap)")
            }
            let (difference, overflow) = swap.subtractingReportingOverflow(limit)
            guard !overflow, limit > 0, difference >= 0 else {
                throw CgroupSetting.failure(.swapBelowLimit, pointer, value: "\(swap)")
            }
            return "\(difference)"
        }
    }
}
