import Foundation
import Glibc
import JSONValue

/// Devices: those that are listed, those that are always there, and the rules of the device controller.
enum DeviceCases {
    private static func device(_ path: String, _ type: String, _ major: Int, _ minor: Int) -> JSON {
        [
            "path": .string(path), "type": .string(type), "major": .int(major), "minor": .int(minor),
            "fileMode": .int(0o640),
            "uid": 3, "gid": 4,
        ]
    }

    @CaseList static var all: [Case] {
        Case.observe(
            "devices/character", "makes a listed character device with its numbers, mode and owner",
            ["config-linux/devices#1", "config-linux/devices#2", "config-linux/devices#3", "config-linux/devices#5"],
            needs: [.root], steps: ["stat=/dev/thing", "stat=/made/on/the/way"],
            broken: .config("makes another device") { $0["/linux/devices/0/minor"] = 5 },
            config: {
                $0["/linux/devices"] = [device("/dev/thing", "c", 1, 3), device("/made/on/the/way", "c", 1, 5)]
            },
            sees: {
                let seen = $0.answer("stat=/dev/thing")
                let wanted: JSON = ["type": "c", "major": 1, "minor": 3, "mode": .int(0o640), "uid": 3, "gid": 4]
                for member in wanted.members ?? [] {
                    try $0.expect(
                        seen["/\(member.name)"] == member.value, "/dev/thing has \(member.name) \(member.value.text())",
                        seen.text())
                }
                try $0.works("stat=/made/on/the/way")
            })
        Case.observe(
            "devices/block", "makes a listed block device", ["config-linux/devices#2", "config-linux/devices#5"],
            needs: [.root], steps: ["stat=/dev/disk"],
            broken: .config("makes a character device") { $0["/linux/devices/0/type"] = "c" },
            config: { $0["/linux/devices"] = [device("/dev/disk", "b", 7, 200)] },
            sees: {
                let seen = $0.answer("stat=/dev/disk")
                try $0.expect(
                    seen["/type"]?.string == "b" && seen["/major"]?.int == 7 && seen["/minor"]?.int == 200,
                    "a block device 7:200", seen.text())
            })
        Case.observe(
            "devices/pipe", "makes a listed pipe, which has no numbers",
            ["config-linux/devices#2", "config-linux/devices#5"], needs: [.root], steps: ["stat=/dev/pipe"],
            broken: .config("makes a character device") { $0["/linux/devices/0"] = device("/dev/pipe", "c", 1, 3) },
            config: { $0["/linux/devices"] = [["path": "/dev/pipe", "type": "p", "fileMode": .int(0o600)]] },
            sees: {
                let seen = $0.answer("stat=/dev/pipe")
                try $0.expect(seen["/type"]?.string == "p", "a pipe", seen.text())
            })
        Case.observe(
            "devices/unbuffered", "takes the type u for a character device", ["config-linux/devices#2"], needs: [.root],
            steps: ["stat=/dev/thing"], broken: .refuses,
            config: { $0["/linux/devices"] = [device("/dev/thing", "u", 1, 3)] },
            sees: {
                let seen = $0.answer("stat=/dev/thing")
                try $0.expect(seen["/type"]?.string == "c", "a character device", seen.text())
            })
        Case.refuse(
            "devices/type-unknown", "refuses a type that nobody knows",
            ["config-linux/devices#2", "config/valid-values#1"],
            needs: [.root], config: { $0["/linux/devices"] = [device("/dev/thing", "x", 1, 3)] })
        for (number, part) in [(2, "type"), (3, "path"), (5, "major")] {
            Case.refuse(
                "devices/\(part)-missing", "refuses a device without \(part)", ["config-linux/devices#\(number)"],
                needs: [.root], tolerated: documentOnly,
                config: {
                    $0["/linux/devices"] = [device("/dev/thing", "c", 1, 3)]
                    $0["/linux/devices/0/\(part)"] = nil
                })
        }
        Case.refuse(
            "devices/conflict", "refuses a device where another file is", ["config-linux/devices#4"], needs: [.root],
            prepare: { try $0.file("thing", "text") },
            config: { $0["/linux/devices"] = [device("/thing", "c", 1, 3)] })
        Case.observe(
            "devices/default", "supplies the usual devices unasked", ["config-linux/default-devices#1"],
            needs: [.root],
            steps: defaults.map { "stat=/dev/\($0.0)" } + ["open=/dev/null", "open=/dev/zero", "stat=/dev/ptmx"],
            broken: .config("covers /dev/null") {
                $0["/mounts/-"] = [
                    "destination": "/dev/null", "type": "bind", "source": "/etc/hostname",
                    "options": ["bind", "ro"],  // what the container writes there must not reach the host
                ]
                $0["/mounts/-"] = [
                    "destination": "/dev/full", "type": "bind", "source": "/etc/hostname",
                    "options": ["bind", "ro"],  // what the container writes there must not reach the host
                ]
            },
            config: { _ in },
            sees: { report in
                for (name, minor) in defaults {
                    let seen = report.answer("stat=/dev/\(name)")
                    try report.expect(
                        seen["/type"]?.string == "c" && seen["/minor"]?.int == minor, "/dev/\(name) is the device",
                        seen.text())
                }
                try report.works("open=/dev/null")
                try report.works("open=/dev/zero")
                try report.works("stat=/dev/ptmx")
            })
        rules
    }

