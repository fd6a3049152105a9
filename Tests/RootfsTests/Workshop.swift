import Foundation
import Support
import Testing

/// A directory for one test, with the tool under test; removed in any case.
final class Workshop {
    let directory: String

    /// The debug build beside the tests.
    static let tool =
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .path
        + "/swrun-rootfs"

    init() throws {
        // Where ordinary users can go, too.
        directory = "/tmp/swrun-rootfs-test-" + UUID().uuidString.prefix(8).lowercased()
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    }

    deinit {
        // What a test that failed has left mounted.
        for _ in 0..<4 where !mounts.isEmpty {
            for mount in mounts.reversed() { _ = try? Support.Command("umount", "-l", mount).run() }
        }
        _ = try? Support.Command("rm", "-rf", "--one-file-system", directory).run()
    }

    /// Mount points in this directory, in the tests' mount namespace.
    var mounts: [String] {
        let table = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        return table.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            return fields.count > 4 && fields[4].hasPrefix(directory) ? String(fields[4]) : nil
        }
    }

    /// Runs the tool in the directory.
    @discardableResult
    func tool(_ words: String..., environment: [String: String] = [:], uid: UInt32? = nil) throws
        -> Outcome
    {
        try run([Workshop.tool] + words, environment: environment, uid: uid)
    }

    /// Runs any program in the directory, with the runtime under test for the tool.
    @discardableResult
    func run(_ words: [String], environment: [String: String] = [:], uid: UInt32? = nil) throws
        -> Outcome
    {
        var command = Support.Command(words)
        command.directory = directory
        command.timeoutSeconds = 600
        command.environment = ProcessInfo.processInfo.environment
            .merging(["SWRUN": OCIRuntime.swrun.path, "LC_ALL": "C.UTF-8"]) { $1 }.merging(environment) {
                $1
            }
        if let uid { command.ids = (uid, uid, []) }
        return try command.run()
    }

    /// Runs a shell script in the directory; fails if it does.
    @discardableResult
    func sh(_ script: String) throws -> String { try run(["sh", "-euc", script]).get().output }

    /// Runs a shell script in a bundle's container.
    func container(_ bundle: String, _ script: String) throws -> Outcome {
        try tool(
            "run", bundle, "--private", "--root", directory + "/state", "--id", id, "--", "sh", "-c",
            script)
    }

    /// An id that no other test uses.
    var id: String { String(directory.split(separator: "/").last ?? "test") }

    /// Writes a file.
    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
    }

    /// Whether something is there, a link included.
    func exists(_ name: String) -> Bool {
        (try? FileManager.default.attributesOfItem(atPath: directory + "/" + name)) != nil
    }

    /// The names in the directory, hidden ones included.
    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }

    /// Everything that there is to know of a tree, a line or more for each file.
    func everything(about tree: String, times: Bool = true) throws -> String {
        let time = times ? " %T@" : ""
        return try sh(
            """
            cd '\(tree)'
            find . -printf '%p %y %m %U:%G %s\(time) %n %l\\n' | sort | sed 's/^\\(.* d [0-9]* [0-9:]*\\) [0-9]*/\\1/'
            find . -type f -links +1 -printf '%i %p\\n' | sort -k2 | awk '{ if (!($1 in g)) g[$1] = ++n; print g[$1], $2 }'
            find . -type f -exec sha256sum {} + | sort -k2
            if command -v getfattr >/dev/null; then getfattr -R -P -h -d -m - . 2>/dev/null; fi
            """)
    }

    /// A small tree of everything that a file can be.
    func makeTree(_ name: String = "tree") throws {
        try sh(
            """
            mkdir -p '\(name)/usr/bin' '\(name)/etc/conf.d' '\(name)/home/user' '\(name)/bin' '\(name)/proc' '\(name)/sys' '\(name)/dev'
            cp /bin/busybox '\(name)/bin/busybox'
            for applet in sh cat ls rm mkdir echo touch chmod mv ln true; do ln -s busybox '\(name)/bin/'$applet; done
            cd '\(name)'
            echo 'root:x:0:0::/root:/bin/sh' >etc/passwd
            echo one >usr/bin/one; ln usr/bin/one usr/bin/uno; ln -s one usr/bin/link
            echo setuid >usr/bin/setuid; chmod 4755 usr/bin/setuid
            head -c 300000 /dev/urandom >usr/bin/big
            truncate -s 1000000 etc/sparse; echo end >>etc/sparse
            : >etc/empty; mkfifo etc/fifo
            mkdir "$(printf 'home/n%0200d' 1)"; echo long >"$(printf 'home/n%0200d/f%0200d' 1 2)"
            echo '' >'home/with blank # and = and ü'
            chown 1000:1000 home/user; chown 1234:4321 etc/empty; chmod 700 home/user; chmod 1777 etc/conf.d
            touch -d '1969-12-31 12:00:00.5 UTC' etc/passwd; touch -d @1000000000.123456789 usr/bin/one
            """)
        if getuid() == 0 { _ = try? run(["mknod", "\(name)/dev/null", "c", "1", "3"]) }
        _ = try? run(["setfattr", "-n", "user.test", "-v", "value", "\(name)/etc/passwd"])
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips where files can't be given to others.
    static var root: Self { .enabled(if: geteuid() == 0, "needs root") }

    /// Skips, with the reason, where no container can be started.
    static var containers: Self {
        let obstacle = OCIRuntime.obstacle
        return .enabled(if: obstacle == nil, "\(obstacle ?? "")")
    }

    /// Skips where a program is missing.
    static func program(_ names: String...) -> Self {
        let missing = names.filter { name in
            !["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"].contains {
                FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
            }
        }
        return .enabled(if: missing.isEmpty, "\(missing.joined(separator: ", ")) not installed")
    }
}

/// Demands that a command failed with one message that has the words, and left nothing but what was there.
func expectRefusal(
    _ outcome: Outcome, _ words: String..., at place: SourceLocation = #_sourceLocation
) {
    #expect(outcome.status == 1, "\(outcome)", sourceLocation: place)
    let message = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("swrun-rootfs: ") }
    #expect(message.count == 1, "\(outcome)", sourceLocation: place)
    for word in words {
        #expect(
            outcome.errors.contains(word), "«\(word)» is not in: \(outcome.errors)", sourceLocation: place
        )
    }
}
