extension DevicePolicy {
    /// Version 1: what is written to `devices.deny` and `devices.allow`, in order.
    ///
    /// The kernel keeps a list of exceptions, and taking back works only for exactly the device that was allowed: a rule
    /// that forbids a part of what an earlier one allows would be ignored without a word, hence it is refused here.
    /// - Throws: `translate` errors with the pointer of that rule.
    /// Source: the kernel's cgroup-v1/devices documentation.
    public func version1Settings() throws(CgroupError) -> [CgroupSetting] {
        var settings: [CgroupSetting] = []
        var allowed: [Rule] = []
        if rules.first?.isTotal != true { settings.append(setting(Rule(false, nil, nil, nil, .all))) }
        for rule in rules {
            if rule.isTotal {
                settings.append(setting(rule))
                continue
            }
            // "a" means everything there, whatever follows it.
            if rule.kind != nil {
                settings.append(try setting(rule, after: &allowed))
            } else {
                for kind in Kind.allCases {
                    var part = rule
                    part.kind = kind
                    settings.append(try setting(part, after: &allowed))
                }
            }
        }
        return settings
    }

    private func setting(_ part: Rule, after allowed: inout [Rule]) throws(CgroupError) -> CgroupSetting {
        if part.allow {
            allowed.append(part)
        } else {
            try take(part, from: &allowed)
        }
        return setting(part)
    }

    private func setting(_ rule: Rule) -> CgroupSetting {
        func number(_ value: UInt32?) -> String { value.map { "\($0)" } ?? "*" }
        var value = "a"
        if !rule.isTotal {
            value = rule.kind?.letter ?? "a"
            value += " "
            value += number(rule.major)
            value += ":"
            value += number(rule.minor)
            value += " "
            value += rule.access.letters
        }
        return CgroupSetting("devices", rule.allow ? "devices.allow" : "devices.deny", value, pointer: rule.pointer)
    }

    private func take(_ rule: Rule, from allowed: inout [Rule]) throws(CgroupError) {
        for index in allowed.indices {
            let earlier = allowed[index]
            guard earlier.overlaps(rule) else { continue }
            guard (earlier.major, earlier.minor) == (rule.major, rule.minor) else {
                throw CgroupSetting.failure(
                    .deviceRuleCannotExclude(earlier: earlier.index ?? 0), rule.pointer, value: setting(rule).value)
            }
            allowed[index].access.subtract(rule.access)
        }
    }
}

extension DevicePolicy.Rule {
    fileprivate func overlaps(_ other: Self) -> Bool {
        func meet(_ a: UInt32?, _ b: UInt32?) -> Bool { a == nil || b == nil || a == b }
        return kind == other.kind && meet(major, other.major) && meet(minor, other.minor)
            && !access.isDisjoint(with: other.access)
    }
}
