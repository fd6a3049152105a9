internal import OCISpec

extension Rules {
    /// Rules on when, where and from which memory the process runs.
    static let scheduling: [Rule] = [
        Rule("exec-cpu-affinity", "config.md \"Linux Process\"", "CPU lists read like 0-3,7, and the CPUs exist.") {
            subject, report in
            guard let affinity = subject.spec.process?.execCPUAffinity else { return }
            for (key, list) in [("initial", affinity.initial), ("final", affinity.final)] {
                judgeNumberList(
                    list, "/process/execCPUAffinity/\(key)", of: "CPUs", among: subject.host.cpus,
                    onlyLater: true, &report)
            }
        },
        Rule("scheduler", "config.md \"Linux Process\", sched_setattr(2)", "Policy, flags and numbers are valid.") {
            subject, report in
            guard let scheduler = subject.spec.process?.scheduler else { return }
            judgeScheduler(scheduler, subject.host, &report)
            judgeDeadline(scheduler, &report)
            judgeSchedulerGrant(scheduler, subject.host, &report)
        },
        Rule("io-priority", "config.md \"Linux Process\", ioprio_set(2)", "The class is known, the level 0 to 7.") {
            subject, report in
            guard let priority = subject.spec.process?.ioPriority else { return }
            judgeIOPriority(priority, subject.host, &report)
        },
        Rule(
            "memory-policy", "config-linux.md \"Memory policy\", set_mempolicy(2)",
            "Mode, flags and nodes are valid and fit each other, and this kernel has them."
        ) { subject, report in
            guard let policy = subject.linux?.memoryPolicy else { return }
            judgeMemoryPolicy(policy, subject.host, &report)
            judgeMemoryFlags(policy, subject.host, &report)
        },
    ]

    private static func judgeScheduler(_ scheduler: Spec.Scheduler, _ host: HostFacts, _ report: inout Report) {
        let pointer = "/process/scheduler"
        if !scheduler.policy.isKnown {
            report.unknownWord(scheduler.policy, "\(pointer)/policy", "scheduling policy")
        } else if scheduler.policy == .isochronous {
            report.error(
                "\(pointer)/policy", "Linux reserves SCHED_ISO and implements it in no version",
                "use SCHED_RR, or SCHED_OTHER with a nice value")
        }
        for (index, flag) in (scheduler.flags ?? []).enumerated() {
            if !flag.isKnown {
                report.unknownWord(flag, "\(pointer)/flags/\(index)", "scheduling flag")
            } else if let (major, minor) = flag.since, !host.kernelIsAtLeast(major, minor) {
                report.error(
                    "\(pointer)/flags/\(index)", "\(flag.rawValue) needs Linux \(major).\(minor)",
                    "remove it, or use a newer kernel")
            }
        }
        if let nice = scheduler.nice, !(-20...19 ~= nice) {
            report.error("\(pointer)/nice", "\(nice) is out of range", "use a number from -20 to 19")
        }
        let isRealtime = scheduler.policy == .fifo || scheduler.policy == .roundRobin
        let priority = scheduler.priority ?? 0
        if isRealtime && !(1...99 ~= priority) {
            report.error(
                "\(pointer)/priority", "\(priority) is no priority of a realtime policy", "use a number from 1 to 99")
        } else if !isRealtime && scheduler.policy.isKnown && priority != 0 {
            report.error(
                "\(pointer)/priority", "\(scheduler.policy.rawValue) has no priority", "use 0, or leave it out")
        }
    }

    private static func judgeDeadline(_ scheduler: Spec.Scheduler, _ report: inout Report) {
        guard scheduler.policy == .deadline else { return }
        let (runtime, deadline, period) = (scheduler.runtime ?? 0, scheduler.deadline ?? 0, scheduler.period ?? 0)
        if runtime == 0 || runtime > deadline || (period != 0 && deadline > period) {
            report.error(
                "/process/scheduler", "the times don't fit each other",
                "choose runtime ≤ deadline ≤ period, none of them 0")
        } else if runtime < 1024 {
            report.error(
                "/process/scheduler/runtime", "the kernel grants no less than 1024 ns", "use at least 1024")
        }
        for (key, value) in [("deadline", deadline), ("period", period)] where value > UInt64(Int64.max) {
            report.error("/process/scheduler/\(key)", "\(value) is out of range", "use less than 2^63")
        }
    }

    /// What the kernel refuses to somebody without CAP_SYS_NICE, unless a resource limit lets it pass.
    private static func judgeSchedulerGrant(_ scheduler: Spec.Scheduler, _ host: HostFacts, _ report: inout Report) {
        if host.hasOverHost("CAP_SYS_NICE") { return }
        let remedy = "run it as root, or leave it out"
        switch scheduler.policy {
        case .deadline:
            report.warning("/process/scheduler/policy", "SCHED_DEADLINE needs CAP_SYS_NICE", remedy)
        case .fifo, .roundRobin:
            report.warning(
                "/process/scheduler/policy",
                "\(scheduler.policy.rawValue) needs CAP_SYS_NICE, or RLIMIT_RTPRIO of the runtime", remedy)
        case .other, .batch, .idle, .isochronous, .unknown:
            guard let nice = scheduler.nice, nice < 0 else { return }
            report.warning(
                "/process/scheduler/nice", "a nice value below 0 needs CAP_SYS_NICE, or RLIMIT_NICE of the runtime",
                remedy)
        }
    }

