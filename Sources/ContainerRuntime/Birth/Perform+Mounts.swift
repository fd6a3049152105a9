internal import LinuxKernel
internal import OCISpec
internal import SafePaths

extension Walker {
    /// Mounts one entry of the configuration.
    mutating func mount(_ request: MountRequest) throws(StepError) {
        forgetDevices(unlessBeside: request.destination)
        if request.isRemount {
            try remount(request)
        } else if request.isBind {
            try bind(request)
        } else {
            do throws(StepError) {
                if request.needsDetachedMount { try mountDetached(request) } else { try mountInPlace(request) }
            } catch {
                guard let path = request.substitute, error.call?.errno == .notPermitted else { throw error }
                try bindSubstitute(path, request)
            }
        }
    }

    /// The directory on which a filesystem is mounted, made where it is missing.
    ///
    /// For procfs and sysfs no link is followed: the mount would land elsewhere, and what is later written to `/proc`
    /// would go to files of the image (CVE-2019-19921, CVE-2023-27561).
    private func directory(for request: MountRequest) throws(StepError) -> Handle {
        let tree = try rootTree()
        return try inRootfs { () throws(PathError) in
            switch request.type {
            case "proc", "sysfs": try tree.root.directoryWithoutLinks(request.destination, making: 0o755)
            default: try tree.root.makeDirectories(request.destination, mode: 0o755)
            }
        }
    }

    /// mount(2) in the held directory: the fewest calls, and no path that somebody could exchange.
    private mutating func mountInPlace(_ request: MountRequest) throws(StepError) {
        let name = freshDevices == nil ? nil : nameInDevices(request.destination)
        let held = name == nil ? try directory(for: request).take() : nil
        do throws(CallError) {
            if let freshDevices, let name {
                // Nobody else has put anything into this tmpfs, so its names can be trusted.
                if !standsInDevices { try freshDevices.descriptor.becomeCurrentDirectory() }
                standsInDevices = true
                do throws(CallError) {
                    try freshDevices.descriptor.makeDirectory(name, mode: 0o755)
                } catch let error where error.errno == .exists {
                    // By an earlier mount on the same place.
                }
            } else {
                standsInDevices = false
                try held?.becomeCurrentDirectory()
            }
            try FileDescriptor.mountOn(
                name ?? ".", request.source, type: request.type, flags: request.mountFlags, options: request.data)
        } catch {
            throw StepError(error, words: kernelWords(about: request))
        }
        if request.type == "tmpfs", request.destination.utf8.elementsEqual("/dev".utf8) {
            freshDevices = try deviceDirectory()
        }
    }

    /// What belongs to a network namespace that isn't the container's own can't be mounted by its root; the host's tree
    /// shows the same, and what is mounted below it must not have more rights than the mount that was asked for.
    private func bindSubstitute(_ path: String, _ request: MountRequest) throws(StepError) {
        let covered = try directory(for: request)
        try step(about: path) { () throws(CallError) in
            let tree = try FileDescriptor.openTree(path, recursive: true)
            try apply(request.attributes, to: tree, recursive: true)
            try apply(request.recursiveAttributes, to: tree, recursive: true)
            try apply(request.propagations, to: tree)
            try tree.attach(to: covered.descriptor)
        }
    }

    /// Forgets the fresh `/dev` where a mount may have covered it, by its own name or through a link of the image.
    private mutating func forgetDevices(unlessBeside destination: String) {
        let harmless =
            destination.begins(with: "/dev/") || destination.begins(with: "/proc") || destination.begins(with: "/sys")
        if !harmless { freshDevices = nil }
        standsInDevices = standsInDevices && freshDevices != nil
    }

    /// Mounts a filesystem over the root, where it is found again through the path as the kernel sees it from above.
    ///
    /// By mount(2): a value of fsconfig(2) has at most 255 bytes, too few for the directories of an overlay.
    mutating func coverRootfs(_ request: MountRequest, _ path: String) throws(StepError) {
        let covered = try rootTree()
        do throws(CallError) {
            try covered.root.descriptor.becomeCurrentDirectory()
            try FileDescriptor.mountOn(
                ".", request.source, type: request.type, flags: request.mountFlags, options: request.data)
        } catch {
            throw StepError(error, words: kernelWords(about: request))
        }
        try step { () throws(CallError) in
            let cover = try FileDescriptor.open(path, [.path, .directory])
            // The same file would mean that the path leads elsewhere by now.
            if try cover.status().isSameFile(as: covered.root.descriptor.status()) {
                throw CallError(.open, .stale)
            }
            tree = RootTree(adopting: cover)
        }
        if request.idMapping != nil { try mapRootfs(request) }
    }

