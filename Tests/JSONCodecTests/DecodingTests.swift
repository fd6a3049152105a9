import JSONCodec
import Testing

private struct Sample: Codable, Equatable {
    struct Inner: Codable, Equatable {
        var small: Int8
        var flags: [Bool]?
    }

    var name: String
    var count: UInt32?
    var wide: Int64?
    var huge: UInt64?
    var ratio: Double?
    var inner: [Inner]?
    var byName: [String: Inner]?
    var texts: [String: String]?
    var nested: [[Int]]?
}

private func decode(_ text: String) throws(JSONError) -> Sample {
    try JSONDecoder().decode(Sample.self, from: Array(text.utf8))
}

@Suite("Decoding") struct DecodingTests {
    @Test func allKindsOfValuesArriveAsWritten() throws {
        let sample = try decode(
            #"""
            {"name": "a\"\\\/\b\f\n\r\té😀", "count": 4294967295, "wide": -9223372036854775808,
             "huge": 18446744073709551615, "ratio": -1.5e3, "inner": [{"small": -128, "flags": [true, false]}],
             "byName": {"x": {"small": 127}}, "texts": {"": "empty", "é": "wide"}, "nested": [[], [1, 2]],
             "unknown": {"deep": [null]}}
            """#)
        #expect(
            sample
                == Sample(
                    name: "a\"\\/\u{8}\u{c}\n\r\té😀", count: .max, wide: .min, huge: .max, ratio: -1500,
                    inner: [.init(small: -128, flags: [true, false])], byName: ["x": .init(small: 127)],
                    texts: ["": "empty", "é": "wide"], nested: [[], [1, 2]]))
    }

    @Test func anIntegerBeyondDoublePrecisionSurvives() throws {
        #expect(try decode(#"{"name": "", "wide": 9007199254740993}"#).wide == 9_007_199_254_740_993)
    }

    @Test func nullCountsAsAbsent() throws {
        #expect(try decode(#"{"name": "x", "count": null, "inner": null}"#) == Sample(name: "x"))
        #expect(throws: JSONError(.missing(key: "name"), pointer: "", line: 1, column: 1)) {
            try decode(#"{"name": null}"#)
        }
    }

    @Test(arguments: [
        (#"{"name": 1}"#, "/name", 10, "expected a string, found a number"),
        (#"{"name": "\u0061", "count": "1"}"#, "/count", 29, "expected an integer, found a string"),
        (#"{"name": "x", "inner": {}}"#, "/inner", 24, "expected an array, found an object"),
        (#"{"name": "x", "inner": [{"small": 1}, []]}"#, "/inner/1", 39, "expected an object, found an array"),
        (#"{"name": "x", "inner": [{}]}"#, "/inner/0", 25, #"the required property "small" is missing"#),
        (
            #"{"name": "x", "byName": {"a/~b": {"small": true}}}"#, "/byName/a~1~0b/small", 44,
            "expected an integer, found true"
        ),
        (#"{"name": "x", "texts": {"k": null}}"#, "/texts/k", 30, "expected a string, found null"),
        (#"{"name": "x", "nested": [[1], [2, "3"]]}"#, "/nested/1/1", 35, "expected an integer, found a string"),
        (#"{"name": "x", "count": -1}"#, "/count", 24, "expected an integer from 0 to 4294967295, found -1"),
        (#"{"name": "x", "count": -0}"#, "/count", 24, "expected an integer from 0 to 4294967295, found -0"),
        (
            #"{"name": "x", "count": 4294967296}"#, "/count", 24,
            "expected an integer from 0 to 4294967295, found 4294967296"
        ),
        (#"{"name": "x", "count": 1.0}"#, "/count", 24, "expected an integer, found 1.0"),
        (#"{"name": "x", "count": 1e3}"#, "/count", 24, "expected an integer, found 1e3"),
        (#"{"name": "x", "count": 1e400}"#, "/count", 24, "expected an integer, found 1e400"),
        (
            #"{"name": "x", "huge": 18446744073709551616}"#, "/huge", 23,
            "expected an integer from 0 to 18446744073709551615, found 18446744073709551616"
        ),
        (
            #"{"name": "x", "wide": -9223372036854775809}"#, "/wide", 23,
            "expected an integer from -9223372036854775808 to 9223372036854775807, found -9223372036854775809"
        ),
        (
            #"{"name": "x", "inner": [{"small": 128}]}"#, "/inner/0/small", 35,
            "expected an integer from -128 to 127, found 128"
        ),
        (#"{"name": "x", "ratio": 1e999}"#, "/ratio", 24, "the number is out of range"),
        ("null", "", 1, "expected an object, found null"),
        ("[]", "", 1, "expected an object, found an array"),
        ("\"x\"", "", 1, "expected an object, found a string"),
        ("17", "", 1, "expected an object, found a number"),
    ])
    func aValueThatDoesNotFitIsNamedWithItsPlace(
        _ text: String, _ pointer: String, _ column: Int, _ words: String
    ) throws {
        let error = try #require(throws: JSONError.self) { try decode(text) }
        #expect(error.pointer == pointer)
        #expect(error.line == 1)
        #expect(error.column == column)
        #expect(error.problem.description == words)
    }

    @Test func anErrorReadsAsPlaceAndProblem() throws {
        let error = try #require(throws: JSONError.self) { try decode("{\n  \"name\": 7}") }
        #expect(error.description == "#/name (line 2, column 11): expected a string, found a number")
    }

    @Test func anUnwantedMemberCountsAsAbsent() throws {
        struct Three: Decodable, Equatable {
            var a: [String: [Int]]?
            var b: [String: Int]?
            var c: Int?
        }
        let text = Array(#"{"a": {"x": [1, 2]}, "b": {"a": 1}, "c": 3}"#.utf8)
        #expect(try JSONDecoder().decode(Three.self, from: text, without: ["a", "c", "d"]) == Three(b: ["a": 1]))
        #expect(try JSONDecoder().decode(Int.self, from: Array("7".utf8), without: ["a"]) == 7)
    }

    @Test(arguments: ["7", "-7", " 0 "]) func aSingleNumberIsADocument(_ text: String) throws {
        let value = try JSONDecoder().decode(Int.self, from: Array(text.utf8))
        #expect(value == Int(text.filter { $0 != " " }))
    }

    @Test func aTypeThatRefusesAValueIsQuotedWithItsPlace() throws {
        enum Colour: String, Codable { case red }
        let error = try #require(throws: JSONError.self) {
            try JSONDecoder().decode([Colour].self, from: Array(#"["red", "blue"]"#.utf8))
        }
        #expect(error.pointer == "/1")
        #expect(error.problem.description.contains("blue"))
    }

    @Test func aTypeThatReadsItsContainerByHandGetsEveryElement() throws {
        struct ByHand: Decodable {
            var seen: [String] = []

            init(from decoder: any Decoder) throws {
                var array = try decoder.unkeyedContainer()
                while !array.isAtEnd {
                    if try array.decodeNil() {
                        seen.append("null")
                    } else if let text = try? array.decode(String.self) {
                        seen.append(text)
                    } else {
                        seen.append("\(try array.decode(Int.self))")
                    }
                }
            }
        }
        let read = try JSONDecoder().decode(ByHand.self, from: Array(#"[null, "x", 3]"#.utf8))
        #expect(read.seen == ["null", "x", "3"])
    }
}
