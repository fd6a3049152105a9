import JSONCodec
import LinuxKernel
import OCISpec
import Testing

@testable import ContainerRuntime

/// What holds for the plan of every configuration.
@Suite struct PlanTests {
    @Test(arguments: variants) func aPlanIsSound(_ variant: Variant) throws {
        #expect(try variant.plan().check() == [])
    }

    @Test(arguments: variants) func theSameConfigurationHasTheSamePlan(_ variant: Variant) throws {
        #expect(try variant.plan() == variant.plan())
    }

    @Test(arguments: variants) func everyStepSaysWhatItDoes(_ variant: Variant) throws {
        for (index, step) in try variant.plan().enumerated() {
            #expect(!step.action.sentence.isEmpty, "step \(index): \(step)")
            #expect(!step.action.sentence.utf8.contains { $0 < 0x20 }, "step \(index): \(step)")
        }
    }

    @Test(arguments: variants) func everyStepThatNamesAPropertyNamesOneThatIsThere(_ variant: Variant) throws {
        let config = try variant.config()
        let document = try JSONDecoder().decode(Shape.self, from: JSONEncoder().encode(config.spec))
        for step in try birth(of: config) {
            let isThere = document.has(step.origin)
            #expect(isThere, "\(step.action.sentence): nothing is at \(step.origin)")
        }
    }

