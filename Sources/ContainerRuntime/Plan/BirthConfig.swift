internal import Cgroups
internal import OCISpec
internal import Validation

/// All that a plan is made of: the configuration, the host, and what the caller wishes.
struct BirthConfig {
    /// How the container's process gets a terminal.
    enum Console: Equatable {
        /// It has none.
        case none
        /// Its master goes to whoever listens at this path.
        case socket(String)
        /// Its master comes to this process, which relays it.
        case relayed
    }

    /// The configuration.
    var spec: Spec
    /// The host.
    var host: HostFacts
    /// The container's id.
    var id: String
    /// The root filesystem, as an absolute path of the host.
    var rootfs: String
    /// The bundle, as an absolute path.
    var bundle: String
    /// Where the container's cgroup is; nil for none.
    var cgroup: CgroupLayout?
    /// The runtime's own cgroup, which a container without one of its own sees; nil if it isn't known.
    var ownCgroup: CgroupLayout?
    /// The scope that systemd makes of it; nil where the runtime makes the cgroup itself.
    var scope: Scope?
    /// Where the container is in the resctrl filesystem; nil for none.
    var resctrl: ResctrlRequest?
    /// How the terminal is made.
    var console = Console.none
    /// The size of the caller's terminal, where it is relayed.
    var terminalSize: TerminalExtent?
    /// True if the process waits for `start`.
    var hasGate = true
    /// Use MS_MOVE where pivot_root is impossible.
    var noPivot = false
    /// Keep the caller's session keyring.
    var noNewKeyring = false
    /// The number of descriptors from 3 on that are passed.
    var preservedDescriptors: Int32 = 0
    /// Descriptors and environment from socket activation.
    var listenDescriptors: Int32 = 0
    /// Variables that the runtime adds to the process's environment.
    var extraEnvironment: [String] = []
    /// Where the container finds the socket on which it says that it is ready; nil where nobody wants to know.
    var readinessMount: MountRequest?
    /// Where a pidfd is to be sent.
    var pidfdSocket: String?
    /// Where the pid is to be written.
    var pidFile: String?
    /// The entries of `mounts`, taken apart.
    var mountRequests: [MountRequest] = []
    /// True if the runtime has CAP_SYS_ADMIN where it stands, and so may prepare mounts and namespaces itself.
    var isPrivileged = true
}

extension BirthConfig {
    /// Takes a configuration apart.
    init(_ spec: Spec, on host: HostFacts, id: String, rootfs: String, bundle: String) {
        self.spec = spec
        self.host = host
        self.id = id
        self.rootfs = rootfs
        self.bundle = bundle
        let mounts = spec.mounts ?? []
        mountRequests = mounts.indices.map { mountRequest(mounts[$0], at: $0, bundle: bundle) }
        let sysfsIsForeign = hasUserNamespace && !(isNew(.user) && isNew(.network))
        for index in mounts.indices {
            mountRequests[index].idMapping = idMapping(of: mounts[index], in: spec.linux)
            let isSysfs = mountRequests[index].type == "sysfs" && !mountRequests[index].isBind
            if isSysfs && sysfsIsForeign { mountRequests[index].substitute = "/sys" }
        }
        for index in mounts.indices {
            guard let source = mountRequests[index].idMapping?.source else { continue }
            let first = mountRequests.firstIndex { $0.idMapping?.source == source }
            mountRequests[index].idMapping?.number = first ?? index
        }
    }

    /// The size of the terminal: the caller's, where it is relayed, else the configured one.
    var terminalExtent: TerminalExtent? {
        terminalSize
            ?? spec.process?.consoleSize.map {
                TerminalExtent(rows: UInt16(clamping: $0.height), columns: UInt16(clamping: $0.width))
            }
    }

    var namespaces: [Spec.Linux.Namespace] { spec.linux?.namespaces ?? [] }

    /// The namespace of this kind, if the configuration lists it.
    func namespace(_ kind: Spec.Linux.Namespace.Kind) -> Spec.Linux.Namespace? {
        namespaces.first { $0.type == kind }
    }

    /// True if the container is to be in a namespace of this kind, a fresh one or one that is there.
    func lists(_ kind: Spec.Linux.Namespace.Kind) -> Bool {
        namespaces.contains { $0.type == kind }
    }

    /// True if the container gets a fresh namespace of this kind.
    func isNew(_ kind: Spec.Linux.Namespace.Kind) -> Bool {
        guard let namespace = namespace(kind) else { return false }
        return namespace.path == nil || namespace.path == ""
    }

    /// True if the container joins an existing namespace of this kind.
    func isJoined(_ kind: Spec.Linux.Namespace.Kind) -> Bool { lists(kind) && !isNew(kind) }

    /// The JSON pointer of the namespace of this kind.
    func pointer(to kind: Spec.Linux.Namespace.Kind) -> String {
        guard let index = namespaces.firstIndex(where: { $0.type == kind }) else { return "/linux/namespaces" }
        return "/linux/namespaces/\(index)"
    }

    /// True if the container's process is to have a mount namespace of its own.
    var hasMountNamespace: Bool { lists(.mount) }

    /// True if the container is in another user namespace than the runtime.
    var hasUserNamespace: Bool { lists(.user) }

    /// True if the final process can't be made by one clone: see ``Action/rebirth(namespaces:)``.
    ///
    /// A pid namespace that is joined, and a time namespace with its own clocks, hold for the next process only. A user
    /// namespace that is joined must be entered before the others are made in it.
    var needsRebirth: Bool {
        isJoined(.pid) || isJoined(.user) || isNew(.time)
            || (isNew(.user) && namespaces.contains { !($0.path ?? "").isEmpty })
    }
}
