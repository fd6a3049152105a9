public import OCISpec

extension CgroupSetting {
    /// Translates the configuration's limits into the files of the container's cgroup, in the order in which they are
    /// written.
    ///
    /// Devices aren't among them: see `DevicePolicy`. As with other runtimes, 0 stands for "not set" where 0 makes no
    /// sense as a limit.
    /// - Throws: `translate` errors with the pointer of the property: numbers out of range, combinations without meaning,
    ///   and limits whose controller the host doesn't have; only the wish for no limit needs none.
    /// Source: config-linux.md "Control groups".
    public static func settings(
        for resources: Spec.Linux.Resources, on layout: CgroupLayout
    ) throws(CgroupError) -> [CgroupSetting] {
        let all = layout.mode == .v2 ? try V2.settings(for: resources) : try V1.settings(for: resources)
        for setting in all where layout.place(of: setting.controller) == nil && !setting.ignoreIfMissing {
            throw CgroupError(
                .translate, .missingController(setting.controller), path: CgroupHost.conventionalBase,
                file: setting.file, value: setting.value, pointer: setting.pointer)
        }
        return all.filter { layout.place(of: $0.controller) != nil }
    }

    /// A translation that failed.
    static func failure(_ problem: CgroupError.Problem, _ pointer: String, value: String? = nil) -> CgroupError {
        CgroupError(.translate, problem, path: "", value: value, pointer: pointer)
    }
}

/// Version 1: a function for each controller, from its part of the configuration to its files.
enum V1 {
    static func settings(for resources: Spec.Linux.Resources) throws(CgroupError) -> [CgroupSetting] {
        var all: [CgroupSetting] = []
        if let cpu = resources.cpu { all += cpuset(cpu) }
        if let memory = resources.memory { all += try self.memory(memory) }
        if let cpu = resources.cpu { all += try self.cpu(cpu) }
        if let pids = resources.pids { all += Cgroups.pids(pids) }
        if let blockIO = resources.blockIO { all += self.blockIO(blockIO) }
        if let hugepages = resources.hugepageLimits { all += Cgroups.hugepages(hugepages, file: "limit_in_bytes") }
        if let network = resources.network { all += self.network(network) }
        if let rdma = resources.rdma { all += Cgroups.rdma(rdma) }
        if let unified = resources.unified, !unified.isEmpty {
            throw CgroupSetting.failure(.notInThisVersion, "/linux/resources/unified")
        }
        return all
    }
}

/// Version 2: the same.
enum V2 {
    static func settings(for resources: Spec.Linux.Resources) throws(CgroupError) -> [CgroupSetting] {
        var all: [CgroupSetting] = []
        if let pids = resources.pids { all += Cgroups.pids(pids) }
        if let memory = resources.memory { all += try self.memory(memory) }
        if let blockIO = resources.blockIO { all += try self.blockIO(blockIO) }
        if let cpu = resources.cpu { all += try self.cpu(cpu) + cpuset(cpu) }
        if let hugepages = resources.hugepageLimits { all += Cgroups.hugepages(hugepages, file: "max") }
        if let network = resources.network { try refuse(network) }
        if let rdma = resources.rdma { all += Cgroups.rdma(rdma) }
        // Last: whoever names a file means it.
        if let unified = resources.unified { all += try self.unified(unified) }
        return all
    }

    private static func refuse(_ network: Spec.Linux.Resources.Network) throws(CgroupError) {
        let base = "/linux/resources/network/"
        if let classID = network.classID, classID != 0 {
            throw CgroupSetting.failure(.notInThisVersion, base + "classID", value: "\(classID)")
        }
        guard (network.priorities ?? []).isEmpty else {
            throw CgroupSetting.failure(.notInThisVersion, base + "priorities")
        }
    }
}
