internal import OCISpec

extension Rules {
    /// Rules on device nodes and on the list of permitted devices.
    static let devices: [Rule] = [
        Rule("device-type", "config-linux.md \"Devices\"", "The type is c, b, u or p.") { subject, report in
            for (index, device) in (subject.linux?.devices ?? []).enumerated() where !device.type.isKnown {
                report.unknownWord(device.type, "/linux/devices/\(index)/type", "type of device")
            }
        },
        Rule("device-path", "config-linux.md \"Devices\"", "The path is absolute and without \"..\".") {
            subject, report in
            for (index, device) in (subject.linux?.devices ?? []).enumerated() {
                judgePath(device.path, "/linux/devices/\(index)/path", &report)
            }
        },
        Rule("device-number", "config-linux.md \"Devices\", makedev(3)", "Numbers are given and in range.") {
            subject, report in
            for (index, device) in (subject.linux?.devices ?? []).enumerated() where device.type != .pipe {
                // The kernel keeps 12 bits of the major and 20 of the minor number.
                judgeNumber(device.major, "major", upTo: 4095, "/linux/devices/\(index)", &report)
                judgeNumber(device.minor, "minor", upTo: 1_048_575, "/linux/devices/\(index)", &report)
            }
        },
        Rule("device-mode", "config-linux.md \"Devices\"", "The mode has permission bits only.") {
            subject, report in
            for (index, device) in (subject.linux?.devices ?? []).enumerated() {
                guard let mode = device.fileMode else { continue }
                let type = mode & ~0o7777
                // Some managers hand over all of st_mode.
                guard type != 0, type != device.type.fileType else { continue }
                report.error(
                    "/linux/devices/\(index)/fileMode", "\(mode) has bits beyond the permissions",
                    "use a decimal number up to 511 (octal 777), such as 438 (octal 666)")
            }
        },
        Rule("device-owner", "config-linux.md \"Devices\", chown(2)", "Ids are not 4294967295.") {
            subject, report in
            for (index, device) in (subject.linux?.devices ?? []).enumerated() {
                for (key, id) in [("uid", device.uid), ("gid", device.gid)] where id == noID {
                    report.error(
                        "/linux/devices/\(index)/\(key)", "4294967295 is no id",
                        "use a number from 0 to 4294967294")
                }
            }
        },
        Rule("device-duplicate", "config-linux.md \"Devices\"", "A path, and a device, occur once.") {
            subject, report in
            judgeDuplicates(subject.linux?.devices ?? [], &report)
        },
        Rule("device-count", "config-linux.md \"Devices\"", "There are at most 4096 devices and rules.") {
            subject, report in
            func limit(_ count: Int?, _ pointer: String) {
                guard let count, count > MostEntries.list else { return }
                report.error(pointer, "\(count) entries are too many", "list at most 4096")
            }
            limit(subject.linux?.devices?.count, "/linux/devices")
            limit(subject.resources?.devices?.count, "/linux/resources/devices")
        },
    ]

    private static func judgePath(_ path: String, _ pointer: @autoclosure () -> String, _ report: inout Report) {
        if !path.isAbsolutePath {
            report.error(pointer(), "\(quoted(path)) is not an absolute path", "write it in full, such as /dev/fuse")
        } else if path.climbs {
            report.error(
                pointer(), "\(quoted(path)) contains \"..\"", "write it without: \(quoted(path.normalizedPath))")
        } else if path.normalizedPath.isExactly("/") || path.utf8.last == UInt8(ascii: "/") {
            report.error(pointer(), "\(quoted(path)) is a directory", "name the node, such as /dev/fuse")
        } else if let problem = path.pathLengthProblem {
            report.error(pointer(), problem, "use a shorter path")
        }
    }

    private static func judgeNumber(
        _ number: Int64?, _ key: String, upTo highest: Int64, _ pointer: @autoclosure () -> String,
        _ report: inout Report
    ) {
        guard let number else {
            return report.error(pointer(), "the \(key) number is missing", "add \"\(key)\"")
        }
        if !(0...highest ~= number) {
            report.error("\(pointer())/\(key)", "\(number) is out of range", "use a number from 0 to \(highest)")
        }
    }

    private static func judgeDuplicates(_ devices: [Spec.Linux.Device], _ report: inout Report) {
        var byPath: [[UInt8]: Int] = [:]
        var byNumbers: [[Int64]: Int] = [:]
        for (index, device) in devices.prefix(MostEntries.list).enumerated() {
            if let earlier = byPath.updateValue(index, forKey: Array(device.path.normalizedPath.utf8)) {
                let isSame = devices[earlier].numbers == device.numbers
                let problem = "entry \(earlier) has the same path"
                if isSame {
                    report.warning("/linux/devices/\(index)/path", problem, "remove one of the two")
                } else {
                    report.error(
                        "/linux/devices/\(index)/path", "\(problem) for another device", "give each its own path")
                }
            } else if let numbers = device.numbers, let earlier = byNumbers.updateValue(index, forKey: numbers) {
                report.warning(
                    "/linux/devices/\(index)", "entry \(earlier) is the same device", "list each device once")
            }
        }
    }
}

extension Spec.Linux.Device {
    /// What makes it the device that it is; nil for a pipe, which is like no other.
    fileprivate var numbers: [Int64]? {
        guard let fileType = type.fileType, type != .pipe, let major, let minor else { return nil }
        return [Int64(fileType), major, minor]
    }
}
