internal import CSeccomp
internal import LinuxKernel
public import OCISpec

/// What this build and this kernel can do about filters of system calls: for `features`, and for the compiler.
public enum Names {
    /// The actions that can be asked for, in the specification's order.
    public static var actions: [Spec.Linux.Seccomp.Action] { Spec.Linux.Seccomp.Action.known }

    /// The operators that can be asked for, in the specification's order.
    public static var operators: [Spec.Linux.Seccomp.Operator] { Spec.Linux.Seccomp.Operator.known }

    /// The architectures whose calls the library knows, in the specification's order.
    public static var architectures: [Spec.Linux.Seccomp.Architecture] {
        Spec.Linux.Seccomp.Architecture.known.filter { $0.token != nil }
    }

    /// The flags that can be asked for, whatever the kernel knows, in the specification's order.
    public static var knownFlags: [Spec.Linux.Seccomp.Flag] { Spec.Linux.Seccomp.Flag.known }

    /// The flags that this kernel knows: asked with one call for each.
    public static var supportedFlags: [Spec.Linux.Seccomp.Flag] {
        knownFlags.filter { flag in
            guard let bit = flag.bit else { return false }
            var flags = SystemCallFilter.Flags(rawValue: bit)
            // It is refused without a listener.
            if flag == .waitKillable { flags.insert(.newListener) }
            return SystemCallFilter.kernelKnows(flags)
        }
    }

    /// The names in a configuration by which the library knows no call: no rule comes of them.
    public static func unknownSystemCalls(in seccomp: Spec.Linux.Seccomp) -> Set<String> {
        Set((seccomp.syscalls ?? []).flatMap(\.names).filter { unsafe seccomp_syscall_resolve_name($0) == -1 })
    }

    /// The library's version, as `2.5.4`.
    public static var libraryVersion: String {
        guard let version = unsafe seccomp_version() else { return "0.0.0" }
        return unsafe "\(version.pointee.major).\(version.pointee.minor).\(version.pointee.micro)"
    }

    /// What the kernel can do when a call matches, by the kernel's names; nil where it doesn't say.
    ///
    /// Source: seccomp(2), /proc/sys/kernel/seccomp/actions_avail, since Linux 4.14.
    public static func kernelActions() -> [String]? {
        guard
            let file = try? FileDescriptor.open("/proc/sys/kernel/seccomp/actions_avail", [.readOnly]),
            let text = try? file.readAll(limitBytes: 4096)
        else { return nil }
        return text.split { $0 == 0x20 || $0 == 0x0A }.map { String(decoding: $0, as: UTF8.self) }
    }
}

extension Spec.Linux.Seccomp.Architecture {
    /// The library's number of the architecture; nil for one that it doesn't know.
    ///
    /// Its name is the specification's without `SCMP_ARCH_`, in lower case.
    var token: UInt32? {
        let prefix = "SCMP_ARCH_"
        guard isKnown, rawValue.utf8.starts(with: prefix.utf8) else { return nil }
        let token = unsafe seccomp_arch_resolve_name(rawValue.dropFirst(prefix.utf8.count).lowercased())
        return token == 0 ? nil : token
    }
}

extension Spec.Linux.Seccomp.Operator {
    /// The library's number, `SCMP_CMP_…`; nil for an unknown operator.
    var number: UInt32? {
        switch self {
        case .notEqual: 1
        case .less: 2
        case .lessOrEqual: 3
        case .equal: 4
        case .greaterOrEqual: 5
        case .greater: 6
        case .maskedEqual: 7
        case .unknown: nil
        }
    }
}
