internal import CSeccomp

/// Calls that are newer than a profile.
extension Profile {
    /// Instructions that stand before the rules and answer ENOSYS to each call with a higher number than all that the
    /// profile names for its architecture.
    ///
    /// Whoever wrote the profile couldn't know such a call. A C library that gets ENOSYS falls back to an older one; with
    /// EPERM, or a signal, it doesn't. runc does the same. A profile that lets unknown calls pass, or asks somebody, is
    /// left as it is.
    func newerCalls() -> [Instruction] {
        guard refusesByDefault else { return [] }
        var blocks: [[Instruction]] = []
        for architecture in ([seccomp_arch_native()] + architectures).uniqued where architecture != Self.x32 {
            guard let newest = newestCall(of: architecture) else { continue }
            var block = [Instruction.load(CallData.number)]
            if architecture == Self.amd64 {
                // Both architectures are one to the kernel; the numbers of the second have a bit set.
                let newestOfX32 = architectures.contains(Self.x32) ? newestCall(of: Self.x32) : nil
                block += [.atLeast(Self.x32Bit, elseSkip: newestOfX32 == nil ? 1 : 3)]
                if let newestOfX32 { block += [.greater(newestOfX32, elseSkip: 1), .answer(Self.notImplemented)] }
                block += [.skip(2)]
            }
            block += [.greater(newest, elseSkip: 1), .answer(Self.notImplemented)]
            blocks.append([.equal(architecture, elseSkip: UInt8(block.count + 1))] + block)
        }
        return joined(blocks)
    }

    /// The blocks, each of which leads to the end, behind a look at the architecture.
    private func joined(_ blocks: [[Instruction]]) -> [Instruction] {
        if blocks.isEmpty { return [] }
        var program = [Instruction.load(CallData.architecture)]
        var rest = blocks.reduce(0) { $0 + $1.count + 1 }
        for block in blocks {
            rest -= block.count + 1
            program += block + [.skip(UInt32(rest))]
        }
        return program
    }

    /// The highest number of a call that any rule names; nil where none is known.
    private func newestCall(of architecture: UInt32) -> UInt32? {
        var newest: Int32 = -1
        for rule in rules {
            for name in rule.names {
                newest = max(newest, unsafe seccomp_syscall_resolve_name_arch(architecture, name))
            }
        }
        return newest < 0 ? nil : UInt32(newest)
    }

    /// AUDIT_ARCH_X86_64, and the library's number for its calls with 32-bit pointers.
    private static let amd64: UInt32 = 0xC000_003E
    private static let x32: UInt32 = 0x4000_003E
    private static let x32Bit: UInt32 = 0x4000_0000
    /// SECCOMP_RET_ERRNO with ENOSYS.
    private static let notImplemented: UInt32 = 0x0005_0000 | 38
}

extension [UInt32] {
    /// Each once, in order.
    fileprivate var uniqued: [UInt32] {
        reduce(into: []) { list, element in if !list.contains(element) { list.append(element) } }
    }
}
