import JSONCodec
import Testing

private struct Sample: Codable, Equatable {
    var zebra = 1
    var apple = ["x"]
    var empty: [Int] = []
    var absent: Int?
    var object = ["é": "2", "Z": "1", "a/b": "3"]
    var number = -2.5
    var flag = true
}

private func text(_ value: some Encodable, _ encoder: JSONEncoder = JSONEncoder()) throws -> String {
    String(decoding: try encoder.encode(value), as: UTF8.self)
}

@Suite("Encoding") struct EncodingTests {
    @Test func keysStandInTheOrderOfTheirBytes() throws {
        #expect(
            try text(Sample())
                == #"{"apple":["x"],"empty":[],"flag":true,"number":-2.5,"object":{"Z":"1","a/b":"3","é":"2"},"zebra":1}"#
        )
    }

    @Test func prettyTextIsIndentedByWhatWasAskedFor() throws {
        let value = ["b": ["x": [1, 2]], "a": [:]]
        #expect(
            try text(value, JSONEncoder(pretty: true))
                == "{\n\t\"a\": {},\n\t\"b\": {\n\t\t\"x\": [\n\t\t\t1,\n\t\t\t2\n\t\t]\n\t}\n}")
        #expect(
            try text(["a": [true]], JSONEncoder(pretty: true, indent: .spaces(4)))
                == "{\n    \"a\": [\n        true\n    ]\n}")
    }

    @Test(arguments: [
        ("plain", "plain"), ("\"\\/", "\\\"\\\\/"), ("\n\r\t", "\\n\\r\\t"),
        ("\u{1}\u{1b}\u{1f}\u{7f}", "\\u0001\\u001b\\u001f\\u007f"),
        ("é😀", "é😀"), ("", ""),
    ])
    func textIsEscapedWhereJSONDemandsIt(_ string: String, _ escaped: String) throws {
        #expect(try text(string) == "\"\(escaped)\"")
        #expect(try JSONDecoder().decode(String.self, from: JSONEncoder().encode(string)) == string)
    }

    @Test func whatWasEncodedIsDecodedAgain() throws {
        #expect(try JSONDecoder().decode(Sample.self, from: JSONEncoder().encode(Sample())) == Sample())
        let numbers: [Double] = [0, 1e300, -1e-300, 0.1]
        #expect(try JSONDecoder().decode([Double].self, from: JSONEncoder().encode(numbers)) == numbers)
    }

    @Test func aNumberThatJSONLacksIsAnErrorWithItsPlace() throws {
        let error = try #require(throws: JSONError.self) { try JSONEncoder().encode(["a": [1, Double.infinity]]) }
        #expect(error.pointer == "/a/1")
    }

    @Test func aClassWithASuperclassIsWrittenAndRead() throws {
        class Base: Codable {
            var base = 1
        }
        final class Derived: Base {
            var own = 2

            enum Keys: String, CodingKey { case own }

            override init() { super.init() }

            required init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: Keys.self)
                own = try container.decode(Int.self, forKey: .own)
                try super.init(from: container.superDecoder())
            }

            override func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Keys.self)
                try container.encode(own, forKey: .own)
                try super.encode(to: container.superEncoder())
            }
        }
        let value = Derived()
        value.base = 5
        let encoded = try JSONEncoder().encode(value)
        #expect(String(decoding: encoded, as: UTF8.self) == #"{"own":2,"super":{"base":5}}"#)
        #expect(try JSONDecoder().decode(Derived.self, from: encoded).base == 5)
    }
}
