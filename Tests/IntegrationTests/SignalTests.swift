internal import Foundation
internal import Support
internal import Testing

/// `kill`, and the signals that a runtime in the foreground passes on.
@Suite(.containers) struct SignalTests {
    private func trapping(_ box: Box) throws {
        box.config["root"]["readonly"] = false
        box.config["process"]["args"] = [
            "/bin/sh", "-c",
            """
            trap 'echo got TERM; exit 42' TERM
            trap 'echo got HUP; exit 43' HUP
            touch /ready
            while :; do sleep 0.02; done
            """,
        ]
        try box.write()
    }

    private func untilReady(_ box: Box) throws {
        let end = Date().addingTimeInterval(20)
        while !FileManager.default.fileExists(atPath: box.rootfs + "/ready") {
            guard Date() < end else { throw Problem("the container is not ready after 20 s") }
            usleep(5_000)
        }
    }

    @Test(arguments: ["TERM", "SIGTERM", "term", "15", ""])
    func killSendsTheSignalByAnyOfItsNames(_ name: String) throws {
        try inBox { box in
            try trapping(box)
            let running = try box.command("run", "--bundle", box.bundle, box.id()).start()
            try untilReady(box)
            try box.command(["kill", box.id()] + (name.isEmpty ? [] : [name])).run().get()
            let outcome = try running.wait()
            #expect(outcome.status == 42)
            #expect(outcome.output.contains("got TERM"))
        }
    }

    @Test(arguments: [(SIGTERM, 42), (SIGHUP, 43)] as [(Int32, Int32)])
    func aRuntimeInTheForegroundPassesSignalsOn(_ signal: Int32, _ status: Int32) throws {
        try inBox { box in
            try trapping(box)
            let running = try box.command("run", "--bundle", box.bundle, box.id()).start()
            try untilReady(box)
            running.signal(signal)
            #expect(try running.wait().status == status)
        }
    }

    @Test func aContainerKilledBySIGKILLEndsRunWith137() throws {
        try inBox { box in
            try trapping(box)
            let running = try box.command("run", "--bundle", box.bundle, box.id()).start()
            try untilReady(box)
            try box.command("kill", box.id(), "9").run().get()
            #expect(try running.wait().status == 137)
        }
    }

    @Test(arguments: ["SIGFOO", "65", "9x", "1e1", "SIG", "-9"])
    func anUnknownSignalIsRefusedAndNothingIsSent(_ name: String) throws {
        try inBox { box in
            try trapping(box)
            try box.command("run", "-d", "--bundle", box.bundle, box.id()).run().get()
            expectRefusal(try box.command("kill", box.id(), name).run())
            #expect(box.status() == "running")
        }
    }

    @Test func signalZeroTestsWhetherTheContainerLives() throws {
        try inBox { box in
            try trapping(box)
            try box.command("run", "-d", "--bundle", box.bundle, box.id()).run().get()
            try box.command("kill", box.id(), "0").run().get()
            try box.command("kill", box.id(), "KILL").run().get()
            try box.wait(for: "stopped")
            expectRefusal(try box.command("kill", box.id(), "0").run(), "container not running")
        }
    }

    @Test func aRealTimeSignalArrives() throws {
        try inBox { box in
            box.config["root"]["readonly"] = false
            box.config["process"]["args"] = [
                "/bin/sh", "-c", "trap 'exit 37' 37; touch /ready; while :; do sleep 0.02; done",
            ]
            try box.write()
            let running = try box.command("run", "--bundle", box.bundle, box.id()).start()
            try untilReady(box)
            try box.command("kill", box.id(), "SIGRTMIN+3").run().get()
            #expect(try running.wait().status == 37)
        }
    }

    @Test func killAllReachesEveryProcess() throws {
        try inBox { box in
            box.config["linux"]["namespaces"].elements.removeAll { $0["type"].text == "pid" }
            box.config["root"]["readonly"] = false
            box.config["process"]["args"] = ["/bin/sh", "-c", "sleep 1000 & sleep 1000 & touch /ready; wait"]
            try box.write()
            try box.command("run", "-d", "--bundle", box.bundle, box.id()).run().get()
            try untilReady(box)
            #expect(box.processes().count >= 3)
            try box.command("kill", "--all", box.id(), "KILL").run().get()
            try box.wait(for: "stopped")
            try box.waitUntilEmpty()
        }
    }

    @Test func withoutAPidNamespaceKILLEndsTheWholeContainer() throws {
        try inBox { box in
            box.config["linux"]["namespaces"].elements.removeAll { $0["type"].text == "pid" }
            box.config["root"]["readonly"] = false
            box.config["process"]["args"] = ["/bin/sh", "-c", "sleep 1000 & sleep 1000 & touch /ready; wait"]
            try box.write()
            try box.command("run", "-d", "--bundle", box.bundle, box.id()).run().get()
            try untilReady(box)
            try box.command("kill", box.id(), "KILL").run().get()
            try box.wait(for: "stopped")
            try box.waitUntilEmpty()
        }
    }
}
