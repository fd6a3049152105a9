internal import OCISpec

extension Rules {
    /// What is limited, and which controller it takes: by its name in version 2, which is mostly that of version 1.
    static func judgeControllers(_ subject: Subject, _ report: inout Report) {
        guard let resources = subject.resources, let controllers = subject.host.cgroupControllers else { return }
        let isV2 = subject.host.cgroupMode == .v2
        let network = isV2 ? nil : resources.network
        let wanted = [
            ("memory", "memory", resources.memory?.isLimit == true),
            ("cpu", "cpu", resources.cpu?.isLimit == true), ("cpu", "cpuset", resources.cpu?.isSet == true),
            ("pids", "pids", (resources.pids?.limit ?? -1) != -1),
            ("blockIO", isV2 ? "io" : "blkio", resources.blockIO?.isLimit == true),
            ("hugepageLimits", "hugetlb", !(resources.hugepageLimits ?? []).isEmpty),
            ("network/classID", "net_cls", network?.classID ?? 0 != 0),
            ("network/priorities", "net_prio", !(network?.priorities ?? []).isEmpty),
            ("rdma", "rdma", !(resources.rdma ?? [:]).isEmpty),
        ]
        for (key, controller, isUsed) in wanted where isUsed && !controllers.contains(controller) {
            report.error(
                "/linux/resources/\(key)", "the cgroup controller \(quoted(controller)) isn't there to enforce it",
                "remove the limit, or enable the controller on this machine")
        }
    }
}

// Managers write 0 for "not set"; and no controller is needed to have no limit.

extension Spec.Linux.Resources.Memory {
    fileprivate var isLimit: Bool {
        [limit, reservation, swap].contains { $0 ?? 0 != 0 && $0 != -1 } || disableOOMKiller == true
            || (swappiness ?? .max) != .max
    }
}

extension Spec.Linux.Resources.CPU {
    fileprivate var isLimit: Bool {
        shares ?? 0 != 0 || quota ?? -1 > 0 || period ?? 0 != 0 || burst ?? 0 != 0 || idle == 1
            || realtimeRuntime ?? 0 != 0 || realtimePeriod ?? 0 != 0
    }

    fileprivate var isSet: Bool { !(cpus ?? "").isEmpty || !(mems ?? "").isEmpty }
}

extension Spec.Linux.Resources.BlockIO {
    fileprivate var isLimit: Bool {
        let throttles = [
            throttleReadBpsDevice, throttleWriteBpsDevice, throttleReadIOPSDevice, throttleWriteIOPSDevice,
        ]
        return weight ?? 0 != 0 || leafWeight ?? 0 != 0 || !(weightDevice ?? []).isEmpty
            || throttles.contains { !($0 ?? []).isEmpty }
    }
}

extension String {
    /// Whether the kernel takes it for the name of a network interface: dev_valid_name(), IFNAMSIZ.
    var isInterfaceName: Bool {
        1...15 ~= utf8.count && !isExactly(".") && !isExactly("..")
            && utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
    }
}
