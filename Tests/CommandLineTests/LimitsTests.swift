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

struct DurationTests {
    @Test(
        arguments: [
            ("5s", 5_000_000_000), ("1m30s", 90_000_000_000), ("500ms", 500_000_000), ("1.5h", 5_400_000_000_000),
            ("0", 0), ("0s", 0), ("-5s", -5_000_000_000), ("+1s", 1_000_000_000), ("10us", 10_000), ("10µs", 10_000),
            ("7ns", 7), (".5s", 500_000_000), ("1.s", 1_000_000_000),
        ] as [(String, Int64)])
    func timesAreRead(text: String, expected: Int64) {
        #expect(duration(text) == expected)
    }

    @Test(arguments: ["", "5", "s", "-", "+", "5x", "1s5", "1..5s", ".s", "5 s", "1e3s", "99999999999999h", "∞"])
    func whatIsNoTimeIsRefused(text: String) {
        #expect(duration(text) == nil)
    }
}
