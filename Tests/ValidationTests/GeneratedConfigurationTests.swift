import Foundation
import JSONCodec
import OCISpec
import Testing
import Validation

/// Where an installed runtime stands; nil when it isn't there.
private func runtime(_ name: String) -> String? {
    ["/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin"].map { "\($0)/\(name)" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
}

@Suite("What other runtimes generate") struct GeneratedConfigurationTests {
    @Test(
        .enabled(if: runtime("crun") != nil || runtime("runc") != nil, "neither crun nor runc is installed"),
        arguments: [["crun"], ["runc"], ["runc", "--rootless"]].filter { runtime($0[0]) != nil })
    func theSpecCommandsOutputIsDecodedAndHasNoErrors(_ command: [String]) throws {
        let program = try #require(runtime(command[0]))
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("swrun-spec-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["spec"] + command.dropFirst()
        process.currentDirectoryURL = directory
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        let text = try [UInt8](Data(contentsOf: directory.appendingPathComponent("config.json")))
        let spec = try JSONCodec.JSONDecoder().decode(Spec.self, from: text)
        // Some versions ask for ambient capabilities without the inheritable ones, which no kernel grants.
        let findings = validate(spec, on: HostFacts())
        #expect(findings.filter { $0.pointer != "/process/capabilities/ambient" } == [])
        #expect(findings.allSatisfy { $0.severity == .warning })
        #expect(try JSONCodec.JSONDecoder().decode(Spec.self, from: JSONCodec.JSONEncoder().encode(spec)) == spec)
    }
}
