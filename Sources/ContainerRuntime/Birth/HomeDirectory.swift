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

    /// The variable of the environment for a user without an entry.
    static let unknown = "HOME=/"

    /// The variable of the environment that names the directory in the first entry of the user.
    static func variable(_ uid: UInt32, in list: [UInt8]) -> String {
        var start = 0
        while start < list.count {
            let end = list[start...].firstIndex(of: UInt8(ascii: "\n")) ?? list.count
            if end - start <= longestLine, let directory = directory(of: uid, in: list[start..<end]) {
                guard !directory.isEmpty, !directory.contains(0) else { return unknown }
                var text = Array("HOME=".utf8)
                text += directory
                return String(checking: text[...]) ?? unknown
            }
            start = end + 1
        }
        return unknown
    }

    /// The directory in an entry, `name:password:uid:gid:comment:directory:shell`; nil if it is another user's.
    private static func directory(of uid: UInt32, in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var field = 0
        var start = line.startIndex
        for end in line.startIndex...line.endIndex
        where end == line.endIndex || line[end] == UInt8(ascii: ":") {
            if field == 2 && !isNumber(line[start..<end], uid) { return nil }
            if field == 5 { return line[start..<end] }
            field += 1
            start = end + 1
        }
        return nil
    }

    /// True for the number as it is written without leading zeros; never for a name (CVE-2016-3697).
    private static func isNumber(_ text: ArraySlice<UInt8>, _ number: UInt32) -> Bool {
        var rest = number
        var digits = text
        repeat {
            guard digits.popLast() == UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10) else { return false }
            rest /= 10
        } while rest > 0
        return digits.isEmpty
    }
}
