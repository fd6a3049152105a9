internal import LinuxKernel

extension Walker {
    /// What each action does: one line for each; the work is in the file that is named for its subject.
    mutating func perform(_ action: Action) throws(StepError) {
        switch action {
        // Perform+Host.swift, Perform+IDMapping.swift, Perform+NetworkDevices.swift
        case .openNamespace(let kind, let path): try openNamespace(kind, path)
        case .openRootfs(let path, let followsHost): try openRootfs(path, followsHost: followsHost)
        case .openMountSource(let index, let path, let recursive): try openMountSource(index, path, recursive)
        case .openDeviceNode(let index, let path): try openDeviceNode(index, path)
        case .openIDMapping(let number, let source): try openIDMapping(number, source)
        case .compareIDMapping(let uid, let gid): try compareIDMapping(uid, gid)
        case .mapMountSource(let index, let mapping, let recursive): try mapMountSource(index, mapping, recursive)
        case .openNullDevice: try openNullDevice()
        case .makeGate: try makeGate()
        case .makeReadinessSocket(let listens): try makeReadinessSocket(listens)
        case .openReadinessDirectory(let index):
            try openMountSource(index, context.directory.path + "/" + ContainerDirectory.File.readiness, false)
        case .clone: break  // GiveBirth.swift: the walk begins behind it
        case .createUnifiedCgroup: try createCgroup(unifiedOnly: true)
        case .createCgroup: try createCgroup(unifiedOnly: false)
        case .limitCgroup(let settings): try limitCgroup(settings)
        case .limitDevices(let rules): try limitDevices(rules)
        case .startScope(let scope): try startScope(scope)
        case .delegateCgroup(let owner): try delegateCgroup(to: owner)
        case .moveIntoCgroup(let bornInUnified):
            try enterCgroup(clonedIntoUnified: bornInUnified, process: child?.handle.pid ?? 0)
        case .mapGrantedIDs(let program, let ranges): try mapGrantedIDs(program, ranges)
        case .mapIDs(let uid, let gid, let denyGroups): try mapIDs(uid, gid, denyGroups)
        case .setOOMScore(let adjustment): try setOOMScore(adjustment)
        case .adopt: try adopt()
        case .sendPidfd(let socket): try sendPidfd(socket)
        case .recordProcess: try recordProcess()
        case .recordCreated(let pidFile): try recordCreated(pidFile)
        case .letGo: try recordCreated(nil)

        // Perform+Namespaces.swift
        case .settle(let keyring): try settle(keyring)
        case .joinNamespaces(let kinds): try joinNamespaces(kinds)
        case .unshare(let namespaces): try step { () throws(CallError) in try Process.unshare(namespaces) }
        case .setTimeOffsets(let text): try setTimeOffsets(text)
        case .rebirth(let namespaces): try rebirth(namespaces)
        case .becomeRoot: try becomeRoot()
        case .enterCgroup(let bornInUnified): try enterCgroup(clonedIntoUnified: bornInUnified, process: 0)
        case .moveNetworkDevices(let devices): try moveNetworkDevices(devices)
        case .bringLoopbackUp: try step { () throws(CallError) in try Process.bringLoopbackUp() }

        // Perform+Rootfs.swift, Perform+Mounts.swift
        case .isolateMounts: try isolateMounts()
        case .attachRootfs(let path): try attachRootfs(path)
        case .coverRootfs(let request, let path): try coverRootfs(request, path)
        case .enterRootfs(let path): try enterRootfs(path)
        case .mount(let request): try mount(request)
        case .mountCgroups(let request, let view): try mountCgroups(request, view)
        case .maskPath(let path): try maskPath(path)
        case .protectPath(let path): try protectPath(path)
        case .makeDirectory(let path): try makeWorkingDirectory(path)
        case .switchRoot(let method): try switchRoot(method)
        case .setRootPropagation(let propagation): try setRootPropagation(propagation)
        case .makeRootReadOnly: try makeRootReadOnly()

        // Perform+Devices.swift, Perform+Console.swift
        case .makeDevices(let devices, let bound): try makeDevices(devices, bound)
        case .makeDeviceLinks(let links): try makeDeviceLinks(links)
        case .connectConsole(let path): try connectConsole(path)
        case .makeConsoleChannel: try makeConsoleChannel()
        case .makeConsole(let size, let owner): try makeConsole(size, owner, covers: true)
        case .makeTerminal(let size, let owner): try makeConsole(size, owner, covers: false)

        // Perform+Filter.swift
        case .connectListener(let path): try connectListener(path)
        case .reserveFilter: try reserveFilter()
        case .makeFilter(let kernelActions): try makeFilter(kernelActions)
        case .takeFilter(let instructions): try takeFilter(instructions)
        case .passListener: try passListener()
        case .loadFilter(let load): try loadFilter(load)

        // Perform+Hooks.swift
        case .openHookFile(let stream, let path): try openHookFile(stream, path)
        case .runHooks(let kind, _): try runHooks(kind)

        // Perform+Join.swift
        case .joinPIDs: try joinPIDs()
        case .shedDescriptors(let first): try shedDescriptors(from: first)
        case .joinContainer(let kinds): try joinContainer(kinds)
        case .openRoot: try openRoot()
        case .writePidFile(let path): try writePidFile(path)

        // Perform+Identity.swift
        case .setHostname(let name): try step { () throws(CallError) in try Process.setHostname(name) }
        case .setDomainname(let name): try step { () throws(CallError) in try Process.setDomainname(name) }
        case .setSysctls(let parameters): try setSysctls(parameters)
        case .setLimits(let limits): try setLimits(limits)
        case .ownStreams(let uid): try ownStreams(uid)
        case .setIdentity(let identity): try setIdentity(identity)
        case .changeDirectory(let path): try changeDirectory(path)
        case .closeDescriptors(let first): try closeDescriptors(from: first)

        // Perform+Attributes.swift
        case .setPersonality(let domain): try setPersonality(domain)
        case .setMemoryPolicy(let policy): try setMemoryPolicy(policy)
        case .setAppArmorProfile(let profile): try setAppArmorProfile(profile)
        case .setSELinuxLabel(let label): try setSELinuxLabel(label)
        case .joinResctrl(let request): try joinResctrl(request)
        case .setAffinity(let list): try setAffinity(list)
        case .setScheduler(let scheduler): try setScheduler(scheduler)
        case .setIOPriority(let priority): try setIOPriority(priority)
        case .setKeyringLabel(let label): try setKeyringLabel(label)
        case .labelDirectory(let path, let label): try labelDirectory(path, label)
        case .labelMasks(let option): maskLabel = option

        // Perform+Program.swift
        case .findHome(let uid): try findHome(uid)
        case .findProgram(let name, let path): try findProgram(name, path)
        case .waitAtGate: try waitAtGate()
        case .execute(let arguments, let environment): try execute(arguments, environment)
        }
    }
}
