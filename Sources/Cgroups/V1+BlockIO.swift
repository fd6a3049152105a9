internal import OCISpec

extension V1 {
    /// Weights are those of the scheduler CFQ up to Linux 4.20, and of BFQ since; a leaf weight had only CFQ.
    ///
    /// Source: the kernel's cgroup-v1/blkio-controller and block/bfq-iosched documentation.
    static func blockIO(_ blockIO: Spec.Linux.Resources.BlockIO) -> [CgroupSetting] {
        let base = "/linux/resources/blockIO/"
        var all: [CgroupSetting] = []
        func add(_ file: String, _ value: String, _ pointer: String, bfq: String? = nil) {
            all.append(
                CgroupSetting(
                    "blkio", file, value, pointer: base + pointer,
                    fallback: bfq.map { CgroupSetting.Fallback(file: $0, value: value) }))
        }
        if let weight = blockIO.weight, weight != 0 {
            add("blkio.weight", "\(weight)", "weight", bfq: "blkio.bfq.weight")
        }
        if let weight = blockIO.leafWeight, weight != 0 { add("blkio.leaf_weight", "\(weight)", "leafWeight") }
        let devices = (blockIO.weightDevice ?? []).enumerated()
        for (index, device) in devices {
            guard let weight = device.weight, weight != 0 else { continue }
            add(
                "blkio.weight_device", "\(device.major):\(device.minor) \(weight)", "weightDevice/\(index)/weight",
                bfq: "blkio.bfq.weight_device")
        }
        for (index, device) in devices {
            guard let weight = device.leafWeight, weight != 0 else { continue }
            add(
                "blkio.leaf_weight_device", "\(device.major):\(device.minor) \(weight)",
                "weightDevice/\(index)/leafWeight")
        }
        for throttle in blockIO.throttles {
            for (index, device) in throttle.devices.enumerated() {
                add(
                    "blkio.throttle.\(throttle.version1)_device", "\(device.major):\(device.minor) \(device.rate)",
                    "\(throttle.key)/\(index)")
            }
        }
        return all
    }
}

extension Spec.Linux.Resources.BlockIO {
    /// The four limits of rates, with their names in the configuration and in both versions.
    var throttles: [(key: String, version1: String, version2: String, devices: [ThrottleDevice])] {
        [
            ("throttleReadBpsDevice", "read_bps", "rbps", throttleReadBpsDevice ?? []),
            ("throttleWriteBpsDevice", "write_bps", "wbps", throttleWriteBpsDevice ?? []),
            ("throttleReadIOPSDevice", "read_iops", "riops", throttleReadIOPSDevice ?? []),
            ("throttleWriteIOPSDevice", "write_iops", "wiops", throttleWriteIOPSDevice ?? []),
        ]
    }
}
