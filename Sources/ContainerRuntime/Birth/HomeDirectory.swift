internal import LinuxKernel

/// The home directory of a user, from the image's own list of users.
///
/// The list is read as bytes, and bounded: it is hostile until proven otherwise, and no function of the C library that
/// looks users up may run here, as it would load modules from the image (CVE-2019-14271).
enum HomeDirectory {
    /// The most that is read of the list, in bytes.
    static let limitBytes = 1 << 20
    /// The longest line that is looked at, in bytes.
    private static let longestLine = 4096

    /// The directory in the first entry of the user; `/` where there is none.
    static func find(_ uid: UInt32, in list: [UInt8]) -> String {
        let wanted = Array("\(uid)".utf8)
        for line in list.split(separator: UInt8(ascii: "\n")) where line.count <= longestLine {
            // name:password:uid:gid:comment:directory:shell; a number is a number, never a name (CVE-2016-3697).
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.count >= 6, fields[2].elementsEqual(wanted) else { continue }
            guard let directory = String(validating: fields[5], as: UTF8.self), !directory.utf8.contains(0) else {
                return "/"
            }
            return directory.isEmpty ? "/" : directory
        }
        return "/"
    }
}
