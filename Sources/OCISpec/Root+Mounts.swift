public import JSONCodec

extension Spec {
    /// The container's root filesystem.
    ///
    /// Source: config.md "Root".
    public struct Root: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The directory, absolute or relative to the bundle.
        public var path: String
        /// Whether the root is read-only inside; absent means no.
        public var readonly: Bool?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(path: String, readonly: Bool? = nil) {
            self.path = path
            self.readonly = readonly
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            path = try member.required("path")
            readonly = try member("readonly")
        }
    }

    /// One entry of `mounts`.
    ///
    /// Source: config.md "Mounts".
    public struct Mount: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The mount point inside the container; a relative one (deprecated) counts from `/`.
        public var destination: String
        /// The filesystem type as in /proc/filesystems; a dummy for bind mounts.
        public var type: String?
        /// A device or dummy name; for a bind mount a path, absolute or relative to the bundle.
        public var source: String?
        /// Mount options, see ``MountOption``; names unknown there belong to the filesystem.
        public var options: [String]?
        /// The user id mapping of an idmapped mount; goes with `gidMappings`.
        public var uidMappings: [IDMapping]?
        /// The group id mapping of an idmapped mount; goes with `uidMappings`.
        public var gidMappings: [IDMapping]?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(
            destination: String, type: String? = nil, source: String? = nil, options: [String]? = nil,
            uidMappings: [IDMapping]? = nil, gidMappings: [IDMapping]? = nil
        ) {
            self.destination = destination
            self.type = type
            self.source = source
            self.options = options
            self.uidMappings = uidMappings
            self.gidMappings = gidMappings
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            destination = try member.required("destination")
            type = try member("type")
            source = try member("source")
            options = try member("options")
            uidMappings = try member("uidMappings")
            gidMappings = try member("gidMappings")
        }
    }

    /// A range of ids inside that stands for a range outside.
    ///
    /// Source: config-linux.md "User namespace mappings".
    public struct IDMapping: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The first id inside the container.
        public var containerID: UInt32
        /// The first id outside that it is mapped to.
        public var hostID: UInt32
        /// How many ids are mapped, at least 1.
        public var size: UInt32

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(containerID: UInt32, hostID: UInt32, size: UInt32) {
            self.containerID = containerID
            self.hostID = hostID
            self.size = size
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            containerID = try member.required("containerID")
            hostID = try member.required("hostID")
            size = try member.required("size")
        }
    }
}
