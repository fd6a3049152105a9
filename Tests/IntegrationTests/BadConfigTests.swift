internal import Foundation
internal import Support
internal import Testing

/// A document that is refused before anything is made.
struct BadConfig: Sendable, CustomTestStringConvertible {
    /// What is wrong.
    let name: String
    /// Changes a good configuration.
    var change: @Sendable (Box) throws -> Void
    /// What the message says, in any case of letters.
    var words: [String]

    var testDescription: String { name }

    /// A changed value.
    static func value(_ name: String, _ words: String..., change: @escaping @Sendable (inout JSON) -> Void) -> BadConfig
    {
        BadConfig(
            name: name,
            change: { box in
                change(&box.config)
                try box.write()
            }, words: words)
    }

    /// A text in place of the document.
    static func text(_ name: String, _ words: String..., text: @escaping @Sendable () -> String) -> BadConfig {
        BadConfig(name: name, change: { try $0.write(text()) }, words: words)
    }

    static let all = documents + processes + places + kernel

    /// A program of the image that the kernel refuses.
    private static func program(
        _ name: String, _ words: String..., make: @escaping @Sendable (Box) throws -> Void
    ) -> BadConfig {
        BadConfig(
            name: name,
            change: { box in
                try make(box)
                box.config["process"]["args"] = ["/bin/program"]
                try box.write()
            }, words: words)
    }

    /// What only exec finds out.
    static let programs: [BadConfig] = [
        .program("a script without interpreter", "/bin/nosuch", "no such file or directory") {
            try $0.file("/bin/program", "#!/bin/nosuch\n", mode: 0o755)
        },
        .program("a script with the line ends of another system", "carriage return") {
            try $0.file("/bin/program", "#!/bin/sh\r\necho hi\r\n", mode: 0o755)
        },
        .program("a text that is no script", "exec format error") {
            try $0.file("/bin/program", "just text\n", mode: 0o755)
        },
        .program("a link that leads nowhere", "/bin/program") {
            try FileManager.default.createSymbolicLink(
                atPath: $0.rootfs + "/bin/program", withDestinationPath: "/not/there")
        },
        .program("a program for another processor", "exec format error") {
            var bytes = try Data(contentsOf: URL(fileURLWithPath: $0.rootfs + "/bin/busybox"))
            bytes[18] = 0xf3  // e_machine: RISC-V, which no test machine is
            bytes[19] = 0
            let path = $0.rootfs + "/bin/program"
            try Command.writingProgram { try bytes.write(to: URL(fileURLWithPath: path)) }
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        },
        .program("a program whose loader is missing", "loader", "no such file or directory") {
            // Any dynamic program of the host.
            let path = $0.rootfs + "/bin/program"
            try Command.writingProgram { try FileManager.default.copyItem(atPath: "/bin/ls", toPath: path) }
        },
    ]

