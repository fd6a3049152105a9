import Foundation
import JSONValue
import Testing

@testable import Conformance

/// Runtimes that are no runtimes: each case ends with a result, and nothing is left behind.
@Suite(.serialized) struct BadRuntimeTests {
    /// The probe beside the test bundle.
    static let probe: String? = {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        let path = URL(fileURLWithPath: bundle).deletingLastPathComponent().path + "/oci-probe"
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()

    private static let few: [Case] = [
        "process/cwd", "process/cwd-relative", "lifecycle/operations", "state/schema", "kill/usr1",
        "hooks/poststop-called",
    ]
    .compactMap { id in Cases.all.first { $0.id == id } }

    private func verdicts(
        _ script: String, executable: Bool = true, timeout: Double = 10, cases: [Case] = few
    ) throws -> [String] {
        let probe = try #require(Self.probe, "the probe isn't built")
        let directory = FileManager.default.temporaryDirectory.path + "/swrun-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/runtime"
        if !script.isEmpty {
            try Processes.writingProgram {
                try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: path))
            }
            chmod(path, executable ? 0o755 : 0o644)
        }
        var options = Runner.Options(probe: probe)
        options.timeout = timeout
        options.judgeAll = true
        let runner = try Runner(runtime: path, options: options)
        let report = runner.run(cases)
        runner.close()
        #expect(!FileManager.default.fileExists(atPath: runner.workshop.directory), "the run's directory is left")
        #expect(report.results.count == cases.count)
        return report.results.map(\.verdict.word)
    }

    @Test func aRuntimeThatDoesNotExistFailsEveryCase() throws {
        let seen = try verdicts("")
        #expect(seen.allSatisfy { $0 == "fail" }, "\(seen)")
    }

    @Test func aRuntimeThatIsNotExecutableFails() throws {
        #expect(try verdicts("exit 0", executable: false).contains("fail"))
    }

    @Test func aRuntimeThatClaimsSuccessAndDoesNothingFailsEveryCase() throws {
        let seen = try verdicts("exit 0", timeout: 0.5)
        #expect(seen.allSatisfy { $0 == "fail" }, "\(seen)")
    }

    @Test func aRuntimeThatPrintsGarbageFails() throws {
        let seen = try verdicts("echo 'garbage {['; exit 0", timeout: 0.5)
        #expect(seen.allSatisfy { $0 == "fail" }, "\(seen)")
    }

    @Test func aRuntimeThatHangsAndIgnoresSIGTERMIsEnded() throws {
        let seen = try verdicts("trap '' TERM; while :; do sleep 5; done", timeout: 0.3)
        #expect(seen.allSatisfy { $0 == "fail" }, "\(seen)")
    }

    @Test func aRuntimeThatCrashesFails() throws {
        let seen = try verdicts("kill -SEGV $$", timeout: 0.5)
        #expect(!seen.contains("error") && seen.contains("fail"))
    }

    /// What isn't there refuses nothing, neither does what fails in everything, or dies over it.
    @Test(arguments: ["", "exit 1", "exit 0", "echo '{}'; exit 127", "kill -SEGV $$"])
    func whatIsNoRuntimePassesNoCaseAtAll(script: String) throws {
        let seen = try verdicts(script, timeout: 0.05, cases: Cases.all)
        #expect(!seen.contains("pass") && !seen.contains("deviation") && !seen.contains("error"))
        #expect(seen.count { $0 == "fail" } > Cases.all.count / 2)
    }

    /// The one thing that it can keep is what a features document may say.
    @Test(arguments: ["{}", "{\"ociVersionMin\":\"-\",\"ociVersionMax\":\"-\",\"linux\":{\"seccomp\":0}}"])
    func aRuntimeThatPrintsTheSameDocumentForEverythingEndsInResults(document: String) throws {
        let cases = Cases.all.filter { !$0.id.hasPrefix("features/") }
        let seen = try verdicts("echo '\(document)'", timeout: 0.05, cases: cases)
        #expect(!seen.contains("pass") && !seen.contains("deviation") && !seen.contains("error"))
        let features = try verdicts(
            "echo '\(document)'", timeout: 0.05, cases: Cases.all.filter { $0.id.hasPrefix("features/") })
        #expect(features.contains("fail") && !features.contains("error"))
    }

    @Test func aRuntimeThatHangsRefusesNothing() throws {
        let refusals = Cases.all.filter {
            $0.id.hasSuffix("/without-id") || $0.id.hasSuffix("/unknown") || $0.id == "bundle/config-empty"
                || $0.tolerated != nil && $0.id.hasPrefix("create/id-")
        }
        #expect(refusals.count > 10)
        let seen = try verdicts("sleep 60", timeout: 0.05, cases: refusals)
        #expect(!seen.contains("pass") && !seen.contains("deviation"))
    }

    @Test func whatAKilledRunLeftIsRemovedAndALivingOneIsNot() throws {
        let parent = FileManager.default.temporaryDirectory.path + "/swrun-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let probe = try #require(Self.probe, "the probe isn't built")
        let dead = try Workshop(parent: parent, probe: probe)
        let living = try Workshop(parent: parent, probe: probe)
        let owner: JSON = ["pid": 999_999_999, "started": "1"]
        try Data(owner.text().utf8).write(to: URL(fileURLWithPath: dead.directory + "/owner.json"))
        #expect(Workshop.removeOldRuns(parent: parent) == [dead.name])
        #expect(!FileManager.default.fileExists(atPath: dead.directory))
        #expect(FileManager.default.fileExists(atPath: living.directory))
    }
}
