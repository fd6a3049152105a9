import Foundation
import JSONCodec
import OCISpec
import Testing
import Validation

@testable import CommandLineInterface

struct SpecTests {
    static let hasRunc = FileManager.default.isExecutableFile(atPath: "/usr/sbin/runc")

    private func decode(_ path: String) throws -> Spec {
        try JSONCodec.JSONDecoder().decode(Spec.self, from: [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
    }

    @Test(arguments: [false, true])
    func whatIsWrittenHasNothingToComplainAbout(_ rootless: Bool) {
        let spec = rootless ? Spec.rootlessTemplate(uid: 1000, gid: 100) : Spec.template
        let host = HostFacts(effectiveUserID: rootless ? 1000 : 0, capabilities: rootless ? 0 : (1 << 41) - 1)
        #expect(validate(spec, on: host) == [])
    }

    @Test func theFileIsIndentedByTabsAndReadBackTheSame() throws {
        let scratch = try Scratch()
        #expect(try Program.run("spec", in: scratch.path).status == 0)
        #expect(try decode(scratch.file("config.json")) == Spec.template)
        let lines = try scratch.text("config.json").split(separator: "\n")
        #expect(lines.dropFirst().dropLast().allSatisfy { $0.hasPrefix("\t") })
    }

    @Test func theBundleAndTheFileMayBeNamed() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.file("b"), withIntermediateDirectories: false)
        #expect(try Program.run("spec", "-b", scratch.file("b")).status == 0)
        #expect(try Program.run("spec", "--rootless", "-f", "other.json", in: scratch.path).status == 0)
        #expect(FileManager.default.fileExists(atPath: scratch.file("b/config.json")))
        #expect(try decode(scratch.file("other.json")).linux?.uidMappings?.first?.hostID == getuid())
    }

    @Test func anExistingFileIsLeftAsItIs() throws {
        let scratch = try Scratch()
        try "mine".write(toFile: scratch.file("config.json"), atomically: false, encoding: .utf8)
        let result = try Program.run("spec", in: scratch.path)
        #expect(result.status == 1)
        #expect(result.error == "File config.json exists. Remove it first\n")
        #expect(try scratch.text("config.json") == "mine")
    }

    @Test func aLinkIsNotFollowed() throws {
        let scratch = try Scratch()
        let canary = scratch.file("canary")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.file("config.json"), withDestinationPath: canary)
        #expect(try Program.run("spec", in: scratch.path).status == 1)
        #expect(!FileManager.default.fileExists(atPath: canary))
    }

    @Test(
        .enabled(if: hasRunc, "skipped: /usr/sbin/runc is not installed"), arguments: [[], ["--rootless"]])
    func runcWritesTheSameButForWhatIsKnown(_ words: [String]) throws {
        let scratch = try Scratch()
        let result = try Program.script(
            "\"$0\" spec -f ours.json \(words.joined(separator: " ")) && runc spec \(words.joined(separator: " "))",
            in: scratch.path)
        try #require(result.status == 0, "\(result.error)")
        let ours = try decode(scratch.file("ours.json"))
        var theirs = try decode(scratch.file("config.json"))
        theirs.ociVersion = ours.ociVersion
        theirs.hostname = "swrun"
        // Newer releases have dropped the ambient set, and add the namespace where cgroups are v2.
        theirs.process?.capabilities?.ambient = nil
        let kinds: ([Spec.Linux.Namespace]?) -> [String] = { ($0 ?? []).map(\.type.rawValue).sorted() }
        #expect(Set(kinds(ours.linux?.namespaces)) == Set(kinds(theirs.linux?.namespaces) + ["cgroup"]))
        theirs.linux?.namespaces = ours.linux?.namespaces
        #expect(ours == theirs)
    }
}
