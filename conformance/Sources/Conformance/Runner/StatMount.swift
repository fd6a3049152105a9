import JSONValue

/// A mount as statmount(2) tells it: by bits and numbers, where mountinfo has words.
struct StatMount: Sendable, Equatable {
    /// The same ids as in mountinfo.
    var id: Int
    var parent: Int
    /// MOUNT_ATTR_*.
    var attributes: Int
    /// One of MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE; a slave that is shared has both bits.
    var propagation: Int
    /// The peer group, and that of the master; 0 when there is none.
    var group: Int
    var master: Int
    /// The nearest group below the caller's root from which something comes; 0 when there is none, nil when untold.
    var from: Int?
    /// MS_RDONLY, MS_SYNCHRONOUS, MS_DIRSYNC and MS_LAZYTIME of the file system.
    var flags: Int
    /// The file system's magic number, as statfs(2) has it.
    var magic: Int
    var root: String
    var point: String
    var type: String
    /// nil before Linux 6.13.
    var source: String?
    /// `[inside, outside, count]` of each range; nil when the mount isn't idmapped, and before Linux 6.15.
    var uidMappings: [[Int]]?
    var gidMappings: [[Int]]?

    init?(_ json: JSON) {
        guard let id = json["/id"]?.int, let parent = json["/parent"]?.int else { return nil }
        func number(_ name: String) -> Int { json[name: name]?.int ?? 0 }
        func ranges(_ name: String) -> [[Int]]? {
            json[name: name]?.strings.map { $0.split(separator: " ").compactMap { Int($0) } }
        }
        self.id = id
        self.parent = parent
        attributes = number("attributes")
        propagation = number("propagation")
        group = number("group")
        master = number("master")
        from = json["/from"]?.int
        flags = number("flags")
        magic = number("magic")
        root = json["/root"]?.string ?? ""
        point = json["/point"]?.string ?? ""
        type = json["/type"]?.string ?? ""
        source = json["/source"]?.string
        uidMappings = ranges("uidMappings")
        gidMappings = ranges("gidMappings")
    }

    static let shared = 1 << 20
    static let slave = 1 << 19
    static let unbindable = 1 << 17
    private static let idmapped = 0x10_0000

    /// When reading moves the access time: strictatime has no word in mountinfo.
    var accessTime: String { [0x00: "relatime", 0x10: "noatime", 0x20: "strictatime"][attributes & 0x70] ?? "unknown" }

    var isIDMapped: Bool { attributes & Self.idmapped != 0 }

    /// The attributes in mountinfo's words, sorted.
    var options: [String] {
        let words = [
            (0x02, "nosuid"), (0x04, "nodev"), (0x08, "noexec"), (0x80, "nodiratime"), (Self.idmapped, "idmapped"),
            (0x20_0000, "nosymfollow"),
        ]
        let time = [accessTime].filter { $0 != "strictatime" }
        return
            ([attributes & 1 == 1 ? "ro" : "rw"] + words.filter { attributes & $0.0 != 0 }.map(\.1) + time).sorted()
    }

    /// The file system's flags in mountinfo's words, sorted.
    var superOptions: [String] {
        ([flags & 1 == 1 ? "ro" : "rw"]
            + [(16, "sync"), (128, "dirsync"), (1 << 25, "lazytime")].filter { flags & $0.0 != 0 }.map(\.1)).sorted()
    }

    /// The propagation in mountinfo's words.
    var tags: [String] {
        var tags: [String] = []
        if propagation & Self.shared != 0 { tags.append("shared:\(group)") }
        if propagation & Self.slave != 0 {
            tags.append("master:\(master)")
            if let from, from != 0, from != master { tags.append("propagate_from:\(from)") }
        }
        if propagation & Self.unbindable != 0 { tags.append("unbindable") }
        return tags
    }

    /// Where a line of mountinfo tells something else of the same mount.
    func contradictions(of line: MountLine) -> [String] {
        // Words that both of the kernel's ways have; a file system may show any others.
        let common: Set = ["ro", "rw", "sync", "dirsync", "lazytime"]
        var pairs = [
            ("parent", "\(line.parent)", "\(parent)"), ("root", Self.unescaped(line.root), root),
            ("point", Self.unescaped(line.point), point),
            ("options", line.options.sorted().joined(separator: ","), options.joined(separator: ",")),
            ("propagation", line.propagation.joined(separator: " "), tags.joined(separator: " ")),
            (
                "file system's options", line.superOptions.filter(common.contains).sorted().joined(separator: ","),
                superOptions.joined(separator: ",")
            ),
        ]
        // A subtype such as fuse.sshfs is part of the type in mountinfo alone.
        pairs.append(("type", String(line.type.prefix { $0 != "." }), type))
        if let source { pairs.append(("source", Self.unescaped(line.source), source)) }
        return pairs.filter { $0.1 != $0.2 }.map { "\($0.0): \"\($0.1)\" in mountinfo, \"\($0.2)\" by statmount" }
    }

    /// Mountinfo writes blanks, tabs, line ends and backslashes as three octal digits.
    private static func unescaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Substring(text)
        while let first = rest.first {
            let digits = rest.dropFirst().prefix(3)
            if first == "\\", digits.count == 3, let value = UInt8(digits, radix: 8) {
                bytes.append(value)
                rest = rest.dropFirst(4)
            } else {
                bytes += Array(String(first).utf8)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
