internal import ContainerRuntime

extension Option {
    static let statistics = Option("stats", help: "print the statistics once, and end")
    static let interval = Option(
        "interval", value: .text("TIME"), help: "time between statistics, such as 500ms or 1m30s (default: 5s)")
}

extension CommandName {
    static var eventsRow: Command {
        Command(
            name: "events", summary: "print containers' statistics, and when their memory is used up",
            details: """
                One JSON object a line, until the containers have ended. Without an ID all containers are meant, also \
                those that are made later.
                """,
            arguments: "[ID…]", count: 0...4096, options: [.statistics, .interval, .help])
    }
}

extension Order {
    /// `swrun events`: prints statistics and what happens.
    func printEvents() throws(Failure) {
        var milliseconds: Int64 = 5000
        if let text = arguments[.interval] {
            guard let nanoseconds = duration(text) else {
                throw Failure(
                    .optionUnusable, "invalid value for interval: \(quoted(text))", at: .option("interval"),
                    hint: "numbers with units are expected, such as 5s, 1m30s or 500ms")
            }
            guard nanoseconds > 0 else {
                throw Failure(
                    .optionUnusable, "duration interval must be greater than 0", at: .option("interval"))
            }
            milliseconds = max(1, nanoseconds / 1_000_000)
        }
        let ids = arguments.words
        if arguments.has(.statistics) {
            return try runtime().statistics(of: ids) { (line) throws(Failure) in try output(line) }
        }
        try runtime().events(of: ids, intervalMilliseconds: milliseconds) { (line) throws(Failure) in
            try output(line)
        }
    }
}

/// Reads a time as Go writes it, such as `1m30s`, `1.5h` or `0`, in nanoseconds; nil where it is none or too long.
func duration(_ text: String) -> Int64? {
    if text.hasSameBytes(as: "0") { return 0 }
    let isNegative = text.utf8.first == UInt8(ascii: "-")
    var rest = text.utf8.dropFirst(isNegative || text.utf8.first == UInt8(ascii: "+") ? 1 : 0)
    if rest.isEmpty { return nil }
    func isNumeric(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || byte == UInt8(ascii: ".")
    }
    let units: [(name: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]
    var sum = 0.0
    while !rest.isEmpty {
        let digits = rest.prefix(while: isNumeric)
        rest = rest.dropFirst(digits.count)
        let word = rest.prefix { !isNumeric($0) }
        rest = rest.dropFirst(word.count)
        let points = digits.filter { $0 == UInt8(ascii: ".") }.count
        guard points <= 1, digits.count > points,
            let number = Double("0" + String(Substring(digits)) + (digits.last == UInt8(ascii: ".") ? "0" : "")),
            let unit = units.first(where: { word.elementsEqual($0.name.utf8) })
        else { return nil }
        sum += number * unit.nanoseconds
    }
    guard sum < 9.2e18 else { return nil }
    return isNegative ? -Int64(sum) : Int64(sum)
}
