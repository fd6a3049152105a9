internal import OCISpec

extension Rules {
    /// Rules on kernel parameters.
    static let sysctl: [Rule] = [
        Rule(
            "sysctl-name", "config-linux.md \"Sysctl\", namespaces(7)",
            "A parameter belongs to a namespace which the container doesn't share."
        ) { subject, report in
            for key in (subject.linux?.sysctl ?? [:]).keys {
                judgeName(key, subject, &report)
            }
        },
        Rule("sysctl-value", "config-linux.md \"Sysctl\"", "A value is one line of at most 4096 bytes.") {
            subject, report in
            for (key, value) in subject.linux?.sysctl ?? [:] {
                var pointer: String { "/linux/sysctl/\(pointerToken(key))" }
                if value.utf8.contains(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
                    report.error(pointer, "the value has more than one line", "give it on one line")
                } else if value.utf8.count > 4096 {
                    report.error(pointer, "the value has \(value.utf8.count) bytes", "give at most 4096")
                }
            }
        },
    ]

    /// Parameters of the ipc namespace that don't stand below fs.mqueue.
    private static let ipcParameters = [
        "msgmax", "msgmnb", "msgmni", "sem", "shmall", "shmmax", "shmmni", "shm_rmid_forced",
    ]

    private static func judgeName(_ key: String, _ subject: Subject, _ report: inout Report) {
        var pointer: String { "/linux/sysctl/\(pointerToken(key))" }
        guard let components = SysctlName.components(of: key), components.count > 1, !key.hasControlBytes else {
            return report.error(
                pointer, "\(quoted(key)) is no name of a kernel parameter", "write it like \"net.ipv4.ip_forward\"")
        }
        if components.count == 2, components[0].isExactly("kernel"), components[1].isExactly("hostname") {
            return report.error(pointer, "the host name has a property of its own", "use hostname")
        }
        guard let owner = owner(of: components) else {
            return report.error(
                pointer, "\(quoted(key)) belongs to the whole machine, not to a container",
                "set it on the machine itself")
        }
        if !subject.has(owner) {
            report.error(
                pointer, "without \(owner.withArticle) namespace it would change the machine's own setting",
                "add {\"type\": \"\(owner.rawValue)\"} to linux.namespaces")
        }
    }

    /// The kind of namespace that a parameter belongs to; nil for one of the whole machine.
    private static func owner(of components: [String]) -> Spec.Linux.Namespace.Kind? {
        let first = components[0]
        let second = components[1]
        if first.isExactly("net") { return .network }
        if first.isExactly("user") { return .user }
        if first.isExactly("fs") { return second.isExactly("mqueue") && components.count > 2 ? .ipc : nil }
        guard first.isExactly("kernel"), components.count == 2 else { return nil }
        if second.isExactly("domainname") { return .uts }
        return ipcParameters.contains(where: second.isExactly) ? .ipc : nil
    }
}

extension Spec.Linux.Namespace.Kind {
    /// The name with "a" or "an" in front, as it is spoken.
    fileprivate var withArticle: String {
        self == .ipc ? "an ipc" : "a \(rawValue)"
    }
}
