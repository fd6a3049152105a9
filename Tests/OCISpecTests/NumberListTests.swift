import OCISpec
import Testing

@Suite("Lists of CPUs and nodes") struct NumberListTests {
    @Test(
        arguments: [
            ("", []), ("0", [0...0]), ("0-3,7", [0...3, 7...7]), (" 4 , 2-2", [4...4, 2...2]),
            ("9999999", [9_999_999...9_999_999]),
        ] as [(String, [ClosedRange<Int>])])
    func aListHasItsRanges(_ text: String, _ ranges: [ClosedRange<Int>]) {
        #expect(NumberList.ranges(text) == ranges)
    }

    @Test(arguments: [",", "0,", "-1", "1-", "0-3-5", "2-1", "x", "1 2", "0\n", "99999999", "0x1", "٣", " "])
    func anythingElseIsNone(_ text: String) {
        #expect(NumberList.ranges(text) == nil)
    }
}
