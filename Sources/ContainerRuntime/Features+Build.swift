public import OCISpec

extension Features {
    /// What this build implements: read off the tables by which configurations are carried out and documented.
    ///
    /// The same on every machine, as the specification demands.
    /// - Parameter annotations: what is to be said of the build itself.
    public static func ofThisBuild(annotations: [String: String]) -> Features {
        var features = Features(
            ociVersionMin: Release.oldestSpecificationVersion, ociVersionMax: Release.specificationVersion)
        features.hooks = HookKind.allCases.map(\.rawValue)
        let hasMappings = Property.isThere("/mounts/*/uidMappings")
        features.mountOptions = MountOption.all.filter { hasMappings || !$0.isIDMap }.map(\.name).sorted()
        features.linux = linux(hasMappings: hasMappings)
        features.annotations = annotations
        features.potentiallyUnsafeConfigAnnotations = KnownAnnotation.all
        return features
    }

    private static func linux(hasMappings: Bool) -> Linux {
        var linux = Linux()
        linux.namespaces = Spec.Linux.Namespace.Kind.known.map(\.rawValue).sorted()
        linux.capabilities = CapabilityName.all
        linux.cgroup = Cgroup(
            v1: true, v2: true, systemd: Release.hasSystemdCgroups, systemdUser: Release.hasSystemdCgroups,
            rdma: Property.isThere("/linux/resources/rdma"))
        linux.seccomp = seccomp
        linux.apparmor = Switch(Property.isThere("/process/apparmorProfile"))
        linux.selinux = Switch(Property.isThere("/process/selinuxLabel"))
        linux.memoryPolicy = MemoryPolicy(
            modes: Spec.Linux.MemoryPolicy.Mode.known.map(\.rawValue),
            flags: Spec.Linux.MemoryPolicy.Flag.known.map(\.rawValue))
        let hasRdt = Property.isThere("/linux/intelRdt")
        linux.intelRdt = IntelRdt(enabled: hasRdt, schemata: hasRdt, monitoring: hasRdt)
        linux.mountExtensions = MountExtensions(idmap: Switch(hasMappings))
        linux.netDevices = Switch(Property.isThere("/linux/netDevices"))
        return linux
    }

    private static var seccomp: Seccomp {
        typealias Names = Spec.Linux.Seccomp
        var seccomp = Seccomp(enabled: Property.isThere("/linux/seccomp"))
        if !seccomp.enabled { return seccomp }
        seccomp.actions = Names.Action.known.map(\.rawValue).sorted()
        seccomp.operators = Names.Operator.known.map(\.rawValue).sorted()
        seccomp.archs = Names.Architecture.known.map(\.rawValue).sorted()
        seccomp.knownFlags = Names.Flag.known.map(\.rawValue)
        seccomp.supportedFlags = seccomp.knownFlags
        return seccomp
    }
}

extension MountOption {
    fileprivate var isIDMap: Bool { if case .idmap = effect { true } else { false } }
}
