internal import CRootfs
internal import Glibc

/// What is mounted, in whatever namespace: the kernel knows who uses a tree, no list has to be kept.
enum MountScan {
    /// A process that has an overlay with this directory among its layers; nil if none is seen.
    static func user(of path: String) throws(ToolError) -> String? {
        let needles = ["lowerdir=", "upperdir=", ":"].map { Bytes(($0 + escaped(path)).utf8) }
        let proc = try OpenFile.directory("/proc")
        var seen: Set<Bytes> = []
        for pid in try proc.names([]) where decimal(pid) != nil {
            var buffer = Bytes(repeating: 0, count: 64)
            let count = unsafe rf_readlinkat(proc.fd, (pid + Bytes("/ns/mnt".utf8)).z, &buffer, 64)
            // Of another user, or gone: its mounts can't be seen.
            guard count > 0, seen.insert(Bytes(buffer[..<Int(count)])).inserted else { continue }
            let fd = unsafe rf_openat(proc.fd, (pid + Bytes("/mountinfo".utf8)).z, O_RDONLY, 0)
            guard fd >= 0, let text = try? OpenFile(adopting: fd).readAll(limit: 64 << 20, "a mount table") else {
                continue
            }
            for line in text.split(separator: UInt8(ascii: "\n")) where isUser(Bytes(line), needles) {
                return String(decoding: pid, as: UTF8.self)
            }
        }
        return nil
    }

    private static func isUser(_ line: Bytes, _ needles: [Bytes]) -> Bool {
        guard let options = line.split(separator: UInt8(ascii: " ")).last else { return false }
        for option in options.split(separator: UInt8(ascii: ",")) {
            for needle in needles where option.count >= needle.count {
                // The directory itself, not one whose name only begins so.
                var start = option.startIndex
                while let found = option[start...].firstRange(of: needle) {
                    if found.upperBound == option.endIndex || option[found.upperBound] == UInt8(ascii: ":") {
                        return true
                    }
                    start = found.upperBound
                }
            }
        }
        return false
    }

    /// Whether something is mounted at a path.
    static func isMountPoint(_ path: String) throws(ToolError) -> Bool {
        let text = try OpenFile.reading("/proc/self/mountinfo").readAll(limit: 64 << 20, "the mount table")
        let wanted = Bytes(escaped(path).utf8)
        return text.split(separator: UInt8(ascii: "\n")).contains { line in
            let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
            return fields.count > 4 && fields[4].elementsEqual(wanted)
        }
    }

    /// As the kernel writes paths into mount tables.
    private static func escaped(_ path: String) -> String {
        var out = ""
        for byte in path.utf8 {
            switch byte {
            case 0x20: out += "\\040"
            case 0x09: out += "\\011"
            case 0x0A: out += "\\012"
            case 0x5C: out += "\\134"
            default: out.unicodeScalars.append(UnicodeScalar(byte))
            }
        }
        return String(decoding: out.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }, as: UTF8.self)
    }
}

extension ArraySlice<UInt8> {
    fileprivate func firstRange(of needle: Bytes) -> Range<Int>? {
        guard let first = needle.first else { return nil }
        var start = startIndex
        while let index = self[start...].firstIndex(of: first), index + needle.count <= endIndex {
            if self[index..<(index + needle.count)].elementsEqual(needle) { return index..<(index + needle.count) }
            start = index + 1
        }
        return nil
    }
}
