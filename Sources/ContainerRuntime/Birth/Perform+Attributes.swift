internal import LinuxKernel
internal import OCISpec
internal import SafePaths

extension Walker {
    /// The process is a child that nobody has waited for: its number means it and no other.
    mutating func setScheduler(_ scheduler: Spec.Scheduler) throws(StepError) {
        guard let child else { return }
        try step { () throws(CallError) in
            try Process.setScheduling(SchedulingAttributes(scheduler), of: child.handle.pid)
        }
    }

    /// The process leads the only group that is there: all that will be in it inherit the priority.
    mutating func setIOPriority(_ priority: Spec.IOPriority) throws(StepError) {
        guard let child, let number = priority.class.number else { return }
        try step { () throws(CallError) in
            try Process.setIOPriority(class: number, level: priority.priority, ofGroup: child.handle.pid)
        }
    }

    mutating func joinResctrl(_ request: ResctrlRequest) throws(StepError) {
        guard let child else { return }
        if request.isRunning {
            try request.place.join(process: child.handle.pid)
        } else {
            try request.place.enter(request, process: child.handle.pid)
        }
    }

    /// For whoever carries the step out, and what it makes from then on.
    mutating func setAffinity(_ list: String) throws(StepError) {
        guard let cpus = NumberList.ranges(list) else { return }
        try step { () throws(CallError) in try Process.setAffinity(cpus) }
    }

    mutating func setMemoryPolicy(_ policy: Spec.Linux.MemoryPolicy) throws(StepError) {
        guard let mode = policy.mode.number, let nodes = NumberList.ranges(policy.nodes ?? "") else { return }
        let flags = (policy.flags ?? []).reduce(0) { $0 | ($1.bit ?? 0) }
        try step { () throws(CallError) in try Process.setMemoryPolicy(mode | flags, nodes: nodes) }
    }

    mutating func setPersonality(_ domain: Spec.Linux.Personality.Domain) throws(StepError) {
        guard let number = domain.number else { return }
        _ = try step { () throws(CallError) in try Process.setPersonality(number) }
    }

    /// Takes effect at the next execve: that of a startContainer hook, or of the program.
    mutating func setAppArmorProfile(_ profile: String) throws(StepError) {
        try writeLabel("exec \(profile)", to: ["thread-self/attr/apparmor/exec", "thread-self/attr/exec"], of: profile)
    }

    /// Takes effect at the next execve, as above.
    mutating func setSELinuxLabel(_ label: String) throws(StepError) {
        try writeLabel(label, to: ["thread-self/attr/exec"], of: label)
    }

    /// Holds for the keys that this process makes up to its next execve.
    mutating func setKeyringLabel(_ label: String) throws(StepError) {
        try writeLabel(label, to: ["thread-self/attr/keycreate"], of: label)
    }

    /// Writes a label to the first of the files that is there, in a procfs that the image can't reach: else the program
    /// could be made to run unconfined (CVE-2019-16884, CVE-2025-52881).
    private func writeLabel(_ text: String, to paths: [String], of label: String) throws(StepError) {
        let procfs = try inProcfs { () throws(PathError) in try Procfs.open(full: false) }
        for path in paths.dropLast() {
            guard let file = try? procfs.open(path, .writeOnly) else { continue }
            return try step(about: label) { () throws(CallError) in try file.writeOnce(text) }
        }
        let file = try inProcfs { () throws(PathError) in try procfs.open(paths.last ?? "", .writeOnly) }
        try step(about: label) { () throws(CallError) in try file.writeOnce(text) }
    }

    /// mqueue takes no `context=` option; its top directory is labelled instead.
    mutating func labelDirectory(_ path: String, _ label: String) throws(StepError) {
        let tree = try rootTree()
        let place = try inRootfs { () throws(PathError) in try tree.root.resolve(path) }
        try step { () throws(CallError) in
            try place.descriptor.open(".", [.readOnly, .directory]).setAttribute("security.selinux", to: label)
        }
    }
}

extension SchedulingAttributes {
    /// What a configuration asks for; the validator has refused what has no number.
    init(_ scheduler: Spec.Scheduler) {
        self.init(
            policy: scheduler.policy.number ?? 0,
            flags: (scheduler.flags ?? []).reduce(0) { $0 | ($1.bit ?? 0) },
            nice: scheduler.nice ?? 0, priority: UInt32(clamping: scheduler.priority ?? 0),
            runtime: scheduler.runtime ?? 0, deadline: scheduler.deadline ?? 0, period: scheduler.period ?? 0)
    }
}

private func inProcfs<R: ~Copyable>(_ body: () throws(PathError) -> R) throws(StepError) -> R {
    do { return try body() } catch { throw StepError(error.call, words: "at \(error.path)") }
}
