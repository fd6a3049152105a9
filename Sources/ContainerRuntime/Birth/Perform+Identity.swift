internal import LinuxKernel
internal import SafePaths

extension Walker {
    /// Each value goes, verbatim and in one write, to its one file below a procfs that the image can't reach
    /// (CVE-2022-0811, CVE-2025-52881).
    mutating func setSysctls(_ parameters: [KernelParameter]) throws(StepError) {
        let procfs = try inRootfs { () throws(PathError) in try Procfs.open(full: true) }
        for parameter in parameters {
            guard let path = Sysctl.path(forKey: parameter.key) else {
                throw StepError(nil, words: "\(parameter.key) isn't a kernel parameter")
            }
            do throws(PathError) {
                try procfs.write(parameter.value, to: path)
            } catch {
                throw StepError(error.call, words: "\(parameter.key) = \(parameter.value)")
            }
        }
    }

    mutating func setLimits(_ limits: [ResourceLimit]) throws(StepError) {
        for limit in limits {
            do throws(CallError) {
                try Process.setLimit(limit.number, soft: limit.soft, hard: limit.hard)
            } catch {
                throw StepError(error, words: "\(limit.name) to \(limit.soft):\(limit.hard)")
            }
        }
    }

    /// Lets the process's user reopen its standard streams, as `/dev/stdout`, where they are pipes.
    ///
    /// Never a file or a device: that could be the host's (CVE-2026-88265).
    mutating func ownStreams(_ uid: UInt32) throws(StepError) {
        try step { () throws(CallError) in
            for number in Int32(0)...2 {
                try FileDescriptor.withNumber(number) { (stream) throws(CallError) in
                    let status = try stream.status()
                    guard status.kind == .fifo, status.uid != uid else { return }
                    do throws(CallError) {
                        try stream.setOwner(uid: uid, gid: .max)
                    } catch let error where error.errno == .notPermitted || error.errno == .invalid {
                        // A pipe of somebody who isn't known in this user namespace stays theirs.
                    }
                }
            }
        }
    }

    /// Groups, group, bounding set, user, capabilities, in the order in which each still may be set; then what came of it
    /// is read back: a promise that isn't kept must not start a program.
    mutating func setIdentity(_ identity: Identity) throws(StepError) {
        try step { () throws(CallError) in
            Process.setUmask(identity.umask ?? context.umask)
            if let groups = identity.groups { try Credentials.setGroups(groups) }
            try Credentials.setGID(identity.gid)
            if let sets = identity.capabilities { try dropBounding(except: sets.bounding) }
            // Only a change away from root takes capabilities.
            let setsAny = identity.capabilities != nil || identity.keepsAdministration
            let keeps = setsAny && identity.uid != 0
            if keeps { try Credentials.keepCapabilities(true) }
            try Credentials.setUID(identity.uid)
            if let sets = identity.setsBeforeProgram {
                try Credentials.setCapabilities(
                    effective: sets.effective, permitted: sets.permitted, inheritable: sets.inheritable)
                try raiseAmbient(sets.ambient)
                if keeps { try Credentials.keepCapabilities(false) }
            }
            if identity.noNewPrivileges { try Process.setNoNewPrivileges() }
            if identity.uid != 0 {
                // A change of user makes the process dumpable again.
                try Process.setDumpable(false)
            }
        }
        try verify(identity)
    }

    private func dropBounding(except kept: UInt64) throws(CallError) {
        for capability in Int32(0)..<64 where kept & (1 << UInt64(capability)) == 0 {
            do throws(CallError) {
                try Credentials.dropBounding(capability)
            } catch let error where error.errno == .invalid {
                return  // beyond the last one that the kernel knows
            }
        }
    }

    private func raiseAmbient(_ ambient: UInt64) throws(CallError) {
        if ambient == 0 { return }
        for capability in Int32(0)..<64 where ambient & (1 << UInt64(capability)) != 0 {
            try Credentials.raiseAmbient(capability)
        }
    }

    private func verify(_ identity: Identity) throws(StepError) {
        let isRight = try step { () throws(CallError) in
            guard let sets = identity.setsBeforeProgram else { return true }
            let now = try Credentials.capabilities()
            return now == (sets.effective, sets.permitted, sets.inheritable)
        }
        if !isRight { throw StepError(nil, words: "the kernel reports another identity than the one that was set") }
    }

    /// Nothing of the host stays open, from here on: neither for the time at the gate nor for the program.
    mutating func closeDescriptors(from first: Int32) throws(StepError) {
        let kept = [baton.raw, slots.number(of: .gate)].compactMap(\.self) + lateHookFiles
        try step { () throws(CallError) in
            // Before the runtime gets the baton for the last time: it may be gone an instant later, and the signal of its
            // death survives execve. Should it die before the container is recorded, the baton's end says so.
            try Process.dieWithParent(false)
            do throws(CallError) {
                try FileDescriptor.closeAll(from: first, except: kept)
            } catch let error where error.errno == .notImplemented {
                try FileDescriptor.closeOnExec(from: first)
            }
        }
    }

    /// Goes to the working directory and makes sure that it is in the container: a descriptor that leaked from the host
    /// could have led elsewhere (CVE-2024-21626).
    mutating func changeDirectory(_ path: String) throws(StepError) {
        // No magic link of procfs: it could be one of the descriptors that are still open here.
        try step { () throws(CallError) in
            try FileDescriptor.open(path, [.path, .directory], resolve: .noMagicLinks).becomeCurrentDirectory()
        }
        let place = try step { () throws(CallError) in try FileDescriptor.currentDirectory() }
        guard place.utf8.first == UInt8(ascii: "/") else {
            throw StepError(nil, words: "\(path) is outside the container's root filesystem")
        }
    }
}

extension Identity {
    /// The sets until execve, which computes the program's anew from the bounding, inheritable and ambient ones: what is
    /// only permitted until then never reaches it.
    ///
    /// Source: capabilities(7), "Transformation of capabilities during execve()".
    fileprivate var setsBeforeProgram: CapabilitySets? {
        guard keepsAdministration else { return capabilities }
        // Without a list, root keeps all that it has, and another user has nothing.
        if capabilities == nil && uid == 0 { return nil }
        var sets = capabilities ?? CapabilitySets()
        let administration: UInt64 = 1 << 21  // CAP_SYS_ADMIN
        sets.effective |= administration
        sets.permitted |= administration
        return sets
    }
}
