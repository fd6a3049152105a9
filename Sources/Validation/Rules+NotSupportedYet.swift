internal import OCISpec

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
        if let handler = subject.spec.annotations?[KnownAnnotation.handler], !handler.isEmpty {
            report.error("/annotations/run.oci.handler", "the handler \(quoted(handler)) is not supported", remedy)
        }
    }

    private static var unsupported: [Unsupported] {
        [
        ]
    }

    private static func isUsed(_ value: (some Collection)?) -> Bool {
        !(value?.isEmpty ?? true)
    }
}
