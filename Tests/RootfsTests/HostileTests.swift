import Foundation
import Support
import Testing

@testable import RootfsTool

/// An archive made by hand.
struct HandMade {
    private(set) var bytes: Bytes = []

    mutating func add(
        _ name: String, type: Character = "0", link: String = "", mode: UInt32 = 0o644,
        content: String = "",
        size: Int64? = nil, pax: [(String, String)] = []
    ) {
        if !pax.isEmpty {
            var records = PaxRecords()
            for (key, value) in pax { records.add(key, value) }
            raw("pax", type: "x", content: records.bytes)
        }
        raw(name, type: type, link: link, mode: mode, content: Bytes(content.utf8), size: size)
    }

    mutating func raw(
        _ name: String, type: Character, link: String = "", mode: UInt32 = 0o644, content: Bytes,
        size: Int64? = nil
    ) {
        var block = TarBlock()
        _ = block.setName(Bytes(name.utf8))
        _ = block.setLink(Bytes(link.utf8))
        _ = block.setSize(size ?? Int64(content.count))
        block.setRest(mode: mode, type: type, major: 1, minor: 3)
        bytes +=
            block.sealed() + content + Bytes(repeating: 0, count: (512 - content.count % 512) % 512)
    }

    var ended: Bytes { bytes + Bytes(repeating: 0, count: 1024) }
}

/// One attack: the archive, and what the message says.
struct Attack: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var options: [String] = []
    /// nil: it is taken, and harms nobody.
    var refusal: String?
    /// Afterwards, a shell command in the tree that must succeed.
    var proof = "true"
    var archive: @Sendable (String) -> Bytes
}

private func made(_ fill: (inout HandMade) -> Void) -> Bytes {
    var archive = HandMade()
    fill(&archive)
    return archive.ended
}

