internal import Cgroups
internal import JSONCodec
internal import LinuxKernel
internal import OCISpec
internal import Validation

extension Container {
    /// Sets new limits: all that are asked for, or none.
    ///
    /// What is new is judged together with what the container has, written to its cgroup, and kept, so that the next
    /// update joins with it.
    func update(
        with new: Spec.Linux.Resources, rdt: Spec.Linux.IntelRdt?, _ warn: (String) -> Void
    ) throws(Failure) {
        let lock = try directory.lock()
        // What was read before the lock may be old by now.
        let now = try Container(reading: directory)
        guard next(try now.currentStatus(), on: .update) != nil else {
            throw Failure(.wrongState, "container not running: \(directory.id)", at: .container(directory.id))
        }
        var spec = try directory.configuration()
        let change = try ResctrlChange(rdt, of: now, in: &spec)
        let settings = try change != nil && new == .init() ? [] : now.settings(for: new, in: &spec, warn)
        if settings.isEmpty && change == nil { return }
        // The new configuration takes its place only if the limits are set; a disk that is full shows before.
        try directory.replaceConfiguration(document(spec), holding: lock) { () throws(Failure) in
            guard let change else { return try now.replace(settings) }
            try change.apply(to: now, holding: lock) { () throws(Failure) in try now.replace(settings) }
        }
        let own = now.record?.swrun
        guard !settings.isEmpty, let unit = own?.unit, let layout = own?.cgroup else { return }
        // The limits hold; systemd would only set them back when it is reloaded.
        do throws(CgroupError) { try unit.tell(settings, of: layout) } catch { warn(Failure(error).message) }
    }

    /// What is to be written to the cgroup for new limits, which the configuration has afterwards.
    private func settings(
        for new: Spec.Linux.Resources, in spec: inout Spec, _ warn: (String) -> Void
    ) throws(Failure) -> [CgroupSetting] {
        guard let layout = record?.swrun.cgroup else {
            throw Failure(
                .wrongState, "container \(directory.id) has no cgroup that could be limited",
                at: .container(directory.id))
        }
        let merge = ResourceMerge(spec.linux?.resources ?? .init(), with: new)
        try merge.judge(inside: spec, warn)
        let settings = try merge.settings(on: layout)
        spec.linux = spec.linux ?? .init()
        spec.linux?.resources = merge.whole
        return settings
    }

    /// Writes to the cgroup, all or nothing.
    private func replace(_ settings: [CgroupSetting]) throws(Failure) {
        guard !settings.isEmpty, let layout = record?.swrun.cgroup else { return }
        do throws(CgroupReplacementError) {
            try layout.replace(settings)
        } catch {
            var failure = Failure(error.cause)
            if let first = error.unrestored.first {
                failure.hint =
                    "and \(first.path)/\(first.file ?? "") could not be set back to \(first.value ?? "what it was")"
            }
            throw failure
        }
    }
}

extension ResourceMerge {
    /// - Throws: `configRejected` with what is wrong with the limits as a whole.
    fileprivate func judge(inside spec: Spec, _ warn: (String) -> Void) throws(Failure) {
        var findings = validate(whole, inside: spec, on: HostFacts.gathered(for: whole))
        for index in findings.indices { findings[index].pointer = "/linux/resources" + findings[index].pointer }
        if findings.contains(where: { $0.severity == .error }) {
            throw Failure(.configRejected, "the new limits can't be used", findings: findings)
        }
        let known = Set(validate(change, inside: spec, on: HostFacts.gathered(for: change)).map(\.pointer))
        for finding in findings where known.contains(String(finding.pointer.dropFirst("/linux/resources".utf8.count))) {
            warn("\(finding.pointer): \(finding.problem); \(finding.remedy) [\(finding.section)]")
        }
    }

    fileprivate func settings(on layout: CgroupLayout) throws(Failure) -> [CgroupSetting] {
        var change = change
        // Version 1 bounds the sum of memory and swap, and both are written in the order that the kernel takes; in version
        // 2 swap has a limit of its own, which stays as with runc and crun.
        if leavesSwap, layout.mode == .v2 { change.memory?.swap = nil }
        do throws(CgroupError) {
            var settings = try CgroupSetting.settings(for: change, on: layout)
            if change.memory?.disableOOMKiller == false, layout.mode != .v2 {
                // At a birth that is what there is anyway.
                settings.append(
                    CgroupSetting(
                        "memory", "memory.oom_control", "0", pointer: "/linux/resources/memory/disableOOMKiller"))
            }
            return settings
        } catch {
            throw Failure(error)
        }
    }
}

/// New limits as JSON: the `resources` of a configuration by themselves.
enum ResourceDocument {
    /// Reads a document from a file; `-` is standard input.
    static func read(_ path: String) throws(Failure) -> Spec.Linux.Resources {
        let isInput = path.utf8.elementsEqual("-".utf8)
        let name = isInput ? "standard input" : path
        let text: [UInt8]
        do throws(CallError) {
            if isInput {
                text = try FileDescriptor.withNumber(0) { (input) throws(CallError) in
                    try input.readAll(limitBytes: limitBytes)
                }
            } else {
                // A FIFO is all right, as a shell's <(…) is one.
                text = try FileDescriptor.open(path, [.noControllingTerminal]).readAll(limitBytes: limitBytes)
            }
        } catch {
            throw Failure(
                .optionUnusable, "cannot read the new limits from \(name)", at: .option("resources"), call: error,
                hint: error.errno == .fileTooLarge ? "they have at most 1 MiB" : nil)
        }
        do throws(JSONError) {
            return try JSONDecoder().decode(Spec.Linux.Resources.self, from: text)
        } catch {
            throw Failure(
                .optionUnusable, "cannot understand the new limits from \(name): \(error)", at: .option("resources"))
        }
    }

    private static let limitBytes = 1 << 20
}
