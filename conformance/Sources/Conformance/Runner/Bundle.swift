import Foundation
import Glibc
import JSONValue

/// A bundle on disk: a configuration, and a root file system that holds the probe and a few empty directories.
package struct Bundle: Sendable {
    /// The id of the container that will be made of it.
    package var id: String
    /// The bundle's directory.
    package var directory: String
    package var config: JSON
    /// The plain configuration from which `config` was made.
    package var base: JSON

    /// The root file system's directory.
    package var rootfs: String { directory + "/rootfs" }

    /// Makes the directories and puts the probe in.
    func prepare(probe: String) throws {
        for name in ["proc", "dev", "sys", "tmp"] {
            try FileManager.default.createDirectory(atPath: rootfs + "/" + name, withIntermediateDirectories: true)
        }
        guard Glibc.link(probe, rootfs + "/oci-probe") == 0 else { throw HarnessProblem("can't link the probe", errno) }
        chmod(directory, 0o755)
    }

    /// Writes config.json.
    func write(_ config: JSON) throws {
        try Data(config.text(pretty: true).utf8).write(to: URL(fileURLWithPath: directory + "/config.json"))
    }
}

/// Something that isn't the runtime's doing.
package struct HarnessProblem: Error, CustomStringConvertible {
    package var description: String

    init(_ text: String, _ errno: Int32? = nil) {
        description = errno.map { "\(text): \(String(cString: strerror($0)))" } ?? text
    }
}

/// The plain configuration that every case starts from: as little as makes a container in which the probe can look
/// around.
enum PlainConfig {
    static func make(id: String, cgroupParent: String, rootless: Rootless?) -> JSON {
        var config: JSON = [
            "ociVersion": "1.0.2",
            "root": ["path": "rootfs"],
            "hostname": "conformance",
            "process": [
                "terminal": false,
                "user": ["uid": 0, "gid": 0],
                "args": ["/oci-probe", "report"],
                "env": ["PATH=/bin:/"],
                "cwd": "/",
                "noNewPrivileges": false,
            ],
            "mounts": [
                ["destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]],
                [
                    "destination": "/dev", "type": "tmpfs", "source": "tmpfs",
                    "options": ["nosuid", "strictatime", "mode=755", "size=65536k"],
                ],
                [
                    "destination": "/dev/pts", "type": "devpts", "source": "devpts",
                    "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"],
                ],
            ],
            "linux": [
                "namespaces": [["type": "pid"], ["type": "mount"], ["type": "ipc"], ["type": "uts"]]
            ],
        ]
        let held = ["CAP_KILL", "CAP_MKNOD", "CAP_DAC_OVERRIDE", "CAP_FOWNER"]
        for set in ["bounding", "effective", "permitted"] {
            config["/process/capabilities"] = config["/process/capabilities"] ?? [:]
            config["/process/capabilities/\(set)"] = .strings(held)
        }
        if let rootless {
            config["/linux/namespaces/-"] = ["type": "user"]
            config["/linux/uidMappings"] = [["containerID": 0, "hostID": .int(rootless.uid), "size": 1]]
            config["/linux/gidMappings"] = [["containerID": 0, "hostID": .int(rootless.gid), "size": 1]]
        } else {
            config["/linux/cgroupsPath"] = .string("/\(cgroupParent)/\(id)")
        }
        return config
    }
}

/// Who runs the harness without privileges.
struct Rootless: Sendable {
    var uid: UInt32
    var gid: UInt32
}
