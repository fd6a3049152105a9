import Foundation
import Support
import Testing

@testable import RootfsTool

/// One way to damage a tree.
struct Damage: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var script: String
    /// The line that verify prints.
    var line: String

    init(_ script: String, _ line: String) {
        testDescription = script
        self.script = script
        self.line = line
    }
}

/// What was changed is found, and becomes again what it was.
@Suite(.root) struct RepairTests {
    static let damages = [
        Damage("echo x >>etc/passwd", "content /etc/passwd"),
        Damage("printf 'ROOT' | dd of=etc/passwd conv=notrunc 2>/dev/null", "content /etc/passwd"),
        Damage("rm etc/passwd", "missing /etc/passwd"),
        Damage("chmod 600 etc/passwd", "mode /etc/passwd"),
        Damage("chmod 755 usr/bin/setuid", "mode /usr/bin/setuid"),
        Damage("chown 7:8 etc/empty", "owner /etc/empty"),
        Damage("ln -sfn two usr/bin/link", "link /usr/bin/link"),
        Damage("rm usr/bin/link; echo x >usr/bin/link", "type /usr/bin/link"),
        Damage("rm etc/passwd; mkdir etc/passwd; touch etc/passwd/x", "type /etc/passwd"),
        Damage("rm -rf home", "missing /home"), Damage("rm -rf usr/bin", "missing /usr/bin/setuid"),
        Damage("rm usr/bin/uno; echo one >usr/bin/uno", "missing"),
        Damage("rm etc/fifo", "missing /etc/fifo"), Damage("chmod 755 etc/conf.d", "mode /etc/conf.d"),
        Damage("chown 5 .", "owner /"), Damage("truncate -s 5 etc/sparse", "content /etc/sparse"),
        Damage("mv etc/passwd etc/elsewhere", "added /etc/elsewhere"),
        Damage("rm 'home/with blank # and = and ü'", "missing /home/with blank # and = and ü"),
        Damage("rm -rf usr etc home", "missing /usr"),
    ]

