internal import LinuxKernel
internal import OCISpec
internal import SafePaths

extension Walker {
    private func target() throws(StepError) -> HeldProcess {
        guard let target = context.target else { throw StepError(CallError(.none, .badDescriptor)) }
        return target
    }

    /// A process that is made in the container's pid namespace is seen there from its first moment: it must have been
    /// hidden before, and hold nothing of the host that is worth taking (CVE-2016-9962).
    mutating func joinPIDs() throws(StepError) {
        let target = try target()
        try step { () throws(CallError) in
            try Process.setDumpable(false)
            try Process.join(Flag.pid, of: target.handle)
        }
    }

    /// The state directory, the log and whatever the caller left open stay outside, also while this process is on its
    /// way (CVE-2024-21626).
    mutating func shedDescriptors(from first: Int32) throws(StepError) {
        let kept = slots.numbers + [baton.raw] + (context.target.map { [$0.handle.descriptor.raw] } ?? [])
        try step { () throws(CallError) in
            do throws(CallError) {
                try FileDescriptor.closeAll(from: first, except: kept)
            } catch let error where error.errno == .notImplemented {
                // Before Linux 5.9 they go at execve, as the hidden process shows them to nobody until then.
            }
        }
    }

    /// All at once, by a descriptor of the container's first process: no path of the container's is looked up, and none
    /// of its namespaces can be exchanged meanwhile.
    mutating func joinContainer(_ kinds: [Spec.Linux.Namespace.Kind]) throws(StepError) {
        let target = try target()
        let flags = kinds.reduce(0) { $0 | ($1.cloneFlag ?? 0) }
        try step { () throws(CallError) in try Process.join(flags, of: target.handle) }
    }

    /// Where setns has led: the root of the container's mount namespace.
    mutating func openRoot() throws(StepError) {
        tree = RootTree(
            adopting: try step { () throws(CallError) in try FileDescriptor.open("/", [.path, .directory]) })
    }

    mutating func writePidFile(_ path: String) throws(StepError) {
        guard let child else { return }
        try step { () throws(CallError) in try PidFile.write(child.handle.pid, to: path) }
    }
}
