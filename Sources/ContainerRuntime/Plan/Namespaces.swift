internal import Cgroups
internal import LinuxKernel
internal import OCISpec
internal import Validation

/// The clone, with those namespaces that must be there from the first moment.
///
/// Born in its cgroup of the version 2 tree, the process need not be moved there, which would wait for the kernel's
/// grace period.
func cloning(_ config: BirthConfig) -> Plan {
    var plan: Plan = []
    if config.isBornInCgroup, let layout = config.cgroup {
        plan.append(Step(.runtime, .createUnifiedCgroup(layout), from: config.cgroupOrigin))
    }
    plan.append(
        Step(
            .runtime, .clone(namespaces: config.cloneFlags, intoCgroup: config.isBornInCgroup),
            from: config.namespaces.isEmpty ? "" : "/linux/namespaces"))
    return plan
}

/// The cgroup with its limits, made while the container's process finds its place.
func cgroup(_ config: BirthConfig) throws(Failure) -> Plan {
    guard let layout = config.cgroup else { return [] }
    var plan: Plan = []
    if let scope = config.scope { plan.append(Step(.runtime, .startScope(scope), from: config.cgroupOrigin)) }
    if config.makesCgroup { plan.append(Step(.runtime, .createCgroup(layout), from: config.cgroupOrigin)) }
    let resources = config.spec.linux?.resources
    if let resources {
        let settings: [CgroupSetting]
        do throws(CgroupError) {
            settings = try CgroupSetting.settings(for: resources, on: layout)
        } catch {
            throw Failure(error)
        }
        if !settings.isEmpty { plan.append(Step(.runtime, .limitCgroup(settings), from: "/linux/resources")) }
    }
    if !config.mountsDisks { plan += deviceRules(config) }
    if let owner = config.cgroupOwner {
        plan.append(Step(.runtime, .delegateCgroup(owner: owner), from: "/mounts/\(config.cgroupMount ?? 0)"))
    }
    return plan
}

/// Which devices the container may use.
private func deviceRules(_ config: BirthConfig) -> Plan {
    guard let layout = config.cgroup else { return [] }
    let rules = config.spec.linux?.resources?.devices
    // Without rules nothing but the default devices is allowed, as with runc; where nobody asks and the caller may not
    // set them, or the host has no such controller, there are none.
    let isPossible =
        config.isPrivileged && (layout.mode == .v2 || config.host.cgroupControllers?.contains("devices") == true)
    if rules != nil || isPossible {
        let origin = rules == nil ? "" : "/linux/resources/devices"
        return [Step(.runtime, .limitDevices(rules ?? []), from: origin)]
    }
    return []
}

/// The rules, where a disk had to be opened first: it is mounted for the container and need not be its own to read.
func lateDeviceRules(_ config: BirthConfig) -> Plan { config.mountsDisks ? deviceRules(config) : [] }

/// The container's process leaves the caller's world.
func settling(_ config: BirthConfig) -> Plan {
    // A process in a new user namespace is nobody until its ids are mapped.
    let mayOverlap = !config.isNew(.user)
    var plan: Plan = []
    if config.needsRebirth {
        if config.makesCgroup { plan.append(Step(.container, .enterCgroup(bornInUnified: config.isInUnified))) }
        let joined = config.namespacesToJoin
        if !joined.isEmpty { plan.append(Step(.container, .joinNamespaces(joined), from: "/linux/namespaces")) }
        if config.isNew(.user) {
            plan.append(Step(.container, .unshare(namespaces: Flag.user), from: config.pointer(to: .user)))
            plan += idMapping(config) + oomScore(config)
        }
        if config.isNew(.time) {
            plan.append(Step(.container, .unshare(namespaces: Flag.time), from: config.pointer(to: .time)))
            let offsets = config.timeOffsets
            // By the runtime, before the process hides: in a joined mount namespace there may be no /proc that has it.
            if !offsets.isEmpty {
                plan.append(Step(.runtime, .setTimeOffsets(offsets), from: "/linux/timeOffsets"))
            }
        }
        if config.isNew(.user) { plan.append(Step(.container, .becomeRoot, from: config.pointer(to: .user))) }
        plan.append(Step(.container, .rebirth(namespaces: config.rebirthFlags), from: "/linux/namespaces"))
        plan.append(Step(.runtime, .adopt))
        return plan + session(config, keepsKeyring: config.noNewKeyring)
    }
    let joined = config.namespacesToJoin
    if config.isNew(.user) {
        plan += idMapping(config) + oomScore(config)
    }
    plan += session(config, keepsKeyring: config.noNewKeyring, overlaps: mayOverlap)
    if !joined.isEmpty {
        plan.append(Step(.container, .joinNamespaces(joined), from: "/linux/namespaces", overlaps: mayOverlap))
    }
    if config.lateFlags != 0 {
        plan.append(
            Step(.container, .unshare(namespaces: config.lateFlags), from: "/linux/namespaces", overlaps: mayOverlap))
    }
    return plan
}

