internal import Foundation
internal import Support

extension Box {
    /// A filter that lets all calls pass but those of the rules.
    func filter(_ rules: JSON..., flags: [String] = []) {
        config["root"]["readonly"] = false
        config["linux"]["seccomp"] = ["defaultAction": "SCMP_ACT_ALLOW", "syscalls": .array(rules)]
        if !flags.isEmpty { config["linux"]["seccomp"]["flags"] = .array(flags.map(JSON.string)) }
    }

    /// A rule about the call by which busybox makes a directory.
    static func mkdir(_ action: String, errno: Int64? = nil) -> JSON {
        var rule: JSON = ["names": ["mkdir", "mkdirat"], "action": .string(action)]
        if let errno { rule["errnoRet"] = .integer(errno) }
        return rule
    }
}

/// Filters of system calls, as the program inside feels them.
extension Observation {
    private static let tryMkdir = "mkdir /tmp/x 2>&1; echo $?; ls /tmp"

    static let seccomp: [Observation] = actions + operators + circumstances

    private static let actions: [Observation] = [
        Observation(
            name: "SCMP_ACT_ERRNO answers EPERM", change: { $0.filter(Box.mkdir("SCMP_ACT_ERRNO")) }, script: tryMkdir,
            expected: "mkdir: can't create directory '/tmp/x': Operation not permitted\n1"),
        Observation(
            name: "SCMP_ACT_ERRNO answers its errno", change: { $0.filter(Box.mkdir("SCMP_ACT_ERRNO", errno: 28)) },
            script: tryMkdir, expected: "mkdir: can't create directory '/tmp/x': No space left on device\n1"),
        Observation(
            name: "SCMP_ACT_ERRNO with 0 makes believe", change: { $0.filter(Box.mkdir("SCMP_ACT_ERRNO", errno: 0)) },
            script: tryMkdir, expected: "0"),
        Observation(
            name: "SCMP_ACT_KILL_PROCESS ends the process with SIGSYS",
            change: { $0.filter(Box.mkdir("SCMP_ACT_KILL_PROCESS")) },
            script: "(mkdir /tmp/x) 2>/dev/null; echo $?; ls /tmp",
            expected: "159"),
        Observation(
            name: "SCMP_ACT_KILL_THREAD ends the only thread with SIGSYS",
            change: { $0.filter(Box.mkdir("SCMP_ACT_KILL_THREAD")) },
            script: "(mkdir /tmp/x) 2>/dev/null; echo $?; ls /tmp",
            expected: "159"),
        Observation(
            name: "SCMP_ACT_KILL is SCMP_ACT_KILL_THREAD", change: { $0.filter(Box.mkdir("SCMP_ACT_KILL")) },
            script: "(mkdir /tmp/x) 2>/dev/null; echo $?; ls /tmp", expected: "159"),
        Observation(
            name: "SCMP_ACT_TRAP sends SIGSYS, which can be caught",
            change: { $0.filter(["names": ["chdir"], "action": "SCMP_ACT_TRAP"]) },
            script: "trap 'echo trapped' SYS; cd /tmp; echo on", expected: "trapped\non"),
        Observation(
            name: "SCMP_ACT_TRACE without a tracer is ENOSYS", change: { $0.filter(Box.mkdir("SCMP_ACT_TRACE")) },
            script: tryMkdir, expected: "mkdir: can't create directory '/tmp/x': Function not implemented\n1"),
        Observation(
            name: "SCMP_ACT_LOG lets the call pass", change: { $0.filter(Box.mkdir("SCMP_ACT_LOG")) }, script: tryMkdir,
            expected: "0\nx"),
        Observation(
            name: "SCMP_ACT_ALLOW lets the call pass where others fail",
            change: { box in
                box.filter(Box.mkdir("SCMP_ACT_ALLOW"))
                box.config["linux"]["seccomp"]["defaultAction"] = "SCMP_ACT_LOG"
            }, script: tryMkdir, expected: "0\nx"),
    ]