    /// A mount that can be seen takes no mapping any more: a copy of it, mapped while nobody sees it, covers it.
    private mutating func mapRootfs(_ request: MountRequest) throws(StepError) {
        let visible = try rootTree()
        let copy = try step { () throws(CallError) in try visible.root.descriptor.openTree(recursive: false) }
        try applyIDMapping(of: request, to: copy)
        try step { () throws(CallError) in try copy.attach(to: visible.root.descriptor) }
        tree = RootTree(adopting: copy)
    }

    /// A mount that is finished before anybody can see it.
    private mutating func mountDetached(_ request: MountRequest) throws(StepError) {
        let target = try directory(for: request)
        let mount = try makeFilesystem(request)
        if request.copiesUp {
            do throws(PathError) {
                try copyTree(from: target, to: mount, withTop: !request.setsTopDirectory)
            } catch {
                throw StepError(error)
            }
        }
        try applyIDMapping(of: request, to: mount)
        try step { () throws(CallError) in
            let attributes = MountAttributes(rawValue: request.attributes.set)
            if request.copiesUp && !attributes.isEmpty { try mount.setMountAttributes(set: attributes) }
            try apply(request.recursiveAttributes, to: mount, recursive: true)
            try apply(request.propagations, to: mount)
            try mount.attach(to: target.descriptor)
        }
    }

    private func makeFilesystem(_ request: MountRequest) throws(StepError) -> FileDescriptor {
        let context = try step { () throws(CallError) in try FilesystemContext(type: request.type) }
        do throws(CallError) {
            try configure(context, request)
            // What is to be copied up can't go into a read-only mount.
            return try context.mount(
                request.copiesUp ? [] : MountAttributes(rawValue: request.attributes.set))
        } catch {
            throw StepError(error, words: context.kernelWords())
        }
    }

