internal import OCISpec

extension Rules {
    /// Rules on the limits of the rarer cgroup controllers.
    static var controllers: [Rule] {
        [
            Rule("block-io", "config-linux.md \"Block IO\"", "Weights are in range, and each entry has one.") {
                subject, report in
                guard let blockIO = subject.spec.linux?.resources?.blockIO else { return }
                judgeBlockIO(blockIO, &report)
            },
            Rule("hugepage-limit", "config-linux.md \"Huge page limits\"", "Page sizes read like 2MB, each once.") {
                subject, report in
                var seen = Set<String>()
                for (index, limit) in (subject.spec.linux?.resources?.hugepageLimits ?? []).enumerated() {
                    let pointer = "/linux/resources/hugepageLimits/\(index)/pageSize"
                    if !isPageSize(limit.pageSize) {
                        report.error(
                            pointer, "\(quoted(limit.pageSize)) is no size of huge pages",
                            "write it as the kernel does: 64KB, 2MB, 1GB")
                    } else if !seen.insert(limit.pageSize).inserted {
                        report.error(
                            pointer, "\(limit.pageSize) pages are limited twice", "remove one of the two entries")
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
            Rule("rdma-limit", "config-linux.md \"RDMA\"", "Each device has a limit.") { subject, report in
                for (name, limit) in subject.spec.linux?.resources?.rdma ?? [:] {
                    guard limit.hcaHandles == nil && limit.hcaObjects == nil else { continue }
                    report.error(
                        "/linux/resources/rdma/\(pointerToken(name))", "neither hcaHandles nor hcaObjects is given",
                        "add one of them")
                }
            },
            Rule("unified-file", "config-linux.md \"Unified\"", "Each key is a controller's file, and cgroups are v2.")
            {
                subject, report in
                guard let unified = subject.spec.linux?.resources?.unified, !unified.isEmpty else { return }
                if subject.host.cgroupMode != .v2 {
                    report.error(
                        "/linux/resources/unified", "this machine's controllers are in cgroup v1",
                        "use the other properties")
                }
                for file in unified.keys { judgeFile(file, &report) }
            },
        ]
    }

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

    private static func judgeFile(_ file: String, _ report: inout Report) {
        let pointer = "/linux/resources/unified/\(pointerToken(file))"
        let parts = file.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if file.utf8.contains(UInt8(ascii: "/")) || file.hasControlBytes || parts.count < 2
            || parts.contains(where: \.isEmpty)
        {
            report.error(
                pointer, "\(quoted(file)) is no file of a cgroup controller", "name one, such as \"memory.high\"")
        } else if parts[0].elementsEqual("cgroup".utf8) {
            // cgroup.procs and its like move and kill processes; they limit nothing.
            report.error(pointer, "\(quoted(file)) belongs to the runtime", "remove it")
        }
    }
}
