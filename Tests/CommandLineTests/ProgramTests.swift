import Foundation
import Testing

@testable import CommandLineInterface

/// The program that was built beside the tests.
struct Program {
    struct Result {
        /// Whether it ended by itself, not by a signal.
        var ended: Bool
        var status: Int32
        var output: String
        var error: String
    }

    /// The directory that the build puts everything into.
    static var products: URL {
        let arguments = CommandLine.arguments
        if let index = arguments.firstIndex(of: "--test-bundle-path"), index + 1 < arguments.count {
            return URL(fileURLWithPath: arguments[index + 1]).deletingLastPathComponent()
        }
        return Bundle.main.bundleURL
    }

    static var path: String { products.appendingPathComponent("swrun").path }

    /// Runs swrun and waits for its end.
    static func run(_ words: String..., in directory: String = "/", environment: [String: String] = [:]) throws
        -> Result
    {
        try spawn(path, words, directory, environment)
    }

    /// Runs a shell script in which `$0` is swrun.
    static func script(_ text: String, in directory: String = "/") throws -> Result {
        try spawn("/bin/sh", ["-c", text, path], directory, [:])
    }

    static func spawn(
        _ program: String, _ words: [String], _ directory: String, _ environment: [String: String]
    ) throws -> Result {
        let process = Process()
        let (output, error) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = words
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = error
        try process.run()
        let outputBytes = output.fileHandleForReading.readDataToEndOfFile()
        let errorBytes = error.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            ended: process.terminationReason == .exit, status: process.terminationStatus,
            output: String(decoding: outputBytes, as: UTF8.self),
            error: String(decoding: errorBytes, as: UTF8.self))
    }
}

/// A directory for one test, removed at its end.
struct Scratch: ~Copyable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("swrun-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func text(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }
}

struct ProgramTests {
    @Test func helpAndVersionLeaveStandardErrorAlone() throws {
        for words in [["--version"], ["--help"], ["run", "--help"], ["help", "kill"], []] {
            let result = try Program.script("exec \"$0\" \(words.joined(separator: " "))")
            #expect(result.status == 0)
            #expect(result.error == "")
            #expect(!result.output.isEmpty)
        }
    }

    @Test func aMistakeExitsWithOneAndPrintsNothingOnStandardOutput() throws {
        let result = try Program.run("creat", "c1")
        #expect(result.status == 1)
        #expect(result.output == "")
        #expect(result.error.hasPrefix("unknown command \"creat\"; did you mean \"create\"?\n"))
    }

    @Test func aFailureIsOneRecordInTheLogAndTheBareMessageOnStandardError() throws {
        let scratch = try Scratch()
        let log = scratch.file("log.json")
        let result = try Program.run("--log", log, "--log-format", "json", "create", "--bundel", "x\ny\"z", "c1")
        #expect(result.status == 1)
        let text = try scratch.text("log.json")
        #expect(text.utf8.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        let record = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(record["level"] as? String == "error")
        #expect(result.error == (record["msg"] as? String ?? "") + "\n")
    }

    @Test func recordsAreAppended() throws {
        let scratch = try Scratch()
        for _ in 0..<3 { _ = try Program.run("--log", scratch.file("log"), "creat") }
        #expect(try scratch.text("log").split(separator: "\n").count == 3)
    }

