import Foundation
import LinuxKernel
import Testing

/// Checks that run in a process of their own: `Tests/Probes/Paths` says what each holds.
@Suite struct ProbeTests {
    @Test func noOperationLeaksADescriptor() throws {
        let sandbox = try Sandbox()
        try sandbox.directory("dir/sub")
        try sandbox.file("file", "text")
        try sandbox.link("link", to: "dir")
        try sandbox.link("loop", to: "loop")
        try sandbox.link("dangling", to: "/made/later")
        #expect(try probe("leaks", sandbox.rootfs) == "")
    }

    @Test(arguments: [Errno.notImplemented, .notPermitted])
    func theWalkTakesOverWhereOpenat2IsBlocked(_ errno: Errno) throws {
        let sandbox = try Sandbox()
        try sandbox.directory("usr/lib")
        try sandbox.file("usr/lib/f")
        try sandbox.link("lib", to: "usr/lib")
        #expect(try probe("blocked", "\(errno.rawValue)", sandbox.rootfs) == "")
    }

    @Test(.enabled(if: mayMount, "covering /proc needs CAP_SYS_ADMIN")) func mountsOnProcAreNeverEntered() throws {
        #expect(try probe("overmounts", "root") == "")
    }

    @Test(.enabled(if: mayUnshareUser, "user namespaces can't be made here"))
    func mountsOnProcAreNeverEnteredInAUserNamespace() throws {
        #expect(try probe("overmounts", "user") == "")
    }

    @Test(.enabled(if: mayMount, "mounting needs CAP_SYS_ADMIN")) func mountsLandOnWhatWasFoundBelowTheRoot() throws {
        let sandbox = try Sandbox()
        try sandbox.directory("vol")
        try sandbox.link("data", to: sandbox.canary)
        try sandbox.link("file", to: sandbox.canary + "/song")
        #expect(try probe("attach", sandbox.rootfs, sandbox.canary) == "")
        #expect(sandbox.canarySings)
    }

    @Test(.enabled(if: mayMount && mayUnshareUser, "needs root and user namespaces"))
    func aCopyOfAnotherOwnersSetuidFileIsNoSetuidFileOfOurs() throws {
        let sandbox = try Sandbox()
        try sandbox.directory("source")
        try sandbox.directory("target")
        try sandbox.file("source/setuid", "program")
        let file = try FileDescriptor.open(sandbox.rootfs + "/source/setuid", .readOnly)
        try file.setOwner(uid: 7, gid: 8)
        try file.setMode(0o6755)
        #expect(try probe("unmapped", sandbox.rootfs) == "")
    }

    private static let mayUnshareUser: Bool = {
        let process = Foundation.Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["--user", "--mount", "/bin/true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// What the probe says doesn't hold; empty if all does.
    private func probe(_ words: String...) throws -> String {
        // The probe is built beside the test bundle, which is the running executable.
        let directory = URL(fileURLWithPath: try FileDescriptor.readLink("/proc/self/exe")).deletingLastPathComponent()
        let process = Foundation.Process()
        process.executableURL = directory.appendingPathComponent("paths-probe")
        process.arguments = words
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        if process.terminationReason != .exit || process.terminationStatus > 1 { return "it crashed: \(text)" }
        return text
    }
}
