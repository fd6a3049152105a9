import Foundation
import Support
import Testing

@testable import RootfsTool

/// An image is taken only if it is what it promises to be.
@Suite(.root) struct ImageTests {
    private let layer: Bytes = {
        var archive = HandMade()
        archive.add("d/f", content: "content")
        archive.add("d/g", content: "content")
        return archive.ended
    }()

    private func refused(
        _ words: String..., change: (inout ImageMaker) -> Void,
        after: (Workshop) throws -> Void = { _ in }
    ) throws {
        let workshop = try Workshop()
        var maker = ImageMaker(workshop)
        change(&maker)
        try maker.make([layer])
        try after(workshop)
        let outcome = try workshop.tool("unpack", "image", "tree")
        for word in words { expectRefusal(outcome, word) }
        #expect(workshop.names == ["image"])
    }

    @Test func aDamagedLayerIsRefused() throws {
        try refused(
            "digest",
            change: {
                $0.damage = { $0.enumerated().map { $0.offset == 513 ? $0.element ^ 1 : $0.element } }
            })
    }
    @Test func aCutLayerIsRefused() throws {
        try refused("instead of", change: { $0.damage = { Bytes($0.dropLast(512)) } })
    }
    @Test func aWrongInnerDigestIsRefused() throws {
        try refused("unpacked doesn't have", change: { $0.lie = true })
    }
    @Test func anUnknownLayerTypeIsRefused() throws {
        try refused(
            "unknown media type application/x-lzma", change: { $0.layerType = "application/x-lzma" })
    }
    @Test func anUnknownManifestTypeIsRefused() throws {
        try refused("unknown media type", change: { $0.manifestType = "text/plain" })
    }
    @Test func aPlainLayerThatClaimsToBeGzipIsRefused() throws {
        try refused("corrupt", change: { $0.layerType = MediaType.layer + "+gzip" })
        try refused("corrupt", change: { $0.layerType = MediaType.layer + "+zstd" })
    }
    /// The same in one file, compressed as images mostly are.
    @Test(arguments: ["gzip", "zstd", "none"]) func aDamagedArchiveIsRefused(_ compression: String) throws {
        let workshop = try Workshop()
        try workshop.sh("mkdir given; head -c 300000 /dev/urandom >given/random")
        try workshop.tool("pack", "given", "-o", "image.tar", "--compress", compression).get()
        try workshop.sh(
            """
            head -c 100000 image.tar >cut.tar; cp image.tar bad.tar
            printf 'XXXXXXXX' | dd of=bad.tar bs=1 seek=150000 conv=notrunc 2>/dev/null
            """)
        expectRefusal(try workshop.tool("unpack", "cut.tar", "tree"))
        expectRefusal(try workshop.tool("unpack", "bad.tar", "tree"), "layer 1")
        expectRefusal(try workshop.run(["sh", "-c", "'\(Workshop.tool)' unpack - tree <bad.tar"]), "layer 1")
        #expect(workshop.names == ["bad.tar", "cut.tar", "given", "image.tar"])
    }
    @Test func aMissingBlobIsRefused() throws {
        try refused(
            "missing", change: { _ in },
            after: { try $0.sh("cd image/blobs/sha256; rm $(ls -S | head -1)") })
    }
    @Test func aChangedManifestIsRefused() throws {
        try refused(
            "digest", change: { _ in },
            after: {
                try $0.sh(
                    "cd image/blobs/sha256; for f in *; do grep -q '\"layers\":\\[{' $f && sed -i 's/schemaVersion\":2/schemaVersion\":3/' $f; done; true"
                )
            })
    }
    @Test func amongSeveralImagesOneIsChosen() throws {
        let workshop = try Workshop()
        var maker = ImageMaker(workshop)
        maker.references = ["a:1", "b:2"]
        try maker.make([layer])
        expectRefusal(try workshop.tool("unpack", "image", "tree"), "2 images", "--ref", "a:1")
        try workshop.tool("unpack", "image", "tree", "--ref", "b:2").get()
        expectRefusal(try workshop.tool("unpack", "image", "other", "--ref", "c"), "no image called c")
    }
    @Test func theLayoutIsNoWayOut() throws {
        let workshop = try Workshop()
        try ImageMaker(workshop).make([layer])
        try workshop.sh(
            "cd image/blobs/sha256; f=$(ls -S | head -1); mv $f ../../../elsewhere; ln -s ../../../elsewhere $f"
        )
        expectRefusal(try workshop.tool("unpack", "image", "tree"), "cannot open")
    }
    @Test func noImageIsNoImage() throws {
        let workshop = try Workshop()
        try workshop.sh("mkdir empty; echo text >text; gzip -k text")
        expectRefusal(
            try workshop.tool("unpack", "empty", "tree"), "neither index.json nor manifest.json")
        expectRefusal(try workshop.tool("unpack", "text", "tree"), "no archive of an image")
        expectRefusal(try workshop.tool("unpack", "text.gz", "tree"), "compressed as a whole")
        expectRefusal(
            try workshop.tool("unpack", "nowhere", "tree"), "ENOENT".isEmpty ? "" : "no such file")
    }

    @Test func whiteoutsDeleteWhatLowerLayersBroughtAndOnlyThat() throws {
        let workshop = try Workshop()
        var first = HandMade()
        first.add("a/x", content: "1")
        first.add("a/y", content: "1")
        first.add("b/x", content: "1")
        first.add("b/sub/deep", content: "1")
        first.add("c", content: "file")
        var second = HandMade()
        second.add("a/.wh.x")
        second.add("b/new", content: "2")
        second.add("b/.wh..wh..opq")
        second.add("c/", type: "5", mode: 0o755)
        second.add("c/inside", content: "2")
        second.add("a/.wh.nothere")
        second.add("z", content: "2")
        second.add(".wh.z")
        try ImageMaker(workshop).make([first.ended, second.ended])
        try workshop.tool("unpack", "image", "tree", "--keep", "none").get()
        #expect(
            try workshop.sh("cd tree; find . -mindepth 1 | sort")
                == "./a\n./a/y\n./b\n./b/new\n./c\n./c/inside\n./z\n")
    }
}
