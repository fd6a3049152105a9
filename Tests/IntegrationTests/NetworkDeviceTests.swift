internal import Foundation
internal import Support
internal import Testing

/// Devices that move into a container, from a network namespace that stands for the host's.
@Suite(
    .containers,
    .enabled(
        if: (try? Command("unshare", "--net", "ip", "link", "add", "end0", "type", "veth").run().succeeded) == true,
        "needs iproute2, and a kernel with veth"))
struct NetworkDeviceTests {
    /// A pair, one end of which has addresses of all sorts.
    private static let pair = """
        set -e
        ip link set lo up
        ip link add out0 type veth peer name peer0
        ip link set peer0 up
        ip link set out0 mtu 1400 address 02:11:22:33:44:55
        ip address add 10.1.2.3/24 broadcast + label out0:web dev out0
        ip address add 10.9.9.9 peer 10.9.9.1/32 dev out0
        ip address add 2001:db8::5/64 dev out0
        ip address add 10.8.8.8/24 scope link dev out0
        ip address add 10.7.7.7/24 valid_lft 1000 preferred_lft 900 dev out0
        ip link set out0 up
        set +e

        """

    /// Runs the box' container from a network namespace in which `before` was done; then `after`.
    private func run(_ box: Box, before: String = pair, script: String, after: String = "") throws -> Outcome {
        box.config["process"]["args"] = ["/bin/sh", "-c", .string(script)]
        try box.write()
        let words = box.command("run", "--bundle", box.bundle, box.id()).arguments.joined(separator: " ")
        return try Command("unshare", "--net", "sh", "-c", before + words + "; status=$?; " + after + "\nexit $status")
            .run()
    }

    private let addresses =
        "busybox ip -o address show | awk '$2 != \"lo\" { $1 = \"\"; print }' | grep -v fe80 | cut -d'\\\\' -f1"

    @Test(arguments: [false, true])
    func aDeviceMovesWithItsLastingAddressesAndIsUp(_ hasUserNamespace: Bool) throws {
        try inBox { box in
            box.config["linux"]["netDevices"] = ["out0": ["name": "net1"]]
            if hasUserNamespace {
                box.config["linux"]["namespaces"].elements.append(["type": "user"])
                let ids: JSON = [["containerID": 0, "hostID": 100_000, "size": 65536]]
                (box.config["linux"]["uidMappings"], box.config["linux"]["gidMappings"]) = (ids, ids)
                try Command("chown", "-R", "-h", "100000:100000", box.rootfs).run().get()
            }
            let script =
                "cat /sys/class/net/net1/address /sys/class/net/net1/mtu; busybox ip -o link show net1 | grep -o '[<,]UP'; "
                + addresses
            let outcome = try run(box, script: script, after: "ip -o link show | grep -c out0").get()
            #expect(
                Observation.tidy(outcome.output.replacingOccurrences(of: " tentative", with: ""))
                    == """
                    02:11:22:33:44:55
                    1400
                    ,UP
                    net1 inet 10.1.2.3/24 brd 10.1.2.255 scope global net1:web
                    net1 inet 10.9.9.9 peer 10.9.9.1/32 scope global net1
                    net1 inet6 2001:db8::5/64 scope global
                    0
                    """)
        }
    }

    @Test func theKernelNumbersADeviceWhoseNameIsATemplate() throws {
        try inBox { box in
            box.config["linux"]["netDevices"] = ["out0": ["name": "net%d"], "peer0": ["name": "net%d"]]
            let outcome = try run(box, script: "ls /sys/class/net").get()
            #expect(outcome.output == "lo\nnet0\nnet1\n")
        }
    }

    @Test func aVirtualDeviceEndsWithTheContainersNamespace() throws {
        try inBox { box in
            box.config["linux"]["netDevices"] = ["out0": [:]]
            // The kernel takes a namespace down a moment after its last process.
            let after = """
                for i in $(seq 500); do
                    ip link show peer0 >/dev/null 2>&1 || { echo gone; break; }
                    sleep 0.02
                done
                """
            let outcome = try run(box, script: "ls /sys/class/net", after: after).get()
            #expect(outcome.output == "lo\nout0\ngone\n")
        }
    }

    @Test func whereOneDeviceIsMissingNoneMoves() throws {
        try inBox { box in
            box.config["linux"]["netDevices"] = ["out0": [:], "zero0": [:]]
            let outcome = try run(box, script: "true", after: "ip -o -4 address show out0 >&2")
            expectRefusal(
                outcome, "ENODEV", "/linux/netDevices/zero0", "no such network device", "10.1.2.3/24", "10.7.7.7")
        }
    }

    /// The first moves, the second is refused by the kernel only when it is to move: the first comes back.
    @Test func whatHasMovedComesBackWhereAnotherIsRefused() throws {
        try inBox { box in
            box.config["linux"]["netDevices"] = ["a0": ["name": "b0"], "lo": ["name": "other"]]
            let before = """
                ip link add a0 type veth peer name peer0
                ip address add 10.1.2.3/24 dev a0
                ip link set a0 up

                """
            let after = "ip -o -4 address show a0 >&2; ip link show a0 >&2"
            let outcome = try run(box, before: before, script: "true", after: after)
            expectRefusal(outcome, "EINVAL", "/linux/netDevices/lo", "10.1.2.3/24", ",UP")
        }
    }

    @Test func aNameThatIsTakenInAJoinedNamespaceIsRefusedAndTheDeviceStays() throws {
        try inBox { box in
            box.config["linux"]["netDevices"] = ["out0": ["name": "taken"]]
            let path = box.directory + "/netns"
            try Data().write(to: URL(fileURLWithPath: path))
            let namespaces = box.config["linux"]["namespaces"].elements.filter { $0["type"] != "network" }
            box.config["linux"]["namespaces"].elements = namespaces + [["type": "network", "path": .string(path)]]
            let before = """
                unshare --net=\(path) ip link add taken type veth peer name other
                trap 'umount \(path)' EXIT

                """
            let outcome = try run(
                box, before: NetworkDeviceTests.pair + before, script: "true", after: "ip -o -4 address show out0 >&2")
            expectRefusal(outcome, "EEXIST", "/linux/netDevices/out0", "taken", "10.1.2.3/24")
        }
    }

    @Test func aDeviceMovesIntoAJoinedNamespaceAndStaysThere() throws {
        try inBox { box in
            box.config["linux"]["netDevices"] = ["out0": [:]]
            let path = box.directory + "/netns"
            try Data().write(to: URL(fileURLWithPath: path))
            let namespaces = box.config["linux"]["namespaces"].elements.filter { $0["type"] != "network" }
            box.config["linux"]["namespaces"].elements = namespaces + [["type": "network", "path": .string(path)]]
            let before = "unshare --net=\(path) true; trap 'umount \(path)' EXIT\n"
            let outcome = try run(
                box, before: NetworkDeviceTests.pair + before, script: "true",
                after: "nsenter --net=\(path) ip -o -4 address show out0"
            ).get()
            #expect(outcome.output.contains("10.1.2.3/24"), "\(outcome)")
        }
    }
}
