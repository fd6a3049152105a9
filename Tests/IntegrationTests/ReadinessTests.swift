internal import Foundation
internal import Support
internal import Testing

/// A container that is the service of a manager such as systemd, and says itself when it is ready.
@Suite(.containers) struct ReadinessTests {
    private let socket = "/run/notify/notify.sock"

    private func command(_ manager: ServiceManager, _ box: Box, _ words: String...) -> Command {
        var command = box.command(words)
        command.environment = ProcessInfo.processInfo.environment.merging(["NOTIFY_SOCKET": manager.path]) { $1 }
        return command
    }

    /// A container that goes on until it is killed, and tells where it would say that it is ready.
    private func prepare(_ box: Box) throws -> ServiceManager {
        box.config["root"]["readonly"] = false
        box.config["process"]["args"] = ["/bin/sh", "-c", "echo $NOTIFY_SOCKET >/address; exec sleep 1000"]
        try box.write()
        return try ServiceManager(box.directory + "/manager")
    }

    /// The container's side of its socket, reached through its root.
    private func say(_ text: String, in box: Box) throws {
        try box.wait(for: "running")
        let pid = try box.state()["pid"].integer ?? 0
        try ServiceManager.send(text, to: "/proc/\(pid)/root\(socket)")
    }

    @Test func aDetachedContainerIsReadyWhenItSaysSo() throws {
        try inBox { box in
            let manager = try prepare(box)
            let running = try command(manager, box, "run", "--detach", "--bundle", box.bundle, box.id()).start()
            try say("STATUS=warming up\n", in: box)
            try say("STATUS=done\nREADY=1\nMAINPID=1\n", in: box)
            let pid = try box.state()["pid"].integer ?? 0
            #expect(try manager.receive() == "READY=1\nMAINPID=\(pid)")
            #expect(try manager.receive() == "BARRIER=1")
            #expect(try running.wait().succeeded)
            #expect(try String(contentsOfFile: box.rootfs + "/address", encoding: .utf8) == socket + "\n")
        }
    }

    @Test func startWaitsUntilTheContainerIsReady() throws {
        try inBox { box in
            let manager = try prepare(box)
            try command(manager, box, "create", "--bundle", box.bundle, box.id()).run().get()
            let running = try command(manager, box, "start", box.id()).start()
            try say("READY=1", in: box)
            let pid = try box.state()["pid"].integer ?? 0
            #expect(try manager.receive() == "READY=1\nMAINPID=\(pid)")
            #expect(try manager.receive() == "BARRIER=1")
            #expect(try running.wait().succeeded)
        }
    }

    @Test func inTheForegroundTheRuntimeIsTheService() throws {
        try inBox { box in
            let manager = try prepare(box)
            let running = try command(manager, box, "run", "--bundle", box.bundle, box.id()).start()
            for _ in 0..<2 {
                try say("READY=1", in: box)
                #expect(try manager.receive() == "READY=1\nMAINPID=\(running.pid)")
            }
            try box.command("kill", box.id(), "KILL").run().get()
            #expect(try running.wait().status == 137)
        }
    }

    @Test func aContainerThatEndsWithoutAWordHoldsNobodyUp() throws {
        try inBox { box in
            let manager = try prepare(box)
            box.config["process"]["args"] = ["/bin/true"]
            try box.write()
            #expect(try command(manager, box, "run", "--detach", "--bundle", box.bundle, box.id()).run().succeeded)
        }
    }

    @Test func aContainerThatIsNoServiceGetsNoSocket() throws {
        try inBox { box in
            let outcome = try box.sh("test -e /run/notify || echo \"none $NOTIFY_SOCKET\"").get()
            #expect(outcome.output == "none \n")
        }
    }

    @Test func aManagerThatIsGoneIsWarnedOf() throws {
        try inBox { box in
            let manager = try prepare(box)
            try FileManager.default.removeItem(atPath: manager.path)
            let running = try command(manager, box, "run", "--detach", "--bundle", box.bundle, box.id()).start()
            try say("READY=1", in: box)
            let outcome = try running.wait()
            #expect(outcome.succeeded)
            #expect(outcome.errors.contains(manager.path), "\(outcome)")
        }
    }
}
