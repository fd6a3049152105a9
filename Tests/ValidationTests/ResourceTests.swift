import OCISpec
import Testing
import Validation

@Suite("Rules on devices and resources") struct ResourceTests {
    /// A case with one device.
    private static func device(_ device: Spec.Linux.Device, _ expected: Mark...) -> Case {
        var it = Case("\(device)") { $0.linux?.devices = [device] }
        it.expected = expected
        return it
    }

    @Test(arguments: [
        device(.init(type: .character, path: "/dev/fuse", major: 10, minor: 229, fileMode: 0o666, uid: 0, gid: 0)),
        device(.init(type: .pipe, path: "/dev/initctl")),
        device(.init(type: .character, path: "/dev/x", major: 4095, minor: 1_048_575, fileMode: 0o020_666)),
        device(
            .init(type: .unknown("x"), path: "/dev/x", major: 1, minor: 1),
            .error("/linux/devices/0/type", "device-type")),
        device(
            .init(type: .block, path: "dev/x", major: 1, minor: 1), .error("/linux/devices/0/path", "device-path")),
        device(
            .init(type: .block, path: "/dev/../etc/x", major: 1, minor: 1),
            .error("/linux/devices/0/path", "device-path")),
        device(.init(type: .block, path: "/", major: 1, minor: 1), .error("/linux/devices/0/path", "device-path")),
        device(
            .init(type: .block, path: "/dev/x/", major: 1, minor: 1), .error("/linux/devices/0/path", "device-path")),
        device(
            .init(type: .block, path: "/dev/x"), .error("/linux/devices/0", "device-number"),
            .error("/linux/devices/0", "device-number")),
        device(
            .init(type: .block, path: "/dev/x", major: -2, minor: 1 << 32),
            .error("/linux/devices/0/major", "device-number"), .error("/linux/devices/0/minor", "device-number")),
        device(
            .init(type: .block, path: "/dev/x", major: 4096, minor: 0),
            .error("/linux/devices/0/major", "device-number")),
        device(
            .init(type: .block, path: "/dev/x", major: 1, minor: 0, fileMode: 0o020_666),
            .error("/linux/devices/0/fileMode", "device-mode")),
        device(
            .init(type: .block, path: "/dev/x", major: 1, minor: 0, uid: .max, gid: .max),
            .error("/linux/devices/0/gid", "device-owner"), .error("/linux/devices/0/uid", "device-owner")),
    ])
    func whatIsWrongWithADeviceIsFound(_ it: Case) {
        it.check()
    }

    @Test(arguments: [
        Case("same path, same device", .warning("/linux/devices/1/path", "device-duplicate")) {
            $0.linux?.devices = [
                .init(type: .block, path: "/dev/x", major: 1, minor: 2),
                .init(type: .block, path: "/dev//x", major: 1, minor: 2),
            ]
        },
        Case("same path, other device", .error("/linux/devices/1/path", "device-duplicate")) {
            $0.linux?.devices = [
                .init(type: .block, path: "/dev/x", major: 1, minor: 2),
                .init(type: .character, path: "/dev/x", major: 1, minor: 2),
            ]
        },
        Case("other path, same device", .warning("/linux/devices/1", "device-duplicate")) {
            $0.linux?.devices = [
                .init(type: .character, path: "/dev/x", major: 1, minor: 2),
                .init(type: .unbuffered, path: "/dev/y", major: 1, minor: 2),
            ]
        },
        Case("two pipes") {
            $0.linux?.devices = [.init(type: .pipe, path: "/dev/x"), .init(type: .pipe, path: "/dev/y")]
        },
        Case("many", .error("/linux/devices", "device-count"), .error("/linux/resources/devices", "device-count")) {
            $0.linux?.devices = (0..<4097).map { .init(type: .pipe, path: "/dev/\($0)") }
            $0.linux?.resources = .init(devices: Array(repeating: .init(allow: true), count: 4097))
        },
    ])
    func devicesAreComparedWithEachOther(_ it: Case) {
        it.check()
    }

