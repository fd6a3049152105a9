internal import OCISpec
internal import Validation

/// Hides paths and makes paths read-only; after the hooks, which may mount, and before the host's tree goes.
func hiding(_ config: BirthConfig) -> Plan {
    guard config.hasMountNamespace else { return [] }
    let protected = config.spec.linux?.readonlyPaths ?? []
    let masked = config.spec.linux?.maskedPaths ?? []
    var plan: Plan = []
    plan.reserveCapacity(protected.count + masked.count + 1)
    for (index, path) in protected.enumerated() {
        plan.append(Step(.container, .protectPath(path), from: "/linux/readonlyPaths/" + String(index)))
    }
    if let option = config.contextOption, !masked.isEmpty {
        plan.append(Step(.container, .labelMasks(option), from: "/linux/mountLabel"))
    }
    for (index, path) in masked.enumerated() {
        plan.append(Step(.container, .maskPath(path), from: "/linux/maskedPaths/" + String(index)))
    }
    return plan
}

/// The root filesystem becomes the root.
func pivoting(_ config: BirthConfig) -> Plan {
    var plan: Plan = []
    if let cwd = config.spec.process?.cwd, !cwd.utf8.elementsEqual("/".utf8) {
        plan.append(Step(.container, .makeDirectory(cwd), from: "/process/cwd"))
    }
    guard config.hasMountNamespace else { return plan + [Step(.container, .switchRoot(.chroot))] }
    plan.append(Step(.container, .switchRoot(config.noPivot ? .move : .pivot)))
    if let propagation = config.spec.linux?.rootfsPropagation, propagation != .slave {
        plan.append(Step(.container, .setRootPropagation(propagation), from: "/linux/rootfsPropagation"))
    }
    if config.spec.root.readonly == true {
        plan.append(Step(.container, .makeRootReadOnly, from: "/root/readonly"))
    }
    return plan
}

/// Names, kernel parameters and limits.
func tuning(_ config: BirthConfig) -> Plan {
    var plan: Plan = []
    if let hostname = config.spec.hostname, !hostname.isEmpty {
        plan.append(Step(.container, .setHostname(hostname), from: "/hostname"))
    }
    if let domainname = config.spec.domainname, !domainname.isEmpty {
        plan.append(Step(.container, .setDomainname(domainname), from: "/domainname"))
    }
    if let sysctl = config.spec.linux?.sysctl, !sysctl.isEmpty {
        let parameters = sysctl.sorted { $0.key < $1.key }
        plan.append(
            Step(
                .container, .setSysctls(parameters.map { KernelParameter(key: $0.key, value: $0.value) }),
                from: "/linux/sysctl"))
    }
    return plan + limits(config)
}

/// The process's resource limits.
func limits(_ config: BirthConfig) -> Plan {
    let limits = (config.spec.process?.rlimits ?? []).compactMap { limit -> ResourceLimit? in
        guard let number = RlimitName.number(of: limit.type) else { return nil }
        return ResourceLimit(name: limit.type, number: number, soft: limit.soft, hard: limit.hard)
    }
    return limits.isEmpty ? [] : [Step(.container, .setLimits(limits), from: "/process/rlimits")]
}

/// Who the process is, where it stands, and what it will execute.
func becoming(_ config: BirthConfig) -> Plan {
    guard let process = config.spec.process else { return [] }
    var plan: Plan = []
    if config.console == .none && (process.user.uid != 0 || config.hasUserNamespace) {
        plan.append(Step(.container, .ownStreams(uid: process.user.uid), from: "/process/user/uid"))
    }
    plan.append(Step(.container, .setIdentity(identity(process, config)), from: "/process/user"))
    // The change of the root ends in `/`.
    if !process.cwd.utf8.elementsEqual("/".utf8) {
        plan.append(Step(.container, .changeDirectory(process.cwd), from: "/process/cwd"))
    }
    let environment = process.env ?? []
    if !environment.contains(where: { $0.utf8.starts(with: "HOME=".utf8) }) {
        plan.append(Step(.container, .findHome(uid: process.user.uid), from: "/process/env"))
    }
    if let program = process.args?.first {
        plan.append(Step(.container, .findProgram(program, path: searchPath(environment)), from: "/process/args/0"))
    }
    let firstUnwanted = 3 + config.listenDescriptors + config.preservedDescriptors
    plan.append(Step(.container, .closeDescriptors(from: firstUnwanted)))
    return plan
}

/// The program itself.
func executing(_ config: BirthConfig) -> Plan {
    guard let process = config.spec.process else { return [] }
    var environment = process.env ?? []
    environment += config.extraEnvironment
    return [
        Step(
            .container, .execute(arguments: process.args ?? [], environment: environment), from: "/process/args",
            overlaps: config.hasGate)
    ]
}

private func identity(_ process: Spec.Process, _ config: BirthConfig) -> Identity {
    let groups = process.user.additionalGids ?? []
    // Without privileges setgroups is denied in a user namespace; then only an empty list may be wanted.
    let keepsGroups = config.spec.keepsOriginalGroups || !config.isPrivileged && groups.isEmpty
    return Identity(
        uid: process.user.uid, gid: process.user.gid, groups: keepsGroups ? nil : groups,
        umask: process.user.umask, capabilities: process.capabilities.map { capabilitySets($0, config) },
        noNewPrivileges: process.noNewPrivileges ?? false, keepsAdministration: config.needsAdministrationForFilter)
}

/// The sets as bits; what the kernel doesn't know, or can't be granted, is left out (the validator has warned).
func capabilitySets(_ sets: Spec.Capabilities, _ config: BirthConfig) -> CapabilitySets {
    let known = config.host.lastCapability >= 63 ? UInt64.max : (1 << UInt64(config.host.lastCapability + 1)) - 1
    func bits(_ names: [String]?) -> UInt64 {
        (names ?? []).reduce(0) { $0 | (CapabilityName.number(of: $1).map { 1 << UInt64($0) } ?? 0) } & known
    }
    // In a new user namespace its root has all; elsewhere nobody gets more than the caller has.
    let grantable = config.hasUserNamespace ? known : config.host.capabilities & known
    var result = CapabilitySets(
        bounding: bits(sets.bounding) & grantable, effective: bits(sets.effective), permitted: bits(sets.permitted),
        inheritable: bits(sets.inheritable), ambient: bits(sets.ambient))
    result.permitted &= grantable
    result.effective &= result.permitted
    result.inheritable &= grantable
    result.ambient &= result.permitted & result.inheritable
    return result
}

/// The value of PATH in an environment; nil without one.
func searchPath(_ environment: [String]) -> String? {
    // Of several the C library's getenv takes the first.
    environment.first { $0.utf8.starts(with: "PATH=".utf8) }.map { String($0.dropFirst(5)) }
}
