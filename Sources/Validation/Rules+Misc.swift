internal import OCISpec

extension Rules {
    /// Rules on what has no chapter with others: personality, network devices, resource directories.
    static let misc: [Rule] = [
        Rule("personality", "config-linux.md \"Personality\"", "The domain is known, and there are no flags.") {
            subject, report in
            guard let personality = subject.linux?.personality else { return }
            if !personality.domain.isKnown {
                report.unknownWord(personality.domain, "/linux/personality/domain", "execution domain")
            }
            if let flags = personality.flags, !flags.isEmpty {
                report.error("/linux/personality/flags", "the specification knows no flags", "remove them")
            }
        },
        Rule("net-device", "config-linux.md \"Network Devices\", netdevice(7)", "Names are valid names of devices.") {
            subject, report in
            guard let devices = subject.linux?.netDevices, !devices.isEmpty else { return }
            if !subject.has(.network) {
                report.error(
                    "/linux/netDevices", "there is no network namespace to move a device into",
                    "add {\"type\": \"network\"} to linux.namespaces")
            }
            if !subject.host.has(capability: "CAP_NET_ADMIN") {
                report.error(
                    "/linux/netDevices",
                    "moving a network device needs CAP_NET_ADMIN, which the runtime doesn't have",
                    "run it as root, or remove netDevices")
            }
            judgeNamesInside(devices, &report)
            for (name, device) in devices {
                var pointer: String { "/linux/netDevices/\(pointerToken(name))" }
                judgeDeviceName(name, pointer, &report)
                if let inside = device.name, !inside.isEmpty {
                    judgeDeviceName(inside, "\(pointer)/name", &report)
                }
            }
        },
        Rule("intel-rdt", "config-linux.md \"IntelRdt\"", "The class is a plain name, and schemata are lines.") {
            subject, report in
            guard let rdt = subject.linux?.intelRdt else { return }
            judgeIntelRdt(rdt, &report)
            if subject.host.resctrl == nil {
                report.error(
                    "/linux/intelRdt", "no resctrl filesystem is mounted here",
                    "mount it (mount -t resctrl resctrl /sys/fs/resctrl) on a machine whose processor has it, "
                        + "or remove the property")
            }
        },
        Rule("mount-label", "config-linux.md \"Mount Label\"", "SELinux is active, and the label is one line.") {
            subject, report in
            guard let label = subject.linux?.mountLabel, !label.isEmpty else { return }
            if label.hasControlBytes {
                report.error("/linux/mountLabel", "\(quoted(label)) contains control characters", "remove them")
            }
            if !subject.host.hasSELinux {
                report.error("/linux/mountLabel", "SELinux is not active on this machine", "remove it")
            }
        },
        Rule("handler", "the manual", "The program is run as it is, by no other means.") { subject, report in
            guard let handler = subject.spec.annotations?[KnownAnnotation.handler], !handler.isEmpty else { return }
            report.error(
                "/annotations/\(KnownAnnotation.handler)", "the handler \(quoted(handler)) is not supported",
                "remove it, or use a runtime that has it")
        },
        Rule("mount-context", "mount(8) \"context\"", "The annotation on mount labels names a mount option.") {
            subject, report in
            guard let type = subject.spec.annotations?[KnownAnnotation.mountContextType] else { return }
            if !KnownAnnotation.mountContextTypes.contains(where: { type.isExactly($0) }) {
                report.error(
                    "/annotations/\(KnownAnnotation.mountContextType)", "\(quoted(type)) is no such option",
                    "use one of \(KnownAnnotation.mountContextTypes.joined(separator: ", "))")
            }
        },
    ]

    private static func judgeNamesInside(_ devices: [String: Spec.Linux.NetDevice], _ report: inout Report) {
        var taken: [(inside: String, name: String)] = []
        for (name, device) in devices.sorted(by: { $0.key < $1.key }) {
            let inside = device.name.flatMap { $0.isEmpty ? nil : $0 } ?? name
            if inside.utf8.contains(UInt8(ascii: "%")) { continue }
            if let other = taken.first(where: { $0.inside.isExactly(inside) })?.name {
                report.error(
                    "/linux/netDevices/\(pointerToken(name))",
                    "\(quoted(other)) is to be called \(quoted(inside)) inside, too", "give one of them another name")
            }
            taken.append((inside, name))
        }
    }

    private static func judgeDeviceName(_ name: String, _ pointer: String, _ report: inout Report) {
        let forbidden = name.utf8.contains { $0 <= 0x20 || $0 == 0x7F || "/:".utf8.contains($0) }
        guard name.isEmpty || name.utf8.count > 15 || forbidden || name.isExactly(".") || name.isExactly("..") else {
            return
        }
        report.error(
            pointer, "\(quoted(name)) is no name of a network device",
            "use 1 to 15 bytes without blanks, \"/\" and \":\"")
    }

    private static func judgeIntelRdt(_ rdt: Spec.Linux.IntelRdt, _ report: inout Report) {
        let pointer = "/linux/intelRdt"
        // "/" alone is the default class.
        if let id = rdt.closID, !id.isExactly("/"),
            id.isExactly(".") || id.isExactly("..") || id.utf8.contains(UInt8(ascii: "/")) || id.hasControlBytes
        {
            report.error("\(pointer)/closID", "\(quoted(id)) is no name of a directory", "use a plain name, or \"/\"")
        }
        let lines = [("l3CacheSchema", rdt.l3CacheSchema), ("memBwSchema", rdt.memBwSchema)]
        for (key, line) in lines where line?.hasControlBytes == true {
            report.error("\(pointer)/\(key)", "it has more than one line", "give one line")
        }
        if let schema = rdt.memBwSchema, !schema.utf8.starts(with: "MB:".utf8) {
            report.error("\(pointer)/memBwSchema", "\(quoted(schema)) doesn't begin with \"MB:\"", "begin it so")
        }
        if let schema = rdt.l3CacheSchema, !schema.utf8.starts(with: "L3:".utf8) {
            report.warning("\(pointer)/l3CacheSchema", "\(quoted(schema)) doesn't begin with \"L3:\"", "begin it so")
        }
        for (index, line) in (rdt.schemata ?? []).enumerated() where line.hasControlBytes {
            report.error("\(pointer)/schemata/\(index)", "it has more than one line", "give each line an entry")
        }
    }
}
