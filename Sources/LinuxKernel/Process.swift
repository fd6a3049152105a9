internal import CLinux

/// The calling process, and the making of others.
public enum Process {
    /// The pid in the caller's own namespace.
    public static var id: Int32 { sw_getpid() }

    /// The kernel's view of the parent: 0 where that is outside the pid namespace.
    public static var parentID: Int32 { getppid() }

    /// What a clone answers to the two processes that come out of it.
    @frozen
    public enum Cloned: ~Copyable {
        /// The caller gets the new process, and a descriptor of it.
        case parent(pid: Int32, process: FileDescriptor)
        /// The new process.
        case child
    }

    /// Makes a process that goes on at the same place with a copy of all memory.
    ///
    /// Sound because swrun has one thread. The child's branch must end in `Never`.
    /// - Parameters:
    ///   - namespaces: CLONE_NEW… flags.
    ///   - cgroup: a cgroup v2 directory to start in, or nil.
    ///   - asSibling: the new process becomes a child of the caller's parent.
    public static func clone(namespaces: UInt64, intoCgroup cgroup: Int32? = nil, asSibling: Bool = false)
        throws(CallError) -> Cloned
    {
        var pidfd: Int32 = -1
        var flags = namespaces | SW_CLONE_PIDFD
        if cgroup != nil { flags |= SW_CLONE_INTO_CGROUP }
        if asSibling { flags |= SW_CLONE_PARENT }
        // A sibling inherits the caller's exit signal; naming one is EINVAL.
        let pid = try check(.clone3, unsafe sw_clone3(flags, &pidfd, asSibling ? 0 : SIGCHLD, cgroup ?? -1))
        if pid == 0 { return .child }
        return .parent(pid: pid, process: FileDescriptor(adopting: pidfd))
    }

    /// Ends this process at once, without running anything that was meant for a normal exit.
    public static func exitNow(_ status: Int32) -> Never { _exit(status) }

    /// Replaces the program; returns only by throwing.
    public static func execute(_ path: String, _ arguments: [String], environment: [String]) throws(CallError) {
        let result = unsafe withCStrings(arguments) { argv in
            unsafe withCStrings(environment) { envp in
                unsafe path.withCString { unsafe sw_execve($0, argv, envp) }
            }
        }
        try check(.execve, result)
    }

    /// Replaces the program by the file that `file` holds; returns only by throwing.
    public static func execute(
        _ file: borrowing FileDescriptor, _ arguments: [String], environment: [String]
    ) throws(CallError) {
        let number = file.raw
        let result = unsafe withCStrings(arguments) { argv in
            unsafe withCStrings(environment) { envp in unsafe sw_execveat(number, "", argv, envp, SW_AT_EMPTY_PATH) }
        }
        try check(.execve, result)
    }

    /// Replaces the program by the file that `file` holds, with the arguments and the environment that this one got.
    public static func executeAgain(_ file: borrowing FileDescriptor) throws(CallError) {
        let result = unsafe sw_execveat(file.raw, "", CommandLine.unsafeArgv, sw_environment(), SW_AT_EMPTY_PATH)
        try check(.execve, result)
    }

    /// The environment; what isn't UTF-8 is left out.
    public static var environment: [String] {
        var all: [String] = []
        guard let environment = unsafe sw_environment() else { return [] }
        var index = 0
        while let entry = unsafe environment[index] {
            if let text = unsafe String(validatingCString: entry) { all.append(text) }
            index += 1
        }
        return all
    }

    /// The value of an environment variable; nil if it is unset, empty, or not UTF-8.
    public static func variable(_ name: String) -> String? {
        guard let pointer = unsafe getenv(name), let value = unsafe String(validatingCString: pointer) else {
            return nil
        }
        return value.isEmpty ? nil : value
    }

    /// Joins the namespace that `namespace` holds.
    ///
    /// - Parameter kind: the CLONE_NEW… flag that it must have; 0 takes any.
    public static func join(_ namespace: borrowing FileDescriptor, kind: UInt64) throws(CallError) {
        try check(.setns, sw_setns(namespace.raw, Int32(truncatingIfNeeded: kind)))
    }

    /// Joins several namespaces of a process at once, the CLONE_NEW… bits: all of them, or none.
    ///
    /// A pid namespace holds for processes that are made afterwards. Source: setns(2).
    public static func join(_ namespaces: UInt64, of process: borrowing ProcessHandle) throws(CallError) {
        try check(.setns, sw_setns(process.descriptor.raw, Int32(truncatingIfNeeded: namespaces)))
    }

    /// True if the descriptor holds a namespace of the kind with this CLONE_NEW… flag; ENOTTY if it holds none at all.
    ///
    /// Source: ioctl_ns(2).
    public static func holds(_ namespace: borrowing FileDescriptor, kind: UInt64) throws(CallError) -> Bool {
        UInt64(try check(.namespaceType, sw_namespace_type(namespace.raw))) == kind
    }

