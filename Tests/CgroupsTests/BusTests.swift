import Foundation
import OCISpec
import Testing

@testable import Cgroups

/// The bus' form of values and messages.
@Suite struct BusFormTests {
    /// As a person reads it off the specification: fields of a message, padded to 8 bytes.
    @Test func theFirstMessageOfEveryoneIsKnownByteForByte() {
        var hello = BusMessage(
            call: "Hello", of: "org.freedesktop.DBus", at: "/org/freedesktop/DBus", to: "org.freedesktop.DBus")
        hello.serial = 1
        let text =
            "l\u{1}\0\u{1}" + "\0\0\0\0" + "\u{1}\0\0\0" + "\u{6d}\0\0\0"
            + "\u{1}\u{1}o\0\u{15}\0\0\0/org/freedesktop/DBus\0\0\0"
            + "\u{2}\u{1}s\0\u{14}\0\0\0org.freedesktop.DBus\0\0\0\0"
            + "\u{3}\u{1}s\0\u{5}\0\0\0Hello\0\0\0" + "\u{6}\u{1}s\0\u{14}\0\0\0org.freedesktop.DBus\0\0\0\0"
        #expect(hello.encoded == Array(text.utf8))
    }

    @Test(
        arguments: [
            (BusValue.byte(7), [7]), (.boolean(true), [1, 0, 0, 0]), (.int16(-2), [0xFE, 0xFF]),
            (.uint32(0x0102_0304), [4, 3, 2, 1]), (.uint64(1), [1, 0, 0, 0, 0, 0, 0, 0]),
            (.double(1), [0, 0, 0, 0, 0, 0, 0xF0, 0x3F]), (.string("ab"), [2, 0, 0, 0, 0x61, 0x62, 0]),
            (.signature("as"), [2, 0x61, 0x73, 0]),
            (.array(of: "s", []), [0, 0, 0, 0]), (.array(of: "y", [.byte(1), .byte(2)]), [2, 0, 0, 0, 1, 2]),
            // The padding before the first element doesn't count.
            (.array(of: "t", [.uint64(1)]), [8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]),
            (.variant(.uint32(5)), [1, 0x75, 0, 0, 5, 0, 0, 0]),
            (.structure([.byte(1), .uint64(2)]), [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]),
        ] as [(BusValue, [UInt8])])
    func aValueHasItsBytesAndIsReadBack(_ value: BusValue, _ bytes: [UInt8]) throws {
        var writer = BusWriter()
        writer.put(value)
        #expect(writer.bytes == bytes)
        var reader = BusReader(bytes)
        #expect(try reader.values(value.type) == [value])
    }

    @Test func aMessageIsReadBack() throws {
        var message = BusMessage(
            call: "StartTransientUnit", of: "a.b", at: "/a", to: nil,
            [
                .string("x.scope"),
                .array(of: "(sv)", [.structure([.string("PIDs"), .variant(.array(of: "u", [.uint32(7)]))])]),
            ])
        message.serial = 9
        let bytes = message.encoded
        #expect(BusMessage.length(Array(bytes.prefix(16))) == bytes.count)
        #expect(try BusMessage(decoding: bytes) == message)
    }

    /// Whatever comes is refused or read, and never read beyond its end.
    @Test func noDamageMakesTheReaderFail() throws {
        var message = BusMessage(
            call: "M", of: "a.b", at: "/a", to: "c.d",
            [.array(of: "(sv)", [.structure([.string("n"), .variant(.array(of: "as", []))])]), .uint64(1)])
        message.serial = 1
        let good = message.encoded
        for index in good.indices {
            for byte: UInt8 in [0, 1, 0x28, 0x61, 0x76, 0x7F, 0xFF] {
                var bad = good
                bad[index] = byte
                _ = BusMessage.length(bad)
                _ = try? BusMessage(decoding: bad)
                _ = try? BusMessage(decoding: Array(bad.prefix(index)))
            }
        }
        var endless = BusReader([0xFF, 0xFF, 0xFF, 0xFF])
        #expect(throws: BusFormError.self) { try endless.values("a()") }
        var deep = BusReader((0..<64).flatMap { _ in [1, UInt8(ascii: "v"), 0] })
        #expect(throws: BusFormError.self) { try deep.values("v") }
    }

