import CKernel
import Foundation
import Glibc
import JSONValue

/// The seccomp listener: what the runtime sends to the agent's socket.
enum NotifyCases {
    private static let getpgid = Int(SYS_getpgid)

    private static func profile(_ config: inout JSON, socket: String) {
        config["/linux/seccomp"] = [
            "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": .string(socket), "listenerMetadata": "some data",
            "syscalls": [["names": ["getpgid"], "action": "SCMP_ACT_NOTIFY"]],
        ]
        config["/annotations"] = ["com.example.key": "value"]
    }

    /// What came over the socket: the messages of each connection, with the number of descriptors in each.
    struct Delivery: Sendable {
        var document: JSON = [:]
        var descriptorsPerMessage: [Int] = []
        var ended = false
        var connections = 0
        var ownDescriptors: [Descriptor] = []
    }

    /// Creates and starts a container with a listener, and answers what the agent received.
    private static func deliver(_ stage: Stage) throws -> (Delivery, Container) {
        let bundle = try stage.bundle(config: { profile(&$0, socket: "@BUNDLE@/agent") })
        let listener = ck_listen(bundle.directory + "/agent")
        if listener < 0 { throw HarnessProblem("can't listen", -listener) }
        let socket = Descriptor(listener)
        let container = try stage.create(bundle)
        // Some install the filter with create, others just before the program.
        let start = stage.perform(.start, [container.id])
        try stage.expect(start.succeeded, "start succeeds", start.summary)
        var delivery = Delivery()
        while Processes.wait(for: socket.number, POLLIN, seconds: delivery.connections == 0 ? stage.timeout / 2 : 0.05)
        {
            let connection = accept(socket.number, nil, nil)
            if connection < 0 { break }
            delivery.connections += 1
            let owner = Descriptor(connection)
            if delivery.connections == 1 { receive(owner, into: &delivery, timeout: stage.timeout / 2) }
        }
        try stage.expect(delivery.connections > 0, "a connection to the listener", "none")
        return (delivery, container)
    }

    private static func receive(_ connection: Descriptor, into delivery: inout Delivery, timeout: Double) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var numbers = [Int32](repeating: -1, count: 16)
        while Processes.wait(for: connection.number, POLLIN, seconds: timeout) {
            var count: Int32 = 0
            let size = ck_receive(connection.number, &buffer, buffer.count, &numbers, 16, &count)
            delivery.ownDescriptors += numbers.prefix(Int(count)).map { Descriptor($0) }
            if size <= 0 {
                delivery.ended = size == 0
                break
            }
            delivery.descriptorsPerMessage.append(Int(count))
            bytes += buffer[..<size]
        }
        delivery.document = (try? JSON(parsing: bytes)) ?? .string(String(decoding: bytes, as: UTF8.self))
    }

    private static func item(
        _ id: String, _ title: String, _ decides: [String], broken: Fault,
        _ check: @escaping @Sendable (Stage, Delivery, Container) throws -> Void
    ) -> Case {
        Case(id, title, decides, since: "1.1.0", broken: broken) { stage in
            let (delivery, container) = try deliver(stage)
            try check(stage, delivery, container)
        }
    }

    /// A runtime that never turns to the agent; the socket is the harness's, so what is sent can't be changed on its way.
    private static let silent = Fault.config("installs no filter, and sends nothing") { $0["/linux/seccomp"] = nil }

    @CaseList static var all: [Case] {
        item(
            "seccomp-notify/state", "sends the process state as JSON, with the descriptor beside it",
            ["config-linux/seccomp#3", "config-linux/the-container-process-state#1"], broken: silent
        ) { stage, delivery, _ in
            try stage.expect(delivery.document.members != nil, "one JSON object", delivery.document.text())
            try stage.expect(delivery.ownDescriptors.count == 1, "one descriptor", "\(delivery.ownDescriptors.count)")
        }
        item(
            "seccomp-notify/one-state", "sends one state over one connection, and closes it",
            ["config-linux/seccomp#4", "config-linux/seccomp#5"], broken: silent
        ) { stage, delivery, _ in
            try stage.expect(delivery.connections == 1, "one connection", "\(delivery.connections)")
            try stage.expect(delivery.document.members != nil, "exactly one state", delivery.document.text())
            try stage.expect(delivery.ended, "the connection is closed", "it stays open")
        }
        item(
            "seccomp-notify/first-message", "sends descriptors with the first message only",
            ["config-linux/the-container-process-state#2"], broken: silent
        ) { stage, delivery, _ in
            let counts = delivery.descriptorsPerMessage
            try stage.expect(
                counts.first ?? 0 > 0 && counts.dropFirst().allSatisfy { $0 == 0 },
                "descriptors in the first message alone",
                "\(counts)")
        }
        item(
            "seccomp-notify/name", "names the descriptor seccompFd", ["config-linux/seccomp#7"], broken: silent
        ) { stage, delivery, _ in
            try stage.expect(
                delivery.document["/fds"] == ["seccompFd"], "fds is [\"seccompFd\"]", delivery.document.text())
        }
        item(
            "seccomp-notify/version", "names the version of the process state",
            ["config-linux/the-container-process-state#3"], broken: silent
        ) { stage, delivery, _ in
            let version = delivery.document["/ociVersion"]?.string ?? ""
            try stage.expect(version.first?.isNumber == true, "a version in ociVersion", delivery.document.text())
        }
        item(
            "seccomp-notify/pid", "names the container's process", ["config-linux/the-container-process-state#4"],
            broken: silent
        ) { stage, delivery, container in
            try stage.expect(
                delivery.document["/pid"]?.int == container.pid.map(Int.init), "the pid \(container.pid ?? 0)",
                delivery.document.text())
        }
        item(
            "seccomp-notify/container-state", "carries the container's state",
            ["config-linux/the-container-process-state#5"], broken: silent
        ) { stage, delivery, container in
            let state = delivery.document["/state"] ?? [:]
            let problems = Documents.problems(ofState: state)
            try stage.expect(problems.isEmpty, "a state that fits the schema", problems.joined(separator: "; "))
            try stage.expect(state["/id"]?.string == container.id, "the id \(container.id)", state.text())
            try stage.expect(
                delivery.document["/metadata"]?.string == "some data", "the metadata", delivery.document.text())
        }
        Case.refuse(
            "seccomp-notify/no-listener", "tells that the listener can't be reached", ["config-linux/seccomp#6"],
            since: "1.1.0", atStart: true, config: { profile(&$0, socket: "@BUNDLE@/nobody") })
    }
}
