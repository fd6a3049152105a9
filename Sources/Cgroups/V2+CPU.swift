internal import Glibc
internal import OCISpec

extension V2 {
    /// Source: the kernel's cgroup-v2 documentation, "CPU".
    static func cpu(_ cpu: Spec.Linux.Resources.CPU) throws(CgroupError) -> [CgroupSetting] {
        let base = "/linux/resources/cpu/"
        if let runtime = cpu.realtimeRuntime, runtime != 0 {
            throw CgroupSetting.failure(.notInThisVersion, base + "realtimeRuntime", value: "\(runtime)")
        }
        if let period = cpu.realtimePeriod, period != 0 {
            throw CgroupSetting.failure(.notInThisVersion, base + "realtimePeriod", value: "\(period)")
        }
        var all: [CgroupSetting] = []
        if let idle = cpu.idle {
            all.append(CgroupSetting("cpu", "cpu.idle", "\(idle)", pointer: base + "idle", ignoreIfMissing: idle == 0))
        }
        // The kernel refuses a weight for a group that runs only when nothing else wants to.
        if let shares = cpu.shares, shares != 0, cpu.idle != 1 {
            all.append(CgroupSetting("cpu", "cpu.weight", "\(weight(fromShares: shares))", pointer: base + "shares"))
        }
        let quota = cpu.quota ?? 0
        let period = cpu.period ?? 0
        if quota != 0 || period != 0 {
            let limit = quota > 0 ? "\(quota)" : "max"
            all.append(
                CgroupSetting(
                    "cpu", "cpu.max", "\(limit) \(period == 0 ? 100_000 : period)",
                    pointer: base + (quota == 0 ? "period" : "quota"), ignoreIfMissing: quota <= 0,
                    retryAfterNext: cpu.burst != nil))
        }
        if let burst = cpu.burst {
            all.append(
                CgroupSetting("cpu", "cpu.max.burst", "\(burst)", pointer: base + "burst", ignoreIfMissing: true))
        }
        return all
    }

    /// Maps shares, 2 to 262144, to a weight, 1 to 10000, so that the default of one (1024) is that of the other (100).
    ///
    /// The exponent is a parabola through these three points; runc since 1.3.2 and crun since 1.23 do the same.
    package static func weight(fromShares shares: UInt64) -> UInt64 {
        if shares <= 2 { return 1 }
        if shares >= 262_144 { return 10_000 }
        let l = log2(Double(shares))
        let exponent = (l * l + 125 * l) / 612 - 7.0 / 34
        return UInt64(exactly: ceil(pow(10, exponent))) ?? 100
    }
}
