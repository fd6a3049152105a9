internal import Foundation
internal import Support
internal import Testing

/// The annotations by which hooks print to files.
@Suite(.containers) struct HookFileTests {
    private static let kinds = [
        "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
    ]
    private static let runtimes = [OCIRuntime.swrun] + OCIRuntime.peers.filter { $0.name == "crun" }
    private static let output = "run.oci.hooks.stdout"
    private static let errors = "run.oci.hooks.stderr"

    /// A hook of each kind, which says its kind on both streams.
    private func configure(_ box: Box, _ kinds: [String] = kinds, output: String? = nil, errors: String? = nil) {
        for kind in kinds {
            // crun dies of SIGPIPE where a hook doesn't read.
            let script = "cat >/dev/null; echo \(kind); echo \(kind) fails >&2"
            box.config["hooks"][kind] = [
                ["path": "/bin/sh", "args": ["sh", "-c", .string(script)], "env": ["PATH=/usr/bin:/bin"]]
            ]
        }
        box.config["annotations"] = [:]
        if let output { box.config["annotations"][Self.output] = .string(output) }
        if let errors { box.config["annotations"][Self.errors] = .string(errors) }
        box.config["process"]["args"] = ["/bin/true"]
    }

    private func lines(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    private func live(_ box: Box) throws {
        try box.write()
        try box.command("create", "--bundle", box.bundle, box.id()).run().get()
        try box.command("start", box.id()).run().get()
        try box.wait(for: "stopped")
        let delete = try box.command("delete", box.id()).run().get()
        #expect(delete.errors == "")
    }

    @Test(arguments: runtimes) func whatHooksPrintIsAppended(_ runtime: OCIRuntime) throws {
        try inBox(runtime) { box in
            let (output, errors) = (box.directory + "/out.log", box.directory + "/err.log")
            try Data("before\n".utf8).write(to: URL(fileURLWithPath: output))
            configure(box, output: output, errors: errors)
            try live(box)
            // crun runs the hooks of poststart while those of startContainer run.
            let kinds = Self.kinds.sorted()
            #expect(try lines(output).first == "before")
            #expect(try lines(output).dropFirst().sorted() == kinds)
            #expect(try lines(errors).sorted() == kinds.map { $0 + " fails" })
            if runtime.name == "swrun" { #expect(try lines(output).dropFirst() == Self.kinds[...]) }
        }
    }

    @Test(arguments: runtimes) func aLinkIsFollowed(_ runtime: OCIRuntime) throws {
        try inBox(runtime) { box in
            let link = box.directory + "/link"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "target")
            configure(box, ["createRuntime"], output: link)
            try box.run().get()
            #expect(try lines(box.directory + "/target") == ["createRuntime"])
        }
    }

    @Test func aRelativePathCountsFromTheBundleInEveryCommand() throws {
        try inBox { box in
            configure(box, output: "out.log")
            try live(box)
            #expect(try lines(box.bundle + "/out.log") == Self.kinds)
        }
    }

    @Test func aFileThatIsMadeIsItsOwnersAlone() throws {
        try inBox { box in
            let path = box.directory + "/out.log"
            configure(box, output: path)
            try box.run().get()
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    /// The runtime opens it, so hooks need no right to, and it may be out of the container's sight.
    @Test func hooksOfAUserNamespacePrintToAFileOfTheRuntimes() throws {
        try inBox { box in
            let directory = box.directory + "/private"
            try Command("mkdir", "-m", "0700", directory).run().get()
            let mapping: JSON = [["containerID": 0, "hostID": 100_000, "size": 65_536]]
            box.config["linux"]["uidMappings"] = mapping
            box.config["linux"]["gidMappings"] = mapping
            box.config["linux"]["namespaces"] = .array(
                box.config["linux"]["namespaces"].elements + [["type": "user"]])
            configure(box, ["createContainer", "startContainer"], output: directory + "/out.log")
            try live(box)
            #expect(try lines(directory + "/out.log") == ["createContainer", "startContainer"])
        }
    }

    @Test func theContainersProgramGetsNoneOfTheFiles() throws {
        try inBox { box in
            configure(box, output: box.directory + "/out.log", errors: box.directory + "/err.log")
            box.config["process"]["args"] = ["/bin/ls", "-l", "/proc/self/fd"]
            let seen = try box.run().get().output
            #expect(!seen.contains(".log"), "\(seen)")
        }
    }

    @Test func withoutHooksNoFileIsMade() throws {
        try inBox { box in
            configure(box, [], output: box.directory + "/out.log")
            try box.run().get()
            #expect(!FileManager.default.fileExists(atPath: box.directory + "/out.log"))
        }
    }

    @Test func whatHasNoFileIsInTheMessage() throws {
        try inBox { box in
            let path = box.directory + "/err.log"
            configure(box, [], errors: path)
            let script = "echo one reason; echo another >&2; exit 3"
            box.config["hooks"]["createRuntime"] = [["path": "/bin/sh", "args": ["sh", "-c", .string(script)]]]
            let outcome = try box.run()
            expectRefusal(outcome, "createRuntime hook #0", "one reason")
            #expect(!outcome.errors.contains("another"))
            #expect(try lines(path) == ["another"])
            expectNothingLeft(of: box)
        }
    }

    @Test(
        arguments: [
            ("missing/out.log", "no such file or directory"), ("directory", "is a directory"),
            ("fifo", "no such device or address"), ("config.json/out.log", "not a directory"),
        ], [output, errors])
    func aFileThatCannotBeOpenedIsNamed(_ row: (path: String, words: String), _ annotation: String) throws {
        try inBox { box in
            try Command("mkdir", box.bundle + "/directory").run().get()
            try Command("mkfifo", box.bundle + "/fifo").run().get()
            configure(box, ["createContainer"])
            box.config["annotations"][annotation] = .string(row.path)
            try box.write()
            var command = box.command("create", "--bundle", box.bundle, box.id())
            command.timeoutSeconds = 30
            expectRefusal(try command.run(), box.bundle + "/" + row.path, row.words, "/annotations/\(annotation)")
            expectNothingLeft(of: box)
        }
    }

    @Test func anEmptyPathIsRefusedBeforeAnythingIsMade() throws {
        try inBox { box in
            configure(box, output: "")
            expectRefusal(try box.run(), "/annotations/\(Self.output)", "the path is empty")
            expectNothingLeft(of: box)
        }
    }

    @Test func aStartWhoseFileIsGoneFailsAndLeavesNothing() throws {
        try inBox { box in
            let directory = box.directory + "/logs"
            try Command("mkdir", directory).run().get()
            configure(box, ["createRuntime", "poststart"], output: directory + "/out.log")
            try box.write()
            try box.command("create", "--bundle", box.bundle, box.id()).run().get()
            try FileManager.default.removeItem(atPath: directory)
            expectRefusal(try box.command("start", box.id()).run(), directory, "no such file or directory")
            expectNothingLeft(of: box)
        }
    }

    /// These undo what other hooks did: they run, and the lack of the file is warned of.
    @Test func hooksOfADeletionRunWithoutTheirFile() throws {
        try inBox { box in
            let directory = box.directory + "/logs"
            try Command("mkdir", directory).run().get()
            configure(box, ["createRuntime"], output: directory + "/out.log")
            box.config["hooks"]["poststop"] = [
                ["path": "/bin/sh", "args": ["sh", "-c", .string("echo ran >\(box.directory)/ran")]]
            ]
            try box.write()
            try box.command("create", "--bundle", box.bundle, box.id()).run().get()
            try FileManager.default.removeItem(atPath: directory)
            let delete = try box.command("delete", "--force", box.id()).run().get()
            #expect(delete.errors.contains(directory + "/out.log"), "\(delete)")
            #expect(try lines(box.directory + "/ran") == ["ran"])
        }
    }
}
