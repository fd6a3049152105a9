internal import Foundation
internal import Support
internal import Testing

/// Real containers in a made-up resctrl tree: no test machine has the hardware.
///
/// Debug builds of swrun take the tree that SWRUN_RESCTRL names for the mounted one.
@Suite(.faults) struct ResctrlTests {
    private func withTree(_ body: (Box, _ tree: String) throws -> Void) throws {
        let box = try Box(.debugBuild)
        defer { box.remove() }
        let tree = box.directory + "/resctrl"
        try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: true)
        try Data("    MB:0=100\n".utf8).write(to: URL(fileURLWithPath: tree + "/schemata"))
        box.config["process"]["args"] = ["/bin/true"]
        try body(box, tree)
        box.deleteAll()
        expectNothingLeft(of: box)
    }

    private func command(_ box: Box, _ tree: String, _ words: [String]) throws -> Outcome {
        var command = box.command(words)
        var environment = ProcessInfo.processInfo.environment
        environment["SWRUN_RESCTRL"] = tree
        command.environment = environment
        return try command.run()
    }

    private func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

    @Test func theContainersProcessIsInAClassOfItsOwnUntilItIsDeleted() throws {
        try withTree { box, tree in
            box.config["linux"]["intelRdt"] = ["l3CacheSchema": "L3:0=f", "memBwSchema": "MB:0=20"]
            try box.write()
            try command(box, tree, ["create", "--bundle", box.bundle, box.id()]).get()
            let group = tree + "/" + box.id()
            let pid = try #require(try box.state()["pid"].integer)
            #expect(text(group + "/tasks") == "\(pid)")
            #expect(text(group + "/schemata") == "L3:0=f\nMB:0=20\n")
            // What the real rmdir takes along.
            for name in ["tasks", "schemata"] { try FileManager.default.removeItem(atPath: group + "/" + name) }
            try command(box, tree, ["delete", "--force", box.id()]).get()
            #expect(!FileManager.default.fileExists(atPath: group))
        }
    }

    @Test func aClassThatIsMissingIsToldBeforeAnythingIsMade() throws {
        try withTree { box, tree in
            box.config["linux"]["intelRdt"] = ["closID": "gold"]
            try box.write()
            let outcome = try command(box, tree, ["create", "--bundle", box.bundle, box.id()])
            expectRefusal(outcome, "gold", "/linux/intelRdt/closID")
            #expect(try FileManager.default.contentsOfDirectory(atPath: tree) == ["schemata"])
        }
    }

    @Test func theDefaultClassWithOtherSchemataIsRefused() throws {
        try withTree { box, tree in
            box.config["linux"]["intelRdt"] = ["closID": "/", "memBwSchema": "MB:0=30"]
            try box.write()
            let outcome = try command(box, tree, ["create", "--bundle", box.bundle, box.id()])
            expectRefusal(outcome, "other schemata", "/linux/intelRdt")
            #expect(try FileManager.default.contentsOfDirectory(atPath: tree) == ["schemata"])
        }
    }

    @Test func theDefaultClassIsJoined() throws {
        try withTree { box, tree in
            box.config["linux"]["intelRdt"] = ["closID": "/"]
            try box.write()
            try command(box, tree, ["run", "--bundle", box.bundle, box.id()]).get()
            #expect(text(tree + "/tasks") != nil)
        }
    }
}