    private static func judgeIOPriority(_ priority: Spec.IOPriority, _ host: HostFacts, _ report: inout Report) {
        if !priority.class.isKnown {
            report.unknownWord(priority.class, "/process/ioPriority/class", "I/O scheduling class")
        } else if priority.class == .realtime, !host.hasOverHost("CAP_SYS_NICE"), !host.hasOverHost("CAP_SYS_ADMIN") {
            report.error(
                "/process/ioPriority/class", "IOPRIO_CLASS_RT needs CAP_SYS_NICE or CAP_SYS_ADMIN",
                "run it as root, or use IOPRIO_CLASS_BE")
        }
        if !(0...7 ~= priority.priority) {
            report.error(
                "/process/ioPriority/priority", "\(priority.priority) is out of range",
                "use a number from 0 (highest) to 7")
        }
    }

    private static func judgeMemoryPolicy(
        _ policy: Spec.Linux.MemoryPolicy, _ host: HostFacts, _ report: inout Report
    ) {
        let pointer = "/linux/memoryPolicy"
        if !host.hasMemoryPolicies {
            return report.error(pointer, "this kernel was built without NUMA memory policies", "remove it")
        }
        if !policy.mode.isKnown {
            report.unknownWord(policy.mode, "\(pointer)/mode", "memory policy")
        } else if let (major, minor) = policy.mode.since, !host.kernelIsAtLeast(major, minor) {
            report.error(
                "\(pointer)/mode", "\(policy.mode.rawValue) needs Linux \(major).\(minor)",
                "use MPOL_INTERLEAVE or MPOL_PREFERRED, or a newer kernel")
        }
        // Relative nodes are counted anew within those that are there.
        let isRelative = policy.flags?.contains(.relativeNodes) == true
        judgeNumberList(
            policy.nodes, "\(pointer)/nodes", of: "memory nodes", among: isRelative ? nil : host.memoryNodes, &report)
        let nodes = NumberList.ranges(policy.nodes ?? "") ?? []
        if let high = nodes.map(\.upperBound).max(), high > 1023 {
            report.error("\(pointer)/nodes", "no kernel has a memory node \(high)", "use numbers below 1024")
        }
        let hasNodes = !(policy.nodes ?? "").isEmpty
        switch policy.mode {
        case .systemDefault, .local:
            guard hasNodes else { return }
            report.error("\(pointer)/nodes", "\(policy.mode.rawValue) has no nodes", "remove them")
        case .bind, .interleave, .weightedInterleave, .preferredMany:
            guard !hasNodes else { return }
            report.error("\(pointer)/nodes", "\(policy.mode.rawValue) needs nodes", "add \"nodes\", such as \"0-1\"")
        case .preferred, .unknown: break
        }
    }

    private static func judgeMemoryFlags(
        _ policy: Spec.Linux.MemoryPolicy, _ host: HostFacts, _ report: inout Report
    ) {
        let flags = policy.flags ?? []
        for (index, flag) in flags.enumerated() {
            var pointer: String { "/linux/memoryPolicy/flags/\(index)" }
            switch flag {
            case .unknown: report.unknownWord(flag, pointer, "memory policy flag")
            case .numaBalancing where policy.mode != .bind && policy.mode != .preferredMany:
                report.error(
                    pointer, "\(flag.rawValue) fits MPOL_BIND and MPOL_PREFERRED_MANY only",
                    "remove it, or choose another mode")
            case .numaBalancing where !host.kernelIsAtLeast(5, 12):
                report.error(pointer, "\(flag.rawValue) needs Linux 5.12", "remove it, or use a newer kernel")
            case .staticNodes where flags.contains(.relativeNodes):
                report.error(pointer, "nodes can't be static and relative at once", "remove one of the two flags")
            case .staticNodes, .relativeNodes:
                let isWithoutNodes = (policy.nodes ?? "").isEmpty && policy.mode != .systemDefault
                guard isWithoutNodes else { continue }
                report.error(pointer, "without nodes they can't be static or relative", "remove it, or add \"nodes\"")
            case .numaBalancing: break
            }
        }
    }
}

extension Spec.Scheduler.Flag {
    /// The first kernel that knows it; nil for those which all have that have sched_setattr(2) at all.
    fileprivate var since: (Int, Int)? {
        switch self {
        case .reclaim: (4, 13)
        case .deadlineOverrun: (4, 16)
        case .keepPolicy, .keepParameters, .utilizationMinimum, .utilizationMaximum: (5, 3)
        case .resetOnFork, .unknown: nil
        }
    }
}

extension Spec.Linux.MemoryPolicy.Mode {
    /// The first kernel that knows it; nil for the old ones.
    fileprivate var since: (Int, Int)? {
        switch self {
        case .preferredMany: (5, 15)
        case .weightedInterleave: (6, 9)
        default: nil
        }
    }
}