    /// A case with one rule for devices.
    private static func rule(_ rule: Spec.Linux.Resources.DeviceRule, _ keys: String...) -> Case {
        var it = Case("\(rule)") { $0.linux?.resources = .init(devices: [rule]) }
        it.expected = keys.map { .error("/linux/resources/devices/0/\($0)", "device-rule") }
        return it
    }

    @Test(arguments: [
        rule(.init(allow: false, access: "rwm")),
        rule(.init(allow: true)),
        rule(.init(allow: true, type: .character, major: 1, minor: -1, access: "m")),
        rule(.init(allow: true, type: .all, major: -1, minor: -1, access: "rwm")),
        rule(.init(allow: true, access: "xyz"), "access"),
        rule(.init(allow: true, access: ""), "access"),
        rule(.init(allow: true, type: .unknown("q")), "type"),
        rule(.init(allow: true, type: .block, major: 1 << 40, minor: -2), "major", "minor"),
        rule(.init(allow: true, major: 1, minor: 3), "major", "minor"),
    ])
    func whatIsWrongWithADeviceRuleIsFound(_ it: Case) {
        it.check()
    }

    @Test(arguments: ["/swrun/x", "x", "user.slice:swrun:x", "/a/b.c/…", "..x/y", ""]) func aPathOfACgroupIsTaken(
        _ path: String
    ) {
        Case(path) { $0.linux?.cgroupsPath = path }.check()
    }

    @Test(arguments: ["../x", "/", "a/../../b", "/..", "//.", "a\nb", String(repeating: "/xx", count: 2000)])
    func anotherPathIsRefused(_ path: String) {
        Case(path, .error("/linux/cgroupsPath", "cgroups-path")) { $0.linux?.cgroupsPath = path }.check()
    }

    /// A case with limits of memory.
    private static func memory(
        _ memory: Spec.Linux.Resources.Memory, _ expected: Mark..., host: HostFacts = HostFacts(cgroupMode: .v1)
    ) -> Case {
        var it = Case("\(memory)", host: host) { $0.linux?.resources = .init(memory: memory) }
        it.expected = expected.map {
            Mark(severity: $0.severity, pointer: "/linux/resources/memory/" + $0.pointer, rule: $0.rule)
        }
        return it
    }

    @Test(arguments: [
        memory(.init(limit: 1 << 30, reservation: 1 << 31, swap: 1 << 30, swappiness: 100, disableOOMKiller: true)),
        memory(.init(limit: -1, reservation: -1, swap: -1, kernel: -1, kernelTCP: -1)),
        memory(
            .init(limit: -2, reservation: -2, swap: .min), .error("limit", "memory-limit"),
            .error("reservation", "memory-limit"), .error("swap", "memory-limit")),
        memory(.init(swap: 1 << 30), .error("swap", "memory-limit")),
        memory(.init(limit: 1 << 30, swap: 1 << 29), .error("swap", "memory-limit")),
        memory(.init(swappiness: 101), .error("swappiness", "memory-limit")),
        memory(.init(kernel: 0, swappiness: .max)),
        memory(.init(swappiness: .max), host: HostFacts(cgroupMode: .v2)),
        memory(
            .init(kernel: 1 << 20, kernelTCP: 1 << 20), .warning("kernel", "memory-kernel"),
            .warning("kernelTCP", "memory-kernel")),
        memory(
            .init(swappiness: 10, disableOOMKiller: true), .error("disableOOMKiller", "memory-v1-only"),
            .error("swappiness", "memory-v1-only"), host: HostFacts(cgroupMode: .v2)),
        memory(.init(disableOOMKiller: false), host: HostFacts(cgroupMode: .v2)),
    ])
    func whatIsWrongWithMemoryIsFound(_ it: Case) {
        it.check()
    }

    /// A case with limits of CPUs.
    private static func cpu(
        _ cpu: Spec.Linux.Resources.CPU, _ expected: Mark..., host: HostFacts = HostFacts(cgroupMode: .v1)
    ) -> Case {
        var it = Case("\(cpu)", host: host) { $0.linux?.resources = .init(cpu: cpu) }
        it.expected = expected.map {
            Mark(severity: $0.severity, pointer: "/linux/resources/cpu/" + $0.pointer, rule: $0.rule)
        }
        return it
    }

