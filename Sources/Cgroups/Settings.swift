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
        return all
    }
}

/// Version 2: the same.
enum V2 {
    static func settings(for resources: Spec.Linux.Resources) throws(CgroupError) -> [CgroupSetting] {
        var all: [CgroupSetting] = []
        if let pids = resources.pids { all += Cgroups.pids(pids) }
        if let memory = resources.memory { all += try self.memory(memory) }
        if let cpu = resources.cpu { all += try self.cpu(cpu) + cpuset(cpu) }
        return all
    }
}
