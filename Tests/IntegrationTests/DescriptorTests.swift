internal import Foundation
internal import Support
internal import Testing

/// Which descriptors of the caller a container gets, and which never.
@Suite(.containers) struct DescriptorTests {
    private let listing = "for f in /proc/$$/fd/*; do test -e $f && echo ${f##*/}; done; true"

    private func open(_ path: String) throws -> FileHandle {
        try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    }

    @Test func aDescriptorOfTheCallerStaysOutside() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/sh", "-c", .string(listing)]
            try box.write()
            let host = try open("/etc/hostname")
            var command = box.command("run", "--bundle", box.bundle, box.id())
            command.descriptors = [3: host.fileDescriptor, 9: host.fileDescriptor, 33: host.fileDescriptor]
            #expect(try command.run().get().output == "0\n1\n2\n")
        }
    }

    @Test func preservedDescriptorsKeepTheirNumbers() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/sh", "-c", .string("cat <&3; cat <&4; \(listing)")]
            try box.write()
            for name in ["one", "two"] {
                try Data("\(name)\n".utf8).write(to: URL(fileURLWithPath: "\(box.directory)/\(name)"))
            }
            let one = try open(box.directory + "/one")
            let two = try open(box.directory + "/two")
            var command = box.command("run", "--preserve-fds", "2", "--bundle", box.bundle, box.id())
            command.descriptors = [3: one.fileDescriptor, 4: two.fileDescriptor, 5: one.fileDescriptor]
            #expect(try command.run().get().output == "one\ntwo\n0\n1\n2\n3\n4\n")
        }
    }

    @Test func preservingWhatIsNotOpenIsRefused() throws {
        try inBox { box in
            try box.write()
            expectRefusal(try box.command("run", "--preserve-fds", "2", "--bundle", box.bundle, box.id()).run())
            expectNothingLeft(of: box)
        }
    }

    @Test(arguments: ["-1", "x", "99999999999999999999"])
    func aSenselessCountOfDescriptorsIsRefused(_ count: String) throws {
        try inBox { box in
            try box.write()
            expectRefusal(try box.command("run", "--preserve-fds", count, "--bundle", box.bundle, box.id()).run())
        }
    }

    @Test(arguments: [[], [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]] as [[Int32]])
    func closedStandardDescriptorsAreSafe(_ closed: [Int32]) throws {
        try inBox { box in
            box.config["root"]["readonly"] = false
            // Nothing of the runtime may have moved into the numbers that were free.
            box.config["process"]["args"] = [
                "/bin/sh", "-c", "for n in 0 1 2; do readlink /proc/$$/fd/$n; done >/answer 2>/dev/null; true",
            ]
            try box.write()
            var command = box.command("run", "--bundle", box.bundle, box.id())
            command.closed = Set(closed)
            try command.run().get()
            let lines = try String(contentsOfFile: box.rootfs + "/answer", encoding: .utf8).split(separator: "\n")
            for line in lines {
                #expect(
                    line.contains("memfd:") || line == "/dev/null" || line == "/answer",
                    "closed \(closed): \(lines)")
            }
        }
    }

    @Test func socketsOfSystemdArePassedWithTheirCount() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/sh", "-c", .string("echo $LISTEN_FDS $LISTEN_PID; \(listing)")]
            try box.write()
            let host = try open("/etc/hostname")
            // LISTEN_PID must be the runtime's own number: a shell sets it and becomes the runtime.
            let words = box.command("run", "--bundle", box.bundle, box.id()).arguments
            var command = Command(["/bin/sh", "-c", "LISTEN_FDS=2 LISTEN_PID=$$ exec \"$@\"", "sh"] + words)
            command.descriptors = [3: host.fileDescriptor, 4: host.fileDescriptor]
            #expect(try command.run().get().output == "2 1\n0\n1\n2\n3\n4\n")
        }
    }
}
