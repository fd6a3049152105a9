internal import LinuxKernel
internal import OCISpec

extension Walker {
    /// One write for each file: the kernel takes no second one.
    mutating func mapIDs(_ uid: String?, _ gid: String?, _ denyGroups: Bool) throws(StepError) {
        guard let child else { return }
        let process = "/proc/\(child.handle.pid)"
        try step { () throws(CallError) in
            if denyGroups { try FileDescriptor.open(process + "/setgroups", .writeOnly).writeOnce("deny") }
            if let uid { try FileDescriptor.open(process + "/uid_map", .writeOnly).writeOnce(uid) }
            if let gid { try FileDescriptor.open(process + "/gid_map", .writeOnly).writeOnce(gid) }
        }
    }

    /// The helper has the privileges that the caller lacks, and checks what was granted.
    mutating func mapGrantedIDs(_ program: String, _ ranges: [String]) throws(StepError) {
        guard let child else { return }
        guard let path = MappingHelper.find(program) else {
            throw StepError(CallError(.execve, .noEntry), words: "\(program) isn't there; it is in the package uidmap")
        }
        let refusal = try step { () throws(CallError) in
            try MappingHelper.run(path, [program, "\(child.handle.pid)"] + ranges)
        }
        if let refusal { throw StepError(nil, words: refusal) }
    }

    /// A mapping travels as a user namespace.
    mutating func openIDMapping(_ number: Int, _ source: IDMappingSource) throws(StepError) {
        switch source {
        case .lines(let uid, let gid):
            slots.put(
                try step { () throws(CallError) in try UserNamespace.make(uid: uid, gid: gid) }, as: .idMapping(number))
        case .joinedNamespace:
            let joined = try held(.namespace(.user))
            slots.put(
                try step { () throws(CallError) in
                    try FileDescriptor.withNumber(joined) { (file) throws(CallError) in try file.duplicate() }
                }, as: .idMapping(number))
        }
    }

    mutating func compareIDMapping(_ uid: String, _ gid: String) throws(StepError) {
        let joined = try held(.namespace(.user))
        let found = try step { () throws(CallError) in
            try FileDescriptor.withNumber(joined) { (file) throws(CallError) in
                let mappings = try UserNamespace.mappings(of: file)
                return [mappings.uid, mappings.gid]
            }
        }
        for (kind, wanted, there) in [("users", uid, found[0]), ("groups", gid, found[1])]
        where numbers(wanted) != numbers(there) {
            throw StepError(
                nil, words: "the joined user namespace maps its \(kind) otherwise: \(oneLine(there))",
                pointer: kind == "users" ? nil : "/linux/gidMappings")
        }
    }

    mutating func mapMountSource(_ index: Int, _ mapping: Int, _ recursive: Bool) throws(StepError) {
        let number = try held(.mountSource(index))
        let namespace = try held(.idMapping(mapping))
        do throws(CallError) {
            try FileDescriptor.withNumber(number) { (source) throws(CallError) in
                try source.setIDMapping(of: namespace, recursive: recursive)
            }
        } catch {
            throw StepError(error, words: refusalOfMapping(number, error))
        }
    }

    /// Applies the mapping to a filesystem that was just made.
    func applyIDMapping(of request: MountRequest, to mount: borrowing FileDescriptor) throws(StepError) {
        guard let mapping = request.idMapping else { return }
        let namespace = try held(.idMapping(mapping.number))
        let number = mount.raw
        do throws(CallError) {
            try mount.setIDMapping(of: namespace, recursive: mapping.isRecursive)
        } catch {
            throw StepError(error, words: refusalOfMapping(number, error))
        }
    }

    /// The kernel has no words of its own for this.
    private func refusalOfMapping(_ mount: Int32, _ error: CallError) -> String {
        let type = try? FileDescriptor.withNumber(mount) { (file) throws(CallError) in try file.fileSystem() }
        let name = type.map { " (\($0.name))" } ?? ""
        switch error.errno {
        case .invalid: return "the filesystem\(name), or one below it, takes no id mapping or has one already"
        case .notPermitted: return "the filesystem\(name) belongs to a user namespace in which swrun has no rights"
        default: return ""
        }
    }

    /// The number of a descriptor that an earlier step left.
    private func held(_ slot: Slot) throws(StepError) -> Int32 {
        guard let number = slots.number(of: slot) else { throw StepError(CallError(.none, .badDescriptor)) }
        return number
    }
}

/// The numbers of each line of a mapping, in order: the kernel pads them with blanks.
private func numbers(_ text: String) -> [[UInt32]] {
    text.utf8.split(separator: UInt8(ascii: "\n")).map { line in
        line.split(separator: UInt8(ascii: " ")).compactMap { UInt32(Substring($0)) }
    }.sorted { $0.lexicographicallyPrecedes($1) }
}

private func oneLine(_ text: String) -> String {
    numbers(text).map { $0.map(String.init).joined(separator: " ") }.joined(separator: ", ")
}