    @Test func theLogExistsOnceTheOptionsAreUnderstood() throws {
        let scratch = try Scratch()
        let result = try Program.run("--log", scratch.file("log"), "docs", "cli")
        #expect(result.status == 0)
        #expect(try scratch.text("log") == "")
        let mode = try FileManager.default.attributesOfItem(atPath: scratch.file("log"))[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func withoutALogTheJSONRecordGoesToStandardError() throws {
        let result = try Program.run("--log-format", "json", "creat")
        let record = try JSONSerialization.jsonObject(with: Data(result.error.utf8)) as? [String: Any]
        #expect((record?["msg"] as? String)?.hasPrefix("unknown command") == true)
    }

    @Test(arguments: ["missing/log", ".", "link"])
    func aLogThatCannotBeOpenedIsSaid(_ name: String) throws {
        let scratch = try Scratch()
        let canary = scratch.file("canary")
        try FileManager.default.createSymbolicLink(atPath: scratch.file("link"), withDestinationPath: canary)
        let result = try Program.run("--log", scratch.file(name), "docs", "cli")
        #expect(result.status == 1)
        #expect(result.output == "")
        #expect(result.error.hasPrefix("cannot open the log"))
        #expect(!FileManager.default.fileExists(atPath: canary))
    }

    @Test func aFullDiskBelowTheLogChangesNothing() throws {
        #expect(try Program.run("--log", "/dev/full", "docs", "cli").status == 0)
        let result = try Program.run("--log", "/dev/full", "creat")
        #expect(result.status == 1)
        #expect(result.error.hasPrefix("unknown command"))
    }

    @Test(arguments: ["/dev/stdout", "/dev/stderr"])
    func aStandardStreamMayBeTheLog(_ path: String) throws {
        let result = try Program.run("--log", path, "creat")
        #expect((result.output + result.error).contains("level=error msg=\"unknown command"))
    }

    @Test func aFIFOWithoutAReaderDoesNotHang() throws {
        let scratch = try Scratch()
        let result = try Program.script("mkfifo fifo && exec \"$0\" --log fifo docs cli", in: scratch.path)
        #expect(result.status == 1)
        #expect(result.error.hasPrefix("cannot open the log"))
    }

    @Test func aWordThatIsNotUTF8IsRefusedByItsNumber() throws {
        let scratch = try Scratch()
        let result = try Program.script(
            "exec \"$0\" --log log --log-format json state \"$(printf 'a\\377')\"", in: scratch.path)
        #expect(result.status == 1)
        #expect(result.error == "argument 6 is not valid UTF-8\n")
        #expect(try scratch.text("log").contains("argument 6 is not valid UTF-8"))
    }

    @Test func aHundredThousandWordsAreRefused() throws {
        let result = try Program.script("exec \"$0\" state $(yes x | head -n 100000)")
        #expect(result.status == 1)
        #expect(result.error.contains("requires exactly 1 argument(s)"))
    }

    @Test(arguments: ["<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
    func closedStandardStreamsDoNotLetTheMessageIntoTheLog(_ closed: String) throws {
        let scratch = try Scratch()
        let result = try Program.script("\"$0\" --log log --log-format json creat \(closed)", in: scratch.path)
        #expect(result.status == 1)
        #expect(try scratch.text("log").split(separator: "\n").count == 1)
    }

    @Test func aLimitOnTheSizeOfFilesDoesNotKill() throws {
        let scratch = try Scratch()
        let result = try Program.script("ulimit -f 0; exec \"$0\" --log log creat", in: scratch.path)
        #expect(result.status == 1)
        #expect(result.error.hasPrefix("unknown command"))
    }

    /// Whether a file in a temporary directory can be made setuid with effect.
    static let canTrySetuid: Bool = {
        var mount = statvfs()
        let isKnown = unsafe statvfs(FileManager.default.temporaryDirectory.path, &mount) == 0
        let hasSetpriv = FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")
        return isKnown && hasSetpriv && getuid() == 0 && mount.f_flag & UInt(ST_NOSUID) == 0
    }()

    @Test(.enabled(if: canTrySetuid, "skipped: needs root, setpriv, and a temporary directory that isn't nosuid"))
    func aSetuidInstallationRefusesToWork() throws {
        let scratch = try Scratch()
        let result = try Program.script(
            "cp \"$0\" s && chmod 4755 s . && exec setpriv --reuid 65534 --regid 65534 --clear-groups ./s list",
            in: scratch.path)
        #expect(result.status == 1)
        #expect(result.error.contains("refuses to work"))
    }

    @Test(arguments: 0..<4)
    func noLineOfRandomWordsEndsTheProgramBySignal(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let scratch = try Scratch()
        // `events` ends when there is nothing more to tell, which without a container is never; `rootfs` is another program.
        let commands = CommandName.allCases.map(\.rawValue).filter { !["events", "rootfs"].contains($0) }
        let options = Place.all.map { "--\($0.option.name)" }
        let odd = ["", "-", "--", "=", "-=", "x", "..", "/", "é", "0", "-1", "\n", "--x=y"]
        for _ in 0..<40 {
            var words = ["--root", scratch.file("state")]
            for list in [options, commands, options, odd, odd, options] where Bool.random(using: &random) {
                words.append(list.randomElement(using: &random) ?? "")
            }
            let result = try Program.spawn(Program.path, words, scratch.path, [:])
            #expect(result.ended && [0, 1].contains(result.status), "\(words) \(result)")
            #expect(result.status == 0 || !result.error.isEmpty || words.contains("check"), "\(words)")
        }
    }

    @Test func outputThatCannotBeWrittenIsAFailure() throws {
        let result = try Program.script("exec \"$0\" --version >/dev/full")
        #expect(result.status == 1)
        #expect(result.error.contains("no space left on device"))
    }
}
