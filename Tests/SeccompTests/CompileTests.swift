import OCISpec
import Seccomp
import Testing

private typealias Filter = Spec.Linux.Seccomp

/// AUDIT_ARCH_… and SECCOMP_RET_…, from the kernel's headers.
private enum Kernel {
    static let allow: UInt32 = 0x7FFF_0000
    static let errno: UInt32 = 0x0005_0000
    static let killThread: UInt32 = 0
    static let killProcess: UInt32 = 0x8000_0000
    static let notImplemented: UInt32 = 0x0005_0000 | 38
    static let amd64: UInt32 = 0xC000_003E
    static let x86: UInt32 = 0x4000_0003
}

private func program(_ filter: Filter) throws -> [UInt64] { try Profile(filter).compile() }

/// `getppid`, which has the number 110 on x86-64, and takes no notice of the arguments.
private func program(_ conditions: Filter.Argument...) throws -> [UInt64] {
    try program(
        .init(
            defaultAction: .allow, syscalls: [.init(names: ["getppid"], action: .errno, errnoRet: 5, args: conditions)])
    )
}

/// What filters do, instruction by instruction: no kernel is asked.
@Suite struct CompileTests {
    @Test(
        arguments: [
            (.kill, nil, Kernel.killThread), (.killThread, nil, Kernel.killThread),
            (.killProcess, nil, Kernel.killProcess),
            (.trap, nil, 0x0003_0000), (.errno, nil, Kernel.errno | 1), (.errno, 0, Kernel.errno),
            (.errno, 4094, 0x0005_0FFE),
            (.trace, nil, 0x7FF0_0001), (.trace, 65_535, 0x7FF0_FFFF), (.log, nil, 0x7FFC_0000),
            (.notify, nil, 0x7FC0_0000),
        ] as [(Spec.Linux.Seccomp.Action, UInt32?, UInt32)])
    func anActionIsTheKernels(_ action: Spec.Linux.Seccomp.Action, _ errno: UInt32?, _ expected: UInt32) throws {
        let rule = Filter.Rule(names: ["getppid"], action: action, errnoRet: errno)
        let asRule = try program(.init(defaultAction: .allow, syscalls: [rule]))
        #expect(answer(of: asRule, to: Asked(number: 110)) == expected)
        #expect(answer(of: asRule, to: Asked(number: 111)) == Kernel.allow)
        let allowed = Filter.Rule(names: ["getppid"], action: .allow)
        let asDefault = try program(.init(defaultAction: action, defaultErrnoRet: errno, syscalls: [allowed]))
        #expect(answer(of: asDefault, to: Asked(number: 109)) == expected)
        #expect(answer(of: asDefault, to: Asked(number: 110)) == Kernel.allow)
    }

    /// Values around the limit, in both halves of 64 bits.
    private static let values: [UInt64] = [
        0, 1, 22, 23, 24, 1 << 32, (1 << 32) + 22, (5 << 32) + 23, (5 << 32) + 22, (5 << 32) + 24, (4 << 32) + 99,
        (6 << 32) + 1, .max - 1, .max,
    ]

