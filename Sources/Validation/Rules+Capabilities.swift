internal import OCISpec

extension Rules {
    /// Rules on capabilities: they only warn, as the specification demands; what can't be granted is left out.
    static let capabilities: [Rule] = [
        Rule("capability-known", "config.md \"Linux Process\"", "Each capability is one the kernel knows.") {
            subject, report in
            guard let sets = subject.spec.process?.capabilities else { return }
            judgeNames(sets, subject.host, &report)
        },
        Rule(
            "capability-grantable", "config.md \"Linux Process\", capabilities(7)",
            "Each capability can be granted."
        ) { subject, report in
            guard let sets = subject.spec.process?.capabilities else { return }
            judgeGrants(CapabilityBits(sets), subject, &report)
        },
    ]

    private static func judgeNames(_ sets: Spec.Capabilities, _ host: HostFacts, _ report: inout Report) {
        judgeNames(sets.effective, "effective", host, &report)
        judgeNames(sets.bounding, "bounding", host, &report)
        judgeNames(sets.inheritable, "inheritable", host, &report)
        judgeNames(sets.permitted, "permitted", host, &report)
        judgeNames(sets.ambient, "ambient", host, &report)
    }

    private static func judgeNames(_ names: [String]?, _ key: String, _ host: HostFacts, _ report: inout Report) {
        for (index, name) in (names ?? []).enumerated() {
            var pointer: String { "/process/capabilities/\(key)/\(index)" }
            if let number = CapabilityName.number(of: name) {
                if number > host.lastCapability {
                    report.warning(
                        pointer, "this kernel doesn't know \(name); it is left out",
                        "remove it, or use a newer kernel")
                }
            } else {
                report.warning(
                    pointer,
                    "\(quoted(name)) is not a capability; it is left out"
                        + suggestion(for: name, among: CapabilityName.all),
                    "use a name from capabilities(7), such as CAP_KILL")
            }
        }
    }

    private static func judgeGrants(_ bits: CapabilityBits, _ subject: Subject, _ report: inout Report) {
        func compare(_ key: String, _ wanted: UInt64, with name: String, _ needed: UInt64) {
            guard wanted & ~needed != 0 else { return }
            report.warning(
                "/process/capabilities/\(key)",
                "\(names(wanted & ~needed)) can't be \(key) without being \(name); left out",
                "add to process.capabilities.\(name) what is to be \(key)")
        }
        compare("effective", bits.effective, with: "permitted", bits.permitted)
        compare("ambient", bits.ambient, with: "permitted", bits.permitted)
        compare("ambient", bits.ambient, with: "inheritable", bits.inheritable)
        // In a user namespace of its own the process has every capability there is.
        guard !subject.has(.user) else { return }
        func give(_ key: String, _ wanted: UInt64) {
            let missing = wanted & ~subject.host.capabilities & bits.upTo(subject.host.lastCapability)
            guard missing != 0 else { return }
            report.warning(
                "/process/capabilities/\(key)", "the runtime doesn't have \(names(missing)) to give; left out",
                "run it with them, or give the container a user namespace")
        }
        give("permitted", bits.permitted)
        give("bounding", bits.bounding)
    }

    /// The capabilities of a bit set, by name; at most three of them.
    private static func names(_ bits: UInt64) -> String {
        let all = CapabilityName.all.indices.filter { bits >> UInt64($0) & 1 == 1 }.map { CapabilityName.all[$0] }
        return all.prefix(3).joined(separator: ", ") + (all.count > 3 ? " and \(all.count - 3) more" : "")
    }
}

/// The five sets as bits, unknown names left out.
private struct CapabilityBits {
    var effective: UInt64 = 0
    var bounding: UInt64 = 0
    var inheritable: UInt64 = 0
    var permitted: UInt64 = 0
    var ambient: UInt64 = 0

    init(_ sets: Spec.Capabilities) {
        effective = Self.bits(sets.effective)
        bounding = Self.bits(sets.bounding)
        inheritable = Self.bits(sets.inheritable)
        permitted = Self.bits(sets.permitted)
        ambient = Self.bits(sets.ambient)
    }

    /// The bits of all capabilities up to one.
    func upTo(_ last: Int) -> UInt64 {
        last >= 63 ? .max : (1 << UInt64(max(0, last) + 1)) - 1
    }

    private static func bits(_ names: [String]?) -> UInt64 {
        (names ?? []).reduce(0) { bits, name in
            bits | (CapabilityName.number(of: name).map { 1 << UInt64($0) } ?? 0)
        }
    }
}