    @Test(arguments: variants) func stepsAreInTheOrderThatKeepsTheContainerIn(_ variant: Variant) throws {
        let plan = try variant.plan()
        func first(_ matches: (Action) -> Bool) -> Int? { plan.firstIndex { matches($0.action) } }
        func last(_ matches: (Action) -> Bool) -> Int? { plan.lastIndex { matches($0.action) } }
        let settle = try #require(first { if case .settle = $0 { true } else { false } })
        let root = try #require(first { if case .switchRoot = $0 { true } else { false } })
        let created = try #require(
            first { action in
                switch action {
                case .recordCreated, .letGo: true
                default: false
                }
            })
        func expect(_ what: String, _ indices: Int?..., comparedTo place: Int, isBefore: Bool = true) {
            for index in indices.compactMap(\.self) {
                #expect(isBefore ? index < place : index > place, "\(what) at \(index), \(place)")
            }
        }
        expect("the process settles before the root changes", settle, comparedTo: root)
        expect(
            "paths are hidden before the host's tree goes", last { if case .maskPath = $0 { true } else { false } },
            last { if case .protectPath = $0 { true } else { false } }, comparedTo: root)
        expect("all is mounted before", last { if case .mount = $0 { true } else { false } }, comparedTo: root)
        expect(
            "hooks of the creation run before",
            last { action in
                if case .runHooks(let kind, _) = action { kind != .startContainer } else { false }
            }, comparedTo: root)
        expect(
            "the last hook runs after",
            last { action in
                if case .runHooks(.startContainer, _) = action { true } else { false }
            }, comparedTo: created, isBefore: false)
        expect(
            "the cgroup is entered before the root changes",
            last { if case .enterCgroup = $0 { true } else { false } }, comparedTo: root)
        guard let identity = first({ if case .setIdentity = $0 { true } else { false } }) else { return }
        expect(
            "what needs privileges is done before the identity is taken on", root,
            last { if case .setSysctls = $0 { true } else { false } },
            last { if case .setLimits = $0 { true } else { false } },
            last { if case .makeRootReadOnly = $0 { true } else { false } },
            last { if case .ownStreams = $0 { true } else { false } }, comparedTo: identity)
        expect(
            "the program is looked for as the user", first { if case .findProgram = $0 { true } else { false } },
            first { if case .changeDirectory = $0 { true } else { false } }, comparedTo: identity, isBefore: false)
        let closing = try #require(first { if case .closeDescriptors = $0 { true } else { false } })
        expect("nothing is opened after the descriptors are closed", identity, comparedTo: closing)
        expect("the container is there for others once it is closed", closing, comparedTo: created)
    }

    /// The rules would keep the container's process from the disk that it is to mount.
    @Test(arguments: [("tmpfs", "tmpfs", true), ("ext4", "/dev/sda", false), ("overlay", "overlay", true)])
    func theDeviceRulesComeBehindTheMountsOfADisk(_ type: String, _ source: String, _ isEarly: Bool) throws {
        let plan = try birth(
            of: birthConfig(example("default")) {
                $0.spec.mounts?.append(.init(destination: "/t", type: type, source: source))
            })
        let rules = try #require(plan.firstIndex { if case .limitDevices = $0.action { true } else { false } })
        let mounted = try #require(plan.lastIndex { if case .mount = $0.action { true } else { false } })
        #expect((rules < mounted) == isEarly)
        #expect(plan.count { if case .limitDevices = $0.action { true } else { false } } == 1)
        #expect(plan.check() == [])
    }

    /// `create` ends when the container is ready, and a pid file is there only then.
    @Test(arguments: [(false, nil, true), (true, nil, false), (false, "/run/x.pid", false)] as [(Bool, String?, Bool)])
    func aContainerIsLetGoWhereNobodyWaitsForIt(_ hasGate: Bool, _ pidFile: String?, _ isLetGo: Bool) throws {
        let plan = try birth(
            of: birthConfig(example("default")) {
                $0.hasGate = hasGate
                $0.pidFile = pidFile
            })
        #expect(plan.contains { $0.action == .letGo } == isLetGo)
        #expect(plan.contains { $0.action == .recordCreated(pidFile: pidFile) } == !isLetGo)
        #expect(plan.check() == [])
    }

    /// Until these have run it is created, and isn't running yet.
    @Test func aContainerWithHooksToComeIsNotLetGo() throws {
        let plan = try birth(
            of: birthConfig(example("default")) {
                $0.hasGate = false
                $0.spec.hooks = .init(startContainer: [.init(path: "/bin/true")])
            })
        #expect(plan.contains { $0.action == .recordCreated(pidFile: nil) })
    }

    @Test func aNewNetworkHasItsLoopbackInterfaceUp() throws {
        func bringsUp(_ change: (inout BirthConfig) -> Void) throws -> Bool {
            try birth(of: birthConfig(example("default"), change)).contains { $0.action == .bringLoopbackUp }
        }
        #expect(try bringsUp { _ in })
        #expect(try bringsUp { $0.spec.linux?.namespaces?.append(.init(type: .user)) })
        #expect(
            try !bringsUp { config in
                for index in config.namespaces.indices where config.namespaces[index].type == .network {
                    config.spec.linux?.namespaces?[index].path = "/run/netns/n"
                }
            })
    }

    /// What takes memory is charged to the container.
    @Test func onlyMountsThatTakeNoMemoryComeBeforeTheCgroup() throws {
        let plan = try birth(
            of: birthConfig(example("default")) {
                $0.spec.mounts?.insert(
                    .init(destination: "/etc", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]), at: 1)
            })
        let entered = try #require(plan.firstIndex { if case .enterCgroup = $0.action { true } else { false } })
        let mounts = plan.indices.filter { if case .mount = plan[$0].action { true } else { false } }
        #expect(mounts.filter { $0 < entered }.count == 1)
        #expect(plan[..<entered].allSatisfy { $0.side == .runtime || $0.overlaps })
        #expect(plan.check() == [])
    }

    @Test func theGoldenPlanOfTheDemo() throws {
        let config = birthConfig(try example("demo")) { $0.pidFile = "/run/demo.pid" }
        let lines = try birth(of: config).enumerated().map { index, step in
            "\(index) \(step.side.rawValue)\(step.overlaps ? " at the same time" : "")"
                + ": \(step.action.sentence)\(step.origin.isEmpty ? "" : " [\(step.origin)]")"
        }
        let golden = String(decoding: try text(of: "Tests/ContainerRuntimeTests/Golden/demo.plan"), as: UTF8.self)
        #expect(lines == golden.split(separator: "\n").map(String.init), "\(lines.joined(separator: "\n"))")
    }

    @Test func mountsWithTheSameMappingShareIt() throws {
        let plan = try #require(variants.first { $0.testDescription == "id-mapped mounts" }).plan()
        let made = plan.filter { if case .openIDMapping = $0.action { true } else { false } }
        #expect(
            made.map(\.action) == [
                .openIDMapping(7, .lines(uid: "0 1000 1\n", gid: "0 1000 1\n")),
                .openIDMapping(9, .lines(uid: "0 1 1\n", gid: "0 1 1\n")),
            ])
        #expect(
            plan.filter { if case .mapMountSource = $0.action { true } else { false } }.map(\.action) == [
                .mapMountSource(7, mapping: 7, recursive: false), .mapMountSource(8, mapping: 7, recursive: true),
            ])
    }

    @Test func whoMayNotMapIDsLetsTheHelpersDoIt() throws {
        let plan = try #require(variants.first { $0.testDescription == "an ordinary user with granted ids" }).plan()
        let mapping = plan.filter { $0.origin.hasSuffix("idMappings") }.map(\.action)
        #expect(
            mapping == [
                .mapGrantedIDs(program: "newuidmap", ranges: ["0", "100000", "65536"]),
                .mapGrantedIDs(program: "newgidmap", ranges: ["0", "100000", "65536"]),
            ])
        let cgroups = plan.compactMap { step -> MountRequest? in
            if case .mountCgroups(let request, _) = step.action { request } else { nil }
        }
        #expect(cgroups.map { $0.attributes.set & 1 } == [1], "what isn't the container's own is read-only")
    }

    @Test func aPlanThatUsesWhatNothingOpenedIsUnsound() throws {
        var plan = try variants[1].plan()
        plan.removeAll { if case .makeGate = $0.action { true } else { false } }
        #expect(plan.check().count == 1, "\(plan.check())")
    }

    @Test func aPlanWithTwoClonesOrWithoutOneIsUnsound() throws {
        let plan = try variants[1].plan()
        let clone = try #require(plan.first { if case .clone = $0.action { true } else { false } })
        #expect(!(plan + [clone]).check().isEmpty)
        #expect(!plan.filter { $0 != clone }.check().isEmpty)
    }

    @Test func aPlanInWhichTheRuntimeWorksBehindTheGateIsUnsound() throws {
        var plan = try variants[1].plan()
        plan.insert(Step(.runtime, .adopt), at: plan.count - 1)
        #expect(!plan.check().isEmpty)
    }

    @Test func aPlanThatDoesNotEndWithTheProgramIsUnsound() throws {
        #expect(!Plan(try variants[1].plan().dropLast(2)).check().isEmpty)
    }
}

/// A JSON document, of which only the names matter.
private indirect enum Shape: Decodable {
    case object([String: Shape])
    case array([Shape])
    case leaf

    init(from decoder: any Decoder) throws {
        if let members = try? decoder.singleValueContainer().decode([String: Shape].self) {
            self = .object(members)
        } else if let elements = try? decoder.singleValueContainer().decode([Shape].self) {
            self = .array(elements)
        } else {
            self = .leaf
        }
    }

    /// Whether an RFC 6901 pointer leads to something; the empty one leads to the whole document.
    func has(_ pointer: String) -> Bool {
        guard !pointer.isEmpty else { return true }
        let names = pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let rest = names.dropFirst().map { "/" + $0 }.joined()
        switch self {
        case .object(let members): return names.first.flatMap { members[String($0)] }?.has(rest) == true
        case .array(let elements):
            guard let index = names.first.flatMap({ Int($0) }), elements.indices.contains(index) else { return false }
            return elements[index].has(rest)
        case .leaf: return false
        }
    }
}
