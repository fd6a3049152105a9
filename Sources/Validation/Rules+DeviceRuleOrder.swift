internal import OCISpec

extension Rules {
    /// Version 1 keeps a list of exceptions and takes one back only as a whole; what asks for less would be ignored there
    /// without a word.
    static func judgeDeviceRuleOrder(_ rules: [Spec.Linux.Resources.DeviceRule], _ report: inout Report) {
        var allowed: [(index: Int, part: Part)] = []
        for (index, rule) in rules.prefix(MostEntries.list).enumerated() {
            if rule.isTotal {
                allowed = []
                continue
            }
            for kind in rule.kinds {
                let part = Part(rule, kind)
                if rule.allow {
                    allowed.append((index, part))
                    continue
                }
                for earlier in allowed.indices where allowed[earlier].part.overlaps(part) {
                    guard allowed[earlier].part.hasNumbers(of: part) else {
                        report.error(
                            "/linux/resources/devices/\(index)",
                            "cgroup v1 can't take back a part of what entry \(allowed[earlier].index) allows",
                            "allow only what is meant")
                        return
                    }
                    allowed[earlier].part.access.subtract(part.access)
                }
            }
        }
    }

    private struct Part {
        var kind: Spec.Linux.Resources.DeviceRule.Kind
        var major: Int64
        var minor: Int64
        var access: Set<UInt8>

        init(_ rule: Spec.Linux.Resources.DeviceRule, _ kind: Spec.Linux.Resources.DeviceRule.Kind) {
            self.kind = kind
            major = rule.major ?? -1
            minor = rule.minor ?? -1
            access = Set((rule.access ?? "rwm").utf8)
        }

        func hasNumbers(of other: Part) -> Bool { (major, minor) == (other.major, other.minor) }

        func overlaps(_ other: Part) -> Bool {
            func meet(_ a: Int64, _ b: Int64) -> Bool { a == -1 || b == -1 || a == b }
            return kind == other.kind && meet(major, other.major) && meet(minor, other.minor)
                && !access.isDisjoint(with: other.access)
        }
    }
}

extension Spec.Linux.Resources.DeviceRule {
    /// Whether the rule is about all that can be done with all devices: nothing of the earlier ones is left.
    fileprivate var isTotal: Bool {
        (type ?? .all) == .all && "rwm".utf8.allSatisfy((access ?? "rwm").utf8.contains)
    }

    fileprivate var kinds: [Kind] { (type ?? .all) == .all ? [.character, .block] : [type ?? .all] }
}
