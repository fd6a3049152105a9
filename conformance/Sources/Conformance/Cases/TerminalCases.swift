import CKernel
import Foundation
import Glibc
import JSONValue

/// process.terminal: the terminal comes back over the console socket.
enum TerminalCases {
    /// Runs a probe with a terminal and reads its report from the terminal's other side.
    private static func report(_ stage: Stage, _ steps: [String], _ config: (inout JSON) -> Void) throws -> Report {
        let bundle = try stage.bundle(steps: steps) {
            $0["/process/terminal"] = true
            config(&$0)
        }
        let listener = ck_listen(bundle.directory + "/console")
        if listener < 0 { throw HarnessProblem("can't listen", -listener) }
        let socket = Descriptor(listener)
        let container = try stage.create(bundle, terminal: bundle.directory + "/console")
        guard Processes.wait(for: socket.number, POLLIN, seconds: stage.timeout) else {
            throw Discrepancy(expected: "a connection to the console socket", seen: "none")
        }
        let connection = Descriptor(accept(socket.number, nil, nil))
        var buffer = [UInt8](repeating: 0, count: 4096)
        var numbers = [Int32](repeating: -1, count: 4)
        var count: Int32 = 0
        guard Processes.wait(for: connection.number, POLLIN, seconds: stage.timeout),
            ck_receive(connection.number, &buffer, buffer.count, &numbers, 4, &count) >= 0, count >= 1
        else { throw Discrepancy(expected: "the terminal's descriptor", seen: "none") }
        let terminal = Descriptor(numbers[0])
        try stage.start(container)
        var text: [UInt8] = []
        while !text.contains(0x0A), Processes.wait(for: terminal.number, POLLIN, seconds: stage.timeout) {
            let size = read(terminal.number, &buffer, buffer.count)
            if size <= 0 { break }
            text += buffer[..<size]
        }
        guard let line = try? JSON(parsing: text) else {
            throw Discrepancy(
                expected: "the probe's report on the terminal", seen: String(decoding: text.prefix(200), as: UTF8.self))
        }
        return Report(line)
    }

    private static let without = Fault.config("gives no size") { $0["/process/consoleSize"] = nil }

    @CaseList static var all: [Case] {
        Case(
            "terminal/given", "gives the process a terminal when asked",
            ["runtime/create#4", "config-linux/default-devices#1"],
            broken: .config("makes none") { $0["/process/terminal"] = false }
        ) { stage in
            let seen = try report(stage, ["stat=/dev/console"], { _ in })
            try stage.expect(seen["/terminal/stdout"]?.bool == true, "a terminal", seen["/terminal"]?.text() ?? "")
            try stage.expect(
                seen["/terminal/controlling"]?.bool == true, "the controlling terminal", seen["/terminal"]?.text() ?? ""
            )
            let console = seen.answer("stat=/dev/console")
            try stage.expect(
                console["/type"]?.string == "c", "/dev/console", console.text(), "config-linux/default-devices#1")
        }
        for (number, name, pointer, value) in [
            (3, "height", "/terminal/rows", 43), (4, "width", "/terminal/columns", 117),
        ] {
            Case(
                "terminal/\(name)", "gives the terminal the \(name) of consoleSize", ["config/process#\(number)"],
                broken: without
            ) { stage in
                let seen = try report(stage, []) { $0["/process/consoleSize"] = ["height": 43, "width": 117] }
                try seen.equal(pointer, .int(value))
            }
        }
    }
}
