internal import Foundation
internal import Support
internal import Testing

/// A directory of the host with files of three owners.
private func sources(_ box: Box) throws -> String {
    let path = box.directory + "/source"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for owner in [0, 7, 1000] {
        try Data().write(to: URL(fileURLWithPath: "\(path)/of\(owner)"))
        try Command("chown", "\(owner):\(owner)", "\(path)/of\(owner)").run().get()
    }
    return path
}

private func mapping(_ ranges: (Int64, Int64, Int64)...) -> JSON {
    .array(
        ranges.map { ["containerID": .integer($0.0), "hostID": .integer($0.1), "size": .integer($0.2)] })
}

private func mount(_ options: [JSON], _ ranges: JSON? = nil) -> @Sendable (Box) throws -> Void {
    { box in
        var mount: JSON = [
            "destination": "/data", "type": "bind", "source": .string(try sources(box)), "options": .array(options),
        ]
        if let ranges { (mount["uidMappings"], mount["gidMappings"]) = (ranges, ranges) }
        box.config["mounts"].elements.append(mount)
    }
}

/// Gives the container a user namespace, and the root filesystem to its root.
private func unprivileged(_ box: Box) throws {
    box.config["linux"]["namespaces"].elements.append(["type": "user"])
    box.config["linux"]["uidMappings"] = mapping((0, 100_000, 65536))
    box.config["linux"]["gidMappings"] = mapping((0, 100_000, 65536))
    try Command("chown", "-R", "-h", "100000:100000", box.rootfs).run().get()
}

private let owners = "stat -c '%n %u %g' /data/*"
private let tooOld = ["runc": "1.1.5 knows no mappings of mounts"]

extension Observation {
    static let idMaps: [Observation] = [
        Observation(
            name: "a mount's own mapping decides who owns the files in it",
            change: mount(["bind", "idmap"], mapping((0, 1000, 10))), script: owners,
            expected: "/data/of0 1000 1000\n/data/of1000 65534 65534\n/data/of7 1007 1007", differs: tooOld),
        Observation(
            name: "a mapping in the option does, too",
            change: mount(["bind", "idmap=uids=0-1000-10#1000-0-1;gids=0-2000-10"]), script: owners,
            expected: "/data/of0 1000 2000\n/data/of1000 0 65534\n/data/of7 1007 2007", differs: tooOld),
        Observation(
            name: "without a mapping of its own a mount has the container's, and files can be made in it",
            change: {
                try mount(["bind", "idmap"])($0)
                try unprivileged($0)
            }, script: owners + "; touch /data/new && stat -c %u /data/new",
            expected: "/data/of0 0 0\n/data/of1000 1000 1000\n/data/of7 7 7\n0", differs: tooOld),
        Observation(
            name: "a relative mapping counts through the container's",
            change: {
                try mount(["bind", "idmap=uids=@0-7-10;gids=@0-8-10"])($0)
                try unprivileged($0)
            }, script: owners, expected: "/data/of0 7 8\n/data/of1000 65534 65534\n/data/of7 14 15", differs: tooOld),
        Observation(
            name: "a fresh filesystem can have a mapping",
            change: {
                $0.config["mounts"].elements.append([
                    "destination": "/data", "type": "tmpfs", "source": "tmpfs", "options": ["idmap", "uid=3"],
                    "uidMappings": mapping((0, 100, 10)), "gidMappings": mapping((0, 200, 10)),
                ])
            }, script: "stat -c '%u %g' /data", expected: "103 200",
            differs: ["runc": "1.1.5 knows no mappings of mounts", "crun": "1.8.1 maps binds only"]),
    ]
}

/// What reaches beyond the container, and what can't be.
@Suite(.containers) struct IDMapTests {
    @Test func filesMadeInAMappedMountBelongToItsOwnersOutside() throws {
        try inBox { box in
            try mount(["bind", "idmap"], mapping((5, 0, 1), (6, 1000, 1)))(box)
            let source = box.directory + "/source"
            // In a directory whose owner isn't mapped nobody may make anything.
            try Command("chown", "5:5", source).run().get()
            _ = try box.sh("touch /data/roots && mkdir /data/dir").get()
            let seen = try Command("stat", "-c", "%u", source + "/roots", source + "/dir").run().get().output
            #expect(seen == "5\n5\n")
        }
    }

