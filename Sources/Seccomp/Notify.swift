public import OCISpec

/// What the receiver of a listener is told with it.
///
/// Source: config-linux.md "The Container Process State".
public struct ContainerProcessState: Codable, Equatable, Sendable {
    /// The version of the specification with which this document complies.
    public var ociVersion: String
    /// The names of the descriptors that come with it, in their order.
    public var fds: [String]
    /// The container's process, as the runtime sees it.
    public var pid: Int32
    /// What the configuration has for the receiver.
    public var metadata: String?
    /// The container.
    public var state: State

    /// The document that goes with a filter's listener.
    public init(_ state: State, pid: Int32, metadata: String?) {
        ociVersion = state.ociVersion
        fds = [Self.listener]
        self.pid = pid
        self.metadata = metadata
        self.state = state
    }

    /// The name of a filter's listener.
    public static let listener = "seccompFd"
}
