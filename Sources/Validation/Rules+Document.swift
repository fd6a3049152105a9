internal import OCISpec

extension Rules {
    /// Rules on the document as a whole: version, root, platform, annotations, host name.
    static let document: [Rule] = [
        Rule("oci-version", "config.md \"Specification version\"", "The version is SemVer, with major number 1.") {
            subject, report in
            judgeVersion(subject.spec.ociVersion, &report)
        },
        Rule("root-path", "config.md \"Root\"", "The root filesystem is a directory of its own.") {
            subject, report in
            judgeRoot(subject.spec.root.path, &report)
        },
        Rule(
            "root-readonly-namespace", "config.md \"Root\"", "A read-only root needs a mount namespace."
        ) { subject, report in
            guard subject.spec.root.readonly == true, !subject.has(.mount) else { return }
            report.error(
                "/root/readonly", "the root can't be made read-only without a mount namespace",
                "add {\"type\": \"mount\"} to linux.namespaces")
        },
        Rule("platform", "config.md \"Platform-specific configuration\"", "The configuration is one for Linux.") {
            subject, report in
            judgePlatform(subject.spec, &report)
        },
        Rule("annotation-key", "config.md \"Annotations\"", "The key of an annotation isn't empty.") {
            subject, report in
            guard let annotations = subject.spec.annotations, annotations[""] != nil else { return }
            report.error("/annotations/", "an annotation has an empty key", "give it a name, or remove it")
        },
        Rule("hostname", "config.md \"Hostname\"", "A host name is short and has a UTS namespace to be set in.") {
            subject, report in
            judgeHostName(subject.spec.hostname, "hostname", subject, &report)
        },
        Rule("domainname", "config.md \"Domainname\"", "A domain name is short and has a UTS namespace.") {
            subject, report in
            judgeHostName(subject.spec.domainname, "domainname", subject, &report)
        },
    ]

    private static func judgeVersion(_ version: String, _ report: inout Report) {
        let remedy = "write the version which the configuration follows, such as \"1.3.0\""
        guard version.utf8.count <= 256, let major = majorVersion(of: version) else {
            return report.error("/ociVersion", "\(quoted(version)) is not a SemVer version", remedy)
        }
        if major == 0 {
            report.warning(
                "/ociVersion", "version \(quoted(version)) is older than 1.0; it is read as 1.0", remedy)
        } else if major > 1 {
            report.error("/ociVersion", "version \(quoted(version)) is not supported", remedy)
        }
    }

    /// The first number of `MAJOR.MINOR.PATCH`, which may end in `-PRERELEASE` and `+BUILD`; nil for anything else.
    private static func majorVersion(of version: String) -> Int? {
        var core = Substring(version).utf8
        if let plus = core.firstIndex(of: UInt8(ascii: "+")) {
            guard areIdentifiers(core[core.index(after: plus)...]) else { return nil }
            core = core[..<plus]
        }
        if let dash = core.firstIndex(of: UInt8(ascii: "-")) {
            guard areIdentifiers(core[core.index(after: dash)...]) else { return nil }
            core = core[..<dash]
        }
        let period = UInt8(ascii: ".")
        guard let first = core.firstIndex(of: period) else { return nil }
        let rest = core[core.index(after: first)...]
        guard let second = rest.firstIndex(of: period) else { return nil }
        let major = core[..<first]
        guard isNumber(major), isNumber(rest[..<second]), isNumber(rest[rest.index(after: second)...]) else {
            return nil
        }
        return Int(Substring(major))
    }

    /// Whether a text is a number without leading zeros.
    private static func isNumber(_ text: Substring.UTF8View) -> Bool {
        guard let first = text.first, text.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else {
            return false
        }
        return first != UInt8(ascii: "0") || text.count == 1
    }

    private static func areIdentifiers(_ text: Substring.UTF8View) -> Bool {
        text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { identifier in
            !identifier.isEmpty
                && identifier.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"):
                        true
                    default: false
                    }
                }
        }
    }

    private static func judgeRoot(_ path: String, _ report: inout Report) {
        let remedy = "give the directory that holds the container's files, by convention \"rootfs\""
        if path.isEmpty {
            report.error("/root/path", "the path is empty", remedy)
        } else if let problem = path.pathLengthProblem {
            report.error("/root/path", problem, "move the root filesystem to a shorter path")
        } else if path.isAbsolutePath && path.normalizedPath.isExactly("/") {
            report.error("/root/path", "\(quoted(path)) is the machine's own root", remedy)
        } else if !path.isAbsolutePath, path.climbs, let last = path.pathComponents.last, last.elementsEqual("..".utf8)
        {
            report.error("/root/path", "\(quoted(path)) contains the bundle, or its neighbours", remedy)
        }
    }

    private static func judgePlatform(_ spec: Spec, _ report: inout Report) {
        func refuse(_ key: String, _ name: String, _ section: Spec.OtherPlatform?) {
            if section == nil { return }
            report.error(
                "/\(key)", "the configuration is meant for another platform, \(name)",
                "remove the section, or use a runtime for that platform")
        }
        refuse("solaris", "Solaris", spec.solaris)
        refuse("windows", "Windows", spec.windows)
        refuse("vm", "virtual machines", spec.vm)
        refuse("zos", "z/OS", spec.zos)
        refuse("freebsd", "FreeBSD", spec.freebsd)
    }

    private static func judgeHostName(_ name: String?, _ key: String, _ subject: Subject, _ report: inout Report) {
        guard let name, !name.isEmpty else { return }
        if name.utf8.count > 64 {
            report.error("/\(key)", "the name has \(name.utf8.count) bytes, the kernel takes 64", "shorten it")
        }
        if name.hasControlBytes {
            report.error("/\(key)", "the name \(quoted(name)) contains control characters", "remove them")
        }
        if !subject.has(.uts) {
            report.error(
                "/\(key)", "setting it would change the machine's own name: the container has no UTS namespace",
                "add {\"type\": \"uts\"} to linux.namespaces, or remove \(key)")
        }
    }
}
