import Glibc
import OCISpec
import Testing

@Suite("Tables of the kernel's numbers") struct TableTests {
    @Test func everyMountOptionOfTheSpecificationIsKnown() {
        let listed = """
            async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime \
            noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev \
            rdiratime relatime remount rexec rnoatime rnodev rnodiratime rnoexec rnorelatime rnostrictatime rnosuid \
            rnosymfollow ro rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw \
            shared silent slave strictatime suid symfollow sync tmpcopyup unbindable idmap ridmap
            """.split(separator: " ").map(String.init)
        #expect(MountOption.all.map(\.name) == listed)
        for name in listed { #expect(MountOption.named(name)?.name == name) }
    }

    @Test(arguments: ["size=1m", "RO", "ro ", "", "rnosuid\u{301}"]) func anotherNameIsNoMountOption(_ name: String) {
        #expect(MountOption.named(name) == nil)
    }

    @Test(arguments: [
        ("ro", MountOption.Effect.attributes(set: 1, clear: 0, recursive: false)),
        ("rrw", .attributes(set: 0, clear: 1, recursive: true)),
        ("nosuid", .attributes(set: 2, clear: 0, recursive: false)),
        ("rnodev", .attributes(set: 4, clear: 0, recursive: true)),
        ("exec", .attributes(set: 0, clear: 8, recursive: false)),
        ("rnosymfollow", .attributes(set: 0x20_0000, clear: 0, recursive: true)),
        ("rstrictatime", .accessTime(.strict, recursive: true)),
        ("rslave", .propagation(.slave, recursive: true)),
        ("rbind", .bind(recursive: true)),
        ("sync", .superblock(parameter: "sync", bit: 1 << 4, set: true)),
        ("nolazytime", .superblock(parameter: "nolazytime", bit: 1 << 25, set: false)),
        ("silent", .superblock(parameter: nil, bit: 1 << 15, set: true)),
        ("iversion", .superblock(parameter: nil, bit: 1 << 23, set: true)),
    ])
    func aMountOptionHasTheKernelsBits(_ name: String, _ effect: MountOption.Effect) {
        #expect(MountOption.named(name)?.effect == effect)
    }

    @Test func everyRecursiveOptionDoesWhatItsPlainFormDoes() {
        for option in MountOption.all where option.name.utf8.first == UInt8(ascii: "r") {
            guard let plain = MountOption.named(String(option.name.dropFirst())) else { continue }
            switch (plain.effect, option.effect) {
            case (.attributes(let set, let clear, false), .attributes(let allSet, let allClear, true)):
                #expect(set == allSet && clear == allClear, "\(option.name)")
            case (.accessTime(let mode, false), .accessTime(let allMode, true)):
                #expect(mode == allMode, "\(option.name)")
            case (.propagation(let kind, false), .propagation(let allKind, true)):
                #expect(kind == allKind, "\(option.name)")
            case (.bind(false), .bind(true)), (.idmap(false), .idmap(true)), (.nothing, .nothing): break
            default: Issue.record("\(option.name) differs from \(plain.name)")
            }
        }
    }

    @Test(arguments: [
        ("CAP_CHOWN", 0), ("CAP_KILL", 5), ("CAP_SYS_ADMIN", 21), ("CAP_SYS_RESOURCE", 24), ("CAP_AUDIT_READ", 37),
        ("CAP_CHECKPOINT_RESTORE", 40),
    ])
    func aCapabilityHasTheKernelsNumber(_ name: String, _ number: Int) {
        #expect(CapabilityName.number(of: name) == number)
        #expect(CapabilityName.name(of: number) == name)
    }

    @Test(arguments: ["CAP_\u{212A}ILL", "cap_kill", "KILL", "CAP_ALL", ""]) func anotherNameIsNoCapability(
        _ name: String
    ) {
        #expect(CapabilityName.number(of: name) == nil)
    }

    @Test func thereAreNoCapabilitiesBeyondTheTable() {
        #expect(CapabilityName.all.count == 41)
        #expect(CapabilityName.name(of: 41) == nil)
        #expect(CapabilityName.name(of: -1) == nil)
    }

    @Test func resourceLimitsHaveTheKernelsNumbers() {
        #expect(RlimitName.number(of: "RLIMIT_NOFILE") == 7)
        #expect(RlimitName.number(of: "RLIMIT_RTTIME") == 15)
        #expect(RlimitName.number(of: "RLIMIT_NLIMITS") == nil)
        #expect(RlimitName.number(of: "rlimit_nofile") == nil)
        #expect(RlimitName.all.count == 16)
    }

    @Test(arguments: [
        ("TERM", SIGTERM), ("sigkill", SIGKILL), ("SIGHUP", SIGHUP), ("0", 0), ("9", 9), ("64", 64), ("IOT", SIGABRT),
        ("cld", SIGCHLD), ("POLL", SIGIO), ("RTMIN", 34), ("SIGRTMIN+3", 37), ("rtmax", 64), ("SIGRTMAX-14", 50),
        ("SIGRTMIN+0", 34), ("RTMIN+30", 64), ("SIGSYS", SIGSYS), ("STKFLT", 16), ("sigPwr", SIGPWR),
    ])
    func aSignalIsFoundByNumberOrName(_ text: String, _ number: Int32) {
        #expect(SignalName.number(of: text) == number)
    }

    @Test(arguments: [
        "", "SIG", "SIGFOO", "65", "-9", "+9", "9x", " 9", "0x9", "RTMIN+31", "RTMIN-1", "RTMAX+1", "RTMIN+",
        "RTMIN+ 1",
        "SIGSIGTERM", "TERM ", "\u{17F}IGTERM", "4294967305", "99999999999999999999",
    ])
    func otherTextIsNoSignal(_ text: String) {
        #expect(SignalName.number(of: text) == nil)
    }

    @Test func everySignalIsFoundByItsOwnName() {
        for number: Int32 in 1...64 where number != 32 && number != 33 {
            #expect(SignalName.name(of: number).flatMap(SignalName.number(of:)) == number)
        }
        for number: Int32 in [-1, 0, 32, 33, 65, .max] { #expect(SignalName.name(of: number) == nil) }
    }

    @Test func namespacesHaveTheKernelsBits() {
        let bits = Spec.Linux.Namespace.Kind.known.compactMap(\.cloneFlag)
        #expect(bits.reduce(0, |) == 0x7E02_0080)
        #expect(
            Spec.Linux.Namespace.Kind.known.compactMap(\.procName)
                == ["pid", "net", "mnt", "ipc", "uts", "user", "cgroup", "time"])
        #expect(Spec.Linux.Namespace.Kind.unknown("x").cloneFlag == nil)
    }

    @Test func deviceTypesHaveTheKernelsBits() {
        #expect(Spec.Linux.Device.Kind(rawValue: "c").fileType == 0o020_000)
        #expect(Spec.Linux.Device.Kind(rawValue: "u").fileType == 0o020_000)
        #expect(Spec.Linux.Device.Kind(rawValue: "b").fileType == 0o060_000)
        #expect(Spec.Linux.Device.Kind(rawValue: "p").fileType == 0o010_000)
        #expect(Spec.Linux.Device.Kind(rawValue: "x").fileType == nil)
    }

    @Test(arguments: [
        ("net.ipv4.ip_forward", ["net", "ipv4", "ip_forward"]),
        ("net/ipv4/ip_forward", ["net", "ipv4", "ip_forward"]),
        ("net/ipv4/conf/eth0.1/forwarding", ["net", "ipv4", "conf", "eth0.1", "forwarding"]),
        ("net.ipv4.conf.eth0/1.forwarding", ["net", "ipv4", "conf", "eth0.1", "forwarding"]),
        ("kernel.sem", ["kernel", "sem"]),
        ("kernel", ["kernel"]),
    ])
    func aParameterIsNamedWithDotsOrSlashes(_ name: String, _ components: [String]) {
        #expect(SysctlName.components(of: name) == components)
    }

    @Test(arguments: [
        "", ".", "net..x", "net/../kernel/core_pattern", "net.//.x", "/net", "net.ipv4.", "net/./x", "net./.x",
    ])
    func aParameterCannotClimb(_ name: String) {
        #expect(SysctlName.components(of: name) == nil)
    }

    @Test func propagationIsAlsoKnownWithAnRInFront() {
        #expect(Spec.Linux.Propagation(rawValue: "slave") == .slave)
        #expect(Spec.Linux.Propagation(rawValue: "rshared") == .shared)
        for word in ["rrshared", "r", "", "bogus", "Shared", "sslave"] {
            #expect(Spec.Linux.Propagation(rawValue: word) == .unknown(word))
        }
    }

    @Test func schedulingHasTheKernelsNumbers() {
        #expect(Spec.Scheduler.Policy.known.map(\.number) == [0, 1, 2, 3, 4, 5, 6])
        #expect(Spec.Scheduler.Flag.known.map(\.bit) == [1, 2, 4, 8, 16, 32, 64])
        #expect(Spec.IOPriority.Class.known.map(\.number) == [1, 2, 3])
        #expect(Spec.Scheduler.Policy.unknown("x").number == nil)
        #expect(Spec.Scheduler.Flag.unknown("x").bit == nil)
        #expect(Spec.IOPriority.Class.unknown("x").number == nil)
    }

    @Test func memoryPoliciesAndDomainsHaveTheKernelsNumbers() {
        let modes = Dictionary(
            uniqueKeysWithValues: Spec.Linux.MemoryPolicy.Mode.known.map { ($0.rawValue, $0.number) })
        #expect(
            modes == [
                "MPOL_DEFAULT": 0, "MPOL_PREFERRED": 1, "MPOL_BIND": 2, "MPOL_INTERLEAVE": 3, "MPOL_LOCAL": 4,
                "MPOL_PREFERRED_MANY": 5, "MPOL_WEIGHTED_INTERLEAVE": 6,
            ])
        #expect(Spec.Linux.MemoryPolicy.Flag.known.map(\.bit) == [0x2000, 0x4000, 0x8000])
        #expect(Spec.Linux.Personality.Domain.known.map(\.number) == [0, 8])
        #expect(Spec.Linux.MemoryPolicy.Mode.unknown("x").number == nil)
        #expect(Spec.Linux.MemoryPolicy.Flag.unknown("x").bit == nil)
        #expect(Spec.Linux.Personality.Domain.unknown("x").number == nil)
    }
}