    private static let documents: [BadConfig] = [
        BadConfig(name: "no config.json", change: { _ in }, words: ["config.json", "no such file or directory"]),
        BadConfig(
            name: "config.json is a directory",
            change: {
                try FileManager.default.createDirectory(
                    atPath: $0.bundle + "/config.json", withIntermediateDirectories: false)
            }, words: ["config.json"]),
        BadConfig(
            name: "config.json is a FIFO", change: { try Command("mkfifo", $0.bundle + "/config.json").run().get() },
            words: ["config.json"]),
        .text("empty", "config.json") { "" },
        .text("only white space", "config.json") { " \n " },
        .text("null", "config.json") { "null" },
        .text("an array", "config.json") { "[]" },
        .text("a string", "config.json") { "\"x\"" },
        .text("truncated", "config.json") { "{\"ociVersion\": \"1.0.2\", \"process\": {\"args\": [\"sh\"" },
        .text("two documents", "config.json") { "{\"ociVersion\": \"1.0.2\"}{}" },
        .text("17 MiB", "config.json", "16") { "{\"x\": \"\(String(repeating: "a", count: 17 << 20))\"}" },
        .text("10,000 levels deep", "config.json") {
            "{\"ociVersion\": \"1.0.2\", \"annotations\": " + String(repeating: "[", count: 10_000)
                + String(repeating: "]", count: 10_000) + "}"
        },
        BadConfig(
            name: "not UTF-8",
            change: {
                var bytes = Data($0.config.document.utf8)
                bytes.insert(contentsOf: [0x22, 0x78, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x2c], at: 1)
                try bytes.write(to: URL(fileURLWithPath: $0.bundle + "/config.json"))
            }, words: ["config.json", "utf-8"]),
        .text("a key twice", "config.json") { "{\"ociVersion\": \"1.0.2\", \"ociVersion\": \"1.0.2\"}" },
        .value("no version", "ociVersion") { $0["ociVersion"] = nil },
        .value("version 2", "ociVersion") { $0["ociVersion"] = "2.0.0" },
        .value("a wrong type", "/process/user/uid") { $0["process"]["user"]["uid"] = "0" },
        .value("a fraction for an id", "/process/user/uid") { $0["process"]["user"]["uid"] = 1.5 },
        .value("a negative id", "/process/user/uid") { $0["process"]["user"]["uid"] = -1 },
        .value("the id that means «none»", "/process/user/uid") { $0["process"]["user"]["uid"] = 4_294_967_295 },
        .value("an id beyond 32 bits", "/process/user/gid") { $0["process"]["user"]["gid"] = 4_294_967_296 },
        .value("NUL in an argument", "/process/args") { $0["process"]["args"] = ["/bin/true", "a\u{0}b"] },
        .value("NUL in a mount point", "/mounts") {
            $0["mounts"].elements.append(["destination": "/mnt\u{0}/../../etc", "type": "tmpfs", "source": "x"])
        },
    ]

    private static let processes: [BadConfig] = [
        .value("no arguments", "/process/args") { $0["process"]["args"] = [] },
        .value("arguments missing", "/process/args") { $0["process"]["args"] = nil },
        .value("not found in the rootfs", "executable file not found in $PATH", "nowhere-to-be-found") {
            $0["process"]["args"] = ["nowhere-to-be-found"]
        },
        .value("an absolute program that is missing", "no such file or directory", "/bin/missing") {
            $0["process"]["args"] = ["/bin/missing"]
        },
        .value("a program that is a directory", "permission denied", "/etc") { $0["process"]["args"] = ["/etc"] },
        BadConfig(
            name: "a program without execute bit",
            change: {
                try $0.file("/bin/script", "#!/bin/sh\n", mode: 0o644)
                $0.config["process"]["args"] = ["/bin/script"]
                try $0.write()
            }, words: ["permission denied", "/bin/script"]),
        .value("a relative cwd", "/process/cwd") { $0["process"]["cwd"] = "tmp" },
        .value("no cwd", "/process", "cwd") { $0["process"]["cwd"] = nil },
        .value("a cwd that is a file", "/process/cwd") { $0["process"]["cwd"] = "/bin/busybox" },
        .value("an unknown limit", "/process/rlimits", "RLIMIT_FOO") {
            $0["process"]["rlimits"] = [["type": "RLIMIT_FOO", "soft": 1, "hard": 1]]
        },
        .value("a limit twice", "/process/rlimits") {
            let limit: JSON = ["type": "RLIMIT_CORE", "soft": 0, "hard": 0]
            $0["process"]["rlimits"] = [limit, limit]
        },
        .value("a soft limit above the hard one", "/process/rlimits") {
            $0["process"]["rlimits"] = [["type": "RLIMIT_CORE", "soft": 2, "hard": 1]]
        },
        .value("a scheduling policy that does not exist", "/process/scheduler/policy", "SCHED_FAST") {
            $0["process"]["scheduler"] = ["policy": "SCHED_FAST"]
        },
        .value("more deadlines than there is time", "/process/scheduler", "sched_setattr") {
            $0["process"]["scheduler"] = [
                "policy": "SCHED_DEADLINE", "runtime": 999_000_000, "deadline": 1_000_000_000,
                "flags": ["SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN"], "period": 4_000_000_000_000_000_000,
            ]
        },
        .value("an I/O class that does not exist", "/process/ioPriority/class") {
            $0["process"]["ioPriority"] = ["class": "IOPRIO_CLASS_NONE", "priority": 0]
        },
        .value("a list of CPUs that is none", "/process/execCPUAffinity/final") {
            $0["process"]["execCPUAffinity"] = ["final": "0-"]
        },
        .value("a memory node that is not there", "/linux/memoryPolicy/nodes", "1000") {
            $0["linux"]["memoryPolicy"] = ["mode": "MPOL_BIND", "nodes": "1000"]
        },
        .value("a flag of the execution domain", "/linux/personality/flags") {
            $0["linux"]["personality"] = ["domain": "LINUX", "flags": ["ADDR_NO_RANDOMIZE"]]
        },
        .value("an OOM score out of range", "/process/oomScoreAdj") { $0["process"]["oomScoreAdj"] = 1001 },
    ]

