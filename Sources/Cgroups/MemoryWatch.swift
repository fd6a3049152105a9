internal import CLinux
internal import LinuxKernel

/// Tells when the memory of a container is used up.
///
/// Version 1 signals an eventfd each time; version 2 changes a file, which inotify reports.
/// Source: the kernel's cgroup-v1/memory documentation, "OOM Control", and its cgroup-v2 documentation, "memory.events".
public final class MemoryWatch {
    private let layout: CgroupLayout
    private let isUnified: Bool
    private let signal: FileDescriptor
    private var kills: UInt64

    /// The descriptor that can be read once something happened; `take` says what.
    public var descriptor: Int32 { signal.raw }

    /// Begins to watch; nil where the host has no controller for memory.
    public init?(_ layout: CgroupLayout) throws(CgroupError) {
        guard let place = layout.place(of: "memory") else { return nil }
        self.layout = layout
        isUnified = place.isUnified
        let path = place.directory
        if place.isUnified {
            let file = "memory.events"
            signal = try during(.read, path, file: file, try FileDescriptor.watchingChanges(of: "\(path)/\(file)"))
        } else {
            let directory = try CgroupDirectory(place, for: .read)
            let event = try during(.read, path, try FileDescriptor.eventCounter())
            let control = try directory.open("memory.oom_control", .readOnly)
            let request = "\(event.raw) \(control.raw)"
            let registry = try directory.open("cgroup.event_control", .writeOnly)
            try during(
                .read, path, file: "cgroup.event_control", value: request, try registry.writeOnce(request))
            signal = event
        }
        kills = try layout.oomKills() ?? 0
    }

    /// Takes what was signalled: how often memory was used up since the last time; nil where the cgroup is gone.
    public func take() throws(CgroupError) -> UInt64? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = try during(.read, "", try signal.read(into: &buffer))
        guard let now = try layout.oomKills() else { return nil }
        if isUnified { return more(now) }  // the file also changes for limits that were met and kept
        // The eventfd's counter, as the machine writes numbers.
        return buffer.prefix(count).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Takes what wasn't signalled yet when the container ended.
    ///
    /// Version 2 reports a change of the file up to 10 ms after it, which the container's end may overtake.
    public func takeRest() throws(CgroupError) -> UInt64 {
        guard isUnified, let now = try layout.oomKills() else { return 0 }
        return more(now)
    }

    private func more(_ now: UInt64) -> UInt64 {
        defer { kills = now }
        return now > kills ? now - kills : 0
    }
}
