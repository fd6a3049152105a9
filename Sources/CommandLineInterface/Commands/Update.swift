internal import ContainerRuntime
internal import OCISpec

extension Option {
    static let resources = Option(
        "resources", "r", value: .text("FILE"),
        help: "take all limits from FILE, linux.resources as JSON; - is standard input")
    static let blkioWeight = Option("blkio-weight", value: .text("WEIGHT"), help: "share of block I/O, 10 to 1000")
    static let cpuPeriod = Option("cpu-period", value: .text("US"), help: "length of a CPU period in microseconds")
    static let cpuQuota = Option("cpu-quota", value: .text("US"), help: "CPU time in a period, or -1 for no limit")
    static let cpuBurst = Option("cpu-burst", value: .text("US"), help: "CPU time that may be saved for later periods")
    static let cpuShare = Option("cpu-share", value: .text("SHARES"), help: "share of the CPUs, 2 to 262144")
    static let cpuRealtimePeriod = Option(
        "cpu-rt-period", value: .text("US"), help: "length of a period for realtime tasks")
    static let cpuRealtimeRuntime = Option(
        "cpu-rt-runtime", value: .text("US"), help: "CPU time of realtime tasks in their period")
    static let cpuIdle = Option("cpu-idle", value: .text("0|1"), help: "1: run only when nothing else wants to")
    static let cpusetCPUs = Option("cpuset-cpus", value: .text("LIST"), help: "the CPUs to run on, such as 0-3,7")
    static let cpusetMems = Option("cpuset-mems", value: .text("LIST"), help: "the memory nodes to use, such as 0-1")
    static let memory = Option("memory", value: .text("BYTES"), help: "most memory, such as 512m, or -1 for no limit")
    static let memoryReservation = Option("memory-reservation", value: .text("BYTES"), help: "soft limit of memory")
    static let memorySwap = Option(
        "memory-swap", value: .text("BYTES"), help: "most memory and swap together, or -1 for no limit")
    static let kernelMemory = Option("kernel-memory", value: .text("BYTES"), help: "accepted and ignored: obsolete")
    static let kernelMemoryTCP = Option(
        "kernel-memory-tcp", value: .text("BYTES"), help: "accepted and ignored: obsolete")
    static let l3CacheSchema = Option(
        "l3-cache-schema", value: .text("SCHEMA"), help: "share of the L3 cache by resctrl, such as L3:0=ff;1=f")
    static let memBwSchema = Option(
        "mem-bw-schema", value: .text("SCHEMA"), help: "share of the memory bandwidth by resctrl, such as MB:0=20;1=70")
    static let pidsLimit = Option("pids-limit", value: .text("N"), help: "most tasks, or -1 for no limit")
}

extension CommandName {
    static var updateRow: Command {
        Command(
            name: "update", summary: "change a container's limits",
            details: """
                Limits that aren't named stay as they are. All are set or, where one is refused, none. BYTES may have \
                a suffix k, m, g, t or p, and a fraction. Devices are never changed. A container without a class of \
                its own in resctrl gets one when it is to have a share.
                """,
            arguments: "ID", count: 1...1,
            options: [
                .resources, .memory, .memorySwap, .memoryReservation, .cpuShare, .cpuQuota, .cpuPeriod, .cpuBurst,
                .cpuIdle, .cpusetCPUs, .cpusetMems, .cpuRealtimeRuntime, .cpuRealtimePeriod, .pidsLimit, .blkioWeight,
                .l3CacheSchema, .memBwSchema, .kernelMemory, .kernelMemoryTCP, .help,
            ])
    }
}

extension Order {
    /// `swrun update`: sets new limits.
    func update() throws(Failure) {
        let wanted: Spec.Linux.Resources
        if let path = arguments[.resources] {
            wanted = try Runtime.resources(at: path)
        } else {
            for option in [Option.kernelMemory, .kernelMemoryTCP] where arguments[option] != nil {
                session.note(.warning, "--\(option.name) is obsolete and is ignored")
            }
            wanted = try Limits(arguments: arguments).resources()
        }
        let rdt = Spec.Linux.IntelRdt(l3CacheSchema: arguments[.l3CacheSchema], memBwSchema: arguments[.memBwSchema])
        try runtime().update(id, with: wanted, rdt: rdt == .init() ? nil : rdt)
    }
}

