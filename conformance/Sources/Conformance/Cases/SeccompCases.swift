import CKernel
import Foundation
import Glibc
import JSONValue

/// linux.seccomp: calls are made, and the kernel's answers decide.
enum SeccompCases {
    private static let getpgid = Int(SYS_getpgid)
    private static let personality = Int(SYS_personality)
    private static let mkdirat = Int(SYS_mkdirat)

    private static func profile(_ config: inout JSON, default action: String = "SCMP_ACT_ALLOW", _ rules: [JSON]) {
        config["/linux/seccomp"] = ["defaultAction": .string(action), "syscalls": .array(rules)]
    }

    /// What a call answers has to be this errno.
    private static func errno(_ number: Int32, _ step: String) -> @Sendable (Report) throws -> Void {
        {
            let seen = $0.answer(step)
            try $0.expect(seen["/errno"]?.int == Int(number), "errno \(number) from \(step)", seen.text())
        }
    }

    private static let forgets = Fault.config("installs no filter") { $0["/linux/seccomp"] = nil }

    @CaseList static var all: [Case] {
        Case.observe(
            "seccomp/errno", "lets the named calls fail, with EPERM by default",
            ["config-linux/seccomp#9", "config-linux/seccomp#11"], steps: ["call=\(getpgid):0"], broken: forgets,
            config: { profile(&$0, [["names": ["getpgid"], "action": "SCMP_ACT_ERRNO"]]) },
            sees: errno(EPERM, "call=\(getpgid):0"))
        Case.observe(
            "seccomp/errno-value", "lets the named calls fail with errnoRet", ["config-linux/seccomp#11"],
            since: "1.0.2", steps: ["call=\(getpgid):0"],
            broken: .config("takes the default") { $0["/linux/seccomp/syscalls/0/errnoRet"] = nil },
            config: { profile(&$0, [["names": ["getpgid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38]]) },
            sees: errno(ENOSYS, "call=\(getpgid):0"))
        Case.observe(
            "seccomp/default-action", "applies defaultAction, and its errno, to calls that no rule names",
            ["config-linux/seccomp#1"], since: "1.1.0", steps: ["call=\(personality):-1"],
            broken: forgets,
            config: {
                // A profile that denies by default has to name what the runtime and the probe need; so it denies by
                // an argument that only the probe uses.
                profile(
                    &$0, default: "SCMP_ACT_ERRNO",
                    [
                        [
                            "names": .strings(SystemCallNames.all.filter { $0 != "personality" }),
                            "action": "SCMP_ACT_ALLOW",
                        ]
                    ])
                $0["/linux/seccomp/defaultErrnoRet"] = 77
            },
            sees: errno(77, "call=\(personality):-1"))
        Case.observe(
            "seccomp/kill", "kills the process that makes the named call", ["config-linux/seccomp#11"],
            since: "1.0.2", steps: ["call=\(getpgid):0"], broken: forgets,
            config: { profile(&$0, [["names": ["getpgid"], "action": "SCMP_ACT_KILL_PROCESS"]]) },
            sees: {
                let seen = $0.answer("call=\(getpgid):0")
                try $0.expect(seen["/signal"]?.int == 31, "death by SIGSYS", seen.text())
            })
        Case.observe(
            "seccomp/trap", "sends SIGSYS for the named call", ["config-linux/seccomp#11"],
            steps: ["call=\(getpgid):0"],
            broken: forgets, config: { profile(&$0, [["names": ["getpgid"], "action": "SCMP_ACT_TRAP"]]) },
            sees: {
                let seen = $0.answer("call=\(getpgid):0")
                try $0.expect(seen["/signal"]?.int == 31, "death by SIGSYS", seen.text())
            })
        for action in ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG"] {
            Case.observe(
                "seccomp/\(action.dropFirst(9).lowercased())", "lets the named call through with \(action)",
                ["config-linux/seccomp#11"], since: "1.0.2", steps: ["call=\(getpgid):0"],
                broken: .config("denies it") { $0["/linux/seccomp/syscalls/0/action"] = "SCMP_ACT_ERRNO" },
                config: {
                    profile(&$0, [["names": ["getpgid"], "action": .string(action)]])
                    // A filter that allows everything may be left out.
                    $0["/linux/seccomp/syscalls/-"] = ["names": ["getpriority"], "action": "SCMP_ACT_ERRNO"]
                },
                sees: {
                    try $0.works("call=\(getpgid):0")
                    try $0.equal("/seccomp", 2)
                })
        }
        Case.observe(
            "seccomp/no-filter", "installs no filter unless asked", ["runtime/create#4"],
            broken: .config("installs one") {
                profile(&$0, [["names": ["getpgid"], "action": "SCMP_ACT_ERRNO"]])
            },
            config: { _ in }, sees: { try $0.equal("/seccomp", 0) })
        conditions
        refusals
        NotifyCases.all
    }

    /// An operator, a value, another for masked comparison, arguments that match, arguments that don't.
    private static let operators: [(String, UInt64, UInt64?, Int, Int)] = [
        ("SCMP_CMP_EQ", 10, nil, 10, 11), ("SCMP_CMP_NE", 10, nil, 11, 10), ("SCMP_CMP_LT", 10, nil, 9, 10),
        ("SCMP_CMP_LE", 10, nil, 10, 11), ("SCMP_CMP_GT", 10, nil, 11, 10), ("SCMP_CMP_GE", 10, nil, 10, 9),
        ("SCMP_CMP_MASKED_EQ", 0xF0, 0x20, 0x2F, 0x3F),
    ]

    @CaseList private static var conditions: [Case] {
        for (name, value, second, matching, other) in operators {
            Case.observe(
                "seccomp/\(name.dropFirst(5).lowercased().replacingOccurrences(of: "_", with: "-"))",
                "compares an argument with \(name)",
                ["config-linux/seccomp#13", "config-linux/seccomp#14", "config-linux/seccomp#15"],
                steps: ["call=\(mkdirat):-1:0:\(matching)", "call=\(mkdirat):-1:0:\(other)"],
                broken: .config("compares another argument") { $0["/linux/seccomp/syscalls/0/args/0/index"] = 1 },
                config: {
                    var condition: JSON = ["index": 2, "value": .int(value), "op": .string(name)]
                    if let second { condition["/valueTwo"] = .int(second) }
                    profile(
                        &$0, [["names": ["mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 71, "args": [condition]]])
                },
                sees: { report in
                    let seen = [matching, other].map { value in
                        report.answer("call=\(mkdirat):-1:0:\(value)")["/errno"]?.int ?? 0
                    }
                    try report.expect(
                        seen[0] == 71 && seen[1] != 71, "errno 71 for \(matching) and another for \(other)", "\(seen)")
                })
        }
        Case.observe(
            "seccomp/two-conditions", "demands all conditions of a rule", ["config-linux/seccomp#13"],
            steps: ["call=\(mkdirat):-1:0:5", "call=\(mkdirat):-2:0:5"],
            broken: .config("demands one of them") { $0["/linux/seccomp/syscalls/0/args/0"] = nil },
            config: {
                profile(
                    &$0,
                    [
                        [
                            "names": ["mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 71,
                            "args": [
                                ["index": 0, "value": .int(UInt64.max), "op": "SCMP_CMP_EQ"],
                                ["index": 2, "value": 5, "op": "SCMP_CMP_EQ"],
                            ],
                        ]
                    ])
            },
            sees: { report in
                let seen = [-1, -2].map { value in report.answer("call=\(mkdirat):\(value):0:5")["/errno"]?.int ?? 0 }
                try report.expect(seen[0] == 71 && seen[1] != 71, "errno 71 for the first call alone", "\(seen)")
            })
    }

    @CaseList private static var refusals: [Case] {
        Case.refuse(
            "seccomp/default-errno-unfit", "refuses defaultErrnoRet with an action that has no errno",
            ["config-linux/seccomp#2"], since: "1.1.0",
            config: {
                profile(&$0, [["names": ["getpgid"], "action": "SCMP_ACT_ERRNO"]])
                $0["/linux/seccomp/defaultErrnoRet"] = 5
            })
        Case.refuse(
            "seccomp/errno-unfit", "refuses errnoRet with an action that has no errno", ["config-linux/seccomp#12"],
            since: "1.1.0", atStart: true,
            config: { profile(&$0, [["names": ["getpgid"], "action": "SCMP_ACT_KILL", "errnoRet": 5]]) })
        Case.refuse(
            "seccomp/names-empty", "refuses a rule without names",
            ["config-linux/seccomp#10", "config/valid-values#1"],
            atStart: true, config: { profile(&$0, [["names": [], "action": "SCMP_ACT_ERRNO"]]) })
        Case.refuse(
            "seccomp/metadata-alone", "refuses listenerMetadata without listenerPath",
            ["config-linux/seccomp#8", "config/valid-values#1"], since: "1.1.0", atStart: true,
            config: {
                profile(&$0, [["names": ["getpgid"], "action": "SCMP_ACT_ERRNO"]])
                $0["/linux/seccomp/listenerMetadata"] = "text"
            })
        for (what, pointer, value) in [
            ("action", "/linux/seccomp/syscalls/0/action", "SCMP_ACT_BOGUS"),
            ("default-action", "/linux/seccomp/defaultAction", "SCMP_ACT_BOGUS"),
            ("operator", "/linux/seccomp/syscalls/0/args/0/op", "SCMP_CMP_BOGUS"),
            ("architecture", "/linux/seccomp/architectures/-", "SCMP_ARCH_BOGUS"),
            ("flag", "/linux/seccomp/flags/-", "SECCOMP_FILTER_FLAG_BOGUS"),
        ] {
            Case.refuse(
                "seccomp/\(what)-unknown",
                "refuses a seccomp \(what.replacingOccurrences(of: "-", with: " ")) that nobody knows",
                ["config/valid-values#1"], atStart: true,
                config: {
                    profile(
                        &$0,
                        [
                            [
                                "names": ["getpgid"], "action": "SCMP_ACT_ERRNO",
                                "args": [["index": 0, "value": 9, "op": "SCMP_CMP_EQ"]],
                            ]
                        ])
                    $0[pointer] = .string(value)
                })
        }
        for (what, number) in [
            ("defaultAction", 1), ("names", 9), ("action", 11), ("index", 13), ("value", 14), ("op", 15),
        ] {
            Case.refuse(
                "seccomp/\(what)-missing", "refuses a profile without \(what)", ["config-linux/seccomp#\(number)"],
                tolerated: documentOnly, atStart: true,
                config: {
                    profile(
                        &$0,
                        [
                            [
                                "names": ["getpgid"], "action": "SCMP_ACT_ERRNO",
                                "args": [["index": 0, "value": 9, "op": "SCMP_CMP_EQ"]],
                            ]
                        ])
                    switch what {
                    case "defaultAction": $0["/linux/seccomp/defaultAction"] = nil
                    case "names", "action": $0["/linux/seccomp/syscalls/0/\(what)"] = nil
                    default: $0["/linux/seccomp/syscalls/0/args/0/\(what)"] = nil
                    }
                })
        }
    }
}
