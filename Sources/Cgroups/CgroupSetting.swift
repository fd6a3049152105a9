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
    /// True where a kernel that has no such file, or supports it no longer, does what is wanted anyway.
    public var ignoreIfMissing: Bool
    /// What is written instead where there is no such file.
    public var fallback: Fallback?
    /// True where the kernel may answer EINVAL until the next setting has been written, too: both bound each other.
    public var retryAfterNext: Bool
    /// True where a value that isn't above the memory in use is refused: the kernel would kill to reach it.
    public var refuseBelowUsage: Bool

    /// Makes a setting.
    public init(
        _ controller: String, _ file: String, _ value: String, pointer: String, ignoreIfMissing: Bool = false,
        retryAfterNext: Bool = false, refuseBelowUsage: Bool = false, fallback: Fallback? = nil
    ) {
        self.controller = controller
        self.file = file
        self.value = value
        self.pointer = pointer
        self.ignoreIfMissing = ignoreIfMissing
        self.retryAfterNext = retryAfterNext
        self.refuseBelowUsage = refuseBelowUsage
        self.fallback = fallback
    }

    /// Another file with another way to say the same.
    public struct Fallback: Equatable, Sendable {
        /// The file's name.
        public var file: String
        /// What is written.
        public var value: String

        /// Makes a fallback.
        public init(file: String, value: String) {
            self.file = file
            self.value = value
        }
    }

    /// The setting with its fallback in its place; nil where it has none.
    var replaced: CgroupSetting? {
        guard let fallback else { return nil }
        var copy = self
        (copy.file, copy.value, copy.fallback) = (fallback.file, fallback.value, nil)
        return copy
    }
}
