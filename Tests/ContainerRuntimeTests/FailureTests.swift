import LinuxKernel
import OCISpec
import Testing
import Validation

@testable import ContainerRuntime

/// Failures as people and programs see them.
@Suite struct FailureTests {
    @Test(arguments: Failure.Code.allCases) func aCodeIsExplained(_ code: Failure.Code) {
        for text in [code.meaning, code.remedy] {
            #expect(text.utf8.count > 10 && text.hasSuffix("."), "\(text)")
            #expect(text.first?.isUppercase == true || text.hasPrefix("`") || text.first?.isLowercase == true)
        }
        #expect(code.rawValue.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2D }, "\(code.rawValue)")
    }

    @Test func codesDiffer() {
        #expect(Set(Failure.Code.allCases.map(\.rawValue)).count == Failure.Code.allCases.count)
        #expect(Set(Failure.Code.allCases.map(\.meaning)).count == Failure.Code.allCases.count)
    }

    private struct Sample: Sendable, CustomTestStringConvertible {
        var failure: Failure
        var message: String
        var testDescription: String { message }
    }

    private static func step(_ sentence: String) -> Failure.StepReference { .init(index: 7, sentence: sentence) }

    private static let samples = [
        Sample(
            failure: Failure(.containerMissing, "container does not exist: box", at: .container("box")),
            message: "container does not exist: box"),
        Sample(
            failure: Failure(
                .stepFailed, "cannot mount foofs on /data", at: .config("/mounts/3"),
                call: CallError(.fsopen, .noDevice), step: step("mount foofs on /data")),
            message: "cannot mount foofs on /data (config.json#/mounts/3): fsopen: ENODEV: no such device; "
                + "the kernel doesn't know this filesystem type; /proc/filesystems lists those it knows"),
        Sample(
            failure: Failure(
                .stepFailed, "cannot take a copy of the mount at /no/such", at: .config("/mounts/0/source"),
                call: CallError(.openTree, .noEntry)),
            message: "cannot take a copy of the mount at /no/such (config.json#/mounts/0/source): "
                + "open_tree: ENOENT: no such file or directory"),
        Sample(
            failure: Failure(
                .hookFailed, "error running createRuntime hook #1", at: .config("/hooks/createRuntime/1"),
                words: "exit status 3: no\nluck"),
            message:
                "error running createRuntime hook #1 (config.json#/hooks/createRuntime/1): exit status 3: no\\nluck"
        ),
        Sample(
            failure: Failure(
                .stateUnusable, "cannot open the state directory /run/x", at: .file("/run/x"),
                call: CallError(.open, .accessDenied)),
            message: "cannot open the state directory /run/x: open: EACCES: permission denied"),
        Sample(
            failure: Failure(.optionUnusable, "-1 descriptors can't be preserved", at: .option("preserve-fds")),
            message: "-1 descriptors can't be preserved (--preserve-fds)"),
        Sample(
            failure: Failure(.invalidID, "invalid container ID format: \"a b\"", hint: "choose another"),
            message: "invalid container ID format: \"a b\"; choose another"),
        Sample(
            failure: Failure(.configUnreadable, "cannot read config.json", at: .file("/b/\u{7}config.json")),
            message: "cannot read config.json (/b/\\u{7}config.json)"),
        Sample(
            failure: Failure(.cgroupFailed, "cannot set the limit", call: CallError(.none, Errno(rawValue: 524))),
            message: "cannot set the limit: errno 524: unknown error 524"),
    ]

    @Test(arguments: samples) private func theMessageIs(_ sample: Sample) {
        #expect(sample.failure.message == sample.message)
    }

    @Test func whatTheValidatorFoundStandsOnLinesOfItsOwn() {
        let finding = Finding(
            severity: .error, pointer: "/process/cwd", rule: "cwd-absolute", problem: "it isn't absolute",
            remedy: "begin it with a slash", section: "config.md")
        let failure = Failure(.configRejected, "the configuration can't be used", findings: [finding])
        #expect(failure.message.split(separator: "\n").count == 2)
        #expect(failure.message.contains("config.json#/process/cwd"))
    }

    @Test func theFieldsAreTheFacts() {
        let failure = Failure(
            .stepFailed, "cannot x", at: .config("/mounts/3"), call: CallError(.fsopen, .noDevice),
            step: Self.step("mount it"))
        let fields = Dictionary(failure.fields.map { ($0.key, $0.value) }) { first, _ in first }
        #expect(fields["code"] == "step-failed")
        #expect(fields["pointer"] == "/mounts/3")
        #expect(fields["call"] == "fsopen")
        #expect(fields["errno"] == "ENODEV")
        #expect(fields["step"] == "7: mount it")
        #expect(failure.fields.count == Set(failure.fields.map(\.key)).count, "a key comes once")
    }

    /// A hint may speak of anything but the words by which managers tell another errno.
    @Test func noHintHasTheWordsOfAnExitStatus() {
        var count = 0
        for call in Call.allCases {
            for errno in (1...133).map({ Errno(rawValue: $0) }) {
                let failure = Failure(.stepFailed, "id mapping", call: CallError(call, errno))
                guard let hint = Hints.hint(for: failure) else { continue }
                count += 1
                #expect(classWords(in: hint) == [], "\(call) \(errno.name): \(hint)")
            }
        }
        #expect(count > 20)
    }

