extension Spec.Linux.Namespace.Kind {
    /// The `CLONE_NEW…` bit for clone3(2), unshare(2) and setns(2); nil for an unknown kind.
    public var cloneFlag: UInt64? {
        switch self {
        case .time: 0x0000_0080
        case .mount: 0x0002_0000
        case .cgroup: 0x0200_0000
        case .uts: 0x0400_0000
        case .ipc: 0x0800_0000
        case .user: 0x1000_0000
        case .pid: 0x2000_0000
        case .network: 0x4000_0000
        case .unknown: nil
        }
    }

    /// The name of its file in /proc/PID/ns; nil for an unknown kind.
    public var procName: String? {
        switch self {
        case .time: "time"
        case .mount: "mnt"
        case .cgroup: "cgroup"
        case .uts: "uts"
        case .ipc: "ipc"
        case .user: "user"
        case .pid: "pid"
        case .network: "net"
        case .unknown: nil
        }
    }
}

extension Spec.Linux.Device.Kind {
    /// The `S_IF…` bits for mknod(2); nil for an unknown kind.
    public var fileType: UInt32? {
        switch self {
        case .character, .unbuffered: 0o020_000
        case .block: 0o060_000
        case .pipe: 0o010_000
        case .unknown: nil
        }
    }
}
