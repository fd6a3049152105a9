internal import CLinux
internal import LinuxKernel

extension CgroupLayout.Place {
    /// Whether the cgroup is frozen or being frozen; nil where this hierarchy can't tell.
    func isFrozen() throws(CgroupError) -> Bool? {
        let file = isUnified ? "cgroup.freeze" : "freezer.state"
        guard isUnified || controllers.contains("freezer") else { return nil }
        do throws(CgroupError) {
            guard let text = try CgroupDirectory(self, for: .read).contents(file) else { return nil }
            return isUnified ? text.first == UInt8(ascii: "1") : !text.starts(with: "THAWED".utf8)
        } catch let error where error.call?.errno == .noEntry {
            return nil
        }
    }
}
