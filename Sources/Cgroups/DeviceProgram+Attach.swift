internal import CLinux
internal import LinuxKernel

extension CgroupDirectories {
    /// Restricts the container to the devices of the policy, before any of its processes enters.
    ///
    /// In version 2 a program that an earlier run left is replaced in the same step: at no moment is there none.
    /// - Throws: `set` and `attachDevices` errors, and `missingController` where version 1 has no devices hierarchy.
    public func restrictDevices(to policy: DevicePolicy) throws(CgroupError) {
        guard layout.mode == .v2 else {
            try apply(try policy.version1Settings())
            return
        }
        guard let program = policy.program, let place = layout.unified else { return }
        try attach(program, to: place)
    }

    /// Attaches the program to the place's directory, instead of all those that are attached to it.
    package func attach(_ program: [BPFInstruction], to place: CgroupLayout.Place) throws(CgroupError) {
        let path = place.directory
        let directory = try during(.attachDevices, path, try open(place))
        try during(.attachDevices, path, try replacePrograms(of: directory, by: program))
    }
}

private func replacePrograms(
    of directory: borrowing FileDescriptor, by program: [BPFInstruction]
) throws(CallError) {
    let new = try descriptor(load(program.map(\.encoded)))
    let old = try attachedPrograms(of: directory)
    guard let first = old.first else {
        try bpf(sw_bpf_attach_device_program(directory.raw, new.raw, -1))
        return
    }
    // Linux 5.6 learned to replace. Before, and where there are several, the new one comes before the old ones go:
    // all that are attached must allow an access.
    var rest = old[...]
    let replaced = try descriptor(sw_bpf_program(first))
    if sw_bpf_attach_device_program(directory.raw, new.raw, replaced.raw) >= 0 {
        rest = rest.dropFirst()
    } else {
        try bpf(sw_bpf_attach_device_program(directory.raw, new.raw, -1))
    }
    for id in rest {
        let program = try descriptor(sw_bpf_program(id))
        try bpf(sw_bpf_detach_device_program(directory.raw, program.raw))
    }
}

private func load(_ instructions: [UInt64]) -> Int32 {
    func load() -> Int32 {
        unsafe sw_bpf_load_device_program(instructions, UInt32(clamping: instructions.count), nil, 0)
    }
    let result = load()
    // Before Linux 5.11 programs count as locked memory, of which little is allowed by default.
    let resource = Int32(SW_RLIMIT_MEMLOCK)
    guard result == -EPERM, Kernel.release < (5, 11), let usual = try? Process.limit(resource),
        (try? Process.setLimit(resource, soft: .max, hard: .max)) != nil
    else { return result }
    // Children, such as hooks, are to have the caller's.
    defer { try? Process.setLimit(resource, soft: usual.soft, hard: usual.hard) }
    return load()
}

/// The ids of the programs that are attached to this very cgroup, in the order in which they are asked.
private func attachedPrograms(of directory: borrowing FileDescriptor) throws(CallError) -> [UInt32] {
    // The kernel takes at most 64 (BPF_CGROUP_MAX_PROGS).
    var ids = [UInt32](repeating: 0, count: 64)
    let count = try bpf(unsafe sw_bpf_device_programs(directory.raw, &ids, UInt32(ids.count)))
    return Array(ids.prefix(Int(count)))
}

@discardableResult
private func bpf(_ result: Int32) throws(CallError) -> Int32 {
    if result < 0 { throw CallError(.bpf, Errno(rawValue: -result)) }
    return result
}

private func descriptor(_ result: Int32) throws(CallError) -> FileDescriptor {
    FileDescriptor(adopting: try bpf(result))
}
