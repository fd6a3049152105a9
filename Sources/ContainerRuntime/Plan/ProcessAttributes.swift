internal import OCISpec
internal import Validation

/// How the process is scheduled, from which memory, in which domain and under which label it runs: the last settings that
/// need the privileges which its identity takes.
func attributes(_ config: BirthConfig) -> Plan {
    var plan: Plan = []
    let linux = config.spec.linux
    if let domain = linux?.personality?.domain, config.spec.process != nil {
        plan.append(Step(.container, .setPersonality(domain), from: "/linux/personality"))
    }
    // Behind the cgroup: the nodes are checked against its cpuset.
    if let policy = linux?.memoryPolicy {
        plan.append(Step(.container, .setMemoryPolicy(policy), from: "/linux/memoryPolicy"))
    }
    guard let process = config.spec.process else { return plan + resctrl(config) }
    // Before the identity: the private procfs is the container's root's to mount.
    if let profile = process.apparmorProfile, !profile.isEmpty {
        plan.append(Step(.container, .setAppArmorProfile(profile), from: "/process/apparmorProfile"))
    }
    if let label = process.selinuxLabel, !label.isEmpty {
        plan.append(Step(.container, .setSELinuxLabel(label), from: "/process/selinuxLabel"))
    }
    plan += resctrl(config)
    // By the runtime: CAP_SYS_NICE counts in the first user namespace only. Last, so that a process which shall only run
    // when nothing else does isn't slow to be made, and one with deadlines, which can't fork, has no hook to run before.
    if let scheduler = process.scheduler {
        plan.append(Step(.runtime, .setScheduler(scheduler), from: "/process/scheduler"))
    }
    if let priority = process.ioPriority {
        plan.append(Step(.runtime, .setIOPriority(priority), from: "/process/ioPriority"))
    }
    return plan
}

/// Where a process that joins a container runs before it is in its cgroup: the runtime goes there, and its children with it.
func initialAffinity(_ config: BirthConfig) -> Plan {
    guard let list = config.spec.process?.execCPUAffinity?.initial, !list.isEmpty else { return [] }
    return [Step(.runtime, .setAffinity(list), from: "/process/execCPUAffinity/initial")]
}

/// Where a process that joins a container runs once it is in its cgroup; without a wish the kernel decides.
func finalAffinity(_ config: BirthConfig) -> Plan {
    guard let list = config.spec.process?.execCPUAffinity?.final, !list.isEmpty else { return [] }
    return [Step(.container, .setAffinity(list), from: "/process/execCPUAffinity/final")]
}

private func resctrl(_ config: BirthConfig) -> Plan {
    config.resctrl.map { [Step(.runtime, .joinResctrl($0), from: "/linux/intelRdt")] } ?? []
}

/// Labels a mount of a filesystem with the SELinux context of the container's mounts.
///
/// Procfs, sysfs and cgroups have labels of their own; a bind mount keeps those of its source.
func label(_ request: inout MountRequest, _ config: BirthConfig) {
    guard let option = config.contextOption, !request.isBind, !request.isRemount else { return }
    if ["proc", "sysfs", "cgroup", "cgroup2", "mqueue"].contains(request.type) { return }
    if request.data.contains(where: { $0.utf8.starts(with: "context=".utf8) }) { return }
    request.data.append("\(option.key)=\(option.label)")
}

extension BirthConfig {
    /// The SELinux context of the container's mounts; nil for none.
    var mountLabel: String? {
        guard let label = spec.linux?.mountLabel, !label.isEmpty else { return nil }
        return label
    }

    /// The option that gives a filesystem the context of the container's mounts; nil for none.
    var contextOption: ContextOption? {
        mountLabel.map {
            ContextOption(key: spec.annotations?[KnownAnnotation.mountContextType] ?? "context", label: $0)
        }
    }
}
