internal import LinuxKernel

extension CgroupLayout {
    /// Reads what the kernel counts for the container.
    ///
    /// - Throws: `verify` errors for a layout that can't be a container's, and `read` errors with ENOENT where the cgroup
    ///   is gone.
    public func statistics() throws(CgroupError) -> CgroupStatistics {
        try verify()
        var all = CgroupStatistics()
        if mode == .v2 {
            guard let unified else { return all }
            let directory = try CgroupDirectory(unified, for: .read)
            directory.readVersion2(into: &all)
            directory.readPressure(into: &all)
            return all
        }
        var seen: [String] = []
        for place in places where !place.controllers.isEmpty {
            // A hierarchy may have several controllers.
            let directory = try CgroupDirectory(place, for: .read)
            for controller in place.controllers where !seen.contains(controller) {
                seen.append(controller)
                directory.readVersion1(controller, into: &all)
            }
        }
        // A hybrid's version 2 tree has no controllers, and tells the pressure all the same.
        if let unified, let directory = try? CgroupDirectory(unified, for: .read) {
            directory.readPressure(into: &all)
        }
        return all
    }
}

extension CgroupStatistics {
    /// Reads a directory of version 2, wherever it is.
    package static func readingVersion2(at path: String) throws(CgroupError) -> CgroupStatistics {
        let open = try during(.read, path, try FileDescriptor.open(path, [.readOnly, .directory]))
        let directory = CgroupDirectory(opened: open, path, .read)
        var all = CgroupStatistics()
        directory.readVersion2(into: &all)
        directory.readPressure(into: &all)
        return all
    }
}

extension CgroupDirectory {
    /// A file's text, if it is there and can be read: a counter that can't be read isn't counted.
    fileprivate func text(_ file: String) -> [UInt8]? { (try? contents(file)) ?? nil }

    fileprivate func count(_ file: String) -> UInt64? { text(file).flatMap(amount) }

    fileprivate func readPressure(into all: inout CgroupStatistics) {
        all.cpu.psi = text("cpu.pressure").flatMap(pressure)
        all.memory.psi = text("memory.pressure").flatMap(pressure)
        all.blkio.psi = text("io.pressure").flatMap(pressure)
    }

    fileprivate func readVersion1(_ controller: String, into all: inout CgroupStatistics) {
        switch controller {
        case "cpuacct": all.cpu.usage = cpuUsage()
        case "cpu":
            let counts = counters(text("cpu.stat") ?? [])
            all.cpu.throttling = .init(
                periods: counts["nr_periods"], throttledPeriods: counts["nr_throttled"],
                throttledTime: counts["throttled_time"])
        case "cpuset": all.cpuset = cpuSet()
        case "memory":
            all.memory.raw = text("memory.stat").map(counters)
            all.memory.cache = all.memory.raw?["cache"]
            all.memory.usage = memory("memory.")
            all.memory.swap = memory("memory.memsw.")
            all.memory.kernel = memory("memory.kmem.")
            all.memory.kernelTCP = memory("memory.kmem.tcp.")
        case "pids": all.pids = tasks()
        case "blkio": all.blkio = blockIO()
        case "hugetlb":
            for size in hugepageSizes(before: ".usage_in_bytes") {
                all.hugetlb[size] = .init(
                    usage: count("hugetlb.\(size).usage_in_bytes"), max: count("hugetlb.\(size).max_usage_in_bytes"),
                    failcnt: count("hugetlb.\(size).failcnt") ?? 0)
            }
        default: break
        }
    }

