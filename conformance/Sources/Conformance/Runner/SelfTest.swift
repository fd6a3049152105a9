/// Shows that each case can fail: a runtime that passes it, broken by the case's fault, has to be caught.
///
/// Where no runtime passes, one is mended first, so that it keeps the sentence, and is broken then.
package struct SelfTest: Sendable {
    /// What came of a case's proof.
    package enum Proof: Sendable, Equatable {
        /// The case passes with the runtime as it is, and fails with the broken one.
        case caught(runtime: String)
        /// The broken runtime passed: the case proves nothing.
        case missed(runtime: String)
        /// The same with a runtime that was made to pass the case.
        case caughtMended(runtime: String, how: String)
        /// The case fails with a runtime as it is: that it can fail is shown, that it can pass isn't.
        case failsUnbroken(String)
        /// The case couldn't be decided with any runtime here.
        case undecided(String)
        /// There can't be a broken runtime for it; the reason.
        case unprovable(String)

        /// The short word for tables.
        package var word: String {
            switch self {
            case .caught, .caughtMended: "caught"
            case .missed: "missed"
            case .failsUnbroken: "fails-unbroken"
            case .undecided: "undecided"
            case .unprovable: "unprovable"
            }
        }
    }

    /// A case with its proof.
    package struct Entry: Sendable {
        package var item: Case
        package var proof: Proof
    }

    /// Tries each case with the runtimes, in their order, until one proves it.
    package static func run(
        _ cases: [Case], with runners: [Runner], progress: @escaping @Sendable (Entry, Int) -> Void
    ) -> [Entry] {
        guard let first = runners.first else { return [] }
        return first.each(cases, alone: \.alone) {
            Entry(item: $0, proof: prove($0, with: runners))
        } progress: {
            progress($0, $1)
        }
    }

    private static func prove(_ item: Case, with runners: [Runner]) -> Proof {
        if !item.fault.provable { return .unprovable(item.fault.description) }
        var reasons: [String] = []
        var fails = false
        for runner in runners {
            let plain = runner.run(item, fault: nil).verdict
            guard plain == .pass else {
                fails = fails || plain.word == "fail" || plain.word == "deviation"
                reasons.append("\(runner.runtime.name): \(plain.word)\(plain.reason.map { " (\($0))" } ?? "")")
                continue
            }
            return catches(item, item.fault, runner) ?? .caught(runtime: runner.runtime.name)
        }
        if let mended = item.mended {
            var item = item
            item.needs.removeAll { item.unneeded.contains($0) }
            for runner in runners {
                let verdict = runner.run(item, fault: mended).verdict
                reasons.append(
                    "\(runner.runtime.name), mended: \(verdict.word)\(verdict.reason.map { " (\($0))" } ?? "")")
                guard verdict == .pass else { continue }
                return catches(item, item.fault.over(mended), runner)
                    ?? .caughtMended(runtime: runner.runtime.name, how: mended.description)
            }
        }
        let reason = reasons.joined(separator: "; ")
        return fails ? .failsUnbroken(reason) : .undecided(reason)
    }

    /// nil when the case catches the broken runtime.
    private static func catches(_ item: Case, _ fault: Fault, _ runner: Runner) -> Proof? {
        switch runner.run(item, fault: fault).verdict {
        case .fail, .deviation: nil
        default: .missed(runtime: runner.runtime.name)
        }
    }
}
