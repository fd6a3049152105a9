internal import OCISpec

extension Rules {
    /// Rules on mounts.
    static let mounts: [Rule] = [
        Rule("mount-namespace", "config.md \"Mounts\"", "Mounts need a mount namespace.") { subject, report in
            guard !subject.mounts.isEmpty, !subject.has(.mount) else { return }
            report.error(
                "/mounts", "without a mount namespace they would appear on the machine itself",
                "add {\"type\": \"mount\"} to linux.namespaces")
        },
        Rule("mount-count", "config.md \"Mounts\"", "There are at most 4096 mounts, with as many options each.") {
            subject, report in
            if subject.mounts.count > MostEntries.list {
                report.error("/mounts", "\(subject.mounts.count) mounts are too many", "list at most 4096")
            }
            for mount in subject.mounts {
                let count = mount.optionNames.count
                guard count > MostEntries.list else { continue }
                report.error("\(mount.pointer)/options", "\(count) options are too many", "list at most 4096")
            }
        },
        Rule("mount-destination", "config.md \"Mounts\"", "The destination is an absolute path below the root.") {
            subject, report in
            for mount in subject.mounts {
                judgeDestination(mount, &report)
            }
        },
        Rule(
            "mount-over-proc", "config.md \"Mounts\" (the runtime trusts the container's /proc)",
            "Only proc, or a bind of one, is mounted on /proc, and little below it."
        ) { subject, report in
            for mount in subject.mounts {
                judgeMountOverProc(mount, &report)
            }
        },
        Rule("mount-source", "config.md \"Mounts\"", "A bind mount has a source.") { subject, report in
            for mount in subject.mounts {
                judgeSource(mount, &report)
            }
        },
        Rule(
            "mount-type", "config.md \"POSIX-platform Mounts\"", "A mount that isn't a bind has a filesystem type."
        ) {
            subject, report in
            for mount in subject.mounts {
                judgeType(mount, &report)
            }
        },
        Rule("mount-option", "config.md \"Linux mount options\"", "Options are known and fit the kind of mount.") {
            subject, report in
            for mount in subject.mounts {
                judgeOptions(mount, subject.host, &report)
            }
        },
        Rule(
            "mount-owner", "config-linux.md \"User namespace mappings\", tmpfs(5)",
            "The owner of a filesystem exists in the new user namespace."
        ) { subject, report in
            guard subject.makes(.user) else { return }
            for mount in subject.mounts where !mount.isBind {
                judgeOwner(mount, subject.linux, &report)
            }
        },
        Rule(
            "mount-needs-namespace", "user_namespaces(7), namespaces(7)",
            "A filesystem that shows a namespace can be mounted by who owns that namespace."
        ) { subject, report in
            guard subject.makes(.user) else { return }
            for mount in subject.mounts where !mount.isBind && !mount.isRemount {
                judgeShownNamespace(mount, subject, &report)
            }
        },
        Rule("mount-id-mapping", "config.md \"POSIX-platform Mounts\"", "An idmapped mount has mappings to apply.") {
            subject, report in
            for mount in subject.mounts {
                judgeIDMapping(mount, subject, &report)
            }
        },
    ]

    private static func judgeDestination(_ mount: JudgedMount, _ report: inout Report) {
        let path = mount.destination
        var pointer: String { "\(mount.pointer)/destination" }
        if path.isEmpty {
            return report.error(pointer, "the destination is empty", "give an absolute path inside the container")
        }
        if let problem = path.pathLengthProblem {
            return report.error(pointer, problem, "use a shorter path")
        }
        if path.normalizedPath.isExactly("/"), !mount.isRemount, !mount.changesPropagationOnly {
            return judgeCover(mount, &report)
        }
        if !path.isAbsolutePath {
            report.warning(
                pointer, "\(quoted(path)) is relative, which is deprecated; it counts from \"/\"",
                "write \(quoted("/" + path))")
        }
    }

    /// The first mount may be a filesystem over the root, an overlay as a rule, in which the others then are made.
    private static func judgeCover(_ mount: JudgedMount, _ report: inout Report) {
        var pointer: String { "\(mount.pointer)/destination" }
        if mount.isBind {
            return report.error(
                pointer, "a bind mount on \"/\" would cover the whole root filesystem", "make its source root.path")
        }
        if mount.index != 0 {
            return report.error(
                pointer, "a mount on \"/\" would cover the mounts before it, too", "make it the first of the mounts")
        }
        if !mount.destination.utf8.allSatisfy({ $0 == UInt8(ascii: "/") }) {
            report.error(pointer, "\(quoted(mount.destination)) means the root", "write \"/\"")
        }
        if mount.optionNames.contains(where: { $0.utf8.contains(UInt8(ascii: ",")) }) {
            report.error(
                "\(mount.pointer)/options", "options of a filesystem over the root can't contain commas",
                "use paths without commas")
        }
        if ["tmpfs", "overlay", "ramfs"].contains(where: { mount.type?.isExactly($0) == true }) { return }
        report.warning(
            "\(mount.pointer)/type", "\(quoted(mount.type ?? "")) becomes the root filesystem",
            "use an overlay over a shared tree, or root.path")
    }

