internal import LinuxKernel

/// The names of the host's users.
///
/// The C library's own look-up would load modules, which a static program can't.
struct UserNames {
    private let lines: [ArraySlice<UInt8>]

    /// Reads passwd(5); without it, users have no names.
    init(path: String = "/etc/passwd") {
        let flags: OpenFlags = [.nonBlocking, .noControllingTerminal]
        let text = (try? FileDescriptor.open(path, flags).readAll(limitBytes: 1 << 20)) ?? []
        lines = text.split(separator: UInt8(ascii: "\n"))
    }

    /// The name of a user id.
    func name(of uid: UInt32) -> String? {
        let digits = Array("\(uid)".utf8)
        for line in lines {
            let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
            if fields.count == 4, !fields[0].isEmpty, fields[2].elementsEqual(digits) {
                return String(validating: fields[0], as: UTF8.self).map { escaped($0) }
            }
        }
        return nil
    }

    /// An owner as it is shown: where it is `#` and a user id, by its name, if it has one.
    func shown(_ owner: String?) -> String {
        guard let owner else { return "" }
        guard owner.utf8.first == UInt8(ascii: "#"), let uid = UInt32(owner.dropFirst()) else { return owner }
        return name(of: uid) ?? owner
    }
}
