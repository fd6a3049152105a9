/// A value to be written to a file of the container's cgroup.
public struct CgroupSetting: Equatable, Sendable {
    /// The controller whose hierarchy has the file.
    public var controller: String
    /// The file's name.
    public var file: String
    /// What is written, in one write(2).
    public var value: String
    /// The property of the configuration that asked for it, as an RFC 6901 pointer; empty for the runtime's own wishes.
    public var pointer: String
    /// True where a kernel without the file does what is wanted anyway.
    public var ignoreIfMissing: Bool
    /// True where the kernel may answer EINVAL until the next setting has been written, too: both bound each other.
    public var retryAfterNext: Bool
    /// True where a value that isn't above the memory in use is refused: the kernel would kill to reach it.
    public var refuseBelowUsage: Bool

    /// Makes a setting.
    public init(
        _ controller: String, _ file: String, _ value: String, pointer: String, ignoreIfMissing: Bool = false,
        retryAfterNext: Bool = false, refuseBelowUsage: Bool = false
    ) {
        self.controller = controller
        self.file = file
        self.value = value
        self.pointer = pointer
        self.ignoreIfMissing = ignoreIfMissing
        self.retryAfterNext = retryAfterNext
        self.refuseBelowUsage = refuseBelowUsage
    }
}