    private func configure(_ context: borrowing FilesystemContext, _ request: MountRequest) throws(CallError) {
        if !request.source.isEmpty { try context.set("source", to: request.source) }
        for option in MountOption.all {
            guard case .superblock(let parameter?, let bit, true) = option.effect else { continue }
            if request.superblockBits & bit != 0 { try context.set(flag: parameter) }
        }
        for option in request.data {
            guard let separator = option.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                try context.set(flag: option)
                continue
            }
            let value = option.utf8[option.utf8.index(after: separator)...]
            try context.set(
                String(option[..<separator]), to: String(decoding: value, as: UTF8.self))
        }
        try context.create()
    }

    /// What the kernel says about a filesystem that it refused: found out afterwards, at no cost to success.
    private func kernelWords(about request: MountRequest) -> String {
        guard let context = try? FilesystemContext(type: request.type) else { return "" }
        do throws(CallError) { try configure(context, request) } catch { return context.kernelWords() }
        return ""
    }

    private mutating func bind(_ request: MountRequest) throws(StepError) {
        let tree = try rootTree()
        let source = try slots.take(.mountSource(request.index))
        try refuseDisguise(of: request, source)
        var found = try inRootfs { () throws(PathError) in try tree.root.resolveIfPresent(request.destination) }
        if found == nil {
            let isDirectory = try step { () throws(CallError) in try source.status().kind == .directory }
            found = try inRootfs { () throws(PathError) in
                isDirectory
                    ? try tree.root.makeDirectories(request.destination, mode: 0o755)
                    : try tree.root.makeFile(request.destination)
            }
        }
        guard let target = found else { return }
        do throws(CallError) {
            try apply(request.attributes, to: source, recursive: false)
            try apply(request.recursiveAttributes, to: source, recursive: true)
            try apply(request.propagations, to: source)
            try source.attach(to: target.descriptor)
        } catch {
            throw refusal(error, of: source, on: target)
        }
    }

    /// move_mount(2) has EINVAL for many things; where a directory and something else were to be put together, it becomes
    /// ENOTDIR, as mount(2) says it: Docker looks for its words.
    private func refusal(
        _ error: CallError, of source: borrowing FileDescriptor, on target: borrowing Handle
    ) -> StepError {
        if error.call == .moveMount, error.errno == .invalid, let mounted = try? source.status().kind,
            let covered = try? target.descriptor.status().kind, (mounted == .directory) != (covered == .directory)
        {
            let words =
                mounted == .directory
                ? "the source is a directory, and the destination is none"
                : "the destination is a directory, and the source is none"
            return StepError(CallError(.moveMount, .notDirectory), words: words)
        }
        return StepError(error)
    }

    private func apply(
        _ change: AttributeChange, to mount: borrowing FileDescriptor, recursive: Bool
    ) throws(CallError) {
        if change.isEmpty { return }
        try mount.setMountAttributes(
            set: MountAttributes(rawValue: change.set), clear: MountAttributes(rawValue: change.clear),
            recursive: recursive)
    }

    private func apply(_ changes: [PropagationChange], to mount: borrowing FileDescriptor) throws(CallError) {
        for change in changes {
            try mount.setMountAttributes(
                propagation: MountPropagation(rawValue: change.bit) ?? .unchanged, recursive: change.recursive)
        }
    }

    /// What is bound on `/proc` must be procfs, or later writes there would go to files of somebody's choice
    /// (CVE-2019-16884); below it only the files that are commonly emulated may be replaced.
    private func refuseDisguise(of request: MountRequest, _ source: borrowing FileDescriptor) throws(StepError) {
        let parts = request.destination.utf8.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
        guard let first = parts.first, first.elementsEqual("proc".utf8) else { return }
        let rest = parts.dropFirst().map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
        if rest.isEmpty {
            let magic = try step { () throws(CallError) in try source.fileSystem() }
            if magic == .proc { return }
            throw StepError(nil, words: "only procfs may be bound on /proc; \(request.source) is on another filesystem")
        }
        if emulatedFiles.contains(rest) { return }
        throw StepError(
            nil,
            words:
                "nothing may be mounted on /\(parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/"))"
        )
    }

    private mutating func remount(_ request: MountRequest) throws(StepError) {
        let tree = try rootTree()
        let target = try inRootfs { () throws(PathError) in try tree.root.resolve(request.destination) }
        try step { () throws(CallError) in
            try apply(request.attributes, to: target.descriptor, recursive: false)
            try apply(request.recursiveAttributes, to: target.descriptor, recursive: true)
            try apply(request.propagations, to: target.descriptor)
        }
        guard !request.isBind, !request.data.isEmpty else { return }
        let context = try step { () throws(CallError) in try FilesystemContext(reconfiguring: target.descriptor) }
        do throws(CallError) {
            for option in request.data {
                let parts = option.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1)
                    .map { String(decoding: $0, as: UTF8.self) }
                if parts.count == 2 { try context.set(parts[0], to: parts[1]) } else { try context.set(flag: option) }
            }
            try context.reconfigure()
        } catch {
            throw StepError(error, words: context.kernelWords())
        }
    }

    /// The container's cgroups: one mount for v2; for v1 a tmpfs with a directory for each hierarchy.
    mutating func mountCgroups(_ request: MountRequest, _ view: CgroupView) throws(StepError) {
        switch view {
        case .unified:
            var unified = request
            unified.type = "cgroup2"
            do throws(StepError) {
                try mount(unified)
            } catch let error where error.call?.errno == .busy {
                try coverCgroups(request)
            }
        case .hierarchies(let points), .bound(let points):
            if points.count == 1, points[0].name.isEmpty {
                try bindCgroup(points[0], on: try directory(for: request), request)
                return
            }
            var isFresh = false
            if case .hierarchies = view { isFresh = true }
            try mountHierarchies(points, request, fresh: isFresh)
        }
    }

    /// Where the host's `/sys` was bound, its cgroups are there already, and mount(2) takes no filesystem twice in one
    /// place; a detached mount is moved over them, and shows the container's own part only (CVE-2023-25809).
    private mutating func coverCgroups(_ request: MountRequest) throws(StepError) {
        standsInDevices = false
        let covered = try directory(for: request)
        try step { () throws(CallError) in
            let filesystem = try FilesystemContext(type: "cgroup2")
            try filesystem.create()
            let own = try filesystem.mount()
            try apply(request.attributes, to: own, recursive: false)
            try own.attach(to: covered.descriptor)
        }
    }

    private mutating func mountHierarchies(
        _ points: [CgroupMountPoint], _ request: MountRequest, fresh: Bool
    ) throws(StepError) {
        standsInDevices = false
        let covered = try directory(for: request)
        try step { () throws(CallError) in
            try covered.descriptor.becomeCurrentDirectory()
            try FileDescriptor.mountOn(
                ".", "cgroup", type: "tmpfs", flags: request.mountFlags & ~UInt64(1),
                data: request.data.reduce("mode=755") { $0 + "," + $1 })
        }
        let tmpfs = try directory(for: request).take()
        // Nobody else sees this fresh tmpfs yet, so names in it can be trusted.
        try step { () throws(CallError) in try tmpfs.becomeCurrentDirectory() }
        for point in points where !point.isUnified {
            do throws(CallError) {
                try tmpfs.makeDirectory(point.name, mode: 0o755)
                if fresh {
                    try FileDescriptor.mountOn(
                        point.name, "cgroup", type: "cgroup", flags: request.mountFlags, data: point.options)
                } else {
                    let own = try FileDescriptor.openTree(point.directory, recursive: false)
                    try apply(request.attributes, to: own, recursive: false)
                    try own.attach(toPath: point.name)
                }
                for link in point.links { try tmpfs.makeSymlink(link, to: point.name) }
            } catch {
                throw StepError(error, words: "for the hierarchy \(point.name)")
            }
        }
        if request.attributes.set & MountOption.Attribute.readOnly != 0 {
            try step { () throws(CallError) in try tmpfs.setMountAttributes(set: .readOnly) }
        }
    }

    private func bindCgroup(
        _ point: CgroupMountPoint, on target: borrowing Handle, _ request: MountRequest
    ) throws(StepError) {
        try step { () throws(CallError) in
            let own = try FileDescriptor.openTree(point.directory, recursive: false)
            try apply(request.attributes, to: own, recursive: false)
            try own.attach(to: target.descriptor)
        }
    }
}

