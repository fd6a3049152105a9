import OCISpec
import Testing
import Validation

/// A small configuration in which nothing is wrong.
func soundSpec() -> Spec {
    Spec(
        ociVersion: "1.3.0", root: .init(path: "rootfs", readonly: true),
        mounts: [
            .init(destination: "/proc", type: "proc", source: "proc"),
            .init(destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "size=1m"]),
            .init(destination: "/data", source: "/srv/data", options: ["rbind", "ro"]),
        ],
        process: .init(
            cwd: "/", env: ["PATH=/usr/bin:/bin"], args: ["sh"], user: .init(uid: 0, gid: 0, additionalGids: [10])),
        hostname: "box",
        linux: .init(
            namespaces: [
                .init(type: .pid), .init(type: .network), .init(type: .mount), .init(type: .ipc), .init(type: .uts),
            ]))
}

/// A finding in short: how bad, where, by which rule.
struct Mark: Equatable, Sendable, CustomStringConvertible {
    var severity: Finding.Severity
    var pointer: String
    var rule: String

    static func error(_ pointer: String, _ rule: String) -> Mark {
        Mark(severity: .error, pointer: pointer, rule: rule)
    }

    static func warning(_ pointer: String, _ rule: String) -> Mark {
        Mark(severity: .warning, pointer: pointer, rule: rule)
    }

    var description: String { "\(severity) \(pointer) \(rule)" }
}

/// A change to the sound configuration, and all that the rules are to say about it.
struct Case: Sendable, CustomTestStringConvertible {
    var title: String
    var expected: [Mark]
    var host: HostFacts
    var change: @Sendable (inout Spec) -> Void

    init(
        _ title: String, _ expected: Mark..., host: HostFacts = HostFacts(),
        change: @escaping @Sendable (inout Spec) -> Void
    ) {
        self.title = title
        self.expected = expected
        self.host = host
        self.change = change
    }

    var testDescription: String { title }

    /// Runs all rules over the changed configuration and compares.
    func check() {
        var spec = soundSpec()
        change(&spec)
        let findings = validate(spec, on: host)
        let found = findings.map { Mark(severity: $0.severity, pointer: $0.pointer, rule: $0.rule) }
        #expect(found == expected, "\(title): \(findings.map(\.description))")
    }
}

/// All that the rules say about the changed configuration.
func marks(on host: HostFacts = HostFacts(), after change: (inout Spec) -> Void) -> [Mark] {
    var spec = soundSpec()
    change(&spec)
    return validate(spec, on: host).map { Mark(severity: $0.severity, pointer: $0.pointer, rule: $0.rule) }
}
