internal import Foundation
internal import Support
internal import Testing

/// Containers with a terminal: handed to a manager's socket, or relayed to the caller's own.
@Suite(.containers) struct TerminalTests {
    @Test func aConsoleSocketGetsTheTerminal() throws {
        try inBox { box in
            box.config["process"]["terminal"] = true
            box.config["process"]["consoleSize"] = ["width": 91, "height": 23]
            box.config["process"]["args"] = ["/bin/sh", "-c", "tty; stty size; read line; echo got $line"]
            try box.write()
            let socket = try ConsoleSocket(box.directory + "/socket")
            let words = ["create", "--console-socket", socket.path, "--bundle", box.bundle, box.id()]
            try box.command(words).run().get()
            let terminal = try socket.receive()
            try box.command("start", box.id()).run().get()
            try terminal.wait(for: "/dev/pts/0")
            try terminal.wait(for: "23 91")
            terminal.type("hello\n")
            try terminal.wait(for: "got hello")
            try box.wait(for: "stopped")
        }
    }

    @Test func aTerminalIsTheControllingOneAndOwnedByTheUser() throws {
        try inBox { box in
            box.config["process"]["terminal"] = true
            box.config["process"]["user"] = ["uid": 1000, "gid": 1000]
            box.config["process"]["args"] = [
                "/bin/sh", "-c", "stat -c 'owner %u' /dev/pts/0; echo through >/dev/tty; ls -l /dev/console; echo end",
            ]
            try box.write()
            let socket = try ConsoleSocket(box.directory + "/socket")
            try box.command("create", "--console-socket", socket.path, "-b", box.bundle, box.id()).run().get()
            let terminal = try socket.receive()
            try box.command("start", box.id()).run().get()
            try terminal.wait(for: "end")
            try terminal.wait(for: "owner 1000")
            try terminal.wait(for: "through")
            try terminal.wait(for: "136,")
        }
    }

    private func foreground(_ box: Box, _ script: String) throws -> (Terminal, Running) {
        box.config["process"]["terminal"] = true
        box.config["process"]["args"] = ["/bin/sh", "-c", .string(script)]
        try box.write()
        let terminal = try Terminal(columns: 77, rows: 19)
        var command = box.command("run", "--bundle", box.bundle, box.id())
        command.descriptors = [0: terminal.slave, 1: terminal.slave, 2: terminal.slave]
        command.ownsTerminal = true
        return (terminal, try command.start())
    }

    @Test func theCallersTerminalIsRelayedBothWays() throws {
        try inBox { box in
            let (terminal, running) = try foreground(box, "stty size; read line; echo \"got $line\"; exit 5")
            try terminal.wait(for: "19 77")
            terminal.type("hello\n")
            try terminal.wait(for: "got hello")
            #expect(try running.wait().status == 5)
            #expect(terminal.isCooked, "the caller's terminal is as it was")
        }
    }

    @Test func theCallersTerminalIsRawWhileTheContainerRuns() throws {
        try inBox { box in
            let (terminal, running) = try foreground(box, "echo ready; read line; exit 0")
            try terminal.wait(for: "ready")
            #expect(!terminal.isCooked)
            terminal.type("\n")
            #expect(try running.wait().succeeded)
        }
    }

    @Test func aNewWindowSizeReachesTheContainer() throws {
        try inBox { box in
            let script = "trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.02; done"
            let (terminal, running) = try foreground(box, script)
            try terminal.wait(for: "ready")
            terminal.resize(columns: 101, rows: 41)
            try terminal.wait(for: "41 101")
            #expect(try running.wait().succeeded)
        }
    }

    @Test func controlCInterruptsTheContainerNotTheRuntime() throws {
        try inBox { box in
            let script = "trap 'echo interrupted; exit 9' INT; echo ready; while :; do sleep 0.02; done"
            let (terminal, running) = try foreground(box, script)
            try terminal.wait(for: "ready")
            terminal.type("\u{3}")
            try terminal.wait(for: "interrupted")
            #expect(try running.wait().status == 9)
            #expect(terminal.isCooked)
        }
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGINT])
    func theTerminalIsRestoredWhenTheRuntimeIsToldToEnd(_ signal: Int32) throws {
        try inBox { box in
            let script = "trap 'exit 3' TERM HUP INT; echo ready; while :; do sleep 0.02; done"
            let (terminal, running) = try foreground(box, script)
            try terminal.wait(for: "ready")
            running.signal(signal)
            #expect(try running.wait().status == 3)
            #expect(terminal.isCooked)
        }
    }

    @Test func theTerminalIsRestoredWhenTheProgramIsMissing() throws {
        try inBox { box in
            box.config["process"]["terminal"] = true
            box.config["process"]["args"] = ["/bin/missing"]
            try box.write()
            let terminal = try Terminal(columns: 80, rows: 24)
            var command = box.command("run", "--bundle", box.bundle, box.id())
            command.descriptors = [0: terminal.slave, 1: terminal.slave, 2: terminal.slave]
            command.ownsTerminal = true
            #expect(try command.run().status == 1)
            #expect(terminal.isCooked)
            try terminal.wait(for: "o such file or directory")
        }
    }

    @Test func allOfALongOutputArrives() throws {
        try inBox { box in
            let (terminal, running) = try foreground(box, "for i in $(seq 1 4000); do echo line $i; done; echo END")
            // Read while it runs: a terminal holds only a few pages.
            let text = try terminal.wait(for: "END", seconds: 30)
            #expect(try running.wait().succeeded)
            #expect(text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("line ") }.count == 4000)
        }
    }
}
