import Foundation
import JSONCodec
import Testing

private struct Place: ObjectDecodable, ObjectWritable, Equatable {
    var name: String
    var below: [Place] = []
    var next: [Place]?
    var tags: [String] = []
    var labels: [String: String]?
    var isOpen: Bool?
    var size: UInt64 = 0
    var level: Int64 = 0
    var small: Int8?
    var kind = Kind.plain

    enum Kind: String, Equatable { case plain, special }

    init(name: String) { self.name = name }

    init(_ member: Members) throws {
        name = try member.required("name")
        below = try member.required("below")
        next = try member("next")
        tags = try member.required("tags")
        labels = try member("labels")
        isOpen = try member("isOpen")
        size = try member.required("size")
        level = try member.required("level")
        small = try member("small")
        kind = try member.required("kind")
    }

    func write(to member: inout ObjectWriter) {
        member("name", name)
        member("below", below)
        member("tags", tags)
        member("labels", labels)
        member("isOpen", isOpen)
        member("size", size)
        member("level", level)
        member("kind", kind.rawValue)
    }
}

/// Values that read and write themselves without the containers of Codable.
@Suite struct ObjectTests {
    private func text(_ place: Place) -> String {
        String(decoding: JSONCodec.JSONEncoder().encode(place), as: UTF8.self)
    }

    private func read(_ text: String) throws -> Place {
        try JSONCodec.JSONDecoder().decode(Place.self, from: Array(text.utf8))
    }

    @Test func membersStandInTheOrderInWhichTheyAreWritten() {
        var place = Place(name: "a")
        place.below = [Place(name: "b")]
        place.tags = ["x", "y"]
        place.isOpen = false
        let b = #"{"name":"b","below":[],"tags":[],"size":0,"level":0,"kind":"plain"}"#
        #expect(
            text(place)
                == #"{"name":"a","below":[\#(b)],"tags":["x","y"],"isOpen":false,"size":0,"level":0,"kind":"plain"}"#)
    }

    @Test(arguments: [
        ("plain", "plain"), ("\"\\/", "\\\"\\\\/"), ("\n\r\t", "\\n\\r\\t"),
        ("\u{1}a\u{1b}bc\u{1f}\u{7f}", "\\u0001a\\u001bbc\\u001f\\u007f"), ("é😀", "é😀"), ("", ""),
    ])
    func textIsEscapedWhereJSONDemandsIt(_ string: String, _ escaped: String) throws {
        let written = text(Place(name: string))
        #expect(written.hasPrefix("{\"name\":\"\(escaped)\","))
        #expect(try read(written).name == string)
    }

    @Test(arguments: [0, 9, 10, 99, 100, UInt64(Int64.max), .max - 1, .max])
    func integersAreExact(_ number: UInt64) throws {
        var place = Place(name: "")
        place.size = number
        place.level = Int64(truncatingIfNeeded: number)
        place.labels = ["a\"b": "c\n", "": ""]
        place.kind = .special
        #expect(try read(text(place)) == place)
        place.level = .min
        #expect(try read(text(place)) == place)
    }

    @Test(arguments: [
        (#"[]"#, "", "expected an object, found an array"),
        (#"{}"#, "", #"the required property "name" is missing"#),
        (#"{"name":null}"#, "", #"the required property "name" is missing"#),
        (#"{"name":1}"#, "/name", "expected a string, found a number"),
        (#"{"name":"","below":{}}"#, "/below", "expected an array, found an object"),
        (#"{"name":"","below":[3]}"#, "/below/0", "expected an object, found a number"),
        (#"{"name":"","below":[],"next":[{}]}"#, "/next/0", #"the required property "name" is missing"#),
        (#"{"name":"","below":[],"tags":[true]}"#, "/tags/0", "expected a string, found true"),
        (#"{"name":"","below":[],"tags":[],"labels":{"k":[]}}"#, "/labels/k", "expected a string, found an array"),
        (
            #"{"name":"","below":[],"tags":[],"size":-1}"#, "/size",
            "expected an integer from 0 to \(UInt64.max), found -1"
        ),
        (
            #"{"name":"","below":[],"tags":[],"size":-0}"#, "/size",
            "expected an integer from 0 to \(UInt64.max), found -0"
        ),
        (#"{"name":"","below":[],"tags":[],"size":1.5}"#, "/size", "expected an integer, found 1.5"),
        (
            #"{"name":"","below":[],"tags":[],"size":0,"level":-9223372036854775809}"#, "/level",
            "expected an integer from \(Int64.min) to \(Int64.max), found -9223372036854775809"
        ),
        (
            #"{"name":"","below":[],"tags":[],"size":0,"level":0,"small":-129}"#, "/small",
            "expected an integer from -128 to 127, found -129"
        ),
        (#"{"name":"","below":[],"tags":[],"size":0,"level":-0,"kind":"odd"}"#, "/kind", "unknown value"),
    ])
    func whatIsWrongIsNamedWithItsPlace(_ document: String, _ pointer: String, _ words: String) throws {
        let error = try #require(throws: JSONError.self) { try read(document) }
        #expect(error.pointer == pointer)
        #expect("\(error.problem)" == words)
    }

    @Test func theValueIsDecodableLikeAnyOther() throws {
        let written = "{\"p\":\(text(Place(name: "x")))}"
        let read = try JSONCodec.JSONDecoder().decode([String: Place].self, from: Array(written.utf8))
        #expect(read == ["p": Place(name: "x")])
    }

    @Test func anotherDecoderIsRefused() {
        #expect(throws: DecodingError.self) {
            try Foundation.JSONDecoder().decode(Place.self, from: Data(text(Place(name: "x")).utf8))
        }
    }
}
