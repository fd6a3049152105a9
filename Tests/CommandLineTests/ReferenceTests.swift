import Foundation
import Testing

@testable import CommandLineInterface

struct ReferenceTests {
    @Test(arguments: Reference.Chapter.allCases)
    func aCommittedChapterIsWhatTheTablesSay(_ chapter: Reference.Chapter) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appendingPathComponent("docs/\(chapter.rawValue).md")
        let committed = try String(contentsOf: file, encoding: .utf8)
        #expect(
            committed == chapter.text, "print it anew: swrun docs \(chapter.rawValue) > docs/\(chapter.rawValue).md")
    }
}
