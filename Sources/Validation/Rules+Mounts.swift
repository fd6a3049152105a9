internal import OCISpec

extension Rules {
    /// Rules on mounts.
    static var mounts: [Rule] {
        [
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
            Rule("mount-id-mapping", "config.md \"POSIX-platform Mounts\"", "An idmapped mount has mappings to apply.")
            {
                subject, report in
                for mount in subject.mounts {
                    judgeIDMapping(mount, subject, &report)
                }
            },
        ]
    }

    private static func judgeDestination(_ mount: JudgedMount, _ report: inout Report) {
        let path = mount.destination
        let pointer = "\(mount.pointer)/destination"
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
        let pointer = "\(mount.pointer)/destination"
        if mount.isBind {
            return report.error(
                pointer, "a bind mount on \"/\" would cover the whole root filesystem", "make its source root.path")
        }
        if !mount.pointer.isExactly("/mounts/0") {
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
        for (index, option) in mount.options.enumerated() {
            let name = mount.optionNames[index]
            if let option {
                judgeOption(option, mount, "\(mount.pointer)/options/\(index)", host, &report)
                continue
            }
            let place = "\(mount.pointer)/options/\(index)"
            if name.isEmpty {
                report.error(place, "the option is empty", "remove it")
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
        _ option: MountOption, _ mount: JudgedMount, _ place: String, _ host: HostFacts, _ report: inout Report
    ) {
        switch option.effect {
        case .superblock where mount.isBind && option.isSet:
            report.warning(
                place, "\"\(option.name)\" belongs to the filesystem; a bind mount doesn't change it", "remove it")
        case .tmpcopyup where mount.isBind || mount.type?.isExactly("tmpfs") != true:
            report.error(place, "only a tmpfs can be filled by tmpcopyup", "remove it, or use type \"tmpfs\"")
        case .attributes(_, _, true), .accessTime(_, true):
            guard !host.kernelIsAtLeast(5, 12) else { return }
            report.error(
                place, "\"\(option.name)\" needs Linux 5.12", "leave out the \"r\", or use a newer kernel")
        default: break
        }
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
        guard let option = mount.idmapOption else {
            if !users.isEmpty || !groups.isEmpty {
                report.warning(
                    mount.pointer, "mappings are given, yet no option says how far they reach",
                    "add \"idmap\", or \"ridmap\" for the mounts below, too")
            }
            return
        }
        if users.isEmpty && groups.isEmpty && !subject.has(.user) {
            report.error(
                "\(mount.pointer)/options/\(option)",
                "there are neither mappings nor a user namespace to take them from",
                "add uidMappings and gidMappings")
        }
        if !subject.host.kernelIsAtLeast(5, 12) {
            report.error(
                "\(mount.pointer)/options/\(option)", "id mappings of mounts need Linux 5.12", "use a newer kernel")
        }
    }
}

extension MountOption {
    /// Whether a flag of the filesystem would be set, not cleared.
    fileprivate var isSet: Bool {
        if case .superblock(_, _, let set) = effect { set } else { false }
    }
}
