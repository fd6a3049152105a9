internal import Foundation
internal import Support
internal import Testing

/// Weights of one device, which only a device with the scheduler BFQ has.
@Suite(.containers, .serialized) struct BlockWeightTests {
    /// A loop device of the test's own, with BFQ; nil where there can't be one.
    private final class Disk {
        let path: String
        private let file: String

        init?() {
            file = "/tmp/swrun-test-\(UUID().uuidString.prefix(8))"
            guard FileManager.default.createFile(atPath: file, contents: Data(count: 1 << 20)),
                let outcome = try? Command("losetup", "--find", "--show", file).run(), outcome.succeeded
            else { return nil }
            path = outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
            let scheduler = "/sys/block/\(path.split(separator: "/").last ?? "")/queue/scheduler"
            guard (try? "bfq".write(toFile: scheduler, atomically: false, encoding: .utf8)) != nil else { return nil }
        }

        deinit {
            _ = try? Command("losetup", "--detach", path).run()
            try? FileManager.default.removeItem(atPath: file)
        }

        var numbers: (major: Int64, minor: Int64) {
            var status = stat()
            _ = unsafe stat(path, &status)
            return (Int64(status.st_rdev >> 8 & 0xFFF), Int64(status.st_rdev & 0xFF))
        }
    }

    private static let hasDisk = geteuid() == 0 && Disk() != nil

    private func configure(_ box: Box, _ disk: Disk) {
        let (major, minor) = disk.numbers
        box.config["linux"]["resources"]["blockIO"] = [
            "weight": 300, "weightDevice": [["major": .integer(major), "minor": .integer(minor), "weight": 200]],
        ]
    }

    @Test(.enabled(if: hasDisk, "needs losetup and the I/O scheduler BFQ"))
    func aDeviceHasItsOwnWeight() throws {
        let disk = try #require(Disk())
        let (major, minor) = disk.numbers
        for runtime in [OCIRuntime.swrun] + OCIRuntime.peers.filter({ $0.name == "runc" }) {
            try inBox(runtime) { box in
                configure(box, disk)
                let outcome = try box.sh(
                    Cgroups.areV1
                        ? "cat /sys/fs/cgroup/blkio/blkio.bfq.weight_device" : "cat /sys/fs/cgroup/io.bfq.weight")
                #expect(outcome.output == "default 300\n\(major):\(minor) 200\n", "\(outcome)")
            }
        }
    }

    @Test(.cgroupV1, .enabled(if: hasDisk, "needs losetup and the I/O scheduler BFQ"))
    func aWeightIsSetBackAfterAFailedUpdate() throws {
        let disk = try #require(Disk())
        let (major, minor) = disk.numbers
        try inBox { box in
            configure(box, disk)
            box.config["process"]["args"] = ["/bin/sleep", "1000"]
            try box.write()
            try box.command("run", "--detach", "--bundle", box.bundle, box.id()).run().get()
            func weights() throws -> String {
                try String(
                    contentsOfFile: "/sys/fs/cgroup/blkio/\(box.name)/blkio.bfq.weight_device", encoding: .utf8)
            }
            #expect(try weights() == "default 300\n\(major):\(minor) 200\n")
            var update = box.command("update", "--resources", "-", box.id())
            update.input = """
                {"blockIO": {"weight": 400, "weightDevice": [{"major": \(major), "minor": \(minor), "weight": 500}],
                 "throttleReadBpsDevice": [{"major": 250, "minor": 1048000, "rate": 1}]}}
                """
            expectRefusal(try update.run(), "throttleReadBpsDevice/0")
            #expect(try weights() == "default 300\n\(major):\(minor) 200\n")
            // A new weight of the group leaves that of the device alone.
            try box.command("update", "--blkio-weight", "600", box.id()).run().get()
            #expect(try weights() == "default 600\n\(major):\(minor) 200\n")
            try box.command("delete", "--force", box.id()).run().get()
        }
    }
}
