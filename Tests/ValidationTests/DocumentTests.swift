import OCISpec
import Testing
import Validation

@Suite("Rules on the document") struct DocumentTests {
    @Test func aSoundConfigurationHasNoFindings() {
        #expect(validate(soundSpec(), on: HostFacts()) == [])
    }

    @Test(arguments: ["1.0.0", "1.3.0", "1.0.2-dev", "1.4.7-rc.1+build.5", "1.2.3+x", "1.99.0"])
    func everyVersionOneIsTaken(_ version: String) {
        var spec = soundSpec()
        spec.ociVersion = version
        #expect(validate(spec, on: HostFacts()) == [])
    }

    @Test(arguments: [
        "", "1", "1.3", "2.0.0", "10.0.0", "v1.0.0", "1.0.0.0", "1.0.x", "01.0.0", "1.0.0-", "1.0.0+", "1.0.0-a..b",
        " 1.0.0", "1.0.0\n", "1.0.0-\u{e9}", "99999999999999999999.0.0",
        "1.0.0-" + String(repeating: "x", count: 10_000),
    ])
    func anotherVersionIsAnError(_ version: String) {
        Case("version", .error("/ociVersion", "oci-version")) { $0.ociVersion = version }.check()
    }

    @Test(arguments: [
        Case("version 0", .warning("/ociVersion", "oci-version")) { $0.ociVersion = "0.2.0" },
        Case("root empty", .error("/root/path", "root-path")) { $0.root.path = "" },
        Case("root /", .error("/root/path", "root-path")) { $0.root.path = "/" },
        Case("root /x/..", .error("/root/path", "root-path")) { $0.root.path = "//x/../." },
        Case("root ..", .error("/root/path", "root-path")) { $0.root.path = ".." },
        Case("root ../..", .error("/root/path", "root-path")) { $0.root.path = "../../" },
        Case("root beside the bundle") { $0.root.path = "../rootfs" },
        Case("root long", .error("/root/path", "root-path")) { $0.root.path = String(repeating: "/x", count: 2048) },
        Case("root name long", .error("/root/path", "root-path")) {
            $0.root.path = String(repeating: "x", count: 256)
        },
        Case("no process", .warning("/process", "process-present")) { $0.process = nil },
        Case("annotation without key", .error("/annotations/", "annotation-key")) { $0.annotations = ["": "x"] },
        Case("annotation without value") { $0.annotations = ["org.example.x": ""] },
        Case("wasm", .error("/annotations/run.oci.handler", "handler")) {
            $0.annotations = ["run.oci.handler": "wasm"]
        },
        Case("files for hooks") {
            $0.annotations = ["run.oci.hooks.stdout": "out.log", "run.oci.hooks.stderr": "/var/log/hooks"]
        },
        Case(
            "no files for hooks", .error("/annotations/run.oci.hooks.stderr", "hook-file"),
            .error("/annotations/run.oci.hooks.stdout", "hook-file")
        ) {
            $0.annotations = [
                "run.oci.hooks.stdout": "", "run.oci.hooks.stderr": String(repeating: "x", count: 256),
            ]
        },
        Case("a filter in base64") { $0.annotations = ["run.oci.seccomp_bpf_data": "BgAAAAAA/38="] },
        Case("a filter in a file", .error("/annotations/run.oci.seccomp_bpf_data", "filter-program")) {
            $0.annotations = ["run.oci.seccomp_bpf_data": "/run/filter"]
        },
        Case(
            "every platform", .error("/freebsd", "platform"), .error("/solaris", "platform"), .error("/vm", "platform"),
            .error("/windows", "platform"), .error("/zos", "platform")
        ) {
            $0.solaris = .init()
            $0.windows = .init()
            $0.vm = .init()
            $0.zos = .init()
            $0.freebsd = .init()
        },
        Case("hostname of 64 bytes") { $0.hostname = String(repeating: "x", count: 64) },
        Case("hostname of 65 bytes", .error("/hostname", "hostname")) {
            $0.hostname = String(repeating: "x", count: 65)
        },
        Case("hostname of 33 wide characters", .error("/hostname", "hostname")) {
            $0.hostname = String(repeating: "é", count: 33)
        },
        Case("hostname with newline", .error("/hostname", "hostname")) { $0.hostname = "a\nb" },
        Case("hostname without namespace", .error("/hostname", "hostname")) {
            $0.linux?.namespaces?.removeAll { $0.type == .uts }
        },
        Case("domainname without namespace", .error("/domainname", "domainname"), .error("/hostname", "hostname")) {
            $0.domainname = "x"
            $0.linux?.namespaces?.removeAll { $0.type == .uts }
        },
        Case("domainname of 65 bytes", .error("/domainname", "domainname")) {
            $0.domainname = String(repeating: "x", count: 65)
        },
    ])
    func whatIsWrongWithTheDocumentIsFound(_ it: Case) {
        it.check()
    }

