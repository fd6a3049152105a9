import Cgroups
import Foundation
import OCISpec
import Testing

private typealias Rule = Spec.Linux.Resources.DeviceRule

/// An access and whether it should be allowed, such as `"c 1:3 rw"`.
private struct Access {
    var kind: UInt32
    var major: UInt32
    var minor: UInt32
    var bits: UInt32

    init(_ text: String) {
        let parts = text.split { $0 == " " || $0 == ":" }
        kind = parts[0] == "b" ? 1 : 2
        major = UInt32(parts[1]) ?? 0
        minor = UInt32(parts[2]) ?? 0
        bits = parts[3].reduce(0) { $0 | ["m": 1, "r": 2, "w": 4][$1, default: 0] }
    }
}

/// What the kernel's machine would answer, for the instructions that device programs use.
private func run(_ program: [BPFInstruction], _ access: Access) throws -> UInt32 {
    let context = [access.bits << 16 | access.kind, access.major, access.minor]
    var registers = [UInt32](repeating: 0xdead, count: 11)
    var position = 0
    while true {
        // Only forward jumps are used, so this ends.
        let i = try #require(program.indices.contains(position) ? program[position] : nil)
        position += 1
        let immediate = UInt32(bitPattern: i.immediate)
        switch i.code {
        case BPFInstruction.loadW:
            #expect(i.source == 1)
            registers[Int(i.destination)] = context[Int(i.offset) / 4]
        case BPFInstruction.moveRegisterW: registers[Int(i.destination)] = registers[Int(i.source)]
        case BPFInstruction.moveW: registers[Int(i.destination)] = immediate
        case BPFInstruction.andW: registers[Int(i.destination)] &= immediate
        case BPFInstruction.shiftRightW: registers[Int(i.destination)] >>= immediate
        case BPFInstruction.jump: position += Int(i.offset)
        case BPFInstruction.jumpIfNotEqualW:
            if registers[Int(i.destination)] != immediate { position += Int(i.offset) }
        case BPFInstruction.jumpIfAnyW:
            if registers[Int(i.destination)] & immediate != 0 { position += Int(i.offset) }
        case BPFInstruction.exit: return registers[0]
        default: Issue.record("unknown instruction \(i)")
        }
        if position < 0 { return 0 }
    }
}

struct DeviceTests {
    private func lines(_ rules: [Rule]?) throws -> [String] {
        try DevicePolicy(rules).version1Settings().map { ($0.file == "devices.allow" ? "+" : "-") + $0.value }
    }

    private func problem(_ rules: [Rule]) -> (CgroupError.Problem?, String?) {
        let error = #expect(throws: CgroupError.self) { try DevicePolicy(rules).version1Settings() }
        return (error?.problem, error?.pointer)
    }

    private static let always = [
        "+b *:* m", "+c *:* m", "+c 1:3 rwm", "+c 1:5 rwm", "+c 1:7 rwm", "+c 1:8 rwm", "+c 1:9 rwm", "+c 5:0 rwm",
        "+c 5:2 rwm", "+c 136:* rwm", "+c 10:200 rwm",
    ]

    @Test func withoutRulesOnlyTheUsualDevicesAreAllowed() throws {
        for rules in [nil, []] as [[Rule]?] {
            #expect(try lines(rules).first == "-a")
            #expect(Set(try lines(rules).dropFirst()) == Set(Self.always))
        }
    }

    @Test func rulesAreWrittenInOrderAndTheUsualOnesLast() throws {
        let rules = [
            Rule(allow: false, access: "rwm"), Rule(allow: true, type: .character, major: 10, minor: 229, access: "rw"),
            Rule(allow: true, type: .block, major: 8, access: "r"),
            Rule(allow: true, type: .block, major: -1, minor: 3),
        ]
        let written = try lines(rules)
        #expect(written.prefix(4) == ["-a", "+c 10:229 rw", "+b 8:* r", "+b *:3 rwm"])
        #expect(Set(written.dropFirst(4)) == Set(Self.always))
        let settings = try DevicePolicy(rules).version1Settings()
        #expect(settings.prefix(2).map(\.pointer) == ["/linux/resources/devices/0", "/linux/resources/devices/1"])
        #expect(settings.last?.pointer == "")
    }