    /// What `kill -N` meets, of signals that a shell takes no notice of: 18, 23 and 28.
    private static let operators: [Observation] =
        [
            ("SCMP_CMP_NE", "18 fails\n23 passes\n28 fails"), ("SCMP_CMP_LT", "18 fails\n23 passes\n28 passes"),
            ("SCMP_CMP_LE", "18 fails\n23 fails\n28 passes"), ("SCMP_CMP_EQ", "18 passes\n23 fails\n28 passes"),
            ("SCMP_CMP_GE", "18 passes\n23 fails\n28 fails"), ("SCMP_CMP_GT", "18 passes\n23 passes\n28 fails"),
        ].map { name, expected in
            Observation(
                name: "\(name) compares an argument",
                change: {
                    $0.filter([
                        "names": ["kill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5,
                        "args": [["index": 1, "value": 23, "op": .string(name)]],
                    ])
                }, script: "for n in 18 23 28; do kill -$n $$ 2>/dev/null && echo $n passes || echo $n fails; done",
                expected: expected)
        } + [
            Observation(
                name: "SCMP_CMP_MASKED_EQ compares under a mask",
                change: {
                    $0.filter([
                        "names": ["kill"], "action": "SCMP_ACT_ERRNO",
                        "args": [["index": 1, "value": 12, "valueTwo": 4, "op": "SCMP_CMP_MASKED_EQ"]],
                    ])
                }, script: "for n in 18 23 28; do kill -$n $$ 2>/dev/null && echo $n passes || echo $n fails; done",
                expected: "18 passes\n23 fails\n28 passes")
        ]

    private static let circumstances: [Observation] = [
        Observation(
            name: "one filter is in force", change: { $0.filter(Box.mkdir("SCMP_ACT_ERRNO")) },
            script: "grep -E '^(Seccomp|NoNewPrivs)' /proc/self/status",
            expected: "NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1"),
        Observation(
            name: "a filter without no_new_privs, and no capability more",
            change: {
                $0.filter(Box.mkdir("SCMP_ACT_ERRNO"))
                $0.config["process"]["noNewPrivileges"] = false
            }, script: "grep -E '^(Seccomp|NoNewPrivs|Cap)' /proc/self/status"),
        Observation(
            name: "a filter for an ordinary user without no_new_privs, and no capability more",
            change: {
                $0.filter(Box.mkdir("SCMP_ACT_ERRNO"))
                $0.config["process"]["noNewPrivileges"] = false
                $0.config["process"]["user"] = ["uid": 1000, "gid": 1000]
            }, script: "grep -E '^(Seccomp|NoNewPrivs|Cap|Uid)' /proc/self/status"),
        Observation(
            name: "a filter in a user namespace",
            change: {
                $0.filter(Box.mkdir("SCMP_ACT_ERRNO"))
                $0.config["process"]["noNewPrivileges"] = false
                $0.config["linux"]["namespaces"].elements.append(["type": "user"])
                let mapping: JSON = [["containerID": 0, "hostID": 100_000, "size": 65536]]
                $0.config["linux"]["uidMappings"] = mapping
                $0.config["linux"]["gidMappings"] = mapping
                try Command("chown", "-R", "100000:100000", $0.rootfs).run().get()
                try Command("chmod", "o+x", $0.directory, $0.bundle).run().get()
            }, script: "mkdir /tmp/x 2>&1; grep -E '^Seccomp' /proc/self/status"),
        Observation(
            name: "flags are no obstacle",
            change: {
                $0.filter(
                    Box.mkdir("SCMP_ACT_ERRNO"),
                    flags: [
                        "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
                    ])
            }, script: "grep -E '^Seccomp' /proc/self/status", expected: "Seccomp:\t2\nSeccomp_filters:\t1",
            differs: ["runc": "Debian's knows no flags"]),
        Observation(
            name: "unknown calls are no obstacle",
            change: { $0.filter(["names": ["no_such_call", "mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"]) },
            script: tryMkdir, expected: "mkdir: can't create directory '/tmp/x': Operation not permitted\n1"),
        Observation(
            name: "of two rules for one call the first stands",
            change: { $0.filter(Box.mkdir("SCMP_ACT_ERRNO", errno: 28), Box.mkdir("SCMP_ACT_ERRNO", errno: 5)) },
            script: tryMkdir, expected: "mkdir: can't create directory '/tmp/x': No space left on device\n1"),
        Observation(
            name: "a profile with all architectures of the host",
            change: {
                $0.filter(Box.mkdir("SCMP_ACT_ERRNO"))
                $0.config["linux"]["seccomp"]["architectures"] = [
                    "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM",
                ]
            }, script: tryMkdir, expected: "mkdir: can't create directory '/tmp/x': Operation not permitted\n1"),
        Observation(
            name: "a filter that lets nothing pass but what the program does itself",
            change: { box in
                box.config["linux"]["seccomp"] = [
                    "defaultAction": "SCMP_ACT_KILL_PROCESS",
                    "syscalls": [["names": .array(Box.callsOfTrue.map(JSON.string)), "action": "SCMP_ACT_ALLOW"]],
                ]
                // Read by the script's shell.
                box.config["process"]["noNewPrivileges"] = false
            }, script: "echo done", expected: "done",
            differs: [
                "crun": "it does things of its own behind the filter",
                "runc": "it does things of its own behind the filter",
            ]),
    ]
}

extension Box {
    /// What a static busybox' shell calls for `echo`.
    fileprivate static let callsOfTrue = [
        "execve", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlink",
        "readlinkat", "getrandom", "mprotect", "mmap", "munmap", "fstat", "newfstatat", "stat", "getuid", "geteuid",
        "getgid", "getegid", "getpid", "getppid", "uname", "getcwd", "rt_sigaction", "rt_sigprocmask", "ioctl", "fcntl",
        "write", "writev", "exit_group", "prctl", "setuid", "setgid",
    ]
}
