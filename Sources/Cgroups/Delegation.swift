internal import LinuxKernel

extension CgroupDirectories {
    /// Gives the container's cgroup to a user, so that the container can make cgroups of its own inside.
    ///
    /// Only in version 2, where that is safe: the limits' own files stay with the host. A file that this kernel doesn't
    /// have is left out.
    /// - Parameter uid: the user, by the host's number.
    /// Source: config-linux.md "Cgroup ownership"; cgroups(7) on /sys/kernel/cgroup/delegate.
    public func delegate(to uid: UInt32) throws(CgroupError) {
        guard layout.mode == .v2, let place = layout.unified else { return }
        let path = place.directory
        let directory = try during(.delegate, path, try open(place))
        try during(.delegate, path, try directory.setOwner(uid: uid, gid: .max))
        for file in CgroupDirectories.delegatedFiles {
            do throws(CallError) {
                try directory.open(file, [.path, .noFollow]).setOwner(uid: uid, gid: .max)
            } catch let error where error.errno == .noEntry {
                continue
            } catch {
                throw CgroupError(.delegate, path: path, file: file, value: "\(uid)", call: error)
            }
        }
    }

    /// What the kernel calls safe to hand over; before Linux 4.15 it doesn't say.
    private static var delegatedFiles: [String] {
        guard
            let list = try? FileDescriptor.open("/sys/kernel/cgroup/delegate", .readOnly).readAll(limitBytes: 1 << 16)
        else { return ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"] }
        // Names only: a path would lead out of the cgroup.
        return words(list).filter { !$0.utf8.contains(UInt8(ascii: "/")) && $0 != "." && $0 != ".." }
    }
}
