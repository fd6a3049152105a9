public import LinuxKernel
public import OCISpec

/// Compiled filters, kept as files: a profile is compiled in milliseconds and read back in microseconds.
///
/// A filter decides what a container may do, so an entry is believed only if nobody but the caller can have written it:
/// directory and file belong to the caller and are closed to all others, both judged by what is open, never by a path.
/// The file's name is a mere hash; the entry repeats all that the filter was made from, and that is compared in full: no
/// profile, however it was chosen, gets another one's filter. What doesn't fit, is damaged or can't be read is compiled
/// again; a cache never stops a container.
public struct FilterCache: ~Copyable {
    private let directory: FileDescriptor

    /// The directory's name; no container's id begins with a dot.
    static let name = ".seccomp"
    /// How many entries are kept: the oldest ones go when a new one comes.
    static let mostEntries = 64
    /// No entry is longer than this, in bytes.
    static let mostBytes = 1 << 20

    /// Opens the cache below a directory; nil where there is none, or none that can be trusted.
    public init?(in parent: borrowing FileDescriptor) {
        guard let directory = try? parent.open(Self.name, [.directory, .noFollow]), isOwn(directory, .directory) else {
            return nil
        }
        self.directory = directory
    }

    /// Opens the cache below a directory, which the caller alone can write to, and makes it where it is missing.
    public init?(makingIn parent: borrowing FileDescriptor) {
        // Whether it was there already, and whose it is, is seen when it is opened.
        try? parent.makeDirectory(Self.name, mode: 0o700)
        self.init(in: parent)
    }

    /// The filter that was compiled from exactly this key; nil where there is none to be trusted.
    public func find(_ key: FilterKey) -> ArraySlice<UInt64>? {
        guard let file = try? directory.open(key.fileName, [.noFollow, .nonBlocking, .noControllingTerminal]),
            let status = try? file.status(), status.isOwn(.regular), status.links == 1,
            status.size <= Self.mostBytes, status.size > 0,
            let bytes = try? file.readAll(limitBytes: Self.mostBytes, sizeBytes: status.size)
        else { return nil }
        return Entry.program(in: words(bytes), bytes: bytes.count, for: key)
    }

    /// Keeps a filter; where that fails, or another writer is quicker, there is nothing to be done about it.
    ///
    /// Written beside its place and then put there in one step: nobody reads a half of it.
    public func keep(_ program: [UInt64], for key: FilterKey) {
        removeOldest()
        let draft = "\(key.fileName).\(Process.id)"
        let flags: OpenFlags = [.writeOnly, .create, .exclusive, .noFollow]
        guard let file = try? directory.open(draft, flags, mode: 0o600) else { return }
        do throws(CallError) {
            try file.writeAll(Entry.bytes(of: program, for: key))
            try directory.rename(draft, to: key.fileName)
        } catch {
            try? directory.remove(draft)
        }
    }

    /// Makes room for one more, and takes away what a writer left that was killed.
    private func removeOldest() {
        var names: [String] = []
        guard let listing = try? directory.open(".", [.directory]) else { return }
        try? listing.forEachEntry { name, _ in if let name { names.append(name) } }
        guard names.count >= Self.mostEntries else { return }
        let dated = names.map { name in (name: name, time: (try? directory.status(of: name))?.modified ?? (0, 0)) }
        for entry in dated.sorted(by: { $0.time < $1.time }).prefix(names.count - Self.mostEntries + 1) {
            try? directory.remove(entry.name)
        }
    }
}

/// All that a compiled filter depends on.
public struct FilterKey: Equatable, Sendable {
    /// All of it, one after the other; whole words.
    let text: [UInt64]
    /// What stands for it in a file's name.
    let hash: UInt64

    var fileName: String { String(hash, radix: 16) }

    /// Names the filter of a configuration.
    ///
    /// - Parameters:
    ///   - library: what compiles it, with its version.
    ///   - kernelActions: what the kernel can do when a call matches; nil where that isn't known.
    public init(_ seccomp: Spec.Linux.Seccomp, library: String, kernelActions: [String]?) {
        let canonical = seccomp.canonical
        var bytes: [UInt8] = []
        bytes.reserveCapacity(canonical.count + 256)
        bytes.add(Entry.version)
        bytes.add(library)
        bytes.add(Self.machine)
        bytes.add(number: UInt64(kernelActions?.count ?? .max))
        for action in kernelActions ?? [] { bytes.add(action) }
        bytes.append(contentsOf: canonical)
        while bytes.count % 8 != 0 { bytes.append(0) }
        text = words(bytes)
        hash = checksum(text)
    }

    private static var machine: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "aarch64"
        #else
            "other"
        #endif
    }
}

/// What is in a file: a header of words, the key, the program.
enum Entry {
    /// Changes with this layout, and with whatever else than the library decides about the program.
    static let version = "swrun-seccomp-1"

    private static let magic: UInt64 = 0x3150_4D43_4353_5753  // "SWSCCMP1"
    private static let headerWords = 4

    static func bytes(of program: [UInt64], for key: FilterKey) -> [UInt8] {
        let content = key.text + program
        let all = [magic, UInt64(key.text.count), UInt64(program.count), checksum(content)] + content
        return unsafe all.withUnsafeBytes { unsafe Array($0) }
    }

    /// The program of an entry that is whole and was made from this key.
    static func program(in all: [UInt64], bytes: Int, for key: FilterKey) -> ArraySlice<UInt64>? {
        guard bytes % 8 == 0, all.count >= headerWords, all[0] == magic, all[1] == UInt64(key.text.count),
            (1...UInt64(SystemCallFilter.mostInstructions)).contains(all[2]),
            all.count == headerWords + key.text.count + Int(all[2]), all[3] == checksum(all[headerWords...]),
            all[headerWords...].starts(with: key.text)
        else { return nil }
        let program = all[(headerWords + key.text.count)...]
        return isSound(program) ? program : nil
    }

    /// True for a program that the kernel wouldn't refuse for its shape: no jump leads out of it, and it ends in an answer.
    static func isSound(_ program: ArraySlice<UInt64>) -> Bool {
        for (index, word) in zip(program.indices, program) {
            let instruction = Instruction(encoded: word)
            guard instruction.code & 0x07 == 0x05 else { continue }  // BPF_JMP
            let isPlain = instruction.code == 0x05
            let farthest = isPlain ? Int(instruction.operand) : Int(max(instruction.ifTrue, instruction.ifFalse))
            if index + 1 + farthest >= program.endIndex { return false }
        }
        return program.last.map { Instruction(encoded: $0).code & 0x07 == 0x06 } ?? false  // BPF_RET
    }
}

/// A number that another text has only by chance, which finds damage and names files.
///
/// It keeps no attacker out.
func checksum(_ words: some Sequence<UInt64>) -> UInt64 {
    var sum: UInt64 = 0xCBF2_9CE4_8422_2325
    for word in words {
        sum = (sum ^ word) &* 0x9E37_79B9_7F4A_7C15
        sum ^= sum >> 32
    }
    return sum
}

private func isOwn(_ file: borrowing FileDescriptor, _ kind: FileStatus.Kind) -> Bool {
    (try? file.status().isOwn(kind)) == true
}

extension FileStatus {
    /// True if it is of the kind, belongs to the caller, and nobody else can use it.
    fileprivate func isOwn(_ kind: Kind) -> Bool {
        self.kind == kind && uid == Credentials.effectiveUID && mode & 0o077 == 0
    }
}
