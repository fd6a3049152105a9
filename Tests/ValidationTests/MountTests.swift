import OCISpec
import Testing
import Validation

@Suite("Rules on mounts") struct MountTests {
    /// A case with one mount more, the fourth.
    private static func adding(
        _ mount: Spec.Mount, _ expected: Mark..., host: HostFacts = HostFacts()
    ) -> Case {
        var it = Case("\(mount.destination) \(mount.type ?? "-") \(mount.options ?? [])", host: host) {
            $0.mounts?.append(mount)
        }
        it.expected = expected
        return it
    }

    /// A case whose first mount is this one.
    private static func covering(_ mount: Spec.Mount, _ expected: Mark...) -> Case {
        var it = Case("first \(mount.destination) \(mount.type ?? "-") \(mount.options ?? [])", host: HostFacts()) {
            $0.mounts?.insert(mount, at: 0)
        }
        it.expected = expected
        return it
    }

    @Test(arguments: [
        covering(.init(destination: "/", type: "overlay", options: ["lowerdir=/a:/b"])),
        covering(
            .init(destination: "/", type: "overlay", options: ["lowerdir=/a,b"]),
            .error("/mounts/0/options", "mount-destination")),
        covering(
            .init(destination: "/", source: "/x", options: ["bind"]),
            .error("/mounts/0/destination", "mount-destination")),
        covering(
            .init(destination: "/..", type: "tmpfs"), .error("/mounts/0/destination", "mount-destination")),
        covering(.init(destination: "/", type: "sysfs"), .warning("/mounts/0/type", "mount-destination")),
        adding(.init(destination: "", type: "tmpfs"), .error("/mounts/3/destination", "mount-destination")),
        adding(.init(destination: "/", type: "tmpfs"), .error("/mounts/3/destination", "mount-destination")),
        adding(.init(destination: "/../..", type: "tmpfs"), .error("/mounts/3/destination", "mount-destination")),
        adding(.init(destination: ".", type: "tmpfs"), .error("/mounts/3/destination", "mount-destination")),
        adding(.init(destination: "/a/../b", type: "tmpfs")),
        adding(.init(destination: "run", type: "tmpfs"), .warning("/mounts/3/destination", "mount-destination")),
        adding(
            .init(destination: String(repeating: "/xx", count: 1500), type: "tmpfs"),
            .error("/mounts/3/destination", "mount-destination")),
        adding(
            .init(destination: "/" + String(repeating: "x", count: 256), type: "tmpfs"),
            .error("/mounts/3/destination", "mount-destination")),
        adding(.init(destination: "/proc", type: "tmpfs"), .error("/mounts/3/type", "mount-over-proc")),
        adding(.init(destination: "/x/../proc/", type: "sysfs"), .error("/mounts/3/type", "mount-over-proc")),
        adding(.init(destination: "/proc", source: "/proc", options: ["rbind"])),
        adding(
            .init(destination: "/proc/self/attr", type: "tmpfs"),
            .error("/mounts/3/destination", "mount-over-proc")),
        adding(
            .init(destination: "proc/sys/kernel", source: "/x", options: ["bind"]),
            .warning("/mounts/3/destination", "mount-destination"),
            .error("/mounts/3/destination", "mount-over-proc")),
        adding(.init(destination: "/proc/cpuinfo", source: "/var/lib/lxcfs/proc/cpuinfo", options: ["bind"])),
        adding(.init(destination: "/process", type: "tmpfs")),
    ])
    func destinationsAreJudged(_ it: Case) {
        it.check()
    }

    @Test(arguments: [
        adding(.init(destination: "/x", options: ["bind"]), .error("/mounts/3", "mount-source")),
        adding(.init(destination: "/x", source: "", options: ["rbind"]), .error("/mounts/3/source", "mount-source")),
        adding(.init(destination: "/x"), .error("/mounts/3", "mount-type")),
        adding(.init(destination: "/x", type: ""), .error("/mounts/3/type", "mount-type")),
        adding(.init(destination: "/x", type: "bind", source: "/y"), .error("/mounts/3/options", "mount-type")),
        adding(.init(destination: "/x", type: "none", source: "/y"), .error("/mounts/3/options", "mount-type")),
        adding(.init(destination: "/x", type: "bind", source: "/y", options: ["bind"])),
        adding(.init(destination: "/x", options: ["remount", "ro"])),
        adding(.init(destination: "/x", options: ["remount", "bind", "ro"])),
        adding(.init(destination: "/x", options: ["rslave"])),
        adding(.init(destination: "/x", type: "tmpfs")),
    ])
    func sourcesAndTypesAreJudged(_ it: Case) {
        it.check()
    }

