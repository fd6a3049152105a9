internal import OCISpec

extension Rules {
    /// Rules on the system call filter.
    static let seccomp: [Rule] = [
        Rule("seccomp-word", "config-linux.md \"Seccomp\"", "Actions, architectures, flags, operators are known.") {
            subject, report in
            guard let seccomp = subject.linux?.seccomp else { return }
            judgeWords(seccomp, &report)
        },
        Rule("seccomp-rule", "config-linux.md \"Seccomp\"", "Rules name calls; argument numbers are 0 to 5.") {
            subject, report in
            for (index, rule) in (subject.linux?.seccomp?.syscalls ?? []).enumerated() {
                var pointer: String { "/linux/seccomp/syscalls/\(index)" }
                if rule.names.isEmpty {
                    report.error("\(pointer)/names", "the rule names no system call", "name at least one")
                }
                for (position, argument) in (rule.args ?? []).enumerated() where argument.index > 5 {
                    report.error(
                        "\(pointer)/args/\(position)/index", "there is no argument \(argument.index)",
                        "use a number from 0 to 5")
                }
            }
        },
        Rule("seccomp-errno", "config-linux.md \"Seccomp\"", "Only an action that has an errno is given one.") {
            subject, report in
            guard let seccomp = subject.linux?.seccomp else { return }
            judgeErrno(
                seccomp.defaultErrnoRet, seccomp.defaultAction, "/linux/seccomp/defaultErrnoRet", &report)
            for (index, rule) in (seccomp.syscalls ?? []).enumerated() {
                judgeErrno(rule.errnoRet, rule.action, "/linux/seccomp/syscalls/\(index)/errnoRet", &report)
            }
        },
        Rule("seccomp-listener", "config-linux.md \"Seccomp\"", "Notification has a listener, and only it.") {
            subject, report in
            guard let seccomp = subject.linux?.seccomp else { return }
            judgeListener(seccomp, &report)
        },
        Rule("seccomp-count", "config-linux.md \"Seccomp\"", "There are at most 4096 rules and 10000 names.") {
            subject, report in
            guard let rules = subject.linux?.seccomp?.syscalls else { return }
            let names = rules.reduce(0) { $0 + $1.names.count }
            for (index, rule) in rules.enumerated() where (rule.args ?? []).count > MostEntries.list {
                report.error("/linux/seccomp/syscalls/\(index)/args", "too many conditions", "use at most 4096")
            }
            if rules.count > MostEntries.list || names > MostEntries.systemCallNames {
                report.error(
                    "/linux/seccomp/syscalls", "\(rules.count) rules with \(names) names are too many",
                    "join rules with the same action; at most 4096 rules and 10000 names")
            }
        },
    ]

    private static func judgeWords(_ seccomp: Spec.Linux.Seccomp, _ report: inout Report) {
        let pointer = "/linux/seccomp"
        if !seccomp.defaultAction.isKnown {
            report.unknownWord(seccomp.defaultAction, "\(pointer)/defaultAction", "seccomp action")
        }
        for (index, name) in (seccomp.architectures ?? []).enumerated() where !name.isKnown {
            report.unknownWord(name, "\(pointer)/architectures/\(index)", "seccomp architecture")
        }
        for (index, flag) in (seccomp.flags ?? []).enumerated() where !flag.isKnown {
            report.unknownWord(flag, "\(pointer)/flags/\(index)", "seccomp flag")
        }
        for (index, rule) in (seccomp.syscalls ?? []).enumerated() {
            if !rule.action.isKnown {
                report.unknownWord(rule.action, "\(pointer)/syscalls/\(index)/action", "seccomp action")
            }
            for (position, argument) in (rule.args ?? []).enumerated() where !argument.op.isKnown {
                report.unknownWord(
                    argument.op, "\(pointer)/syscalls/\(index)/args/\(position)/op", "seccomp operator")
            }
        }
    }

    private static func judgeErrno(
        _ number: UInt32?, _ action: Spec.Linux.Seccomp.Action, _ pointer: @autoclosure () -> String,
        _ report: inout Report
    ) {
        guard let number, action.isKnown else { return }
        if !action.hasErrno {
            report.error(pointer(), "\(action.rawValue) returns no errno", "remove it, or use SCMP_ACT_ERRNO")
        } else if number > (action == .errno ? Spec.Linux.Seccomp.Action.mostErrno : 65_535) {
            report.error(pointer(), "\(number) is no errno", "use a number from errno(3), at most 4094")
        }
    }

    private static func judgeListener(_ seccomp: Spec.Linux.Seccomp, _ report: inout Report) {
        let path = seccomp.listenerPath ?? ""
        if path.isEmpty {
            if !(seccomp.listenerMetadata ?? "").isEmpty {
                report.error("/linux/seccomp/listenerMetadata", "there is no listenerPath to send it to", "remove it")
            }
            if seccomp.usesNotification {
                report.error(
                    "/linux/seccomp", "SCMP_ACT_NOTIFY asks a listener, and there is no listenerPath",
                    "add listenerPath: the socket of the program that decides")
            }
        } else if !seccomp.usesNotification {
            report.warning(
                "/linux/seccomp/listenerPath", "no rule asks a listener, so nothing is sent there",
                "remove it, or use SCMP_ACT_NOTIFY")
        } else if !path.isAbsolutePath || path.utf8.count > 107 {
            report.error(
                "/linux/seccomp/listenerPath", "\(quoted(path)) can't be the address of a socket",
                "use an absolute path of at most 107 bytes")
        }
    }
}