    private static let places: [BadConfig] = [
        BadConfig(
            name: "the rootfs is missing",
            change: {
                $0.config["root"]["path"] = "nowhere"
                try $0.write()
            }, words: ["nowhere", "no such file or directory"]),
        BadConfig(
            name: "the rootfs is a file",
            change: {
                try Data().write(to: URL(fileURLWithPath: $0.bundle + "/file"))
                $0.config["root"]["path"] = "file"
                try $0.write()
            }, words: ["file", "not a directory"]),
        BadConfig(
            name: "the rootfs is a link",
            change: {
                try FileManager.default.createSymbolicLink(
                    atPath: $0.bundle + "/link", withDestinationPath: $0.rootfs)
                $0.config["root"]["path"] = "link"
                try $0.write()
            }, words: ["is a symbolic link", "leads to"]),
        .value("no root", "root", "missing") { $0["root"] = nil },
        .value("an unknown mount option", "/mounts/7/options", "frobnicate") {
            $0["mounts"].elements.append([
                "destination": "/tmp", "type": "bind", "source": "/etc", "options": ["bind", "frobnicate"],
            ])
        },
        .value("an option that the filesystem does not know", "/mounts/7", "frobnicate") {
            $0["mounts"].elements.append([
                "destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["frobnicate=1"],
            ])
        },
        .value("an unknown filesystem", "/mounts/7", "nosuchfs") {
            $0["mounts"].elements.append(["destination": "/tmp", "type": "nosuchfs", "source": "x"])
        },
        .value("a mount source that is missing", "/mounts/7", "/not/there", "no such file or directory") {
            $0["mounts"].elements.append([
                "destination": "/tmp", "type": "bind", "source": "/not/there", "options": ["bind"],
            ])
        },
        .value("a mount without destination", "/mounts/0", "destination") { $0["mounts"] = [["type": "tmpfs"]] },
        .value("a relative masked path", "/linux/maskedPaths") { $0["linux"]["maskedPaths"] = ["etc"] },
        .value("an unknown propagation", "/linux/rootfsPropagation") { $0["linux"]["rootfsPropagation"] = "bogus" },
    ]

