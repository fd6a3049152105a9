internal import OCISpec

/// Which process carries a step out.
public enum Side: String, Equatable, Sendable {
    /// The process that the user called: privileged, outside.
    case runtime
    /// The process that becomes the container's first.
    case container
}

/// One thing that happens at a birth.
public struct Step: Equatable, Sendable {
    /// Who does it.
    public var side: Side
    /// What.
    public var action: Action
    /// The JSON pointer of the property that asked for it; empty for the runtime's own wish.
    public var origin: String
    /// True if the other side need not have finished its steps before it: both work at the same time.
    public var overlaps: Bool

    init(_ side: Side, _ action: Action, from origin: String = "", overlaps: Bool = false) {
        self.side = side
        self.action = action
        self.origin = origin
        self.overlaps = overlaps
    }
}

/// A birth, from top to bottom in the order in which it happens.
public typealias Plan = [Step]

/// The name of something that one step opens and a later one uses.
///
/// A plan holds names where a program would hold descriptors, so that the plan of a configuration is the same each time.
enum Slot: Equatable {
    case namespace(Spec.Linux.Namespace.Kind)
    case rootfs
    case mountSource(Int)
    case idMapping(Int)
    case deviceSource(Int)
    case nullDevice
    case gate
    case console
    case consoleReceiver
    case readiness
    case emptyDirectory
    case cgroup
    case listener
    /// Not a descriptor but memory.
    case filter
}

extension Plan {
    /// What is wrong with the list itself; empty for a sound one.
    ///
    /// Checked in tests over all examples, not when a container is made.
    /// - Parameter filled: the slots that are filled before the first step.
    func check(filled: [Slot] = []) -> [String] {
        var problems: [String] = []
        let clones = indices.filter { if case .clone = self[$0].action { true } else { false } }
        if clones.count != 1 { problems.append("a birth has one clone, not \(clones.count)") }
        if let clone = clones.first {
            for index in indices where index < clone && self[index].side == .container {
                problems.append("step \(index) belongs to a process that isn't there yet")
            }
        }
        switch last?.action {
        case .execute, .waitAtGate: break  // a configuration without a process can't go beyond the gate
        default: problems.append("the last step isn't the execution")
        }
        if let gate = firstIndex(where: { if case .waitAtGate = $0.action { true } else { false } }) {
            for index in indices where index > gate && self[index].side == .runtime {
                problems.append("step \(index) needs the runtime, which has left at the gate")
            }
        }
        return problems + checkSlots(filled)
    }

    /// Each name is filled before it is used.
    private func checkSlots(_ before: [Slot]) -> [String] {
        var filled = before
        var problems: [String] = []
        for (index, step) in enumerated() {
            for slot in step.action.uses where !filled.contains(slot) {
                problems.append("step \(index) uses \(slot), which nothing has opened")
            }
            filled += step.action.fills
        }
        return problems
    }
}
