public import OCISpec
internal import Validation

extension Features {
    /// What this build implements: read off the tables by which configurations are judged and carried out.
    ///
    /// The same on every machine, as the specification demands.
    /// - Parameter annotations: what is to be said of the build itself.
    public static func ofThisBuild(annotations: [String: String]) -> Features {
        var features = Features(
            ociVersionMin: Release.oldestSpecificationVersion, ociVersionMax: Release.specificationVersion)
        features.hooks = HookKind.allCases.map(\.rawValue)
        let hasMappings = Rules.support { $0.mounts = [.mappedExample] }
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
            rdma: Rules.support { $0.linux = .init(resources: .init(rdma: ["any": .init(hcaHandles: 1)])) })
        linux.seccomp = seccomp
        linux.apparmor = Switch(Rules.support { $0.process?.apparmorProfile = "any" })
        linux.selinux = Switch(Rules.support { $0.process?.selinuxLabel = "any" })
        linux.memoryPolicy = MemoryPolicy(
            modes: Spec.Linux.MemoryPolicy.Mode.known.map(\.rawValue),
            flags: Spec.Linux.MemoryPolicy.Flag.known.map(\.rawValue))
        let hasRdt = Rules.support { $0.linux = .init(intelRdt: .init(schemata: ["L3:0=f"], enableMonitoring: true)) }
        linux.intelRdt = IntelRdt(enabled: hasRdt, schemata: hasRdt, monitoring: hasRdt)
        linux.mountExtensions = MountExtensions(idmap: Switch(hasMappings))
        linux.netDevices = Switch(Rules.support { $0.linux = .init(netDevices: ["any0": .init()]) })
        return linux
    }

    private static var seccomp: Seccomp {
        typealias Names = Spec.Linux.Seccomp
        var seccomp = Seccomp(enabled: Rules.support { $0.linux = .init(seccomp: .init(defaultAction: .allow)) })
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

extension Spec.Mount {
    fileprivate static var mappedExample: Spec.Mount {
        let ids = [Spec.IDMapping(containerID: 0, hostID: 1, size: 1)]
        return Spec.Mount(
            destination: "/any", type: "bind", source: "/any", options: ["bind", "idmap"], uidMappings: ids,
            gidMappings: ids)
    }
}