    private static let kernel: [BadConfig] = [
        .value("an unknown namespace", "/linux/namespaces", "frob") {
            $0["linux"]["namespaces"].elements.append(["type": "frob"])
        },
        .value("a namespace twice", "/linux/namespaces", "pid") {
            $0["linux"]["namespaces"].elements.append(["type": "pid"])
        },
        .value("a namespace path that is no namespace", "/linux/namespaces/1", "/etc/passwd") {
            $0["linux"]["namespaces"] = [
                ["type": "mount"], ["type": "network", "path": "/etc/passwd"], ["type": "uts"],
            ]
        },
        .value("a namespace of another kind", "/linux/namespaces/1") {
            $0["linux"]["namespaces"] = [
                ["type": "mount"], ["type": "network", "path": "/proc/self/ns/uts"], ["type": "uts"],
            ]
        },
        .value("a host name without a uts namespace", "/hostname") {
            $0["linux"]["namespaces"].elements.removeAll { $0["type"] == "uts" }
        },
        .value("mappings without a user namespace", "/linux/uidMappings") {
            $0["linux"]["uidMappings"] = [["containerID": 0, "hostID": 1000, "size": 1]]
        },
        .value("mappings that overlap", "/linux/uidMappings") {
            $0["linux"]["namespaces"].elements.append(["type": "user"])
            let mapping: JSON = ["containerID": 0, "hostID": 1000, "size": 10]
            $0["linux"]["uidMappings"] = [mapping, mapping]
            $0["linux"]["gidMappings"] = [mapping]
        },
        .value("a kernel setting that is not the container's", "/linux/sysctl", "kernel.core_pattern") {
            $0["linux"]["sysctl"] = ["kernel.core_pattern": "|/bin/evil"]
        },
        .value("a kernel setting with a path in its name", "/linux/sysctl") {
            $0["linux"]["sysctl"] = ["net/../kernel/core_pattern": "x"]
        },
        .value("a cgroup path that climbs", "/linux/cgroupsPath") { $0["linux"]["cgroupsPath"] = "../../../etc" },
        .value("a hook with a relative path", "/hooks/createRuntime/0/path") {
            $0["hooks"] = ["createRuntime": [["path": "bin/true"]]]
        },
        .value("a filter with an unknown action", "/linux/seccomp/defaultAction") {
            $0["linux"]["seccomp"] = ["defaultAction": "SCMP_ACT_MAYBE"]
        },
    ]
}

/// Everything that can be wrong with a bundle ends in one message, a failure, and nothing left behind.
@Suite(.containers) struct BadConfigTests {
    @Test(arguments: BadConfig.all, ["create", "run"])
    func aBadBundleIsRefusedAndLeavesNothing(_ bad: BadConfig, _ command: String) throws {
        let box = try Box()
        defer { box.remove() }
        box.config["process"]["args"] = ["/bin/true"]
        try bad.change(box)
        var start = box.command(command, "--bundle", box.bundle, box.id())
        start.timeoutSeconds = 20
        let outcome = try start.run()
        expectRefusal(outcome)
        for word in bad.words {
            #expect(outcome.errors.lowercased().contains(word.lowercased()), "«\(word)» is not in: \(outcome.errors)")
        }
        // Before any delete: a refusal cleans up by itself.
        expectNothingLeft(of: box)
    }

    @Test(arguments: BadConfig.programs)
    func aProgramThatTheKernelRefusesIsExplained(_ bad: BadConfig) throws {
        try inBox { box in
            try bad.change(box)
            let run = try box.command("run", "--bundle", box.bundle, box.id()).run()
            expectRefusal(run)
            for word in bad.words {
                #expect(run.errors.lowercased().contains(word.lowercased()), "«\(word)» is not in: \(run.errors)")
            }
            expectNothingLeft(of: box)
            // In two steps it is `start` that knows.
            let create = try box.command("create", "--bundle", box.bundle, box.id()).run()
            let start = create.succeeded ? try box.command("start", box.id()).run() : create
            expectRefusal(start)
            for word in bad.words {
                #expect(start.errors.lowercased().contains(word.lowercased()), "«\(word)» is not in: \(start.errors)")
            }
        }
    }

    @Test func anUnknownCapabilityIsAWarning() throws {
        try inBox { box in
            box.config["process"]["capabilities"]["bounding"].elements.append("CAP_FROBNICATE")
            let outcome = try box.sh("echo runs")
            #expect(outcome.succeeded && outcome.output == "runs\n", "\(outcome)")
            #expect(outcome.errors.contains("CAP_FROBNICATE"), "\(outcome.errors)")
        }
    }

    @Test(.ordinaryUser) func aFileThatCannotBeReadIsNamed() throws {
        try inBox { box in
            try box.write()
            try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: box.bundle + "/config.json")
            var command = Command(OCIRuntime.swrun.path, "--root", "/tmp/\(box.name)/other", "check", "-b", box.bundle)
            command.ids = (65534, 65534, [])
            expectRefusal(try command.run(), "config.json", "permission denied")
        }
    }

    @Test func noBundleIsNamed() throws {
        try inBox { box in
            expectRefusal(
                try box.command("run", "--bundle", "/not/there", box.id()).run(), "/not/there",
                "no such file or directory")
        }
    }
}
