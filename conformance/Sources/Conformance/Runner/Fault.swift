import Foundation
import JSONValue

/// What is broken about a runtime that a case has to catch: the proof that the case can fail.
///
/// The real runtime runs; the fault stands between it and the harness, changing the configuration on its way in, or
/// what an operation does and answers.
package struct Fault: Sendable {
    /// What the broken runtime does wrong, as a phrase; or why no such runtime can be made.
    package var description: String
    var config: (@Sendable (inout JSON, _ base: JSON) -> Void)?
    var operation: (@Sendable (Invocation, (Invocation) -> Outcome) -> Outcome)?

    /// Whether there is a broken runtime at all.
    package var provable: Bool { config != nil || operation != nil }

    /// A runtime that reads another configuration than the one that was given.
    static func config(_ description: String, _ change: @escaping @Sendable (inout JSON) -> Void) -> Fault {
        Fault(description: description, config: { config, _ in change(&config) })
    }

    /// A runtime that does something else, before, after or in place of the operation.
    static func operation(
        _ description: String, _ change: @escaping @Sendable (Invocation, (Invocation) -> Outcome) -> Outcome
    ) -> Fault {
        Fault(description: description, operation: change)
    }

    /// A runtime that carries out a plain configuration in place of the one it should refuse.
    static let accepts = Fault(
        description: "accepts it, and runs a plain container in its place",
        config: { config, base in config = base })

    /// A runtime that refuses what it should accept.
    static let refuses = Fault.operation("refuses it") { invocation, proceed in
        invocation.operation == .create ? .failure("refused") : proceed(invocation)
    }

    /// A runtime whose state document is changed.
    static func state(_ description: String, _ change: @escaping @Sendable (inout JSON) -> Void) -> Fault {
        .document(.state, description, change)
    }

    /// A runtime whose answer to an operation, a JSON document, is changed.
    static func document(
        _ operation: Operation, _ description: String, _ change: @escaping @Sendable (inout JSON) -> Void
    ) -> Fault {
        .operation(description) { invocation, proceed in
            var outcome = proceed(invocation)
            guard invocation.operation == operation, var document = try? JSON(parsing: outcome.output) else {
                return outcome
            }
            change(&document)
            outcome.output = Array(document.text().utf8)
            return outcome
        }
    }

    /// A runtime that claims success, without doing anything, whenever an operation fails.
    static func neverFails(_ operation: Operation) -> Fault {
        .operation("\(operation.rawValue) always claims success") { invocation, proceed in
            let outcome = proceed(invocation)
            return invocation.operation == operation && !outcome.succeeded ? Outcome(ending: .exited(0)) : outcome
        }
    }

    /// A runtime that makes no container: create runs the program as it is, on the host.
    static let runsOutside = Fault.operation("runs the program outside of any container") { invocation, proceed in
        guard invocation.operation == .create, let bundle = invocation.bundle, let output = invocation.output,
            let flag = invocation.arguments.firstIndex(of: "--pid-file"), flag + 1 < invocation.arguments.count
        else {
            return [.start, .delete].contains(invocation.operation) ? Outcome(ending: .exited(0)) : proceed(invocation)
        }
        let words = bundle.config["/process/args"]?.strings ?? []
        guard let program = words.first,
            let pid = Processes.launch([bundle.rootfs + program] + words.dropFirst(), output: output)
        else { return .failure("can't start the program") }
        try? Data("\(pid)".utf8).write(to: URL(fileURLWithPath: invocation.arguments[flag + 1]))
        return Outcome(ending: .exited(0))
    }

    /// A runtime that does nothing at one operation, and claims success.
    static func doesNothing(at operation: Operation) -> Fault {
        .operation("\(operation.rawValue) does nothing and claims success") { invocation, proceed in
            invocation.operation == operation ? Outcome(ending: .exited(0)) : proceed(invocation)
        }
    }

    /// This fault on top of another: what this one lets through, the other one sees.
    func over(_ other: Fault) -> Fault {
        var both = Fault(description: description)
        if config != nil || other.config != nil {
            both.config = { [config] in
                config?(&$0, $1)
                other.config?(&$0, $1)
            }
        }
        if operation != nil || other.operation != nil {
            both.operation = { [operation] invocation, proceed in
                func inner(_ invocation: Invocation) -> Outcome {
                    guard let change = other.operation else { return proceed(invocation) }
                    return change(invocation, proceed)
                }
                guard let operation else { return inner(invocation) }
                return operation(invocation, inner)
            }
        }
        return both
    }

    /// A runtime that refuses one operation where another runtime doesn't.
    static func refusing(
        _ operation: Operation, _ description: String, when holds: @escaping @Sendable (Invocation) -> Bool
    ) -> Fault {
        .operation(description) { invocation, proceed in
            invocation.operation == operation && holds(invocation) ? .failure("refused") : proceed(invocation)
        }
    }

    /// There is no broken runtime for the case.
    static func unprovable(_ reason: String) -> Fault { Fault(description: reason) }
}

extension Outcome {
    static func failure(_ text: String) -> Outcome { Outcome(ending: .exited(1), errors: text) }
}

/// The operations of the specification, as the command lines of runtimes spell them.
package enum Operation: String, Sendable, CaseIterable {
    case create
    case start
    case state
    case kill
    case delete
    case features
}

/// One call of the runtime.
package struct Invocation: Sendable {
    package var operation: Operation
    /// The words after the operation.
    package var arguments: [String]
    /// The bundle that is meant, when one is.
    package var bundle: Bundle?
    /// Where the runtime's standard output goes; nil: into the outcome.
    var output: Int32?
    /// For faults that need more than one call.
    var runtime: Runtime
}