    @Test(
        arguments: [
            ("unix:path=/run/bus", BusAddress.path("/run/bus")), ("unix:abstract=/tmp/x,guid=00", .abstract("/tmp/x")),
            ("tcp:host=a;unix:guid=1,path=/a%20b", .path("/a b")), ("tcp:host=a", nil), ("unix:path=", nil),
            ("unix:path=/a%0", nil), ("unix:path=/a%00", nil), ("", nil),
        ] as [(String, BusAddress?)])
    func anAddressIsRead(_ text: String, _ address: BusAddress?) { #expect(BusAddress(text) == address) }

    @Test(
        arguments: [
            ("15", .int32(15)), ("-1", .int32(-1)), ("uint64 10000000", .uint64(10_000_000)), ("byte 0x1f", .byte(31)),
            ("true", .boolean(true)), ("'a\\'b'", .string("a'b")), ("\"x\"", .string("x")), ("1.5", .double(1.5)),
            ("['a', 'b']", .array(of: "s", [.string("a"), .string("b")])), ("@as []", .array(of: "s", [])),
            ("[uint32 1, 2]", .array(of: "u", [.uint32(1), .uint32(2)])),
            ("[('a', uint64 5)]", .array(of: "(st)", [.structure([.string("a"), .uint64(5)])])),
            ("<int64 3>", .variant(.int64(3))), (" 'inactive-or-failed' ", .string("inactive-or-failed")),
            ("[]", nil), ("", nil), ("'a", nil), ("uint64 -1", nil), ("byte 256", nil), ("nonsense", nil), ("1 2", nil),
            ("['a', 1]", nil), ("{'a': 1}", nil), ("uint64 'a'", nil), ("@q 70000", nil),
            (String(repeating: "[", count: 40), nil),
        ] as [(String, BusValue?)])
    func anAnnotationsTextIsRead(_ text: String, _ value: BusValue?) { #expect(VariantText.value(of: text) == value) }
}

/// Units and their properties.
@Suite struct SystemdUnitTests {
    @Test(
        arguments: [
            (nil, false, "swrun-c1.scope", "system.slice", "/system.slice/swrun-c1.scope"),
            (nil, true, "swrun-c1.scope", "user.slice", "/user.slice/swrun-c1.scope"),
            ("machine.slice:libpod:7f", false, "libpod-7f.scope", "machine.slice", "/machine.slice/libpod-7f.scope"),
            (":p:n", false, "p-n.scope", "system.slice", "/system.slice/p-n.scope"),
            ("a-b-c.slice::n", false, "-n.scope", "a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice/-n.scope"),
            ("-.slice:p:n", false, "p-n.scope", "-.slice", "/p-n.scope"),
        ] as [(String?, Bool, String, String, String)])
    func aCgroupsPathNamesAUnit(
        _ path: String?, _ isUsers: Bool, _ name: String, _ slice: String, _ directory: String
    ) throws {
        let unit = try SystemdUnit(cgroupsPath: path, id: "c1", isUsers: isUsers)
        #expect((unit.name, unit.slice) == (name, slice))
        let host = CgroupHost(
            mode: .v2, hierarchies: [.init(controllers: ["pids"], mountPoint: "/cg", isUnified: true)])
        #expect(try unit.layout(below: "/", on: host).places.map(\.directory) == ["/cg" + directory])
        #expect(try unit.layout(below: "/u", on: host).places.map(\.path) == ["/u" + directory])
    }

    @Test(arguments: [
        "/a/b", "a", "a:b", "a:b:c:d", "x:p:n", "a--b.slice:p:n", "a/b.slice:p:n", "s.slice:p/q:n",
        "s.slice:p:n.slice", "s.slice:../x:n", "s.slice:p:\u{e9}", ".slice:p:n",
    ])
    func whatNamesNoUnitIsRefused(_ path: String) {
        #expect(throws: CgroupError.self) { try SystemdUnit(cgroupsPath: path, id: "c1", isUsers: false) }
    }

    /// Version 1: the same place in every hierarchy, whoever makes it there.
    @Test func onVersion1AUnitHasAPlaceInEveryHierarchy() throws {
        let host = CgroupHost(
            mode: .hybrid,
            hierarchies: [
                .init(controllers: ["freezer"], mountPoint: "/cg/freezer", ownPath: "/x"),
                .init(controllers: ["name=systemd"], mountPoint: "/cg/systemd"),
                .init(controllers: [], mountPoint: "/cg/unified", isUnified: true),
            ])
        let layout = try SystemdUnit(cgroupsPath: "a-b.slice:p:n", id: "c1", isUsers: false).layout(
            below: "/", on: host)
        #expect(layout.mode == .hybrid)
        #expect(
            layout.places.map(\.directory)
                == ["freezer", "systemd", "unified"].map { "/cg/\($0)/a.slice/a-b.slice/p-n.scope" })
        #expect(layout.places.map(\.isUnified) == [false, false, true])
        let users = try SystemdUnit(cgroupsPath: nil, id: "c1", isUsers: true)
        #expect(throws: CgroupError(.locate, .usersSystemdNeedsUnified, path: "swrun-c1.scope")) {
            try users.layout(below: "/", on: host)
        }
    }

