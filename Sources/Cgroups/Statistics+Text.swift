// The forms of the kernel's files with counters. What isn't as expected is left out: statistics are no place to fail.

/// Lines such as `nr_periods 3`.
package func counters(_ text: [UInt8]) -> [String: UInt64] {
    var all: [String: UInt64] = [:]
    for line in text.split(separator: UInt8(ascii: "\n")) {
        let parts = line.split(separator: UInt8(ascii: " "))
        guard parts.count == 2, let value = number(parts[1]) else { continue }
        all[String(decoding: parts[0], as: UTF8.self)] = value
    }
    return all
}

/// A number by itself, or the greatest one for `max`.
package func amount(_ text: [UInt8]) -> UInt64? {
    let line = text.prefix { $0 != UInt8(ascii: "\n") }
    return line.elementsEqual("max".utf8) ? .max : number(line)
}

/// A list such as `0-2,7`.
package func members(_ list: [UInt8]) -> [UInt32] {
    var all: [UInt32] = []
    for part in list.prefix(while: { $0 != UInt8(ascii: "\n") }).split(separator: UInt8(ascii: ",")) {
        let ends = part.split(separator: UInt8(ascii: "-")).map { number($0).flatMap(UInt32.init(exactly:)) }
        // No machine has more of either.
        guard let first = ends.first, let low = first, let last = ends.last, let high = last, low <= high,
            high - low < 1 << 16
        else { continue }
        all += low...high
    }
    return all
}

/// Lines such as `254:0 Read 4096`, or `254:0 4096`.
package func entries(_ text: [UInt8]) -> [CgroupStatistics.BlockIO.Entry] {
    text.split(separator: UInt8(ascii: "\n")).compactMap { line in
        let parts = line.split(separator: UInt8(ascii: " "))
        guard parts.count >= 2, let (major, minor) = deviceNumbers(parts[0]), let value = parts.last.flatMap(number)
        else { return nil }
        return .init(
            major: major, minor: minor, op: parts.count == 3 ? String(decoding: parts[1], as: UTF8.self) : "",
            value: value)
    }
}

/// Version 2's io.stat: lines such as `254:0 rbytes=1 wbytes=2 rios=3 wios=4`.
package func ioStatistics(
    _ text: [UInt8]
) -> (bytes: [CgroupStatistics.BlockIO.Entry], operations: [CgroupStatistics.BlockIO.Entry]) {
    var bytes: [CgroupStatistics.BlockIO.Entry] = []
    var operations: [CgroupStatistics.BlockIO.Entry] = []
    for line in text.split(separator: UInt8(ascii: "\n")) {
        let parts = line.split(separator: UInt8(ascii: " "))
        guard let first = parts.first, let (major, minor) = deviceNumbers(first) else { continue }
        for part in parts.dropFirst() {
            let sides = part.split(separator: UInt8(ascii: "="))
            guard sides.count == 2, let value = number(sides[1]) else { continue }
            let kinds: [(name: String, op: String, isBytes: Bool)] = [
                ("rbytes", "Read", true), ("wbytes", "Write", true), ("rios", "Read", false),
                ("wios", "Write", false),
            ]
            guard let kind = kinds.first(where: { sides[0].elementsEqual($0.name.utf8) }) else { continue }
            let entry = CgroupStatistics.BlockIO.Entry(major: major, minor: minor, op: kind.op, value: value)
            if kind.isBytes { bytes.append(entry) } else { operations.append(entry) }
        }
    }
    return (bytes, operations)
}

/// Lines such as `some avg10=0.12 avg60=0.00 avg300=0.00 total=8128`.
package func pressure(_ text: [UInt8]) -> CgroupStatistics.Pressure? {
    var pressure = CgroupStatistics.Pressure()
    for line in text.split(separator: UInt8(ascii: "\n")) {
        let parts = line.split(separator: UInt8(ascii: " "))
        var values: [String: Substring] = [:]
        for part in parts.dropFirst() {
            let sides = part.split(separator: UInt8(ascii: "="))
            guard sides.count == 2 else { continue }
            values[String(decoding: sides[0], as: UTF8.self)] = Substring(decoding: sides[1], as: UTF8.self)
        }
        guard let kind = parts.first, let total = values["total"].flatMap({ UInt64($0) }) else { continue }
        func share(_ name: String) -> Double { values[name].flatMap { Double($0) } ?? 0 }
        let shares = CgroupStatistics.Pressure.Shares(
            avg10: share("avg10"), avg60: share("avg60"), avg300: share("avg300"), total: total)
        if kind.elementsEqual("some".utf8) { pressure.some = shares }
        if kind.elementsEqual("full".utf8) { pressure.full = shares }
    }
    return pressure == .init() ? nil : pressure
}

private func deviceNumbers(_ text: ArraySlice<UInt8>) -> (UInt64, UInt64)? {
    let parts = text.split(separator: UInt8(ascii: ":"))
    guard parts.count == 2, let major = number(parts[0]), let minor = number(parts[1]) else { return nil }
    return (major, minor)
}
