internal import Foundation
internal import Support
internal import Testing

/// Each command in each status: what it may not do it refuses with the words that managers search, and the container stays
/// as it is.
@Suite(.containers) struct WrongStateTests {
    /// What a command answers in one status.
    struct Row: CustomTestStringConvertible, Sendable {
        var status: String
        var words: [String]
        /// A part of the message; nil where the command succeeds.
        var refusal: String?

        var testDescription: String { "\(words[0]) of a \(status) container" }
    }

    private static func rows(_ words: String..., answers: [String: String]) -> [Row] {
        ["created", "running", "paused", "stopped"].map { Row(status: $0, words: words, refusal: answers[$0]) }
    }

    static let rows: [Row] = [
        rows(
            "start",
            answers: [
                "running": "cannot start an already running container",
                "paused": "cannot start a container in the paused",
                "stopped": "cannot start a container that has stopped", "created": "",
            ]
        ).filter { $0.status != "created" },
        rows(
            "exec", "-", "true",
            answers: [
                "paused": "cannot exec in a paused container (use --ignore-paused to override)",
                "stopped": "cannot exec in a stopped container",
            ]),
        rows("pause", answers: ["paused": "container not running", "stopped": "container not running"]).filter {
            ["paused", "stopped"].contains($0.status)
        },
        rows(
            "resume",
            answers: [
                "created": "container not paused", "running": "container not paused", "stopped": "container not paused",
            ]
        ).filter { $0.status != "paused" },
        rows("update", "--pids-limit", "50", "-", answers: ["stopped": "container not running"]),
        rows("events", "--stats", "-", answers: ["stopped": "is not running"]),
        rows("ps", "--format", "json", "-", answers: [:]), rows("state", answers: [:]),
        rows("kill", "-", "0", answers: ["stopped": "container not running"]),
        rows("kill", "--all", "-", "0", answers: [:]),
        rows("delete", answers: ["running": "that is not stopped: running", "paused": "that is not stopped: paused"])
            .filter { ["running", "paused"].contains($0.status) },
        rows(
            "checkpoint",
            answers: [
                "created": "Container cannot be checkpointed in created state",
                "stopped": "Container cannot be checkpointed in stopped state",
            ]
        ).filter { ["created", "stopped"].contains($0.status) },
    ].flatMap(\.self)

    @Test(arguments: rows) func aCommandDoesWhatTheStatusAllows(_ row: Row) throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            let pidFile = ["--pid-file", box.directory + "/init.pid", "--bundle", box.bundle, box.id()]
            try box.command((row.status == "created" ? ["create"] : ["run", "--detach"]) + pidFile).run().get()
            if row.status == "paused" { try box.command("pause", box.id()).run().get() }
            if row.status == "stopped" {
                try box.command("kill", box.id(), "KILL").run().get()
                try box.wait(for: "stopped")
            }
            var words = row.words.map { $0 == "-" ? box.id() : $0 }
            if !row.words.contains("-") { words.append(box.id()) }
            let outcome = try box.command(words).run()
            if let refusal = row.refusal {
                expectRefusal(outcome, refusal, status: words[0] == "exec" ? 255 : 1)
            } else {
                try outcome.get()
            }
            #expect(box.status() == row.status)
        }
    }

    @Test func withoutCRIUTheProgramIsNamedAndTheContainerGoesOn() throws {
        try withSleeper { box in
            let directories = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
            if directories.contains(where: { FileManager.default.isExecutableFile(atPath: $0 + "/criu") }) { return }
            for command in ["checkpoint", "restore"] {
                var words = [command, "--image-path", box.directory + "/images"]
                if command == "restore" { words += ["--bundle", box.bundle] }
                var call = box.command(words + [command == "restore" ? box.id("2") : box.id()])
                call.environment = ["PATH": "/nowhere"]
                expectRefusal(try call.run(), "need the program criu", "install CRIU")
            }
            #expect(box.status() == "running")
            #expect(!FileManager.default.fileExists(atPath: box.directory + "/images"))
        }
    }

    /// Two managers with the same root: one gets the id, and nobody takes the other's container away.
    @Test func ofManyWhoWantOneIDOneGetsIt() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            for _ in 0..<3 {
                let all = try (0..<12).map { number in
                    let file = box.directory + "/\(number).pid"
                    return try box.command("create", "--pid-file", file, "--bundle", box.bundle, box.id()).start()
                }
                let outcomes = try all.map { try $0.wait() }
                #expect(outcomes.filter(\.succeeded).count == 1)
                for outcome in outcomes where !outcome.succeeded { expectRefusal(outcome, "already exists") }
                #expect(box.status() == "created")

                let starts = try (0..<6).map { _ in try box.command("start", box.id()).start() }
                let started = try starts.map { try $0.wait() }.filter(\.succeeded)
                #expect(started.count == 1)
                #expect(box.status() == "running")

                let deletions = try (0..<6).map { _ in try box.command("delete", "--force", box.id()).start() }
                for deletion in deletions { try deletion.wait().get() }
                expectNothingLeft(of: box)
            }
        }
    }

    /// And with ids of their own they don't notice each other.
    @Test func twoManagersWorkBesideEachOther() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            box.config["linux"]["cgroupsPath"] = nil
            try box.write()
            let script = """
                set -e; s="$1 --root $2"
                for n in 1 2 3 4 5; do
                    $s create --bundle $3 $4; $s list -q | grep -qx $4; $s start $4; $s exec $4 true
                    $s kill $4 KILL; until $s state $4 | grep -q '"stopped"'; do :; done; $s delete $4
                done
                """
            let managers = try ["one", "two", "three"].map { name in
                try Command("sh", "-c", script, "sh", box.runtime.path, box.root, box.bundle, box.id(name)).start()
            }
            for manager in managers {
                let outcome = try manager.wait()
                #expect(outcome.succeeded, "\(outcome)")
            }
        }
    }
}
