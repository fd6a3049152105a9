import Cgroups
import OCISpec
import Testing

@testable import ContainerRuntime

/// The plan's steps for scheduling, memory policy, domain and labels.
@Suite("Attributes of the process") struct AttributeTests {
    private func plan(_ change: (inout BirthConfig) -> Void) throws -> [String] {
        try birth(of: birthConfig(example("minimal"), change)).map(\.action.sentence)
    }

    private func mounts(_ change: (inout BirthConfig) -> Void) throws -> [String: [String]] {
        var data: [String: [String]] = [:]
        for step in try birth(of: birthConfig(example("default"), change)) {
            if case .mount(let request) = step.action { data[request.destination] = request.data }
        }
        return data
    }

    @Test func aPlainContainerHasNoneOfTheSteps() throws {
        let plan = attributes(birthConfig(try example("default")))
        #expect(plan.isEmpty, "\(plan)")
    }

    @Test func eachIsSetBeforeTheIdentityIsTakenOn() throws {
        let plan = try birth(
            of: birthConfig(example("default")) {
                $0.spec.process?.scheduler = .init(policy: .batch, nice: 3)
                $0.spec.process?.ioPriority = .init(class: .idle, priority: 7)
                $0.spec.process?.apparmorProfile = "guarded"
                $0.spec.process?.selinuxLabel = "u:r:t:s0"
                $0.spec.linux?.personality = .init(domain: .linux32)
                $0.spec.linux?.memoryPolicy = .init(mode: .bind, nodes: "0", flags: [.staticNodes])
                $0.resctrl = ResctrlRequest(
                    place: .init(root: "/sys/fs/resctrl", group: "box", isOwned: true), exists: false, schemata: [])
            })
        let words = [
            "set the execution domain LINUX32", "set the memory policy MPOL_BIND MPOL_F_STATIC_NODES on nodes 0",
            "choose the AppArmor profile guarded", "choose the SELinux label u:r:t:s0",
            "join the resctrl group /sys/fs/resctrl/box", "set the scheduling policy SCHED_BATCH with nice 3",
            "set the I/O priority to IOPRIO_CLASS_IDLE 7",
        ]
        let sentences = plan.map(\.action.sentence)
        let places = words.compactMap { sentences.firstIndex(of: $0) }
        #expect(places.count == words.count, "\(sentences)")
        #expect(places == places.sorted())
        let identity = try #require(plan.firstIndex { if case .setIdentity = $0.action { true } else { false } })
        #expect(places.allSatisfy { $0 < identity })
        #expect(plan.check() == [])
        // What CAP_SYS_NICE is needed for is the runtime's to do, also for a user namespace.
        #expect(places.suffix(3).allSatisfy { plan[$0].side == .runtime })
        #expect(places.prefix(4).allSatisfy { plan[$0].side == .container })
    }

    @Test func withoutAProcessOnlyTheContainersOwnAreSet() throws {
        let plan = try plan {
            $0.spec.process = nil
            $0.spec.linux?.memoryPolicy = .init(mode: .local)
            $0.spec.linux?.personality = .init(domain: .linux32)
        }
        #expect(plan.contains("set the memory policy MPOL_LOCAL"))
    }

    @Test func theMountLabelIsAnOptionOfFilesystemsThatTakeIt() throws {
        let data = try mounts { $0.spec.linux?.mountLabel = "u:r:t:s0:c1,c2" }
        #expect(data["/dev"]?.contains("context=u:r:t:s0:c1,c2") == true, "\(data)")
        #expect(data["/dev/pts"]?.contains("context=u:r:t:s0:c1,c2") == true)
        for place in ["/proc", "/sys", "/dev/mqueue"] {
            #expect(data[place]?.contains { $0.contains("context") } == false, "\(place)")
        }
    }

    /// On version 1 the hierarchies are mounted below a tmpfs, which takes the label; they don't.
    @Test(arguments: [(CgroupLayout.legacy, ["context=\"u:r:t:s0:c1,c2\""]), (.unified, ["unknown"])])
    func theFilesystemAboveHierarchiesHasTheMountLabel(_ cgroup: CgroupLayout, _ expected: [String]) throws {
        let plan = try birth(
            of: birthConfig(example("default")) {
                $0.cgroup = cgroup
                $0.spec.linux?.mountLabel = "u:r:t:s0:c1,c2"
                $0.spec.mounts?.append(
                    .init(destination: "/c", type: "cgroup", source: "cgroup", options: ["ro", "unknown"]))
            })
        let data = plan.compactMap { step in
            if case .mountCgroups(let request, _) = step.action { request.data } else { nil }
        }
        #expect(data.last == expected)
    }

    @Test func theAnnotationChoosesTheOption() throws {
        let data = try mounts {
            $0.spec.linux?.mountLabel = "u:r:t:s0"
            $0.spec.annotations = ["run.oci.mount_context_type": "rootcontext"]
        }
        #expect(data["/dev"]?.contains("rootcontext=u:r:t:s0") == true)
    }

    @Test func anOwnContextOfAMountStays() throws {
        let data = try mounts {
            $0.spec.linux?.mountLabel = "u:r:t:s0"
            $0.spec.mounts = [.init(destination: "/t", type: "tmpfs", source: "t", options: ["context=a:b:c:s0"])]
        }
        #expect(data["/t"] == ["context=a:b:c:s0"])
    }

    @Test func theTopOfAMessageQueueIsLabelledInstead() throws {
        let plan = try birth(of: birthConfig(example("default")) { $0.spec.linux?.mountLabel = "u:r:t:s0" })
        #expect(plan.contains { $0.action == .labelDirectory("/dev/mqueue", "u:r:t:s0") })
        #expect(plan.check() == [])
    }

    @Test func whatHidesDirectoriesIsLabelled() throws {
        let plan = try birth(of: birthConfig(example("default")) { $0.spec.linux?.mountLabel = "u:r:t:s0" })
        let label = try #require(
            plan.firstIndex { $0.action == .labelMasks(ContextOption(key: "context", label: "u:r:t:s0")) })
        let mask = try #require(plan.firstIndex { if case .maskPath = $0.action { true } else { false } })
        #expect(label < mask)
        #expect(plan.check() == [])
    }

    @Test func theSessionKeyringHasTheLabelOfTheProcess() throws {
        let wanted = ["choose the SELinux label u:r:t:s0 for the session keyring"]
        for change in [{ _ in }, { $0.spec.linux?.namespaces?.append(.init(type: .user)) }]
            as [(inout BirthConfig) -> Void]
        {
            let sentences = try plan {
                $0.spec.process?.selinuxLabel = "u:r:t:s0"
                change(&$0)
            }
            let label = try #require(sentences.firstIndex(of: wanted[0]))
            #expect(sentences[label + 1].hasPrefix("lead a new session"), "\(sentences)")
        }
        // The caller's keyring has its label already.
        let kept = try plan {
            $0.spec.process?.selinuxLabel = "u:r:t:s0"
            $0.noNewKeyring = true
        }
        #expect(!kept.contains(wanted[0]))
    }
}
