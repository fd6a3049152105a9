public import OCISpec

/// A configuration's filter, its words resolved: what is compiled.
public struct Profile: Equatable, Sendable {
    /// What a filter answers to one kind of call.
    public struct Rule: Equatable, Sendable {
        /// The calls' names.
        public var names: [String]
        /// The answer, `SECCOMP_RET_…` with its number.
        public var action: UInt32
        /// Conditions on the arguments, all of which must hold.
        public var conditions: [Condition]
    }

    /// A condition on one argument.
    public struct Condition: Equatable, Sendable {
        /// Which argument, from 0 to 5.
        public var argument: UInt32
        /// The library's number of the operator.
        public var comparison: UInt32
        /// What is compared with; for a masked comparison the mask.
        public var value: UInt64
        /// For a masked comparison: what is compared with.
        public var second: UInt64
    }

    /// The answer to a call that no rule matches.
    public var defaultAction: UInt32
    /// True if whatever the rules don't speak of is refused: not carried out, and nobody asked.
    public var refusesByDefault: Bool
    /// The library's numbers of the architectures beyond the native one.
    public var architectures: [UInt32]
    /// The rules.
    public var rules: [Rule]

    /// Resolves the words of a configuration.
    ///
    /// An architecture that the library doesn't know is left out: no process of this machine can be of it, and the filter
    /// kills what is of another architecture than it knows.
    /// - Throws: `FilterError` for words that the specification doesn't list, and argument numbers beyond 5.
    public init(_ seccomp: Spec.Linux.Seccomp) throws(FilterError) {
        guard let action = seccomp.defaultAction.kernelValue(errno: seccomp.defaultErrnoRet) else {
            throw FilterError(.unknownWord(seccomp.defaultAction.rawValue), pointer: "/defaultAction")
        }
        defaultAction = action
        refusesByDefault = !seccomp.defaultAction.mayPass && seccomp.defaultAction != .trace
        architectures = []
        for (index, architecture) in (seccomp.architectures ?? []).enumerated() {
            guard architecture.isKnown else {
                throw FilterError(.unknownWord(architecture.rawValue), pointer: "/architectures/\(index)")
            }
            if let token = architecture.token { architectures.append(token) }
        }
        rules = []
        for (index, rule) in (seccomp.syscalls ?? []).enumerated() {
            rules.append(try Rule(rule, at: "/syscalls/\(index)"))
        }
    }
}

extension Profile.Rule {
    fileprivate init(_ rule: Spec.Linux.Seccomp.Rule, at pointer: String) throws(FilterError) {
        guard let action = rule.action.kernelValue(errno: rule.errnoRet) else {
            throw FilterError(.unknownWord(rule.action.rawValue), pointer: pointer + "/action")
        }
        self.action = action
        names = rule.names
        conditions = []
        for (position, argument) in (rule.args ?? []).enumerated() {
            let place = "\(pointer)/args/\(position)"
            guard let comparison = argument.op.number else {
                throw FilterError(.unknownWord(argument.op.rawValue), pointer: place + "/op")
            }
            guard argument.index <= 5 else { throw FilterError(.noSuchArgument, pointer: place + "/index") }
            conditions.append(
                Profile.Condition(
                    argument: argument.index, comparison: comparison, value: argument.value,
                    second: argument.valueTwo ?? 0))
        }
    }
}

extension Spec.Linux.Seccomp {
    /// All that decides about the filter, each part with its length before it, so that no two profiles look alike.
    ///
    /// What decides only about how it is loaded, flags and listener, isn't in it.
    var canonical: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(16_384)
        text.add(defaultAction.rawValue)
        text.add(number: UInt64(defaultErrnoRet ?? Action.usualErrno))
        text.add(number: UInt64((architectures ?? []).count))
        for architecture in architectures ?? [] { text.add(architecture.rawValue) }
        for rule in syscalls ?? [] {
            text.add(rule.action.rawValue)
            text.add(number: UInt64(rule.errnoRet ?? Action.usualErrno))
            text.add(number: UInt64(rule.names.count))
            for name in rule.names { text.add(name) }
            text.add(number: UInt64((rule.args ?? []).count))
            for argument in rule.args ?? [] {
                text.add(argument.op.rawValue)
                text.add(number: UInt64(argument.index))
                text.add(number: argument.value)
                text.add(number: argument.valueTwo ?? 0)
            }
        }
        return text
    }
}

extension [UInt8] {
    /// Appends a number, eight bytes with the least first.
    mutating func add(number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// Appends a text behind its length.
    mutating func add(_ text: String) {
        add(number: UInt64(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}
