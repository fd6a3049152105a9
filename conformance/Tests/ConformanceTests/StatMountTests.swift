import JSONValue
import Testing

@testable import Conformance

@Suite struct StatMountTests {
    private static let line = MountLine.parse(
        "89 88 0:41 /a\\040b /mnt/a\\040b rw,nosuid,noatime,nodiratime master:1 - tmpfs x\\040y rw,sync,size=4k")[0]
    private static let told: JSON = [
        "id": 89, "parent": 88, "attributes": 0x92, "propagation": 0x80000, "group": 0, "master": 1, "from": 1,
        "flags": 16, "magic": 0x0102_1994, "root": "/a b", "point": "/mnt/a b", "type": "tmpfs", "source": "x y",
    ]

    @Test func theSameMountToldTwiceHasNoContradictions() throws {
        let mount = try #require(StatMount(Self.told))
        #expect(mount.contradictions(of: Self.line) == [])
        #expect(mount.accessTime == "noatime" && !mount.isIDMapped)
    }

    @Test(
        arguments: [
            ("parent", 87), ("attributes", 0x90), ("attributes", 0xB2), ("propagation", 0x100000), ("master", 2),
            ("flags", 17), ("root", "/a"), ("point", "/mnt"), ("type", "ext4"), ("source", "x"),
        ] as [(String, JSON)])
    func whatDiffersIsNamed(field: String, value: JSON) throws {
        var told = Self.told
        told[name: field] = value
        #expect(try #require(StatMount(told)).contradictions(of: Self.line).count == 1)
    }

    @Test func aMountThatOneOfTheTwoDoesNotTellIsADiscrepancy() throws {
        let text = "90 88 0:41 / /data rw,relatime - tmpfs tmpfs rw\n"
        let report = Report(["mounts": .string(text), "statmount": [Self.told]])
        #expect(throws: Discrepancy.self) { try report.mounted("/data") }
        #expect(try Report(["mounts": .string(text), "statmount": ["errno": 38]]).mounted("/data").id == 90)
    }

    @Test func theRangesOfAMappingAreRead() throws {
        var told = Self.told
        told["/attributes"] = 0x100092
        told["/uidMappings"] = ["0 70000 1000", "2000 80000 500"]
        let mount = try #require(StatMount(told))
        #expect(mount.isIDMapped && mount.uidMappings == [[0, 70_000, 1000], [2000, 80_000, 500]])
        #expect(mount.gidMappings == nil && mount.options.contains("idmapped"))
    }
}
