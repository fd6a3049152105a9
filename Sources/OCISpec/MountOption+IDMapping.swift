/// An option that brings its own id mapping along: `idmap=uids=0-1000-10#10-2000-1;gids=0-1000-10`.
///
/// Not of the specification: a form that crun(1) documents and Podman writes. The numbers of a range are its first id in
/// the files, the id that stands for it, and how many there are. With `@` in front of a range, its second number is an
/// id of the container and counts through the container's own mapping.
public struct IDMapOption: Equatable, Sendable {
    /// True for `ridmap`, which reaches the mounts below, too.
    public var isRecursive: Bool
    /// The users' ranges.
    public var users: [Range]
    /// The groups' ranges.
    public var groups: [Range]

    /// A range of ids.
    public struct Range: Equatable, Sendable {
        /// True if the ids outside are ids of the container.
        public var isRelative: Bool
        /// The range, with the files' ids as those inside.
        public var mapping: Spec.IDMapping
    }

    /// True if an option is meant to be one, well-formed or not.
    public static func isMeant(by option: String) -> Bool {
        concerns(option) && (option.utf8.starts(with: "idmap=".utf8) || option.utf8.starts(with: "ridmap=".utf8))
    }

    /// True if an option can be about id mappings, with one of its own or without.
    ///
    /// Quickly told of the many that aren't.
    public static func concerns(_ option: String) -> Bool {
        switch option.utf8.first {
        case UInt8(ascii: "i"): option.utf8.starts(with: "idmap".utf8)
        case UInt8(ascii: "r"): option.utf8.starts(with: "ridmap".utf8)
        default: false
        }
    }

    /// Reads an option; nil for one that is none, or isn't well-formed.
    public init?(_ option: String) {
        guard IDMapOption.isMeant(by: option), let separator = option.utf8.firstIndex(of: UInt8(ascii: "=")) else {
            return nil
        }
        isRecursive = option.utf8.first == UInt8(ascii: "r")
        var found: [[Range]?] = [nil, nil]
        let value = option[option.utf8.index(after: separator)...].utf8
        for part in value.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false) {
            guard let kind = ["uids=", "gids="].firstIndex(where: { part.starts(with: $0.utf8) }), found[kind] == nil
            else { return nil }
            guard let ranges = ranges(in: part.dropFirst(5)) else { return nil }
            found[kind] = ranges
        }
        guard let users = found[0], let groups = found[1] else { return nil }
        self.users = users
        self.groups = groups
    }

    /// The mappings as the kernel wants them; nil where a relative one names an id that the container doesn't have.
    public func mappings(
        inContainerOf linux: Spec.Linux?
    ) -> (users: [Spec.IDMapping], groups: [Spec.IDMapping])? {
        guard let users = absolute(users, through: linux?.uidMappings ?? []),
            let groups = absolute(groups, through: linux?.gidMappings ?? [])
        else { return nil }
        return (users, groups)
    }
}

private func ranges(in text: Substring.UTF8View) -> [IDMapOption.Range]? {
    var ranges: [IDMapOption.Range] = []
    for range in text.split(separator: UInt8(ascii: "#"), omittingEmptySubsequences: false) {
        let isRelative = range.first == UInt8(ascii: "@")
        let numbers = range.dropFirst(isRelative ? 1 : 0)
            .split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard numbers.count == 3, let first = number(numbers[0]), let outside = number(numbers[1]),
            let size = number(numbers[2])
        else { return nil }
        ranges.append(
            IDMapOption.Range(
                isRelative: isRelative, mapping: Spec.IDMapping(containerID: first, hostID: outside, size: size)))
    }
    return ranges
}

private func absolute(
    _ ranges: [IDMapOption.Range], through container: [Spec.IDMapping]
) -> [Spec.IDMapping]? {
    var result: [Spec.IDMapping] = []
    for range in ranges {
        var mapping = range.mapping
        if range.isRelative {
            // The whole range has to lie in one of the container's: what it means beyond that is anybody's guess.
            let place = container.first {
                mapping.hostID >= $0.containerID
                    && UInt64(mapping.hostID) + UInt64(mapping.size) <= UInt64($0.containerID) + UInt64($0.size)
            }
            guard let place else { return nil }
            let (host, overflow) = place.hostID.addingReportingOverflow(mapping.hostID - place.containerID)
            if overflow { return nil }
            mapping.hostID = host
        }
        result.append(mapping)
    }
    return result
}

/// A decimal number without sign; nil for anything else.
private func number(_ text: Substring.UTF8View) -> UInt32? {
    guard let first = text.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return nil }
    return UInt32(Substring(text))
}