/// A session of the process's own, with a keyring unless it is to keep the caller's.
///
/// The keyring has the process's SELinux label: else the process might not be let at its own keys.
func session(_ config: BirthConfig, keepsKeyring: Bool, overlaps: Bool = false) -> Plan {
    if keepsKeyring { return [Step(.container, .settle(keyring: nil), overlaps: overlaps)] }
    let settling = Step(.container, .settle(keyring: "_ses.\(config.id)"), overlaps: overlaps)
    guard let label = config.spec.process?.selinuxLabel, !label.isEmpty else { return [settling] }
    return [
        Step(.container, .setKeyringLabel(label), from: "/process/selinuxLabel", overlaps: overlaps), settling,
    ]
}

/// The mappings, each written by whoever may.
private func idMapping(_ config: BirthConfig) -> Plan {
    var plan: Plan = []
    var lines: [String?] = []
    for (kind, mappings) in [
        (HostFacts.IDKind.users, config.spec.linux?.uidMappings ?? []),
        (HostFacts.IDKind.groups, config.spec.linux?.gidMappings ?? []),
    ] {
        if config.host.mayWrite(mappings, of: kind) || mappings.isEmpty {
            lines.append(mappingText(mappings))
            continue
        }
        lines.append(nil)
        let ranges = mappings.flatMap { ["\($0.containerID)", "\($0.hostID)", "\($0.size)"] }
        plan.append(
            Step(.runtime, .mapGrantedIDs(program: kind.helper, ranges: ranges), from: "/linux/\(kind.property)"))
    }
    guard lines[0] != nil || lines[1] != nil else { return plan }
    // Before gid_map, or an unprivileged user could shed a group that denies access (CVE-2014-8989).
    let denyGroups = lines[1] != nil && config.host.capabilities & (1 << 6) == 0  // CAP_SETGID
    let origin = "/linux/\(lines[0] == nil ? "gidMappings" : "uidMappings")"
    return [Step(.runtime, .mapIDs(uid: lines[0], gid: lines[1], denyGroups: denyGroups), from: origin)] + plan
}

/// The lines of uid_map or gid_map, user_namespaces(7).
func mappingText(_ mappings: [Spec.IDMapping]) -> String {
    mappings.map { "\($0.containerID) \($0.hostID) \($0.size)\n" }.joined()
}

/// What only the runtime may give to the process.
func runtimeGrants(_ config: BirthConfig) -> Plan { config.isNew(.user) ? [] : oomScore(config) }

/// Of a process in a new user namespace, the file belongs to the caller only as long as the process doesn't hide.
func oomScore(_ config: BirthConfig) -> Plan {
    guard let adjustment = config.spec.process?.oomScoreAdj else { return [] }
    return [Step(.runtime, .setOOMScore(adjustment), from: "/process/oomScoreAdj")]
}

/// The process becomes root where it is.
func becomingRoot(_ config: BirthConfig) -> Plan {
    guard config.hasUserNamespace, !(config.needsRebirth && config.isNew(.user)) else { return [] }
    return [Step(.container, .becomeRoot, from: config.pointer(to: .user))]
}

/// The process enters its cgroup, and gets a network.
func entering(_ config: BirthConfig) -> Plan {
    var plan: Plan = []
    if config.entersCgroupItself {
        plan.append(Step(.container, .enterCgroup(bornInUnified: config.isInUnified)))
    } else if config.makesCgroup && !config.needsRebirth {
        plan.append(Step(.runtime, .moveIntoCgroup(bornInUnified: config.isInUnified)))
    }
    plan.append(Step(.runtime, .recordProcess, overlaps: true))
    // A cgroup namespace shows as its root the cgroup that the process is in when it is made.
    if config.isNew(.cgroup) {
        plan.append(Step(.container, .unshare(namespaces: Flag.cgroup), from: config.pointer(to: .cgroup)))
    }
    if config.isNew(.network) {
        plan.append(Step(.container, .bringLoopbackUp, from: config.pointer(to: .network)))
    }
    if let devices = config.spec.linux?.netDevices, !devices.isEmpty {
        let requests = devices.sorted { $0.key < $1.key }.map { name, device in
            NetworkDeviceRequest(name: name, nameInside: device.name.flatMap { $0.isEmpty ? nil : $0 } ?? name)
        }
        // By the runtime, while the process waits in its network namespace.
        plan.append(Step(.runtime, .moveNetworkDevices(requests), from: "/linux/netDevices"))
    }
    return plan
}

