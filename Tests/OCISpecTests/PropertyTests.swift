import Foundation
import JSONCodec
import OCISpec
import Testing

/// The table of the configuration against the model, the tests and the decoder.
@Suite("Table of the configuration") struct PropertyTests {
    private static let document = Result<Value, any Error> {
        try JSONCodec.JSONDecoder().decode(Value.self, from: Array(completeConfiguration.utf8))
    }

    /// The parts of a row's pointer.
    private static func parts(_ property: Property) -> [String] {
        property.pointer.split(separator: "/").map(String.init)
    }

    /// Whether a place is a row's own, or lies below it.
    private static func covers(_ property: Property, _ path: [String]) -> Bool {
        let parts = parts(property)
        return path.count >= parts.count && zip(parts, path).allSatisfy { $0 == "*" || $0 == $1 }
    }

    @Test func everyPropertyHasARowAndOnlyOne() throws {
        for (path, value) in try PropertyTests.document.get().everything where value.children.isEmpty {
            let rows = Property.all.filter { PropertyTests.covers($0, path) }.map(\.pointer)
            #expect(rows.count == 1, "\(pointer(path)): \(rows)")
        }
    }

    @Test func noTwoRowsHaveOnePlace() {
        #expect(Set(Property.all.map(\.pointer)).count == Property.all.count)
    }

    /// A row without a test, or with one that is gone, says that something works which nobody sees.
    @Test func everyRowNamesTestsThatAreThere() throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        var text = ""
        for case let file as URL in FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil)
            ?? .init()
        where file.pathExtension == "swift" {
            text += try String(contentsOf: file, encoding: .utf8)
        }
        #expect(!text.isEmpty)
        for row in Property.all {
            #expect(!row.tests.isEmpty, "\(row.pointer) has no test")
            for name in row.tests {
                // A function, or a row of a table of observations.
                let isThere = text.contains("func \(name)(") || text.contains("name: \"\(name)\"")
                #expect(isThere, "\(row.pointer): there is no test \(name)")
            }
        }
    }

    @Test(arguments: Property.all.map(\.pointer)) func aWrongTypeIsRefusedAtItsPlace(_ place: String) throws {
        let document = try PropertyTests.document.get()
        let row = try #require(Property.all.first { $0.pointer == place })
        let parts = PropertyTests.parts(row)
        let (path, value) = try #require(
            document.everything.first { $0.path.count == parts.count && PropertyTests.covers(row, $0.path) })
        let wrong: Value = if case .string = value { .integer(7) } else { .string("wrong") }
        let changed = try JSONCodec.JSONEncoder().encode(document.replacing(path[...], with: wrong))
        let error = #expect(throws: JSONError.self) { try JSONCodec.JSONDecoder().decode(Spec.self, from: changed) }
        #expect(error?.pointer == pointer(path))
    }

    @Test func theTableSpeaksOfVersionsThatThereAre() {
        for row in Property.all { #expect(["1.0", "1.1", "1.2", "1.3"].contains(row.since), "\(row.pointer)") }
    }
}
