import Foundation
import Glibc
import Synchronization

/// The owners and modes of the machine's own devices, which a runtime may spoil.
///
/// Some runtimes bind the host's devices into a user namespace, and then give /dev/null to the container's user.
final class HostDevices: Sendable {
    /// One for the process: what a runner repairs is no secret to the others.
    static let shared = HostDevices()

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

    /// Gives the devices back to whom they belonged, and answers all that had to be given back so far.
    ///
    /// Cases run side by side, and each repairs what it finds: what one of them sees may have been repaired by another.
    @discardableResult
    func restore() -> [String] {
        repaired.withLock { repaired in
            for old in before {
                guard let now = Entry(old.path), now != old else { continue }
                repaired.append(
                    "\(old.path) belonged to \(old.uid):\(old.gid) and belonged to \(now.uid):\(now.gid) then")
                chown(old.path, old.uid, old.gid)
                chmod(old.path, old.mode & 0o7777)
            }
            return repaired
        }
    }
}
