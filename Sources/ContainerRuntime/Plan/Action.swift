public import Cgroups
public import OCISpec

/// What a step does: plain values only.
///
/// No closure, no descriptor, no pid: hence an action can be printed (`explain`), timed (`--trace`), named in an error,
/// and made to fail in a test.
public enum Action: Equatable, Sendable {
    // What the runtime opens before the container's process exists.

    /// Opens a namespace to be joined.
    case openNamespace(Spec.Linux.Namespace.Kind, path: String)
    /// Makes a detached copy of the mount that the root filesystem is in.
    case openRootfs(path: String, followsHost: Bool)
    /// Makes a detached copy of what is to be bound.
    case openMountSource(Int, path: String, recursive: Bool)
    /// Makes a user namespace that holds the id mapping of mounts, or keeps the joined one for them.
    case openIDMapping(Int, IDMappingSource)
    /// Makes sure that the joined user namespace has the mappings that the configuration tells.
    case compareIDMapping(uid: String, gid: String)
    /// Applies an opened id mapping to what is to be bound.
    case mapMountSource(Int, mapping: Int, recursive: Bool)
    /// Opens the host's node of a device, where none can be made.
    case openDeviceNode(Int, path: String)
    /// Opens the host's null device, which hides masked files.
    case openNullDevice
    /// Connects to the socket that wants the terminal.
    case connectConsole(path: String)
    /// Makes the channel over which the runtime gets the terminal itself.
    case makeConsoleChannel
    /// Makes the directory of the socket on which the container says that it is ready, and the socket if it is to listen.
    case makeReadinessSocket(listens: Bool)
    /// Takes a copy of that directory.
    case openReadinessDirectory(Int)
    /// Makes the gate at which the container waits for `start`.
    case makeGate
    /// Connects to the socket that wants the filter's listener.
    case connectListener(path: String)
    /// Makes the memory in which the container's process finds its filter of system calls.
    case reserveFilter
    /// Compiles the filter, or finds it compiled; with what the kernel can do when a call matches.
    case makeFilter(kernelActions: [String]?)
    /// Takes a filter that is given as instructions, each as it lies in memory.
    case takeFilter([UInt64])
    /// Opens the file to which one of the hooks' standard streams is appended.
    case openHookFile(HookStream, path: String)

    // The process and what only the runtime may give it.

    /// Starts the container's process in new namespaces, the CLONE_NEW… bits, and in its cgroup of the version 2 tree.
    case clone(namespaces: UInt64, intoCgroup: Bool)
    /// Makes the cgroup in the version 2 tree, where the process is to be born.
    case createUnifiedCgroup(CgroupLayout)
    /// Makes the cgroup in the hierarchies that are left.
    case createCgroup(CgroupLayout)
    /// Lets systemd make the cgroup as a scope, with the container's process in it.
    case startScope(Scope)
    /// Sets limits of the cgroup.
    case limitCgroup([CgroupSetting])
    /// Sets the rules for devices.
    case limitDevices([Spec.Linux.Resources.DeviceRule])
    /// Gives the cgroup to a user of the host, so that the container can make cgroups inside.
    case delegateCgroup(owner: UInt32)
    /// Writes the mappings of the user namespace; nil leaves one to the helper.
    case mapIDs(uid: String?, gid: String?, denyGroups: Bool)
    /// Lets newuidmap or newgidmap write a mapping that the caller may not write itself.
    case mapGrantedIDs(program: String, ranges: [String])
    /// Sets the OOM score adjustment.
    case setOOMScore(Int)
    /// Takes over the process that the first one made in its place.
    case adopt

    // The container's process finds its place.

