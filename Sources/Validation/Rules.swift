public import OCISpec

/// One demand on a configuration: a pure function with a name.
public struct Rule: Sendable {
    /// The rule's name, in kebab-case; each finding carries it.
    public let id: String
    /// The part of the specification, or the manual, that it follows.
    public let section: String
    /// What it demands, in a sentence.
    public let summary: String
    let check: @Sendable (Subject, inout Report) -> Void

    init(
        _ id: String, _ section: String, _ summary: String, check: @escaping @Sendable (Subject, inout Report) -> Void
    ) {
        self.id = id
        self.section = section
        self.summary = summary
        self.check = check
    }
}

/// The list of all rules.
public enum Rules {
    /// Every rule, in the order of the specification's chapters.
    public static var all: [Rule] {
        var all: [Rule] = []
        forEachChapter { all += $0 }
        return all
    }

    /// Hands over the rules of each chapter; one list of all would be copied together for each judgement.
    static func forEachChapter(_ body: ([Rule]) -> Void) {
        body(document)
        body(process)
        body(scheduling)
        body(user)
        body(capabilities)
        body(mounts)
        body(hooks)
        body(namespaces)
        body(idMappings)
        body(paths)
        body(devices)
        body(resources)
        body(controllers)
        body(sysctl)
        body(seccomp)
        body(seccompUse)
        body(misc)
        body(annotations)
    }
}

/// Judges a configuration as a whole: every rule is asked, and all findings are answered, sorted by pointer.
///
/// Pure: what only the kernel can tell at the moment of use (does a path exist *now*) isn't judged here.
public func validate(_ spec: Spec, on host: HostFacts) -> [Finding] {
    let subject = Subject(spec: spec, host: host)
    var report = Report()
    Rules.forEachChapter { report.judge(subject, by: $0) }
    return sorted(report.findings)
}

/// Judges a process that is to run beside a container's own, under the container's configuration.
///
/// Pointers count from the process document: `/args`, not `/process/args`.
public func validate(_ process: Spec.Process, inside container: Spec, on host: HostFacts) -> [Finding] {
    var spec = container
    spec.process = process
    let prefix = "/process"
    return judge(
        Subject(spec: spec, host: host),
        by: Rules.process + Rules.scheduling + Rules.user + Rules.capabilities
    ).compactMap { finding in
        guard finding.pointer.utf8.starts(with: prefix.utf8) else { return nil }
        var finding = finding
        finding.pointer = String(finding.pointer.dropFirst(prefix.utf8.count))
        return finding
    }
}

/// Judges new limits for a container, under the container's configuration.
///
/// Pointers count from the resources document: `/memory/limit`, not `/linux/resources/memory/limit`.
public func validate(_ resources: Spec.Linux.Resources, inside container: Spec, on host: HostFacts) -> [Finding] {
    var spec = container
    spec.linux = spec.linux ?? Spec.Linux()
    spec.linux?.resources = resources
    let prefix = "/linux/resources"
    return judge(Subject(spec: spec, host: host), by: Rules.resources + Rules.controllers)
        .compactMap { finding in
            guard finding.pointer.utf8.starts(with: prefix.utf8) else { return nil }
            var finding = finding
            finding.pointer = String(finding.pointer.dropFirst(prefix.utf8.count))
            return finding
        }
}

/// Asks some rules; see ``validate(_:on:)``.
func judge(_ subject: Subject, by rules: [Rule]) -> [Finding] {
    var report = Report()
    report.judge(subject, by: rules)
    return sorted(report.findings)
}

/// Sorts findings by pointer; at one place the rules' order stands.
private func sorted(_ findings: [Finding]) -> [Finding] {
    if findings.isEmpty { return [] }
    return findings.enumerated().sorted { one, other in
        if one.element.pointer.isExactly(other.element.pointer) { return one.offset < other.offset }
        return precedes(one.element.pointer, other.element.pointer)
    }.map(\.element)
}

/// Orders pointers by their parts, numbers by value and before text: element 10 stands behind element 9.
private func precedes(_ one: String, _ other: String) -> Bool {
    let separator = UInt8(ascii: "/")
    for (left, right) in zip(one.utf8.split(separator: separator), other.utf8.split(separator: separator))
    where !left.elementsEqual(right) {
        switch (Int(String(left) ?? ""), Int(String(right) ?? "")) {
        case (let a?, let b?) where a != b: return a < b
        case (.some, nil): return true
        case (nil, .some): return false
        default: return left.lexicographicallyPrecedes(right)
        }
    }
    return one.utf8.count < other.utf8.count
}