    @Test func onlyARecursiveMappingReachesTheMountsBelow() throws {
        try inBox { box in
            let below = try sources(box) + "/below"
            try FileManager.default.createDirectory(atPath: below, withIntermediateDirectories: true)
            try Command("mount", "-t", "tmpfs", "tmpfs", below).run().get()
            defer { _ = try? Command("umount", below).run() }
            try mount(["rbind", "idmap"], mapping((0, 1000, 10)))(box)
            let flat = try box.sh("stat -c %u /data/of0 /data/below").get().output
            #expect(flat == "1000\n0\n")
            box.config["mounts"].elements.removeLast()
            try mount(["rbind", "ridmap"], mapping((0, 1000, 10)))(box)
            let deep = try box.sh("stat -c %u /data/of0 /data/below").get().output
            #expect(deep == "1000\n1000\n")
        }
    }

    @Test func aFilesystemThatTakesNoMappingIsNamed() throws {
        try inBox { box in
            try mount(["bind", "idmap"], mapping((0, 1000, 10)))(box)
            box.config["mounts"].elements[box.config["mounts"].elements.count - 1]["source"] = "/sys/kernel"
            let outcome = try box.run()
            expectRefusal(outcome, "mount_setattr", "EINVAL", "sysfs", "takes no id mapping", "/mounts/7/uidMappings")
        }
    }

    @Test func theMappingOfAJoinedUserNamespaceServesMountsAndMustBeTheOneThatIsTold() throws {
        try inBox { first in
            try unprivileged(first)
            first.config["process"]["args"] = ["/bin/sleep", "1000"]
            try first.write()
            try first.command("run", "-d", "--bundle", first.bundle, first.id()).run().get()
            let pid = try #require(try first.state()["pid"].integer)
            try inBox { box in
                try unprivileged(box)
                let last = box.config["linux"]["namespaces"].elements.count - 1
                box.config["linux"]["namespaces"].elements[last]["path"] = .string("/proc/\(pid)/ns/user")
                try mount(["bind", "idmap"])(box)
                let seen = try box.sh(owners).get().output
                #expect(seen == "/data/of0 0 0\n/data/of1000 1000 1000\n/data/of7 7 7\n")
                box.config["linux"]["gidMappings"] = mapping((0, 100_001, 65536))
                expectRefusal(
                    try box.run(), "/linux/gidMappings", "joined user namespace maps its groups otherwise",
                    "0 100000 65536")
            }
        }
    }

    /// Who owns what in a filesystem with a mapping that covers the configured root.
    static func ownersOfRoot(_ box: Box, type: String, _ source: String, _ options: JSON) throws -> String {
        var mount: JSON = [
            "destination": "/", "type": .string(type), "source": .string(source), "options": options,
        ]
        // The last one gives the container's root somebody as whom to make files.
        mount["uidMappings"] = mapping((0, 1000, 5), (5, 0, 1))
        mount["gidMappings"] = mapping((0, 2000, 5), (5, 0, 1))
        box.config["root"]["readonly"] = false
        box.config["mounts"].elements.insert(mount, at: 0)
        return try box.sh("stat -c '%u %g' / /bin/busybox; stat -f -c %T /").get().output
    }

    @Test func aRootFilesystemOnATmpfsHasItsMapping() throws {
        try inBox { box in
            // What the container runs is bound into the empty filesystem, and keeps its owner.
            let bin: JSON = [
                "destination": "/bin", "type": "bind", "source": .string(box.rootfs + "/bin"), "options": ["bind"],
            ]
            box.config["mounts"].elements.insert(bin, at: 0)
            let seen = try IDMapTests.ownersOfRoot(box, type: "tmpfs", "tmpfs", ["idmap", "mode=755"])
            #expect(seen == "1000 2000\n0 0\ntmpfs\n")
        }
    }
}
