import LinuxKernel
import Testing

@testable import ContainerRuntime

/// Why the kernel wouldn't execute a file: what is said about it.
@Suite(.timeLimit(.minutes(1))) struct ProgramTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private func note(_ bytes: [UInt8], _ errno: Errno = .notExecutable) throws -> String {
        ProgramDiagnosis.note(about: try folder.file("program", bytes, mode: 0o755), errno)
    }

    private func note(_ text: String, _ errno: Errno = .notExecutable) throws -> String {
        try note(Array(text.utf8), errno)
    }

    @Test func anInterpreterThatIsMissingIsNamed() throws {
        #expect(try note("#!/no/such/interpreter -x\n").contains("/no/such/interpreter isn't"))
        #expect(try note("#! \t /no/such/interpreter\n").contains("/no/such/interpreter isn't"))
        #expect(try note("#!/no/such/interpreter").contains("/no/such/interpreter isn't"))
    }

    @Test func aCarriageReturnIsNamed() throws {
        let note = try note("#!/bin/sh\r\necho\r\n")
        #expect(note.contains("carriage return") && note.contains("\"/bin/sh\\r\""), "\(note)")
    }

    @Test(arguments: ["#!", "#!\n", "#! \t \n"]) func aScriptWithoutAnInterpreterIsToldSo(_ text: String) throws {
        #expect(try note(text).contains("names no interpreter"))
    }

    @Test func aScriptInOrderNeedsNoNote() throws {
        #expect(try note("#!/bin/sh\n") == "")
    }

    @Test func anEmptyFileATextAndADirectoryAreToldApart() throws {
        #expect(try note("").contains("empty"))
        #expect(try note("echo hello\n").contains("neither"))
        #expect(try note("echo hello\n", .accessDenied) == "")
        #expect(ProgramDiagnosis.note(about: folder.path, .accessDenied).contains("directory"))
    }

    @Test func aFileWithoutAnExecuteBitIsToldItsMode() throws {
        let path = try folder.file("program", Array("#!/bin/sh\n".utf8), mode: 0o640)
        #expect(ProgramDiagnosis.note(about: path, .accessDenied).contains("mode is 0640"))
    }

    @Test func aFIFOAsProgramIsNotWaitedFor() throws {
        try folder.fifo("program")
        #expect(ProgramDiagnosis.note(about: folder.path + "/program", .accessDenied).contains("not a regular file"))
    }

    @Test func aLinkThatLeadsNowhereIsNamed() throws {
        try folder.link("program", to: "/no/\u{1B}[31m/where")
        let note = ProgramDiagnosis.note(about: folder.path + "/program", .noEntry)
        #expect(note.contains("/no/\\u{1b}[31m/where"), "\(note)")
        #expect(ProgramDiagnosis.note(about: folder.path + "/missing", .noEntry) == "")
    }

    /// An ELF header with one program header, of the given class and byte order.
    private func elf(is64: Bool, isLittle: Bool, machine: Int, interpreter: String = "") -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 256)
        func put(_ value: Int, _ offset: Int, _ count: Int) {
            for index in 0..<count {
                bytes[offset + (isLittle ? index : count - 1 - index)] = UInt8(truncatingIfNeeded: value >> (8 * index))
            }
        }
        bytes.replaceSubrange(0..<6, with: [0x7F, 0x45, 0x4C, 0x46, is64 ? 2 : 1, isLittle ? 1 : 2])
        put(machine, 18, 2)
        put(64, is64 ? 32 : 28, is64 ? 8 : 4)  // where the program headers are
        put(56, is64 ? 54 : 42, 2)
        put(interpreter.isEmpty ? 0 : 1, is64 ? 56 : 44, 2)
        put(3, 64, 4)  // PT_INTERP
        put(128, 64 + (is64 ? 8 : 4), is64 ? 8 : 4)
        bytes.replaceSubrange(128..<128 + interpreter.utf8.count, with: Array(interpreter.utf8))
        return bytes
    }

    #if arch(x86_64)
        private let own = 0x3E
        private let others = [
            (0xB7, true, true, "arm64"), (0x28, false, true, "arm"), (0xF3, true, true, "riscv"),
            (0x15, true, false, "powerpc64"), (0x16, true, false, "s390"), (0x08, false, false, "mips"),
        ]
    #else
        private let own = 0xB7
        private let others = [(0x3E, true, true, "x86-64"), (0x16, true, false, "s390"), (0x08, false, false, "mips")]
    #endif

    @Test func aFileOfAnotherArchitectureIsToldWhich() throws {
        for (machine, is64, isLittle, name) in others {
            let note = try note(elf(is64: is64, isLittle: isLittle, machine: machine))
            #expect(note.contains("made for \(name),"), "\(name): \(note)")
        }
    }

    @Test func aMissingLoaderIsNamed() throws {
        let missing = try note(elf(is64: true, isLittle: true, machine: own, interpreter: "/no/ld.so"), .noEntry)
        #expect(missing.contains("loader /no/ld.so isn't"), "\(missing)")
        #expect(try note(elf(is64: true, isLittle: true, machine: own, interpreter: "/bin/sh"), .noEntry) == "")
    }

    @Test func aTruncatedHeaderIsCalledDamaged() throws {
        let bytes = elf(is64: true, isLittle: true, machine: own)
        for count in 4..<64 { #expect(try note(Array(bytes.prefix(count))).contains("damaged"), "\(count) bytes") }
        var odd = bytes
        odd[4] = 9
        #expect(try note(odd).contains("damaged"))
    }

    @Test func noPrefixOfAProgramIsTheEndOfUs() throws {
        let real = try FileDescriptor.open("/proc/self/exe", .readOnly).read(count: 4096, at: 0)
        let path = try folder.file("program", real, mode: 0o755)
        let file = try FileDescriptor.open(path, .readWrite)
        for count in (0...real.count).reversed() {
            try file.truncate(toBytes: count)
            _ = ProgramDiagnosis.note(about: path, .notExecutable)
        }
    }

    @Test func noDamagedHeaderIsTheEndOfUs() throws {
        var random = SplitMix(state: 10)
        for round in 0..<2000 {
            var bytes = elf(
                is64: round & 1 == 0, isLittle: round & 2 == 0, machine: own, interpreter: "/lib/ld.so")
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                // Mostly in the header, where offsets and counts are; extremes are likelier than chance has them.
                let place = Int.random(in: 4..<140, using: &random)
                bytes[place] =
                    [0, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)]
                    .randomElement(using: &random) ?? 0
            }
            let note = try note(bytes)
            #expect(!note.utf8.contains { $0 < 0x20 }, "\(note.debugDescription)")
        }
    }

    /// Managers tell 126 from 127 by these words, so a note may have those of neither.
    @Test func noNoteHasTheWordsOfAnExitStatus() throws {
        var notes: [String] = []
        for text in ["#!/no/such\n", "#!/bin/sh\r\n", "#!\n", "", "text"] {
            notes += [try note(text, .noEntry), try note(text, .accessDenied)]
        }
        for (machine, is64, isLittle, _) in others {
            notes.append(try note(elf(is64: is64, isLittle: isLittle, machine: machine)))
        }
        notes.append(try note(elf(is64: true, isLittle: true, machine: own, interpreter: "/no/ld.so"), .noEntry))
        // Only of a directory is it said that it is one, which means 126 as well.
        for note in notes { #expect(classWords(in: note) == [], "\(note)") }
    }
}

/// The words in a text by which managers choose an exit status, or think that a container is gone.
func classWords(in text: String) -> [String] {
    [
        "permission denied", "operation not permitted", "no such file or directory", "executable file not found",
        "not a directory", "is a directory", "does not exist", "container not running", "no such process",
        "process already finished", "invalid process",
    ].filter { text.lowercased().contains($0) }
}
