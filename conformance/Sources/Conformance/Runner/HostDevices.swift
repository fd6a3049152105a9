import Foundation
import Glibc
import Synchronization

/// The owners and modes of the machine's own devices, which a runtime may spoil.
///
/// Some runtimes bind the host's devices into a user namespace, and then give /dev/null to the container's user.
final class HostDevices: Sendable {
    private struct Entry: Sendable, Equatable {
        var path: String
        var uid: uid_t
        var gid: gid_t
        var mode: mode_t

        init?(_ path: String) {
            var status = stat()
            guard lstat(path, &status) == 0 else { return nil }
            (self.path, uid, gid, mode) = (path, status.st_uid, status.st_gid, status.st_mode)
        }
    }

    private let before = ["null", "zero", "full", "random", "urandom", "tty", "ptmx"].compactMap { Entry("/dev/" + $0) }

    private let repaired = Mutex<[String]>([])

    /// What has been given back so far: cases run side by side, and each repairs what it finds.
    var repairs: [String] { repaired.withLock { $0 } }

    /// What has changed and isn't given back yet, as text; empty when nothing has.
    var changes: String {
        before.compactMap { old in
            guard let now = Entry(old.path), now != old else { return nil }
            return "\(old.path) belonged to \(old.uid):\(old.gid) and belongs to \(now.uid):\(now.gid)"
        }.joined(separator: ", ")
    }

    /// Gives the devices back to whom they belonged.
    func restore() {
        let found = changes
        if !found.isEmpty { repaired.withLock { $0.append(found) } }
        for old in before where Entry(old.path) != old {
            chown(old.path, old.uid, old.gid)
            chmod(old.path, old.mode & 0o7777)
        }
    }
}
