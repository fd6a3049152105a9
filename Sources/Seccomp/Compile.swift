internal import CSeccomp
internal import LinuxKernel

extension Profile {
    /// Compiles the profile with libseccomp, for the native architecture and those that it names.
    ///
    /// A call that the library doesn't know under that name is left out, as every runtime does: profiles are written for
    /// several kernels. What is newer than all that the profile speaks of isn't refused but unknown: see ``newerCalls()``.
    /// - Returns: struct sock_filter, one in each word.
    public func compile() throws(FilterError) -> [UInt64] {
        let context = try Context(defaultAction)
        for token in architectures { try context.add(architecture: token) }
        for (index, rule) in rules.enumerated() where rule.action != defaultAction {
            for (position, name) in rule.names.enumerated() {
                try context.add(rule, for: name, at: "/syscalls/\(index)/names/\(position)")
            }
        }
        let program = newerCalls().map(\.encoded) + (try context.program())
        guard program.count <= SystemCallFilter.mostInstructions else {
            throw FilterError(.tooLong(program.count))
        }
        return program
    }
}

extension Profile {
    /// Throws if the library doesn't know a call by the name that a rule has for it.
    public func demandKnownCalls() throws(FilterError) {
        for (index, rule) in rules.enumerated() {
            for (position, name) in rule.names.enumerated() where !Context.knows(name) {
                throw FilterError(.unknownCall(name), pointer: "/syscalls/\(index)/names/\(position)")
            }
        }
    }
}

/// The library's own state of one filter.
@safe
private struct Context: ~Copyable {
    private let raw: UnsafeMutableRawPointer

    init(_ defaultAction: UInt32) throws(FilterError) {
        guard let raw = unsafe seccomp_init(defaultAction) else { throw FilterError(.refusedProfile) }
        unsafe self.raw = raw
    }

    deinit { unsafe seccomp_release(raw) }

    func add(architecture token: UInt32) throws(FilterError) {
        let result = unsafe seccomp_arch_add(raw, token)
        // It is there already, or its bytes are in another order than this machine's, which no process here can be of.
        if result == 0 || result == -Errno.exists.rawValue || result == -Errno.domain.rawValue { return }
        throw FilterError(.refusedProfile, errno: Errno(rawValue: -result), pointer: "/architectures")
    }

    static func knows(_ name: String) -> Bool { unsafe seccomp_syscall_resolve_name(name) != unknownCall }

    func add(_ rule: Profile.Rule, for name: String, at pointer: String) throws(FilterError) {
        let number = unsafe seccomp_syscall_resolve_name(name)
        if number == Context.unknownCall { return }
        if rule.hasOneConditionForEachArgument {
            try add(rule.action, number, rule.conditions, name, pointer)
        } else {
            // The library takes one condition for each argument; of several, as all runtimes have it, one is enough.
            for condition in rule.conditions { try add(rule.action, number, [condition], name, pointer) }
        }
    }

    private func add(
        _ action: UInt32, _ number: Int32, _ conditions: [Profile.Condition], _ name: String, _ pointer: String
    ) throws(FilterError) {
        let comparisons = conditions.map { condition in
            scmp_arg_cmp(
                arg: condition.argument, op: scmp_compare(rawValue: condition.comparison), datum_a: condition.value,
                datum_b: condition.second)
        }
        let result = unsafe seccomp_rule_add_array(raw, action, number, UInt32(comparisons.count), comparisons)
        // What another rule says already needs no saying.
        if result == 0 || result == -Errno.exists.rawValue { return }
        throw FilterError(.refusedRule(name), errno: Errno(rawValue: -result), pointer: pointer)
    }

    /// The whole program, by way of a file in memory: the library writes to descriptors only.
    func program() throws(FilterError) -> [UInt64] {
        do throws(CallError) {
            let file = try FileDescriptor.memoryFile("filter", sealable: false)
            let result = unsafe seccomp_export_bpf(raw, file.raw)
            if result < 0 { throw CallError(.none, Errno(rawValue: -result)) }
            return words(try file.read(count: Int(try file.status().size), at: 0))
        } catch let error where error.call == .none {
            throw FilterError(.refusedProfile, errno: error.errno)
        } catch {
            throw FilterError(.call(error))
        }
    }

    /// __NR_SCMP_ERROR.
    private static let unknownCall: Int32 = -1
}

/// Whole words of bytes in memory order.
func words(_ bytes: some Collection<UInt8>) -> [UInt64] {
    let bytes = Array(bytes)
    return unsafe bytes.withUnsafeBytes { buffer in
        (0..<(buffer.count / 8)).map { unsafe buffer.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
    }
}

extension Profile.Rule {
    fileprivate var hasOneConditionForEachArgument: Bool {
        var seen: UInt32 = 0
        for condition in conditions {
            let bit: UInt32 = 1 << condition.argument
            if seen & bit != 0 { return false }
            seen |= bit
        }
        return true
    }
}

extension Errno {
    /// EDOM, by which the library speaks of the order of bytes.
    fileprivate static let domain = Errno(rawValue: 33)
}