    /// What may be mounted below /proc: files that are emulated for containers, and that nobody needs to trust.
    private static let emulatedProcFiles = [
        "/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg", "/proc/meminfo", "/proc/slabinfo", "/proc/stat",
        "/proc/swaps", "/proc/uptime", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
    ]

    /// CVE-2019-16884, CVE-2019-19921: labels were written to files which an image had put in the place of /proc.
    private static func judgeMountOverProc(_ mount: JudgedMount, _ report: inout Report) {
        let path = mount.destination.normalizedPath
        if path.isExactly("/proc") {
            guard !mount.isBind, mount.type?.isExactly("proc") != true, !mount.isRemount else { return }
            report.error(
                "\(mount.pointer)/type", "\(quoted(mount.type ?? "")) on /proc would hide the kernel's",
                "use type \"proc\", or choose another destination")
        } else if path.utf8.starts(with: "/proc/".utf8), !emulatedProcFiles.contains(where: path.isExactly) {
            report.error(
                "\(mount.pointer)/destination",
                "a mount on \(quoted(path)) could fake what the runtime must be able to trust",
                "choose a destination outside of /proc; to hide a file list it in linux.maskedPaths")
        }
    }

    private static func judgeSource(_ mount: JudgedMount, _ report: inout Report) {
        if mount.isBind && !mount.isRemount && (mount.source ?? "").isEmpty {
            report.error(
                mount.source == nil ? mount.pointer : "\(mount.pointer)/source", "a bind mount needs a source",
                "add \"source\": the path on the machine, absolute or relative to the bundle")
        } else if mount.isBind, let problem = mount.source?.pathLengthProblem {
            report.error("\(mount.pointer)/source", problem, "use a shorter path")
        }
    }

    private static func judgeType(_ mount: JudgedMount, _ report: inout Report) {
        guard !mount.isBind && !mount.isRemount && !mount.changesPropagationOnly else { return }
        let type = mount.type ?? ""
        if type.isEmpty {
            report.error(
                mount.type == nil ? mount.pointer : "\(mount.pointer)/type", "there is no filesystem type",
                "add \"type\", such as \"tmpfs\", or the option \"bind\" for a bind mount")
        } else if type.isExactly("bind") || type.isExactly("rbind") || type.isExactly("none") {
            report.error(
                "\(mount.pointer)/options",
                "type \(quoted(type)) names no filesystem, and no option says that it is a bind",
                "add \"rbind\" (or \"bind\") to the options")
        }
    }

    private static func judgeOptions(
        _ mount: JudgedMount, _ host: HostFacts, _ report: inout Report
    ) {
        for (index, name) in mount.optionNames.prefix(MostEntries.list).enumerated() {
            var place: String { "\(mount.pointer)/options/\(index)" }
            if let option = MountOption.named(name) {
                judgeOption(option, mount, place, host, &report)
                continue
            }
            if name.isEmpty {
                // Buildah writes such; nobody can mean anything by it.
                report.warning(place, "the option is empty", "remove it")
            } else if IDMapOption.isMeant(by: name) {
                guard IDMapOption(name) == nil else { continue }
                report.error(
                    place, "\(quoted(name)) is no id mapping",
                    "write it like \"idmap=uids=0-1000-10;gids=0-1000-10\": "
                        + "first id in the files, first id outside, number")
            } else if mount.isBind {
                // The kernel would ignore it, and with it the limit that was asked for.
                report.error(
                    place,
                    "\(quoted(name)) is an option for a filesystem, which a bind mount doesn't have"
                        + suggestion(for: name, among: MountOption.all.map(\.name)),
                    "remove it, or mount a filesystem")
            }
        }
    }

    private static func judgeOption(
        _ option: MountOption, _ mount: JudgedMount, _ place: @autoclosure () -> String, _ host: HostFacts,
        _ report: inout Report
    ) {
        switch option.effect {
        case .superblock where mount.isBind && option.isSet:
            report.warning(
                place(), "\"\(option.name)\" belongs to the filesystem; a bind mount doesn't change it", "remove it")
        case .tmpcopyup where mount.isBind || mount.type?.isExactly("tmpfs") != true:
            report.error(place(), "only a tmpfs can be filled by tmpcopyup", "remove it, or use type \"tmpfs\"")
        case .attributes(_, _, true), .accessTime(_, true):
            guard !host.kernelIsAtLeast(5, 12) else { return }
            report.error(
                place(), "\"\(option.name)\" needs Linux 5.12", "leave out the \"r\", or use a newer kernel")
        default: break
        }
    }

