import JSONCodec
import Testing

@Suite("Limits of a text") struct LimitTests {
    @Test func aTextOf16MiBIsReadAndOneByteMoreIsNot() {
        let padding = [UInt8](repeating: UInt8(ascii: " "), count: (16 << 20) - 2)
        #expect(failure(of: Array("{}".utf8) + padding) == nil)
        #expect(failure(of: Array("{} ".utf8) + padding)?.problem == .tooLarge(limit: 16 << 20))
    }

    @Test(arguments: [("[", "]"), ("{\"a\":", "}")]) func nestingOf128IsReadAnd129IsNot(_ open: String, _ close: String)
    {
        func nested(_ depth: Int) -> String {
            String(repeating: open, count: depth) + (open == "[" ? "" : "1") + String(repeating: close, count: depth)
        }
        #expect(failure(of: nested(128)) == nil)
        #expect(failure(of: nested(129))?.problem == .tooDeep(limit: 128))
        #expect(failure(of: nested(10_000))?.problem == .tooDeep(limit: 128))
    }

    @Test(arguments: ["[", "{\"a\":", "{\"annotations\":["]) func aMillionOpenBracketsAreRefusedQuickly(_ open: String)
    {
        let error = failure(of: String(repeating: open, count: 1_000_000))
        #expect(error?.problem == .tooDeep(limit: 128))
    }

    @Test func aStringOf1MiBIsReadAndOneByteMoreIsNot() {
        func document(_ count: Int) -> String { "[\"" + String(repeating: "x", count: count) + "\"]" }
        #expect(failure(of: document(1 << 20)) == nil)
        #expect(failure(of: document(1 << 20 + 1))?.problem == .stringTooLong(limit: 1 << 20))
    }

    @Test(arguments: [
        ("{\"a\": 1, \"b\": 2, \"a\": 3}", "/a", "a"),
        ("{\"x\": {\"a/b\": 1, \"a\\/b\": 2}}", "/x/a~1b", "a/b"),
        ("[{\"\": 1, \"\": 2}]", "/0/", ""),
        ("{\"a\": {\"\\u0061\": 1, \"a\": 2}}", "/a/a", "a"),
    ])
    func aKeyThatOccursTwiceIsRefused(_ text: String, _ pointer: String, _ key: String) throws {
        let error = try #require(failure(of: text))
        #expect(error.problem == .duplicateKey(key))
        #expect(error.pointer == pointer)
    }

    @Test func aKeyThatOccursTwiceAmongManyIsFoundAtItsSecondPlace() throws {
        let members = (0..<5000).map { "\"k\($0 * 7919 % 4999)\": 0" }
        let error = try #require(failure(of: "{\n" + members.joined(separator: ",\n") + "\n}"))
        #expect(error == JSONError(.duplicateKey("k0"), pointer: "/k0", line: 5001, column: 1))
    }

    @Test func twoSpellingsOfOneCharacterAreOneKey() throws {
        let error = try #require(failure(of: "{\"caf\u{E9}\": 1, \"cafe\u{301}\": 2}"))
        guard case .duplicateKey = error.problem else {
            Issue.record("\(error)")
            return
        }
    }

    @Test func aLargeObjectIsReadInReasonableWork() throws {
        let members = (0..<100_000).map { "\"key-\($0)\": \"value\"" }
        let text = Array(("{" + members.joined(separator: ",") + "}").utf8)
        #expect(try JSONDecoder().decode([String: String].self, from: text).count == 100_000)
    }
}
