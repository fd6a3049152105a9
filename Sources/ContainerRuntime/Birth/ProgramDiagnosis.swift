internal import LinuxKernel

/// Why execve refused a file: found out after the fact, at no cost to success.
///
/// It runs where the program would have, so it sees what the kernel saw.
enum ProgramDiagnosis {
    /// What is the matter with the file, to be appended to the errno's words; empty where nothing more is known.
    ///
    /// Managers tell a missing file from a forbidden one by the words of a message, so neither's may be used here.
    static func note(about path: String, _ errno: Errno) -> String {
        guard let status = try? FileDescriptor.status(of: path) else { return missing(path) }
        switch status.kind {
        case .directory: return " (it is a directory)"
        case .regular: break
        default: return " (it is not a regular file)"
        }
        if status.mode & 0o111 == 0 {
            return " (the file has no execute bit: its mode is 0\(String(status.mode, radix: 8)))"
        }
        guard let file = try? FileDescriptor.open(path, [.nonBlocking, .noControllingTerminal]),
            let head = try? file.read(count: 4096, at: 0)
        else { return "" }
        if head.starts(with: [0x23, 0x21]) { return script(head) }
        if head.starts(with: [0x7F, 0x45, 0x4C, 0x46]) { return elf(head) }
        if head.isEmpty { return " (the file is empty)" }
        return errno == .notExecutable ? " (it is neither an ELF file nor a script that begins with #!)" : ""
    }

    private static func missing(_ path: String) -> String {
        guard let link = try? FileDescriptor.readLink(path) else { return "" }
        return " (it is a symbolic link to \(link.printable), which leads nowhere in the root filesystem)"
    }

    private static func script(_ head: [UInt8]) -> String {
        let line = head.dropFirst(2).prefix { $0 != 0x0A }
        let words = line.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 })
        guard let first = words.first else { return " (the script's first line names no interpreter)" }
        var interpreter = String(decoding: first, as: UTF8.self)
        if interpreter.utf8.last == 0x0D {
            interpreter = String(decoding: first.dropLast(), as: UTF8.self)
            return " (the script's first line ends in a carriage return, so its interpreter is"
                + " \"\(interpreter.printable)\\r\": convert the file's line ends)"
        }
        if ProgramSearch.examine(interpreter) != nil {
            return
                " (the script's interpreter \(interpreter.printable) isn't an executable file of the root filesystem)"
        }
        return ""
    }

    private static func elf(_ head: [UInt8]) -> String {
        guard head.count >= 64, head[4] == 1 || head[4] == 2 else { return " (its ELF header is damaged)" }
        let isLittle = head[5] == 1
        let reader = ByteReader(bytes: head, isLittle: isLittle, is64: head[4] == 2)
        let machine = reader.number(at: 18, bytes: 2)
        if let other = architecture(machine), !runnableArchitectures.contains(other) {
            return " (the file is made for \(other), and this host is \(hostArchitecture))"
        }
        guard let loader = reader.interpreter() else { return "" }
        if ProgramSearch.examine(loader) != nil {
            return " (its loader \(loader.printable) isn't an executable file of the root filesystem)"
        }
        return ""
    }

    private static func architecture(_ machine: Int) -> String? {
        switch machine {
        case 0x03: "x86"
        case 0x3E: "x86-64"
        case 0x28: "arm"
        case 0xB7: "arm64"
        case 0xF3: "riscv"
        case 0x14: "powerpc"
        case 0x15: "powerpc64"
        case 0x16: "s390"
        case 0x08: "mips"
        case 0x102: "loongarch"
        default: nil
        }
    }

    /// Those that this host's kernel executes itself: its own, and the 32-bit one before it.
    private static var runnableArchitectures: [String] {
        switch hostArchitecture {
        case "x86-64": ["x86-64", "x86"]
        case "arm64": ["arm64", "arm"]
        default: [hostArchitecture]
        }
    }

    private static var hostArchitecture: String {
        #if arch(x86_64)
            "x86-64"
        #elseif arch(arm64)
            "arm64"
        #else
            "another one"
        #endif
    }
}

/// Numbers of an ELF header, in its own byte order; everything beyond the end reads as 0.
private struct ByteReader {
    let bytes: [UInt8]
    let isLittle: Bool
    let is64: Bool

    func number(at offset: Int, bytes count: Int) -> Int {
        guard offset >= 0, offset <= bytes.count - count else { return 0 }
        var value: UInt64 = 0
        for index in 0..<count {
            let byte = UInt64(bytes[offset + index])
            value |= byte << UInt64(8 * (isLittle ? index : count - 1 - index))
        }
        return Int(truncatingIfNeeded: value & 0x7FFF_FFFF)
    }

    /// The path in PT_INTERP, where the header and the path are in the first bytes of the file.
    func interpreter() -> String? {
        let table = number(at: is64 ? 32 : 28, bytes: is64 ? 8 : 4)
        let size = number(at: is64 ? 54 : 42, bytes: 2)
        let count = number(at: is64 ? 56 : 44, bytes: 2)
        for index in 0..<min(count, 64) where size > 0 {
            let header = table + index * size
            guard number(at: header, bytes: 4) == 3 else { continue }
            let offset = number(at: header + (is64 ? 8 : 4), bytes: is64 ? 8 : 4)
            guard offset < bytes.count else { return nil }
            return String(decoding: bytes[offset...].prefix { $0 != 0 }, as: UTF8.self)
        }
        return nil
    }
}
