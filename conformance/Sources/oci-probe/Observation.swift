import CKernel
import Glibc
import JSONValue

/// Everything the probe sees of the process it is, asked of the kernel and of nothing else.
enum Observation {
    static func all() -> JSON {
        var report: JSON = ["probe": 1]
        report["/pid"] = .int(getpid())
        report["/ppid"] = .int(getppid())
        report["/session"] = .int(getsid(0))
        identity(&report)
        capabilities(&report)
        report["/noNewPrivileges"] = .bool(ck_prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        report["/seccomp"] = .int(ck_prctl(PR_GET_SECCOMP, 0, 0, 0, 0))
        report["/dumpable"] = .int(ck_prctl(PR_GET_DUMPABLE, 0, 0, 0, 0))
        report["/securebits"] = .int(ck_prctl(PR_GET_SECUREBITS, 0, 0, 0, 0))
        limits(&report)
        report["/namespaces"] = namespaces()
        names(&report)
        report["/arguments"] = .strings(CommandLine.arguments)
        report["/environment"] = environment()
        report["/cwd"] = workingDirectory()
        let mask = umask(0)
        umask(mask)
        report["/umask"] = .int(mask)
        report["/descriptors"] = descriptors()
        report["/mounts"] = .string(Files.text("/proc/self/mountinfo"))
        report["/statmount"] = MountCalls.all()
        report["/cgroup"] = .string(Files.text("/proc/self/cgroup"))
        scheduling(&report)
        report["/oomScoreAdj"] = .int(trimmedInt("/proc/self/oom_score_adj"))
        report["/personality"] = .int(ck_syscall(Int(SYS_personality), 0xFFFF_FFFF, 0, 0, 0, 0, 0))
        report["/keyring"] = .int(ck_syscall(Int(SYS_keyctl), 0, -3, 0, 0, 0, 0))
        report["/label"] = .string(Files.text("/proc/self/attr/current"))
        report["/root"] = .strings((try? Files.names("/").get()) ?? [])
        report["/dev"] = .strings((try? Files.names("/dev").get()) ?? [])
        report["/interfaces"] = .strings(interfaces())
        terminal(&report)
        return report
    }

    static func identity(_ report: inout JSON) {
        var ids = [UInt32](repeating: 0, count: 3)
        ck_ids(0, &ids)
        report["/uids"] = .array(ids.map { .int($0) })
        ck_ids(1, &ids)
        report["/gids"] = .array(ids.map { .int($0) })
        var groups = [gid_t](repeating: 0, count: 1024)
        let count = getgroups(1024, &groups)
        report["/groups"] = .array(groups.prefix(max(0, Int(count))).sorted().map { .int($0) })
    }

    private static func capabilities(_ report: inout JSON) {
        var (effective, permitted, inheritable): (UInt64, UInt64, UInt64) = (0, 0, 0)
        _ = ck_capget(&effective, &permitted, &inheritable)
        func bits(_ holds: (UInt) -> Bool) -> JSON { .array((UInt(0)..<64).filter(holds).map { .int($0) }) }
        report["/capabilities"] = [
            "effective": bits { effective >> $0 & 1 == 1 },
            "permitted": bits { permitted >> $0 & 1 == 1 },
            "inheritable": bits { inheritable >> $0 & 1 == 1 },
            "bounding": bits { ck_prctl(PR_CAPBSET_READ, $0, 0, 0, 0) == 1 },
            "ambient": bits { ck_prctl(PR_CAP_AMBIENT, UInt(PR_CAP_AMBIENT_IS_SET), $0, 0, 0) == 1 },
        ]
    }

    /// `[soft, hard]` by the kernel's number of the limit.
    private static func limits(_ report: inout JSON) {
        var list: [JSON] = []
        for resource in 0..<16 {
            var pair: (UInt64, UInt64) = (0, 0)
            let result = withUnsafeMutablePointer(to: &pair) {
                ck_syscall(Int(SYS_prlimit64), 0, resource, 0, Int(bitPattern: $0), 0, 0)
            }
            list.append(result < 0 ? .null : [.int(pair.0), .int(pair.1)])
        }
        report["/rlimits"] = .array(list)
    }

    static func namespaces() -> JSON {
        var result: JSON = [:]
        for kind in ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"] {
            if case .success(let link) = Files.link("/proc/self/ns/" + kind) { result[name: kind] = .string(link) }
        }
        return result
    }

