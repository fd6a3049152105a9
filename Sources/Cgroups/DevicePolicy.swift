public import OCISpec

/// Which devices the container may use: the configuration's rules, checked, and those that always hold.
///
/// Nothing is allowed before the first rule, also where there is none: the configuration's list is a list of what is
/// allowed. (runc does the same; crun leaves a container without rules all devices.)
/// Source: config-linux.md "Allowed Device list".
public struct DevicePolicy: Equatable, Sendable {
    /// The rules in order; later ones win.
    ///
    /// What is said before a rule about everything is gone.
    package var rules: [Rule]

    /// One rule.
    package struct Rule: Equatable, Sendable {
        package var allow: Bool
        /// Nil stands for both kinds.
        package var kind: Kind?
        /// Nil stands for every number.
        package var major: UInt32?
        package var minor: UInt32?
        package var access: Access
        /// Its place in the configuration's list; nil for the rules that always hold.
        package var index: Int?

        package init(
            _ allow: Bool, _ kind: Kind?, _ major: UInt32?, _ minor: UInt32?, _ access: Access, index: Int? = nil
        ) {
            self.allow = allow
            self.kind = kind
            self.major = major
            self.minor = minor
            self.access = access
            self.index = index
        }

        /// True for a rule about everything, which leaves nothing of the earlier ones.
        var isTotal: Bool { kind == nil && access == .all }

        var pointer: String { index.map { "/linux/resources/devices/\($0)" } ?? "" }
    }

    /// The kind of a device node, with the letter of version 1 and the number of linux/bpf.h.
    package enum Kind: UInt8, CaseIterable, Sendable {
        case block = 1
        case character = 2
        var letter: String { self == .block ? "b" : "c" }
    }

    /// What may be done with a device, with the numbers of linux/bpf.h.
    package struct Access: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let mknod = Access(rawValue: 1)
        package static let read = Access(rawValue: 2)
        package static let write = Access(rawValue: 4)
        package static let all: Access = [.mknod, .read, .write]

        var letters: String {
            if self == .all { return "rwm" }
            return (contains(.read) ? "r" : "") + (contains(.write) ? "w" : "") + (contains(.mknod) ? "m" : "")
        }
    }

    /// Checks the rules.
    ///
    /// - Throws: `translate` errors for unknown types, letters and numbers.
    public init(_ rules: [Spec.Linux.Resources.DeviceRule]?) throws(CgroupError) {
        var all: [Rule] = []
        for (index, rule) in (rules ?? []).enumerated() {
            all.append(try Rule(rule, index: index))
        }
        // After a rule that allows everything, and none against anything, there is nothing left to allow.
        let last = all.lastIndex(where: \.isTotal)
        all = Array(all[(last ?? 0)...])
        allowsEverything = last != nil && all.allSatisfy(\.allow)
        self.rules = allowsEverything ? Array(all.prefix(1)) : all + DevicePolicy.alwaysAllowed
    }

    /// True where no device is forbidden.
    public let allowsEverything: Bool

    /// What containers expect whatever the configuration says: nodes may be made, and the usual ones be used.
    ///
    /// The numbers are those of the kernel's devices.txt. 10:200 is the tun device, which runc allowed for long.
    static let alwaysAllowed: [Rule] =
        [Rule(true, .character, nil, nil, .mknod), Rule(true, .block, nil, nil, .mknod)]
        + [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 2), (136, nil), (10, 200)].map {
            Rule(true, .character, $0.0, $0.1, .all)
        }
}

extension DevicePolicy.Rule {
    init(_ rule: Spec.Linux.Resources.DeviceRule, index: Int) throws(CgroupError) {
        let pointer = "/linux/resources/devices/\(index)"
        let kind: DevicePolicy.Kind?
        switch rule.type {
        case .character: kind = .character
        case .block: kind = .block
        case nil, .all: kind = nil
        case .unknown(let text): throw CgroupSetting.failure(.badDeviceType, pointer + "/type", value: text)
        }
        let major = try DevicePolicy.Rule.number(rule.major, pointer + "/major")
        let minor = try DevicePolicy.Rule.number(rule.minor, pointer + "/minor")
        // Version 1 would ignore the numbers without a word, and allow or forbid everything.
        if kind == nil, major != nil || minor != nil {
            throw CgroupSetting.failure(.badDeviceType, pointer + "/type", value: "a")
        }
        let text = rule.access ?? "rwm"
        var access: DevicePolicy.Access = []
        for letter in text.utf8 {
            switch letter {
            case UInt8(ascii: "r"): access.insert(.read)
            case UInt8(ascii: "w"): access.insert(.write)
            case UInt8(ascii: "m"): access.insert(.mknod)
            default: throw CgroupSetting.failure(.badDeviceAccess, pointer + "/access", value: text)
            }
        }
        guard !access.isEmpty else { throw CgroupSetting.failure(.badDeviceAccess, pointer + "/access", value: text) }
        self.init(rule.allow, kind, major, minor, access, index: index)
    }

    private static func number(_ value: Int64?, _ pointer: String) throws(CgroupError) -> UInt32? {
        guard let value, value != -1 else { return nil }
        guard value >= 0 else { throw CgroupSetting.failure(.belowMinimum(0), pointer, value: "\(value)") }
        // MAJOR and MINOR of the kernel's dev_t have 12 and 20 bits, but the files and programs take 32.
        guard let number = UInt32(exactly: value) else {
            throw CgroupSetting.failure(.aboveMaximum(UInt64(UInt32.max)), pointer, value: "\(value)")
        }
        return number
    }
}
