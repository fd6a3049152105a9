public import JSONCodec

/// The container's configuration, `config.json`: what the specification calls the bundle's configuration file.
///
/// Property names are the JSON keys; a property is optional exactly where the specification says OPTIONAL. Decoding
/// accepts whatever has the right shape; which values make sense is for validation to judge. Source: config.md.
public struct Spec: ObjectDecodable, Encodable, Equatable, Sendable {
    /// The version of the runtime specification with which the bundle complies, in SemVer form.
    public var ociVersion: String
    /// The root filesystem; required on every platform but Windows.
    public var root: Root
    /// Mounts beyond the root, carried out in this order.
    public var mounts: [Mount]?
    /// The process to run; required once the container is started.
    public var process: Process?
    /// The host name inside, at most 64 bytes; needs a UTS namespace.
    public var hostname: String?
    /// The NIS domain name inside, at most 64 bytes; needs a UTS namespace.
    public var domainname: String?
    /// Programs called at points of the container's life.
    public var hooks: Hooks?
    /// Free metadata; handed on to hooks and to `state`.
    public var annotations: [String: String]?
    /// What only Linux has: namespaces, cgroups, devices and so on.
    public var linux: Linux?
    /// Present when the configuration has a section for Solaris.
    public var solaris: OtherPlatform?
    /// Present when the configuration has a section for Windows.
    public var windows: OtherPlatform?
    /// Present when the configuration has a section for virtual machines.
    public var vm: OtherPlatform?
    /// Present when the configuration has a section for z/OS.
    public var zos: OtherPlatform?
    /// Present when the configuration has a section for FreeBSD.
    public var freebsd: OtherPlatform?

    /// Makes a value from its properties; what is optional is absent unless given.
    public init(
        ociVersion: String, root: Root, mounts: [Mount]? = nil, process: Process? = nil, hostname: String? = nil,
        domainname: String? = nil, hooks: Hooks? = nil, annotations: [String: String]? = nil, linux: Linux? = nil,
        solaris: OtherPlatform? = nil, windows: OtherPlatform? = nil, vm: OtherPlatform? = nil,
        zos: OtherPlatform? = nil, freebsd: OtherPlatform? = nil
    ) {
        self.ociVersion = ociVersion
        self.root = root
        self.mounts = mounts
        self.process = process
        self.hostname = hostname
        self.domainname = domainname
        self.hooks = hooks
        self.annotations = annotations
        self.linux = linux
        self.solaris = solaris
        self.windows = windows
        self.vm = vm
        self.zos = zos
        self.freebsd = freebsd
    }

    /// Reads the properties from an object; see ``Members``.
    public init(_ member: Members) throws {
        ociVersion = try member.required("ociVersion")
        root = try member.required("root")
        mounts = try member("mounts")
        process = try member("process")
        hostname = try member("hostname")
        domainname = try member("domainname")
        hooks = try member("hooks")
        annotations = try member("annotations")
        linux = try member("linux")
        solaris = try member("solaris")
        windows = try member("windows")
        vm = try member("vm")
        zos = try member("zos")
        freebsd = try member("freebsd")
    }
}

extension Spec {
    /// A section that belongs to another platform: an object whose contents nobody reads.
    public struct OtherPlatform: ObjectDecodable, Encodable, Equatable, Sendable {
        private enum NoKeys: CodingKey {}

        /// Makes the mark for a section that is present.
        public init() {}

        /// Accepts any object.
        public init(_ member: Members) throws {}

        /// Writes an empty object: presence is all that is known.
        public func encode(to encoder: any Encoder) throws {
            _ = encoder.container(keyedBy: NoKeys.self)
        }
    }
}