    @Test(arguments: [UInt64(23), (5 << 32) + 23, 0, .max])
    func anOperatorComparesAllOf64BitsUnsigned(_ limit: UInt64) throws {
        let operators: [(Filter.Operator, (UInt64) -> Bool)] = [
            (.notEqual, { $0 != limit }), (.less, { $0 < limit }), (.lessOrEqual, { $0 <= limit }),
            (.equal, { $0 == limit }), (.greaterOrEqual, { $0 >= limit }), (.greater, { $0 > limit }),
        ]
        for (comparison, holds) in operators {
            for index in UInt32(0)...5 {
                let program = try program(.init(index: index, value: limit, op: comparison))
                for value in Self.values + [limit] {
                    var arguments = [UInt64](repeating: ~value, count: 6)
                    arguments[Int(index)] = value
                    let found = answer(of: program, to: Asked(number: 110, arguments: arguments))
                    #expect(
                        found == (holds(value) ? Kernel.errno | 5 : Kernel.allow),
                        "\(comparison) \(limit), argument \(index) = \(value)")
                }
            }
        }
    }

    @Test func aMaskedComparisonHasTheMaskFirst() throws {
        let mask: UInt64 = 0xF0_0000_00F0
        let wanted: UInt64 = 0x50_0000_0030
        let program = try program(.init(index: 1, value: mask, valueTwo: wanted, op: .maskedEqual))
        for value in [wanted, wanted | 0x0F, wanted | 0x10, wanted | (1 << 40), 0, wanted | (1 << 36), mask] as [UInt64]
        {
            let found = answer(of: program, to: Asked(number: 110, arguments: [0, value]))
            #expect(found == (value & mask == wanted ? Kernel.errno | 5 : Kernel.allow), "\(value)")
        }
    }

    @Test func allConditionsMustHold() throws {
        let program = try program(
            .init(index: 0, value: 1, op: .equal), .init(index: 3, value: 7, op: .greater))
        func found(_ first: UInt64, _ fourth: UInt64) -> UInt32? {
            answer(of: program, to: Asked(number: 110, arguments: [first, 0, 0, fourth]))
        }
        #expect(found(1, 8) == Kernel.errno | 5)
        #expect(found(1, 7) == Kernel.allow)
        #expect(found(2, 8) == Kernel.allow)
    }

    @Test func ofSeveralConditionsOnOneArgumentOneIsEnough() throws {
        let program = try program(
            .init(index: 0, value: 3, op: .equal), .init(index: 0, value: 10, op: .greaterOrEqual))
        for (value, refused) in [(3, true), (4, false), (10, true), (2, false)] as [(UInt64, Bool)] {
            let found = answer(of: program, to: Asked(number: 110, arguments: [value]))
            #expect(found == (refused ? Kernel.errno | 5 : Kernel.allow), "\(value)")
        }
    }

    @Test func aCallNobodyKnowsIsLeftOut() throws {
        let filter = Filter(
            defaultAction: .allow, syscalls: [.init(names: ["no_such_call", "getppid", ""], action: .errno)])
        #expect(answer(of: try program(filter), to: Asked(number: 110)) == Kernel.errno | 1)
    }

    @Test func aRuleThatSaysWhatTheDefaultSaysIsNoMistake() throws {
        let filter = Filter(defaultAction: .allow, syscalls: [.init(names: ["getppid"], action: .allow)])
        #expect(answer(of: try program(filter), to: Asked(number: 110)) == Kernel.allow)
    }

    @Test func wordsThatNobodyListsAreRefusedWithTheirPlace() {
        func pointer(_ filter: Filter) -> String? {
            do throws(FilterError) { _ = try Profile(filter) } catch { return error.pointer }
            return nil
        }
        #expect(pointer(.init(defaultAction: .unknown("x"))) == "/defaultAction")
        #expect(pointer(.init(defaultAction: .allow, architectures: [.amd64, .unknown("x")])) == "/architectures/1")
        let rule = Filter.Rule(names: ["read"], action: .unknown("x"))
        #expect(pointer(.init(defaultAction: .allow, syscalls: [rule])) == "/syscalls/0/action")
        func condition(_ index: UInt32, _ op: Filter.Operator) -> Filter {
            .init(
                defaultAction: .allow,
                syscalls: [.init(names: ["read"], action: .kill, args: [.init(index: index, value: 0, op: op)])])
        }
        #expect(pointer(condition(6, .equal)) == "/syscalls/0/args/0/index")
        #expect(pointer(condition(5, .unknown("x"))) == "/syscalls/0/args/0/op")
    }

    @Test func aFilterThatTheKernelWouldFindTooLongIsRefused() {
        let rules = (0..<1500).map { number in
            Filter.Rule(
                names: ["getppid"], action: .errno, args: [.init(index: 0, value: UInt64(number) << 33 | 7, op: .equal)]
            )
        }
        #expect {
            try program(.init(defaultAction: .allow, syscalls: rules))
        } throws: { error in
            guard case .tooLong(let count)? = (error as? FilterError)?.problem else { return false }
            return count > 4096
        }
    }
}

