internal import Foundation
internal import Support
internal import Testing

/// `kill` and `delete` with an extended regular expression in the place of the id.
@Suite(.containers) struct ExpressionTests {
    private static let runtimes = [OCIRuntime.swrun] + OCIRuntime.peers.filter { $0.name == "crun" }
    private static let suffixes = ["-one", "-two", "-too"]

    /// Calls with a box in which three containers run.
    private func withThree(_ runtime: OCIRuntime = .swrun, _ body: (Box) throws -> Void) throws {
        try inBox(runtime) { box in
            box.config["linux"]["cgroupsPath"] = .null
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            for suffix in Self.suffixes {
                let file = "\(box.directory)/\(suffix).pid"
                try box.command("run", "--detach", "--pid-file", file, "--bundle", box.bundle, box.id(suffix)).run()
                    .get()
            }
            try body(box)
        }
    }

    @Test(
        arguments: runtimes,
        [
            ("tw", ["-two"]), (".t.o$", ["-two", "-too"]), ("o{2}$", ["-too"]), (".(one|two)", ["-one", "-two"]),
            ("^-one", []), ("ONE", []), ("on\\{1\\}", []), (".", ["-one", "-two", "-too"]),
        ] as [(String, [String])])
    func aSignalGoesToAllThatMatch(_ runtime: OCIRuntime, _ row: (expression: String, matching: [String])) throws {
        try withThree(runtime) { box in
            let kill = try box.command("kill", "--regex", row.expression, "KILL").run().get()
            #expect(kill.output + kill.errors == "")
            for suffix in row.matching { try box.wait(for: "stopped", suffix) }
            for suffix in Self.suffixes where !row.matching.contains(suffix) {
                #expect(box.status(suffix) == "running", "\(suffix)")
            }
        }
    }

    @Test(arguments: runtimes) func whatCannotBeDeletedIsWarnedOfAndTheOthersGo(_ runtime: OCIRuntime) throws {
        try withThree(runtime) { box in
            for suffix in ["-one", "-two"] {
                try box.command("kill", box.id(suffix), "KILL").run().get()
                try box.wait(for: "stopped", suffix)
            }
            let delete = try box.command("delete", "-r", "t.o").run().get()
            #expect(delete.output.isEmpty)
            #expect(delete.errors.contains(box.id("-too")), "\(delete)")
            #expect(Self.suffixes.map { box.status($0) } == ["stopped", nil, "running"])
            let force = try box.command("delete", "--force", "-r", "t.o").run().get()
            #expect(force.output + force.errors == "")
            #expect(Self.suffixes.map { box.status($0) } == ["stopped", nil, nil])
        }
    }

    @Test(arguments: runtimes) func whereNothingMatchesNothingIsSaid(_ runtime: OCIRuntime) throws {
        try inBox(runtime) { box in
            for words in [["kill", "-r", "x", "KILL"], ["delete", "-r", "x"], ["delete", "--force", "--regex", "x"]] {
                let outcome = try box.command(words).run().get()
                #expect(outcome.output + outcome.errors == "", "\(outcome)")
            }
        }
    }

    /// crun dies of such an expression, or takes it for one that matches nothing.
    @Test(arguments: ["(", "[", "x{2,1}", "\\", ""]) func anExpressionThatIsNoneTouchesNothing(_ text: String) throws {
        try withThree { box in
            expectRefusal(try box.command("kill", "--regex", text, "KILL").run(), "expression", "--regex")
            expectRefusal(try box.command("delete", "--force", "--regex", text).run(), "expression", "--regex")
            #expect(Self.suffixes.map { box.status($0) } == ["running", "running", "running"])
        }
    }

    @Test func oneThatCannotBeSignalledDoesNotSaveTheOthers() throws {
        try withThree { box in
            try box.command("kill", box.id("-one"), "KILL").run().get()
            try box.wait(for: "stopped", "-one")
            try Data("{".utf8).write(to: URL(fileURLWithPath: "\(box.root)/\(box.id("-too"))/state.json"))
            let kill = try box.command("kill", "--regex", box.name, "KILL").run().get()
            let lines = kill.errors.split(separator: "\n")
            #expect(lines.count == 2, "\(kill)")
            #expect(lines.contains { $0.contains("container not running: \(box.id("-one"))") }, "\(kill)")
            #expect(lines.contains { $0.contains(box.id("-too")) }, "\(kill)")
            try box.wait(for: "stopped", "-two")
            // To what has stopped, all of its processes have got their signal.
            let all = try box.command("kill", "--all", "--regex", "(one|two)$", "TERM").run().get()
            #expect(all.errors == "")
        }
    }

    @Test func aBadSignalIsRefusedAlsoWhereNothingMatches() throws {
        try inBox { box in
            expectRefusal(try box.command("kill", "--regex", "x", "NOSUCH").run(), "unknown signal")
        }
    }
}
