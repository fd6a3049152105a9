internal import OCISpec

extension Rules {
    /// Rules on the limits of the rarer cgroup controllers.
    static let controllers: [Rule] = [
        Rule("block-io", "config-linux.md \"Block IO\"", "Weights are in range, and each entry has one.") {
            subject, report in
            guard let blockIO = subject.spec.linux?.resources?.blockIO else { return }
            judgeBlockIO(blockIO, &report)
        },
        Rule("block-weight", "config-linux.md \"Block IO\"", "Something on this machine knows the weights.") {
            subject, report in
            guard let blockIO = subject.resources?.blockIO else { return }
            judgeWeights(blockIO, subject.host, &report)
        },
        Rule(
            "hugepage-limit", "config-linux.md \"Huge page limits\"",
            "Page sizes read like 2MB, each once, and this machine has them."
        ) { subject, report in
            var seen = Set<String>()
            for (index, limit) in (subject.spec.linux?.resources?.hugepageLimits ?? []).enumerated() {
                var pointer: String { "/linux/resources/hugepageLimits/\(index)/pageSize" }
                if !isPageSize(limit.pageSize) {
                    report.error(
                        pointer, "\(quoted(limit.pageSize)) is no size of huge pages",
                        "write it as the kernel does: 64KB, 2MB, 1GB")
                } else if !seen.insert(limit.pageSize).inserted {
                    report.error(
                        pointer, "\(limit.pageSize) pages are limited twice", "remove one of the two entries")
                } else if let sizes = subject.host.hugepageSizes,
                    !sizes.contains(where: limit.pageSize.isExactly)
                {
                    report.error(
                        pointer, "this machine has no pages of \(limit.pageSize)",
                        sizes.isEmpty ? "remove the limit" : "use one of \(sizes.sorted().joined(separator: ", "))")
                }
            }
        },
        Rule("network-class", "config-linux.md \"Network\"", "Classes and priorities are a matter of cgroup v1.") {
            subject, report in
            guard let network = subject.spec.linux?.resources?.network, subject.host.cgroupMode == .v2 else {
                return
            }
            for (key, isGiven) in [
                ("classID", network.classID ?? 0 != 0), ("priorities", !(network.priorities ?? []).isEmpty),
            ] where isGiven {
                report.error("/linux/resources/network/\(key)", "cgroup v2 has no such setting", "remove it")
            }
        },
        Rule(
            "network-interface", "config-linux.md \"Network\"", "Each priority is for an interface, each once."
        ) { subject, report in
            var seen = Set<[UInt8]>()
            for (index, entry) in (subject.resources?.network?.priorities ?? []).enumerated() {
                var pointer: String { "/linux/resources/network/priorities/\(index)/name" }
                if !entry.name.isInterfaceName {
                    report.error(
                        pointer, "\(quoted(entry.name)) is no name of an interface",
                        "use 1 to 15 bytes without blanks, slashes and colons")
                } else if !seen.insert(Array(entry.name.utf8)).inserted {
                    report.error(pointer, "\(entry.name) has a priority already", "remove one of the two entries")
                }
            }
        },
        Rule("rdma-limit", "config-linux.md \"RDMA\"", "Each device is there and has a limit.") { subject, report in
            for (name, limit) in subject.spec.linux?.resources?.rdma ?? [:] {
                var pointer: String { "/linux/resources/rdma/\(pointerToken(name))" }
                if limit.hcaHandles == nil && limit.hcaObjects == nil {
                    report.error(pointer, "neither hcaHandles nor hcaObjects is given", "add one of them")
                } else if let devices = subject.host.rdmaDevices, !devices.contains(where: name.isExactly) {
                    report.error(
                        pointer, "this machine has no RDMA device \(quoted(name))",
                        devices.isEmpty ? "remove it" : "use one of \(devices.sorted().joined(separator: ", "))")
                }
            }
        },
        Rule("unified-file", "config-linux.md \"Unified\"", "Each key is a controller's file, and cgroups are v2.") {
            subject, report in
            guard let unified = subject.spec.linux?.resources?.unified, !unified.isEmpty else { return }
            if subject.host.cgroupMode != .v2 {
                report.error(
                    "/linux/resources/unified", "this machine's controllers are in cgroup v1",
                    "use the other properties")
            }
            for file in unified.keys { judgeFile(file, subject.host, &report) }
        },
    ]

