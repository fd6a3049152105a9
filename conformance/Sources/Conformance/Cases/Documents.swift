import JSONValue

/// The shapes of the documents that a runtime prints, as the specification's schemas describe them.
enum Documents {
    /// Whether a text is a version in the form of SemVer 2.0.0.
    static func isVersion(_ text: String) -> Bool {
        let body = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = body[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let plain = numbers.allSatisfy { number in
            !number.isEmpty && number.utf8.allSatisfy { (0x30...0x39).contains($0) }
                && (number == "0" || !number.hasPrefix("0"))
        }
        func identifiers(_ text: Substring) -> Bool {
            text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
                !part.isEmpty
                    && part.utf8.allSatisfy {
                        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                            || $0 == 0x2D
                    }
            }
        }
        return numbers.count == 3 && plain && parts.dropFirst().allSatisfy(identifiers)
            && body.dropFirst().allSatisfy(identifiers)
    }

    /// The numbers of a version, without what follows a dash; other words count as 0.
    static func numbers(of version: String) -> [Int] {
        (version.split(separator: "-", omittingEmptySubsequences: false).first ?? "").split(separator: ".").map {
            Int($0) ?? 0
        }
    }

    /// What is wrong with a state document.
    static func problems(ofState state: JSON) -> [String] {
        guard state.members != nil else { return ["the state is no object"] }
        var problems: [String] = []
        for name in ["ociVersion", "id", "status", "bundle"] where state[name: name]?.string == nil {
            problems.append("\(name) is no string")
        }
        if state["/ociVersion"]?.string == "" { problems.append("ociVersion is empty") }
        if let pid = state["/pid"], (pid.int ?? -1) < 0 { problems.append("pid is \(pid.text())") }
        if let status = state["/status"]?.string, ["created", "running"].contains(status),
            (state["/pid"]?.int ?? 0) <= 0
        {
            problems.append("pid is missing while \(status)")
        }
        if let bundle = state["/bundle"]?.string, !bundle.hasPrefix("/") { problems.append("bundle isn't absolute") }
        if let annotations = state["/annotations"] { problems += annotationProblems(annotations, "annotations") }
        return problems
    }

    private static func annotationProblems(_ value: JSON, _ name: String) -> [String] {
        guard let members = value.members else { return ["\(name) is no object"] }
        return members.flatMap { member in
            (member.name.isEmpty ? ["\(name) has an empty key"] : [])
                + (member.value.string == nil ? ["\(name).\(member.name) is no string"] : [])
        }
    }

    /// The kind of value that stands at a place of the features document; nested objects by their path.
    private static let features: [String: Kind] = [
        "ociVersionMin": .version, "ociVersionMax": .version, "hooks": .strings, "mountOptions": .strings,
        "annotations": .annotations, "potentiallyUnsafeConfigAnnotations": .strings, "linux": .object,
        "linux/namespaces": .strings, "linux/capabilities": .strings, "linux/cgroup": .object,
        "linux/cgroup/v1": .bool, "linux/cgroup/v2": .bool, "linux/cgroup/systemd": .bool,
        "linux/cgroup/systemdUser": .bool, "linux/cgroup/rdma": .bool, "linux/seccomp": .object,
        "linux/seccomp/enabled": .bool, "linux/seccomp/actions": .strings, "linux/seccomp/operators": .strings,
        "linux/seccomp/archs": .strings, "linux/seccomp/knownFlags": .strings, "linux/seccomp/supportedFlags": .strings,
        "linux/apparmor": .object, "linux/apparmor/enabled": .bool, "linux/selinux": .object,
        "linux/selinux/enabled": .bool, "linux/intelRdt": .object, "linux/intelRdt/enabled": .bool,
        "linux/intelRdt/schemata": .bool, "linux/intelRdt/monitoring": .bool, "linux/memoryPolicy": .object,
        "linux/memoryPolicy/modes": .strings, "linux/memoryPolicy/flags": .strings, "linux/mountExtensions": .object,
        "linux/mountExtensions/idmap": .object, "linux/mountExtensions/idmap/enabled": .bool,
        "linux/netDevices": .object, "linux/netDevices/enabled": .bool,
    ]

    private enum Kind {
        case version
        case strings
        case annotations
        case object
        case bool
    }

    /// What is wrong with a features document; `unknown` are the paths that no specification up to 1.3 defines.
    static func problems(ofFeatures document: JSON) -> (wrong: [String], unknown: [String]) {
        guard document.members != nil else { return (["the document is no object"], []) }
        var wrong: [String] = []
        var unknown: [String] = []
        for name in ["ociVersionMin", "ociVersionMax"] where document[name: name] == nil {
            wrong.append("\(name) is missing")
        }
        func visit(_ value: JSON, _ path: String) {
            for member in value.members ?? [] {
                let place = path + member.name
                guard let kind = features[place] else {
                    unknown.append(place)
                    continue
                }
                if member.value.isNull { continue }
                let fits =
                    switch kind {
                    case .version: member.value.string.map(isVersion) ?? false
                    case .strings: member.value.array?.allSatisfy { $0.string != nil } ?? false
                    case .annotations: annotationProblems(member.value, place).isEmpty
                    case .object: member.value.members != nil
                    case .bool: member.value.bool != nil
                    }
                if !fits { wrong.append("\(place) is \(member.value.text().prefix(60))") }
                if kind == .object { visit(member.value, place + "/") }
            }
        }
        visit(document, "")
        return (wrong, unknown)
    }
}
