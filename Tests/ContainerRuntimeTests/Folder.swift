import LinuxKernel
import Testing

/// A temporary directory, removed with the value.
final class Folder {
    let path: String

    init() throws {
        path = "/tmp/swrun-test-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        try FileDescriptor.makeDirectory(path, mode: 0o700)
    }

    // What can't be removed is an empty shell in the temporary directory; no reason to fail.
    deinit { try? Folder.remove(path) }

    private static func remove(_ path: String) throws(CallError) {
        let directory = try FileDescriptor.open(path, [.directory, .noFollow])
        var entries: [(name: String, isDirectory: Bool)] = []
        try directory.forEachEntry { name, kind in
            if let name { entries.append((name, kind == .directory)) }
        }
        for entry in entries {
            if entry.isDirectory {
                try remove(path + "/" + entry.name)
            } else {
                try directory.remove(entry.name)
            }
        }
        try FileDescriptor.remove(path, directory: true)
    }

    /// The directory, open.
    func open() throws -> FileDescriptor { try FileDescriptor.open(path, [.directory]) }

    @discardableResult
    func file(_ name: String, _ bytes: [UInt8] = [], mode: UInt32 = 0o600) throws -> String {
        let file = try FileDescriptor.open(path + "/" + name, [.readWrite, .create, .truncate], mode: 0o600)
        try file.writeAll(bytes)
        try file.setMode(mode)
        return path + "/" + name
    }

    func file(_ name: String, _ text: String) throws { try file(name, Array(text.utf8)) }

    func directory(_ name: String, mode: UInt32 = 0o700) throws {
        try FileDescriptor.makeDirectory(path + "/" + name, mode: 0o700)
        try FileDescriptor.open(path + "/" + name, [.directory]).setMode(mode)
    }

    func link(_ name: String, to text: String) throws { try open().makeSymlink(name, to: text) }

    func fifo(_ name: String) throws { try open().makeNode(name, mode: 0o010_600) }

    func contents(_ name: String) throws -> String {
        String(
            decoding: try FileDescriptor.open(path + "/" + name, [.noFollow]).readAll(limitBytes: 1 << 20),
            as: UTF8.self)
    }

    func kind(_ name: String) -> FileStatus.Kind? {
        (try? FileDescriptor.status(of: path + "/" + name, followLink: false))?.kind
    }

    /// The names in it, sorted.
    func names(in name: String = "") throws -> [String] {
        var names: [String] = []
        try FileDescriptor.open(path + "/" + name, [.directory]).forEachEntry { name, _ in names.append(name ?? "?") }
        return names.sorted()
    }
}

let isRoot = Credentials.effectiveUID == 0

/// Numbers that look random and are the same each time.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }
}
