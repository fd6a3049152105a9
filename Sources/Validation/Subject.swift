internal import OCISpec

/// What the rules look at: a configuration and the machine, with the shortcuts that many of them need.
struct Subject: Sendable {
    let spec: Spec
    let host: HostFacts
    /// The mounts with what their options mean.
    let mounts: [JudgedMount]

    init(spec: Spec, host: HostFacts) {
        self.spec = spec
        self.host = host
        mounts = (spec.mounts ?? []).enumerated().map { JudgedMount($1, index: $0) }
    }

    var linux: Spec.Linux? { spec.linux }
    var resources: Spec.Linux.Resources? { spec.linux?.resources }
    var namespaces: [Spec.Linux.Namespace] { spec.linux?.namespaces ?? [] }

    /// The container's namespace of a kind; nil when it shares the runtime's.
    func namespace(_ kind: Spec.Linux.Namespace.Kind) -> Spec.Linux.Namespace? {
        namespaces.first { $0.type == kind }
    }

    /// Whether the container gets a namespace of its own, or joins another's.
    func has(_ kind: Spec.Linux.Namespace.Kind) -> Bool {
        namespace(kind) != nil
    }

    /// Whether the container gets a new namespace of this kind.
    func makes(_ kind: Spec.Linux.Namespace.Kind) -> Bool {
        namespace(kind).map { $0.path == nil } ?? false
    }
}

/// Collects the findings of rules.
struct Report {
    private(set) var findings: [Finding] = []
    /// The rules that are asked, and which of them is at work.
    ///
    /// By its place in the list: a copy of each rule would cost more than most rules do.
    private var rules: [Rule] = []
    private var current = 0

    /// Asks some rules.
    mutating func judge(_ subject: Subject, by rules: [Rule]) {
        self.rules = rules
        for index in rules.indices {
            current = index
            rules[index].check(subject, &self)
        }
    }

    mutating func error(_ pointer: String, _ problem: String, _ remedy: String, section: String? = nil) {
        add(.error, pointer, problem, remedy, section)
    }

    mutating func warning(_ pointer: String, _ problem: String, _ remedy: String) {
        add(.warning, pointer, problem, remedy, nil)
    }

    private mutating func add(
        _ severity: Finding.Severity, _ pointer: String, _ problem: String, _ remedy: String, _ section: String?
    ) {
        let rule = rules[current]
        findings.append(
            Finding(
                severity: severity, pointer: pointer, rule: rule.id, problem: problem, remedy: remedy,
                section: section ?? rule.section))
    }
}