    @Test func aRuleAboutEverythingEndsWhatCameBefore() throws {
        let rules = [
            Rule(allow: true, type: .character, major: 10, minor: 229), Rule(allow: false, type: .all),
            Rule(allow: true, type: .all, major: -1, minor: -1, access: "mrw"),
        ]
        #expect(try lines(rules) == ["+a"])
        #expect(try DevicePolicy(rules).allowsEverything)
        #expect(try DevicePolicy(rules).program == nil)
    }

    @Test func aRuleAboutEverythingButNotEachAccessIsSplitInVersion1() throws {
        let rules = [Rule(allow: false), Rule(allow: true, access: "r")]
        #expect(try lines(rules).prefix(3) == ["-a", "+b *:* r", "+c *:* r"])
    }

    @Test func version1RefusesWhatItWouldIgnore() throws {
        let part = [
            Rule(allow: false), Rule(allow: true, type: .character, major: 1, access: "rw"),
            Rule(allow: false, type: .character, major: 1, minor: 11, access: "w"),
        ]
        #expect(problem(part) == (.deviceRuleCannotExclude(earlier: 1), "/linux/resources/devices/2"))
        var harmless = part
        harmless[2].access = "m"
        #expect(try lines(harmless).count == 3 + Self.always.count)
        var exact = part
        exact[2].minor = nil
        #expect(try lines(exact)[2] == "-c 1:* w")
        let gone = exact + [Rule(allow: false, type: .character, major: 1, minor: 11, access: "w")]
        #expect(throws: Never.self) { try lines(gone) }
    }

