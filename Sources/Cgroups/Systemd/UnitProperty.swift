public import OCISpec

/// A property of a unit, as systemd names it.
public struct UnitProperty: Equatable, Sendable {
    /// The name, as `MemoryMax`.
    public var name: String
    /// The value.
    public var value: BusValue

    init(_ name: String, _ value: BusValue) {
        self.name = name
        self.value = value
    }
}

extension UnitProperty {
    /// What a container's limits and device rules are to systemd.
    ///
    /// - Parameters:
    ///   - version: systemd's, as 257.
    ///   - isUsers: true for the user's own systemd, which can't restrict devices.
    public static func properties(
        for resources: Spec.Linux.Resources, on layout: CgroupLayout, version: Int, isUsers: Bool
    ) throws(CgroupError) -> [UnitProperty] {
        var all = try limits(CgroupSetting.settings(for: resources, on: layout), on: layout.mode, version: version)
        if !isUsers, let rules = resources.devices { all += try devices(DevicePolicy(rules)) }
        return all
    }

    /// What a container's limits are to systemd, so that it doesn't set them back when it looks at the unit again.
    ///
    /// Derived from the files that are written, which say all that is wanted. What systemd has no property for is in the
    /// files only.
    /// - Parameter version: systemd's, as 257.
    /// Source: systemd.resource-control(5) and org.freedesktop.systemd1(5).
    static func limits(
        _ settings: [CgroupSetting], on mode: CgroupMode, version: Int
    ) throws(CgroupError) -> [UnitProperty] {
        var all: [UnitProperty] = []
        for setting in settings {
            let properties =
                mode == .v2 ? try limit(setting, version: version) : try limitOfVersion1(setting, version: version)
            for property in properties {
                all.removeAll { $0.name == property.name }
                all.append(property)
            }
        }
        return mode == .v2 ? all : all + bandwidth(settings, version)
    }

    /// What is counted of a container.
    ///
    /// Source: systemd.resource-control(5).
    public static func accounting(on mode: CgroupMode) -> [UnitProperty] {
        let io = mode == .v2 ? "IOAccounting" : "BlockIOAccounting"
        return ["MemoryAccounting", "CPUAccounting", "TasksAccounting", io].map { UnitProperty($0, .boolean(true)) }
    }

    private static func limit(_ setting: CgroupSetting, version: Int) throws(CgroupError) -> [UnitProperty] {
        let text = setting.value
        switch setting.file {
        case "memory.max": return amount("MemoryMax", text)
        case "memory.high": return amount("MemoryHigh", text)
        case "memory.low": return amount("MemoryLow", text)
        case "memory.min": return amount("MemoryMin", text)
        case "memory.swap.max": return amount("MemorySwapMax", text)
        case "memory.zswap.max": return version >= 253 ? amount("MemoryZSwapMax", text) : []
        case "memory.oom.group":
            return version >= 253 ? [UnitProperty("OOMPolicy", .string(text == "1" ? "kill" : "continue"))] : []
        // systemd takes no 0; the file gets it all the same.
        case "pids.max": return amount("TasksMax", text == "0" ? "1" : text)
        case "cpu.weight": return amount("CPUWeight", text)
        case "cpu.idle": return version >= 252 && text == "1" ? [UnitProperty("CPUWeight", .uint64(0))] : []
        case "io.weight":
            return amount("IOWeight", text.hasPrefix("default ") ? String(text.utf8.dropFirst(8)) ?? "" : text)
        case "cpu.max": return quota(text, version)
        case "cpuset.cpus": return try version >= 244 ? set("AllowedCPUs", setting) : []
        case "cpuset.mems": return try version >= 244 ? set("AllowedMemoryNodes", setting) : []
        default: return []
        }
    }

    /// The files of version 1, of which systemd knows fewer.
    private static func limitOfVersion1(
        _ setting: CgroupSetting, version: Int
    ) throws(CgroupError) -> [UnitProperty] {
        let text = setting.value
        switch setting.file {
        case "memory.limit_in_bytes": return amount("MemoryLimit", text == "-1" ? "max" : text)
        case "cpu.shares": return amount("CPUShares", text)
        case "blkio.weight": return amount("BlockIOWeight", text)
        case "pids.max", "cpuset.cpus", "cpuset.mems": return try limit(setting, version: version)
        default: return []
        }
    }

