/// Names of kernel parameters, as sysctl(8) reads them.
public enum SysctlName {
    /// The parameter's path below /proc/sys, one component each; nil for a name with an empty, "." or ".." component.
    ///
    /// The first of "." and "/" in the name separates; the other one then stands for what separates: an interface
    /// called `eth0.1` is `net/ipv4/conf/eth0.1/forwarding` or `net.ipv4.conf.eth0/1.forwarding`.
    public static func components(of name: String) -> [String]? {
        let dot = UInt8(ascii: ".")
        let slash = UInt8(ascii: "/")
        let separator = name.utf8.first { $0 == dot || $0 == slash } ?? dot
        var components: [String] = []
        for part in name.utf8.split(separator: separator, omittingEmptySubsequences: false) {
            // With dots as separators a slash means a dot; with slashes a dot is a dot already.
            let bytes = part.map { $0 == slash ? dot : $0 }
            if bytes.isEmpty || bytes == [dot] || bytes == [dot, dot] { return nil }
            components.append(String(decoding: bytes, as: UTF8.self))
        }
        return components
    }
}
