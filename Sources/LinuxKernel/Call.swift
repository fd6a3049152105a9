/// The system calls that swrun makes, by the kernel's names: what an error says was refused.
///
/// The raw value crosses from one process of a birth to the other in the flight record.
public enum Call: UInt32, CaseIterable, Sendable {
    /// No call failed; something else was found wrong.
    case none
    // Files.
    case open, openat2, close, read, write, dup3, fcntl, pipe, ftruncate, flock, mkdir, mknod, symlink, readlink, unlink
    case rename, chmod, chown, utimens, chdir, fchdir, chroot, getcwd, stat, statfs, getdents, memfdCreate, sendfile
    case mmap, closeRange
    // Mounts.
    case mount, umount, fsopen, fsconfig, fsmount, openTree, moveMount, mountSetattr, pivotRoot
    // Processes and namespaces.
    case clone3, setns, unshare, pidfdOpen, pidfdSendSignal, kill, waitid, execve, prctl, setsid, setpgid, poll
    case setresuid, setresgid, setgroups, getgroups, capset, capget, setrlimit, getrlimit
    case sethostname, setdomainname, namespaceType, keyctl, signalfd, sigprocmask, signal
    // Sockets and terminals.
    case socketpair, socket, bind, connect, sendmsg, recvmsg, loopbackUp, terminalUnlock, terminalPeer, terminalSize
    case terminalAttributes, terminalControl
    // Programs in the kernel.
    case bpf
    // Filters of system calls.
    case seccomp, pidfdGetfd
    // Requests to the kernel's networking, by their message.
    case netlink
    // Being told of what happens.
    case eventfd, inotify
    // Scheduling.
    case schedSetattr, schedGetattr, schedSetaffinity, schedGetaffinity, ioprioSet, ioprioGet, setMempolicy
    case getMempolicy, personality
    // Extended attributes.
    case setxattr

    /// The name as the kernel's manual has it, as `move_mount`.
    public var name: String { Call.names[Int(rawValue)] }

    /// In the order of the cases.
    static let names = [
        "", "open", "openat2", "close", "read", "write", "dup3", "fcntl", "pipe", "ftruncate", "flock", "mkdir",
        "mknod", "symlink", "readlink", "unlink", "rename", "chmod", "chown", "utimens", "chdir", "fchdir", "chroot",
        "getcwd", "stat", "statfs", "getdents", "memfd_create", "sendfile", "mmap", "close_range", "mount", "umount",
        "fsopen", "fsconfig", "fsmount", "open_tree", "move_mount", "mount_setattr", "pivot_root", "clone3", "setns",
        "unshare", "pidfd_open", "pidfd_send_signal", "kill", "waitid", "execve", "prctl", "setsid", "setpgid",
        "poll", "setresuid", "setresgid", "setgroups", "getgroups", "capset", "capget", "setrlimit", "getrlimit",
        "sethostname", "setdomainname", "ioctl(NS_GET_NSTYPE)", "keyctl", "signalfd", "sigprocmask", "signal",
        "socketpair", "socket", "bind", "connect", "sendmsg", "recvmsg", "ioctl(SIOCSIFFLAGS)", "ioctl(TIOCSPTLCK)",
        "ioctl(TIOCGPTPEER)", "ioctl(TIOCSWINSZ)", "tcsetattr", "ioctl(TIOCSCTTY)", "bpf", "seccomp",
        "pidfd_getfd", "netlink", "eventfd", "inotify", "sched_setattr", "sched_getattr", "sched_setaffinity",
        "sched_getaffinity",
        "ioprio_set", "ioprio_get", "set_mempolicy", "get_mempolicy", "personality", "setxattr",
    ]
}
