/// An instruction of the kernel's BPF machine.
///
/// Source: the kernel's bpf/standardization/instruction-set documentation.
package struct BPFInstruction: Equatable, Sendable {
    package var code: UInt8
    package var destination: UInt8
    package var source: UInt8
    /// How many instructions a jump leaves out; where a load starts, in bytes.
    package var offset: Int16
    package var immediate: Int32

    init(_ code: UInt8, _ destination: UInt8 = 0, _ source: UInt8 = 0, offset: Int16 = 0, immediate: Int32 = 0) {
        self.code = code
        self.destination = destination
        self.source = source
        self.offset = offset
        self.immediate = immediate
    }

    /// The eight bytes that the kernel reads, on a little-endian machine.
    var encoded: UInt64 {
        UInt64(code) | UInt64(destination & 15) << 8 | UInt64(source & 15) << 12
            | UInt64(UInt16(bitPattern: offset)) << 16 | UInt64(UInt32(bitPattern: immediate)) << 32
    }

    // Names as in linux/bpf.h; W: 32 bits wide. A wide operation clears the upper half of its register.
    package static let loadW: UInt8 = 0x61
    package static let andW: UInt8 = 0x54
    package static let shiftRightW: UInt8 = 0x74
    package static let moveRegisterW: UInt8 = 0xbc
    package static let moveW: UInt8 = 0xb4
    package static let jumpIfNotEqualW: UInt8 = 0x56
    package static let jumpIfAnyW: UInt8 = 0x46
    package static let jump: UInt8 = 0x05
    package static let exit: UInt8 = 0x95
}

extension DevicePolicy {
    /// Version 2: the program that answers 1 where an access is allowed; none where everything is.
    ///
    /// The rules are asked from the last to the first. Each decides about the bits of access that no later one has
    /// decided: the first that forbids one of these forbids the access, and once none is left it is allowed.
    package var program: [BPFInstruction]? {
        if allowsEverything { return nil }
        typealias I = BPFInstruction
        // struct bpf_cgroup_dev_ctx in r1: access << 16 | kind, major, minor.
        var program = [
            I(I.loadW, Register.kind, Register.context, offset: 0),
            I(I.moveRegisterW, Register.access, Register.kind),
            I(I.andW, Register.kind, immediate: 0xffff),
            I(I.shiftRightW, Register.access, immediate: 16),
            I(I.loadW, Register.major, Register.context, offset: 4),
            I(I.loadW, Register.minor, Register.context, offset: 8),
        ]
        for rule in rules.reversed() { program += instructions(for: rule) }
        // The kernel refuses what can't be reached, such as anything behind a rule about everything.
        return rules.first?.isTotal == true ? program : program + answer(false)
    }

    private enum Register {
        static let result: UInt8 = 0
        static let context: UInt8 = 1
        static let kind: UInt8 = 2
        static let access: UInt8 = 3
        static let major: UInt8 = 4
        static let minor: UInt8 = 5
    }

    private func answer(_ allowed: Bool) -> [BPFInstruction] {
        [
            BPFInstruction(BPFInstruction.moveW, Register.result, immediate: allowed ? 1 : 0),
            BPFInstruction(BPFInstruction.exit),
        ]
    }

    private func instructions(for rule: Rule) -> [BPFInstruction] {
        typealias I = BPFInstruction
        let bits = Int32(rule.access.rawValue)
        let verdict = answer(rule.allow)
        let skip = Int16(verdict.count)
        var body: [I]
        if rule.access == .all {
            body = verdict
        } else if rule.allow {
            body =
                [
                    I(I.andW, Register.access, immediate: Int32(Access.all.rawValue) & ~bits),
                    I(I.jumpIfNotEqualW, Register.access, offset: skip, immediate: 0),
                ] + verdict
        } else {
            body = [I(I.jumpIfAnyW, Register.access, offset: 1, immediate: bits)]
            body += [I(I.jump, offset: skip)] + verdict  // the machine has no "if none"
        }
        // Each condition that doesn't hold leaves out the rest of the rule.
        let conditions: [(UInt8, UInt32?)] = [
            (Register.minor, rule.minor), (Register.major, rule.major),
            (Register.kind, rule.kind.map { UInt32($0.rawValue) }),
        ]
        for case (let register, let wanted?) in conditions {
            let jump = I(
                I.jumpIfNotEqualW, register, offset: Int16(body.count), immediate: Int32(bitPattern: wanted))
            body.insert(jump, at: 0)
        }
        return body
    }
}