    /// Version 1 has a file each for the quota and its period, which are one limit.
    private static func bandwidth(_ settings: [CgroupSetting], _ version: Int) -> [UnitProperty] {
        let quota = settings.last { $0.file == "cpu.cfs_quota_us" }?.value
        let period = settings.last { $0.file == "cpu.cfs_period_us" }?.value
        if quota == nil && period == nil { return [] }
        let limit = quota.flatMap { $0.utf8.first == UInt8(ascii: "-") ? nil : $0 } ?? "max"
        return self.quota("\(limit) \(period ?? "100000")", version)
    }

    /// What isn't a number or `max` has no counterpart.
    private static func amount(_ name: String, _ text: String) -> [UnitProperty] {
        if text == "max" { return [UnitProperty(name, .uint64(.max))] }
        return UInt64(text).map { [UnitProperty(name, .uint64($0))] } ?? []
    }

    /// `QUOTA PERIOD` in microseconds becomes time in each second, in steps of systemd's: a hundredth of a CPU.
    private static func quota(_ text: String, _ version: Int) -> [UnitProperty] {
        let parts = text.utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
        guard let first = parts.first else { return [] }
        let period = parts.count > 1 ? UInt64(parts[1]) ?? 0 : 100_000
        var all: [UnitProperty] = []
        if version >= 242, period > 0 { all.append(UnitProperty("CPUQuotaPeriodUSec", .uint64(period))) }
        var perSecond = UInt64.max
        if first != "max" {
            guard let quota = UInt64(first), quota > 0, period > 0 else { return [] }
            let (product, overflow) = quota.multipliedReportingOverflow(by: 1_000_000)
            if overflow { return [] }
            perSecond = (product / period + 9999) / 10000 * 10000
        }
        return all + [UnitProperty("CPUQuotaPerSecUSec", .uint64(perSecond))]
    }

    /// A list such as `0-3,7` as a bit for each number, the lowest first.
    private static func set(_ name: String, _ setting: CgroupSetting) throws(CgroupError) -> [UnitProperty] {
        var bytes: [UInt8] = []
        for part in setting.value.utf8.split(whereSeparator: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\n") }) {
            let ends = part.split(separator: UInt8(ascii: "-"), maxSplits: 1).map { end in
                Int(Substring(end).filter { $0 != " " }) ?? -1
            }
            // CONFIG_NR_CPUS is at most 8192, MAX_NUMNODES 1024.
            guard let first = ends.first, let last = ends.last, first >= 0, last >= first, last < 8192 else {
                throw CgroupSetting.failure(.badSet, setting.pointer, value: setting.value)
            }
            while bytes.count <= last / 8 { bytes.append(0) }
            for number in first...last { bytes[number / 8] |= 1 << UInt8(number % 8) }
        }
        return bytes.isEmpty ? [] : [UnitProperty(name, .array(of: "y", bytes.map { .byte($0) }))]
    }
}

extension UnitProperty {
    /// The device rules, as far as systemd can say them: never less than they allow.
    ///
    /// The program that swrun attaches decides; but systemd attaches its own again when it is reloaded, and then both
    /// must allow. What it can't express makes it stay out of it.
    /// Source: systemd.resource-control(5), "DeviceAllow=".
    static func devices(_ policy: DevicePolicy) -> [UnitProperty] {
        func properties(_ word: String, _ entries: [(String, String)]) -> [UnitProperty] {
            [
                UnitProperty("DevicePolicy", .string(word)),
                UnitProperty(
                    "DeviceAllow", .array(of: "(ss)", entries.map { .structure([.string($0.0), .string($0.1)]) })),
            ]
        }
        var entries: [(String, String)] = []
        for rule in policy.rules where rule.allow {
            guard let kind = rule.kind else { return properties("auto", []) }
            let name = kind == .block ? "block" : "char"
            switch (rule.major, rule.minor) {
            case (nil, nil): entries.append(("\(name)-*", rule.access.letters))
            case (let major?, let minor?): entries.append(("/dev/\(name)/\(major):\(minor)", rule.access.letters))
            case (136, nil) where kind == .character: entries.append(("char-pts", rule.access.letters))
            default: return properties("auto", [])
            }
        }
        return properties("strict", entries)
    }
}

