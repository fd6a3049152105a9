internal import OCISpec

extension Rules {
    /// Rules on hooks.
    static let hooks: [Rule] = [
        Rule("hook-path", "config.md \"POSIX-platform Hooks\"", "A hook's path is absolute.") { subject, report in
            for (pointer, hook) in all(subject.spec.hooks) {
                if !hook.path.isAbsolutePath {
                    report.error(
                        "\(pointer)/path", "\(quoted(hook.path)) is not an absolute path",
                        "write the program's full path; hooks aren't looked up in PATH")
                } else if let problem = hook.path.pathLengthProblem {
                    report.error("\(pointer)/path", problem, "use a shorter path")
                }
            }
        },
        Rule("hook-timeout", "config.md \"POSIX-platform Hooks\"", "A timeout is at least one second.") {
            subject, report in
            for (pointer, hook) in all(subject.spec.hooks) {
                guard let timeout = hook.timeout else { continue }
                if timeout < 1 {
                    report.error(
                        "\(pointer)/timeout", "\(timeout) is not greater than zero",
                        "give the seconds to wait; leave it out to wait for ever")
                } else if timeout > Int(Int32.max) {
                    report.error(
                        "\(pointer)/timeout", "\(timeout) seconds are more than a clock can wait",
                        "leave it out to wait for ever")
                }
            }
        },
        Rule("hook-env", "config.md \"POSIX-platform Hooks\"", "Each environment entry reads NAME=value.") {
            subject, report in
            for (pointer, hook) in all(subject.spec.hooks) {
                for (index, entry) in (hook.env ?? []).enumerated() {
                    let name = entry.utf8.prefix { $0 != UInt8(ascii: "=") }
                    guard name.isEmpty || name.count == entry.utf8.count else { continue }
                    report.error(
                        "\(pointer)/env/\(index)", "\(quoted(entry)) is no variable", "write NAME=value")
                }
            }
        },
        Rule("hook-count", "config.md \"POSIX-platform Hooks\"", "There are at most 4096 hooks of a kind.") {
            subject, report in
            for (key, hooks) in lists(subject.spec.hooks) where hooks.count > MostEntries.list {
                report.error("/hooks/\(key)", "\(hooks.count) hooks are too many", "list at most 4096")
            }
        },
    ]

    private static func lists(_ hooks: Spec.Hooks?) -> [(String, [Spec.Hook])] {
        guard let hooks else { return [] }
        return [
            ("prestart", hooks.prestart ?? []), ("createRuntime", hooks.createRuntime ?? []),
            ("createContainer", hooks.createContainer ?? []), ("startContainer", hooks.startContainer ?? []),
            ("poststart", hooks.poststart ?? []), ("poststop", hooks.poststop ?? []),
        ]
    }

    /// Every hook with its place.
    private static func all(_ hooks: Spec.Hooks?) -> [(String, Spec.Hook)] {
        lists(hooks).flatMap { key, hooks in hooks.enumerated().map { ("/hooks/\(key)/\($0)", $1) } }
    }
}
