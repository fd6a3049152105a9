public import JSONCodec

extension Spec {
    /// Programs to call, in listed order, at six points of a container's life.
    ///
    /// Source: config.md "POSIX-platform Hooks".
    public struct Hooks: ObjectDecodable, Encodable, Equatable, Sendable {
        /// During create, in the runtime's namespaces, before `createRuntime` (deprecated).
        public var prestart: [Hook]?
        /// During create, in the runtime's namespaces, before the root is changed.
        public var createRuntime: [Hook]?
        /// During create, in the container's namespaces, before the root is changed.
        public var createContainer: [Hook]?
        /// During start, inside the container, before the program is executed.
        public var startContainer: [Hook]?
        /// During start, in the runtime's namespaces, after the program is executed.
        public var poststart: [Hook]?
        /// During delete, in the runtime's namespaces, after the container is gone.
        public var poststop: [Hook]?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(
            prestart: [Hook]? = nil, createRuntime: [Hook]? = nil, createContainer: [Hook]? = nil,
            startContainer: [Hook]? = nil, poststart: [Hook]? = nil, poststop: [Hook]? = nil
        ) {
            self.prestart = prestart
            self.createRuntime = createRuntime
            self.createContainer = createContainer
            self.startContainer = startContainer
            self.poststart = poststart
            self.poststop = poststop
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            prestart = try member("prestart")
            createRuntime = try member("createRuntime")
            createContainer = try member("createContainer")
            startContainer = try member("startContainer")
            poststart = try member("poststart")
            poststop = try member("poststop")
        }
    }

    /// One program to call.
    public struct Hook: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The program, an absolute path.
        public var path: String
        /// Its argument vector, the name included.
        public var args: [String]?
        /// Its whole environment, `NAME=value` each.
        public var env: [String]?
        /// Seconds until it is killed, at least 1; absent means no limit.
        public var timeout: Int?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(path: String, args: [String]? = nil, env: [String]? = nil, timeout: Int? = nil) {
            self.path = path
            self.args = args
            self.env = env
            self.timeout = timeout
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            path = try member.required("path")
            args = try member("args")
            env = try member("env")
            timeout = try member("timeout")
        }
    }
}
