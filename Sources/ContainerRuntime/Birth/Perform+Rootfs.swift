internal import LinuxKernel
internal import OCISpec
internal import SafePaths

extension Walker {
    func rootTree() throws(StepError) -> RootTree {
        guard let tree else { throw StepError(CallError(.none, .badDescriptor)) }
        return tree
    }

    mutating func isolateMounts() throws(StepError) {
        try step { () throws(CallError) in try FileDescriptor.setPropagationOfAllMounts(.private) }
    }

    /// The detached copy of the rootfs becomes a mount of this namespace, where hooks expect it.
    mutating func attachRootfs(_ path: String) throws(StepError) {
        let mount = try slots.take(.rootfs)
        try step { () throws(CallError) in try mount.attach(toPath: path) }
        tree = RootTree(adopting: mount)
    }

    /// Without a mount namespace nothing can be mounted: the directory itself is held.
    mutating func enterRootfs(_ path: String) throws(StepError) {
        let directory = try step { () throws(CallError) in try FileDescriptor.open(path, [.path, .directory]) }
        tree = RootTree(adopting: directory)
    }

    mutating func switchRoot(_ method: RootSwitch) throws(StepError) {
        let tree = try rootTree()
        try step { () throws(CallError) in
            switch method {
            case .pivot: try tree.root.descriptor.pivotRoot()
            case .move: try tree.root.descriptor.moveRoot()
            case .chroot:
                try tree.root.descriptor.becomeCurrentDirectory()
                try FileDescriptor.changeRoot(".")
            }
        }
    }

    mutating func setRootPropagation(_ propagation: Spec.Linux.Propagation) throws(StepError) {
        let kind: MountPropagation =
            switch propagation {
            case .shared: .shared
            case .slave: .slave
            case .private: .private
            case .unbindable: .unbindable
            case .unknown: .unchanged
            }
        let tree = try rootTree()
        try step { () throws(CallError) in
            try tree.root.descriptor.setMountAttributes(propagation: kind)
        }
    }

    /// By the mount that is held, not by a name: the container's own procfs could lie about it (CVE-2026-115521).
    mutating func makeRootReadOnly() throws(StepError) {
        let tree = try rootTree()
        try step { () throws(CallError) in try tree.root.descriptor.setMountAttributes(set: .readOnly) }
    }

    /// Missing working directories are made, as callers of runc expect; before the root may become read-only.
    mutating func makeWorkingDirectory(_ path: String) throws(StepError) {
        let tree = try rootTree()
        do throws(PathError) {
            _ = try tree.root.makeDirectories(path, mode: 0o755)
        } catch let error where error.kind == .forbiddenLink || error.call.errno == .readOnly {
            // What can't be made or seen from here shows when the process goes there.
        } catch {
            throw StepError(error)
        }
    }

    /// Covers a file with the host's null device and a directory with an empty one; what is missing needs no cover.
    ///
    /// The null device is the host's, never the image's (CVE-2025-31133).
    mutating func maskPath(_ path: String) throws(StepError) {
        let tree = try rootTree()
        guard let target = try inRootfs({ () throws(PathError) in try tree.root.resolveIfPresent(path) }) else {
            return
        }
        let isDirectory = try step { () throws(CallError) in try target.status().kind == .directory }
        let cover = isDirectory ? try emptyDirectory() : try nullDevice()
        try step { () throws(CallError) in try cover.attach(to: target.descriptor) }
        if isDirectory && slots.number(of: .emptyDirectory) == nil { slots.put(cover, as: .emptyDirectory) }
    }

    private func nullDevice() throws(StepError) -> FileDescriptor {
        guard let number = slots.number(of: .nullDevice) else { throw StepError(CallError(.none, .badDescriptor)) }
        return try step { () throws(CallError) in try FileDescriptor.openTree(of: number) }
    }

    /// One empty filesystem serves all masked directories: cheap to make, and nothing to fill.
    private func emptyDirectory() throws(StepError) -> FileDescriptor {
        if let number = slots.number(of: .emptyDirectory) {
            return try step { () throws(CallError) in try FileDescriptor.openTree(of: number) }
        }
        return try step { () throws(CallError) in
            let filesystem = try FilesystemContext(type: "tmpfs")
            if let maskLabel { try filesystem.set(maskLabel.key, to: maskLabel.label) }
            try filesystem.create()
            return try filesystem.mount([.readOnly, .noSetuid, .noDevices, .noExecution])
        }
    }

    /// A copy of the tree at the path, made read-only while nobody sees it, covers it (GHSA-3q8j-pf29-vwv8).
    mutating func protectPath(_ path: String) throws(StepError) {
        let tree = try rootTree()
        guard let target = try inRootfs({ () throws(PathError) in try tree.root.resolveIfPresent(path) }) else {
            return
        }
        try step { () throws(CallError) in
            try target.descriptor.openTree(set: .readOnly).attach(to: target.descriptor)
        }
    }
}
