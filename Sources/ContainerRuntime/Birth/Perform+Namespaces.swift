internal import LinuxKernel
internal import OCISpec

extension Walker {
    /// The process leaves the caller's session, so that no terminal can be reached through it (CVE-2017-5226); it hides
    /// its descriptors and memory from whoever is in the namespaces that it joins (CVE-2016-9962); and it can't outlive
    /// a runtime that is killed.
    mutating func settle(_ keyring: String?) throws(StepError) {
        try step { () throws(CallError) in
            try Process.dieWithParent(true)
            try Process.setDumpable(false)
            try Process.startSession()
            try Process.setName("swrun:init")
        }
        guard let keyring else { return }
        do throws(CallError) {
            try Process.joinSessionKeyring(keyring)
        } catch let error where error.errno == .notImplemented {
            return  // a kernel without keyrings has none to share
        } catch {
            throw StepError(error)
        }
    }

    mutating func joinNamespaces(_ kinds: [Spec.Linux.Namespace.Kind]) throws(StepError) {
        // The user namespace last where the caller has rights over the others, first where it gives them.
        let isRoot = Credentials.effectiveUID == 0
        let ordered = kinds.filter { ($0 == .user) != isRoot } + kinds.filter { ($0 == .user) == isRoot }
        for kind in ordered {
            let namespace = try slots.take(.namespace(kind))
            do throws(CallError) {
                try Process.join(namespace, kind: kind.cloneFlag ?? 0)
            } catch {
                throw StepError(error, words: "joining the \(kind.rawValue) namespace")
            }
        }
    }

    /// The process makes the one that goes on in its place, as a child of the runtime, and ends.
    mutating func rebirth(_ namespaces: UInt64) throws(StepError) {
        let cloned = try step { () throws(CallError) in
            try Process.clone(namespaces: namespaces, intoCgroup: nil, asSibling: true)
        }
        switch consume cloned {
        case .child: return
        case .parent(let pid, _):
            recorder.childPID = pid
            Process.exitNow(0)
        }
    }

    /// Ids first, then no groups: whoever is root here must not keep the caller's groups (CVE-2022-2989).
    mutating func becomeRoot() throws(StepError) {
        let keepsGroups = context.spec.keepsOriginalGroups
        try step { () throws(CallError) in
            do throws(CallError) {
                if !keepsGroups { try Credentials.setGroups([]) }
            } catch let error where error.errno == .notPermitted {
                // setgroups is denied where an unprivileged user wrote the mapping.
            }
            try Credentials.setGID(0)
            try Credentials.setUID(0)
            try Process.dieWithParent(true)  // cleared by the change of user
            try Process.setDumpable(false)
        }
    }
}