    @Test func fiveMistakesAreFiveFindingsInTheOrderOfTheirPointers() {
        Case(
            "five mistakes", .error("/hooks/prestart/0/timeout", "hook-timeout"),
            .error("/linux/namespaces/5/type", "namespace-duplicate"), .error("/mounts/2/options/2", "mount-option"),
            .error("/mounts/10/destination", "mount-destination"), .error("/process/cwd", "process-cwd")
        ) { spec in
            spec.hooks = .init(prestart: [.init(path: "/h", timeout: 0)])
            spec.linux?.namespaces?.append(.init(type: .pid))
            spec.mounts?[2].options?.append("size=1m")
            while spec.mounts?.count ?? 0 < 10 {
                spec.mounts?.append(.init(destination: "/x", type: "tmpfs"))
            }
            spec.mounts?.append(.init(destination: "", type: "tmpfs"))
            spec.process?.cwd = "tmp"
        }.check()
    }

    @Test func everyFindingSaysWhatWouldBeRight() {
        var spec = soundSpec()
        spec.process?.cwd = "tmp"
        spec.mounts?[2].options = ["rbind", "reed-only", "roo"]
        let findings = validate(spec, on: HostFacts())
        #expect(
            findings.map(\.description) == [
                "error: #/mounts/2/options/1: \"reed-only\" is an option for a filesystem, which a bind mount doesn't have: "
                    + "remove it, or mount a filesystem (config.md \"Linux mount options\", mount-option)",
                "error: #/mounts/2/options/2: \"roo\" is an option for a filesystem, which a bind mount doesn't have; "
                    + "did you mean \"ro\"?: remove it, or mount a filesystem (config.md \"Linux mount options\", "
                    + "mount-option)",
                "error: #/process/cwd: \"tmp\" is not an absolute path: write it from the container's root: \"/tmp\" "
                    + "(config.md \"Process\", process-cwd)",
            ])
    }

    @Test func hostileTextIsShownEscapedAndCut() {
        var spec = soundSpec()
        spec.process?.cwd = "\u{1b}[31m\n\u{202e}" + String(repeating: "x", count: 5000)
        let finding = validate(spec, on: HostFacts()).first
        #expect(finding?.problem.hasPrefix("\"\\u{1b}[31m\\u{a}\\u{202e}xxx") == true)
        #expect(finding?.problem.utf8.count ?? 0 < 300)
        #expect(finding?.remedy.utf8.count ?? 0 < 300)
    }

    @Test func rulesHaveUniqueNamesAndSayWhatTheyAreFor() {
        let ids = Rules.all.map(\.id)
        #expect(Set(ids).count == ids.count)
        for rule in Rules.all {
            #expect(rule.id.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-".utf8.contains($0) })
            #expect(rule.summary.hasSuffix("."))
            #expect(!rule.section.isEmpty)
        }
    }
}
