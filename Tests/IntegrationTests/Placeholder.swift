internal import Support
internal import Testing

@Test func aProgramThatEndsWithThreeIsReportedSo() throws {
    let outcome = try Command("/bin/sh", "-c", "echo out; echo err >&2; exit 3").run()
    #expect(outcome.status == 3 && outcome.output == "out\n" && outcome.errors == "err\n")
}
