internal import Foundation
internal import Support
internal import Testing

/// A filesystem of the test's own in a file, as a loop device.
private final class Disk {
    /// The device.
    let path: String
    private let file: String

    static let isPossible =
        geteuid() == 0
        && ["losetup --find", "mke2fs -V"].allSatisfy { words in
            (try? Command(words.split(separator: " ").map(String.init)).run().succeeded) == true
        }

    init(holding tree: String, at file: String) throws {
        self.file = file
        try Command("truncate", "-s", "16M", file).run().get()
        try Command("mke2fs", "-q", "-t", "ext4", "-E", "root_owner=0:0", "-d", tree, file).run().get()
        path = try Command("losetup", "--find", "--show", file).run().get().output
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The device's numbers.
    var numbers: (major: Int64, minor: Int64) {
        var status = stat()
        _ = unsafe stat(path, &status)
        return (Int64(status.st_rdev >> 8 & 0xFFF), Int64(status.st_rdev & 0xFF))
    }

    deinit { _ = try? Command("losetup", "--detach", path).run() }
}

/// Filesystems on block devices.
@Suite(.containers, .enabled(if: Disk.isPossible, "needs losetup and mke2fs")) struct DiskTests {
    @Test func aRootFilesystemOnADiskHasItsMapping() throws {
        try inBox { box in
            try Command("chmod", "1777", box.rootfs + "/tmp").run().get()
            let disk = try Disk(holding: box.rootfs, at: box.directory + "/disk")
            let owners = try IDMapTests.ownersOfRoot(box, type: "ext4", disk.path, ["idmap"])
            #expect(owners == "1000 2000\n1000 2000\next2/ext3\n")
            // What a user of the mapping makes belongs on the disk to whom the mapping says.
            box.config["process"]["user"] = ["uid": 1003, "gid": 2004]
            _ = try box.sh("touch /tmp/made").get()
            box.config["mounts"].elements[0] = ["destination": "/", "type": "ext4", "source": .string(disk.path)]
            let seen = try box.sh("stat -c '%u %g' /tmp/made /bin/busybox").get().output
            #expect(seen == "3 4\n0 0\n")
        }
    }

    /// As with runc; crun lets the device rules hold for the mounts, too.
    @Test func aDiskIsMountedThatTheContainerMayNotReadItself() throws {
        for runtime in [OCIRuntime.swrun] + OCIRuntime.peers.filter({ $0.name == "runc" }) {
            try inBox(runtime) { box in
                let disk = try Disk(holding: box.rootfs, at: box.directory + "/disk")
                let (major, minor) = disk.numbers
                box.config["mounts"].elements.append([
                    "destination": "/mnt", "type": "ext4", "source": .string(disk.path), "options": ["ro"],
                ])
                box.config["root"]["readonly"] = false
                box.config["linux"]["devices"] = [
                    ["path": "/dev/disk", "type": "b", "major": .integer(major), "minor": .integer(minor)]
                ]
                let seen = try box.sh("ls /mnt/bin/busybox; (: </dev/disk) 2>&1 | grep -o 'not permitted'").get().output
                #expect(seen == "/mnt/bin/busybox\nnot permitted\n", "\(runtime)")
            }
        }
    }
}
