public import Cgroups

/// One entry of `mounts`, with its options taken apart.
public struct MountRequest: Equatable, Sendable {
    /// The place in `mounts`.
    public var index: Int
    /// The path inside the container.
    public var destination: String
    /// What is mounted: the host's path of a bind, else what the mount table shows as source.
    public var source: String
    /// The type of a filesystem; of no meaning for a bind.
    public var type: String
    /// True for a bind mount.
    public var isBind = false
    /// True if the mounts below the source of a bind come with it.
    public var isRecursive = false
    /// True if the mount that is there already is to be changed.
    public var isRemount = false
    /// True if what lies below the destination is to be copied into a fresh tmpfs.
    public var copiesUp = false
    /// `MOUNT_ATTR_…` bits to set and to clear on this mount.
    public var attributes = AttributeChange()
    /// The same on this mount and those below it.
    public var recursiveAttributes = AttributeChange()
    /// What is to be done about propagation, in order; nothing asks for the default.
    public var propagations: [PropagationChange] = []
    /// `MS_…` bits of the filesystem itself.
    public var superblockBits: UInt64 = 0
    /// The filesystem's own options.
    public var data: [String] = []
    /// The host's tree that is bound where the kernel refuses the filesystem for want of rights; nil for none.
    public var substitute: String?
    /// The id mapping that is applied to the mount; nil for none.
    public var idMapping: MountIDMapping?
}

/// A stream to which hooks print.
public enum HookStream: String, CaseIterable, Equatable, Sendable {
    /// The first.
    case output = "standard output"
    /// The other one.
    case errors = "standard error"
}

/// An SELinux context as an option of a filesystem.
public struct ContextOption: Equatable, Sendable {
    /// The option's name, `context` as a rule.
    public var key: String
    /// The context.
    public var label: String
}

/// Where the mapping of an id-mapped mount comes from, and how far it reaches.
public struct MountIDMapping: Equatable, Sendable {
    /// The mapping itself.
    public var source: IDMappingSource
    /// True if the mounts below are mapped, too.
    public var isRecursive: Bool
    /// The same for all mounts with the same mapping, which then share a user namespace.
    public var number = 0
}

/// The origin of a mapping.
public enum IDMappingSource: Equatable, Sendable {
    /// These lines of uid_map and gid_map.
    case lines(uid: String, gid: String)
    /// The user namespace that the container joins.
    case joinedNamespace
}

/// A network device of the runtime's network namespace that moves into the container's.
public struct NetworkDeviceRequest: Equatable, Sendable {
    /// Its name.
    public var name: String
    /// Its name inside; with `%d` the kernel puts a number there.
    public var nameInside: String
}

/// What systemd is asked for.
public struct Scope: Equatable, Sendable {
    /// The unit.
    public var unit: SystemdUnit
    /// Its properties: limits and annotations.
    public var properties: [UnitProperty]
}

/// How the root filesystem becomes the root.
public enum RootSwitch: Equatable, Sendable {
    /// pivot_root(2).
    case pivot
    /// MS_MOVE, for a host whose own root is an initramfs.
    case move
    /// chroot(2), where there is no mount namespace to pivot in.
    case chroot
}

/// Bits of mount_setattr(2) to set and to clear.
public struct AttributeChange: Equatable, Sendable {
    /// To set.
    public var `set`: UInt64 = 0
    /// To clear.
    public var clear: UInt64 = 0
    /// True if there is nothing to do.
    public var isEmpty: Bool { `set` == 0 && clear == 0 }
}

/// One change of propagation.
public struct PropagationChange: Equatable, Sendable {
    /// The `MS_…` bit.
    public var bit: UInt64
    /// True if the mounts below are changed, too.
    public var recursive: Bool
}

/// How a container sees its cgroups.
public enum CgroupView: Equatable, Sendable {
    /// The one v2 hierarchy, mounted afresh in the container's cgroup namespace.
    case unified
    /// One v1 hierarchy for each, mounted afresh in the container's cgroup namespace.
    case hierarchies([CgroupMountPoint])
    /// Without a cgroup namespace: the container's own directories, bound.
    case bound([CgroupMountPoint])
}

