internal import OCISpec

/// What the runtime opens while the container's process isn't there: each path of the host is looked up once, here.
func hostResources(_ config: BirthConfig) -> Plan {
    var plan: Plan = []
    for (index, namespace) in config.namespaces.enumerated() where config.isJoined(namespace.type) {
        plan.append(
            Step(
                .runtime, .openNamespace(namespace.type, path: namespace.path ?? ""),
                from: "/linux/namespaces/\(index)/path"))
    }
    plan += comparingMappings(config)
    if config.readinessMount != nil { plan.append(Step(.runtime, .makeReadinessSocket(listens: !config.hasGate))) }
    if config.isPrivileged {
        plan += openingMounts(config, by: .runtime)
    }
    switch config.console {
    case .none: break
    case .socket(let path): plan.append(Step(.runtime, .connectConsole(path: path), from: "/process/terminal"))
    case .relayed: plan.append(Step(.runtime, .makeConsoleChannel, from: "/process/terminal"))
    }
    if config.hasGate { plan.append(Step(.runtime, .makeGate)) }
    plan += filterResources(config)
    plan += hookFiles(config)
    return plan
}

/// The files to which hooks print, for all that run at the birth: those of the container's side can't reach them any more.
private func hookFiles(_ config: BirthConfig) -> Plan {
    guard let annotations = config.spec.annotations, let hooks = config.spec.hooks else { return [] }
    let kinds: [HookKind] = [.prestart, .createRuntime, .createContainer, .startContainer]
    if kinds.allSatisfy({ hooks.list($0).isEmpty }) { return [] }
    return HookStream.allCases.compactMap { stream in
        annotations[stream.annotation].map { path in
            Step(
                .runtime, .openHookFile(stream, path: path.placed(in: config.bundle)),
                from: "/annotations/\(stream.annotation)")
        }
    }
}

/// Detached copies of the root filesystem and of what is bound.
///
/// Made by a privileged runtime before the clone, in the host's mount namespace: a process in a user namespace may lack
/// the permission to reach them. Without privileges it is the container's process that makes them, in its own
/// namespaces, where it has the right to.
func openingMounts(_ config: BirthConfig, by side: Side) -> Plan {
    guard config.hasMountNamespace else { return [] }
    let followsHost = config.spec.linux?.rootfsPropagation?.followsHost == true
    var plan: Plan = [Step(side, .openRootfs(path: config.rootfs, followsHost: followsHost), from: "/root/path")]
    for request in config.mountRequests {
        // Each mapping is made where the first mount asks for it.
        if let mapping = request.idMapping, mapping.number == request.index {
            plan.append(
                Step(side, .openIDMapping(mapping.number, mapping.source), from: config.pointer(toMappingOf: request)))
        }
        guard request.isBind && !request.isRemount else { continue }
        let index = request.index
        plan.append(
            Step(
                side, .openMountSource(index, path: request.source, recursive: request.isRecursive),
                from: "/mounts/\(index)/source"))
        if let mapping = request.idMapping {
            plan.append(
                Step(
                    side, .mapMountSource(index, mapping: mapping.number, recursive: mapping.isRecursive),
                    from: config.pointer(toMappingOf: request)))
        }
    }
    if let mount = config.readinessMount { plan.append(Step(side, .openReadinessDirectory(mount.index))) }
    if config.bindsDevices {
        for device in config.deviceRequests {
            plan.append(
                Step(side, .openDeviceNode(device.index, path: device.path), from: config.pointer(to: device)))
        }
    }
    return plan
}

extension Spec.Linux.Propagation {
    /// True if what is mounted on the host later is to appear in the container.
    var followsHost: Bool {
        switch self {
        case .slave, .shared: true
        case .private, .unbindable, .unknown: false
        }
    }
}

/// Managers that let containers share a user namespace repeat its mappings: they must be told the truth.
private func comparingMappings(_ config: BirthConfig) -> Plan {
    let linux = config.spec.linux
    guard config.isJoined(.user), let users = linux?.uidMappings, let groups = linux?.gidMappings,
        !users.isEmpty || !groups.isEmpty
    else { return [] }
    let action = Action.compareIDMapping(uid: mappingText(users), gid: mappingText(groups))
    return [Step(.runtime, action, from: "/linux/uidMappings")]
}

extension BirthConfig {
    /// The JSON pointer of what asks for the id mapping of a mount.
    fileprivate func pointer(toMappingOf request: MountRequest) -> String {
        let mount = "/mounts/\(request.index)"
        guard let mounts = spec.mounts, mounts.indices.contains(request.index) else { return mount }
        return mounts[request.index].uidMappings == nil ? mount + "/options" : mount + "/uidMappings"
    }
}

/// The gate, for a container that `start` lets go.
func gate(_ config: BirthConfig) -> Plan {
    config.hasGate ? [Step(.container, .waitAtGate, overlaps: true)] : []
}

/// What makes the container exist for others.
func recording(_ config: BirthConfig) -> Plan {
    let pidfd = config.pidfdSocket.map { [Step(.runtime, .sendPidfd(socket: $0))] } ?? []
    // `create` ends here, a manager finds the pid file once the container is ready, and who asks while its last hooks work
    // is told that it is created; else there is nothing to be done.
    let hooks = config.spec.hooks?.startContainer ?? []
    let isFormality = !config.hasGate && config.pidFile == nil && hooks.isEmpty
    return pidfd + [Step(.runtime, isFormality ? .letGo : .recordCreated(pidFile: config.pidFile))]
}

/// The hooks of one kind, on the side that the specification names.
func hooks(_ kind: HookKind, _ config: BirthConfig) -> Plan {
    let list = config.spec.hooks?.list(kind) ?? []
    if list.isEmpty { return [] }
    let side: Side =
        switch kind {
        case .createContainer, .startContainer: .container
        case .prestart, .createRuntime, .poststart, .poststop: .runtime
        }
    let overlaps = kind == .startContainer && config.hasGate  // the runtime has left at the gate
    return [Step(side, .runHooks(kind, count: list.count), from: "/hooks/\(kind.rawValue)", overlaps: overlaps)]
}

extension Spec.Hooks {
    /// The hooks of a kind, as listed.
    func list(_ kind: HookKind) -> [Spec.Hook] {
        switch kind {
        case .prestart: prestart ?? []
        case .createRuntime: createRuntime ?? []
        case .createContainer: createContainer ?? []
        case .startContainer: startContainer ?? []
        case .poststart: poststart ?? []
        case .poststop: poststop ?? []
        }
    }
}
