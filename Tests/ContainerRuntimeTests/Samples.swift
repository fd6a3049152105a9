import Cgroups
import JSONCodec
import LinuxKernel
import OCISpec
import Testing
import Validation

@testable import ContainerRuntime

/// The directory of Package.swift.
let projectDirectory: String = {
    var parts = #filePath.split(separator: "/")
    parts.removeLast(3)
    return "/" + parts.joined(separator: "/")
}()

/// The text of a file of this repository.
func text(of path: String) throws -> [UInt8] {
    try FileDescriptor.open(projectDirectory + "/" + path, .readOnly).readAll(limitBytes: 1 << 20)
}

/// One of the bundles under `examples`.
func example(_ name: String) throws -> Spec {
    try JSONDecoder().decode(Spec.self, from: text(of: "examples/\(name)/config.json"))
}

/// What a plan is made of: a configuration on a machine of which all is known.
func birthConfig(_ spec: Spec, _ change: (inout BirthConfig) -> Void = { _ in }) -> BirthConfig {
    var config = BirthConfig(spec, on: HostFacts(), id: "box", rootfs: "/bundle/rootfs", bundle: "/bundle")
    config.cgroup = .unified
    change(&config)
    // The mounts may have been changed, too.
    let changed = BirthConfig(config.spec, on: config.host, id: "box", rootfs: "/bundle/rootfs", bundle: "/bundle")
    config.mountRequests = changed.mountRequests
    return config
}

extension CgroupLayout {
    private static func place(_ controllers: [String], _ name: String, isUnified: Bool = false) -> Place {
        Place(controllers: controllers, mountPoint: "/sys/fs/cgroup\(name)", path: "/box", isUnified: isUnified)
    }

    /// A host with version 2 alone.
    static let unified = CgroupLayout(mode: .v2, places: [place(["cpu", "memory", "pids"], "", isUnified: true)])

    private static let legacyPlaces = [
        place(["cpu", "cpuacct"], "/cpu,cpuacct"), place(["memory"], "/memory"), place(["pids"], "/pids"),
        place(["devices"], "/devices"), place(["name=systemd"], "/systemd"),
    ]

    /// A host with version 1 alone.
    static let legacy = CgroupLayout(mode: .v1, places: legacyPlaces)

    /// A host with version 1, and a version 2 tree that has no controllers.
    static let hybrid = CgroupLayout(mode: .hybrid, places: legacyPlaces + [place([], "/unified", isUnified: true)])
}

/// A configuration that differs from the default example in one respect.
struct Variant: Sendable, CustomTestStringConvertible {
    let testDescription: String
    private let base: String
    private let change: @Sendable (inout BirthConfig) -> Void

    init(_ name: String, of base: String = "default", _ change: @escaping @Sendable (inout BirthConfig) -> Void) {
        (testDescription, self.base, self.change) = (name, base, change)
    }

    func config() throws -> BirthConfig { birthConfig(try example(base), change) }

    func plan() throws -> Plan { try birth(of: config()) }
}

extension BirthConfig {
    mutating func addUserNamespace(path: String? = nil) {
        spec.linux?.namespaces?.append(.init(type: .user, path: path))
        spec.linux?.uidMappings = [.init(containerID: 0, hostID: 100_000, size: 65_536)]
        spec.linux?.gidMappings = [.init(containerID: 0, hostID: 100_000, size: 65_536)]
    }

    mutating func join(_ kinds: Spec.Linux.Namespace.Kind...) {
        for kind in kinds {
            spec.linux?.namespaces?.removeAll { $0.type == kind }
            spec.linux?.namespaces?.append(.init(type: kind, path: "/proc/4711/ns/\(kind.rawValue)"))
        }
    }

    mutating func addHooks() {
        let hook = Spec.Hook(path: "/bin/true")
        spec.hooks = Spec.Hooks(
            prestart: [hook], createRuntime: [hook, hook], createContainer: [hook], startContainer: [hook],
            poststart: [hook], poststop: [hook])
    }

    mutating func loseMountNamespace() {
        spec.linux?.namespaces?.removeAll { $0.type == .mount }
        spec.mounts = nil
        spec.linux?.maskedPaths = nil
        spec.linux?.readonlyPaths = nil
        spec.root.readonly = nil
    }
}

