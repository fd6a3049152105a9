internal import LinuxKernel
internal import OCISpec
internal import Validation

// The filter of system calls. The runtime compiles it while the container's process mounts, and hands it over in memory
// that both share. The process loads it as late as it can, so that a profile need not allow what a runtime does: nothing
// but execve comes behind it.
//
// A filter that asks a listener is different. Its listener must be with the program that answers before the container is
// there for others, so it is loaded before that; and it is compiled before the clone, as from then on nobody waits for
// anybody.

/// What is opened for a filter before the container's process exists.
func filterResources(_ config: BirthConfig) -> Plan {
    guard let seccomp = config.filter else { return [] }
    var plan: Plan = []
    if seccomp.usesNotification, let path = seccomp.listenerPath {
        plan.append(Step(.runtime, .connectListener(path: path), from: "/linux/seccomp/listenerPath"))
    }
    plan.append(Step(.runtime, .reserveFilter, from: config.spec.filterPointer))
    return seccomp.usesNotification ? plan + [making(config)] : plan
}

/// The filter's compilation, while the container's process is busy with its mounts.
func filterMaking(_ config: BirthConfig) -> Plan {
    guard let seccomp = config.filter, !seccomp.usesNotification else { return [] }
    return [making(config)]
}

private func making(_ config: BirthConfig) -> Step {
    if let data = config.spec.filterData {
        // The validator has read it; should nobody have, a filter without instructions is refused.
        let instructions = (try? FilterProgram.instructions(data)) ?? []
        return Step(.runtime, .takeFilter(instructions), from: config.spec.filterPointer, overlaps: true)
    }
    return Step(
        .runtime, .makeFilter(kernelActions: config.host.seccompActions), from: "/linux/seccomp", overlaps: true)
}

/// A filter with a listener.
///
/// The runtime gets the baton before the filter is loaded, and takes the listener when it sees it in the shared memory: each
/// call that would announce it could be one that waits for the listener's answer.
func filterWithListener(_ config: BirthConfig) -> Plan {
    guard let seccomp = config.filter, seccomp.usesNotification, let path = seccomp.listenerPath else { return [] }
    var load = FilterLoad(seccomp, isLast: false)
    load.showsItself = config.host.capabilities & (1 << 19) == 0  // CAP_SYS_PTRACE
    return [
        Step(.runtime, .passListener(path: path), from: "/linux/seccomp/listenerPath"),
        Step(.container, .loadFilter(load), from: "/linux/seccomp", overlaps: true),
    ]
}

/// A filter that asks nobody.
func filterAlone(_ config: BirthConfig) -> Plan {
    guard let seccomp = config.filter, !seccomp.usesNotification else { return [] }
    return [
        Step(
            .container, .loadFilter(FilterLoad(seccomp, isLast: true)), from: config.spec.filterPointer,
            overlaps: config.hasGate)
    ]
}

extension BirthConfig {
    /// The filter of a container that has a process.
    var filter: Spec.Linux.Seccomp? {
        if case .some = spec.process { spec.linux?.seccomp } else { nil }
    }

    /// True if the filter can be loaded only by a process with CAP_SYS_ADMIN.
    ///
    /// Source: seccomp(2). No_new_privs does as well, and is the configuration's to ask for.
    var needsAdministrationForFilter: Bool { filter != nil && spec.process?.noNewPrivileges != true }
}

extension FilterLoad {
    init(_ seccomp: Spec.Linux.Seccomp, isLast: Bool) {
        let configured = seccomp.flags ?? []
        var flags = SystemCallFilter.Flags(rawValue: configured.reduce(0) { $0 | ($1.bit ?? 0) })
        hasListener = seccomp.usesNotification
        if hasListener {
            flags.insert(.newListener)
            // Both together would have two results; so the kernel wants a failure of the one to be an error.
            if flags.contains(.threadSync) { flags.insert(.threadSyncFails) }
        } else {
            flags.remove(.waitKillable)  // it speaks of listeners only
        }
        self.flags = configured.map(\.rawValue)
        bits = flags.rawValue
        self.isLast = isLast
    }
}