/// Nothing that an archive says reaches outside of the tree, or harms the machine.
@Suite struct HostileTests {
    static let attacks: [Attack] = [
        Attack(testDescription: "a name with ..", refusal: "leads out of the tree") { _ in
            made { $0.add("../canary", content: "evil") }
        },
        Attack(testDescription: "a name with .. in the middle", refusal: "leads out of the tree") { _ in
            made { $0.add("a/b/../../../canary", content: "evil") }
        },
        Attack(testDescription: "a pax name with ..", refusal: "leads out of the tree") { _ in
            made { $0.add("fine", content: "evil", pax: [("path", "x/../../canary")]) }
        },
        Attack(
            testDescription: "an absolute name stays in the tree", proof: "test -e tmp/canary-dir/file"
        ) { _ in
            made { $0.add("/tmp/canary-dir/file", content: "x") }
        },
        Attack(
            testDescription: "a link out, then a file behind it, stays in the tree",
            refusal: "is no directory"
        ) { outside in
            made {
                $0.add("l", type: "2", link: outside)
                $0.add("l/canary", content: "evil")
            }
        },
        Attack(testDescription: "a link upwards, then a file behind it", proof: "test -f canary") { _ in
            made {
                $0.add("l", type: "2", link: "../../..")
                $0.add("l/canary", content: "inside")
            }
        },
        Attack(
            testDescription: "a link to a file, then that name as a file", proof: "test -f f -a ! -L f"
        ) { outside in
            made {
                $0.add("f", type: "2", link: outside + "/canary")
                $0.add("f", content: "evil")
            }
        },
        Attack(testDescription: "a link chain out", refusal: "is no directory") { outside in
            made {
                $0.add("a", type: "2", link: outside)
                $0.add("b", type: "2", link: "a")
                $0.add("b/canary", content: "evil")
            }
        },
        Attack(testDescription: "a hard link out by ..", refusal: "leads out of the tree") { _ in
            made { $0.add("h", type: "1", link: "../canary") }
        },
        Attack(testDescription: "a hard link to an absolute name", refusal: "isn't in the tree") {
            outside in
            made { $0.add("h", type: "1", link: outside + "/canary") }
        },
        Attack(testDescription: "a hard link through a link", refusal: "isn't in the tree") { outside in
            made {
                $0.add("l", type: "2", link: outside)
                $0.add("h", type: "1", link: "l/canary")
            }
        },
        Attack(
            testDescription: "a hard link to a link, then written through", proof: "test -f h -a ! -L h"
        ) { outside in
            made {
                $0.add("l", type: "2", link: outside + "/canary")
                $0.add("h", type: "1", link: "l")
                $0.add("h", content: "evil")
            }
        },
        Attack(testDescription: "a hard link to a directory", refusal: "names the directory") { _ in
            made {
                $0.add("d/", type: "5", mode: 0o755)
                $0.add("h", type: "1", link: "d")
            }
        },
        Attack(
            testDescription: "a file where a directory was, with content below",
            refusal: "is no directory"
        ) { _ in
            made {
                $0.add("d", content: "file")
                $0.add("d/x", content: "x")
            }
        },
        Attack(testDescription: "the root as a link", refusal: "root that is no directory") { outside in
            made { $0.add("./", type: "2", link: outside) }
        },
        Attack(testDescription: "an unknown type", refusal: "unknown type") { _ in
            made { $0.add("x", type: "Z") }
        },
        Attack(
            testDescription: "a bomb of bytes", options: ["--max-size", "1M"],
            refusal: "unpacks to more than"
        ) { _ in
            made { for i in 0..<3 { $0.add("f\(i)", content: String(repeating: "x", count: 600_000)) } }
        },
        Attack(
            testDescription: "a bomb of files", options: ["--max-entries", "100"],
            refusal: "more than 100 entries"
        ) { _ in
            made { for i in 0..<101 { $0.add("f\(i)") } }
        },
        Attack(testDescription: "a size that isn't there", refusal: "cut off") { _ in
            made { $0.add("f", content: "abc", size: 1 << 32) }
        },
        Attack(testDescription: "a negative size in base 256", refusal: "size") { _ in
            var block = TarBlock()
            _ = block.setName(Bytes("f".utf8))
            block.setRest(mode: 0o644, type: "0", major: 0, minor: 0)
            for index in 124..<136 { block.bytes[index] = 0xFF }
            return block.sealed() + Bytes(repeating: 0, count: 1024)
        },
        Attack(testDescription: "a pax header of a gigabyte", refusal: "header of type x has") { _ in
            made { $0.raw("p", type: "x", content: [], size: 1 << 30) }
        },
        Attack(testDescription: "a pax record longer than the header", refusal: "impossible length") {
            _ in
            made {
                $0.raw("p", type: "x", content: Bytes("999 path=x\n".utf8))
                $0.add("x")
            }
        },
        Attack(testDescription: "a pax number that is none", refusal: "is no number") { _ in
            made { $0.add("x", pax: [("size", "-1")]) }
        },
        Attack(testDescription: "a NUL in a pax name", refusal: "NUL") { _ in
            made { $0.add("x", pax: [("path", "a\0b")]) }
        },
        Attack(testDescription: "seventeen headers for one entry", refusal: "more than 16 headers") {
            _ in
            made { for _ in 0..<20 { $0.raw("p", type: "x", content: Bytes("6 a=b\n".utf8)) } }
        },
        Attack(testDescription: "a wrong checksum", refusal: "checksum") { _ in
            var bytes = made { $0.add("f", content: "x") }
            bytes[0] ^= 1
            return bytes
        },
        Attack(testDescription: "a name of 300 bytes", refusal: "too long") { _ in
            made { $0.add("x", pax: [("path", String(repeating: "n", count: 300))]) }
        },
        Attack(testDescription: "a path of 5000 bytes", refusal: "more than 4096") { _ in
            made { $0.add("x", pax: [("path", String(repeating: "n/", count: 2500))]) }
        },
        Attack(testDescription: "a sparse file whose map overlaps", refusal: "impossible map") { _ in
            made {
                $0.add(
                    "s", content: "abcd",
                    pax: [("GNU.sparse.size", "10"), ("GNU.sparse.map", "4,2,3,2")])
            }
        },
        Attack(testDescription: "a sparse file whose map overflows", refusal: "impossible map") { _ in
            made {
                $0.add(
                    "s", content: "abcd",
                    pax: [("GNU.sparse.size", "10"), ("GNU.sparse.map", "9223372036854775807,4")])
            }
        },
        Attack(testDescription: "a sparse file of 8 EiB", refusal: "unpacks to more than") { _ in
            made {
                $0.add(
                    "s", content: "abcd",
                    pax: [("GNU.sparse.size", "9223372036854775807"), ("GNU.sparse.map", "0,4")])
            }
        },
        Attack(testDescription: "a sparse map of endless parts", refusal: "too many parts") { _ in
            made {
                $0.add(
                    "s", content: "99999999\n" + String(repeating: "\0", count: 503),
                    pax: [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.size", "10")])
            }
        },
        Attack(testDescription: "nothing at all", refusal: "empty") { _ in
            Bytes(repeating: 0, count: 1024)
        },
        Attack(testDescription: "no archive", refusal: "checksum") { _ in
            Bytes(repeating: 0x41, count: 2048)
        },
        Attack(
            testDescription: "an attribute of overlayfs",
            proof: "! getfattr -d -m - d 2>/dev/null | grep overlay"
        ) { _ in
            made {
                $0.add("d/", type: "5", mode: 0o755, pax: [("SCHILY.xattr.trusted.overlay.opaque", "y")])
            }
        },
    ]

    @Test(.root, arguments: attacks) func anAttackHarmsNobody(_ attack: Attack) throws {
        let workshop = try Workshop()
        try workshop.sh("mkdir outside inner; echo alive >canary; echo alive >outside/canary")
        try workshop.write("evil.tar", attack.archive(workshop.directory + "/outside"))
        let outcome = try workshop.run(
            [Workshop.tool, "make", "inner/tree", "--from", "tar:evil.tar", "--keep", "none"]
                + attack.options)
        if let refusal = attack.refusal {
            expectRefusal(outcome, refusal)
            // Nothing half-done.
            #expect(try workshop.sh("find inner") == "inner\n")
        } else {
            #expect(outcome.succeeded, "\(outcome)")
            try workshop.sh("cd inner/tree && \(attack.proof)")
        }
        #expect(try workshop.sh("cat canary outside/canary; ls outside") == "alive\nalive\ncanary\n")
        #expect(!FileManager.default.fileExists(atPath: "/tmp/canary-dir"))
    }

    @Test(.root) func ordinaryUsersGetNoDevices() throws {
        let workshop = try Workshop()
        try workshop.write("evil.tar", made { $0.add("sda", type: "4", mode: 0o666) })
        try workshop.sh("mkdir mine; chown 65534 mine")
        let refused = try workshop.tool("make", "mine/t", "--from", "tar:evil.tar", uid: 65534)
        expectRefusal(refused, "is a device", "--skip-devices")
        try workshop.tool("make", "mine/t", "--from", "tar:evil.tar", "--skip-devices", uid: 65534)
            .get()
        #expect(!workshop.exists("mine/t/sda"))
    }

    /// Whiteouts work inside of their directory only.
    @Test(.root, arguments: [".wh...", ".wh..", ".wh."]) func aWhiteoutDeletesNothingElse(
        _ name: String
    ) throws {
        let workshop = try Workshop()
        try ImageMaker(workshop).make([
            made { $0.add("d/f", content: "x") }, made { $0.add("d/" + name) },
        ])
        expectRefusal(try workshop.tool("unpack", "image", "tree"), "outside of its directory")
        #expect(!workshop.exists("tree"))
    }

    @Test(.root) func namesThatAFileSystemTakesForTheSameAreRefused() throws {
        let workshop = try Workshop()
        try workshop.sh("mkdir folding; truncate -s 20M disk")
        let isThere =
            (try? workshop.sh(
                "mkfs.ext4 -q -O casefold disk && mount -o loop disk folding && chattr +F folding/lost+found/.."
            )) != nil
            || (try? workshop.sh("mkfs.vfat disk >/dev/null && mount -o loop,quiet disk folding")) != nil
        if !isThere {
            try Test.cancel(
                "the kernel has no file system here that folds names (ext4 with casefold, vfat)")
        }
        try workshop.write(
            "evil.tar",
            made {
                $0.add("File", content: "one")
                $0.add("file", content: "two")
            })
        expectRefusal(
            try workshop.tool("make", "folding/t", "--from", "tar:evil.tar", "--keep", "none"),
            "only in case")
    }
}
