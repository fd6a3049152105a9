internal import OCISpec

extension V2 {
    /// A weight goes to the scheduler BFQ where that is there, else to the io.cost controller, which counts otherwise.
    ///
    /// Source: the kernel's cgroup-v2 documentation, "IO", and its block/bfq-iosched documentation.
    static func blockIO(_ blockIO: Spec.Linux.Resources.BlockIO) throws(CgroupError) -> [CgroupSetting] {
        let base = "/linux/resources/blockIO/"
        var all: [CgroupSetting] = []
        if let weight = blockIO.leafWeight, weight != 0 {
            throw CgroupSetting.failure(.notInThisVersion, base + "leafWeight", value: "\(weight)")
        }
        if let weight = blockIO.weight, weight != 0 {
            all.append(
                CgroupSetting(
                    "io", "io.bfq.weight", "\(weight)", pointer: base + "weight",
                    fallback: .init(file: "io.weight", value: "\(ioWeight(from: weight))")))
        }
        for (index, device) in (blockIO.weightDevice ?? []).enumerated() {
            let pointer = base + "weightDevice/\(index)/"
            if let weight = device.leafWeight, weight != 0 {
                throw CgroupSetting.failure(.notInThisVersion, pointer + "leafWeight", value: "\(weight)")
            }
            guard let weight = device.weight, weight != 0 else { continue }
            let number = "\(device.major):\(device.minor)"
            all.append(
                CgroupSetting(
                    "io", "io.bfq.weight", "\(number) \(weight)", pointer: pointer + "weight",
                    fallback: .init(file: "io.weight", value: "\(number) \(ioWeight(from: weight))")))
        }
        for throttle in blockIO.throttles {
            for (index, device) in throttle.devices.enumerated() {
                // 0 takes a limit back in version 1, and is no value here.
                let rate = device.rate == 0 ? "max" : "\(device.rate)"
                all.append(
                    CgroupSetting(
                        "io", "io.max", "\(device.major):\(device.minor) \(throttle.version2)=\(rate)",
                        pointer: base + "\(throttle.key)/\(index)"))
            }
        }
        return all
    }

    /// Maps a weight of version 1, 10 to 1000, to one of io.weight, 1 to 10000.
    ///
    /// A straight line through both ends, as runc and crun have it.
    package static func ioWeight(from weight: UInt16) -> UInt64 {
        1 + (UInt64(max(weight, 10)) - 10) * 9999 / 990
    }
}