    private func cpuUsage() -> CgroupStatistics.CPU.Usage {
        var usage = CgroupStatistics.CPU.Usage()
        usage.total = count("cpuacct.usage")
        usage.kernel = count("cpuacct.usage_sys") ?? 0
        usage.user = count("cpuacct.usage_user") ?? 0
        func perCPU(_ file: String) -> [UInt64]? {
            text(file).map { $0.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }.compactMap(number) }
        }
        usage.percpu = perCPU("cpuacct.usage_percpu")
        usage.percpuKernel = perCPU("cpuacct.usage_percpu_sys")
        usage.percpuUser = perCPU("cpuacct.usage_percpu_user")
        return usage
    }

    private func cpuSet() -> CgroupStatistics.Set {
        var set = CgroupStatistics.Set()
        set.cpus = text("cpuset.cpus").map(members)
        set.mems = text("cpuset.mems").map(members)
        set.cpuExclusive = count("cpuset.cpu_exclusive") ?? 0
        set.memHardwall = count("cpuset.mem_hardwall") ?? 0
        set.memExclusive = count("cpuset.mem_exclusive") ?? 0
        set.memoryMigrate = count("cpuset.memory_migrate") ?? 0
        set.memorySpreadPage = count("cpuset.memory_spread_page") ?? 0
        set.memorySpreadSlab = count("cpuset.memory_spread_slab") ?? 0
        set.memoryPressure = count("cpuset.memory_pressure") ?? 0
        set.schedLoadBalance = count("cpuset.sched_load_balance") ?? 0
        let level = words(text("cpuset.sched_relax_domain_level") ?? []).first ?? ""
        set.schedRelaxDomainLevel = Int64(level) ?? 0  // -1 is the system's own
        return set
    }

    private func memory(_ prefix: String) -> CgroupStatistics.Memory.Amount {
        .init(
            limit: count(prefix + "limit_in_bytes") ?? 0, usage: count(prefix + "usage_in_bytes"),
            max: count(prefix + "max_usage_in_bytes"), failcnt: count(prefix + "failcnt") ?? 0)
    }

    private func tasks() -> CgroupStatistics.Pids {
        let limit = count("pids.max")
        return .init(current: count("pids.current"), limit: limit == .max ? nil : limit)
    }

    /// Whoever schedules counts: BFQ, CFQ, or else the limiter of rates, which knows all that passes by.
    private func blockIO() -> CgroupStatistics.BlockIO {
        func all(_ name: String) -> [CgroupStatistics.BlockIO.Entry]? {
            for prefix in ["blkio.bfq.", "blkio.", "blkio.throttle."] {
                if let found = text(prefix + name).map(entries), !found.isEmpty { return found }
            }
            return nil
        }
        var statistics = CgroupStatistics.BlockIO()
        statistics.ioServiceBytesRecursive = all("io_service_bytes_recursive")
        statistics.ioServicedRecursive = all("io_serviced_recursive")
        statistics.ioQueueRecursive = all("io_queued_recursive")
        statistics.ioServiceTimeRecursive = all("io_service_time_recursive")
        statistics.ioWaitTimeRecursive = all("io_wait_time_recursive")
        statistics.ioMergedRecursive = all("io_merged_recursive")
        statistics.ioTimeRecursive = all("time_recursive")
        statistics.sectorsRecursive = all("sectors_recursive")
        return statistics
    }

    /// The sizes of which files such as `hugetlb.2MB.usage_in_bytes` tell.
    private func hugepageSizes(before suffix: String) -> [String] {
        var sizes: [String] = []
        guard let listing = try? open(".", [.readOnly, .directory]) else { return [] }
        try? listing.forEachEntry { name, _ in
            guard let name, name.utf8.starts(with: "hugetlb.".utf8),
                name.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
            else { return }
            let size = name.utf8.dropFirst("hugetlb.".utf8.count).dropLast(suffix.utf8.count)
            if !size.contains(UInt8(ascii: ".")) { sizes.append(String(Substring(size))) }
        }
        return sizes.sorted()
    }

    fileprivate func readVersion2(into all: inout CgroupStatistics) {
        let cpu = counters(text("cpu.stat") ?? [])
        func nanoseconds(_ name: String) -> UInt64? {
            cpu[name].map { $0.multipliedReportingOverflow(by: 1000).partialValue }
        }
        all.cpu.usage.total = nanoseconds("usage_usec")
        all.cpu.usage.kernel = nanoseconds("system_usec") ?? 0
        all.cpu.usage.user = nanoseconds("user_usec") ?? 0
        all.cpu.throttling = .init(
            periods: cpu["nr_periods"], throttledPeriods: cpu["nr_throttled"],
            throttledTime: nanoseconds("throttled_usec"))
        all.cpuset.cpus = text("cpuset.cpus.effective").map(members)
        all.cpuset.mems = text("cpuset.mems.effective").map(members)
        all.pids = tasks()
        readMemory2(into: &all.memory)
        if let text = text("io.stat") {
            let (bytes, operations) = ioStatistics(text)
            all.blkio.ioServiceBytesRecursive = bytes
            all.blkio.ioServicedRecursive = operations
        }
        for size in hugepageSizes(before: ".current") {
            all.hugetlb[size] = .init(
                usage: count("hugetlb.\(size).rsvd.current") ?? count("hugetlb.\(size).current"), max: nil,
                failcnt: counters(text("hugetlb.\(size).events") ?? [])["max"] ?? 0)
        }
    }

    /// Version 2 counts swap by itself; those who read expect the sum with memory.
    private func readMemory2(into memory: inout CgroupStatistics.Memory) {
        memory.raw = text("memory.stat").map(counters)
        memory.cache = memory.raw?["file"]
        func sum(_ a: UInt64?, _ b: UInt64?) -> UInt64? {
            guard let a, let b else { return nil }
            let (sum, overflow) = a.addingReportingOverflow(b)
            return overflow ? .max : sum
        }
        memory.usage = .init(
            limit: count("memory.max") ?? 0, usage: count("memory.current"), max: count("memory.peak"),
            failcnt: counters(text("memory.events") ?? [])["max"] ?? 0)
        memory.swap = .init(
            limit: sum(count("memory.swap.max"), count("memory.max")) ?? 0,
            usage: sum(count("memory.swap.current"), memory.usage.usage))
        memory.kernel.usage = memory.raw?["kernel"]
    }
}
