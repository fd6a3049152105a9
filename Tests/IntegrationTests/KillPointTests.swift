internal import Foundation
internal import Support
internal import Testing

/// A runtime killed at any moment leaves nothing that `delete --force` doesn't remove.
@Suite(.containers) struct KillPointTests {
    @Test func aCreateKilledAfterUpTo20MillisecondsIsRemovedCompletely() throws {
        var left: [String] = []
        for step in 0...100 {
            let delay = Double(step) * 0.2
            try inBox { box in
                box.config["process"]["args"] = ["/bin/sleep", "1000"]
                try box.write()
                let create = try box.command("create", "--bundle", box.bundle, box.id()).start()
                usleep(UInt32(delay * 1000))
                create.signal(SIGKILL)
                _ = try create.wait()
                // Whatever it was, the state is told or there is none: no crash, no hanging.
                let state = try box.command("state", box.id()).run()
                if state.succeeded {
                    let status = try JSON(parsing: state.output)["status"].text ?? ""
                    if !["creating", "created", "stopped"].contains(status) { left.append("\(delay) ms: \(status)") }
                }
                let delete = try box.command("delete", "--force", box.id()).run()
                if !delete.succeeded { left.append("\(delay) ms: \(delete)") }
                try box.waitUntilEmpty()
                left += box.leftovers().map { "\(delay) ms: \($0)" }
            }
        }
        #expect(left.isEmpty, "\(left.joined(separator: "\n"))")
    }

    @Test func aRunKilledAtAnyMomentIsRemovedCompletely() throws {
        var left: [String] = []
        for step in 0..<25 {
            try inBox { box in
                box.config["process"]["args"] = ["/bin/sleep", "1000"]
                try box.write()
                let run = try box.command("run", "--bundle", box.bundle, box.id()).start()
                usleep(UInt32(step) * 800)
                run.signal(SIGKILL)
                _ = try run.wait()
                let delete = try box.command("delete", "--force", box.id()).run()
                if !delete.succeeded { left.append("\(step): \(delete)") }
                try box.waitUntilEmpty()
                left += box.leftovers().map { "\(step): \($0)" }
            }
        }
        #expect(left.isEmpty, "\(left.joined(separator: "\n"))")
    }

    @Test func anInitKilledWhileItWaitsIsStopped() throws {
        try inBox { box in
            try box.write()
            try box.command("create", "--bundle", box.bundle, box.id()).run().get()
            let pid = try #require(try box.state()["pid"].integer.flatMap { Int32(exactly: $0) })
            kill(pid, SIGKILL)
            try box.wait(for: "stopped")
            expectRefusal(try box.command("start", box.id()).run())
            try box.command("delete", box.id()).run().get()
        }
    }
}
