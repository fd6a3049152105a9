import Foundation
import LinuxKernel
import SafePaths
import Testing

/// A temporary directory with a rootfs and, beside it, a canary that nothing in the rootfs may lead to.
///
/// It is removed with the value; the canary's content can be compared.
final class Sandbox {
    let base: String
    var rootfs: String { base + "/rootfs" }
    var canary: String { base + "/canary" }

    init() throws {
        var template = Array((NSTemporaryDirectory() + "/swrun-test-XXXXXX").utf8CString)
        let made = unsafe mkdtemp(&template)
        guard unsafe made != nil else { throw CallError(.mkdir, Errno(rawValue: errno)) }
        base = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try FileManager.default.createDirectory(atPath: rootfs, withIntermediateDirectories: false)
        try FileManager.default.createDirectory(atPath: canary, withIntermediateDirectories: false)
        try "sings".write(toFile: canary + "/song", atomically: false, encoding: .utf8)
    }

    // A directory that can't be removed is an empty shell in the temporary directory; no reason to fail.
    deinit { try? FileManager.default.removeItem(atPath: base) }

    func root(_ resolver: Resolver) throws -> Root { try Root(opening: rootfs, resolver: resolver) }

    func directory(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: rootfs + "/" + path, withIntermediateDirectories: true)
    }

    func file(_ path: String, _ text: String = "") throws {
        try text.write(toFile: rootfs + "/" + path, atomically: false, encoding: .utf8)
    }

    func link(_ path: String, to text: String) throws {
        try FileManager.default.createSymbolicLink(atPath: rootfs + "/" + path, withDestinationPath: text)
    }

    func fifo(_ path: String) throws {
        try FileDescriptor.open(rootfs, [.path]).makeNode(path, mode: UInt32(S_IFIFO) | 0o600)
    }

    /// What a path names, links unfollowed; nil if it isn't there.
    func status(_ path: String) -> FileStatus? {
        try? FileDescriptor.status(of: path, followLink: false)
    }

    func inode(_ path: String) throws -> UInt64 {
        try FileDescriptor.status(of: rootfs + "/" + path, followLink: false).inode
    }

    /// True as long as nobody has put anything beside the canary's song, or changed it.
    var canarySings: Bool {
        let entries = try? FileManager.default.contentsOfDirectory(atPath: canary)
        let song = try? String(contentsOfFile: canary + "/song", encoding: .utf8)
        let beside = try? FileManager.default.contentsOfDirectory(atPath: base).sorted()
        return entries == ["song"] && song == "sings" && beside == ["canary", "rootfs"]
    }
}

/// What came of an operation, to compare two resolvers and to expect one thing in one line.
enum Outcome: Equatable {
    case inode(UInt64)
    case fails(PathError.Kind, Errno)

    init(_ body: () throws(PathError) -> Handle) {
        let inode: UInt64
        do throws(PathError) {
            let handle = try body()
            inode = (try? handle.status().inode) ?? 0
        } catch {
            self = .fails(error.kind, error.call.errno)
            return
        }
        self = .inode(inode)
    }
}

/// The error of an operation that should fail.
func failure(_ body: () throws(PathError) -> Void) -> PathError? {
    do throws(PathError) {
        try body()
        return nil
    } catch {
        return error
    }
}

let resolvers: [Resolver] = [.kernel, .walk]
