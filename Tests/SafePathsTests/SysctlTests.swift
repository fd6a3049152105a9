import SafePaths
import Testing

@Suite struct SysctlTests {
    @Test(arguments: [
        ("net.ipv4.ip_forward", "sys/net/ipv4/ip_forward"),
        ("net/ipv4/ip_forward", "sys/net/ipv4/ip_forward"),
        ("net.ipv4.conf.eth0/1.forwarding", "sys/net/ipv4/conf/eth0.1/forwarding"),
        ("net/ipv4/conf/eth0.1/forwarding", "sys/net/ipv4/conf/eth0.1/forwarding"),
        ("kernel.sem", "sys/kernel/sem"),
        ("kernel", "sys/kernel"),
        ("fs.mqueue.msg_max", "sys/fs/mqueue/msg_max"),
        ("net.core.somaxconn+kernel.core_pattern", "sys/net/core/somaxconn+kernel/core_pattern"),
    ]) func theFirstSeparatorDecides(key: String, path: String) {
        #expect(Sysctl.path(forKey: key) == path)
    }

    @Test(arguments: [
        "", ".", "/", "..", ".net", "net.", "net..core", "net//core", "/net/core", "net/../kernel/core_pattern",
        "net/./core", "net...core", "net.//.core", "net.core\u{0}", "../kernel/core_pattern", "kernel.//.//.x",
        "net/\u{301}../x/..",
    ]) func aKeyThatWouldLeadElsewhereMeansNothing(key: String) {
        #expect(Sysctl.path(forKey: key) == nil)
    }
}
