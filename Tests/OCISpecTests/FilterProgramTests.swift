import Foundation
import OCISpec
import Testing

@Suite("Filters of system calls in base64") struct FilterProgramTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6, 4095, 4096]) func theBytesAreThoseThatWereEncoded(_ count: Int) throws {
        let bytes = (0..<(count * 8)).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 >> 8 &+ 251) }
        let words = try FilterProgram.instructions(Data(bytes).base64EncodedString())
        #expect(words.count == count)
        #expect(unsafe words.withUnsafeBytes { unsafe Array($0) } == bytes)
    }

    @Test(
        arguments: [
            ("", "empty"), ("====", "byte 0"), ("AAAAAAA", "multiple of 4"), ("AAAAAAAAAAA", "multiple of 4"),
            ("AAAAAAAA", "6 bytes"), ("AAAAAAAAAAA=AAAAAAAAAAA=", "byte 11"), ("AAAAAAAAAAB=", "behind its last byte"),
            ("AAAAAAAAAAAAAAAAAAAAAB==", "behind its last byte"), ("AAAA\nAAAAAA=", "byte 4"),
            ("AAAA AAAAAA=", "byte 4"),
            ("AAAAAAAA-_A=", "byte 8"), ("AAAAAAAAA===", "byte 9"), ("AAAAAAAAéA=", "byte 8"),
            ("/run/filter.bpf=", "byte 11"),
        ])
    func whatIsNoProgramIsRefused(_ text: String, _ words: String) {
        #expect { try FilterProgram.instructions(text) } throws: { error in
            ((error as? FilterProgram.Mistake)?.words ?? "").contains(words)
        }
    }

    @Test(arguments: [4097, 5000, 100_000]) func whatIsTooLongIsRefused(_ count: Int) {
        let text = Data(count: count * 8).base64EncodedString()
        #expect(throws: FilterProgram.Mistake.self) { try FilterProgram.instructions(text) }
    }
}