    private static func judgeBlockIO(_ blockIO: Spec.Linux.Resources.BlockIO, _ report: inout Report) {
        let pointer = "/linux/resources/blockIO"
        judgeWeight(blockIO.weight, "\(pointer)/weight", &report)
        judgeWeight(blockIO.leafWeight, "\(pointer)/leafWeight", &report)
        for (index, device) in (blockIO.weightDevice ?? []).enumerated() {
            let place = "\(pointer)/weightDevice/\(index)"
            judgeWeight(device.weight, "\(place)/weight", &report)
            judgeWeight(device.leafWeight, "\(place)/leafWeight", &report)
            judgeDevice(device.major, device.minor, place, &report)
            if device.weight == nil && device.leafWeight == nil {
                report.error(place, "neither weight nor leafWeight is given", "add one of them")
            }
        }
        let throttles = [
            ("throttleReadBpsDevice", blockIO.throttleReadBpsDevice),
            ("throttleWriteBpsDevice", blockIO.throttleWriteBpsDevice),
            ("throttleReadIOPSDevice", blockIO.throttleReadIOPSDevice),
            ("throttleWriteIOPSDevice", blockIO.throttleWriteIOPSDevice),
        ]
        for (key, devices) in throttles {
            for (index, device) in (devices ?? []).enumerated() {
                judgeDevice(device.major, device.minor, "\(pointer)/\(key)/\(index)", &report)
            }
        }
    }

    private static func judgeWeight(_ weight: UInt16?, _ pointer: String, _ report: inout Report) {
        // Managers write 0 for "not set".
        guard let weight, weight != 0, !(10...1000 ~= weight) else { return }
        report.error(pointer, "\(weight) is out of range", "use a number from 10 to 1000")
    }

    private static func judgeDevice(_ major: Int64, _ minor: Int64, _ pointer: String, _ report: inout Report) {
        for (key, number, highest) in [("major", major, Int64(4095)), ("minor", minor, 1_048_575)]
        where !(0...highest ~= number) {
            report.error("\(pointer)/\(key)", "\(number) is out of range", "use a number from 0 to \(highest)")
        }
    }

    /// Whether a text reads `[1-9][0-9]*[KMG]B`.
    private static func isPageSize(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count >= 3, bytes.last == UInt8(ascii: "B"), "KMG".utf8.contains(bytes[bytes.count - 2]),
            bytes[0] != UInt8(ascii: "0")
        else { return false }
        return bytes.dropLast(2).allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    }

    private static func judgeWeights(
        _ blockIO: Spec.Linux.Resources.BlockIO, _ host: HostFacts, _ report: inout Report
    ) {
        let pointer = "/linux/resources/blockIO"
        var weights = [("\(pointer)/weight", blockIO.weight)]
        var leaves = [("\(pointer)/leafWeight", blockIO.leafWeight)]
        for (index, device) in (blockIO.weightDevice ?? []).enumerated() {
            weights.append(("\(pointer)/weightDevice/\(index)/weight", device.weight))
            leaves.append(("\(pointer)/weightDevice/\(index)/leafWeight", device.leafWeight))
        }
        if host.hasBlockWeights == false {
            for (pointer, weight) in weights where weight ?? 0 != 0 {
                report.error(
                    pointer, "nothing on this machine shares block I/O by weight",
                    "remove it, or load the I/O scheduler BFQ")
            }
        }
        // They were CFQ's, which Linux 5.0 took out.
        guard host.cgroupMode == .v2 || host.kernelIsAtLeast(5, 0) else { return }
        for (pointer, weight) in leaves where weight ?? 0 != 0 {
            report.error(pointer, "leaf weights went with the I/O scheduler CFQ in Linux 5.0", "remove it")
        }
    }

    private static func judgeFile(_ file: String, _ host: HostFacts, _ report: inout Report) {
        let pointer = "/linux/resources/unified/\(pointerToken(file))"
        let parts = file.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if file.utf8.contains(UInt8(ascii: "/")) || file.hasControlBytes || parts.count < 2
            || parts.contains(where: \.isEmpty)
        {
            report.error(
                pointer, "\(quoted(file)) is no file of a cgroup controller", "name one, such as \"memory.high\"")
        } else if parts[0].elementsEqual("cgroup".utf8) {
            // cgroup.procs and its like move and kill processes; they limit nothing.
            if ["cgroup.max.depth", "cgroup.max.descendants", "cgroup.pressure"].contains(where: file.isExactly) {
                return
            }
            report.error(pointer, "\(quoted(file)) belongs to the runtime", "remove it")
        } else if let controllers = host.cgroupControllers, host.cgroupMode == .v2 {
            let controller = String(Substring(parts[0]))
            if controllers.contains(where: controller.isExactly) { return }
            report.error(
                pointer, "the cgroup controller \(quoted(controller)) isn't there",
                "remove it, or enable the controller on this machine")
        }
    }
}
