import Testing

@testable import ContainerRuntime

/// The home directory comes from a list that a hostile image may have written.
@Suite struct HomeDirectoryTests {
    static let list = """
        root:x:0:0:root:/root:/bin/sh
        0:x:10:10::/zero:/bin/sh
        short:x:11:11
        leading:x:012:12::/octal:/bin/sh
        signed:x:+13:13::/plus:/bin/sh
        empty:x:14:14:::/bin/sh
        twice:x:15:15::/first:/bin/sh
        twice:x:15:15::/second:/bin/sh
        last:x:4294967295:0::/last
        """

    @Test(arguments: [
        (UInt32(0), "/root"), (10, "/zero"), (11, "/"), (12, "/"), (13, "/"), (14, "/"), (15, "/first"), (1, "/"),
        (100, "/"), (.max, "/last"),
    ])
    func theFirstEntryOfTheNumberCounts(_ uid: UInt32, _ home: String) {
        #expect(HomeDirectory.variable(uid, in: Array(Self.list.utf8)) == "HOME=\(home)")
    }

    @Test(arguments: [
        ("", "/"), ("\n\n\n", "/"), (":::::::", "/"), ("a:b:0:c:d:/x", "/x"), ("a:b:0:c:d:/x:y:z", "/x"),
        ("a:b:0:c:d:/\0x:", "/"), (":x:0:0::/\(String(repeating: "y", count: 5000)):\na:x:0:0::/short:", "/short"),
    ])
    func nothingInItIsTrusted(_ list: String, _ home: String) {
        #expect(HomeDirectory.variable(0, in: Array(list.utf8)) == "HOME=\(home)")
    }

    @Test func whatIsNotUTF8IsNoDirectory() {
        #expect(HomeDirectory.variable(0, in: Array("a:x:0:0::/".utf8) + [0xFF, 0xFE] + Array(":".utf8)) == "HOME=/")
    }
}
