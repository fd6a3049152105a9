internal import CLinux

/// User namespaces that no process of the container lives in: a mapping as a file descriptor, and a look at another's.
///
/// A namespace comes to be with a process, and its mapping can be read only through one. So a helper enters the
/// namespace, waits while it is looked at from outside, and ends.
public enum UserNamespace {
    /// Makes a user namespace with these mappings: for mounts, which take their mapping from one.
    ///
    /// - Parameters:
    ///   - uid: the lines of uid_map, user_namespaces(7).
    ///   - gid: the lines of gid_map.
    public static func make(uid: String, gid: String) throws(CallError) -> FileDescriptor {
        try withHelper(namespaces: SW_CLONE_NEWUSER, entering: nil) { (process) throws(CallError) in
            try FileDescriptor.open("/proc/\(process)/uid_map", .writeOnly).writeOnce(uid)
            try FileDescriptor.open("/proc/\(process)/gid_map", .writeOnly).writeOnce(gid)
            return try FileDescriptor.open("/proc/\(process)/ns/user", .readOnly)
        }
    }

    /// The mappings of an existing user namespace, as the caller's own sees them: the lines of uid_map and gid_map.
    public static func mappings(
        of namespace: borrowing FileDescriptor
    ) throws(CallError) -> (uid: String, gid: String) {
        let number = namespace.raw
        var uid = ""
        var gid = ""
        // What a read of a mapping gives is decided by who opens the file: this process, in its own namespace.
        let file = try withHelper(namespaces: 0, entering: number) { (process) throws(CallError) in
            let users = try FileDescriptor.open("/proc/\(process)/uid_map", .readOnly)
            uid = String(decoding: try users.readAll(limitBytes: 64 << 10), as: UTF8.self)
            let groups = try FileDescriptor.open("/proc/\(process)/gid_map", .readOnly)
            gid = String(decoding: try groups.readAll(limitBytes: 64 << 10), as: UTF8.self)
            return groups
        }
        file.close()
        return (uid, gid)
    }

    /// Calls `body` with the number of a process that is in a user namespace of its own, or in the one that `number`
    /// holds.
    private static func withHelper(
        namespaces: UInt64, entering number: Int32?, _ body: (Int32) throws(CallError) -> FileDescriptor
    ) throws(CallError) -> FileDescriptor {
        let ready = try FileDescriptor.pipe()
        let done = try FileDescriptor.pipe()
        let tellReady = ready.second
        let isReady = ready.first
        let sayDone = done.second
        let isDone = done.first
        let cloned = try Process.clone(namespaces: namespaces)
        switch consume cloned {
        case .child:
            // The end of the caller, however it comes, is the end of the pipe.
            sayDone.close()
            var answer: UInt8 = 0
            if let number { answer = enter(number) }
            try? tellReady.writeAll([answer])  // a caller who is gone needs no answer
            var byte: [UInt8] = [0]
            _ = try? isDone.read(into: &byte)
            Process.exitNow(0)
        case .parent(let pid, let process):
            let helper = ProcessHandle(pid: pid, adopting: process)
            tellReady.close()
            var result = -1 as Int32
            var failure: CallError?
            do throws(CallError) {
                var answer: [UInt8] = [0]
                if try isReady.read(into: &answer) == 0 { throw CallError(.clone3, .noProcess) }
                if answer[0] != 0 { throw CallError(.setns, Errno(rawValue: Int32(answer[0]))) }
                result = try body(pid).release()
            } catch {
                failure = error
            }
            sayDone.close()
            try helper.wait()
            if let failure { throw failure }
            return FileDescriptor(adopting: result)
        }
    }

    /// Enters the user namespace that a descriptor holds, and answers 0 or the errno.
    private static func enter(_ number: Int32) -> UInt8 {
        do throws(CallError) {
            try FileDescriptor.withNumber(number) { (namespace) throws(CallError) in
                try Process.join(namespace, kind: SW_CLONE_NEWUSER)
            }
            return 0
        } catch {
            return UInt8(truncatingIfNeeded: error.errno.rawValue)
        }
    }
}
