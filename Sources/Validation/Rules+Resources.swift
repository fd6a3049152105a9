internal import OCISpec

extension Rules {
    /// Rules on cgroups: where the container's is, and what is limited.
    static let resources: [Rule] = [
        Rule("cgroups-path", "config-linux.md \"Cgroups Path\"", "The path names a cgroup of the container's own.") {
            subject, report in
            judgeCgroupsPath(subject.linux?.cgroupsPath ?? "", &report)
        },
        Rule("cgroup-controller", "config-linux.md \"Control groups\"", "What is limited has a controller here.") {
            subject, report in
            judgeControllers(subject, &report)
        },
        Rule("device-rule", "config-linux.md \"Allowed Device list\"", "Type, numbers and access are valid.") {
            subject, report in
            for (index, rule) in (subject.resources?.devices ?? []).prefix(MostEntries.list).enumerated() {
                judgeDeviceRule(rule, index, &report)
            }
        },
        Rule(
            "device-rule-order", "config-linux.md \"Allowed Device list\"",
            "On cgroup v1 no rule takes back a part of what an earlier one allows."
        ) { subject, report in
            guard subject.host.cgroupMode != .v2 else { return }
            judgeDeviceRuleOrder(subject.resources?.devices ?? [], &report)
        },
        Rule("memory-limit", "config-linux.md \"Memory\"", "Limits are -1 or more and fit each other.") {
            subject, report in
            guard let memory = subject.resources?.memory else { return }
            judgeMemory(memory, &report)
        },
        Rule("memory-v1-only", "config-linux.md \"Unified\"", "What only cgroup v1 can do isn't asked of v2.") {
            subject, report in
            guard let memory = subject.resources?.memory, subject.host.cgroupMode == .v2 else { return }
            let pointer = "/linux/resources/memory"
            if let swappiness = memory.swappiness, swappiness != .max {
                report.error(
                    "\(pointer)/swappiness", "cgroup v2 has no swappiness of a group", "remove it")
            }
            if memory.disableOOMKiller == true {
                report.error(
                    "\(pointer)/disableOOMKiller", "cgroup v2 can't switch the OOM killer off", "remove it")
            }
        },
        Rule("memory-kernel", "config-linux.md \"Memory\"", "Limits that current kernels lack aren't used.") {
            subject, report in
            guard let memory = subject.resources?.memory else { return }
            for (key, limit) in [("kernel", memory.kernel), ("kernelTCP", memory.kernelTCP)] {
                guard let limit, limit != -1, limit != 0 else { continue }
                report.warning(
                    "/linux/resources/memory/\(key)",
                    "this limit is obsolete, and is left out where the kernel hasn't got it any more",
                    "use limit, which counts kernel memory, too")
            }
        },
        Rule("memory-swap", "cgroups(7)", "Swap is limited only where the kernel counts it.") { subject, report in
            guard let swap = subject.resources?.memory?.swap, swap > 0,
                subject.host.hasSwapAccounting == false
            else { return }
            report.error(
                "/linux/resources/memory/swap", "this kernel doesn't count the swap of a cgroup",
                "remove it, or start the kernel with swapaccount=1")
        },
        Rule("cpu-limit", "config-linux.md \"CPU\"", "Times are in the kernel's range and fit each other.") {
            subject, report in
            guard let cpu = subject.resources?.cpu else { return }
            judgeCPU(cpu, subject.host, &report)
        },
        Rule("cpu-realtime", "config-linux.md \"CPU\"", "Realtime limits are valid, and the cgroups are v1.") {
            subject, report in
            guard let cpu = subject.resources?.cpu else { return }
            judgeRealtime(cpu, subject.host, &report)
        },
        Rule("cpu-set", "config-linux.md \"CPU\", cpuset(7)", "Lists read like 0-3,7.") { subject, report in
            guard let cpu = subject.resources?.cpu else { return }
            judgeNumberList(cpu.cpus, "/linux/resources/cpu/cpus", of: "CPUs", &report)
            judgeNumberList(cpu.mems, "/linux/resources/cpu/mems", of: "memory nodes", &report)
        },
        Rule("pids-limit", "config-linux.md \"PIDs\"", "The limit is -1 or more.") { subject, report in
            guard let limit = subject.resources?.pids?.limit, limit < -1 else { return }
            report.error(
                "/linux/resources/pids/limit", "\(limit) is no number of processes",
                "use 0 or more, or -1 for no limit")
        },
    ]

    private static func judgeCgroupsPath(_ path: String, _ report: inout Report) {
        guard !path.isEmpty else { return }
        let pointer = "/linux/cgroupsPath"
        if path.climbs {
            report.error(pointer, "\(quoted(path)) contains \"..\"", "write the path without it")
        } else if path.normalizedPath.isExactly("/") {
            report.error(
                pointer, "\(quoted(path)) is the whole hierarchy", "name a cgroup below it, such as /swrun/NAME")
        } else if path.hasControlBytes {
            report.error(pointer, "\(quoted(path)) contains control characters", "remove them")
        } else if let problem = path.pathLengthProblem {
            report.error(pointer, problem, "use a shorter path")
        }
    }

