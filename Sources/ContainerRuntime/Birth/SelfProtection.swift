internal import LinuxKernel
internal import OCISpec
internal import Validation

/// Keeps a container from overwriting swrun's own file (CVE-2019-5736).
///
/// A container can hold the file that its first process was executed from, or execute it again, and open it for writing
/// once nobody executes it any more. So what the container can reach must not be writable:
///
/// - A read-only detached copy of the mount that the file is in: 0.01 ms and one execve. It holds against everybody who
///   lacks CAP_SYS_ADMIN over the host's mounts; with it, mount_setattr could make the copy writable again.
/// - A sealed copy of the file in memory, for a container that gets this capability: some milliseconds, and the file's
///   size in memory, but nothing undoes a seal.
///
/// That it was done is seen from the file that runs, never from a variable that a caller could set.
enum SelfProtection {
    private static let ownFile = "/proc/self/exe"

    /// Goes on in the cheaper protection, before anything of the container is looked at.
    ///
    /// Done already, as a rule, before the C library has started: see entry.c.
    static func begin() throws(Failure) {
        do throws(CallError) {
            if try isProtected() { return }
            do throws(CallError) {
                let copy = try FileDescriptor.openTree(ownFile, recursive: false)
                try copy.setMountAttributes(set: .readOnly)
                try Process.executeAgain(copy)
            } catch let error where error.errno == .notPermitted || error.errno == .notImplemented {
                try executeSealedCopy()  // without privileges over mounts
            }
        } catch {
            throw Failure(.selfProtectionFailed, "cannot protect swrun's own file", call: error)
        }
    }

    /// Goes on in the stronger protection where the configuration at hand needs it.
    static func complete(for config: BirthConfig) throws(Failure) {
        guard config.mayUndoMountFlags else { return }
        do throws(CallError) {
            if try FileDescriptor.open(ownFile, []).isSealed { return }
            try executeSealedCopy()
        } catch {
            throw Failure(.selfProtectionFailed, "cannot make a sealed copy of swrun's own file", call: error)
        }
    }

    private static func isProtected() throws(CallError) -> Bool {
        let filesystem = try FileDescriptor.fileSystem(of: ownFile)
        if filesystem.readOnly { return true }
        guard filesystem.magic == .tmpfs else { return false }  // where memory files are
        return try FileDescriptor.open(ownFile, []).isSealed
    }

    private static func executeSealedCopy() throws(CallError) {
        let copy = try FileDescriptor.memoryFile("swrun", sealable: true)
        _ = try copy.copy(from: FileDescriptor.open(ownFile, []))
        try copy.sealForever()
        try Process.executeAgain(copy)
    }
}

extension BirthConfig {
    /// True if a process of the container may get CAP_SYS_ADMIN where the host's mounts belong.
    var mayUndoMountFlags: Bool {
        guard !hasUserNamespace else { return false }
        guard let sets = spec.process?.capabilities else { return host.capabilities & (1 << 21) != 0 }
        func allows(_ set: [String]?) -> Bool { set?.contains { $0.utf8.elementsEqual("CAP_SYS_ADMIN".utf8) } ?? false }
        return allows(sets.bounding) || allows(sets.effective) || allows(sets.permitted) || allows(sets.inheritable)
            || allows(sets.ambient)
    }
}
