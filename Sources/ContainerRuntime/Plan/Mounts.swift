internal import Cgroups
internal import LinuxKernel
internal import OCISpec

/// The first of the mounts, while the runtime makes the cgroup.
func firstMounts(_ config: BirthConfig) -> Plan {
    let count = config.mountsBeforeCgroup
    guard count > 0 else { return [] }
    var plan = placing(config) + mounts(config, 0..<count)
    for index in plan.indices { plan[index].overlaps = true }
    return plan
}

/// The root filesystem at its place, and the configuration's mounts in the order in which they are listed; or what is left
/// of it.
func mounts(_ config: BirthConfig) -> Plan {
    let first = config.mountsBeforeCgroup
    var plan = first > 0 ? [] : placing(config)
    guard config.hasMountNamespace else { return plan }
    plan += mounts(config, first..<config.mountRequests.count)
    if let mount = config.readinessMount { plan.append(Step(.container, .mount(mount))) }
    return plan
}

extension BirthConfig {
    /// How many of the mounts are made before the process enters its cgroup.
    ///
    /// Nothing that takes memory of any size is among them: it would be charged to the runtime's cgroup.
    fileprivate var mountsBeforeCgroup: Int {
        guard entersCgroupItself, isPrivileged, hasMountNamespace else { return 0 }
        return mountRequests.prefix { request in
            !request.copiesUp && !request.coversRoot && request.idMapping == nil
                && (request.isBind || smallFilesystems.contains(request.type))
        }.count
    }
}

/// Filesystems that take next to no memory to mount.
private let smallFilesystems = ["proc", "sysfs", "tmpfs", "devpts", "mqueue"]

/// The root filesystem at its place.
private func placing(_ config: BirthConfig) -> Plan {
    guard config.hasMountNamespace else {
        return [Step(.container, .enterRootfs(path: config.rootfs), from: "/root/path")]
    }
    var plan: Plan = [Step(.container, .isolateMounts, from: config.pointer(to: .mount))]
    if !config.isPrivileged { plan += openingMounts(config, by: .container) }
    // By the process itself: before Linux 6.15 only mounts of its own namespace can be copied again and again.
    if !(config.spec.linux?.maskedPaths ?? []).isEmpty {
        plan.append(Step(.container, .openNullDevice, from: "/linux/maskedPaths"))
    }
    plan.append(Step(.container, .attachRootfs(path: config.rootfs), from: "/root/path"))
    return plan
}

private func mounts(_ config: BirthConfig, _ indices: Range<Int>) -> Plan {
    let propagation = config.spec.linux?.rootfsPropagation
    var plan: Plan = []
    for index in indices {
        var request = config.mountRequests[index]
        if request.isBind && request.propagations.isEmpty {
            request.propagations = [defaultPropagation(propagation)]
        }
        label(&request, config)
        if request.coversRoot {
            plan.append(
                Step(.container, .coverRootfs(request, path: config.rootfs), from: "/mounts/\(index)"))
        } else if let view = cgroupView(for: request, config) {
            // What isn't the container's own must not be its to change (CVE-2023-25809).
            if config.cgroup == nil, case .bound = view {
                request.attributes.change(set: MountOption.Attribute.readOnly, clear: 0)
            }
            // Options of cgroups mean nothing to the tmpfs above their hierarchies; in quotes a label may have commas.
            if view != .unified {
                request.data = config.contextOption.map { ["\($0.key)=\"\($0.label)\""] } ?? []
            }
            plan.append(Step(.container, .mountCgroups(request, view), from: "/mounts/\(index)"))
        } else {
            plan.append(Step(.container, .mount(request), from: "/mounts/\(index)"))
        }
        if request.type == "mqueue", !request.isBind, let label = config.mountLabel {
            plan.append(Step(.container, .labelDirectory(request.destination, label), from: "/linux/mountLabel"))
        }
    }
    return plan
}

/// What a bind gets that says nothing of propagation: never a share in the host's mounts.
private func defaultPropagation(_ rootfs: Spec.Linux.Propagation?) -> PropagationChange {
    let slave = rootfs?.followsHost == true
    return PropagationChange(bit: slave ? MountBits.slave : MountBits.private, recursive: true)
}

/// The `MS_…` bits of propagation, mount(2).
enum MountBits {
    static let unbindable: UInt64 = 1 << 17
    static let `private`: UInt64 = 1 << 18
    static let slave: UInt64 = 1 << 19
    static let shared: UInt64 = 1 << 20

    static func propagation(_ kind: Spec.Linux.Propagation) -> UInt64? {
        switch kind {
        case .shared: shared
        case .slave: slave
        case .private: `private`
        case .unbindable: unbindable
        case .unknown: nil
        }
    }
}

