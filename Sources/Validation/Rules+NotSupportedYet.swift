public import OCISpec

/// A property whose effect isn't implemented.
///
/// Removing its row from the table is what enables it.
private struct Unsupported {
    let pointer: String
    let section: String
    /// Whether the configuration asks for anything by it; empty lists and texts ask for nothing.
    let isUsed: @Sendable (Spec) -> Bool

    init(_ pointer: String, _ section: String, _ isUsed: @escaping @Sendable (Spec) -> Bool) {
        self.pointer = pointer
        self.section = section
        self.isUsed = isUsed
    }
}

extension Rules {
    /// What the specification has and this runtime hasn't yet is refused, never ignored.
    static let notSupportedYet = Rule(
        "not-supported-yet", "config.md \"Valid values\"", "Only what is implemented is asked for."
    ) { subject, report in
        let remedy = "remove it, or use a runtime that implements it"
        for row in unsupported where row.isUsed(subject.spec) {
            report.error(row.pointer, "this property is not supported yet", remedy, section: row.section)
        }
    }

    /// Whether what a change of a bare configuration asks for is implemented.
    public static func support(_ change: (inout Spec) -> Void) -> Bool {
        var spec = Spec(
            ociVersion: "1.0.0", root: .init(path: "rootfs"), process: .init(cwd: "/", user: .init(uid: 0, gid: 0)))
        change(&spec)
        return judge(Subject(spec: spec, host: HostFacts()), by: [notSupportedYet]).isEmpty
    }

    /// Nothing at present.
    private static var unsupported: [Unsupported] { [] }
}
