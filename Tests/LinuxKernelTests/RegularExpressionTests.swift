import LinuxKernel
import Testing

@Suite struct RegularExpressionTests {
    @Test(
        arguments: [
            ("b", "abc", true), ("^b", "abc", false), ("^a.c$", "abc", true), ("B", "abc", false), ("a|x", "abc", true),
            ("ab{2}", "abbc", true), ("ab{2}", "abc", false), ("a\\{1\\}", "a", false), ("(a)\\1", "aa", true),
            ("[[:digit:]]+$", "a12", true), ("", "abc", true), (".", "", false), ("é", "aéb", true),
        ] as [(String, String, Bool)])
    func aPartOfTheTextMatches(_ pattern: String, _ text: String, _ matches: Bool) throws {
        #expect(try RegularExpression(pattern).matches(text) == matches)
    }

    @Test(arguments: ["(", "[", "a{1", "a{2,1}", "[z-a]", "\\", "[[:nonsense:]]", "*a{99999999999}"])
    func aMistakeIsExplained(_ pattern: String) {
        do {
            _ = try RegularExpression(pattern)
            Issue.record("it is taken")
        } catch {
            #expect(!error.words.isEmpty)
        }
    }
}
