internal import Foundation
internal import Support

/// What the stopwatch tells about one command.
struct Lap {
    let milliseconds: Double
    let peakKiB: Int
}

extension Scene {
    /// Times the commands in order, from a small process of its own; see stopwatch.c.
    func time(_ commands: [[String]]) throws -> [Lap] {
        let results = directory + "/laps"
        try? FileManager.default.removeItem(atPath: results)
        let words = commands.joined(separator: ["--"])
        try Command([options.tools + "/stopwatch", results] + words).run().get()
        return try String(contentsOfFile: results, encoding: .utf8).split(separator: "\n").map { line in
            let fields = line.split(separator: " ")
            guard fields.count == 3, let nanoseconds = Double(fields[0]), let peak = Int(fields[1]) else {
                throw Problem("the stopwatch wrote «\(line)»")
            }
            return Lap(milliseconds: nanoseconds / 1e6, peakKiB: peak)
        }
    }
}
