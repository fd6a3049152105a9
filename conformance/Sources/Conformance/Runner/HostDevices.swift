import Foundation
import Glibc

/// The owners and modes of the machine's own devices, which a runtime may spoil.
///
/// Some runtimes bind the host's devices into a user namespace, and then give /dev/null to the container's user.
struct HostDevices: Sendable {
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

    /// What has changed since, as text; empty when nothing has.
    var changes: String {
        before.compactMap { old in
            guard let now = Entry(old.path), now != old else { return nil }
            return "\(old.path) belonged to \(old.uid):\(old.gid) and belongs to \(now.uid):\(now.gid)"
        }.joined(separator: ", ")
    }

    /// Gives the devices back to whom they belonged.
    func restore() {
        for old in before where Entry(old.path) != old {
            chown(old.path, old.uid, old.gid)
            chmod(old.path, old.mode & 0o7777)
        }
    }
}