    /// Leaves namespaces for new ones.
    public static func unshare(_ namespaces: UInt64) throws(CallError) {
        try check(.unshare, sw_unshare(Int32(truncatingIfNeeded: namespaces)))
    }

    /// Leads a new session without a controlling terminal.
    public static func startSession() throws(CallError) { try check(.setsid, sw_setsid()) }

    /// Leads a new process group.
    public static func startGroup() throws(CallError) { try check(.setpgid, sw_setpgid(0, 0)) }

    /// Dies by SIGKILL when the parent dies; a change of credentials clears this.
    public static func dieWithParent(_ on: Bool) throws(CallError) {
        try check(.prctl, sw_prctl(SW_PR_SET_PDEATHSIG, on ? UInt(SIGKILL) : 0, 0, 0, 0))
    }

    /// Shuts others out of /proc/PID/{exe,root,fd,mem} of this process unless they have CAP_SYS_PTRACE over it.
    public static func setDumpable(_ on: Bool) throws(CallError) {
        try check(.prctl, sw_prctl(SW_PR_SET_DUMPABLE, on ? 1 : 0, 0, 0, 0))
    }

    /// Orphans among the descendants become children of this process.
    public static func becomeSubreaper() throws(CallError) {
        try check(.prctl, sw_prctl(SW_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
    }

    /// Never frees an object: at its end the kernel takes all memory of a process back at once, piece by piece it is work.
    public static func keepToTheEnd(_ object: AnyObject) { unsafe _ = Unmanaged.passRetained(object) }

    /// Sets the name that `ps` shows, 15 bytes at most.
    public static func setName(_ name: String) throws(CallError) {
        let result = unsafe name.withCString { sw_prctl(SW_PR_SET_NAME, UInt(bitPattern: $0), 0, 0, 0) }
        try check(.prctl, result)
    }

    /// No later execve may grant privileges.
    public static func setNoNewPrivileges() throws(CallError) {
        try check(.prctl, sw_prctl(SW_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    }

    /// Sets the file mode mask and answers the old one.
    @discardableResult
    public static func setUmask(_ mask: UInt32) -> UInt32 { umask(mask) }

    /// Sets the host name of the uts namespace.
    public static func setHostname(_ name: String) throws(CallError) {
        try check(.sethostname, unsafe name.withCString { unsafe sw_sethostname($0, name.utf8.count) })
    }

    /// Sets the domain name of the uts namespace.
    public static func setDomainname(_ name: String) throws(CallError) {
        try check(.setdomainname, unsafe name.withCString { unsafe sw_setdomainname($0, name.utf8.count) })
    }

    /// Brings the loopback interface of the network namespace up.
    ///
    /// ENODEV can't happen: every network namespace has it.
    public static func bringLoopbackUp() throws(CallError) {
        let socket = FileDescriptor(adopting: try check(.socket, sw_inet_socket()))
        try check(.loopbackUp, sw_loopback_up(socket.raw))
    }

    /// Starts a session keyring of this name, which only its possessor may search.
    ///
    /// Source: keyctl(2).
    public static func joinSessionKeyring(_ name: String) throws(CallError) {
        try check(.keyctl, unsafe name.withCString { unsafe sw_join_session_keyring($0) })
    }

    /// Sends a signal to a process by its number: only for a child of ours that hasn't been waited for.
    public static func signalGroup(_ group: Int32, _ number: Int32) throws(CallError) {
        try check(.kill, sw_kill(-group, number))
    }

    /// The soft and hard limit of a resource for this process.
    public static func limit(_ resource: Int32) throws(CallError) -> (soft: UInt64, hard: UInt64) {
        var soft: UInt64 = 0
        var hard: UInt64 = 0
        try check(.getrlimit, unsafe sw_getrlimit(0, resource, &soft, &hard))
        return (soft, hard)
    }

    /// Sets the soft and hard limit of a resource for this process, in the resource's unit.
    ///
    /// Source: prlimit(2).
    public static func setLimit(_ resource: Int32, soft: UInt64, hard: UInt64) throws(CallError) {
        try check(.setrlimit, sw_setrlimit(0, resource, soft, hard))
    }
}

/// Calls `body` with strings as the NULL-terminated array of C strings that execve(2) takes.
private func withCStrings(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
) -> Int32 {
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
    for index in strings.indices { unsafe pointers[index] = unsafe strings[index].withCString { unsafe strdup($0) } }
    unsafe pointers[strings.count] = nil
    let result = unsafe body(pointers)
    for index in strings.indices { unsafe free(pointers[index]) }
    unsafe pointers.deallocate()
    return result
}
