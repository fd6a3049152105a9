import Foundation
import Testing

@testable import CommandLineInterface

struct UserNameTests {
    @Test func aUserIsShownByTheNameOfItsFirstLine() throws {
        let scratch = try Scratch()
        try "broken\nroot:x:0:0::/:/bin/sh\nalso:x:0:0::/:\nb\u{1b}d:x:7:7:::\nfew:x:8\n:x:9:9:::".write(
            toFile: scratch.file("passwd"), atomically: false, encoding: .utf8)
        let users = UserNames(path: scratch.file("passwd"))
        #expect(users.shown("#0") == "root")
        #expect(users.shown("#7") == "b\\u{1b}d")
        #expect(users.shown("#8") == "#8")
        #expect(users.shown("#9") == "#9")
        #expect(users.shown("#4294967295") == "#4294967295")
        #expect(users.shown("somebody") == "somebody")
        #expect(users.shown("#-1") == "#-1")
        #expect(users.shown(nil) == "")
    }

    @Test(arguments: ["/nonexistent", "/dev/zero", "/"])
    func withoutAListUsersHaveNoNames(_ path: String) {
        #expect(UserNames(path: path).shown("#0") == "#0")
    }
}
