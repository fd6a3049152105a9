import LinuxKernel
import Testing

/// What is done with text without the standard library's generic ways does the same as they do.
@Suite struct QuickTextTests {
    @Test(arguments: [[], [""], ["a"], ["a", ""], ["", "b"], ["a", "", "é", "c"]])
    func textsAreLinkedAsJoinedOnesAre(_ texts: [String]) {
        #expect(texts.linked(by: ", ") == texts.joined(separator: ", "))
    }

    @Test(arguments: ["", "/", "/a", "/a/b", "/é", "/e", "e\u{301}", "a long text that lies in memory of its own"])
    func aTextBeginsWithAnotherByItsBytes(_ text: String) {
        for prefix in ["", "/", "/a", "/a/b", "/e\u{301}", "/é", "e", "a long text that lies in memory of its own"] {
            #expect(text.begins(with: prefix) == text.utf8.starts(with: prefix.utf8), "\(text) \(prefix)")
        }
    }

    @Test func aNULIsFoundWhereverItIs() {
        for text in ["\0", "a\0", "\0a", "a long text with one behind it\0"] { #expect(text.hasNUL) }
        for text in ["", "a", "a long text without one behind it"] { #expect(!text.hasNUL) }
    }

    @Test func whatIsNotUTF8IsNoText() {
        #expect(String(checking: Array("é".utf8)[...]) == "é")
        #expect(String(checking: [0x61, 0xC3][...]) == nil)
        #expect(String(checking: [0x61, 0x62, 0x63][1...]) == "bc")
        #expect(String(checking: []) == "")
    }

    @Test func textsBetweenSeparatorsAreFoundInASlice() {
        func texts(_ text: String) -> [String] {
            Array(("," + text).utf8).dropFirst().texts { $0 == UInt8(ascii: ",") }
        }
        #expect(texts("") == [])
        #expect(texts(",,") == [])
        #expect(texts("a") == ["a"])
        #expect(texts(",a,,b c,") == ["a", "b c"])
        #expect(([0x61, 0x2C, 0xFF, 0x2C, 0x62] as [UInt8])[...].texts { $0 == 0x2C } == ["a", "b"])
    }
}