    private func programFailure(_ errno: Errno, _ action: Action, words: String) throws -> Failure {
        let plan = [Step(.container, action, from: "/process/args")]
        return stepFailure(at: 0, StepError(CallError(.execve, errno), words: words), plan)
    }

    @Test(arguments: [Errno.noEntry, .notDirectory, .accessDenied, .notExecutable, .argumentsTooLong, .isDirectory])
    func aProgramsFailureHasTheWordsOfOneExitStatus(_ errno: Errno) throws {
        let words = ProgramSearch.words("prog", errno)
        for action in [Action.findProgram("prog", path: nil), .execute(arguments: ["prog"], environment: [])] {
            let failure = try programFailure(errno, action, words: words)
            let isMissing = errno == .noEntry || errno == .notDirectory
            #expect(failure.code == (isMissing ? .programMissing : .programNotExecutable))
            let found = classWords(in: failure.message)
            let expected: [String] =
                switch errno {
                case .noEntry: ["no such file or directory"]
                case .notDirectory: ["not a directory"]
                case .accessDenied: ["permission denied"]
                case .isDirectory: ["is a directory"]
                default: []
                }
            #expect(found == expected, "\(failure.message)")
        }
    }

    @Test func aProgramThatIsInNoDirectoryOfPATHIsMissing() throws {
        let words = "exec: \"prog\": executable file not found in $PATH (PATH=/bin)"
        let failure = try programFailure(.noEntry, .findProgram("prog", path: "/bin"), words: words)
        #expect(failure.code == .programMissing)
        #expect(classWords(in: failure.message) == ["executable file not found"])
    }

    @Test func aStepsFailureNamesTheStepAndTheProperty() {
        let plan = [
            Step(.runtime, .makeGate),
            Step(.container, .runHooks(.createContainer, count: 3), from: "/hooks/createContainer"),
            Step(.container, .changeDirectory("/srv"), from: "/process/cwd"),
            Step(.runtime, .recordCreated(pidFile: "/run/x.pid")),
        ]
        let error = StepError(CallError(.open, .inputOutput), detail: 2)
        #expect(
            stepFailure(at: 0, error, plan).message
                == "cannot make the gate at which the container waits for start: open: EIO: input/output error")
        let hook = stepFailure(at: 1, error, plan)
        #expect((hook.code, hook.place) == (.hookFailed, .config("/hooks/createContainer/2")))
        #expect(stepFailure(at: 1, StepError(CallError(.none, .timedOut)), plan).code == .hookTimedOut)
        #expect(stepFailure(at: 2, error, plan).message.contains("chdir to cwd (\"/srv\") set in config.json failed"))
        #expect(stepFailure(at: 3, error, plan).code == .pidFileFailed)
        for index in plan.indices { #expect(stepFailure(at: index, error, plan).step?.index == index) }
    }
}

/// Text of others in a message: harmless, and bounded.
@Suite struct PrintableTests {
    @Test(
        arguments: [
            ("plain", "plain"), ("", ""), ("é ✓ 中", "é ✓ 中"), ("a\nb", "a\\nb"), ("a\tb", "a\\tb"),
            ("a\r\nb", "a\\u{d}\\nb"), ("\u{1B}[31m", "\\u{1b}[31m"), ("\0", "\\u{0}"), ("\u{7F}", "\\u{7f}"),
            ("\u{9B}31m", "\\u{9b}31m"), ("\u{85}", "\\u{85}"), ("\u{A0}", "\u{A0}"),
        ])
    func controlCharactersAreWrittenOut(_ text: String, _ expected: String) {
        #expect(text.printable == expected)
    }

    @Test func aLongTextIsCut() {
        #expect(String(repeating: "x", count: 400).printable == String(repeating: "x", count: 400))
        let cut = String(repeating: "x", count: 100_000).printable
        #expect(cut == String(repeating: "x", count: 400) + "…")
        #expect(String(repeating: "\u{1B}", count: 100_000).printable.utf8.count < 420)
    }

    @Test func nothingThatATerminalObeysIsLeft() {
        var random = SplitMix(state: 3)
        for _ in 0..<3000 {
            let bytes = random.bytes(Int.random(in: 0...600, using: &random))
            let text = String(decoding: bytes, as: UTF8.self).printable
            #expect(text.utf8.count <= 420)
            let isHarmless = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) }
            #expect(isHarmless, "\(text.debugDescription)")
        }
    }

    @Test func aSequenceIsFoundWhereItIs() {
        for (text, part, isThere) in [
            ("abc", "", true), ("", "a", false), ("abc", "abc", true), ("aab", "ab", true), ("abc", "abcd", false),
            ("e\u{301}", "e", true), ("é", "e", false), ("xaxaxb", "xaxb", true),
        ] {
            #expect(text.utf8.containsSequence(part.utf8) == isThere, "\(part) in \(text)")
        }
    }
}