/// The options of `update` as limits.
struct Limits {
    let arguments: Arguments

    func resources() throws(Failure) -> Spec.Linux.Resources {
        var wanted = Spec.Linux.Resources()
        let memory = Spec.Linux.Resources.Memory(
            limit: try bytes(.memory), reservation: try bytes(.memoryReservation), swap: try bytes(.memorySwap))
        if memory != .init() { wanted.memory = memory }
        let cpu = Spec.Linux.Resources.CPU(
            shares: try number(.cpuShare), quota: try number(.cpuQuota), burst: try number(.cpuBurst),
            period: try number(.cpuPeriod), realtimeRuntime: try number(.cpuRealtimeRuntime),
            realtimePeriod: try number(.cpuRealtimePeriod), cpus: arguments[.cpusetCPUs], mems: arguments[.cpusetMems],
            idle: try number(.cpuIdle))
        if cpu != .init() { wanted.cpu = cpu }
        if let limit: Int64 = try number(.pidsLimit) { wanted.pids = .init(limit: limit) }
        if let weight: UInt16 = try number(.blkioWeight) { wanted.blockIO = .init(weight: weight) }
        return wanted
    }

    private func number<Number: FixedWidthInteger>(_ option: Option) throws(Failure) -> Number? {
        guard let text = arguments[option] else { return nil }
        // Number(text) would take "+5" as well.
        guard text.utf8.first != UInt8(ascii: "+"), let number = Number(text) else {
            throw Failure(
                .optionUnusable, "invalid value for \(option.name): \(quoted(text))", at: .option(option.name),
                hint: "a whole number from \(Number.min) to \(Number.max) is expected")
        }
        return number
    }

    private func bytes(_ option: Option) throws(Failure) -> Int64? {
        guard let text = arguments[option] else { return nil }
        guard let number = byteCount(text) else {
            throw Failure(
                .optionUnusable, "invalid value for \(option.name): \(quoted(text))", at: .option(option.name),
                hint: "bytes are expected, with or without a suffix such as in 512m, or -1 for no limit")
        }
        return number
    }
}

/// Reads a number of bytes, or `-1`.
///
/// Digits, maybe with a fraction, and maybe one of the letters k, m, g, t and p, which stand for powers of 1024, with `b`
/// or `ib` behind it; a lone `b` stands for bytes. Case plays no role.
func byteCount(_ text: String) -> Int64? {
    if text.hasSameBytes(as: "-1") { return -1 }
    func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
    let whole = text.utf8.prefix(while: isDigit)
    var rest = text.utf8.dropFirst(whole.count)
    var fraction = rest.prefix(0)
    if rest.first == UInt8(ascii: ".") {
        fraction = rest.dropFirst().prefix(while: isDigit)
        if fraction.isEmpty { return nil }
        rest = rest.dropFirst(1 + fraction.count)
    }
    if rest.first == UInt8(ascii: " ") { rest = rest.dropFirst() }
    guard !whole.isEmpty, whole.count <= 19, let number = Int64(String(Substring(whole))) else { return nil }
    let suffix = String(Substring(rest)).lowercased()
    let powers = ["": 0, "b": 0, "k": 10, "m": 20, "g": 30, "t": 40, "p": 50]
    let letter = ["ib", "b"].first { suffix.utf8.count > $0.utf8.count && suffix.hasSuffix($0) }
        .map { String(suffix.dropLast($0.utf8.count)) }
    guard let power = powers[letter ?? suffix], letter != "b" else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << Int64(power))
    if overflow { return nil }
    // A fraction of bytes is none; nine digits are more than anybody writes.
    var part = 0.0
    var scale = 0.1
    for digit in fraction.prefix(9) {
        part += Double(digit - UInt8(ascii: "0")) * scale
        scale /= 10
    }
    let (sum, carry) = bytes.addingReportingOverflow(Int64(part * Double(Int64(1) << Int64(power))))
    return carry ? nil : sum
}
