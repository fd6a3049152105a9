public import LinuxKernel

/// Why there is no filter.
public struct FilterError: Error, Equatable, Sendable {
    /// What stood in the way.
    public enum Problem: Equatable, Sendable {
        /// A word that the specification doesn't list.
        case unknownWord(String)
        /// An argument's number beyond 5.
        case noSuchArgument
        /// A call that the library doesn't know, where all must be known.
        case unknownCall(String)
        /// The library refused a rule about a call.
        case refusedRule(String)
        /// The library couldn't be used at all.
        case refusedProfile
        /// So many instructions, and the kernel takes 4096.
        case tooLong(Int)
        /// The kernel refused a call.
        case call(CallError)
    }

    /// What stood in the way.
    public var problem: Problem
    /// The library's errno, where it gave one.
    public var errno: Errno?
    /// Where in `linux.seccomp`, as a JSON pointer from there; empty for the whole.
    public var pointer: String

    init(_ problem: Problem, errno: Errno? = nil, pointer: String = "") {
        self.problem = problem
        self.errno = errno
        self.pointer = pointer
    }

    /// The problem in words.
    public var words: String {
        switch problem {
        case .unknownWord(let word): "\"\(word)\" isn't one of the specification's words"
        case .noSuchArgument: "a system call has the arguments 0 to 5"
        case .unknownCall(let name):
            "libseccomp \(Names.libraryVersion) knows no system call \(name), and the annotation "
                + "run.oci.seccomp_fail_unknown_syscall demands that it does"
        case .refusedRule(let name):
            "libseccomp refuses the rule for \(name)" + (errno.map { " (\($0.name): \($0.message))" } ?? "")
        case .refusedProfile:
            "libseccomp refuses the profile" + (errno.map { " (\($0.name): \($0.message))" } ?? "")
        case .tooLong(let count):
            "the filter has \(count) instructions, and the kernel takes 4096; "
                + "use fewer rules with arguments, or fewer architectures"
        case .call: ""
        }
    }
}
