import JSONValue
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        "{\"a\":[1,2.5,-3e7,true,false,null],\"b\":{\"c\":\"\\u0001 \\\" \\\\ ä\"}}", "[]", "{}",
        "18446744073709551615",
    ])
    func whatIsWrittenIsWhatWasRead(text: String) throws {
        #expect(try JSON(parsing: text).text() == text)
    }

    @Test(arguments: ["", "{", "[1,]", "{\"a\"}", "{} {}", "\"\\ud800\"", "tru", "\"a\nb\"", "nul"])
    func textThatIsNoJSONIsRefused(text: String) {
        #expect(throws: JSONProblem.self) { try JSON(parsing: text) }
    }

    @Test func deepNestingIsRefusedAndDoesNotCrash() {
        #expect(throws: JSONProblem.self) { try JSON(parsing: String(repeating: "[", count: 100_000)) }
    }

    @Test func surrogatePairsBecomeOneCharacter() throws {
        #expect(try JSON(parsing: "\"\\ud83d\\ude00\"").string == "😀")
    }

    @Test func aPointerReachesIntoObjectsAndArrays() {
        var value: JSON = ["list": [["name": "a"], ["name": "b"]]]
        #expect(value["/list/1/name"]?.string == "b")
        value["/list/-"] = ["name": "c"]
        value["/new/inner"] = 5
        value["/list/0"] = nil
        #expect(value.text() == "{\"list\":[{\"name\":\"b\"},{\"name\":\"c\"}],\"new\":{\"inner\":5}}")
        #expect(value["/list/7/name"] == nil)
    }

    @Test func aPointerEscapesSlashAndTilde() {
        let value: JSON = ["a/b": ["c~d": 1]]
        #expect(value["/a~1b/c~0d"]?.int == 1)
    }
}
