internal import OCISpec

extension Rules {
    /// Rules on namespaces.
    static let namespaces: [Rule] = [
        Rule("namespace-type", "config-linux.md \"Namespaces\"", "Each type is known, and this kernel has it.") {
            subject, report in
            for (index, namespace) in subject.namespaces.enumerated() {
                var pointer: String { "/linux/namespaces/\(index)/type" }
                if !namespace.type.isKnown {
                    report.unknownWord(namespace.type, pointer, "namespace type")
                } else if !subject.host.namespaceKinds.contains(namespace.type) {
                    report.error(
                        pointer, "this kernel has no \(namespace.type.rawValue) namespaces",
                        "remove the entry, or use a kernel that has them")
                }
            }
        },
        Rule("namespace-duplicate", "config-linux.md \"Namespaces\"", "Each type occurs once.") {
            subject, report in
            var seen: [Spec.Linux.Namespace.Kind] = []
            for (index, namespace) in subject.namespaces.enumerated() {
                if seen.contains(namespace.type) {
                    report.error(
                        "/linux/namespaces/\(index)/type",
                        "there is a second \(quoted(namespace.type.rawValue)) namespace", "remove one of the two")
                } else if seen.count < Spec.Linux.Namespace.Kind.known.count {
                    seen.append(namespace.type)
                }
            }
        },
        Rule("namespace-path", "config-linux.md \"Namespaces\"", "The path of a namespace to join is absolute.") {
            subject, report in
            for (index, namespace) in subject.namespaces.enumerated() {
                guard let path = namespace.path else { continue }
                var pointer: String { "/linux/namespaces/\(index)/path" }
                if !path.isAbsolutePath {
                    report.error(
                        pointer, "\(quoted(path)) is not an absolute path",
                        "give the namespace's file, such as /proc/PID/ns/\(namespace.type.procName ?? "net"), "
                            + "or leave path out for a new one")
                } else if let problem = path.pathLengthProblem {
                    report.error(pointer, problem, "use a shorter path")
                }
            }
        },
        Rule("namespace-privilege", "namespaces(7)", "Who isn't root makes a user namespace first.") {
            subject, report in
            guard !subject.has(.user), !subject.host.has(capability: "CAP_SYS_ADMIN") else { return }
            for (index, namespace) in subject.namespaces.enumerated() where namespace.type.isKnown {
                return report.error(
                    "/linux/namespaces/\(index)",
                    "making or joining namespaces needs CAP_SYS_ADMIN, which the runtime doesn't have",
                    "run it as root, or add {\"type\": \"user\"} with uidMappings and gidMappings")
            }
        },
        Rule(
            "namespace-owner", "user_namespaces(7)",
            "A new user namespace has no rights in a mount namespace that was there before."
        ) { subject, report in
            guard subject.makes(.user), let index = subject.namespaces.firstIndex(where: { $0.type == .mount }),
                subject.namespaces[index].path != nil
            else { return }
            report.error(
                "/linux/namespaces/\(index)/path",
                "nothing could be mounted in it: it belongs to another user namespace than the new one",
                "leave out path for a new mount namespace, or join the user namespace that it belongs to, too")
        },
        Rule("rootfs-propagation", "config-linux.md \"Rootfs Mount Propagation\"", "The word is known.") {
            subject, report in
            guard let propagation = subject.linux?.rootfsPropagation else { return }
            if !propagation.isKnown, !propagation.rawValue.isEmpty {
                report.unknownWord(propagation, "/linux/rootfsPropagation", "mount propagation")
            }
            if !subject.has(.mount), !propagation.rawValue.isEmpty {
                report.error(
                    "/linux/rootfsPropagation", "without a mount namespace it would change the machine's own root",
                    "add {\"type\": \"mount\"} to linux.namespaces")
            }
        },
        Rule(
            "time-offset", "config-linux.md \"Offset for Time Namespace\", time_namespaces(7)", "Offsets are valid."
        ) {
            subject, report in
            judgeTimeOffsets(subject, &report)
        },
    ]

    private static func judgeTimeOffsets(_ subject: Subject, _ report: inout Report) {
        guard let offsets = subject.linux?.timeOffsets, !offsets.isEmpty else { return }
        if !subject.makes(.time) {
            report.error(
                "/linux/timeOffsets", "offsets can be set in a new time namespace only",
                "add {\"type\": \"time\"} without a path to linux.namespaces")
        }
        for (clock, offset) in offsets {
            var pointer: String { "/linux/timeOffsets/\(pointerToken(clock))" }
            if !clock.isExactly("monotonic") && !clock.isExactly("boottime") {
                report.error(
                    pointer,
                    "\(quoted(clock)) is not a clock with an offset"
                        + suggestion(for: clock, among: ["monotonic", "boottime"]),
                    "use \"monotonic\" or \"boottime\"")
            }
            if let nanoseconds = offset.nanosecs, nanoseconds > 999_999_999 {
                report.error(
                    "\(pointer)/nanosecs", "\(nanoseconds) nanoseconds are a second or more",
                    "put whole seconds into secs")
            }
        }
    }
}