    private static let defaults = [("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9), ("tty", 0)]

    private static let fuse = "mknod=c:10:229:rw:/tmp/fuse"

    /// Whether the controller let the device be opened: its refusal is EPERM, a missing driver another errno.
    private static func permitted(_ wanted: Bool, _ report: Report) throws {
        let seen = report.answer(fuse)
        let refused = seen["/errno"]?.int == 1 || seen["/openErrno"]?.int == 1
        try report.expect(refused != wanted, wanted ? "no EPERM" : "EPERM", seen.text())
    }

    @CaseList private static var rules: [Case] {
        Case.observe(
            "device-rules/order", "applies the rules in the order of the list", ["config-linux/allowed-device-list#1"],
            needs: [.root, .controller("devices")], steps: [fuse],
            broken: .config("applies them in reverse order") { config in
                let list = config["/linux/resources/devices"]?.array ?? []
                config["/linux/resources/devices"] = .array(list.reversed())
            },
            config: {
                $0["/linux/resources"] = [
                    "devices": [
                        ["allow": false, "access": "rwm"],
                        ["allow": true, "type": "c", "major": 10, "minor": 229, "access": "rwm"],
                    ]
                ]
            },
            sees: { try permitted(true, $0) })
        Case.observe(
            "device-rules/deny", "keeps a device that no rule allows from being used",
            ["config-linux/allowed-device-list#2"], needs: [.root, .controller("devices")], steps: [fuse],
            broken: .config("allows it") { $0["/linux/resources/devices/1/allow"] = true },
            config: {
                $0["/linux/resources"] = [
                    "devices": [
                        ["allow": false, "access": "rwm"],
                        ["allow": false, "type": "c", "major": 10, "minor": 229, "access": "rwm"],
                    ]
                ]
            },
            sees: { try permitted(false, $0) })
        Case.observe(
            "device-rules/access", "tells reading from writing", ["config-linux/allowed-device-list#2"],
            needs: [.root, .controller("devices"), .file("/dev/kmsg")],
            steps: ["mknod=c:1:11:r:/tmp/kmsg", "mknod=c:1:11:w:/tmp/kmsg"],
            broken: .config("allows writing, too") { $0["/linux/resources/devices/1/access"] = "rwm" },
            config: {
                $0["/process/capabilities/effective/-"] = "CAP_SYSLOG"
                $0["/process/capabilities/permitted/-"] = "CAP_SYSLOG"
                $0["/process/capabilities/bounding/-"] = "CAP_SYSLOG"
                $0["/linux/resources"] = [
                    "devices": [
                        ["allow": false, "access": "rwm"],
                        ["allow": true, "type": "c", "major": 1, "minor": 11, "access": "rm"],
                    ]
                ]
            },
            sees: {
                try $0.works("mknod=c:1:11:r:/tmp/kmsg")
                try $0.refused("mknod=c:1:11:w:/tmp/kmsg")
            })
        Case.refuse(
            "device-rules/allow-missing", "refuses a rule without allow", ["config-linux/allowed-device-list#2"],
            needs: [.root, .controller("devices")], tolerated: documentOnly,
            config: { $0["/linux/resources"] = ["devices": [["type": "c", "major": 1, "minor": 11, "access": "r"]]] })
        Case.refuse(
            "device-rules/access-unknown", "refuses an access that nobody knows", ["config/valid-values#1"],
            needs: [.root, .controller("devices")],
            config: {
                $0["/linux/resources"] = [
                    "devices": [["allow": true, "type": "c", "major": 1, "minor": 11, "access": "rz"]]
                ]
            })
    }
}
