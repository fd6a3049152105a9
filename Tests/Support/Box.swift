internal import Foundation

/// A bundle, a state root and a cgroup for one test and one runtime; nothing of it is shared with another test.
///
/// The root filesystem is a static busybox with the usual directories. The configuration is `examples/default`, which
/// is what `swrun spec` writes, and can be changed before each container.
public final class Box {
    /// What is tested in it.
    public let runtime: OCIRuntime
    /// Everything is below this directory.
    public let directory: String
    /// The last part of `directory`: name of the cgroup and beginning of every container's id.
    public let name: String
    /// What `write` puts into config.json.
    public var config: JSON

    static let busybox = "/bin/busybox"

    /// The directory with config.json.
    public var bundle: String { directory + "/bundle" }
    /// The root filesystem.
    public var rootfs: String { bundle + "/rootfs" }
    /// The state root.
    public var root: String { directory + "/state" }

    /// Makes the bundle; config.json is written by `write`, or by `run`.
    public init(_ runtime: OCIRuntime = .swrun) throws {
        OCIRuntime.hugetlb
        self.runtime = runtime
        name = "swrun-test-" + UUID().uuidString.prefix(8).lowercased()
        directory = "/tmp/" + name
        config = try Box.base.get()
        config["linux"]["cgroupsPath"] = .string("/" + name)
        do {
            try fill()
        } catch {
            remove()
            throw error
        }
    }

    private static let base = Result<JSON, any Error> {
        let path = Project.directory + "/examples/default/config.json"
        var config = try JSON(parsing: String(contentsOfFile: path, encoding: .utf8))
        config["ociVersion"] = "1.0.2"  // the latest that Debian's crun and runc know
        return config
    }

    private func fill() throws {
        let files = FileManager.default
        for name in ["bin", "dev", "etc", "proc", "root", "sys", "tmp"] {
            try files.createDirectory(atPath: "\(rootfs)/\(name)", withIntermediateDirectories: true)
        }
        try Command.writingProgram { try files.copyItem(atPath: Box.busybox, toPath: rootfs + "/bin/busybox") }
        for name in Box.applets {
            try files.createSymbolicLink(atPath: "\(rootfs)/bin/\(name)", withDestinationPath: "busybox")
        }
    }

    private static let applets = [
        "awk", "cat", "chmod", "cut", "date", "dd", "df", "echo", "env", "false", "find", "grep", "head", "hostname",
        "id",
        "ionice", "kill", "ln", "ls", "mkdir", "mknod", "mount", "mv", "nc", "od", "ping", "printf", "ps", "pwd",
        "readlink",
        "rm",
        "sed", "seq", "sh", "sleep", "sort", "stat", "stty", "tail", "tee", "test", "touch", "tr", "true", "tty",
        "umount",
        "uname", "wc",
    ]

    /// The runtime with this box' state root and some words.
    public func command(_ words: String...) -> Command { command(words) }

    /// The runtime with this box' state root and some words.
    public func command(_ words: [String]) -> Command { Command([runtime.path, "--root", root] + words) }

    /// Writes the configuration.
    public func write() throws { try write(config.document) }

    /// Writes any text as config.json.
    public func write(_ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: bundle + "/config.json"))
    }

    /// Writes a file in the root filesystem.
    public func file(_ path: String, _ content: String, mode: Int = 0o644) throws {
        let full = rootfs + path
        let parent = URL(fileURLWithPath: full).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Command.writingProgram { try Data(content.utf8).write(to: URL(fileURLWithPath: full)) }
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: full)
    }

    /// The id of a container: the box' name and, for a second one, a suffix.
    public func id(_ suffix: String = "") -> String { name + suffix }

    /// Lets the container run a shell script in the foreground, to its end.
    public func sh(_ script: String, options: [String] = []) throws -> Outcome {
        config["process"]["args"] = ["/bin/sh", "-c", .string(script)]
        return try run(options: options)
    }

    /// Runs the container as configured in the foreground, to its end.
    public func run(options: [String] = []) throws -> Outcome {
        try write()
        return try command(["run", "--bundle", bundle] + options + [id()]).run()
    }

    /// `state` of a container, as JSON.
    public func state(_ suffix: String = "") throws -> JSON {
        try JSON(parsing: command("state", id(suffix)).run().get().output)
    }

    /// The status that `state` tells, or nil where it fails.
    public func status(_ suffix: String = "") -> String? { (try? state(suffix))?["status"].text }

    /// Waits until a container has the status; polls, since nothing announces it to a stranger.
    public func wait(for status: String, _ suffix: String = "", seconds: Int = 20) throws {
        let end = Date().addingTimeInterval(Double(seconds))
        while self.status(suffix) != status {
            reap()
            guard Date() < end else {
                throw Problem("still «\(self.status(suffix) ?? "no state")», not «\(status)», after \(seconds) s")
            }
            usleep(10_000)
        }
    }

    /// Inits of detached containers are children of the tests; this ends those that are dead for good.
    public func reap() {
        for pid in pids { waitpid(pid, nil, WNOHANG) }
    }

    /// The init processes of which a state directory or a pid file of this box tells.
    private var pids: [Int32] {
        let files = FileManager.default
        let ids = (try? files.contentsOfDirectory(atPath: root)) ?? []
        let told = ids.compactMap { id -> Int32? in
            guard let outcome = try? command("state", id).run(), let state = try? JSON(parsing: outcome.output),
                let pid = state["pid"].integer
            else { return nil }
            return Int32(exactly: pid)
        }
        let noted = ((try? files.contentsOfDirectory(atPath: directory)) ?? []).filter { $0.hasSuffix(".pid") }
            .compactMap { try? String(contentsOfFile: directory + "/" + $0, encoding: .utf8) }.compactMap { Int32($0) }
        return (told + noted).filter { $0 > 1 }
    }
}

extension Box {
    /// Waits until no process of the box lives; polls.
    public func waitUntilEmpty(seconds: Int = 10) throws {
        let end = Date().addingTimeInterval(Double(seconds))
        while !processes().isEmpty {
            reap()
            guard Date() < end else { throw Problem("still living: \(processes())") }
            usleep(10_000)
        }
    }
}
