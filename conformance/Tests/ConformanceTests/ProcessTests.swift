import Foundation
import Testing

@testable import Conformance

@Suite struct ProcessTests {
    /// Each child that inherits a descriptor open for writing makes the file "busy" for as long as it lives.
    @Test func aProgramThatWasWrittenWhileOthersStartCanBeExecuted() async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/swrun-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let program = try Data(contentsOf: URL(fileURLWithPath: "/bin/true"))
        await withTaskGroup { group in
            for worker in 0..<4 {
                group.addTask {
                    for round in 0..<50 {
                        let path = "\(directory)/\(worker)-\(round)"
                        do {
                            try Processes.writingProgram { try program.write(to: URL(fileURLWithPath: path)) }
                        } catch {
                            Issue.record(error)
                        }
                        chmod(path, 0o755)
                        let sleeper = Processes.launch(["/bin/sleep", "60"], output: 2)
                        #expect(Processes.run([path], environment: [], timeout: 60).ending == .exited(0))
                        if let sleeper {
                            kill(sleeper, SIGKILL)
                            waitpid(sleeper, nil, 0)
                        }
                    }
                }
            }
        }
    }
}