    private static func judgeOwner(_ mount: JudgedMount, _ linux: Spec.Linux?, _ report: inout Report) {
        for (index, option) in mount.optionNames.prefix(MostEntries.list).enumerated() {
            let keys = [
                ("uid=", linux?.uidMappings ?? [], "uidMappings"), ("gid=", linux?.gidMappings ?? [], "gidMappings"),
            ]
            for (key, mappings, property) in keys where option.utf8.starts(with: key.utf8) {
                guard !mappings.isEmpty, let id = UInt32(option.dropFirst(key.count)),
                    !mappings.contains(where: { $0.containerID <= id && id - $0.containerID < $0.size })
                else { continue }
                report.error(
                    "\(mount.pointer)/options/\(index)", "\(id) is not mapped in the container's user namespace",
                    "remove the option, or add the id to linux.\(property)")
            }
        }
    }

    /// What a filesystem of this type shows.
    private static let shown: [(type: String, kind: Spec.Linux.Namespace.Kind)] = [
        ("proc", .pid), ("sysfs", .network), ("mqueue", .ipc),
    ]

    private static func judgeShownNamespace(_ mount: JudgedMount, _ subject: Subject, _ report: inout Report) {
        guard let kind = shown.first(where: { mount.type?.isExactly($0.type) == true })?.kind, !subject.makes(kind)
        else { return }
        if kind == .network {
            report.warning(
                "\(mount.pointer)/type",
                "in a new user namespace sysfs can be mounted only with a new network namespace; the machine's /sys is "
                    + "bound instead, with all that is mounted below it",
                "add {\"type\": \"network\"} to linux.namespaces, or say so with \"rbind\"")
            return
        }
        report.error(
            "\(mount.pointer)/type",
            "in a new user namespace \(quoted(mount.type ?? "")) can be mounted only with a new \(kind.rawValue) "
                + "namespace",
            "add {\"type\": \"\(kind.rawValue)\"} to linux.namespaces, or bind the machine's with \"rbind\"")
    }

    private static func judgeIDMapping(
        _ mount: JudgedMount, _ subject: Subject, _ report: inout Report
    ) {
        let users = mount.uidMappings
        let groups = mount.gidMappings
        if users.isEmpty != groups.isEmpty {
            let missing = users.isEmpty ? "uidMappings" : "gidMappings"
            report.error(mount.pointer, "one mapping is given, \(missing) is not", "add \(missing)")
        }
        judgeMappings(users, "\(mount.pointer)/uidMappings", &report)
        judgeMappings(groups, "\(mount.pointer)/gidMappings", &report)
        if mount.idmapOption == nil, !users.isEmpty || !groups.isEmpty {
            report.warning(
                mount.pointer, "mappings are given, yet no option says how far they reach",
                "add \"idmap\", or \"ridmap\" for the mounts below, too")
        }
        guard mount.idmapOption != nil || !users.isEmpty || !groups.isEmpty else { return }
        let place = mount.idmapOption.map { "\(mount.pointer)/options/\($0)" } ?? mount.pointer
        if let option = mount.idmapInOption {
            if let mappings = option.mappings(inContainerOf: subject.linux) {
                judgeMappings(mappings.users, place, &report, isPlaceOfAll: true)
                judgeMappings(mappings.groups, place, &report, isPlaceOfAll: true)
            } else {
                report.error(
                    place, "an id behind \"@\" isn't one of the container's user namespace",
                    "use ids that linux.uidMappings and linux.gidMappings have, or leave out the \"@\"")
            }
        } else if users.isEmpty && groups.isEmpty && !subject.has(.user) {
            report.error(
                place, "there are neither mappings nor a user namespace to take them from",
                "add uidMappings and gidMappings")
        }
        judgeAbility(mount, subject.host, place, &report)
    }

    /// Filesystems of the kernel's own that take no id mapping.
    private static let unmappable = [
        "proc", "sysfs", "cgroup", "cgroup2", "mqueue", "devpts", "debugfs", "tracefs", "bpf",
    ]

    private static func judgeAbility(
        _ mount: JudgedMount, _ host: HostFacts, _ place: String, _ report: inout Report
    ) {
        if !host.kernelIsAtLeast(5, 12) {
            report.error(place, "id mappings of mounts need Linux 5.12", "use a newer kernel")
        }
        if !host.has(capability: "CAP_SYS_ADMIN") {
            report.error(
                place, "an id mapping of a mount needs CAP_SYS_ADMIN, which the runtime doesn't have",
                "run it as root, or leave the mapping to linux.uidMappings")
        }
        if mount.isRemount {
            report.error(place, "a mount that is there already can't get an id mapping", "give it to the mount itself")
        } else if !mount.isBind, let type = mount.type, unmappable.contains(where: type.isExactly) {
            report.error(place, "\(type) takes no id mapping", "remove it")
        }
    }
}

extension MountOption {
    /// Whether a flag of the filesystem would be set, not cleared.
    fileprivate var isSet: Bool {
        if case .superblock(_, _, let set) = effect { set } else { false }
    }
}