    @Test(arguments: [
        adding(.init(destination: "/x", type: "tmpfs", options: ["ro", "rw", "mode=99999", "size=1e30"])),
        adding(.init(destination: "/x", type: "tmpfs", options: [""]), .warning("/mounts/3/options/0", "mount-option")),
        adding(
            .init(destination: "/x", source: "/y", options: ["bind", "size=1m", "ro", "RO"]),
            .error("/mounts/3/options/1", "mount-option"), .error("/mounts/3/options/3", "mount-option")),
        adding(
            .init(destination: "/x", source: "/y", options: ["bind", "sync", "async"]),
            .warning("/mounts/3/options/1", "mount-option")),
        adding(.init(destination: "/x", type: "tmpfs", options: ["tmpcopyup"])),
        adding(
            .init(destination: "/x", type: "ext4", source: "/dev/x", options: ["tmpcopyup"]),
            .error("/mounts/3/options/0", "mount-option")),
        adding(.init(destination: "/x", source: "/y", options: ["rbind", "rro", "rnosuid", "ratime"])),
        adding(
            .init(destination: "/x", source: "/y", options: ["rbind", "rro", "ratime", "ro", "rprivate"]),
            .error("/mounts/3/options/1", "mount-option"), .error("/mounts/3/options/2", "mount-option"),
            host: HostFacts(kernelMajor: 5, kernelMinor: 11)),
        adding(
            .init(destination: "/x", type: "tmpfs", options: Array(repeating: "ro", count: 4097)),
            .error("/mounts/3/options", "mount-count")),
    ])
    func optionsAreJudged(_ it: Case) {
        it.check()
    }

    @Test(arguments: [
        Case("4096 mounts") { spec in
            spec.mounts = Array(repeating: .init(destination: "/x", type: "tmpfs"), count: 4096)
        },
        Case("4097 mounts", .error("/mounts", "mount-count")) { spec in
            spec.mounts = Array(repeating: .init(destination: "/x", type: "tmpfs"), count: 4097)
        },
        Case(
            "no mount namespace", .error("/mounts", "mount-namespace"),
            .error("/root/readonly", "root-readonly-namespace")
        ) { $0.linux?.namespaces?.removeAll { $0.type == .mount } },
    ])
    func theListOfMountsIsJudged(_ it: Case) {
        it.check()
    }

    @Test func idMappingsOfMountsAreJudged() {
        let one = [Spec.IDMapping(containerID: 0, hostID: 1000, size: 1)]
        func judged(_ mount: Spec.Mount, on host: HostFacts = HostFacts()) -> [Mark] {
            marks(on: host) { $0.mounts = [mount] }
        }
        #expect(
            judged(.init(destination: "/x", source: "/y", options: ["bind", "idmap"]))
                == [.error("/mounts/0/options/1", "mount-id-mapping")])
        #expect(
            judged(.init(destination: "/x", source: "/y", options: ["bind"], uidMappings: one, gidMappings: one))
                == [.warning("/mounts/0", "mount-id-mapping")])
        #expect(
            judged(.init(destination: "/x", source: "/y", options: ["bind", "ridmap"], uidMappings: one))
                == [.error("/mounts/0", "mount-id-mapping")])
        #expect(
            judged(
                .init(destination: "/x", source: "/y", options: ["bind", "idmap"], uidMappings: one, gidMappings: one),
                on: HostFacts(kernelMajor: 5, kernelMinor: 4)) == [.error("/mounts/0/options/1", "mount-id-mapping")])
        #expect(
            judged(
                .init(
                    destination: "/x", source: "/y", options: ["bind", "idmap"], uidMappings: one + one,
                    gidMappings: one)) == [
                    .error("/mounts/0/uidMappings/1/containerID", "mount-id-mapping"),
                    .error("/mounts/0/uidMappings/1/hostID", "mount-id-mapping"),
                ])
    }
}
