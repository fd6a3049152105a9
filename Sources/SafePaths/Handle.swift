public import LinuxKernel

/// A file or directory that was found once and is held since: renames and new links can't make it another one.
///
/// Most handles are opened as `.path`: good as the target of a mount and as the directory of a name, not for reading.
public struct Handle: ~Copyable {
    /// The held file.
    public let descriptor: FileDescriptor

    /// Takes over a descriptor.
    public init(adopting descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    /// What the kernel knows of the held file.
    public func status() throws(CallError) -> FileStatus { try descriptor.status() }

    /// Gives the descriptor away.
    public consuming func take() -> FileDescriptor { descriptor }
}

/// A name in a directory that is held: where a node, link or file is to be made.
///
/// The name has no slash and is neither `.` nor `..`; what it stands for, if anything, was not looked at.
public struct Place: ~Copyable {
    /// The directory.
    public let directory: Handle
    /// The last component.
    public let name: String
}
