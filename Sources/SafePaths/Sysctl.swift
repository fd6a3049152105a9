/// Names of kernel parameters.
public enum Sysctl {
    /// The path below procfs that a key of `linux.sysctl` means; nil if it means none.
    ///
    /// Both ways of writing are in use, and the separator that comes first decides: `net.ipv4.conf.eth0/1.forwarding` and
    /// `net/ipv4/conf/eth0.1/forwarding` are the same file. A key with an empty, `.` or `..` component, or with a NUL,
    /// means none: it would lead elsewhere.
    ///
    /// Source: sysctl.d(5), config-linux.md "Sysctl".
    public static func path(forKey key: String) -> String? {
        let dot = UInt8(ascii: ".")
        let slash = UInt8(ascii: "/")
        var bytes = Array(key.utf8)
        if bytes.first(where: { $0 == dot || $0 == slash }) == dot {
            bytes = bytes.map { $0 == dot ? slash : $0 == slash ? dot : $0 }
        }
        let components = bytes.split(separator: slash, omittingEmptySubsequences: false)
        let leadsElsewhere = components.contains { component in
            component.isEmpty || component.elementsEqual([dot]) || component.elementsEqual([dot, dot])
        }
        if leadsElsewhere || bytes.contains(0) { return nil }
        return "sys/" + String(decoding: bytes, as: UTF8.self)
    }
}
