internal import LinuxKernel

extension CgroupLayout {
    /// How many processes the kernel killed because the container's memory was used up; nil where nobody counts.
    ///
    /// Source: `oom_kill` in memory.events of version 2 and in memory.oom_control of version 1 since Linux 4.13.
    public func oomKills() throws(CgroupError) -> UInt64? {
        guard let place = place(of: "memory") else { return nil }
        do throws(CgroupError) {
            let file = place.isUnified ? "memory.events" : "memory.oom_control"
            guard let text = try CgroupDirectory(place, for: .read).contents(file) else { return nil }
            for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: "oom_kill ".utf8) {
                return number(line.dropFirst("oom_kill ".utf8.count))
            }
            return nil
        } catch let error where error.call?.errno == .noEntry {
            return nil
        }
    }
}
