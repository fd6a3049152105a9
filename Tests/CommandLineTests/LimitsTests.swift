import Testing

@testable import CommandLineInterface

struct LimitsTests {
    @Test(
        arguments: [
            ("0", 0), ("-1", -1), ("1024", 1024), ("1b", 1), ("1k", 1024), ("1K", 1024), ("1kb", 1024), ("1KiB", 1024),
            ("512m", 512 << 20), ("1.5g", 3 << 29), ("0.5k", 512), ("2t", 2 << 40), ("1P", 1 << 50), ("3 mb", 3 << 20),
            ("9223372036854775807", .max), ("1.9", 1),
        ] as [(String, Int64)])
    func bytesAreRead(text: String, expected: Int64) {
        #expect(byteCount(text) == expected)
    }

    @Test(arguments: [
        "", "-2", "-1k", "+1", "k", ".5k", "1.k", "1x", "1kk", "1bb", "1bib", "1ib", "0x10", "1e3",
        "9223372036854775808",
        "9000000000g", "1  k", "1k ", "١",
    ])
    func whatIsNoNumberOfBytesIsRefused(text: String) {
        #expect(byteCount(text) == nil)
    }
}
