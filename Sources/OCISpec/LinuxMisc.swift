public import JSONCodec

extension Spec.Linux {
    /// Cache and memory bandwidth allocation.
    ///
    /// Source: config-linux.md "IntelRdt".
    public struct IntelRdt: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The class of service; absent means one named after the container.
        public var closID: String?
        /// Lines for the class' `schemata` file.
        public var schemata: [String]?
        /// The L3 cache's schema, written before `memBwSchema`.
        public var l3CacheSchema: String?
        /// The memory bandwidth's schema, which begins with `MB:`.
        public var memBwSchema: String?
        /// Whether the container gets a monitoring group.
        public var enableMonitoring: Bool?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(
            closID: String? = nil, schemata: [String]? = nil, l3CacheSchema: String? = nil,
            memBwSchema: String? = nil, enableMonitoring: Bool? = nil
        ) {
            self.closID = closID
            self.schemata = schemata
            self.l3CacheSchema = l3CacheSchema
            self.memBwSchema = memBwSchema
            self.enableMonitoring = enableMonitoring
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            closID = try member("closID")
            schemata = try member("schemata")
            l3CacheSchema = try member("l3CacheSchema")
            memBwSchema = try member("memBwSchema")
            enableMonitoring = try member("enableMonitoring")
        }
    }

    /// The NUMA memory policy.
    ///
    /// Source: config-linux.md "Memory policy", set_mempolicy(2).
    public struct MemoryPolicy: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The policy.
        public var mode: Mode
        /// The memory nodes, such as `0-3,7`.
        public var nodes: String?
        /// The policy's flags.
        public var flags: [Flag]?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(mode: Mode, nodes: String? = nil, flags: [Flag]? = nil) {
            self.mode = mode
            self.nodes = nodes
            self.flags = flags
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            mode = try member.required("mode")
            nodes = try member("nodes")
            flags = try member("flags")
        }

        /// A NUMA memory policy.
        public enum Mode: Vocabulary {
            /// No policy of its own.
            case systemDefault
            /// Only from the nodes.
            case bind
            /// In turn over the nodes.
            case interleave
            /// In turn by weight.
            case weightedInterleave
            /// From one node first.
            case preferred
            /// From the nodes first.
            case preferredMany
            /// From the node of the CPU.
            case local
            /// A value the specification doesn't list, as it was written.
            case unknown(String)

            /// All listed values.
            public static var known: [Self] {
                [
                    .systemDefault, .bind, .interleave, .weightedInterleave, .preferred, .preferredMany, .local,
                ]
            }

            /// The value as it stands in the configuration.
            public var rawValue: String {
                switch self {
                case .systemDefault: "MPOL_DEFAULT"
                case .bind: "MPOL_BIND"
                case .interleave: "MPOL_INTERLEAVE"
                case .weightedInterleave: "MPOL_WEIGHTED_INTERLEAVE"
                case .preferred: "MPOL_PREFERRED"
                case .preferredMany: "MPOL_PREFERRED_MANY"
                case .local: "MPOL_LOCAL"
                case .unknown(let text): text
                }
            }
        }

        /// A flag of set_mempolicy(2).
        public enum Flag: Vocabulary {
            /// The kernel may migrate pages.
            case numaBalancing
            /// Nodes count within the allowed ones.
            case relativeNodes
            /// Nodes aren't remapped when the allowed ones change.
            case staticNodes
            /// A value the specification doesn't list, as it was written.
            case unknown(String)

            /// All listed values.
            public static var known: [Self] { [.numaBalancing, .relativeNodes, .staticNodes] }

            /// The value as it stands in the configuration.
            public var rawValue: String {
                switch self {
                case .numaBalancing: "MPOL_F_NUMA_BALANCING"
                case .relativeNodes: "MPOL_F_RELATIVE_NODES"
                case .staticNodes: "MPOL_F_STATIC_NODES"
                case .unknown(let text): text
                }
            }
        }
    }

    /// What becomes of a moved network device.
    ///
    /// Source: config-linux.md "Network Devices".
    public struct NetDevice: ObjectDecodable, Encodable, Equatable, Sendable {
        /// Its name inside; absent keeps the name, `%d` in it lets the kernel number it.
        public var name: String?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(name: String? = nil) {
            self.name = name
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            name = try member("name")
        }
    }

    /// The execution domain.
    ///
    /// Source: config-linux.md "Personality", personality(2).
    public struct Personality: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The domain.
        public var domain: Domain
        /// Additional flags; the specification knows none.
        public var flags: [String]?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(domain: Domain, flags: [String]? = nil) {
            self.domain = domain
            self.flags = flags
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            domain = try member.required("domain")
            flags = try member("flags")
        }

        /// An execution domain.
        public enum Domain: Vocabulary {
            /// The native one.
            case linux
            /// uname(2) shows a 32-bit machine.
            case linux32
            /// A value the specification doesn't list, as it was written.
            case unknown(String)

            /// All listed values.
            public static var known: [Self] { [.linux, .linux32] }

            /// The value as it stands in the configuration.
            public var rawValue: String {
                switch self {
                case .linux: "LINUX"
                case .linux32: "LINUX32"
                case .unknown(let text): text
                }
            }
        }
    }
}