/// The kernel's CLONE_NEW… bits, by what they make.
enum Flag {
    static let user = Spec.Linux.Namespace.Kind.user.cloneFlag ?? 0
    static let pid = Spec.Linux.Namespace.Kind.pid.cloneFlag ?? 0
    static let time = Spec.Linux.Namespace.Kind.time.cloneFlag ?? 0
    static let network = Spec.Linux.Namespace.Kind.network.cloneFlag ?? 0
    static let cgroup = Spec.Linux.Namespace.Kind.cgroup.cloneFlag ?? 0
}

extension BirthConfig {
    /// True if the clone puts the process into its cgroup of the version 2 tree.
    var isBornInCgroup: Bool { scope == nil && cgroup?.places.contains(where: \.isUnified) == true }

    /// The user of the host who gets the cgroup; nil where it stays as it is.
    ///
    /// That is whoever will run the container's process, where the container sees its cgroup as a tree of its own, which
    /// it may write to.
    ///
    /// Source: config-linux.md "Cgroup ownership".
    var cgroupOwner: UInt32? {
        guard isPrivileged, cgroup?.mode == .v2, isNew(.cgroup), cgroupMount != nil else { return nil }
        guard let user = spec.process?.user.uid else { return nil }
        // The mappings of a user namespace that is joined aren't known here.
        if isJoined(.user) { return nil }
        var owner = user
        if isNew(.user) {
            let mapping = (spec.linux?.uidMappings ?? []).first {
                $0.containerID <= user && user - $0.containerID < $0.size
            }
            guard let mapping else { return nil }
            let (sum, overflow) = mapping.hostID.addingReportingOverflow(user - mapping.containerID)
            if overflow { return nil }
            owner = sum
        }
        return owner == host.effectiveUserID ? nil : owner
    }

    /// The place in `mounts` of the container's writable cgroup tree.
    var cgroupMount: Int? {
        (spec.mounts ?? []).firstIndex { mount in
            (mount.type == "cgroup" || mount.type == "cgroup2") && mount.destination.cleanedPath == "/sys/fs/cgroup"
                && !(mount.options ?? []).contains("ro")
        }
    }

    /// True if a filesystem is to be mounted that is on a block device.
    fileprivate var mountsDisks: Bool {
        mountRequests.contains { !$0.isBind && !$0.isRemount && $0.source.utf8.first == UInt8(ascii: "/") }
    }

    /// True if the runtime makes the cgroup, or what systemd doesn't make of it, and the process must be put there.
    var makesCgroup: Bool { cgroup != nil && (scope == nil || cgroup?.mode != .v2) }

    /// True if the process is in the version 2 tree already when it is put into the rest of its cgroup.
    var isInUnified: Bool { isBornInCgroup || scope != nil }

    /// True if the process enters it when the runtime has made it; one in a user namespace of its own is moved, and one that
    /// will be made anew enters at once.
    var entersCgroupItself: Bool { makesCgroup && !needsRebirth && !isNew(.user) }

    /// The JSON pointer of what asks for the cgroup.
    var cgroupOrigin: String { spec.linux?.cgroupsPath == nil ? "" : "/linux/cgroupsPath" }

    /// What is there when the process begins.
    fileprivate var namespacesToJoin: [Spec.Linux.Namespace.Kind] {
        namespaces.map(\.type).filter(isJoined)
    }

    /// The bits of those that are still to be made.
    private func flags(of kinds: [Spec.Linux.Namespace.Kind]) -> UInt64 {
        var flags: UInt64 = 0
        for kind in kinds where isNew(kind) { flags |= kind.cloneFlag ?? 0 }
        return flags
    }

    /// What the first clone makes.
    ///
    /// A pid namespace holds for new processes only, and the others of a new user namespace must be owned by it. The rest
    /// is made by the process itself, while the runtime makes the cgroup.
    var cloneFlags: UInt64 {
        if needsRebirth { return 0 }
        return isNew(.user) ? flags(of: [.user, .pid, .mount, .network, .ipc, .uts]) : flags(of: [.pid])
    }

    /// What the process unshares itself.
    var lateFlags: UInt64 { isNew(.user) ? 0 : flags(of: [.mount, .network, .ipc, .uts]) }

    /// What the second clone makes.
    var rebirthFlags: UInt64 { flags(of: [.pid, .mount, .network, .ipc, .uts]) }

    /// The text for timens_offsets; empty without offsets.
    var timeOffsets: String {
        (spec.linux?.timeOffsets ?? [:]).sorted { $0.key < $1.key }
            .map { "\($0.key) \($0.value.secs ?? 0) \($0.value.nanosecs ?? 0)\n" }.joined()
    }
}