    @Test(arguments: [
        cpu(.init(shares: 1024, quota: 1000, burst: 1000, period: 1_000_000, idle: 1)),
        cpu(.init(quota: -1, burst: 5, period: 1000, idle: 0)),
        cpu(.init(shares: 0, quota: 0, period: 0)),
        cpu(.init(shares: 1), .error("shares", "cpu-limit")),
        cpu(.init(shares: 262_145), .error("shares", "cpu-limit")),
        cpu(.init(shares: 262_145), .warning("shares", "cpu-limit"), host: HostFacts(cgroupMode: .v2)),
        cpu(.init(shares: 1), .warning("shares", "cpu-limit"), host: HostFacts(cgroupMode: .v2)),
        cpu(.init(period: 999), .error("period", "cpu-limit")),
        cpu(
            .init(burst: 1, idle: 1), .warning("burst", "cpu-limit"), .error("idle", "cpu-limit"),
            host: HostFacts(kernelMajor: 5, kernelMinor: 13, cgroupMode: .v1)),
        cpu(.init(period: 1_000_001), .error("period", "cpu-limit")),
        cpu(.init(quota: -2), .error("quota", "cpu-limit")),
        cpu(.init(quota: 999), .error("quota", "cpu-limit")),
        cpu(.init(quota: 5000, burst: 5001), .error("burst", "cpu-limit")),
        cpu(.init(idle: 2), .error("idle", "cpu-limit")),
        cpu(.init(realtimeRuntime: 900, realtimePeriod: 1000)),
        cpu(.init(realtimeRuntime: 1001, realtimePeriod: 1000), .error("realtimeRuntime", "cpu-realtime")),
        cpu(.init(realtimeRuntime: -2), .error("realtimeRuntime", "cpu-realtime")),
        cpu(
            .init(realtimeRuntime: 900, realtimePeriod: 1000), .error("realtimePeriod", "cpu-realtime"),
            .error("realtimeRuntime", "cpu-realtime"), host: HostFacts(cgroupMode: .v2)),
    ])
    func whatIsWrongWithCPULimitsIsFound(_ it: Case) {
        it.check()
    }

    @Test(arguments: [
        Case("no limit") { $0.linux?.resources = .init(pids: .init(limit: -1)) },
        Case("none at all") { $0.linux?.resources = .init(pids: .init(limit: 0)) },
        Case("negative", .error("/linux/resources/pids/limit", "pids-limit")) {
            $0.linux?.resources = .init(pids: .init(limit: -5))
        },
        Case(
            "controllers missing", .error("/linux/resources/cpu", "cgroup-controller"),
            .error("/linux/resources/cpu", "cgroup-controller"), .error("/linux/resources/memory", "cgroup-controller"),
            .error("/linux/resources/pids", "cgroup-controller"), host: HostFacts(cgroupControllers: ["io"])
        ) {
            $0.linux?.resources = .init(
                memory: .init(limit: 1 << 30), cpu: .init(shares: 5, cpus: "0"), pids: .init(limit: 9))
        },
        Case("controllers missing, nothing limited", host: HostFacts(cgroupControllers: [])) {
            $0.linux?.resources = .init(
                memory: .init(limit: -1), cpu: .init(quota: -1, cpus: ""), pids: .init(limit: -1))
        },
    ])
    func whatIsWrongWithOtherLimitsIsFound(_ it: Case) {
        it.check()
    }

    @Test func newLimitsForAContainerAreJudgedWithPointersOfTheirOwnDocument() {
        let resources = Spec.Linux.Resources(
            memory: .init(limit: -5), cpu: .init(period: 1), unified: ["cgroup.procs": "1"])
        let findings = validate(resources, inside: soundSpec(), on: HostFacts())
        #expect(findings.map(\.pointer) == ["/cpu/period", "/memory/limit", "/unified/cgroup.procs"])
    }
}
