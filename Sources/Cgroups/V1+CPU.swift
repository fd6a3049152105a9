internal import OCISpec

extension V1 {
    /// Source: the kernel's scheduler/sched-design-CFS, sched-bwc and sched-rt-group documentation.
    static func cpu(_ cpu: Spec.Linux.Resources.CPU) throws(CgroupError) -> [CgroupSetting] {
        let base = "/linux/resources/cpu/"
        var all: [CgroupSetting] = []
        let runtime = cpu.realtimeRuntime.flatMap { $0 == 0 ? nil : $0 }
        if let period = cpu.realtimePeriod, period != 0 {
            all.append(
                CgroupSetting(
                    "cpu", "cpu.rt_period_us", "\(period)", pointer: base + "realtimePeriod",
                    retryAfterNext: runtime != nil))
        }
        if let runtime {
            all.append(CgroupSetting("cpu", "cpu.rt_runtime_us", "\(runtime)", pointer: base + "realtimeRuntime"))
        }
        if let idle = cpu.idle {
            all.append(
                CgroupSetting("cpu", "cpu.idle", "\(idle)", pointer: base + "idle", ignoreIfMissing: idle == 0))
        }
        // Behind it: the kernel refuses a weight for a group that runs only when nothing else wants to.
        if let shares = cpu.shares, shares != 0, cpu.idle != 1 {
            // The kernel would round to its bounds without a word.
            guard shares >= 2 else {
                throw CgroupSetting.failure(.belowMinimum(2), base + "shares", value: "\(shares)")
            }
            guard shares <= 262_144 else {
                throw CgroupSetting.failure(.aboveMaximum(262_144), base + "shares", value: "\(shares)")
            }
            all.append(CgroupSetting("cpu", "cpu.shares", "\(shares)", pointer: base + "shares"))
        }
        let quota = cpu.quota.flatMap { $0 == 0 ? nil : $0 }
        if let period = cpu.period, period != 0 {
            all.append(
                CgroupSetting(
                    "cpu", "cpu.cfs_period_us", "\(period)", pointer: base + "period", retryAfterNext: quota != nil))
        }
        if let quota {
            all.append(
                CgroupSetting(
                    "cpu", "cpu.cfs_quota_us", "\(quota)", pointer: base + "quota", ignoreIfMissing: quota < 0,
                    retryAfterNext: cpu.burst != nil))
        }
        if let burst = cpu.burst {
            all.append(
                CgroupSetting("cpu", "cpu.cfs_burst_us", "\(burst)", pointer: base + "burst", ignoreIfMissing: true))
        }
        return all
    }
}
