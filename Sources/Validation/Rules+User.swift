internal import OCISpec

extension Rules {
    /// Rules on who runs the process.
    static let user: [Rule] = [
        Rule("user-id", "config.md \"POSIX-platform User\", setresuid(2)", "Ids are not 4294967295.") {
            subject, report in
            guard let user = subject.spec.process?.user else { return }
            forEachID(of: user) { pointer, id in
                if id != noID { return }
                report.error(
                    pointer(), "4294967295 is no id: to the kernel it means \"leave unchanged\"",
                    "use a number from 0 to 4294967294")
            }
        },
        Rule("umask", "config.md \"POSIX-platform User\", umask(2)", "The umask has permission bits only.") {
            subject, report in
            guard let umask = subject.spec.process?.user.umask, umask > 0o777 else { return }
            report.error(
                "/process/user/umask", "\(umask) has bits beyond the permissions",
                "use a number from 0 to 511 (octal 777), such as 18 (octal 22)")
        },
        Rule(
            "additional-gids", "config.md \"POSIX-platform User\", setgroups(2)", "There are at most 65536 groups."
        ) {
            subject, report in
            let count = subject.spec.process?.user.additionalGids?.count ?? 0
            guard count > MostEntries.groups else { return }
            report.error(
                "/process/user/additionalGids", "\(count) groups are more than the kernel takes, 65536",
                "list fewer groups")
        },
        Rule(
            "additional-gids-denied", "user_namespaces(7) \"/proc/pid/setgroups\"",
            "Supplementary groups need a mapping of groups that was granted."
        ) { subject, report in
            let mappings = subject.linux?.gidMappings ?? []
            guard subject.makes(.user), subject.spec.process?.user.additionalGids?.isEmpty == false,
                !subject.host.has(capability: "CAP_SETGID"), subject.host.mayWrite(mappings, of: .groups)
            else { return }
            report.error(
                "/process/user/additionalGids",
                "the kernel lets nobody set groups where an ordinary user wrote the mapping",
                "remove them, or map a range of /etc/subgid in linux.gidMappings")
        },
        Rule(
            "user-mapped", "config-linux.md \"User namespace mappings\"",
            "The ids of the process exist in the new user namespace."
        ) { subject, report in
            guard let user = subject.spec.process?.user, subject.makes(.user), let linux = subject.linux
            else { return }
            forEachID(of: user) { pointer, id in
                if id == noID { return }
                let isUser = pointer().hasSuffix("/uid")
                guard let mappings = isUser ? linux.uidMappings : linux.gidMappings, !mappings.isEmpty else {
                    return
                }
                if !mappings.contains(where: { $0.containerID <= id && id - $0.containerID < $0.size }) {
                    report.error(
                        pointer(), "\(id) is not mapped in the container's user namespace",
                        "add it to linux.\(isUser ? "uidMappings" : "gidMappings"), or use a mapped id")
                }
            }
        },
    ]

    /// Every id of a user, with its place.
    private static func forEachID(of user: Spec.User, _ body: (_ pointer: () -> String, UInt32) -> Void) {
        body({ "/process/user/uid" }, user.uid)
        body({ "/process/user/gid" }, user.gid)
        for (index, group) in (user.additionalGids ?? []).prefix(MostEntries.groups).enumerated() {
            body({ "/process/user/additionalGids/\(index)" }, group)
        }
    }
}
