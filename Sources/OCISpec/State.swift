/// The state document: what `state` prints and what hooks read on standard input.
///
/// Source: runtime.md "State". `rootfs`, `created` and `owner` are additions that existing users of runtimes rely on.
public struct State: Codable, Equatable, Sendable {
    /// The version of the specification with which this document complies.
    public var ociVersion: String
    /// The container's id.
    public var id: String
    /// Where in its life the container is.
    public var status: Status
    /// The first process; required while it is created or running.
    public var pid: Int32?
    /// The bundle's directory, an absolute path.
    public var bundle: String
    /// The root filesystem's directory, an absolute path.
    public var rootfs: String?
    /// When the container was created: RFC 3339, UTC.
    public var created: String?
    /// The configuration's annotations.
    public var annotations: [String: String]?
    /// The name of the user who created the container.
    public var owner: String?

    /// Makes a value from its properties; what is optional is absent unless given.
    public init(
        ociVersion: String, id: String, status: Status, pid: Int32? = nil, bundle: String, rootfs: String? = nil,
        created: String? = nil, annotations: [String: String]? = nil, owner: String? = nil
    ) {
        self.ociVersion = ociVersion
        self.id = id
        self.status = status
        self.pid = pid
        self.bundle = bundle
        self.rootfs = rootfs
        self.created = created
        self.annotations = annotations
        self.owner = owner
    }

    /// Where in its life a container is.
    public enum Status: Vocabulary {
        /// It is being made.
        case creating
        /// It is ready and waits for `start`.
        case created
        /// The program was executed and hasn't ended.
        case running
        /// All its processes are frozen (an addition to the specification's list).
        case paused
        /// Its first process has ended.
        case stopped
        /// A value the specification doesn't list, as it was written.
        case unknown(String)

        /// All listed values.
        public static var known: [Self] { [.creating, .created, .running, .paused, .stopped] }

        /// The value as it stands in the configuration.
        public var rawValue: String {
            switch self {
            case .creating: "creating"
            case .created: "created"
            case .running: "running"
            case .paused: "paused"
            case .stopped: "stopped"
            case .unknown(let text): text
            }
        }
    }
}
