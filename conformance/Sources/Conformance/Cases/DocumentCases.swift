import Foundation
import JSONValue

/// Versions, annotations, unknown properties, and values of the wrong kind.
enum DocumentCases {
    @CaseList static var all: [Case] {
        for version in ["1.0.0", "1.0.2", "1.1.0", "1.2.0", "1.3.0"] {
            Case.accept(
                "version/\(version)", "accepts a configuration of version \(version)",
                ["config/specification-version#1"],
                since: version, config: { $0["/ociVersion"] = .string(version) })
        }
        for (name, version) in [("words", "banana"), ("empty", ""), ("short", "1"), ("letters", "1.x.0")] {
            Case.refuse(
                "version/\(name)", "refuses \(version.debugDescription) for a version",
                ["config/specification-version#1", "config/valid-values#1"],
                config: { $0["/ociVersion"] = .string(version) })
        }
        Case.refuse(
            "version/unsupported", "refuses a version far above all that it knows", ["config/valid-values#1"],
            tolerated: "Runtimes do what they can with a configuration that is newer than they are.",
            config: { $0["/ociVersion"] = "99.0.0" })
        Case.refuse(
            "version/missing", "refuses a configuration without version", ["config/specification-version#1"],
            tolerated: documentOnly, config: { $0["/ociVersion"] = nil })
        annotations
        for (place, pointer) in [
            ("top", "/unknownProperty"), ("process", "/process/unknownProperty"), ("root", "/root/unknownProperty"),
            ("mount", "/mounts/0/unknownProperty"), ("linux", "/linux/unknownProperty"),
            ("namespace", "/linux/namespaces/0/unknownProperty"), ("user", "/process/user/unknownProperty"),
        ] {
            Case.accept(
                "extensibility/\(place)", "ignores an unknown property (\(place))", ["config/extensibility#1"],
                config: { $0[pointer] = ["some": ["value"]] })
        }
        wrongKinds
        Case.refuse(
            "intel-rdt/not-mounted", "refuses intelRdt where no resctrl is mounted", ["config-linux/intelrdt#2"],
            needs: [.root, .noFile("/sys/fs/resctrl/schemata")],
            config: { $0["/linux/intelRdt"] = ["closID": "group", "l3CacheSchema": "L3:0=f"] })
        for (number, name, value) in [
            (5, "l3CacheSchema", "X:0=f"), (6, "memBwSchema", "X:0=20"), (7, "schemata", "L3:0=f\nL3:0=e"),
        ] {
            Case.refuse(
                "intel-rdt/\(name)-invalid", "refuses an invalid \(name)",
                ["config-linux/intelrdt#\(number)", "config/valid-values#1"],
                needs: [.root, .file("/sys/fs/resctrl/schemata")],
                config: {
                    $0["/linux/intelRdt"] = ["closID": "swrun-test-conformance"]
                    $0["/linux/intelRdt/\(name)"] = name == "schemata" ? [.string(value)] : .string(value)
                }
            )
            .mended(
                by: .refusing(.create, "reads \(name)") { $0.bundle?.config["/linux/intelRdt/\(name)"] != nil },
                despite: [.file("/sys/fs/resctrl/schemata")])
        }
    }

    @CaseList private static var annotations: [Case] {
        Case.accept(
            "annotations/unknown", "accepts annotations that it doesn't know",
            ["config/annotations#15", "config/annotations#1"],
            config: {
                $0["/annotations"] = ["com.example.one": "1", "two": "", "org.opencontainers.image.nothing": "x"]
            })
        Case.refuse(
            "annotations/empty-key", "refuses an annotation without a name",
            ["config/annotations#3", "config/valid-values#1"],
            config: { $0["/annotations"] = ["": "value"] })
        Case.refuse(
            "annotations/number", "refuses an annotation whose value isn't a string",
            ["config/annotations#16", "config/valid-values#1"],
            config: { $0["/annotations"] = ["com.example.key": 5] })
        Case.refuse(
            "annotations/object", "refuses an annotation whose value is an object",
            ["config/annotations#16", "config/valid-values#1"],
            config: { $0["/annotations"] = ["com.example.key": ["a": "b"]] })
        Case.refuse(
            "annotations/array", "refuses annotations that aren't a map",
            ["config/annotations#1", "config/valid-values#1"],
            config: { $0["/annotations"] = ["com.example.key", "value"] as JSON })
    }

    /// A pointer and a value of a kind that can't stand there.
    private static let wrong: [(String, String, JSON)] = [
        ("process-args", "/process/args", "/oci-probe report"), ("process-cwd", "/process/cwd", 5),
        ("process-env", "/process/env", ["A": "b"]), ("process-terminal", "/process/terminal", "no"),
        ("user-uid", "/process/user/uid", "0"), ("user-uid-large", "/process/user/uid", .number("4294967296")),
        ("hostname", "/hostname", 5), ("mounts", "/mounts", ["destination": "/data"]),
        ("mount-options", "/mounts/0/options", "ro"), ("root", "/root", "rootfs"),
        ("namespaces", "/linux/namespaces", "pid"),
        ("root-readonly", "/root/readonly", "true"), ("linux", "/linux", []), ("hooks", "/hooks", []),
        ("oom-score", "/process/oomScoreAdj", 5000), ("rlimits", "/process/rlimits", ["type": "RLIMIT_CORE"]),
    ]

    @CaseList private static var wrongKinds: [Case] {
        for (name, pointer, value) in wrong {
            Case.refuse(
                "valid-values/\(name)", "refuses \(value.text()) for \(pointer)", ["config/valid-values#1"],
                atStart: true,
                config: { $0[pointer] = value })
        }
    }
}
