public import OCISpec

/// What an ordinary user may map besides the own ids, with the programs newuidmap(1) and newgidmap(1).
///
/// Source: subuid(5), subgid(5).
public struct SubordinateIDs: Equatable, Sendable {
    /// Whether newuidmap is there.
    public var hasUserHelper: Bool
    /// Whether newgidmap is there.
    public var hasGroupHelper: Bool
    /// The user ids granted to the caller; nil where they aren't in a file, but in a directory service.
    public var users: [Range<UInt64>]?
    /// The same for groups.
    public var groups: [Range<UInt64>]?

    /// Puts facts together.
    public init(
        hasUserHelper: Bool = true, hasGroupHelper: Bool = true, users: [Range<UInt64>]? = nil,
        groups: [Range<UInt64>]? = nil
    ) {
        self.hasUserHelper = hasUserHelper
        self.hasGroupHelper = hasGroupHelper
        self.users = users
        self.groups = groups
    }

    /// The ranges that a file such as /etc/subuid grants to a user, who stands there by name or number.
    ///
    /// Lines are `owner:first:count`; what isn't one is skipped, as the helpers do.
    public static func ranges(in text: [UInt8], of uid: UInt32, named name: String?) -> [Range<UInt64>] {
        let number = Array("\(uid)".utf8)
        let name = name.map { Array($0.utf8) }
        var ranges: [Range<UInt64>] = []
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.count == 3, fields[0].elementsEqual(number) || name.map(fields[0].elementsEqual) == true,
                let first = UInt32(String(decoding: fields[1], as: UTF8.self)),
                let count = UInt32(String(decoding: fields[2], as: UTF8.self)), count > 0
            else { continue }
            ranges.append(UInt64(first)..<UInt64(first) + UInt64(count))
        }
        return ranges
    }
}

extension HostFacts {
    /// A kind of id, with what differs between users and groups.
    public enum IDKind: Sendable, CaseIterable {
        /// User ids.
        case users
        /// Group ids.
        case groups

        /// The property of `linux` with the mapping.
        public var property: String { self == .users ? "uidMappings" : "gidMappings" }
        /// The program that maps granted ids.
        public var helper: String { self == .users ? "newuidmap" : "newgidmap" }
        /// The file that grants ids.
        public var file: String { self == .users ? "/etc/subuid" : "/etc/subgid" }
        /// The capability to map any id.
        var capability: String { self == .users ? "CAP_SETUID" : "CAP_SETGID" }
    }

    /// Whether the runtime may write a mapping itself: with the capability any, without it that of its own id alone.
    ///
    /// Source: user_namespaces(7).
    public func mayWrite(_ mappings: [Spec.IDMapping], of kind: IDKind) -> Bool {
        if has(capability: kind.capability) { return true }
        return mappings.count == 1 && mappings[0].size == 1 && mappings[0].hostID == ownID(kind)
    }

    /// The runtime's own id.
    func ownID(_ kind: IDKind) -> UInt32 { kind == .users ? effectiveUserID : effectiveGroupID }
}
