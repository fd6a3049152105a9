internal import Foundation
internal import Support
internal import Testing

/// `check`, `explain`, `--trace` and the program itself: what swrun tells about a birth, before, during and after it.
@Suite(.containers) struct InsightTests {
    private let fiveMistakes: JSON = [
        "ociVersion": "1.3.0", "root": ["path": "rootfs"],
        "process": [
            "user": ["uid": 0, "gid": 0], "args": [], "cwd": "tmp",
            "rlimits": [["type": "RLIMIT_FOO", "soft": 1, "hard": 1]],
        ],
        "mounts": [["destination": "/x", "type": "bind", "source": "/etc", "options": ["bind", "frob"]]],
        "linux": ["namespaces": [["type": "mount"], ["type": "mount"]]],
    ]

    private let places = [
        "/linux/namespaces/1/type", "/mounts/0/options/1", "/process/args", "/process/cwd", "/process/rlimits/0/type",
    ]

    @Test func checkTellsFiveMistakesAtOnceWithTheirPlaces() throws {
        try inBox { box in
            box.config = fiveMistakes
            try box.write()
            let text = try box.command("check", "--bundle", box.bundle).run()
            #expect(text.status == 1)
            for place in places { #expect((text.output + text.errors).contains(place), "\(place): \(text)") }
            let json = try box.command("check", "--format", "json", "--bundle", box.bundle).run()
            #expect(json.status == 1)
            let findings = try JSON(parsing: json.output).elements
            #expect(findings.map { $0["pointer"].text ?? "" } == places)
            for finding in findings {
                for key in ["severity", "rule", "problem", "remedy", "section"] {
                    #expect(finding[key].text?.isEmpty == false, "\(key) of \(finding)")
                }
            }
        }
    }

    @Test func createTellsTheSameMistakesAndMakesNothing() throws {
        try inBox { box in
            box.config = fiveMistakes
            try box.write()
            let outcome = try box.command("create", "--bundle", box.bundle, box.id()).run()
            #expect(outcome.status == 1)
            for place in places { #expect(outcome.errors.contains(place), "\(place): \(outcome)") }
            expectNothingLeft(of: box)
        }
    }

    @Test func everyExampleIsFaultlessAndExplained() throws {
        let directory = Project.directory + "/examples"
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter {
            FileManager.default.fileExists(atPath: "\(directory)/\($0)/config.json")
        }
        #expect(names.count >= 8)
        for name in names {
            try inBox { box in
                try FileManager.default.copyItem(
                    atPath: "\(directory)/\(name)/config.json", toPath: box.bundle + "/config.json")
                let check = try box.command("check", "--bundle", box.bundle).run()
                #expect(check.succeeded, "\(name): \(check)")
                let explain = try box.command("explain", "--bundle", box.bundle).run()
                #expect(explain.succeeded && explain.errors.isEmpty, "\(name): \(explain)")
                #expect(explain.output.split(separator: "\n").count > 10, "\(name)")
                expectNothingLeft(of: box)
            }
        }
    }

    @Test func explainTellsTheStepsInTheirOrder() throws {
        try inBox { box in
            box.config["hooks"] = ["createRuntime": [["path": "/bin/true"]]]
            try box.write()
            let outcome = try box.command("explain", "--format", "json", "--bundle", box.bundle).run().get()
            let steps = try JSON(parsing: outcome.output).elements
            let origins = steps.map { $0["origin"].text ?? "" }
            let wanted = ["/root/path", "/mounts/0", "/mounts/1", "/hooks/createRuntime", "/process/args"]
            let found = wanted.map { place in origins.firstIndex { $0.hasPrefix(place) } }
            #expect(!found.contains(nil), "\(zip(wanted, found).map { "\($0): \($1.map(String.init) ?? "-")" })")
            #expect(found.compactMap(\.self) == found.compactMap(\.self).sorted(), "\(found)")
            #expect(Set(steps.compactMap { $0["side"].text }) == ["runtime", "container"])
        }
    }

    @Test func aTraceGivesEachStepItsTime() throws {
        try inBox { box in
            box.config["process"]["args"] = ["/bin/true"]
            let trace = box.directory + "/trace"
            try box.run(options: ["--trace", trace]).get()
            let lines = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n")
            let explained = try JSON(
                parsing: box.command("explain", "--format", "json", "--bundle", box.bundle).run().get().output)
            #expect(lines.count == explained.elements.count)
            // The last step of each side has no end that anybody could see: the program takes its place.
            #expect(lines.filter { $0.contains("tookNanoseconds") }.count >= lines.count - 2)
            for line in lines {
                let step = try JSON(parsing: String(line))
                #expect((step["beganNanoseconds"].integer ?? -1) >= 0, "\(line)")
                #expect(step["step"].text?.isEmpty == false, "\(line)")
            }
        }
    }

    @Test func theProgramIsOneStaticFile() throws {
        let outcome = try Command("ldd", OCIRuntime.swrun.path).run()
        #expect((outcome.output + outcome.errors).contains("not a dynamic executable"), "\(outcome)")
    }

    @Test func theVersionIsOnTheFirstLineAndOnlyThere() throws {
        let outcome = try Command(OCIRuntime.swrun.path, "--version").run().get()
        #expect(outcome.errors.isEmpty)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.first?.hasPrefix("swrun version ") == true)
        #expect(lines.dropFirst().allSatisfy { !$0.contains("version") })
        #expect(lines.contains { $0.hasPrefix("spec: 1.") })
    }

    @Test(arguments: [
        "create", "start", "run", "state", "kill", "delete", "list", "spec", "check", "explain",
    ])
    func everyCommandHasHelp(_ name: String) throws {
        let outcome = try Command(OCIRuntime.swrun.path, name, "--help").run().get()
        #expect(outcome.errors.isEmpty && outcome.output.contains("Usage: swrun \(name)"))
    }

    @Test func specWritesABundleThatRunsAndNeverOverwrites() throws {
        try inBox { box in
            try box.command("spec", "--bundle", box.bundle).run().get()
            expectRefusal(try box.command("spec", "--bundle", box.bundle).run(), "config.json")
            box.config = try JSON(parsing: String(contentsOfFile: box.bundle + "/config.json", encoding: .utf8))
            box.config["linux"]["cgroupsPath"] = .string("/" + box.name)
            box.config["process"]["terminal"] = false
            let outcome = try box.sh("hostname").get()
            #expect(outcome.output == (box.config["hostname"].text ?? "?") + "\n")
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace"), "strace is not installed"))
    func theImageIsNotAskedForLibrariesOrNames() throws {
        // CVE-2018-15664, CVE-2019-14271: what a privileged process loads from the image is the image's.
        try inBox { box in
            box.config["process"]["args"] = ["/bin/true"]
            try box.write()
            let log = box.directory + "/strace"
            let words = box.command("run", "--bundle", box.bundle, box.id()).arguments
            try Command(["strace", "-f", "-e", "trace=open,openat,openat2,execve", "-o", log] + words).run().get()
            let text = try String(contentsOfFile: log, encoding: .utf8)
            for word in ["nsswitch", "libnss", "gconv", "ld.so.cache", "locale"] {
                #expect(!text.contains(word), "\(word) was opened")
            }
        }
    }
}
