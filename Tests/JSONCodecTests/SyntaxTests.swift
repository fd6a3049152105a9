import JSONCodec
import Testing

@Suite("Text that isn't acceptable JSON") struct SyntaxTests {
    @Test(arguments: ["", " ", "\n\t\r "]) func aTextWithoutContentIsCalledEmpty(_ text: String) {
        #expect(failure(of: text)?.problem == .empty)
    }

    @Test(arguments: [
        ("{\"a\": 1,}", "", 1, 9, "a key in double quotes was expected here"),
        ("{\n  \"a\": tru\n}", "/a", 2, 11, "no JSON value begins like this"),
        ("{\"a\": [1, 2", "/a/2", 1, 12, "the text ends too early"),
        ("{\"a\" 1}", "/a", 1, 6, "a ':' was expected behind the key"),
        ("{\"a\": 1 \"b\\\"\": 2}", "", 1, 9, "a ',' or '}' was expected behind the member"),
        ("{\"a\": 1} x", "", 1, 10, "there is more text behind the document"),
        ("{,}", "", 1, 2, "a key in double quotes was expected here"),
        ("[1,,2]", "/1", 1, 4, "a value was expected here"),
        ("{\"a\":\"\"5}", "", 1, 8, "a ',' or '}' was expected behind the member"),
        ("{} {}", "", 1, 4, "there is more text behind the document"),
        ("{\"a\": }", "/a", 1, 7, "a value was expected here"),
        ("[1 2]", "/1", 1, 4, "a ',' or ']' was expected behind the element"),
        ("{\"a\": 'x'}", "/a", 1, 7, "no JSON value begins like this"),
        ("{a: 1}", "", 1, 2, "no JSON value begins like this"),
        ("[01]", "/1", 1, 3, "a ',' or ']' was expected behind the element"),
        ("[1.]", "/0", 1, 4, "a digit was expected behind the point"),
        ("[1e]", "/0", 1, 4, "a digit was expected in the exponent"),
        ("[-]", "/0", 1, 3, "a digit was expected behind the minus sign"),
        ("[+1]", "/0", 1, 2, "no JSON value begins like this"),
        ("[NaN]", "/0", 1, 2, "no JSON value begins like this"),
        ("[\"a\nb\"]", "/0", 1, 4, "control characters in strings must be escaped"),
        ("[\"\\x\"]", "/0", 1, 4, "'\\' may not stand before this character"),
        ("[\"\\u12g4\"]", "/0", 1, 7, "four hexadecimal digits were expected behind '\\u'"),
        ("// c\n{}", "", 1, 1, "JSON has no comments"),
        ("{\"é\": \"ü\", x}", "", 1, 12, "no JSON value begins like this"),
    ])
    func aSyntaxErrorTellsItsPlaceAndWhatWasExpected(
        _ text: String, _ pointer: String, _ line: Int, _ column: Int, _ words: String
    ) throws {
        let error = try #require(failure(of: text))
        #expect(error == JSONError(.syntax(words: words), pointer: pointer, line: line, column: column))
    }

    @Test func everyProperPrefixOfADocumentIsAnError() {
        let document = Array("{\"a\": [1, true, null, \"x\\u00e9\\n\", {\"b\": -1.5e3}], \"c\": {}}".utf8)
        #expect(failure(of: document) == nil)
        for length in 0..<document.count {
            #expect(failure(of: Array(document[..<length])) != nil, "the first \(length) bytes were accepted")
        }
    }

    @Test(arguments: [
        [0xEF, 0xBB, 0xBF, 0x7B, 0x7D], [0xFF, 0xFE, 0x7B, 0x00], [0x00], [0x7B, 0x7D, 0x00],
    ])
    func byteOrderMarksAndZeroBytesAreErrors(_ text: [UInt8]) {
        #expect(failure(of: text) != nil)
    }

    @Test func aByteOrderMarkIsNamed() {
        #expect(failure(of: "\u{FEFF}{}")?.problem == .byteOrderMark)
    }

    @Test(arguments: [
        [0xFF], [0xC0, 0x80], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80],
        [0xF4, 0x90, 0x80, 0x80], [0x80],
    ])
    func bytesThatAreNotUTF8AreRefusedWithTheirPlace(_ bytes: [UInt8]) {
        let text = Array("{\"a\":\n [1, \"x".utf8) + bytes + Array("\"]}".utf8)
        #expect(failure(of: text) == JSONError(.invalidUTF8, pointer: "/a/1", line: 2, column: 8))
    }

    @Test(arguments: ["\\ud800", "\\udc00", "\\ud800x", "\\ud800\\u0041", "\\udbff\\ud800", "\\uD83D\\n"])
    func halfOfASurrogatePairIsRefused(_ escape: String) {
        let error = failure(of: "{\"a\": \"\(escape)\"}")
        #expect(error == JSONError(.loneSurrogate, pointer: "/a", line: 1, column: 8))
    }

    @Test func aSurrogatePairBehindABackslashThatIsEscapedIsText() throws {
        #expect(
            try JSONDecoder().decode([String].self, from: Array(#"["\\ud800", "\ud83d\ude00"]"#.utf8)) == [
                "\\ud800", "😀",
            ])
    }

    @Test(arguments: ["[\"\\u0000\"]", "[\"a\\u0000b\"]"]) func aZeroCharacterInAStringIsRefused(_ text: String) {
        #expect(failure(of: text) == JSONError(.nulCharacter, pointer: "/0", line: 1, column: 2))
    }

    @Test func aZeroCharacterInAKeyIsRefused() {
        #expect(failure(of: "{\"a\": {\"b\\u0000\": 1}}")?.problem == .nulCharacter)
    }
}
