import OCISpec
import Seccomp

/// What a filter looks at: struct seccomp_data.
struct Asked {
    var number: UInt32
    /// AUDIT_ARCH_….
    var architecture: UInt32 = 0xC000_003E
    var arguments: [UInt64] = []

    /// The word at an offset, as BPF loads it; nil outside.
    fileprivate func word(at offset: UInt32) -> UInt32? {
        switch offset {
        case 0: return number
        case 4: return architecture
        case 8, 12: return 0  // the instruction pointer
        default:
            let index = (Int(offset) - 16) / 8
            guard offset >= 16, offset % 4 == 0, index < 6 else { return nil }
            let value = index < arguments.count ? arguments[index] : 0
            return UInt32(truncatingIfNeeded: offset % 8 == 0 ? value : value >> 32)
        }
    }
}

/// Runs a filter as the kernel would, instruction by instruction.
///
/// Written from the description of classic BPF in the kernel's documentation; nil for what the kernel would refuse.
func answer(of program: [UInt64], to call: Asked) -> UInt32? {
    var accumulator: UInt32 = 0
    var index = 0
    while program.indices.contains(index) {
        let it = Instruction(encoded: program[index])
        index += 1
        func jump(_ holds: Bool) { index += Int(holds ? it.ifTrue : it.ifFalse) }
        switch it.code {
        case 0x20:
            guard let word = call.word(at: it.operand) else { return nil }
            accumulator = word
        case 0x54: accumulator &= it.operand
        case 0x05: index += Int(it.operand)
        case 0x15: jump(accumulator == it.operand)
        case 0x25: jump(accumulator > it.operand)
        case 0x35: jump(accumulator >= it.operand)
        case 0x45: jump(accumulator & it.operand != 0)
        case 0x06: return it.operand
        default: return nil
        }
    }
    return nil
}