    private static func names(_ report: inout JSON) {
        var system = utsname()
        uname(&system)
        func text<T>(_ field: T) -> JSON {
            withUnsafeBytes(of: field) { .string(String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)) }
        }
        report["/hostname"] = text(system.nodename)
        report["/domainname"] = text(system.__domainname)
        report["/machine"] = text(system.machine)
        for (name, clock) in [("monotonic", CLOCK_MONOTONIC), ("boottime", CLOCK_BOOTTIME)] {
            var time = timespec()
            clock_gettime(clockid_t(clock), &time)
            report["/clocks"] = report["/clocks"] ?? [:]
            report["/clocks/\(name)"] = .int(time.tv_sec)
        }
    }

    static func environment() -> JSON {
        var list: [JSON] = []
        guard var entry = ck_environment() else { return .array([]) }
        while let text = entry.pointee {
            list.append(.string(String(cString: text)))
            entry += 1
        }
        return .array(list)
    }

    static func workingDirectory() -> JSON {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let length = buffer.withUnsafeMutableBytes {
            ck_syscall(Int(SYS_getcwd), Int(bitPattern: $0.baseAddress), 4096, 0, 0, 0, 0)
        }
        return length > 0 ? .string(String(decoding: buffer[..<(length - 1)], as: UTF8.self)) : .null
    }

    private static func descriptors() -> JSON {
        var open: [JSON] = []
        for fd in Int32(0)..<1024 where fcntl(fd, F_GETFD) >= 0 {
            var status = stat()
            fstat(fd, &status)
            open.append(["fd": .int(fd), "mode": .int(status.st_mode), "flags": .int(fcntl(fd, F_GETFL))])
        }
        return .array(open)
    }

    private static func scheduling(_ report: inout JSON) {
        var attr = ck_sched_attr()
        _ = ck_sched_getattr(&attr)
        report["/scheduler"] = [
            "policy": .int(attr.policy), "nice": .int(attr.nice), "priority": .int(attr.priority),
            "flags": .int(attr.flags), "runtime": .int(attr.runtime), "deadline": .int(attr.deadline),
            "period": .int(attr.period),
        ]
        report["/ioPriority"] = .int(ck_syscall(Int(SYS_ioprio_get), 1, 0, 0, 0, 0, 0))
        var mask = [UInt8](repeating: 0, count: 128)
        let size = mask.withUnsafeMutableBytes {
            ck_syscall(Int(SYS_sched_getaffinity), 0, 128, Int(bitPattern: $0.baseAddress), 0, 0, 0)
        }
        report["/affinity"] = .array(
            (0..<max(0, size) * 8).filter { mask[$0 / 8] >> ($0 % 8) & 1 == 1 }.map { .int($0) })
        var mode: Int32 = -1
        var nodes = [UInt64](repeating: 0, count: 16)
        let result = nodes.withUnsafeMutableBytes { nodes in
            withUnsafeMutablePointer(to: &mode) {
                ck_syscall(
                    Int(SYS_get_mempolicy), Int(bitPattern: $0), Int(bitPattern: nodes.baseAddress), 1024, 0, 0, 0)
            }
        }
        report["/memoryPolicy"] =
            result < 0
            ? .null
            : [
                "mode": .int(mode),
                "nodes": .array((0..<1024).filter { nodes[$0 / 64] >> ($0 % 64) & 1 == 1 }.map { .int($0) }),
            ]
    }

    private static func trimmedInt(_ path: String) -> Int {
        Int(Files.text(path).prefix { $0 != "\n" }) ?? Int.min
    }

    private static func interfaces() -> [String] {
        Files.text("/proc/self/net/dev").split(separator: "\n").dropFirst(2).compactMap {
            $0.split(separator: ":").first.map { String($0.drop { $0 == " " }) }
        }
    }

    private static func terminal(_ report: inout JSON) {
        var (rows, columns): (UInt16, UInt16) = (0, 0)
        report["/terminal"] = isatty(0) == 1 ? ["stdout": .bool(isatty(1) == 1)] : .null
        if isatty(0) == 1, ck_window_size(0, &rows, &columns) == 0 {
            report["/terminal/rows"] = .int(rows)
            report["/terminal/columns"] = .int(columns)
            report["/terminal/controlling"] = .bool(tcgetpgrp(0) >= 0)
        }
    }
}
