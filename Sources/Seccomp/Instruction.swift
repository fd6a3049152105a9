/// One instruction of a filter: struct sock_filter.
///
/// Source: Linux' Documentation/networking/filter.rst.
public struct Instruction: Equatable, Sendable {
    /// What is done, `BPF_…`.
    public var code: UInt16
    /// How many instructions are skipped if a comparison holds.
    public var ifTrue: UInt8
    /// How many are skipped if it doesn't.
    public var ifFalse: UInt8
    /// The operand.
    public var operand: UInt32

    /// Puts an instruction together.
    public init(_ code: UInt16, ifTrue: UInt8 = 0, ifFalse: UInt8 = 0, _ operand: UInt32) {
        self.code = code
        self.ifTrue = ifTrue
        self.ifFalse = ifFalse
        self.operand = operand
    }

    /// Takes one apart that lies in memory as the kernel wants it.
    public init(encoded: UInt64) {
        #if _endian(little)
            self.init(
                UInt16(truncatingIfNeeded: encoded), ifTrue: UInt8(truncatingIfNeeded: encoded >> 16),
                ifFalse: UInt8(truncatingIfNeeded: encoded >> 24), UInt32(truncatingIfNeeded: encoded >> 32))
        #else
            self.init(
                UInt16(truncatingIfNeeded: encoded >> 48), ifTrue: UInt8(truncatingIfNeeded: encoded >> 40),
                ifFalse: UInt8(truncatingIfNeeded: encoded >> 32), UInt32(truncatingIfNeeded: encoded))
        #endif
    }

    /// The eight bytes as they lie in memory.
    public var encoded: UInt64 {
        #if _endian(little)
            UInt64(code) | UInt64(ifTrue) << 16 | UInt64(ifFalse) << 24 | UInt64(operand) << 32
        #else
            UInt64(code) << 48 | UInt64(ifTrue) << 40 | UInt64(ifFalse) << 32 | UInt64(operand)
        #endif
    }
}

extension Instruction {
    /// Loads a word of struct seccomp_data.
    static func load(_ offset: UInt32) -> Instruction { Instruction(0x20, offset) }  // BPF_LD | BPF_W | BPF_ABS
    /// Ends with an answer.
    static func answer(_ value: UInt32) -> Instruction { Instruction(0x06, value) }  // BPF_RET | BPF_K
    /// Skips instructions.
    static func skip(_ count: UInt32) -> Instruction { Instruction(0x05, count) }  // BPF_JMP | BPF_JA
    /// Goes on with the next one if what was loaded equals the operand, else skips.
    static func equal(_ operand: UInt32, elseSkip count: UInt8) -> Instruction {
        Instruction(0x15, ifFalse: count, operand)  // BPF_JMP | BPF_JEQ | BPF_K
    }
    /// Goes on with the next one if what was loaded is greater than the operand, else skips.
    static func greater(_ operand: UInt32, elseSkip count: UInt8) -> Instruction {
        Instruction(0x25, ifFalse: count, operand)  // BPF_JMP | BPF_JGT | BPF_K
    }
    /// Goes on with the next one if what was loaded is at least the operand, else skips.
    static func atLeast(_ operand: UInt32, elseSkip count: UInt8) -> Instruction {
        Instruction(0x35, ifFalse: count, operand)  // BPF_JMP | BPF_JGE | BPF_K
    }
}

/// The places in struct seccomp_data.
enum CallData {
    /// The call's number.
    static let number: UInt32 = 0
    /// The architecture, AUDIT_ARCH_….
    static let architecture: UInt32 = 4
}
