import OCISpec
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

/// Findings on the sound configuration after a change.
func findings(on host: HostFacts = HostFacts(), after change: (inout Spec) -> Void) -> [Finding] {
    var spec = soundSpec()
    change(&spec)
    return validate(spec, on: host)
}

/// A finding in short: its severity, place and rule.
struct Mark: Equatable, CustomStringConvertible {
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

/// All findings in short.
func marks(on host: HostFacts = HostFacts(), after change: (inout Spec) -> Void) -> [Mark] {
    findings(on: host, after: change).map { Mark(severity: $0.severity, pointer: $0.pointer, rule: $0.rule) }
}
