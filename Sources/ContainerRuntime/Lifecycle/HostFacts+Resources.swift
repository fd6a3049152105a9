internal import Cgroups
internal import LinuxKernel
internal import OCISpec
internal import Validation

extension HostFacts {
    /// The machine, with what limits of this kind need.
    static func gathered(for resources: Spec.Linux.Resources?) -> HostFacts {
        let cgroups = try? CgroupHost.detect()
        var facts = gather(cgroups)
        facts.look(atWhat: resources, needs: cgroups)
        return facts
    }

    /// Looks at what only the rarer limits need: who doesn't ask for one pays nothing.
    mutating func look(atWhat resources: Spec.Linux.Resources?, needs cgroups: CgroupHost?) {
        guard let resources else { return }
        if !(resources.hugepageLimits ?? []).isEmpty {
            hugepageSizes = HostFacts.names(in: "/sys/kernel/mm/hugepages").map { $0.compactMap(HostFacts.pageSize) }
        }
        if !(resources.rdma ?? [:]).isEmpty {
            // A kernel without RDMA has no such directory.
            rdmaDevices = HostFacts.names(in: "/sys/class/infiniband") ?? []
        }
        guard let cgroups else { return }
        if resources.blockIO?.hasWeights == true { hasBlockWeights = cgroups.hasBlockWeights() }
        if resources.memory?.swap != nil { hasSwapAccounting = cgroups.hasSwapAccounting() }
    }

    /// A size as the cgroup's files have it, from a name such as `hugepages-2048kB`.
    ///
    /// Source: the kernel's admin-guide/mm/hugetlbpage documentation; the units are those of mem_fmt in mm/hugetlb_cgroup.
    private static func pageSize(_ name: String) -> String? {
        let prefix = "hugepages-"
        let suffix = "kB"
        guard name.utf8.starts(with: prefix.utf8), name.utf8.count > prefix.utf8.count + suffix.utf8.count,
            let kilobytes = UInt64(String(decoding: name.utf8.dropFirst(prefix.utf8.count).dropLast(2), as: UTF8.self))
        else { return nil }
        switch kilobytes {
        case (1 << 20)...: return "\(kilobytes >> 20)GB"
        case (1 << 10)...: return "\(kilobytes >> 10)MB"
        default: return "\(kilobytes)KB"
        }
    }

    private static func names(in path: String) -> [String]? {
        var names: [String] = []
        do throws(CallError) {
            let directory = try FileDescriptor.open(path, [.readOnly, .directory])
            try directory.forEachEntry { name, _ in
                if let name { names.append(name) }
            }
        } catch {
            return nil
        }
        return names
    }
}

extension Spec.Linux.Resources.BlockIO {
    /// True if a weight is asked for.
    fileprivate var hasWeights: Bool { weight ?? 0 != 0 || (weightDevice ?? []).contains { $0.weight ?? 0 != 0 } }
}
