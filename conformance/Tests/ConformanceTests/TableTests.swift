import Testing

@testable import Conformance

@Suite struct TableTests {
    @Test func theSpecificationHas310MustAnd43ShouldSentences() {
        #expect(Requirements.all.count == 353)
        #expect(Requirements.all.count { $0.level == .must } == 310)
        #expect(Set(Requirements.all.map(\.id)).count == 353)
    }

    @Test func everySentenceSaysInAFewWordsWhatItAsks() {
        for item in Requirements.all {
            #expect(item.asks.count > 10 && item.asks.hasSuffix("."), "\(item.id)")
            #expect(item.section.contains(".md, "), "\(item.id)")
        }
    }

    @Test func everySentenceHasACaseOrAReasonAndNotBoth() {
        let coverage = Coverage()
        #expect(coverage.open.isEmpty)
        #expect(coverage.unknown.isEmpty)
        #expect(coverage.contradictory.isEmpty)
    }

    @Test func fourOutOfFiveMustSentencesThatApplyToLinuxHaveACase() {
        let must = Coverage.linux.filter { $0.level == .must }
        let covered = Coverage().covered
        #expect(must.count { covered[$0.id] != nil } * 5 >= must.count * 4)
    }

    @Test func casesHaveNamesOfTheirOwnAndDecideSomething() {
        #expect(Set(Cases.all.map(\.id)).count == Cases.all.count)
        for item in Cases.all {
            #expect(!item.decides.isEmpty, "\(item.id)")
            #expect(item.id.contains("/") && !item.title.isEmpty, "\(item.id)")
        }
    }

    @Test func aCaseWithoutABrokenRuntimeSaysWhy() {
        for item in Cases.all where !item.fault.provable { #expect(item.fault.description.count > 20, "\(item.id)") }
        #expect(Cases.all.count { !$0.fault.provable } < 5)
    }

    @Test func theLevelOfACaseIsThatOfItsStrongestSentence() {
        #expect(Cases.all.first { $0.id == "process/cwd" }?.level == .must)
        #expect(Cases.all.first { $0.id == "mount-options/rro" }?.level == .should)
    }
}