    @Test(arguments: damages) func damageIsFoundAndRepaired(_ damage: Damage) throws {
        let workshop = try Workshop()
        try workshop.makeTree("given")
        try workshop.tool("make", "tree", "--from", "directory:given").get()
        let before = try workshop.everything(about: "tree")
        #expect(try before == workshop.everything(about: "given"))
        #expect(try workshop.tool("verify", "tree", "--times").get().output.isEmpty)
        try workshop.sh("cd tree; " + damage.script)
        let found = try workshop.tool("verify", "tree")
        // A file that was replaced by an equal one is no damage that verify can see but by its names.
        if damage.line != "missing" {
            #expect(found.status == 1)
            #expect(found.output.split(separator: "\n").contains(Substring(damage.line)), "\(found)")
        }
        try workshop.tool("repair", "tree", "--remove-added", "--times").get()
        #expect(try workshop.tool("verify", "tree", "--times").get().output.isEmpty)
        if damage.line != "missing" { #expect(try workshop.everything(about: "tree") == before) }
    }

    @Test(arguments: ["layer", "link", "none"]) func whatIsKeptDecidesWhatCanBeRepaired(
        _ keep: String
    ) throws {
        let workshop = try Workshop()
        try workshop.makeTree("given")
        try workshop.tool("make", "tree", "--from", "directory:given", "--keep", keep).get()
        try workshop.sh("rm tree/usr/bin/big")
        let outcome = try workshop.tool("repair", "tree")
        if keep == "none" {
            expectRefusal(outcome, "1 files could not be restored", "no content is left for /usr/bin/big")
        } else {
            #expect(outcome.output == "restored /usr/bin/big\n")
            try workshop.sh("cmp tree/usr/bin/big given/usr/bin/big")
        }
        // Under another name of the same file, the bad content is there as well: it must not be taken for good.
        try workshop.sh("echo bad >tree/etc/passwd")
        let second = try workshop.tool("repair", "tree", "/etc/passwd")
        if keep == "layer" { #expect(second.succeeded) } else { expectRefusal(second, "/etc/passwd") }
    }

    @Test func onlyWhatIsNamedIsRepaired() throws {
        let workshop = try Workshop()
        try workshop.makeTree("given")
        try workshop.tool("make", "tree", "--from", "directory:given").get()
        try workshop.sh("cd tree; rm -rf usr; echo x >>etc/passwd; touch etc/added")
        try workshop.tool("repair", "tree", "/usr/bin/one").get()
        let rest = try workshop.tool("verify", "tree").output
        #expect(!rest.contains("/usr/bin/one"))
        #expect(
            rest.contains("missing /usr/bin/setuid") && rest.contains("content /etc/passwd")
                && rest.contains("added /etc/added"))
        try workshop.tool("repair", "tree").get()
        #expect(try workshop.tool("verify", "tree").output == "added /etc/added\n")
        try workshop.tool("repair", "tree", "etc").get()
        #expect(try workshop.tool("verify", "tree").get().output.isEmpty)
    }

    @Test func anUnpackedTreeIsRepairedFromItsImage() throws {
        let workshop = try Workshop()
        try workshop.makeTree("given")
        try workshop.tool("make", "tree", "--from", "directory:given", "--keep", "none").get()
        try workshop.tool("pack", "tree", "-o", "image.tar").get()
        try workshop.tool("unpack", "image.tar", "copy").get()
        let before = try workshop.everything(about: "copy")
        try workshop.sh("rm -rf copy/usr; echo bad >copy/etc/passwd")
        try workshop.tool("repair", "copy", "--times").get()
        #expect(try workshop.everything(about: "copy") == before)
        try workshop.sh("rm copy/usr/bin/big; rm image.tar")
        expectRefusal(try workshop.tool("repair", "copy"), "image.tar")
    }

    @Test(.program("mkfs.xfs")) func contentIsSharedByReflinkWhereThatIsPossible() throws {
        let workshop = try Workshop()
        try workshop.sh("truncate -s 400M disk; mkdir mnt; mkfs.xfs -q disk")
        guard (try? workshop.sh("mount -o loop disk mnt")) != nil else {
            try Test.cancel("no loop device to mount XFS with")
        }
        try workshop.makeTree("given")
        try workshop.sh("head -c 30000000 /dev/urandom >given/large")
        try workshop.tool("make", "mnt/tree", "--from", "directory:given").get()
        #expect(workshop.exists("mnt/tree.store/objects"))
        #expect(!workshop.exists("mnt/tree.store/layer.tar.zst"))
        let used = try workshop.sh("df --output=used -k mnt | tail -1").trimmingCharacters(
            in: .whitespacesAndNewlines)
        let before = Int(used) ?? 0
        try workshop.sh("echo bad | dd of=mnt/tree/large conv=notrunc 2>/dev/null")
        try workshop.tool("repair", "mnt/tree").get()
        try workshop.sh("cmp mnt/tree/large given/large; sync")
        let now = try workshop.sh("df --output=used -k mnt | tail -1").trimmingCharacters(
            in: .whitespacesAndNewlines)
        // The content isn't there twice.
        #expect((Int(now) ?? .max) - before < 15_000)
        try workshop.sh("umount mnt")
    }

    @Test func fsVerityGuardsWhereTheFileSystemHasIt() throws {
        let workshop = try Workshop()
        try workshop.sh("truncate -s 100M disk; mkdir mnt; mkfs.ext4 -q -O verity -b 4096 disk")
        guard (try? workshop.sh("mount -o loop disk mnt && touch mnt/x")) != nil else {
            try Test.cancel("no loop device to mount ext4 with")
        }
        try workshop.makeTree("given")
        let outcome = try workshop.tool("make", "mnt/tree", "--from", "directory:given", "--verity")
        if outcome.errors.contains("doesn't support it") || outcome.errors.contains("not supported") {
            // At least it is said, and nothing is left.
            expectRefusal(outcome, "fs-verity")
            #expect(try workshop.sh("ls -A mnt") == "lost+found\nx\n")
            try workshop.sh("umount mnt")
            try Test.cancel("this kernel has no fs-verity")
        }
        try outcome.get()
        #expect(try workshop.sh("grep -c fsverity= mnt/tree.store/manifest") != "0\n")
        #expect((try? workshop.sh("echo x >>mnt/tree/etc/passwd")) == nil)
        try workshop.sh("rm mnt/tree/etc/passwd")
        try workshop.tool("repair", "mnt/tree").get()
        #expect(try workshop.tool("verify", "mnt/tree").get().output.isEmpty)
        try workshop.sh("umount mnt")
    }
}

/// The manifest's text.
@Suite struct ManifestTests {
    @Test func whatIsWrittenIsRead() throws {
        var manifest = Manifest()
        manifest.entries = [
            .init(path: [], metadata: Metadata(kind: .directory, mode: 0o755)),
            .init(
                path: Bytes("a b#c=d\\e\nf/ü".utf8) + [0xFF],
                metadata: Metadata(
                    kind: .regular, mode: 0o4755, uid: 4_000_000_000, gid: 1, size: 5, seconds: -3,
                    nanoseconds: 7,
                    xattrs: [.init(name: Bytes("user.odd name=x".utf8), value: Bytes(0...255))]),
                digest: Bytes(repeating: 0xAB, count: 32), verity: Bytes(repeating: 1, count: 32), group: 1),
            .init(
                path: Bytes("l".utf8),
                metadata: Metadata(kind: .symlink, mode: 0o777, target: Bytes("to here".utf8))),
            .init(
                path: Bytes("n".utf8),
                metadata: Metadata(kind: .block, mode: 0o660, major: 259, minor: 70_000)),
        ]
        #expect(try Manifest(text: manifest.text()).entries == manifest.entries)
    }

    @Test(arguments: [
        "./x type=nothing", "./x type=file mode=9", "x type=file", "./../x type=file", "./x novalue",
        "./x type=file xattr.user.a=?",
    ])
    func whatIsNoManifestIsRefused(_ line: String) {
        #expect(throws: ToolError.self) { try Manifest(text: Bytes(("#mtree\n" + line + "\n").utf8)) }
    }

    @Test(arguments: 0..<70) func base64ComesBack(_ count: Int) throws {
        let bytes = Bytes((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) })
        #expect(base64(bytes) == Data(bytes).base64EncodedString())
        #expect(unbase64(base64(bytes).utf8) == bytes)
    }

    @Test(.program("bsdtar")) func libarchiveReadsIt() throws {
        let workshop = try Workshop()
        try workshop.makeTree("given")
        try workshop.tool("make", "tree", "--from", "directory:given", "--keep", "none").get()
        let listed = try workshop.sh(
            "bsdtar -tf tree.store/manifest 2>/dev/null | wc -l; find tree | wc -l"
        ).split(separator: "\n")
        #expect(listed[0] == listed[1])
    }
}