    /// Chooses the SELinux label of the keyring to come.
    case setKeyringLabel(String)
    /// Leaves the caller's session, hides from other processes, dies with the runtime.
    case settle(keyring: String?)
    /// Joins opened namespaces.
    case joinNamespaces([Spec.Linux.Namespace.Kind])
    /// Leaves namespaces for new ones, the CLONE_NEW… bits.
    case unshare(namespaces: UInt64)
    /// Sets the clocks of a new time namespace.
    case setTimeOffsets(String)
    /// Makes the final process, in namespaces that only a new process can enter.
    case rebirth(namespaces: UInt64)
    /// Becomes root of the user namespace.
    case becomeRoot
    /// Moves the container's process into the cgroup, which it can't enter itself from a user namespace.
    case moveIntoCgroup(bornInUnified: Bool)
    /// Enters the cgroup.
    case enterCgroup(bornInUnified: Bool)
    /// Brings the loopback interface up.
    case bringLoopbackUp
    /// Moves network devices of the runtime's into the container's network namespace.
    case moveNetworkDevices([NetworkDeviceRequest])

    // The tree of files.

    /// Cuts the mount namespace off from the host's.
    case isolateMounts
    /// Attaches the root filesystem at its place.
    case attachRootfs(path: String)
    /// Covers the root filesystem with another one, an overlay as a rule, which becomes the root from here on.
    case coverRootfs(MountRequest, path: String)
    /// Opens the root filesystem's directory where no mount namespace is there to attach it in.
    case enterRootfs(path: String)
    /// Mounts one entry of `mounts`.
    case mount(MountRequest)
    /// Mounts the container's cgroups.
    case mountCgroups(MountRequest, CgroupView)
    /// Gives the top directory of a mount an SELinux label.
    case labelDirectory(String, String)
    /// Gives what will hide directories an SELinux label.
    case labelMasks(ContextOption)
    /// Makes device nodes.
    case makeDevices([DeviceRequest], bound: Bool)
    /// Makes symbolic links below `/dev`.
    case makeDeviceLinks([DeviceLink])
    /// Makes the terminal, hands its master over, and takes the other end as standard streams.
    case makeConsole(size: TerminalExtent?, owner: UInt32)
    /// Hides a path.
    case maskPath(String)
    /// Makes a path read-only.
    case protectPath(String)
    /// Makes a directory of the container that is missing.
    case makeDirectory(String)
    /// Makes the root filesystem the root.
    case switchRoot(RootSwitch)
    /// Sets the root mount's propagation for what happens from now on.
    case setRootPropagation(Spec.Linux.Propagation)
    /// Makes the root mount read-only.
    case makeRootReadOnly

    // Settings, identity, and the program.