/// Configurations that together have every kind of step.
let variants: [Variant] =
    ["minimal", "default", "demo", "hooks", "userns", "limits", "namespaces"].map {
        Variant("example \($0)", of: $0) { _ in }
    }
    + [Spec.Linux.Propagation.shared, .slave, .private, .unbindable].map { propagation in
        Variant("a \(propagation.rawValue) root") { $0.spec.linux?.rootfsPropagation = propagation }
    }
    + [
        Variant("a terminal to be relayed", of: "shell") { ($0.console, $0.hasGate) = (.relayed, false) },
        Variant("a terminal for a socket", of: "shell") { $0.console = .socket("/run/console") },
        Variant("no gate") { $0.hasGate = false },
        Variant("hooks") { $0.addHooks() },
        Variant("hooks and no gate") {
            $0.addHooks()
            $0.hasGate = false
        },
        Variant("a user namespace") { $0.addUserNamespace() },
        Variant("a user namespace and hooks") {
            $0.addUserNamespace()
            $0.addHooks()
        },
        Variant("a joined user namespace") { $0.addUserNamespace(path: "/proc/4711/ns/user") },
        Variant("joined namespaces") { $0.join(.network, .ipc, .uts) },
        Variant("a joined pid namespace") { $0.join(.pid) },
        Variant("a joined pid namespace and a user namespace") {
            $0.join(.pid, .network)
            $0.addUserNamespace()
        },
        Variant("a joined mount namespace") { $0.join(.mount) },
        Variant("a new time namespace", of: "namespaces") { $0.join(.network) },
        Variant("no mount namespace") { $0.loseMountNamespace() },
        Variant("no mount namespace, hooks and a terminal") {
            $0.loseMountNamespace()
            $0.addHooks()
        },
        Variant("no namespaces at all") {
            $0.loseMountNamespace()
            $0.spec.linux?.namespaces = nil
            $0.spec.hostname = nil
        },
        Variant("a bind of the host's devices") {
            $0.spec.mounts = [.init(destination: "/dev", source: "/dev", options: ["rbind"])]
        },
        Variant("MS_MOVE") { $0.noPivot = true },
        Variant("cgroup version 1") { $0.cgroup = .legacy },
        Variant("cgroup version 1 without a cgroup namespace") {
            $0.cgroup = .legacy
            $0.spec.linux?.namespaces?.removeAll { $0.type == .cgroup }
        },
        Variant("a hybrid host") { $0.cgroup = .hybrid },
        Variant("a hybrid host and a user namespace") {
            $0.cgroup = .hybrid
            $0.addUserNamespace()
        },
        Variant("limits on version 1", of: "limits") {
            $0.cgroup = .legacy
            $0.host.cgroupControllers = ["cpu", "cpuacct", "memory", "pids", "devices"]
        },
        Variant("no cgroup") { $0.cgroup = nil },
        Variant("a filter of system calls") {
            $0.spec.process?.noNewPrivileges = true
            $0.spec.linux?.seccomp = .init(defaultAction: .errno, flags: [.log])
        },
        Variant("a filter of system calls, hooks and no gate") {
            $0.addHooks()
            $0.spec.linux?.seccomp = .init(defaultAction: .errno)
            $0.hasGate = false
        },
        Variant("a filter that is given as it is, and hooks that print to files") {
            $0.addHooks()
            $0.spec.annotations = ["run.oci.seccomp_bpf_data": "BgAAAAAA/38=", "run.oci.hooks.stderr": "log"]
            $0.spec.takeFilterFromAnnotations()
        },
        Variant("a filter with a listener") {
            $0.spec.linux?.seccomp = .init(defaultAction: .notify, flags: [.threadSync], listenerPath: "/run/agent")
        },
        Variant("a filter with a listener, an ordinary user and no gate") {
            $0.addUserNamespace()
            ($0.isPrivileged, $0.cgroup, $0.host.capabilities, $0.host.effectiveUserID) = (false, nil, 0, 1000)
            $0.spec.linux?.seccomp = .init(defaultAction: .notify, listenerPath: "/run/agent")
            $0.hasGate = false
        },
        Variant("no process") { $0.spec.process = nil },
        Variant("an ordinary user") {
            $0.addUserNamespace()
            $0.spec.linux?.uidMappings = [.init(containerID: 0, hostID: 1000, size: 1)]
            $0.spec.linux?.gidMappings = [.init(containerID: 0, hostID: 1000, size: 1)]
            ($0.isPrivileged, $0.cgroup, $0.host.capabilities, $0.host.effectiveUserID) = (false, nil, 0, 1000)
            $0.host.effectiveGroupID = 1000
        },
        Variant("an ordinary user with granted ids") {
            $0.addUserNamespace()
            ($0.isPrivileged, $0.cgroup, $0.host.capabilities, $0.host.effectiveUserID) = (false, nil, 0, 1000)
            $0.ownCgroup = .legacy
            $0.spec.linux?.namespaces?.removeAll { $0.type == .cgroup }
        },
        Variant("id-mapped mounts") {
            let own = [Spec.IDMapping(containerID: 0, hostID: 1000, size: 1)]
            $0.spec.mounts?.append(
                .init(
                    destination: "/a", source: "/srv", options: ["bind", "idmap"], uidMappings: own, gidMappings: own))
            $0.spec.mounts?.append(
                .init(
                    destination: "/b", source: "/srv", options: ["rbind", "ridmap"], uidMappings: own, gidMappings: own)
            )
            $0.spec.mounts?.append(
                .init(destination: "/c", type: "tmpfs", source: "tmpfs", options: ["idmap=uids=0-1-1;gids=0-1-1"]))
        },
        Variant("mounts with the mapping of a joined user namespace") {
            $0.addUserNamespace(path: "/proc/4711/ns/user")
            $0.spec.mounts?.append(.init(destination: "/a", source: "/srv", options: ["bind", "idmap"]))
        },
        Variant("network devices") {
            $0.spec.linux?.netDevices = ["eth0": .init(name: "net%d"), "wlan0": .init()]
        },
        Variant("a time namespace and a user namespace", of: "namespaces") { $0.addUserNamespace() },
        Variant("a working directory and a pid file") {
            $0.spec.process?.cwd = "/srv"
            $0.pidFile = "/run/box.pid"
        },
    ]