    private static func judgeDeviceRule(
        _ rule: Spec.Linux.Resources.DeviceRule, _ index: Int, _ report: inout Report
    ) {
        var pointer: String { "/linux/resources/devices/\(index)" }
        let type = rule.type ?? .all
        if !type.isKnown { report.unknownWord(type, "\(pointer)/type", "type of device") }
        func judgeNumber(_ number: Int64?, _ key: String) {
            guard let number, number != -1 else { return }
            if !(0...Int64(UInt32.max) ~= number) {
                report.error("\(pointer)/\(key)", "\(number) is out of range", "use 0 to 4294967295, or -1 for any")
            } else if type == .all {
                // The kernel would ignore the number and permit, or forbid, everything.
                report.error(
                    "\(pointer)/\(key)", "a number needs a type: \"a\" means all devices",
                    "add \"type\": \"c\" or \"b\"")
            }
        }
        judgeNumber(rule.major, "major")
        judgeNumber(rule.minor, "minor")
        if let access = rule.access,
            access.isEmpty || !access.utf8.allSatisfy({ "rwm".utf8.contains($0) })
        {
            report.error(
                "\(pointer)/access", "\(quoted(access)) is no access", "combine r (read), w (write) and m (mknod)")
        }
    }

    private static func judgeMemory(_ memory: Spec.Linux.Resources.Memory, _ report: inout Report) {
        let pointer = "/linux/resources/memory"
        let limits = [
            ("limit", memory.limit), ("reservation", memory.reservation), ("swap", memory.swap),
            ("kernel", memory.kernel), ("kernelTCP", memory.kernelTCP),
        ]
        for (key, limit) in limits {
            guard let limit, limit < -1 else { continue }
            report.error("\(pointer)/\(key)", "\(limit) is no number of bytes", "use bytes, or -1 for no limit")
        }
        if let swap = memory.swap, swap > 0 {
            let limit = memory.limit ?? 0
            if limit <= 0 {
                report.error(
                    "\(pointer)/swap", "a limit of memory and swap together needs a limit of memory",
                    "add limit, at most \(swap)")
            } else if swap < limit {
                report.error(
                    "\(pointer)/swap", "\(swap) is below limit, \(limit), which it includes",
                    "use at least \(limit): it is memory and swap together")
            }
        }
        // The greatest number is a -1 that went through an unsigned type, as some callers send it.
        if let swappiness = memory.swappiness, swappiness > 100, swappiness != .max {
            report.error("\(pointer)/swappiness", "\(swappiness) is out of range", "use a number from 0 to 100")
        }
    }

    private static func judgeCPU(_ cpu: Spec.Linux.Resources.CPU, _ host: HostFacts, _ report: inout Report) {
        let pointer = "/linux/resources/cpu"
        if let shares = cpu.shares, shares != 0, !(2...262_144 ~= shares) {
            let bound = shares < 2 ? "2" : "262144"
            if host.cgroupMode == .v2 {
                report.warning("\(pointer)/shares", "\(shares) counts as \(bound)", "use 2 to 262144")
            } else {
                report.error("\(pointer)/shares", "\(shares) is out of the kernel's range", "use 2 to 262144")
            }
        }
        // Managers write 0 for "not set".
        if let period = cpu.period, period != 0, !(1000...1_000_000 ~= period) {
            report.error(
                "\(pointer)/period", "\(period) is out of the kernel's range", "use 1000 to 1000000 microseconds")
        }
        if let quota = cpu.quota {
            if quota < -1 {
                report.error("\(pointer)/quota", "\(quota) is no time", "use microseconds, or -1 for no limit")
            } else if 1..<1000 ~= quota {
                report.error("\(pointer)/quota", "\(quota) is below the kernel's least, 1000", "use at least 1000")
            }
            if let burst = cpu.burst, quota > 0, burst > UInt64(quota) {
                report.error("\(pointer)/burst", "\(burst) is more than quota, \(quota)", "use at most \(quota)")
            }
        }
        if let idle = cpu.idle, !(0...1 ~= idle) {
            report.error("\(pointer)/idle", "\(idle) is neither 0 nor 1", "use 1 for idle scheduling, or 0")
        } else if cpu.idle == 1, !host.kernelIsAtLeast(5, 15) {
            report.error("\(pointer)/idle", "idle scheduling of a cgroup came with Linux 5.15", "remove it")
        }
        if let burst = cpu.burst, burst > 0, !host.kernelIsAtLeast(5, 14) {
            report.warning("\(pointer)/burst", "bursts came with Linux 5.14; this is ignored", "remove it")
        }
    }

    private static func judgeRealtime(
        _ cpu: Spec.Linux.Resources.CPU, _ host: HostFacts, _ report: inout Report
    ) {
        let pointer = "/linux/resources/cpu"
        if host.cgroupMode == .v2 {
            for (key, isGiven) in [
                ("realtimeRuntime", cpu.realtimeRuntime ?? 0 != 0), ("realtimePeriod", cpu.realtimePeriod ?? 0 != 0),
            ] where isGiven {
                report.error("\(pointer)/\(key)", "cgroup v2 has no limits for realtime tasks", "remove it")
            }
        }
        if let runtime = cpu.realtimeRuntime {
            if runtime < -1 {
                report.error("\(pointer)/realtimeRuntime", "\(runtime) is no time", "use microseconds")
            } else if let period = cpu.realtimePeriod, period > 0, runtime > 0, UInt64(runtime) > period {
                report.error(
                    "\(pointer)/realtimeRuntime", "\(runtime) is more than realtimePeriod, \(period)",
                    "use at most \(period)")
            }
        }
    }
}