    @Test func badRulesAreRefusedWithTheirPointer() {
        let first = "/linux/resources/devices/0"
        #expect(problem([Rule(allow: true, access: "rx")]) == (.badDeviceAccess, first + "/access"))
        #expect(problem([Rule(allow: true, access: "")]) == (.badDeviceAccess, first + "/access"))
        #expect(problem([Rule(allow: true, type: .unknown("p"))]) == (.badDeviceType, first + "/type"))
        #expect(problem([Rule(allow: true, type: .all, major: 1)]) == (.badDeviceType, first + "/type"))
        #expect(problem([Rule(allow: true, minor: 0)]) == (.badDeviceType, first + "/type"))
        #expect(problem([Rule(allow: true, type: .block, major: -2)]) == (.belowMinimum(0), first + "/major"))
        #expect(
            problem([Rule(allow: true, type: .block, minor: 1 << 32)])
                == (.aboveMaximum(UInt64(UInt32.max)), first + "/minor"))
    }

    @Test func everyInstructionCanBeReached() throws {
        for rules in [nil, [Rule(allow: false)], [Rule(allow: true), Rule(allow: false, type: .block)]] as [[Rule]?] {
            let program = try #require(DevicePolicy(rules).program)
            var reached: Set<Int> = [0]
            for (position, i) in program.enumerated() where reached.contains(position) {
                let target = position + 1 + Int(i.offset)
                switch i.code {
                case BPFInstruction.exit: break
                case BPFInstruction.jump: reached.insert(target)
                case BPFInstruction.jumpIfAnyW, BPFInstruction.jumpIfNotEqualW:
                    reached.formUnion([position + 1, target])
                default: reached.insert(position + 1)
                }
            }
            #expect(reached == Set(program.indices))
        }
    }

    @Test(arguments: [
        ("c 1:3 rw", 1), ("c 1:3 rwm", 1), ("c 1:4 r", 0), ("c 1:4 m", 1), ("c 1:4 rm", 0), ("b 1:3 r", 0),
        ("b 8:0 m", 1), ("c 136:77 rw", 1), ("c 10:200 rw", 1), ("c 10:229 rw", 0),
    ])
    func withoutRulesTheProgramKnowsOnlyTheUsualDevices(access: String, answer: UInt32) throws {
        let program = try #require(DevicePolicy(nil).program)
        #expect(try run(program, Access(access)) == answer)
    }

    @Test(arguments: [
        ("b 8:0 r", 1), ("b 8:0 w", 0), ("b 8:0 rw", 0), ("b 8:1 rw", 1), ("b 8:1 rwm", 1), ("b 9:1 r", 0),
        ("c 4294967295:7 w", 1), ("c 4294967295:7 r", 0), ("c 8:0 r", 0),
    ])
    func laterRulesOverrideEarlierOnesBitByBit(access: String, answer: UInt32) throws {
        let program = try #require(
            DevicePolicy([
                Rule(allow: true, type: .block, major: 9), Rule(allow: false),
                Rule(allow: true, type: .block, major: 8, access: "r"),
                Rule(allow: true, type: .block, major: 8, access: "w"),
                Rule(allow: false, type: .block, major: 8, minor: 0, access: "w"),
                Rule(allow: true, type: .character, major: 4_294_967_295, minor: 7, access: "w"),
            ]).program)
        #expect(try run(program, Access(access)) == answer)
    }

    @Test(arguments: [("b 8:0 rw", 0), ("b 8:0 m", 1), ("b 8:1 rw", 1), ("c 200:1 rwm", 1)])
    func whatIsTakenFromEverythingIsForbidden(access: String, answer: UInt32) throws {
        let program = try #require(
            DevicePolicy([Rule(allow: true), Rule(allow: false, type: .block, major: 8, minor: 0)]).program)
        #expect(try run(program, Access(access)) == answer)
    }

    @Test(.enabled(if: canMakeCgroups, "\(cgroupsUnavailable ?? "")"))
    func theKernelTakesTheRulesOfItsMode() throws {
        let cgroup = try TestCgroup()
        try cgroup.create()
        let rules = [Rule(allow: false), Rule(allow: true, type: .character, major: 10, minor: 229, access: "rw")]
        for _ in 0..<2 {
            try CgroupDirectories(opening: cgroup.layout).restrictDevices(to: DevicePolicy(rules))
        }
        if cgroup.layout.mode != .v2 {
            let list = try cgroup.contents("devices", "devices.list").split(separator: "\n").map(String.init)
            #expect(list.contains("c 10:229 rw") && list.contains("c 1:3 rwm") && !list.contains("a *:* rwm"))
        }
    }

    @Test(.enabled(if: canMakeCgroups, "\(cgroupsUnavailable ?? "")"))
    func theKernelTakesThePrograms() throws {
        let cgroup = try TestCgroup()
        guard let place = cgroup.layout.places.first(where: \.isUnified) else { return }
        try cgroup.create()
        let directories = try CgroupDirectories(opening: cgroup.layout)
        let many = (0..<500).map { (number: Int64) -> Rule in
            let access = ["r", "rw", "rwm"][Int(number % 3)]
            let minor: Int64? = number % 5 == 0 ? nil : 1
            return Rule(
                allow: number % 3 != 0, type: number % 2 == 0 ? .block : .character, major: number, minor: minor,
                access: access)
        }
        // Each replaces the one before: otherwise the second would forbid what the last is asked for.
        for rules in [many, [Rule(allow: false)], [Rule(allow: false, access: "w")], nil] as [[Rule]?] {
            let program = try #require(DevicePolicy(rules).program)
            try directories.attach(program, to: place)
        }
        // Neither is among the usual ones, and one is everywhere.
        let forbidden = ["/dev/kmsg", "/dev/console", "/dev/mem"].first { FileManager.default.fileExists(atPath: $0) }
        let paths = ["/dev/zero"] + (forbidden.map { [$0] } ?? [])
        #expect(try cgroup.addMember(opening: paths).opened == (forbidden == nil ? ["ok"] : ["ok", "EPERM"]))
    }
}