/// The files of procfs that programs such as lxcfs emulate, and that may be bound over.
private let emulatedFiles: Set<String> = [
    "cpuinfo", "diskstats", "loadavg", "meminfo", "slabinfo", "stat", "swaps", "uptime", "sys/kernel/ns_last_pid",
    "sys/crypto/fips_enabled",
]

extension MountRequest {
    /// True if it is a filesystem of its own in the place of the root.
    var coversRoot: Bool {
        !isBind && !isRemount && index == 0 && destination.utf8.allSatisfy { $0 == UInt8(ascii: "/") }
    }

    /// True if mount(2) can't express it, or shouldn't: what is filled first, what has flags for the mounts below it, and
    /// an option with a comma, which in one string of options would become two (CVE-2022-0811 was of this kind).
    var needsDetachedMount: Bool {
        copiesUp || idMapping != nil || !recursiveAttributes.isEmpty || !propagations.isEmpty
            || data.contains { $0.utf8.contains(UInt8(ascii: ",")) }
    }

    /// True if the options say what the top directory of the filesystem is like.
    var setsTopDirectory: Bool {
        data.contains { option in ["mode=", "uid=", "gid="].contains { option.utf8.starts(with: $0.utf8) } }
    }

    /// The flags of mount(2).
    var mountFlags: UInt64 {
        let set = attributes.set
        var flags = set & 0x0F | superblockBits  // RDONLY, NOSUID, NODEV and NOEXEC have the same bits in both
        if set & MountOption.Attribute.noSymlinks != 0 { flags |= 1 << 8 }
        if set & MountOption.Attribute.noDirectoryAccessTime != 0 { flags |= 1 << 11 }
        switch set & MountOption.AccessTime.mask {
        case MountOption.AccessTime.never.rawValue: flags |= 1 << 10
        case MountOption.AccessTime.strict.rawValue: flags |= 1 << 24
        default: break
        }
        return flags
    }
}
