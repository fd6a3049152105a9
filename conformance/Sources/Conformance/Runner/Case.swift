import JSONValue

/// One question to a runtime, and the sentences of the specification that its answer decides.
package struct Case: Sendable {
    /// `TOPIC/NAME`, lasting: reports are compared by it.
    package var id: String
    /// What a runtime does that passes.
    package var title: String
    /// Ids of the requirements.
    package var decides: [String]
    /// The version of the specification that introduced what is tested; older runtimes are let off.
    package var since: String
    package var needs: [Need]
    /// Why a failure is no fault of the runtime: a disagreement between the text and all practice.
    package var tolerated: String?
    package var fault: Fault
    /// What makes a real runtime keep the sentence, for the proof of a case that no real runtime passes.
    var mended: Fault?
    /// Needs that don't count for that proof.
    var unneeded: [Need] = []
    /// Whether other containers at the same time could hide what the case looks for.
    var alone = false
    var body: @Sendable (Stage) throws -> Void
    /// The change of the plain configuration, for cases that have no more to them; differential runs use these.
    var sample: (@Sendable (inout JSON) -> Void)?
    /// What `sample` needs on disk, and the steps of its probe.
    var prepare: @Sendable (Bundle) throws -> Void = { _ in }
    var steps: [String] = []

    /// MUST when one of the sentences is.
    package var level: Requirement.Level {
        decides.contains { Requirements[$0]?.level == .must } ? .must : .should
    }

    init(
        _ id: String, _ title: String, _ decides: [String], since: String = "1.0.0", needs: [Need] = [],
        tolerated: String? = nil, broken: Fault, body: @escaping @Sendable (Stage) throws -> Void
    ) {
        self.id = id
        self.title = title
        self.decides = decides
        self.since = since
        self.needs = needs
        self.tolerated = tolerated
        self.fault = broken
        self.body = body
    }

    /// The same case, with what makes a real runtime pass it where none does.
    ///
    /// `despite` are needs that it makes up for: only the runtime's answer counts, which is the change's own.
    func mended(by change: Fault, despite unneeded: [Need] = []) -> Case {
        var result = self
        result.mended = change
        result.unneeded = unneeded
        return result
    }

    /// The same case, run while no other runs.
    func withoutOthers() -> Case {
        var result = self
        result.alone = true
        return result
    }

    /// A case whose container runs the probe to its end: what it saw decides.
    static func observe(
        _ id: String, _ title: String, _ decides: [String], since: String = "1.0.0", needs: [Need] = [],
        tolerated: String? = nil, steps: [String] = [], prepare: @escaping @Sendable (Bundle) throws -> Void = { _ in },
        broken: Fault, config: @escaping @Sendable (inout JSON) -> Void,
        sees: @escaping @Sendable (Report) throws -> Void
    ) -> Case {
        var result = Case(id, title, decides, since: since, needs: needs, tolerated: tolerated, broken: broken) {
            stage in
            let bundle = try stage.bundle(steps: steps, config: config, prepare: prepare)
            try sees(try stage.run(bundle))
        }
        result.sample = config
        result.prepare = prepare
        result.steps = steps
        return result
    }

    /// A case whose configuration has to be refused, by create or, with `atStart`, at the latest by start.
    static func refuse(
        _ id: String, _ title: String, _ decides: [String], since: String = "1.0.0", needs: [Need] = [],
        tolerated: String? = nil, atStart: Bool = false,
        prepare: @escaping @Sendable (Bundle) throws -> Void = { _ in },
        broken: Fault = .accepts, config: @escaping @Sendable (inout JSON) -> Void
    ) -> Case {
        Case(id, title, decides, since: since, needs: needs, tolerated: tolerated, broken: broken) { stage in
            let bundle = try stage.bundle(config: config, prepare: prepare)
            try stage.expectRefusal(bundle, atStart: atStart)
        }
    }

    /// A case whose configuration has to be accepted, whatever else comes of it.
    static func accept(
        _ id: String, _ title: String, _ decides: [String], since: String = "1.0.0", needs: [Need] = [],
        tolerated: String? = nil, prepare: @escaping @Sendable (Bundle) throws -> Void = { _ in },
        broken: Fault = .refuses, config: @escaping @Sendable (inout JSON) -> Void
    ) -> Case {
        observe(
            id, title, decides, since: since, needs: needs, tolerated: tolerated, prepare: prepare, broken: broken,
            config: config, sees: { _ in })
    }
}

/// Why a case fails: what was expected and what was seen.
struct Discrepancy: Error {
    var expected: String
    var seen: String
    /// The sentence that is violated, when it isn't the case's first.
    var requirement: String?
}

/// The case can't be decided here.
struct Skip: Error {
    var reason: String
    /// The runtime doesn't offer what is optional, as opposed to an environment that lacks something.
    var optional = false
}

/// Collects cases that are written below each other.
@resultBuilder
enum CaseList {
    static func buildExpression(_ item: Case) -> [Case] { [item] }
    static func buildExpression(_ items: [Case]) -> [Case] { items }
    static func buildBlock(_ parts: [Case]...) -> [Case] { parts.flatMap { $0 } }
    static func buildPartialBlock(first: [Case]) -> [Case] { first }
    static func buildPartialBlock(accumulated: [Case], next: [Case]) -> [Case] { accumulated + next }
    static func buildEither(first: [Case]) -> [Case] { first }
    static func buildEither(second: [Case]) -> [Case] { second }
    static func buildOptional(_ part: [Case]?) -> [Case] { part ?? [] }
    static func buildArray(_ parts: [[Case]]) -> [Case] { parts.flatMap { $0 } }
}

/// What a case needs of the machine.
package enum Need: Sendable, Equatable {
    case root
    /// A namespace type as /proc/self/ns names it.
    case namespace(String)
    case cgroup1
    case cgroup2
    /// A controller, in whichever hierarchy.
    case controller(String)
    /// A file that the controller's new cgroups have; cgroup v1.
    case cgroupFile(String, String)
    /// A file or directory of the host.
    case file(String)
    case noFile(String)
    /// At least this kernel.
    case kernel(Int, Int)
    /// A capability of the harness, by number.
    case capability(Int)
    /// A program of the host.
    case program(String)
    /// The runtime has a features document.
    case features
    case rootless
}
