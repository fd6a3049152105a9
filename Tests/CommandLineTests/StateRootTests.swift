import LinuxKernel
import Testing

@testable import CommandLineInterface

struct StateRootTests {
    @Test(arguments: [
        ("/", "/"), ("//", "/"), ("/..", "/"), ("/a/../..", "/"), ("/a/./b//c/", "/a/b/c"), ("/a/../b", "/b"),
        ("/a/..b/.c", "/a/..b/.c"), ("/a/..\u{301}/b", "/a/..\u{301}/b"), ("/a/\u{301}", "/a/\u{301}"),
    ])
    func partsThatSayNothingAreRemoved(_ path: (given: String, cleaned: String)) {
        #expect(path.given.cleanedPath.utf8.elementsEqual(path.cleaned.utf8))
    }

    @Test(arguments: ["/", "//", "/tmp/..", "../..", "."])
    func theRootOfAllIsRefused(_ path: String) throws {
        let result = try Program.run("--root", path, "list")
        #expect(result.status == 1)
        #expect(result.error == "Option --root argument should not be set to /\n")
    }

    @Test func emptyTextIsNoDefault() throws {
        let result = try Program.run("--root", "", "list")
        #expect(result.status == 1)
        #expect(result.error == "Option --root argument should not be set to / or be empty\n")
    }

    @Test func aDirectoryThatIsGoneIsSaid() throws {
        let scratch = try Scratch()
        let result = try Program.script(
            "mkdir gone && cd gone && rmdir ../gone && exec \"$0\" --root r list", in: scratch.path)
        #expect(result.status == 1)
        #expect(result.error.contains("the current directory is gone"))
    }
}
