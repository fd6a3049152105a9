/// What the caller of `create` and `run` wishes, besides the configuration.
public struct BirthOptions: Equatable, Sendable {
    /// The bundle's directory.
    public var bundle = "."
    /// Another file than the bundle's `config.json`.
    public var configFile: String?
    /// Where the pid is to be written.
    public var pidFile: String?
    /// The socket that takes the terminal.
    public var consoleSocket: String?
    /// The socket that takes a pidfd of the container's process.
    public var pidfdSocket: String?
    /// Use MS_MOVE instead of pivot_root.
    public var noPivot = false
    /// Stay in the caller's session keyring.
    public var noNewKeyring = false
    /// `run` returns once the container runs.
    public var detach = false
    /// `run` keeps the container after its end.
    public var keep = false
    /// `run` doesn't take over orphans.
    public var noSubreaper = false
    /// The number of descriptors from 3 on that the container gets.
    public var preserveFDs = 0
    /// Who makes the cgroup.
    public var cgroupManager = CgroupManager.cgroupfs
    /// The first of these that isn't open, found before anything else was opened; nil where all are.
    public var missingDescriptor: Int32?
    /// The file that gets the time of each step, one JSON object a line.
    public var traceFile: String?

    /// Who makes the cgroup, by the names of the command line.
    public enum CgroupManager: String, Sendable {
        /// The runtime itself.
        case cgroupfs
        /// systemd, as a scope.
        case systemd
        /// Nobody: the container stays in its caller's.
        case disabled
    }

    /// The options of a caller who wishes nothing.
    public init() {}
}

/// A line of a plan, for people.
public struct PlanLine: Equatable, Sendable, Codable {
    /// The number.
    public var index: Int
    /// `runtime` or `container`.
    public var side: String
    /// What happens.
    public var sentence: String
    /// The JSON pointer of what asks for it; empty for the runtime's own wish.
    public var origin: String
    /// True if it happens while the other side is at work.
    public var overlaps: Bool
}
