public import JSONCodec

extension Spec {
    /// Who runs the process.
    ///
    /// Ids are those inside the container. Source: config.md "POSIX-platform User".
    public struct User: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The user id; 2^32 - 1 means "leave unchanged" to the kernel and is no id.
        public var uid: UInt32
        /// The group id; 2^32 - 1 is no id either.
        public var gid: UInt32
        /// The file mode creation mask, 0 to 0o777; absent leaves the caller's.
        public var umask: UInt32?
        /// The supplementary groups: exactly these, also when there are none.
        public var additionalGids: [UInt32]?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(uid: UInt32, gid: UInt32, umask: UInt32? = nil, additionalGids: [UInt32]? = nil) {
            self.uid = uid
            self.gid = gid
            self.umask = umask
            self.additionalGids = additionalGids
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            uid = try member.required("uid")
            gid = try member.required("gid")
            umask = try member("umask")
            additionalGids = try member("additionalGids")
        }
    }
}