/// Takes the options of one entry of `mounts` apart.
///
/// Source: config.md "Linux mount options". What the table doesn't know belongs to the filesystem.
func mountRequest(_ mount: Spec.Mount, at index: Int, bundle: String) -> MountRequest {
    var request = MountRequest(
        index: index, destination: mount.destination, source: mount.source ?? "", type: mount.type ?? "")
    for text in mount.options ?? [] where !text.isEmpty {
        guard let option = MountOption.named(text) else {
            if !IDMapOption.isMeant(by: text) { request.data.append(text) }
            continue
        }
        // As with mount(8), `relatime` asks for the default and takes no earlier choice back.
        if text == "relatime", request.attributes.set & MountOption.AccessTime.mask != 0 { continue }
        apply(option.effect, to: &request)
    }
    if mount.type == "bind" { request.isBind = true }
    if request.isBind, !request.source.utf8.starts(with: "/".utf8) {
        request.source = bundle + "/" + request.source
    }
    if request.source.isEmpty { request.source = request.type }
    return request
}

private func apply(_ effect: MountOption.Effect, to request: inout MountRequest) {
    switch effect {
    case .attributes(let set, let clear, let recursive):
        if recursive {
            request.recursiveAttributes.change(set: set, clear: clear)
        } else {
            request.attributes.change(set: set, clear: clear)
        }
    case .accessTime(let time, let recursive):
        let mask = MountOption.AccessTime.mask
        if recursive {
            request.recursiveAttributes.replace(mask: mask, by: time.rawValue)
        } else {
            request.attributes.replace(mask: mask, by: time.rawValue)
        }
    case .propagation(let kind, let recursive):
        if let bit = MountBits.propagation(kind) {
            request.propagations.append(PropagationChange(bit: bit, recursive: recursive))
        }
    case .bind(let recursive):
        request.isBind = true
        if recursive { request.isRecursive = true }
    case .superblock(_, let bit, let set):
        if set { request.superblockBits |= bit } else { request.superblockBits &= ~bit }
    case .remount: request.isRemount = true
    case .tmpcopyup: request.copiesUp = true
    case .idmap, .nothing: break  // idMapping(of:in:)
    }
}

extension AttributeChange {
    /// Of two contradictory options the last one wins.
    mutating func change(set: UInt64, clear: UInt64) {
        self.set = self.set & ~clear | set
        self.clear = self.clear & ~set | clear
    }

    /// Chooses one of several values under a mask; the kernel wants the whole mask cleared to set one.
    mutating func replace(mask: UInt64, by value: UInt64) {
        set = set & ~mask | value
        clear |= mask
    }
}

/// The id mapping that an entry of `mounts` asks for: its own, or else the container's; nil for none.
///
/// Source: config.md "Linux mount options", `idmap`.
func idMapping(of mount: Spec.Mount, in linux: Spec.Linux?) -> MountIDMapping? {
    var isRecursive: Bool?
    var users = mount.uidMappings ?? []
    var groups = mount.gidMappings ?? []
    for text in mount.options ?? [] where IDMapOption.concerns(text) {
        if case .idmap(let recursive)? = MountOption.named(text)?.effect {
            isRecursive = isRecursive == true || recursive
        }
        if let option = IDMapOption(text) {
            isRecursive = isRecursive == true || option.isRecursive
            if users.isEmpty, let mappings = option.mappings(inContainerOf: linux) { (users, groups) = mappings }
        }
    }
    // Mappings without an option reach the mount itself, and the validator has warned.
    if isRecursive == nil, !users.isEmpty { isRecursive = false }
    guard let isRecursive else { return nil }
    let namespace = linux?.namespaces?.first { $0.type == .user }
    if users.isEmpty {
        if !(namespace?.path ?? "").isEmpty {
            return MountIDMapping(source: .joinedNamespace, isRecursive: isRecursive)
        }
        (users, groups) = (linux?.uidMappings ?? [], linux?.gidMappings ?? [])
    }
    return MountIDMapping(
        source: .lines(uid: mappingText(users), gid: mappingText(groups)), isRecursive: isRecursive)
}

/// How the container's cgroups are mounted, for an entry of type `cgroup` or `cgroup2`; nil for every other one.
func cgroupView(for request: MountRequest, _ config: BirthConfig) -> CgroupView? {
    guard !request.isBind, request.type == "cgroup" || request.type == "cgroup2" else { return nil }
    guard let layout = config.cgroup ?? config.ownCgroup else { return request.type == "cgroup2" ? .unified : nil }
    let hasNamespace = config.lists(.cgroup)
    if layout.mode == .v2 || request.type == "cgroup2" {
        if hasNamespace { return .unified }
        return .bound(
            layout.places.filter(\.isUnified).map {
                CgroupMountPoint(name: "", options: "", directory: $0.directory, isUnified: true, links: [])
            })
    }
    let points = layout.places.map { place in
        let named = place.controllers.first { $0.begins(with: "name=") }
        let joined = place.controllers.linked(by: ",")
        let name = place.isUnified ? "unified" : named.map { String(Substring($0.utf8.dropFirst(5))) } ?? joined
        return CgroupMountPoint(
            name: name, options: joined, directory: place.directory, isUnified: place.isUnified,
            links: place.controllers.count > 1 ? place.controllers : [])
    }
    return hasNamespace ? .hierarchies(points) : .bound(points)
}