/// Filters for more than one architecture; the numbers are those of an x86-64 host.
@Suite(.enabled(if: isAMD64, "the numbers of system calls are those of x86-64")) struct ArchitectureTests {
    /// What `getppid` and `socket` are called by, from the kernel's tables.
    private static let others: [(Spec.Linux.Seccomp.Architecture, audit: UInt32, getppid: UInt32)] = [
        (.x86, 0x4000_0003, 64), (.x32, 0xC000_003E, 0x4000_0000 | 110), (.arm, 0x4000_0028, 64),
        (.aarch64, 0xC000_00B7, 173), (.mipsel, 0x4000_0008, 4064), (.mipsel64, 0xC000_0008, 5108),
        (.mipsel64n32, 0xE000_0008, 6108), (.ppc64le, 0xC000_0015, 64), (.riscv64, 0xC000_00F3, 173),
    ]

    @Test(arguments: others.indices) func aListedArchitectureHasTheRules(_ index: Int) throws {
        let other = Self.others[index]
        let rule = Filter.Rule(names: ["getppid"], action: .errno, errnoRet: 5)
        let program = try program(.init(defaultAction: .allow, architectures: [other.0], syscalls: [rule]))
        #expect(answer(of: program, to: Asked(number: 110)) == Kernel.errno | 5)
        let there = Asked(number: other.getppid, architecture: other.audit)
        #expect(answer(of: program, to: there) == Kernel.errno | 5)
        let beside = Asked(number: other.getppid + 1, architecture: other.audit)
        #expect(answer(of: program, to: beside) == Kernel.allow)
    }

    @Test(arguments: others.indices) func anArchitectureThatIsNotListedIsKilled(_ index: Int) throws {
        let other = Self.others[index]
        let program = try program(.init(defaultAction: .allow))
        let there = Asked(number: other.getppid, architecture: other.audit)
        #expect(answer(of: program, to: there) == Kernel.killThread)
    }

    @Test(arguments: Spec.Linux.Seccomp.Architecture.known)
    func noListedArchitectureKeepsTheNativeOneFromItsRules(_ architecture: Spec.Linux.Seccomp.Architecture) throws {
        let rule = Filter.Rule(names: ["getppid"], action: .errno, errnoRet: 5)
        let program = try program(
            .init(defaultAction: .allow, architectures: [architecture, .amd64], syscalls: [rule]))
        #expect(answer(of: program, to: Asked(number: 110)) == Kernel.errno | 5)
        #expect(answer(of: program, to: Asked(number: 111)) == Kernel.allow)
    }

    @Test func theOldSocketCallOf32BitsFollowsTheRuleForSocket() throws {
        let program = try program(
            .init(defaultAction: .allow, architectures: [.x86], syscalls: [.init(names: ["socket"], action: .errno)]))
        let direct = Asked(number: 359, architecture: Kernel.x86)
        #expect(answer(of: program, to: direct) == Kernel.errno | 1)
        let byWayOfSocketcall = Asked(number: 102, architecture: Kernel.x86, arguments: [1])
        #expect(answer(of: program, to: byWayOfSocketcall) == Kernel.errno | 1)
    }
}

/// Calls that are newer than the profile.
@Suite(.enabled(if: isAMD64, "the numbers of system calls are those of x86-64")) struct NewerCallTests {
    private func program(
        _ action: Spec.Linux.Seccomp.Action, _ architectures: [Spec.Linux.Seccomp.Architecture] = []
    ) throws -> [UInt64] {
        // faccessat2 has the number 439 everywhere, and is the newest of these.
        let rule = Filter.Rule(names: ["read", "faccessat2"], action: action == .allow ? .errno : .allow)
        return try Profile(.init(defaultAction: action, architectures: architectures, syscalls: [rule])).compile()
    }

    @Test(arguments: [.errno, .kill, .killProcess, .killThread, .trap] as [Spec.Linux.Seccomp.Action])
    func areUnknownWhereTheRestIsRefused(_ action: Spec.Linux.Seccomp.Action) throws {
        let program = try program(action)
        let refused = action.kernelValue(errno: nil)
        for (number, expected) in [
            (0, Kernel.allow), (1, refused), (438, refused), (439, Kernel.allow), (440, Kernel.notImplemented),
            (9999, Kernel.notImplemented), (0x3FFF_FFFF, Kernel.notImplemented),
        ] as [(UInt32, UInt32?)] {
            #expect(answer(of: program, to: Asked(number: number)) == expected, "\(number)")
        }
    }

    @Test(arguments: [.allow, .log, .trace, .notify] as [Spec.Linux.Seccomp.Action])
    func areLikeAllOthersWhereNothingIsRefused(_ action: Spec.Linux.Seccomp.Action) throws {
        let expected = action.kernelValue(errno: nil)
        #expect(answer(of: try program(action), to: Asked(number: 440)) == expected)
    }

    @Test func areJudgedByTheirOwnArchitecture() throws {
        let program = try program(.errno, [.x86, .x32, .aarch64])
        for (architecture, bit) in [(Kernel.x86, 0), (Kernel.amd64, 0x4000_0000), (0xC000_00B7, 0)]
            as [(UInt32, UInt32)]
        {
            #expect(answer(of: program, to: Asked(number: bit | 439, architecture: architecture)) == Kernel.allow)
            #expect(
                answer(of: program, to: Asked(number: bit | 440, architecture: architecture)) == Kernel.notImplemented)
            #expect(answer(of: program, to: Asked(number: bit | 438, architecture: architecture)) == Kernel.errno | 1)
        }
    }

    @Test func ofAnArchitectureThatIsNotListedAreKilled() throws {
        let program = try program(.errno)
        #expect(answer(of: program, to: Asked(number: 440, architecture: Kernel.x86)) == Kernel.killThread)
        #expect(answer(of: program, to: Asked(number: 0x4000_0000 | 440)) == Kernel.killThread)
    }

    @Test func inAProfileWithoutRulesThereAreNone() throws {
        let program = try Profile(.init(defaultAction: .errno)).compile()
        #expect(answer(of: program, to: Asked(number: 9999)) == Kernel.errno | 1)
    }
}

private let isAMD64: Bool = {
    #if arch(x86_64)
        true
    #else
        false
    #endif
}()
