internal import OCISpec

extension Rules {
    /// Rules on what is run, and how.
    static let process: [Rule] = [
        Rule("process-present", "config.md \"Process\"", "There is a process to start.") { subject, report in
            if case .some = subject.spec.process { return }
            report.warning(
                "/process", "there is no process: the container can be created but never started",
                "add process.args, process.cwd and process.user")
        },
        Rule("process-args", "config.md \"Process\"", "At least the program is named.") { subject, report in
            guard let process = subject.spec.process else { return }
            guard let args = process.args, let program = args.first else {
                return report.error(
                    "/process/args", "no program is named", "list the program and its arguments: [\"/bin/sh\"]")
            }
            if program.isEmpty {
                report.error(
                    "/process/args/0", "the program's name is empty", "name a program, such as \"/bin/sh\"")
            }
        },
        Rule("process-cwd", "config.md \"Process\"", "The working directory is an absolute path.") {
            subject, report in
            guard let cwd = subject.spec.process?.cwd else { return }
            if !cwd.isAbsolutePath {
                report.error(
                    "/process/cwd", "\(quoted(cwd)) is not an absolute path",
                    "write it from the container's root: \(quoted(cwd.isEmpty ? "/" : "/" + cwd))")
            } else if let problem = cwd.pathLengthProblem {
                report.error("/process/cwd", problem, "use a shorter path")
            }
        },
        Rule("process-env", "config.md \"Process\"", "Each environment entry reads NAME=value.") {
            subject, report in
            judgeEnvironment(subject.spec.process?.env ?? [], &report)
        },
        Rule("console-size", "config.md \"Process\"", "A terminal's size is at most 65535.") { subject, report in
            // Without a terminal the size MUST be ignored.
            guard let process = subject.spec.process, process.terminal == true, let size = process.consoleSize
            else { return }
            for (key, value) in [("height", size.height), ("width", size.width)] where value > 65_535 {
                report.error(
                    "/process/consoleSize/\(key)", "\(value) is more than a terminal has, 65535",
                    "give the number of characters, such as 80 by 25")
            }
        },
        Rule("oom-score", "config.md \"Linux Process\", proc_pid_oom_score_adj(5)", "It is from -1000 to 1000.") {
            subject, report in
            guard let score = subject.spec.process?.oomScoreAdj else { return }
            if !(-1000...1000 ~= score) {
                report.error(
                    "/process/oomScoreAdj", "\(score) is out of range",
                    "use a number from -1000 (never kill) to 1000")
            } else if score < 0, !subject.host.hasOverHost("CAP_SYS_RESOURCE") {
                report.warning(
                    "/process/oomScoreAdj",
                    "without CAP_SYS_RESOURCE the kernel takes no value below the runtime's own",
                    "run it with that capability, or use 0 or more")
            }
        },
        Rule(
            "rlimit", "config.md \"POSIX process\"", "Each limit is known, given once, and soft is not above hard."
        ) {
            subject, report in
            judgeLimits(subject.spec.process?.rlimits ?? [], &report)
        },
        Rule("security-label", "config.md \"Linux Process\"", "A label's module is there, and it is one line.") {
            subject, report in
            guard let process = subject.spec.process else { return }
            judgeLabel(
                process.apparmorProfile, "/process/apparmorProfile", "AppArmor", subject.host.hasAppArmor, &report)
            judgeLabel(process.selinuxLabel, "/process/selinuxLabel", "SELinux", subject.host.hasSELinux, &report)
        },
    ]

    private static func judgeEnvironment(_ entries: [String], _ report: inout Report) {
        var names = Set<[UInt8]>()
        func isFirst(_ name: Substring.UTF8View, at index: Int) -> Bool {
            // A search through a few entries is quicker than a set.
            if entries.count > 32 { return names.insert(Array(name)).inserted }
            return !entries[..<index].contains { $0.utf8.prefix { $0 != UInt8(ascii: "=") }.elementsEqual(name) }
        }
        for (index, entry) in entries.enumerated() {
            let name = entry.utf8.prefix { $0 != UInt8(ascii: "=") }
            if entry.isEmpty {
                report.error("/process/env/\(index)", "the entry is empty", "write NAME=value, or remove it")
            } else if name.count == entry.utf8.count {
                report.warning(
                    "/process/env/\(index)", "\(quoted(entry)) has no \"=\"; it is passed on as it is",
                    "write \(quoted(entry + "=value"))")
            } else if name.isEmpty {
                report.warning(
                    "/process/env/\(index)", "\(quoted(entry)) has no name; it is passed on as it is",
                    "write NAME=value")
            } else if !isFirst(name, at: index) {
                report.warning(
                    "/process/env/\(index)", "\(quoted(String(name) ?? "")) is set twice; most programs see the first",
                    "remove one of the two")
            }
        }
    }

    private static func judgeLimits(_ limits: [Spec.Rlimit], _ report: inout Report) {
        var seen: UInt64 = 0  // one bit for each, by number
        for (index, limit) in limits.enumerated() {
            var pointer: String { "/process/rlimits/\(index)" }
            if let number = RlimitName.number(of: limit.type) {
                let bit: UInt64 = 1 << UInt64(number)
                if seen & bit != 0 {
                    report.error("\(pointer)/type", "\(limit.type) is limited twice", "remove one of the two entries")
                }
                seen |= bit
            } else {
                report.error(
                    "\(pointer)/type",
                    "\(quoted(limit.type)) is not a resource limit"
                        + suggestion(for: limit.type, among: RlimitName.all),
                    "use a name from getrlimit(2), such as RLIMIT_NOFILE")
            }
            if limit.soft > limit.hard {
                report.error(
                    "\(pointer)/soft", "the soft limit \(limit.soft) is above the hard limit \(limit.hard)",
                    "lower soft, or raise hard")
            }
        }
    }

    private static func judgeLabel(
        _ label: String?, _ pointer: String, _ name: String, _ isActive: Bool, _ report: inout Report
    ) {
        guard let label, !label.isEmpty else { return }
        if label.hasControlBytes {
            report.error(pointer, "\(quoted(label)) contains control characters", "give the label on one line")
        }
        if !isActive {
            report.error(
                pointer, "\(name) is not active on this machine, so the label would not confine anything",
                "remove it, or enable \(name)")
        }
    }
}

extension Report {
    /// Reports a word that the specification doesn't list.
    mutating func unknownWord<Word: Vocabulary>(_ word: Word, _ pointer: String, _ what: String) {
        let names = Word.known.map(\.rawValue)
        error(
            pointer, "\(quoted(word.rawValue)) is not a \(what)" + suggestion(for: word.rawValue, among: names),
            "use one of \(names.joined(separator: ", "))")
    }
}
