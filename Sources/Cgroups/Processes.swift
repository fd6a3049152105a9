internal import LinuxKernel

extension CgroupLayout {
    /// The processes in the container's cgroup and in those made inside it; none where it doesn't exist.
    ///
    /// Ids are those of the caller's PID namespace; processes that it doesn't know are left out.
    public func processes() throws(CgroupError) -> [Int32] {
        try roster?.processes() ?? []
    }
}

extension CgroupLayout.Place {
    /// As `CgroupLayout.processes`, in one hierarchy.
    func processes() throws(CgroupError) -> [Int32] {
        do throws(CgroupError) {
            var found: [Int32] = []
            try CgroupDirectory(self, for: .list).collectProcesses(into: &found, depth: 0)
            return found
        } catch let error where error.call?.errno == .noEntry {
            return []
        }
    }
}

extension CgroupDirectory {
    /// The kernel bounds how deep cgroups nest by the length of a path; this bounds the stack.
    static let deepest = 256

    func collectProcesses(into found: inout [Int32], depth: Int) throws(CgroupError) {
        // A threaded cgroup of version 2 has threads only (EOPNOTSUPP); their processes are listed further up.
        if let text = try listed() {
            for line in text.split(separator: UInt8(ascii: "\n")) {
                if let pid = number(line).flatMap(Int32.init(exactly:)), pid > 0 { found.append(pid) }
            }
        }
        guard depth < CgroupDirectory.deepest else { return }
        for name in try children() {
            try child(name)?.collectProcesses(into: &found, depth: depth + 1)
        }
    }

    private func listed() throws(CgroupError) -> [UInt8]? {
        do throws(CgroupError) {
            return try contents("cgroup.procs")
        } catch let error where error.call?.errno.name == "EOPNOTSUPP" {
            return nil
        }
    }
}

/// A number as the kernel writes it: decimal digits, nothing else.
func number(_ digits: some Collection<UInt8>) -> UInt64? {
    guard !digits.isEmpty else { return nil }
    var value: UInt64 = 0
    for digit in digits {
        guard (0x30...0x39).contains(digit) else { return nil }
        let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = tens.addingReportingOverflow(UInt64(digit &- 0x30))
        if overflow || carry { return nil }
        value = sum
    }
    return value
}
