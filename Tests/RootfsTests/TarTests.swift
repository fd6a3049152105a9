import Foundation
import Support
import Testing

@testable import RootfsTool

/// What is written can be read, by this program and by others.
@Suite struct TarTests {
    private func roundTrip(
        _ entries: [(Metadata, Bytes)], _ compression: Compression
    ) throws -> (entries: [TarEntry], packed: Packed, path: String, workshop: Workshop) {
        let workshop = try Workshop()
        let path = workshop.directory + "/layer"
        let file = try NewFile(path)
        let writer = try LayerWriter(file.file.fd, compression)
        for (metadata, name) in entries { try writer.add(metadata, name) }
        let packed = try writer.finish()
        try file.finish()
        let limits = UnpackLimits()
        let reader = TarReader(
            try LayerReader(try OpenFile.reading(path), offset: 0, size: nil, compression.kind, limits),
            limits)
        var read: [TarEntry] = []
        while let entry = try reader.next() { read.append(entry) }
        return (read, packed, path, workshop)
    }

    static let names: [Bytes] = [
        Bytes("short".utf8), Bytes(repeating: UInt8(ascii: "n"), count: 100),
        Bytes(repeating: UInt8(ascii: "n"), count: 101),
        Bytes(("directory" + String(repeating: "/component", count: 20)).utf8),
        Bytes((String(repeating: "deep/", count: 300) + "end").utf8), [0x66, 0xFF, 0xFE],
        Bytes("ü é".utf8),
        Bytes(String(repeating: "x", count: 255).utf8),
    ]

    @Test(arguments: names) func aNameComesBackAsItWas(_ name: Bytes) throws {
        for kind in [Metadata.Kind.regular, .directory] {
            let result = try roundTrip([(Metadata(kind: kind, mode: 0o755), name)], .plain)
            #expect(pathBelow(result.entries[0].path) == name)
            #expect(result.entries[0].metadata.kind == kind)
        }
    }

    static let odd: [Metadata] = [
        Metadata(kind: .regular, mode: 0o7777, uid: 4_000_000_000, gid: 2_097_152),
        Metadata(
            kind: .regular, mode: 0, uid: 2_097_151, gid: 2_097_151, seconds: -1, nanoseconds: 500_000_000
        ),
        Metadata(kind: .directory, mode: 0o1777, seconds: 1 << 34, nanoseconds: 1),
        Metadata(kind: .regular, mode: 0o644, seconds: -5),
        Metadata(
            kind: .symlink, mode: 0o777, target: Bytes(String(repeating: "/target", count: 100).utf8)),
        Metadata(kind: .character, mode: 0o666, major: 1, minor: 3),
        Metadata(kind: .block, mode: 0o660, major: 259, minor: 70000),
        Metadata(kind: .fifo, mode: 0o600),
        Metadata(
            kind: .regular, mode: 0o755,
            xattrs: [
                .init(name: Bytes("security.capability".utf8), value: [1, 0, 0, 2, 0, 10, 61]),
                .init(name: Bytes("user.x=y".utf8.filter { $0 != UInt8(ascii: "=") }), value: []),
            ]),
    ]

    @Test(arguments: odd) func metadataComesBackAsItWas(_ metadata: Metadata) throws {
        let result = try roundTrip([(metadata, Bytes("file".utf8))], .plain)
        #expect(result.entries[0].metadata == metadata)
    }

    @Test(arguments: [Compression.plain, .gzip, .zstd]) func digestsAreThoseOfTheFiles(
        _ compression: Compression
    ) throws {
        // More than the blocks that are compressed at a time.
        let entries = (0..<30_000).map {
            (Metadata(kind: .regular, mode: 0o644), Bytes("some/name/\($0)".utf8))
        }
        let result = try roundTrip(entries, compression)
        #expect(result.entries.count == entries.count)
        let sum = try result.workshop.sh("sha256sum <layer | cut -d' ' -f1; stat -c %s layer").split(
            separator: "\n")
        #expect(String(sum[0]) == hex(result.packed.digest))
        #expect(Int64(sum[1]) == result.packed.size)
        let program = ["cat", "gzip -dc", "zstd -dc"][Int(compression.kind.rawValue)]
        guard compression.kind != .zstd || FileManager.default.isExecutableFile(atPath: "/usr/bin/zstd")
        else { return }
        let inner = try result.workshop.sh(
            "\(program) <layer | sha256sum | cut -d' ' -f1; \(program) <layer | tar t | wc -l"
        )
        .split(separator: "\n")
        #expect(String(inner[0]) == hex(result.packed.diffDigest))
        #expect(String(inner[1]) == "30000")
    }

