internal import Foundation

/// The figures as text and as JSON.
enum Report {
    /// One row for each discipline and program, with the ratios that the project promises something about.
    static func table(_ results: [Measurement]) -> String {
        var lines = [row(["", "", "median", "p95", "least", "× floor", "× crun"])]
        var last = ""
        for result in results {
            let title = result.what == last ? "" : result.what
            last = result.what
            lines.append(
                row([
                    title, result.runtime, figure(result.median, result.unit),
                    figure(result.quantile(0.95), result.unit),
                    figure(result.quantile(0), result.unit), ratio(result, to: "floor", in: results),
                    ratio(result, to: "crun", in: results),
                ]))
        }
        return lines.joined(separator: "\n")
    }

    private static func row(_ cells: [String]) -> String {
        let widths = [22, 8, 12, 12, 12, 9, 9]
        return zip(cells, widths).enumerated().map { index, cell in
            let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
            return index < 2 ? cell.0 + space : space + cell.0
        }.joined(separator: " ")
    }

    private static func figure(_ value: Double, _ unit: String) -> String {
        switch unit {
        case "ms": String(format: "%.2f ms", value)
        case "": String(format: "%.0f", value)
        default: String(format: "%.0f %@", value, unit)
        }
    }

    private static func ratio(_ result: Measurement, to name: String, in results: [Measurement]) -> String {
        guard let other = results.first(where: { $0.what == result.what && $0.runtime == name }), other.median > 0
        else {
            return ""
        }
        return String(format: "%.2f", result.median / other.median)
    }

    /// Medians, 95th percentiles and all samples in the order in which they were taken.
    static func json(_ results: [Measurement], notes: [String]) throws -> Data {
        let rows: [[String: Any]] = results.map {
            [
                "what": $0.what, "unit": $0.unit, "runtime": $0.runtime, "median": $0.median,
                "p95": $0.quantile(0.95), "least": $0.quantile(0), "samples": $0.samples,
            ]
        }
        let host: [String: Any] = [
            "kernel": (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8))?
                .trimmingCharacters(in: .whitespacesAndNewlines) ?? "",
            "processors": ProcessInfo.processInfo.processorCount,
        ]
        return try JSONSerialization.data(
            withJSONObject: ["results": rows, "notes": notes, "host": host], options: [.prettyPrinted, .sortedKeys])
    }
}
