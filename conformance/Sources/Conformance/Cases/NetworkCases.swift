import Foundation
import JSONValue

/// linux.netDevices: a device of the host moves into the container.
enum NetworkCases {
    private static let needs: [Need] = [
        .root, .namespace("net"), .capability(12), .program("ip"), .program("nsenter"),
    ]

    /// Runs a program of the host and answers its output.
    @discardableResult
    private static func tool(_ words: String...) throws -> String {
        let outcome = Processes.run(words, environment: Runtime.environment, timeout: 10)
        if !outcome.succeeded { throw HarnessProblem("\(words.joined(separator: " ")): \(outcome.summary)") }
        return outcome.text
    }

    /// Makes a pair of devices, runs the body, and removes what is left of it.
    private static func pair(_ stage: Stage, _ body: (String) throws -> Void) throws {
        let name = "cf\(UInt32.random(in: 0..<9_999_999))"
        stage.workshop.record(link: name + "b")
        try tool("ip", "link", "add", name + "a", "type", "veth", "peer", "name", name + "b")
        defer { _ = try? tool("ip", "link", "del", name + "b") }
        try tool("ip", "address", "add", "192.0.2.7/24", "dev", name + "a")
        try tool("ip", "link", "set", "dev", name + "a", "mtu", "1400")
        try body(name + "a")
    }

    private static func config(_ device: String, _ name: String?, _ config: inout JSON) {
        config["/linux/namespaces/-"] = ["type": "network"]
        config["/linux/netDevices"] = .object([.init(device, name.map { ["name": .string($0)] } ?? [:])])
    }

    private static func addresses(_ container: Container, _ device: String) -> JSON {
        // A device that isn't there is the runtime's fault: no address is seen then.
        let text =
            (try? tool(
                "nsenter", "--net=/proc/\(try container.requiredPID())/ns/net", "ip", "-json", "address", "show", "dev",
                device))
            ?? ""
        return (try? JSON(parsing: text))?["/0"] ?? [:]
    }

    private static let forgets = Fault.config("moves nothing") { $0["/linux/netDevices"] = nil }

    private static func item(
        _ id: String, _ title: String, _ decides: [String], name: String?, broken: Fault,
        _ check: @escaping @Sendable (Stage, Container, [String], String) throws -> Void
    ) -> Case {
        Case(id, title, decides.map { "config-linux/" + $0 }, since: "1.3.0", needs: needs, broken: broken) { stage in
            try pair(stage) { device in
                let bundle = try stage.bundle(steps: ["hold"]) { config(device, name, &$0) }
                let (container, report) = try stage.running(bundle)
                defer { container.kill() }
                try check(stage, container, report["/interfaces"]?.strings ?? [], device)
            }
        }
    }

    @CaseList static var all: [Case] {
        item(
            "net-devices/moved", "moves a listed device into the container",
            ["network-devices#1", "network-devices#2"],
            name: nil, broken: forgets
        ) { stage, _, seen, device in
            try stage.expect(seen.contains(device), "the device \(device)", seen.joined(separator: " "))
            let outside = FileManager.default.fileExists(atPath: "/sys/class/net/\(device)")
            try stage.expect(!outside, "the device has left the host", "it is still there")
        }
        item(
            "net-devices/renamed", "gives the device its new name", ["network-devices#1"], name: "inside0",
            broken: .config("keeps the old name") { config in
                let device = config["/linux/netDevices"]?.members?.first?.name ?? ""
                config["/linux/netDevices"] = .object([.init(device, [:])])
            }
        ) { stage, _, seen, _ in
            try stage.expect(seen.contains("inside0"), "the device inside0", seen.joined(separator: " "))
        }
        item(
            "net-devices/template", "lets the kernel choose the number of a name that ends in %d",
            ["network-devices#4"],
            name: "inside%d", broken: forgets
        ) { stage, _, seen, _ in
            try stage.expect(seen.contains("inside0"), "the device inside0", seen.joined(separator: " "))
        }
        item(
            "net-devices/attributes", "keeps the device's addresses and attributes", ["network-devices#5"],
            name: "inside0",
            broken: forgets
        ) { stage, container, _, _ in
            let seen = addresses(container, "inside0")
            let local = seen["/addr_info"]?.array?.compactMap { $0["/local"]?.string } ?? []
            try stage.expect(local.contains("192.0.2.7"), "the address 192.0.2.7", local.joined(separator: " "))
            try stage.expect(seen["/mtu"]?.int == 1400, "an MTU of 1400", seen["/mtu"]?.text() ?? "none")
        }
        item(
            "net-devices/up", "sets the device up", ["network-devices#6"], name: "inside0", broken: forgets
        ) { stage, container, _, _ in
            let flags = addresses(container, "inside0")["/flags"]?.strings ?? []
            try stage.expect(flags.contains("UP"), "the flag UP", flags.joined(separator: " "))
        }
        Case.refuse(
            "net-devices/name-taken", "refuses a name that is taken in the container",
            ["config-linux/network-devices#3"],
            since: "1.3.0", needs: needs, config: { config("lo", "lo", &$0) })
        Case.refuse(
            "net-devices/missing", "refuses a device that doesn't exist", ["config-linux/network-devices#2"],
            since: "1.3.0", needs: needs, config: { config("cfnone0", nil, &$0) })
        item(
            "net-devices/left-alone", "leaves the device in the namespace when the container ends",
            [
                "namespace-lifecycle-and-container-termination#1", "namespace-lifecycle-and-container-termination#2",
            ],
            name: "inside0",
            broken: .operation("moves the device back before the deletion") { invocation, proceed in
                if invocation.operation == .delete {
                    _ = try? tool("ip", "link", "add", "cfback0", "type", "veth", "peer", "name", "cfback1")
                }
                return proceed(invocation)
            }
        ) { stage, container, seen, device in
            try stage.expect(seen.contains("inside0"), "the device inside0", seen.joined(separator: " "))
            container.kill()
            stage.perform(.delete, [container.id])
            // A device that wasn't moved back goes with its namespace, and takes its peer along.
            defer { _ = try? tool("ip", "link", "del", "cfback0") }
            let back = ["inside0", device, "cfback0"].filter {
                FileManager.default.fileExists(atPath: "/sys/class/net/\($0)")
            }
            try stage.expect(back.isEmpty, "no device comes back", back.joined(separator: " "))
        }
    }
}