    @Test(arguments: ["gnu", "oldgnu", "posix", "ustar", "v7"]) func whatTarWritesIsRead(
        _ format: String
    ) throws {
        let workshop = try Workshop()
        try workshop.makeTree()
        // The older formats can't say everything.
        let isOld = ["ustar", "v7"].contains(format)
        if isOld {
            try workshop.sh(
                "rm -rf tree/home/n*; rm -f tree/dev/null tree/etc/fifo; touch -d @1 tree/etc/passwd")
        }
        try workshop.sh(
            "tar --format=\(format) \(format == "posix" ? "--xattrs" : "") -C tree -cf a.tar . ; xz -k a.tar 2>/dev/null || :; gzip -k a.tar"
        )
        for archive in ["a.tar", "a.tar.gz"] {
            try workshop.tool("make", "t-\(archive)", "--from", "tar:\(archive)", "--keep", "none").get()
            let hasTimes = format == "posix"
            if format != "posix" { _ = try? workshop.sh("setfattr -x user.test tree/etc/passwd") }
            #expect(
                try workshop.everything(about: "t-\(archive)", times: hasTimes)
                    == workshop.everything(about: "tree", times: hasTimes))
        }
        expectRefusal(try workshop.tool("make", "t-xz", "--from", "tar:a.tar.xz"), "xz")
        #expect(!workshop.exists("t-xz"))
    }

    @Test(arguments: ["0.0", "0.1", "1.0", "gnu"]) func sparseFilesKeepTheirHoles(_ format: String)
        throws
    {
        let workshop = try Workshop()
        try workshop.sh(
            """
            mkdir tree; cd tree
            truncate -s 50M holes; echo a | dd of=holes bs=1 seek=20000000 conv=notrunc 2>/dev/null
            truncate -s 3M onlyhole
            for i in $(seq 1 40); do echo $i | dd of=many bs=1 seek=$((i * 100000)) conv=notrunc 2>/dev/null; done
            """)
        let option = format == "gnu" ? "--format=gnu" : "--format=posix --sparse-version=\(format)"
        try workshop.sh("tar \(option) --sparse -C tree -cf a.tar .")
        try workshop.tool("make", "out", "--from", "tar:a.tar", "--keep", "none").get()
        #expect(
            try workshop.everything(about: "out", times: false)
                == workshop.everything(about: "tree", times: false))
        let used = try workshop.sh("du -sk out | cut -f1").trimmingCharacters(
            in: .whitespacesAndNewlines)
        #expect(Int(used) ?? .max < 2000)
    }

    @Test func archivesThatDifferOnlyInTheirOrderOfMakingAreTheSame() throws {
        let workshop = try Workshop()
        try workshop.makeTree()
        for name in ["a", "b"] {
            try workshop.tool(
                "make", name, "--from", "directory:tree", "--keep", "none",
                environment: ["SOURCE_DATE_EPOCH": "1700000000"]
            ).get()
            try workshop.tool(
                "pack", name, "-o", "\(name).tar", "--tag", "x:1",
                environment: ["SOURCE_DATE_EPOCH": "1700000000"]
            ).get()
        }
        #expect(
            try workshop.sh("cmp a.tar b.tar && cmp a.store/manifest b.store/manifest && echo same")
                == "same\n")
    }
}

extension Metadata: CustomTestStringConvertible {
    var testDescription: String {
        "\(kind) \(String(mode, radix: 8)) \(uid) \(seconds).\(nanoseconds)"
    }
}
