internal import Cgroups
internal import OCISpec
internal import Validation

/// All that the plan of an `exec` is made of.
struct JoinConfig {
    /// The container's configuration with the new process in the place of its own, and what the caller wishes.
    var birth: BirthConfig
    /// True if the container's process was made in the caller's session keyring.
    var keepsKeyring = false
}

/// The page on which a process joins a running container: each line is one function, in the order in which it happens.
///
/// What a birth has, too, is the same function here.
func joining(of config: JoinConfig) -> Plan {
    var plan: Plan = []
    plan += terminal(config)  // runtime    the terminal's socket
    plan += filterResources(config.birth)  // runtime    the listener's socket, room for the filter
    plan += filterMaking(config.birth)  // runtime    the filter of system calls
    plan += numbering(config)  // runtime    the container's pid namespace, for the process to come
    plan += initialAffinity(config.birth)  // runtime    the CPUs before the container's cgroup
    plan += cloning(config)  // runtime    the new process, in the container's cgroup
    plan += arriving(config)  // container  cgroup, nothing of the runtime's, namespaces
    plan += rooting(config)  // container  the container's root; its terminal
    plan += limits(config.birth)  // container  resource limits
    plan += attributes(config.birth)  // both       domain, memory policy, labels; scheduling
    plan += becoming(config.birth)  // container  identity, working directory, program, descriptors
    plan += filterWithListener(config.birth)  // both       where somebody is asked about calls
    plan += announcing(config)  // runtime    pidfd and pid file
    plan += filterAlone(config.birth)  // container  as late as can be
    plan += executing(config.birth)  // container  execve
    return unhurried(plan)
}

/// Takes out the waiting where nobody has anything to wait for.
///
/// The runtime has few steps after the clone as a rule, side by side: the new process need not ask before these.
private func unhurried(_ plan: Plan) -> Plan {
    guard let clone = plan.firstIndex(where: { if case .clone = $0.action { true } else { false } }) else {
        return plan
    }
    let runtimeSteps = plan.indices.filter { $0 > clone && plan[$0].side == .runtime }
    let first = runtimeSteps.first ?? plan.count
    guard runtimeSteps.elementsEqual(first..<(first + runtimeSteps.count)), first > clone + 1 else { return plan }
    var plan = plan
    // The last step before the runtime's takes the baton, so that the runtime waits for it.
    let end = runtimeSteps.isEmpty ? plan.count : first - 1
    for index in clone..<end where index > clone { plan[index].overlaps = true }
    return plan
}

extension JoinConfig {
    /// The namespaces that are joined with one call.
    ///
    /// Those that the configuration lists are the container's. The host's root can join all the others, too, where it
    /// isn't in them itself by now; the user namespace can't be joined by who is in it.
    fileprivate var kinds: [Spec.Linux.Namespace.Kind] {
        let listed = birth.namespaces.map(\.type)
        let isHostRoot = birth.isPrivileged && birth.host.inInitialUserNamespace
        let others: [Spec.Linux.Namespace.Kind] = isHostRoot ? [.mount, .network, .ipc, .uts, .cgroup] : []
        return listed + others.filter { !listed.contains($0) }
    }

    /// True if the process can be born in the container's pid namespace; else it must join the user namespace that gives
    /// it the right to first, and make another one.
    fileprivate var isBornInside: Bool { birth.isPrivileged }
}

private func terminal(_ config: JoinConfig) -> Plan {
    switch config.birth.console {
    case .none: []
    case .socket(let path): [Step(.runtime, .connectConsole(path: path), from: "/process/terminal")]
    case .relayed: [Step(.runtime, .makeConsoleChannel, from: "/process/terminal")]
    }
}

private func numbering(_ config: JoinConfig) -> Plan {
    config.isBornInside && config.birth.lists(.pid) ? [Step(.runtime, .joinPIDs)] : []
}

private func cloning(_ config: JoinConfig) -> Plan {
    [Step(.runtime, .clone(namespaces: 0, intoCgroup: config.birth.isBornInCgroup))] + oomScore(config.birth)
}

private func arriving(_ config: JoinConfig) -> Plan {
    let session = session(config.birth, keepsKeyring: config.keepsKeyring)
    var plan = session
    if config.birth.cgroup != nil {
        plan.append(
            Step(.container, .enterCgroup(bornInUnified: config.birth.isBornInCgroup)))
    }
    plan += finalAffinity(config.birth)
    plan.append(
        Step(.container, .shedDescriptors(from: 3 + config.birth.preservedDescriptors)))
    let kinds = config.kinds.filter { !config.isBornInside || $0 != .pid }
    if !kinds.isEmpty { plan.append(Step(.container, .joinContainer(kinds))) }
    if config.birth.hasUserNamespace { plan.append(Step(.container, .becomeRoot)) }
    if !config.isBornInside {
        plan.append(Step(.container, .rebirth(namespaces: 0)))
        plan.append(Step(.runtime, .adopt))
        plan += session
    }
    return plan
}

private func rooting(_ config: JoinConfig) -> Plan {
    let birth = config.birth
    var plan: Plan = []
    if birth.hasMountNamespace {
        plan.append(Step(.container, .openRoot))
    } else {
        plan.append(Step(.container, .enterRootfs(path: birth.rootfs)))
        plan.append(Step(.container, .switchRoot(.chroot)))
    }
    if birth.console != .none {
        plan.append(
            Step(
                .container, .makeTerminal(size: birth.terminalExtent, owner: birth.spec.process?.user.uid ?? 0),
                from: "/process/terminal"))
    }
    return plan
}

private func announcing(_ config: JoinConfig) -> Plan {
    var plan: Plan = []
    if let socket = config.birth.pidfdSocket { plan.append(Step(.runtime, .sendPidfd(socket: socket))) }
    if let file = config.birth.pidFile { plan.append(Step(.runtime, .writePidFile(file))) }
    return plan
}