    /// Runs the hooks of one kind.
    case runHooks(HookKind, count: Int)
    /// Sets the host name.
    case setHostname(String)
    /// Sets the domain name.
    case setDomainname(String)
    /// Sets kernel parameters.
    case setSysctls([KernelParameter])
    /// Sets resource limits.
    case setLimits([ResourceLimit])
    /// Sets the execution domain.
    case setPersonality(Spec.Linux.Personality.Domain)
    /// Sets the NUMA memory policy.
    case setMemoryPolicy(Spec.Linux.MemoryPolicy)
    /// Chooses the AppArmor profile of the next program.
    case setAppArmorProfile(String)
    /// Chooses the SELinux label of the next program.
    case setSELinuxLabel(String)
    /// Puts the process into a class of cache and memory bandwidth.
    case joinResctrl(ResctrlRequest)
    /// Restricts the process that does it, and its children, to some CPUs.
    case setAffinity(String)
    /// Sets how the process is scheduled.
    case setScheduler(Spec.Scheduler)
    /// Sets the I/O priority of the process's group.
    case setIOPriority(Spec.IOPriority)
    /// Gives pipes among the standard streams to the process's user.
    case ownStreams(uid: UInt32)
    /// Takes on user, groups, umask and capabilities.
    case setIdentity(Identity)
    /// Goes to the working directory.
    case changeDirectory(String)
    /// Finds the home directory of a process whose environment names none.
    case findHome(uid: UInt32)
    /// Looks the program up.
    case findProgram(String, path: String?)
    /// Marks all descriptors from this number on to be closed.
    case closeDescriptors(from: Int32)
    /// Writes down the container's process, and the configuration as it is now.
    case recordProcess
    /// Sends a pidfd of the container's process over a socket.
    case sendPidfd(socket: String)
    /// Lets the container be there for others, and writes its pid for the manager.
    case recordCreated(pidFile: String?)
    /// Lets the container be there for others, where nothing need be done for that: the container waits only for a runtime
    /// that isn't ready with its other steps.
    case letGo
    /// Takes the filter's listener from the container's process, and sends it to whoever answers for its calls.
    case passListener(path: String)
    /// Loads the filter.
    case loadFilter(FilterLoad)
    /// Waits for `start`.
    case waitAtGate
    /// Lets the next process be one of the container's, and hides itself from those.
    case joinPIDs
    /// Closes what the new process has of the runtime's and doesn't need, from this number on.
    case shedDescriptors(from: Int32)
    /// Joins namespaces of a running container.
    case joinContainer([Spec.Linux.Namespace.Kind])
    /// Holds the root of the container that was joined.
    case openRoot
    /// Makes a terminal for a process beside the container's first.
    case makeTerminal(size: TerminalExtent?, owner: UInt32)
    /// Writes the new process's pid for the manager.
    case writePidFile(String)
    /// Executes the program.
    case execute(arguments: [String], environment: [String])
}

extension Action {
    /// The slots that the action fills.
    var fills: [Slot] {
        switch self {
        case .openNamespace(let kind, _): [.namespace(kind)]
        case .openRootfs, .enterRootfs, .openRoot: [.rootfs]
        case .openMountSource(let index, _, _): [.mountSource(index)]
        case .openDeviceNode(let index, _): [.deviceSource(index)]
        case .openIDMapping(let number, _): [.idMapping(number)]
        case .openNullDevice: [.nullDevice]
        case .connectConsole: [.console]
        case .makeConsoleChannel: [.console, .consoleReceiver]
        case .makeGate: [.gate]
        case .makeReadinessSocket(let listens): listens ? [.readiness] : []
        case .openReadinessDirectory(let index): [.mountSource(index)]
        case .connectListener: [.listener]
        case .reserveFilter: [.filter]
        case .createCgroup, .createUnifiedCgroup, .startScope: [.cgroup]
        default: []
        }
    }

    /// The slots that must have been filled before.
    var uses: [Slot] {
        switch self {
        case .joinNamespaces(let kinds): kinds.map(Slot.namespace)
        case .attachRootfs, .coverRootfs, .switchRoot, .makeDeviceLinks, .makeDirectory: [.rootfs]
        case .openIDMapping(_, .joinedNamespace), .compareIDMapping: [.namespace(.user)]
        case .mapMountSource(let index, let mapping, _): [.mountSource(index), .idMapping(mapping)]
        case .mount(let request):
            [.rootfs] + (request.isBind ? [.mountSource(request.index)] : [])
                + (request.idMapping.map { [.idMapping($0.number)] } ?? [])
        case .mountCgroups, .makeRootReadOnly, .setRootPropagation, .protectPath, .findHome, .labelDirectory:
            [.rootfs]
        case .maskPath: [.rootfs, .nullDevice]
        case .makeDevices(let devices, let bound):
            [.rootfs] + (bound ? devices.map { .deviceSource($0.index) } : [])
        case .makeConsole, .makeTerminal: [.rootfs, .console]
        case .limitCgroup, .enterCgroup, .moveIntoCgroup, .limitDevices, .delegateCgroup: [.cgroup]
        case .waitAtGate: [.gate]
        case .makeFilter, .takeFilter, .loadFilter: [.filter]
        case .passListener: [.filter, .listener]
        default: []
        }
    }
}
