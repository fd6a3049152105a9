import Dispatch
import Foundation
import JSONValue
import Synchronization

/// Runs cases against one runtime.
package struct Runner: Sendable {
    /// What a run does besides its cases.
    package struct Options: Sendable {
        package var jobs = 2
        package var keep = false
        package var timeout = 10.0
        package var rootless = false
        /// Judge by specification 1.3 whatever version the runtime claims.
        package var judgeAll = false
        /// Words between the runtime and the operation.
        package var runtimeOptions: [String] = []
        package var probe: String

        package init(probe: String) { self.probe = probe }
    }

    package let runtime: Runtime
    let options: Options
    let workshop: Workshop

    /// Gets ready: adopts orphans, makes the run's directory, asks the runtime who it is.
    package init(runtime path: String, options: Options) throws {
        Processes.adoptOrphans()
        let rootless = options.rootless ? Rootless(uid: geteuid(), gid: getegid()) : nil
        workshop = try Workshop(probe: options.probe, rootless: rootless)
        var runtime = Runtime(
            path: path, options: options.runtimeOptions, stateDirectory: workshop.state, timeout: options.timeout)
        runtime.introduce()
        self.runtime = runtime
        self.options = options
    }

    /// Removes what killed runs left, and answers their names.
    package static func removeOldRuns() -> [String] { Workshop.removeOldRuns() }

    /// Removes everything that the run made.
    package func close() { workshop.close(keeping: options.keep) }

    /// Runs the cases, several at a time; `progress` is called after each, by one thread at a time.
    package func run(_ cases: [Case], progress: @escaping @Sendable (CaseResult, Int) -> Void = { _, _ in })
        -> RunReport
    {
        let start = ContinuousClock.now
        let before = runtime.clock.seconds
        let results = each(cases, alone: \.alone) {
            run($0, fault: nil)
        } progress: {
            progress($0, $1)
        }
        return RunReport(
            runtimePath: runtime.path, runtimeName: runtime.name, version: runtime.version, claims: runtime.claims,
            date: Runner.now(), host: Runner.host(), results: results, seconds: Processes.seconds(since: start),
            runtimeSeconds: runtime.clock.seconds - before, jobs: options.jobs)
    }

    /// Runs one case, through a fault when there is one, and cleans up behind it.
    func run(_ item: Case, fault: Fault?) -> CaseResult {
        let start = ContinuousClock.now
        for need in item.needs {
            if let reason = Environment.lacks(need, runtime: runtime, rootless: options.rootless) {
                let verdict: Verdict = need == .features ? .skippedAsOptional(reason) : .skippedByEnvironment(reason)
                return CaseResult(item: item, verdict: verdict, seconds: 0)
            }
        }
        if !options.judgeAll && !runtime.knows(item.since) {
            let reason = "the runtime claims version \(runtime.claims), and this came with \(item.since)"
            return CaseResult(item: item, verdict: .skippedAsOptional(reason), seconds: 0)
        }
        let stage = Stage(runtime: runtime, fault: fault, workshop: workshop)
        let verdict = judge(item, on: stage)
        stage.cleanUp(keeping: options.keep)
        return CaseResult(item: item, verdict: verdict, seconds: Processes.seconds(since: start))
    }

    /// What a case says, unless the runtime left a call without answer: then the case fails, whatever it says.
    private func judge(_ item: Case, on stage: Stage) -> Verdict {
        let verdict = verdict(of: item, on: stage)
        guard let (command, outcome) = stage.unanswered else { return verdict }
        return .fail(
            finding(
                item, stage,
                Discrepancy(
                    expected: "an answer from the runtime", seen: "\(outcome.summary), of \(command)",
                    requirement: "runtime/operations#1")))
    }

    private func finding(_ item: Case, _ stage: Stage, _ problem: Discrepancy) -> Finding {
        Finding(
            requirement: problem.requirement ?? item.decides.first ?? "", expected: problem.expected,
            seen: problem.seen, commands: stage.transcript, bundles: stage.bundleDirectories, config: stage.config)
    }

    private func verdict(of item: Case, on stage: Stage) -> Verdict {
        do {
            try item.body(stage)
            return .pass
        } catch let problem as Discrepancy {
            let finding = finding(item, stage, problem)
            // What can't run a plain container doesn't differ from the text as everybody does: it fails.
            guard let reason = item.tolerated, workshop.plainLife.works(runtime, workshop) else {
                return .fail(finding)
            }
            return .deviation(finding, reason: reason)
        } catch let skip as Skip {
            return skip.optional ? .skippedAsOptional(skip.reason) : .skippedByEnvironment(skip.reason)
        } catch {
            return .harnessError("\(error)")
        }
    }

    /// Applies a function to all elements on `jobs` threads, those that have to be `alone` at last on a single one,
    /// keeping the order of the answers.
    func each<Element: Sendable, Answer: Sendable>(
        _ elements: [Element], alone: (Element) -> Bool = { _ in false },
        _ body: @escaping @Sendable (Element) -> Answer, progress: @escaping @Sendable (Answer, Int) -> Void
    ) -> [Answer] {
        let answers = Mutex<[Answer?]>(Array(repeating: nil, count: elements.count))
        let done = Mutex(0)
        func run(_ indices: [Int], threads count: Int) {
            let next = Atomic(0)
            // Threads of our own: most of the time they wait for a runtime, so that there may be more than processors.
            let threads = DispatchGroup()
            for _ in 0..<count {
                threads.enter()
                Thread {
                    defer { threads.leave() }
                    while true {
                        let turn = next.add(1, ordering: .relaxed).oldValue
                        if turn >= indices.count { return }
                        let answer = body(elements[indices[turn]])
                        answers.withLock { $0[indices[turn]] = answer }
                        done.withLock {
                            $0 += 1
                            progress(answer, $0)
                        }
                    }
                }.start()
            }
            threads.wait()
        }
        run(elements.indices.filter { !alone(elements[$0]) }, threads: max(1, options.jobs))
        run(elements.indices.filter { alone(elements[$0]) }, threads: 1)
        return answers.withLock { $0.compactMap { $0 } }
    }

    static func now() -> String { ISO8601DateFormatter().string(from: Date()) }

    static func host() -> String {
        var system = utsname()
        uname(&system)
        func text<T>(_ field: T) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        let cgroups = Cgroups.isVersion2 ? "cgroup v2" : "cgroup v1"
        return "Linux \(text(system.release)) \(text(system.machine)), \(cgroups)"
    }
}
