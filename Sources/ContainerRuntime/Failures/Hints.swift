internal import LinuxKernel

/// Known reasons of an errno, by call: what a person would otherwise look up.
enum Hints {
    /// Advice for a failure; nil where the message says enough by itself.
    static func hint(for failure: Failure) -> String? {
        guard let call = failure.call else { return nil }
        // Managers look for the words of an errno in a message; advice must not add those of another one.
        switch (call.call, call.errno) {
        case (.clone3, .notPermitted), (.unshare, .notPermitted):
            return "new namespaces need root or a user namespace of their own (linux.namespaces)"
        case (.clone3, .noSpace), (.unshare, .noSpace):
            return "a limit on namespaces is reached: see /proc/sys/user/max_*_namespaces and nesting depth 32"
        case (.clone3, .tooManyUsers), (.unshare, .tooManyUsers):
            return "user namespaces are nested too deep or used up: see /proc/sys/user/max_user_namespaces"
        case (.clone3, .tryAgain):
            return "the number of processes is at its limit: see pids.max, RLIMIT_NPROC and kernel.pid_max"
        case (.mount, .notPermitted),
            (.fsconfig, .notPermitted)
        where failure.words.utf8.containsSequence("blockdev".utf8):
            return "the devices cgroup of the caller, or its user namespace, keeps the device from it"
        case (.fsmount, .notPermitted), (.mount, .notPermitted):
            return
                "in a user namespace the kernel refuses a fresh filesystem while the host's own is partly covered; "
                + "bind the host's with rbind instead"
        case (.mount, .noDevice), (.fsopen, .noDevice):
            return "the kernel doesn't know this filesystem type; /proc/filesystems lists those it knows"
        case (.mount, .noSpace), (.moveMount, .noSpace):
            return "the mount namespace is full: see /proc/sys/fs/mount-max"
        case (.openTree, .invalid):
            return "a part of the source is hidden by other mounts; use rbind instead of bind"
        case (.setns, .invalid):
            return "the path must name a namespace of this type, and not one that the caller is in already"
        case (.setrlimit, .notPermitted):
            return "raising a hard limit needs CAP_SYS_RESOURCE; ask for at most the caller's own"
        case (.write, .notPermitted) where failure.about.utf8.containsSequence("id mapping".utf8):
            return "the caller may map its own id only, unless it has CAP_SETUID and CAP_SETGID"
        case (.schedSetattr, .notPermitted):
            return
                "realtime and deadline scheduling, and a nice value below 0, need CAP_SYS_NICE; on cgroup v1 realtime "
                + "needs a share of time for the cgroup, too (linux.resources.cpu.realtimeRuntime)"
        case (.schedSetattr, .busy): return "the other deadlines on this machine leave too little time for this one"
        case (.schedSetattr, .init(rawValue: 95)): return "this kernel was built without utilization clamps"
        case (.schedSetaffinity, .invalid): return "none of these CPUs is online and in the container's cpuset"
        case (.ioprioSet, .notPermitted): return "IOPRIO_CLASS_RT needs CAP_SYS_NICE or CAP_SYS_ADMIN"
        case (.setMempolicy, .invalid):
            return "none of the nodes is in the container's cpuset, or the kernel doesn't know the mode"
        case (.write, .accessDenied) where failure.about.utf8.containsSequence("oom_score_adj".utf8):
            return "without CAP_SYS_RESOURCE it can't be lower than the caller's own"
        case (.write, .noEntry) where failure.about.utf8.containsSequence("AppArmor".utf8):
            return "the profile isn't loaded; aa-status lists those that are"
        case (.write, .invalid) where failure.about.utf8.containsSequence("SELinux".utf8):
            return "the loaded policy doesn't know the label"
        case (.capset, .notPermitted):
            return "a process can't gain capabilities that the caller of swrun doesn't have"
        case (.setgroups, .notPermitted):
            return "supplementary groups can't be set where /proc/self/setgroups says deny"
        case (.keyctl, .init(rawValue: 122)):
            return "the quota for keys is used up; --no-new-keyring does without"
        case (.connect, .noEntry) where failure.code == .cgroupFailed:
            return "systemd isn't running here, so leave --systemd-cgroup out and name a path in linux.cgroupsPath"
        case (.connect, .connectionRefused): return "nothing listens on the socket"
        case (.connect, .wrongSocketType): return "it must be a stream socket"
        case (.connect, .nameTooLong): return "a socket's path has at most 107 bytes"
        case (.seccomp, .accessDenied):
            return "a filter needs process.noNewPrivileges, or CAP_SYS_ADMIN where the container is made"
        case (.seccomp, .invalid): return "the kernel takes neither such a filter nor flags that it doesn't know"
        case (.seccomp, .noMemory): return "all filters of a process together have at most 32768 instructions"
        case (.seccomp, .busy): return "a process has one listener at most, and this one inherited another"
        case (.pidfdGetfd, .notPermitted):
            return "the runtime may not trace its child: see /proc/sys/kernel/yama/ptrace_scope"
        case (.pivotRoot, .invalid): return "the root of the host is an initramfs; use --no-pivot"
        case (.write, .notSupported) where failure.isAboutDeviceWeight:
            return "weights of a device need the scheduler BFQ there: see /sys/block/NAME/queue/scheduler"
        case (.write, .noSpace) where failure.code == .cgroupFailed && failure.step != nil:
            return "on cgroup version 1 nobody enters a cpuset without CPUs and memory nodes"
        case (.write, .noSpace), (.mkdir, .noSpace), (.open, .noSpace): return "the filesystem is full"
        default: return nil
        }
    }
}

extension Failure {
    fileprivate var isAboutDeviceWeight: Bool {
        guard case .config(let pointer) = place else { return false }
        return pointer.utf8.containsSequence("/blockIO/weightDevice/".utf8)
    }
}