/// One mounted hierarchy inside the container.
public struct CgroupMountPoint: Equatable, Sendable {
    /// The directory's name below the mount.
    public var name: String
    /// The controllers, as the mount option says them; `name=systemd` for one without.
    public var options: String
    /// The host's directory of the container's cgroup, for a bind.
    public var directory: String
    /// True for the v2 hierarchy of a hybrid host.
    public var isUnified: Bool
    /// Names that are links to it, as `cpu` to `cpu,cpuacct`.
    public var links: [String]
}

/// A device node.
public struct DeviceRequest: Equatable, Sendable {
    /// The place in `linux.devices`, or behind it for the default ones.
    public var index: Int
    /// The path inside the container.
    public var path: String
    /// The file type, as S_IFCHR.
    public var type: UInt32
    /// The major number.
    public var major: UInt32
    /// The minor number.
    public var minor: UInt32
    /// Permission bits.
    public var mode: UInt32
    /// The owner.
    public var uid: UInt32
    /// The owning group.
    public var gid: UInt32
}

/// A symbolic link below `/dev`.
public struct DeviceLink: Equatable, Sendable {
    /// The name in `/dev`.
    public var name: String
    /// What it says.
    public var text: String
}

/// The size of a terminal in characters.
public struct TerminalExtent: Equatable, Sendable {
    /// Lines.
    public var rows: UInt16
    /// Characters in a line.
    public var columns: UInt16
}

/// A kernel parameter and its value.
public struct KernelParameter: Equatable, Sendable {
    /// The key, as configured.
    public var key: String
    /// The value, written as it is.
    public var value: String
}

/// A resource limit.
public struct ResourceLimit: Equatable, Sendable {
    /// The name, as `RLIMIT_NOFILE`.
    public var name: String
    /// The kernel's number of it.
    public var number: Int32
    /// The soft limit.
    public var soft: UInt64
    /// The hard limit.
    public var hard: UInt64
}

/// Who the container's process is.
public struct Identity: Equatable, Sendable {
    /// The user.
    public var uid: UInt32
    /// The group.
    public var gid: UInt32
    /// The supplementary groups, exactly; nil where they can't be set and none are wanted.
    public var groups: [UInt32]?
    /// The file mode mask; nil leaves the caller's.
    public var umask: UInt32?
    /// The capability sets; nil leaves what the kernel gives.
    public var capabilities: CapabilitySets?
    /// True if no later execve may grant privileges.
    public var noNewPrivileges: Bool
    /// True if CAP_SYS_ADMIN stays in force for what is left to do; execve takes it.
    public var keepsAdministration = false
}

/// How a filter of system calls is loaded.
public struct FilterLoad: Equatable, Sendable {
    /// The flags, as configured.
    public var flags: [String] = []
    /// Their bits for seccomp(2), with those that a listener needs.
    public var bits: UInt32 = 0
    /// True if there is a listener.
    public var hasListener = false
    /// True if the runtime can get the listener only from a process that lets itself be looked at.
    public var showsItself = false
    /// True if nothing but the program's execution comes after it.
    public var isLast = true
}

/// The five capability sets, a bit for each capability.
public struct CapabilitySets: Equatable, Sendable {
    /// The ceiling of what execve may grant.
    public var bounding: UInt64 = 0
    /// What is in force.
    public var effective: UInt64 = 0
    /// What may be in force.
    public var permitted: UInt64 = 0
    /// What is kept over execve by files that ask for it.
    public var inheritable: UInt64 = 0
    /// What is kept over execve by all files.
    public var ambient: UInt64 = 0
}

/// The kinds of hooks, in the specification's order.
public enum HookKind: String, CaseIterable, Sendable {
    /// Deprecated; before `createRuntime`.
    case prestart
    /// In the runtime's namespaces, before pivot_root.
    case createRuntime
    /// In the container's namespaces, before pivot_root.
    case createContainer
    /// In the container, before its program.
    case startContainer
    /// In the runtime's namespaces, after the program was started.
    case poststart
    /// In the runtime's namespaces, after the container was deleted.
    case poststop
}
