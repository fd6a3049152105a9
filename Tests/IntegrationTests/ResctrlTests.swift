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

    private func start(
        _ box: Box, _ tree: String, _ rdt: JSON?, _ script: String = "exec sleep 1000"
    ) throws -> Int64 {
        if let rdt { box.config["linux"]["intelRdt"] = rdt }
        box.config["process"]["args"] = ["/bin/sh", "-c", .string(script)]
        try box.write()
        try command(box, tree, ["run", "--detach", "--bundle", box.bundle, box.id()]).get()
        return try #require(try box.state()["pid"].integer)
    }

    private func lines(_ path: String) -> [String] {
        (text(path) ?? "").split(separator: "\n").map(String.init)
    }

    /// In a real tree the lines replace each other; in the made-up one they follow each other.
    @Test func anUpdateWritesNewSchemataToTheClass() throws {
        try withTree { box, tree in
            _ = try start(box, tree, ["l3CacheSchema": "L3:0=f", "memBwSchema": "MB:0=20"])
            let group = tree + "/" + box.id()
            try command(
                box, tree, ["update", "--mem-bw-schema", "MB:0=70", "--l3-cache-schema", "L3:0=3", box.id()]
            ).get()
            #expect(lines(group + "/schemata") == ["L3:0=f", "MB:0=20", "L3:0=3", "MB:0=70"])
            // Nothing is written where a limit that is asked for beside it can't be set.
            let outcome = try command(
                box, tree, ["update", "--mem-bw-schema", "MB:0=90", "--cpuset-cpus", "9999", box.id()])
            expectRefusal(outcome, "cpu")
            #expect(lines(group + "/schemata").last != "MB:0=90")
            for name in ["tasks", "schemata"] { try FileManager.default.removeItem(atPath: group + "/" + name) }
            try command(box, tree, ["delete", "--force", box.id()]).get()
            #expect(!FileManager.default.fileExists(atPath: group))
        }
    }

    @Test func anUpdateGivesAContainerWithoutAClassOneOfItsOwn() throws {
        try withTree { box, tree in
            let pid = try start(box, tree, nil, "sleep 1000 & sleep 1000")
            let end = Date().addingTimeInterval(20)
            while box.processes().count < 2, Date() < end { usleep(5000) }
            let group = tree + "/" + box.id()
            try command(box, tree, ["update", "--mem-bw-schema", "MB:0=70", box.id()]).get()
            #expect(text(group + "/schemata") == "MB:0=70\n")
            let tasks = try #require(text(group + "/tasks"))
            // The kernel takes one number at a time, so the made-up file has them without anything between.
            let others = box.processes().map { "\($0.pid)" }.filter { $0 != "\(pid)" }
            #expect(others.count == 1 && tasks == "\(pid)" + others.joined(), "\(tasks)")
            try command(box, tree, ["update", "--mem-bw-schema", "MB:0=80", box.id()]).get()
            #expect(text(group + "/schemata") == "MB:0=70\nMB:0=80\n")
            for name in ["tasks", "schemata"] { try FileManager.default.removeItem(atPath: group + "/" + name) }
            try command(box, tree, ["delete", "--force", box.id()]).get()
            #expect(!FileManager.default.fileExists(atPath: group))
        }
    }

    @Test(arguments: [
        (["--mem-bw-schema", "L3:0=f"], "memBwSchema"), (["--mem-bw-schema", "MB:0=1\nMB:1=1"], "one line"),
    ])
    func schemataThatCanNotBeAreRefused(options: [String], word: String) throws {
        try withTree { box, tree in
            _ = try start(box, tree, nil)
            expectRefusal(try command(box, tree, ["update"] + options + [box.id()]), word)
            #expect(try FileManager.default.contentsOfDirectory(atPath: tree) == ["schemata"])
            try command(box, tree, ["delete", "--force", box.id()]).get()
        }
    }
}

/// Where there is no such hardware.
@Suite(.containers) struct NoResctrlTests {
    @Test(
        .enabled(if: !FileManager.default.fileExists(atPath: "/sys/fs/resctrl/schemata"), "this machine has resctrl"),
        arguments: ["--l3-cache-schema=L3:0=f", "--mem-bw-schema=MB:0=20"])
    func anUpdateOfAClassIsRefused(option: String) throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            try box.command("run", "--detach", "--bundle", box.bundle, box.id()).run().get()
            expectRefusal(
                try box.command("update", option, "--pids-limit", "7", box.id()).run(),
                "no resctrl filesystem is mounted here")
            try box.command("delete", "--force", box.id()).run().get()
        }
    }
}
