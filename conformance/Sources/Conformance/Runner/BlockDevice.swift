import Foundation
import JSONValue

/// A block device of the machine, which cases name in limits; nothing is read from it or written to it.
struct BlockDevice: Sendable {
    /// As in /sys/block.
    var name: String
    var major: Int
    var minor: Int

    /// All of them, by name.
    static var all: [BlockDevice] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/sys/block")) ?? []).sorted().compactMap { name in
            let numbers = BlockDevice.text("\(name)/dev").split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }
            return numbers.count == 2 ? BlockDevice(name: name, major: numbers[0], minor: numbers[1]) : nil
        }
    }

    /// As the cgroup file systems write it.
    var number: String { "\(major):\(minor)" }

    /// An entry of a list of limits in the configuration.
    func entry(_ limit: String, _ value: Int) -> JSON {
        .object([.init("major", .int(major)), .init("minor", .int(minor)), .init(limit, .int(value))])
    }

    /// Hands over a device that uses an I/O scheduler: one that does already, or else a loop device without a file, which
    /// has its own again afterwards.
    static func with(scheduler: String, _ workshop: Workshop, _ body: (BlockDevice) throws -> Void) throws {
        let offering = all.filter { $0.schedulers.contains { $0 == scheduler || $0 == "[\(scheduler)]" } }
        if let device = offering.last(where: { $0.schedulers.contains("[\(scheduler)]") }) { return try body(device) }
        let idle = offering.last {
            $0.name.hasPrefix("loop") && access("/sys/block/\($0.name)/loop/backing_file", F_OK) != 0
        }
        guard let idle, let before = idle.schedulers.first(where: { $0.hasPrefix("[") }) else {
            throw Skip(
                reason: "no block device uses the scheduler \(scheduler), and no idle loop device offers it")
        }
        workshop.record(scheduler: String(before.dropFirst().dropLast()), of: idle.name)
        defer { restore(scheduler: String(before.dropFirst().dropLast()), of: idle.name) }
        guard idle.use(scheduler) else { throw Skip(reason: "\(idle.name) doesn't take the scheduler \(scheduler)") }
        try body(idle)
    }

    /// Puts a device's scheduler back.
    static func restore(scheduler: String, of name: String) {
        _ = BlockDevice(name: name, major: 0, minor: 0).use(scheduler)
    }

    /// The schedulers that it can use; the one that it uses stands in brackets.
    private var schedulers: [String] {
        BlockDevice.text("\(name)/queue/scheduler").split(whereSeparator: \.isWhitespace).map(String.init)
    }

    private func use(_ scheduler: String) -> Bool {
        guard let file = FileHandle(forWritingAtPath: "/sys/block/\(name)/queue/scheduler") else { return false }
        return (try? file.write(contentsOf: Data(scheduler.utf8))) != nil
    }

    private static func text(_ path: String) -> String {
        (try? String(contentsOfFile: "/sys/block/" + path, encoding: .utf8)) ?? ""
    }
}
