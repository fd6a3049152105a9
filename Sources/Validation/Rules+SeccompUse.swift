internal import OCISpec

extension Rules {
    /// Rules on whether a filter of system calls can work: what the kernel has, who may load it, what it lets pass.
    static let seccompUse: [Rule] = [
        Rule("seccomp-kernel", "seccomp(2)", "The kernel has the actions and flags that the filter asks for.") {
            subject, report in
            guard let seccomp = subject.linux?.seccomp else { return }
            judgeKernel(seccomp, subject.host, &report)
        },
        Rule("seccomp-privilege", "seccomp(2)", "The process may load a filter.") { subject, report in
            guard subject.linux?.seccomp != nil, let process = subject.spec.process,
                process.noNewPrivileges != true, !subject.has(.user), !subject.host.has(capability: "CAP_SYS_ADMIN")
            else { return }
            report.error(
                subject.spec.filterPointer, "without CAP_SYS_ADMIN a filter can't be loaded",
                "set process.noNewPrivileges, or use a user namespace")
        },
        Rule("seccomp-program", "runtime.md \"Start\"", "The filter lets the runtime's own last calls pass.") {
            subject, report in
            guard let seccomp = subject.linux?.seccomp, subject.spec.process != nil else { return }
            judgeLastCalls(seccomp, &report)
        },
        Rule("seccomp-condition", "config-linux.md \"Seccomp\"", "Conditions say what they mean.") {
            subject, report in
            for (index, rule) in (subject.linux?.seccomp?.syscalls ?? []).enumerated() {
                judgeConditions(rule.args ?? [], ofRule: index, &report)
            }
        },
        Rule("seccomp-name", "libseccomp", "A call that is to be refused is known under its name.") {
            subject, report in
            guard let seccomp = subject.linux?.seccomp, let unknown = subject.host.unknownSystemCalls,
                !unknown.isEmpty
            else { return }
            judgeNames(seccomp, unknown, &report)
        },
    ]

    private static func judgeKernel(_ seccomp: Spec.Linux.Seccomp, _ host: HostFacts, _ report: inout Report) {
        let pointer = "/linux/seccomp"
        func judge(_ action: Spec.Linux.Seccomp.Action, _ place: @autoclosure () -> String, _ report: inout Report) {
            guard let name = action.kernelName, let actions = host.seccompActions, !actions.contains(name) else {
                return
            }
            report.error(place(), "this kernel has no \(action.rawValue)", "use an action that it has")
        }
        judge(seccomp.defaultAction, "\(pointer)/defaultAction", &report)
        for (index, rule) in (seccomp.syscalls ?? []).enumerated() {
            judge(rule.action, "\(pointer)/syscalls/\(index)/action", &report)
        }
        for (index, flag) in (seccomp.flags ?? []).enumerated() where flag.isKnown {
            let since = flag.since
            if !host.kernelIsAtLeast(since.major, since.minor) {
                report.error(
                    "\(pointer)/flags/\(index)", "\(flag.rawValue) needs Linux \(since.major).\(since.minor)",
                    "remove it")
            } else if flag == .waitKillable && !seccomp.usesNotification {
                report.warning(
                    "\(pointer)/flags/\(index)", "no rule asks a listener, so the flag has no effect", "remove it")
            }
        }
    }

    /// What is called behind the filter, with the alternatives of other architectures.
    ///
    /// Without a listener the filter is the last thing before the program. With one there is more to do: to wait for the
    /// runtime, or for `start`, and to give signals back.
    private static func lastCalls(_ seccomp: Spec.Linux.Seccomp) -> [[String]] {
        let waiting = [["read"], ["poll", "ppoll"], ["rt_sigaction"], ["rt_sigprocmask"]]
        return (seccomp.usesNotification ? waiting : []) + [["execve"]]
    }

    private static func judgeLastCalls(_ seccomp: Spec.Linux.Seccomp, _ report: inout Report) {
        for names in lastCalls(seccomp) {
            let refusals = names.compactMap { refusal(of: $0, in: seccomp) }
            guard refusals.count == names.count, let refusal = refusals.first else { continue }
            report.error(
                refusal.pointer,
                "the filter answers \(refusal.action.rawValue) to \(names[0]), which comes before the container's program",
                "allow \(names.joined(separator: " and "))")
        }
    }

    /// What refuses a call whatever its arguments are; nil where it may pass.
    ///
    /// A rule without conditions decides, the first of several; else any rule, or the default, may.
    private static func refusal(
        of name: String, in seccomp: Spec.Linux.Seccomp
    ) -> (action: Spec.Linux.Seccomp.Action, pointer: String)? {
        var mayPass = seccomp.defaultAction.mayPass
        for (index, rule) in (seccomp.syscalls ?? []).enumerated() {
            guard rule.names.contains(where: { $0.isExactly(name) }), rule.action != seccomp.defaultAction else {
                continue
            }
            if (rule.args ?? []).isEmpty {
                return rule.action.mayPass ? nil : (rule.action, "/linux/seccomp/syscalls/\(index)/action")
            }
            mayPass = mayPass || rule.action.mayPass
        }
        return mayPass ? nil : (seccomp.defaultAction, "/linux/seccomp/defaultAction")
    }

    private static func judgeConditions(
        _ conditions: [Spec.Linux.Seccomp.Argument], ofRule number: Int, _ report: inout Report
    ) {
        var pointer: String { "/linux/seccomp/syscalls/\(number)/args" }
        var seen: [UInt32] = []
        for (index, condition) in conditions.enumerated() {
            if seen.contains(condition.index) {
                report.warning(
                    "\(pointer)/\(index)/index",
                    "there are several conditions on argument \(condition.index), so that any of the rule's is enough",
                    "say it with one condition, or with several rules")
            }
            seen.append(condition.index)
            let second = condition.valueTwo ?? 0
            if condition.op == .maskedEqual {
                if second & ~condition.value != 0 {
                    report.warning(
                        "\(pointer)/\(index)/valueTwo",
                        "it has bits that the mask in value takes away: it never matches",
                        "use the mask as value, and as valueTwo what must be left")
                }
            } else if condition.op.isKnown && second != 0 {
                report.warning(
                    "\(pointer)/\(index)/valueTwo", "\(condition.op.rawValue) compares with value alone", "remove it")
            }
        }
    }

    private static func judgeNames(
        _ seccomp: Spec.Linux.Seccomp, _ unknown: Set<String>, _ report: inout Report
    ) {
        for (index, rule) in (seccomp.syscalls ?? []).enumerated() where !rule.action.mayPass {
            guard seccomp.defaultAction.mayPass else { continue }
            for (position, name) in rule.names.enumerated() where unknown.contains(name) {
                report.warning(
                    "/linux/seccomp/syscalls/\(index)/names/\(position)",
                    "\(quoted(name)) is no system call that libseccomp knows, and isn't refused", "correct the name")
            }
        }
    }
}
