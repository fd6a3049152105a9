import Foundation
import LinuxKernel
import Testing

/// Checks that run in a process of their own: `Tests/Probes/Kernel` says what each holds.
@Suite(.timeLimit(.minutes(1))) struct ProbeTests {
    @Test(arguments: ["owners", "leave", "ranges", "signals", "children", "scheduling"])
    func whatTheProbeExpectsHolds(_ word: String) throws {
        let (status, output) = try probe(word)
        #expect(output == "")
        #expect(status == 0)
    }

    @Test(.enabled(if: geteuid() == 0, "mapping ids needs root"))
    func userNamespacesComeAndGoWithoutAProcess() throws {
        let (status, output) = try probe("namespaces")
        #expect(output == "")
        #expect(status == 0)
    }

    @Test func argumentsAndEnvironmentArriveAsTheyAre() throws {
        let (status, output) = try probe("execute")
        let long = String(repeating: "x", count: 100_000)
        let texts = ["", "a b", "é\n", "-", long, "A=1", "EMPTY=", "=odd", "novalue", "A=2"]
        #expect(output == texts.map { "«\($0)»\n" }.joined())
        #expect(status == 0)
    }

    /// How the probe ended (a signal's number counts from 128), and what it printed.
    private func probe(_ word: String) throws -> (Int32, String) {
        // The probe is built beside the test bundle, which is the running executable.
        let directory = URL(fileURLWithPath: try FileDescriptor.readLink("/proc/self/exe")).deletingLastPathComponent()
        let process = Foundation.Process()
        process.executableURL = directory.appendingPathComponent("kernel-probe")
        process.arguments = [word]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let signalled = process.terminationReason == .uncaughtSignal
        return (process.terminationStatus + (signalled ? 128 : 0), text)
    }
}
