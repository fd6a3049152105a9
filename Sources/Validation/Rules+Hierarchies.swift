internal import OCISpec

extension Rules {
    /// What is limited, and which controller it takes: by its name in version 2, which is mostly that of version 1.
    static func judgeControllers(_ subject: Subject, _ report: inout Report) {
        guard let resources = subject.resources, let controllers = subject.host.cgroupControllers else { return }
        let isV2 = subject.host.cgroupMode == .v2
        let network = isV2 ? nil : resources.network
        func demand(_ controller: String, for key: String, where isUsed: Bool) {
            guard isUsed, !controllers.contains(controller) else { return }
            report.error(
                "/linux/resources/\(key)", "the cgroup controller \(quoted(controller)) isn't there to enforce it",
                "remove the limit, or enable the controller on this machine")
        }
        demand("memory", for: "memory", where: resources.memory?.isLimit == true)
        demand("cpu", for: "cpu", where: resources.cpu?.isLimit == true)
        demand("cpuset", for: "cpu", where: resources.cpu?.isSet == true)
        demand("pids", for: "pids", where: (resources.pids?.limit ?? -1) != -1)
        demand(isV2 ? "io" : "blkio", for: "blockIO", where: resources.blockIO?.isLimit == true)
        demand("hugetlb", for: "hugepageLimits", where: !(resources.hugepageLimits ?? []).isEmpty)
        demand("net_cls", for: "network/classID", where: network?.classID ?? 0 != 0)
        demand("net_prio", for: "network/priorities", where: !(network?.priorities ?? []).isEmpty)
        demand("rdma", for: "rdma", where: !(resources.rdma ?? [:]).isEmpty)
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