extension UnitProperty {
    static let annotationPrefix = "org.systemd.property."

    /// What annotations such as `org.systemd.property.TimeoutStopUSec` ask for.
    ///
    /// Only properties that concern the unit itself: an annotation may come from an image, and one such as
    /// `SuccessAction` could switch the host off (CVE-2024-3154).
    /// - Throws: `translate` errors with the annotation's pointer.
    public static func annotated(_ annotations: [String: String]) throws(CgroupError) -> [UnitProperty] {
        var all: [UnitProperty] = []
        for (key, text) in annotations.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
        where key.utf8.starts(with: annotationPrefix.utf8) {
            let name = String(Substring(key.utf8.dropFirst(annotationPrefix.utf8.count)))
            let pointer = "/annotations/\(pointerToken(key))"
            guard name.utf8.count >= 3, name.utf8.allSatisfy({ isLetter($0) }) else {
                throw CgroupSetting.failure(.badPropertyName, pointer, value: name)
            }
            guard allowed.contains(name) else { throw CgroupSetting.failure(.propertyNotAllowed, pointer, value: name) }
            guard let value = VariantText.value(of: text) else {
                throw CgroupSetting.failure(.badPropertyValue, pointer, value: text)
            }
            guard let property = inMicroseconds(UnitProperty(name, value)) else {
                throw CgroupSetting.failure(.badPropertyValue, pointer, value: text)
            }
            all.append(property)
        }
        return all
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }

    /// `TimeoutStopSec` is how unit files say it; over the bus it is `TimeoutStopUSec`, a million times as much.
    private static func inMicroseconds(_ property: UnitProperty) -> UnitProperty? {
        guard property.name.hasSuffix("Sec"), !property.name.hasSuffix("USec") else { return property }
        let name = (String(property.name.utf8.dropLast(3)) ?? "") + "USec"
        let seconds: UInt64?
        switch property.value {
        case .int32(let number): seconds = UInt64(exactly: number)
        case .uint32(let number): seconds = UInt64(number)
        case .int64(let number): seconds = UInt64(exactly: number)
        case .uint64(let number): seconds = number
        case .double(let number):
            return UInt64(exactly: (number * 1_000_000).rounded()).map { UnitProperty(name, .uint64($0)) }
        default: seconds = nil
        }
        guard let seconds else { return nil }
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? nil : UnitProperty(name, .uint64(product))
    }

    /// Description, order and end of a scope, and its share of the machine.
    private static let allowed: Set<String> = [
        "After", "AllowedCPUs", "AllowedMemoryNodes", "Before", "BlockIOAccounting", "BlockIOWeight", "CollectMode",
        "CPUAccounting", "CPUQuotaPerSecSec", "CPUQuotaPerSecUSec", "CPUQuotaPeriodSec", "CPUQuotaPeriodUSec",
        "CPUShares", "CPUWeight", "DefaultDependencies", "Description",
        "Documentation", "FinalKillSignal", "IOAccounting", "IOWeight", "KillMode", "KillSignal",
        "ManagedOOMMemoryPressure",
        "ManagedOOMMemoryPressureLimit", "ManagedOOMPreference", "ManagedOOMSwap", "MemoryAccounting", "MemoryHigh",
        "MemoryLimit", "MemoryLow", "MemoryMax", "MemoryMin", "MemorySwapMax", "MemoryZSwapMax", "OOMPolicy", "PartOf",
        "RestartKillSignal", "RuntimeMaxSec", "RuntimeMaxUSec", "SendSIGHUP", "SendSIGKILL", "StartupCPUWeight",
        "StartupIOWeight", "TasksAccounting", "TasksMax", "TimeoutStopSec", "TimeoutStopUSec",
    ]
}
