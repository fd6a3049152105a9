import Foundation
import JSONValue
import Testing

@testable import Conformance

/// A short run against a runtime of the machine; the whole run is a command of its own.
@Suite(.serialized) struct RealRuntimeTests {
    private static let runtime = ["/usr/bin/crun", "/usr/bin/runc", "/usr/sbin/runc"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    private static let ready = runtime != nil && geteuid() == 0 && BadRuntimeTests.probe != nil

    private func cases(_ ids: [String]) -> [Case] { ids.compactMap { id in Cases.all.first { $0.id == id } } }

    private func runner() throws -> Runner {
        try Runner(runtime: try #require(Self.runtime), options: .init(probe: try #require(BadRuntimeTests.probe)))
    }

    @Test(.enabled(if: ready, "needs root, the probe, and crun or runc"))
    func aRealRuntimePassesWhatItIsKnownToKeep() throws {
        let runner = try runner()
        let wanted = cases([
            "process/cwd", "process/args", "mounts/order", "kill/usr1", "state/status", "hooks/createRuntime-called",
        ])
        for result in runner.run(wanted).results { #expect(result.verdict == .pass, "\(result.item.id)") }
        runner.close()
        #expect(
            !Cgroups.hierarchies.contains {
                FileManager.default.fileExists(atPath: $0.point + "/" + runner.workshop.name)
            })
    }

    @Test(.enabled(if: ready, "needs root, the probe, and crun or runc"))
    func aBrokenRuntimeIsCaught() throws {
        let runner = try runner()
        defer { runner.close() }
        let wanted = cases(["process/cwd", "root/readonly", "start/running", "delete/undoes-create", "state/pid"])
        for entry in SelfTest.run(wanted, with: [runner], progress: { _, _ in }) {
            #expect(entry.proof == .caught(runtime: runner.runtime.name), "\(entry.item.id)")
        }
    }

    @Test(.enabled(if: ready, "needs root, the probe, and crun or runc"))
    func whereNoRuntimePassesOneIsMendedFirst() throws {
        let runner = try runner()
        defer { runner.close() }
        for entry in SelfTest.run(cases(["delete/created"]), with: [runner], progress: { _, _ in }) {
            #expect(entry.proof == .caughtMended(runtime: runner.runtime.name, how: "looks at the status first"))
        }
    }

    @Test(.enabled(if: ready, "needs root, the probe, and crun or runc"))
    func theKernelTellsEachMountTwiceAndTheSame() throws {
        let runner = try runner()
        defer { runner.close() }
        let stage = Stage(runtime: runner.runtime, fault: nil, workshop: runner.workshop)
        defer { stage.cleanUp(keeping: false) }
        let report = try stage.run(
            try stage.bundle {
                $0["/mounts/-"] = [
                    "destination": "/two words", "type": "tmpfs", "source": "a\\b",
                    "options": ["nosuid", "noatime", "nodiratime", "sync", "ro"],
                ]
            })
        guard report.statMounts != nil else { return }  // before Linux 6.8
        #expect(report.mounts.count > 4)
        for line in report.mounts {
            let told = try report.statMount(line)
            #expect(told?.type == line.type)
        }
        #expect(report.statMounts?.last { $0.point == "/two words" }?.source == "a\\b")
    }

    /// A runtime that is a real one but for one operation, in which it hangs: everything it left has to be removed.
    @Test(
        .enabled(if: ready, "needs root, the probe, and crun or runc"),
        arguments: ["create", "start", "state", "kill", "delete"])
    func aRuntimeThatHangsInOneOperationIsEndedAndItsMessRemoved(operation: String) throws {
        let directory = FileManager.default.temporaryDirectory.path + "/swrun-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let script = """
            #!/bin/sh
            for word in "$@"; do
                if [ "$word" = \(operation) ]; then trap '' TERM; sleep 60; fi
            done
            exec \(try #require(Self.runtime)) "$@"
            """
        try Processes.writingProgram {
            try Data(script.utf8).write(to: URL(fileURLWithPath: directory + "/runtime"))
        }
        chmod(directory + "/runtime", 0o755)
        var options = Runner.Options(probe: try #require(BadRuntimeTests.probe))
        options.timeout = 1
        let runner = try Runner(runtime: directory + "/runtime", options: options)
        let report = runner.run(cases(["lifecycle/operations"]))
        runner.close()
        #expect(report.results.map(\.verdict.word) == ["fail"])
        #expect(!FileManager.default.fileExists(atPath: runner.workshop.directory))
        #expect(
            !Cgroups.hierarchies.contains {
                FileManager.default.fileExists(atPath: $0.point + "/" + runner.workshop.name)
            })
    }
}
