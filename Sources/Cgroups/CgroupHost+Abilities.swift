internal import LinuxKernel

extension CgroupHost {
    /// Whether groups can have weights for block I/O; nil where that can't be seen before a group is made.
    ///
    /// They need a scheduler with weights: CFQ up to Linux 4.20, BFQ, or the controller io.cost of version 2.
    public func hasBlockWeights() -> Bool? {
        if mode == .v2 {
            guard let root = hierarchies.first?.mountPoint else { return nil }
            if FileDescriptor.isThere(root + "/io.cost.qos") { return true }
            // The root has no file of BFQ's, its children have.
            return CgroupHost.childrenHave("io.bfq.weight", beside: "io.max", below: root)
        }
        guard let root = hierarchy(of: "blkio")?.mountPoint else { return nil }
        return ["blkio.bfq.io_serviced", "blkio.weight"].contains { FileDescriptor.isThere(root + "/" + $0) }
    }

    /// Whether swap is counted; nil where that can't be seen before a group is made.
    public func hasSwapAccounting() -> Bool? {
        if mode == .v2 {
            guard let root = hierarchies.first?.mountPoint else { return nil }
            return CgroupHost.childrenHave("memory.swap.max", beside: "memory.max", below: root)
        }
        guard let root = hierarchy(of: "memory")?.mountPoint else { return nil }
        return FileDescriptor.isThere(root + "/memory.memsw.limit_in_bytes")
    }

    private func hierarchy(of controller: String) -> Hierarchy? {
        hierarchies.first { $0.controllers.contains(controller) }
    }

    /// Whether a child of the directory has the file; nil where none has the other one, which its controller always has.
    private static func childrenHave(_ file: String, beside other: String, below path: String) -> Bool? {
        var names: [String] = []
        do throws(CallError) {
            try FileDescriptor.open(path, [.readOnly, .directory]).forEachEntry { name, kind in
                if let name, kind == .directory { names.append(name) }
            }
        } catch {
            return nil
        }
        guard let child = names.first(where: { FileDescriptor.isThere("\(path)/\($0)/\(other)") }) else { return nil }
        return FileDescriptor.isThere("\(path)/\(child)/\(file)")
    }
}

extension FileDescriptor {
    /// Whether something can be found at a path; what can't be looked at counts as missing.
    fileprivate static func isThere(_ path: String) -> Bool { (try? status(of: path)) != nil }
}
