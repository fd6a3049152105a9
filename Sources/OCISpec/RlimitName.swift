/// The resource limits' names and numbers.
///
/// Source: getrlimit(2), asm-generic/resource.h.
public enum RlimitName {
    /// All names; a limit's number is its index.
    public static let all: [String] = [
        "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC",
        "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE",
        "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
    ]

    /// The number of a limit for prlimit(2); nil for a name that isn't exactly one of ``all``.
    public static func number(of name: String) -> Int32? {
        all.firstIndex { name.isExactly(ascii: $0) }.map { Int32($0) }
    }
}
