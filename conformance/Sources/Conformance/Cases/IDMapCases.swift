import Foundation
import Glibc
import JSONValue

/// Mounts whose ids are mapped.
enum IDMapCases {
    private static let mapping: JSON = [["containerID": 0, "hostID": 70_000, "size": 1000]]

    private static func mount(_ options: [String], mapped: Bool = true, _ config: inout JSON) {
        config["/mounts/-"] = [
            "destination": "/data", "type": "bind", "source": "@BUNDLE@/source", "options": .strings(options),
        ]
        if mapped {
            config["/mounts/3/uidMappings"] = mapping
            config["/mounts/3/gidMappings"] = mapping
        }
    }

    /// Where the kernel tells a mount's mappings, they have to be these: `[on disk, seen, count]`.
    private static func mapped(_ report: Report, _ line: MountLine, uids: [[Int]], gids: [[Int]]) throws {
        guard let told = try report.statMount(line), let seen = told.uidMappings else { return }
        try report.expect(
            seen == uids && told.gidMappings == gids, "the mappings \(uids) and \(gids) by statmount(2)",
            "\(seen) and \(told.gidMappings ?? [])")
    }

    private static let needs: [Need] = [.root, .kernel(5, 12)]

    @CaseList static var all: [Case] {
        for option in ["idmap", "ridmap"] {
            Case.observe(
                "idmap/\(option)", "maps the owners of a mount's files with \(option)",
                [
                    MountOptionCases.id(option), "config/posix-platform-mounts#1", "config/posix-platform-mounts#4",
                ],
                since: "1.1.0", needs: needs, steps: ["stat=/data/file"],
                prepare: { try $0.outside("source/file", "") },
                broken: .config("mounts without mapping") {
                    $0["/mounts/3/options"] = ["rbind"]
                    $0["/mounts/3/uidMappings"] = nil
                    $0["/mounts/3/gidMappings"] = nil
                },
                config: { mount(["rbind", option], &$0) },
                sees: {
                    let seen = $0.answer("stat=/data/file")
                    try $0.expect(
                        seen["/uid"]?.int == 70_000 && seen["/gid"]?.int == 70_000,
                        "owner 70000:70000 by the mount's mapping",
                        seen.text())
                    let line = try $0.mounted("/data")
                    try $0.expect(line.has("idmapped"), "an idmapped mount", "the mount isn't idmapped")
                    try mapped($0, line, uids: [[0, 70_000, 1000]], gids: [[0, 70_000, 1000]])
                })
            Case.refuse(
                "idmap/\(option)-without-mapping", "refuses \(option) where there is no mapping to use",
                [MountOptionCases.id(option)], since: "1.1.0", needs: needs,
                prepare: { try $0.outside("source/file", "") },
                config: { mount(["rbind", option], mapped: false, &$0) })
        }
        Case.observe(
            "idmap/ranges", "maps by each range of the mount's mappings, users and groups apart",
            [MountOptionCases.id("idmap"), "config/posix-platform-mounts#1", "config/posix-platform-mounts#4"],
            since: "1.1.0", needs: needs, steps: ["stat=/data/one", "stat=/data/two"],
            prepare: {
                for (name, owner) in [("one", 5), ("two", 2100)] as [(String, UInt32)] {
                    try $0.outside("source/" + name, "")
                    guard chown($0.directory + "/source/" + name, owner, owner) == 0 else {
                        throw HarnessProblem("can't give \(name) away", errno)
                    }
                }
            },
            broken: .config("maps by the first range alone") {
                $0["/mounts/3/uidMappings/1"] = nil
                $0["/mounts/3/gidMappings/1"] = nil
            },
            config: {
                mount(["rbind", "idmap"], &$0)
                $0["/mounts/3/uidMappings/-"] = ["containerID": 2000, "hostID": 80_000, "size": 500]
                $0["/mounts/3/gidMappings/-"] = ["containerID": 2000, "hostID": 90_000, "size": 400]
            },
            sees: {
                for (name, uid, gid) in [("one", 70_005, 70_005), ("two", 80_100, 90_100)] {
                    let seen = $0.answer("stat=/data/" + name)
                    try $0.expect(
                        seen["/uid"]?.int == uid && seen["/gid"]?.int == gid, "owner \(uid):\(gid)", seen.text())
                }
                try mapped(
                    $0, try $0.mounted("/data"), uids: [[0, 70_000, 1000], [2000, 80_000, 500]],
                    gids: [[0, 70_000, 1000], [2000, 90_000, 400]])
            })
        Case.observe(
            "idmap/ridmap-inner", "maps the mounts below, too, with ridmap", [MountOptionCases.id("ridmap")],
            since: "1.1.0", needs: needs, steps: ["stat=/data/inner"],
            prepare: { try $0.hostMount("source/inner", type: "tmpfs") },
            broken: .config("maps nothing") {
                $0["/mounts/3/options"] = ["rbind"]
                $0["/mounts/3/uidMappings"] = nil
                $0["/mounts/3/gidMappings"] = nil
            },
            config: { mount(["rbind", "ridmap"], &$0) },
            sees: {
                let seen = $0.answer("stat=/data/inner")
                try $0.expect(seen["/uid"]?.int == 70_000, "owner 70000 in the inner mount", seen.text())
            })
        for (number, left) in [(3, "uid"), (6, "gid")] {
            Case.refuse(
                "idmap/\(left)-mapping-alone", "refuses \(left)Mappings of a mount without the other",
                ["config/posix-platform-mounts#\(number)", "config/valid-values#1"], since: "1.1.0", needs: needs,
                prepare: { try $0.outside("source/file", "") },
                config: {
                    mount(["rbind", "idmap"], &$0)
                    $0["/mounts/3/\(left == "uid" ? "gid" : "uid")Mappings"] = nil
                })
        }
    }
}