    private func limits(_ file: String, _ value: String, version: Int = 257) throws -> [UnitProperty] {
        try UnitProperty.limits([CgroupSetting("x", file, value, pointer: "/p")], on: .v2, version: version)
    }

    @Test(
        arguments: [
            ([("memory.limit_in_bytes", "1024")], [("MemoryLimit", .uint64(1024))]),
            ([("memory.limit_in_bytes", "-1")], [("MemoryLimit", .uint64(.max))]),
            ([("memory.memsw.limit_in_bytes", "1")], []), ([("memory.soft_limit_in_bytes", "1")], []),
            ([("cpu.shares", "512")], [("CPUShares", .uint64(512))]),
            ([("blkio.weight", "300")], [("BlockIOWeight", .uint64(300))]),
            ([("pids.max", "9")], [("TasksMax", .uint64(9))]), ([("cpu.idle", "1")], []),
            (
                [("cpu.cfs_period_us", "50000"), ("cpu.cfs_quota_us", "20000")],
                [("CPUQuotaPeriodUSec", .uint64(50000)), ("CPUQuotaPerSecUSec", .uint64(400_000))]
            ),
            (
                [("cpu.cfs_quota_us", "20000")],
                [("CPUQuotaPeriodUSec", .uint64(100_000)), ("CPUQuotaPerSecUSec", .uint64(200_000))]
            ),
            (
                [("cpu.cfs_quota_us", "-1")],
                [("CPUQuotaPeriodUSec", .uint64(100_000)), ("CPUQuotaPerSecUSec", .uint64(.max))]
            ),
            ([("cpuset.cpus", "0")], [("AllowedCPUs", .array(of: "y", [.byte(1)]))]),
        ] as [([(String, String)], [(String, BusValue)])])
    func aLimitOfVersion1IsAProperty(_ files: [(String, String)], _ expected: [(String, BusValue)]) throws {
        for mode in [CgroupMode.v1, .hybrid] {
            let settings = files.map { CgroupSetting("x", $0.0, $0.1, pointer: "/p") }
            #expect(
                try UnitProperty.limits(settings, on: mode, version: 257)
                    == expected.map { UnitProperty($0.0, $0.1) })
        }
    }

    @Test(
        arguments: [
            ("memory.max", "1024", [("MemoryMax", .uint64(1024))]),
            ("memory.max", "max", [("MemoryMax", .uint64(.max))]),
            ("memory.low", "5", [("MemoryLow", .uint64(5))]), ("memory.swap.max", "0", [("MemorySwapMax", .uint64(0))]),
            ("pids.max", "0", [("TasksMax", .uint64(1))]), ("cpu.weight", "100", [("CPUWeight", .uint64(100))]),
            ("cpu.idle", "1", [("CPUWeight", .uint64(0))]), ("cpu.idle", "0", []),
            (
                "cpu.max", "20000 50000",
                [("CPUQuotaPeriodUSec", .uint64(50000)), ("CPUQuotaPerSecUSec", .uint64(400_000))]
            ),
            (
                "cpu.max", "max 100000",
                [("CPUQuotaPeriodUSec", .uint64(100_000)), ("CPUQuotaPerSecUSec", .uint64(.max))]
            ),
            (
                "cpu.max", "1001 100000",
                [("CPUQuotaPeriodUSec", .uint64(100_000)), ("CPUQuotaPerSecUSec", .uint64(20000))]
            ),
            ("cpuset.cpus", "0-2,9", [("AllowedCPUs", .array(of: "y", [.byte(7), .byte(2)]))]),
            ("cpuset.mems", "0", [("AllowedMemoryNodes", .array(of: "y", [.byte(1)]))]),
            ("io.weight", "default 50", [("IOWeight", .uint64(50))]), ("io.max", "8:0 rbps=1", []),
            ("memory.oom.group", "1", [("OOMPolicy", .string("kill"))]),
        ] as [(String, String, [(String, BusValue)])])
    func aLimitIsAProperty(_ file: String, _ value: String, _ expected: [(String, BusValue)]) throws {
        #expect(try limits(file, value) == expected.map { UnitProperty($0.0, $0.1) })
    }

    @Test func anOlderSystemdIsNotToldWhatItDoesNotKnow() throws {
        #expect(try limits("cpuset.cpus", "0", version: 243).isEmpty)
        #expect(try limits("cpu.max", "1000 10000", version: 241).map(\.name) == ["CPUQuotaPerSecUSec"])
        #expect(try limits("cpu.idle", "1", version: 251).isEmpty)
    }

    @Test func deviceRulesAreNeverNarrowerForSystemd() throws {
        func words(_ rules: [(Bool, Int64?, Int64?)]) throws -> BusValue? {
            let policy = try DevicePolicy(
                rules.map {
                    .init(allow: $0.0, type: $0.1 == nil ? nil : .character, major: $0.1, minor: $0.2, access: "rwm")
                })
            return UnitProperty.devices(policy).first?.value
        }
        #expect(try words([(true, nil, nil)]) == .string("auto"))
        #expect(try words([(false, nil, nil)]) == .string("strict"))
        #expect(try words([(false, nil, nil), (true, 1, 11)]) == .string("strict"))
        #expect(try words([(false, nil, nil), (true, 1, nil)]) == .string("auto"))
    }

    @Test func annotationsSetWhatCanDoNoHarm() throws {
        let prefix = UnitProperty.annotationPrefix
        #expect(
            try UnitProperty.annotated([
                prefix + "TimeoutStopUSec": "uint64 10", prefix + "KillSignal": "15", prefix + "RuntimeMaxSec": "2",
                "other": "x",
            ]) == [
                UnitProperty("KillSignal", .int32(15)), UnitProperty("RuntimeMaxUSec", .uint64(2_000_000)),
                UnitProperty("TimeoutStopUSec", .uint64(10)),
            ])
        for (name, value) in [
            ("SuccessAction", "'poweroff'"), ("ab", "1"), ("Kill-Signal", "1"), ("KillSignal", "x"),
            ("TimeoutStopSec", "'1'"), ("TimeoutStopSec", "-1"),
        ] {
            let error = #expect(throws: CgroupError.self) { try UnitProperty.annotated([prefix + name: value]) }
            #expect(error?.pointer == "/annotations/\(prefix)\(name)")
        }
    }
}
