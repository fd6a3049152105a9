import OCISpec
import Testing
import Validation

private typealias Filter = Spec.Linux.Seccomp

/// A case of the sound configuration with a filter.
private func filter(
    _ title: String, _ filter: Spec.Linux.Seccomp, _ expected: Mark..., host: HostFacts = HostFacts(),
    change: @escaping @Sendable (inout Spec) -> Void = { _ in }
) -> Case {
    var it = Case(title, host: host) {
        $0.linux?.seccomp = filter
        change(&$0)
    }
    it.expected = expected
    return it
}

private func rule(
    _ action: Spec.Linux.Seccomp.Action, _ names: [String] = ["mkdir"], errno: UInt32? = nil,
    if conditions: Spec.Linux.Seccomp.Argument...
) -> Spec.Linux.Seccomp.Rule {
    .init(names: names, action: action, errnoRet: errno, args: conditions.isEmpty ? nil : conditions)
}

@Suite("Filters of system calls") struct SeccompTests {
    static let words: [Case] = [
        filter("the least one", .init(defaultAction: .allow)),
        filter(
            "unknown words",
            .init(
                defaultAction: .unknown("ALLOW"), architectures: [.amd64, .unknown("x")], flags: [.unknown("x")],
                syscalls: [
                    rule(
                        .unknown("x"), [], if: .init(index: 6, value: 0, op: .unknown("x")),
                        .init(index: 5, value: 0, op: .less)),
                    rule(.allow, ["execve"]),
                ]), .error("/linux/seccomp/architectures/1", "seccomp-word"),
            .error("/linux/seccomp/defaultAction", "seccomp-word"), .error("/linux/seccomp/flags/0", "seccomp-word"),
            .error("/linux/seccomp/syscalls/0/action", "seccomp-word"),
            .error("/linux/seccomp/syscalls/0/args/0/index", "seccomp-rule"),
            .error("/linux/seccomp/syscalls/0/args/0/op", "seccomp-word"),
            .error("/linux/seccomp/syscalls/0/names", "seccomp-rule")),
        filter(
            "an errno without a use", .init(defaultAction: .allow, defaultErrnoRet: 1),
            .error("/linux/seccomp/defaultErrnoRet", "seccomp-errno")),
        filter(
            "an errno without a use in a rule", .init(defaultAction: .allow, syscalls: [rule(.kill, errno: 1)]),
            .error("/linux/seccomp/syscalls/0/errnoRet", "seccomp-errno")),
        filter(
            "the highest errno",
            .init(defaultAction: .allow, syscalls: [rule(.errno, errno: 4094), rule(.trace, errno: 65_535)])),
        filter(
            "errnos that are too high",
            .init(defaultAction: .allow, syscalls: [rule(.errno, errno: 4095), rule(.trace, errno: 65_536)]),
            .error("/linux/seccomp/syscalls/0/errnoRet", "seccomp-errno"),
            .error("/linux/seccomp/syscalls/1/errnoRet", "seccomp-errno")),
        filter(
            "too many rules", .init(defaultAction: .allow, syscalls: Array(repeating: rule(.errno), count: 4097)),
            .error("/linux/seccomp/syscalls", "seccomp-count")),
        filter(
            "too many names",
            .init(defaultAction: .allow, syscalls: [rule(.errno, Array(repeating: "mkdir", count: 10_001))]),
            .error("/linux/seccomp/syscalls", "seccomp-count")),
    ]

    static let listeners: [Case] = [
        filter("a listener", .init(defaultAction: .notify, listenerPath: "/run/x", listenerMetadata: "x")),
        filter("nobody to ask", .init(defaultAction: .notify), .error("/linux/seccomp", "seccomp-listener")),
        filter(
            "nobody to ask for one call", .init(defaultAction: .allow, syscalls: [rule(.notify)]),
            .error("/linux/seccomp", "seccomp-listener")),
        filter(
            "a relative path", .init(defaultAction: .notify, listenerPath: "x"),
            .error("/linux/seccomp/listenerPath", "seccomp-listener")),
        filter(
            "a path that is too long",
            .init(defaultAction: .notify, listenerPath: "/" + String(repeating: "x", count: 107)),
            .error("/linux/seccomp/listenerPath", "seccomp-listener")),
        filter(
            "text for nobody", .init(defaultAction: .allow, listenerMetadata: "x"),
            .error("/linux/seccomp/listenerMetadata", "seccomp-listener")),
        filter(
            "a listener that is never asked", .init(defaultAction: .allow, listenerPath: "/run/x"),
            .warning("/linux/seccomp/listenerPath", "seccomp-listener")),
        filter(
            "a flag for listeners", .init(defaultAction: .allow, flags: [.waitKillable]),
            .warning("/linux/seccomp/flags/0", "seccomp-kernel")),
        filter(
            "a listener that is asked about the runtime's own calls",
            .init(
                defaultAction: .allow, listenerPath: "/run/x",
                syscalls: [
                    rule(.notify, ["read", "poll", "ppoll", "rt_sigaction", "rt_sigprocmask", "execve", "write"])
                ])),
    ]

    static let circumstances: [Case] = [
        filter(
            "a kernel without an action",
            .init(defaultAction: .allow, syscalls: [rule(.log), rule(.killProcess), rule(.kill)]),
            .error("/linux/seccomp/syscalls/0/action", "seccomp-kernel"),
            .error("/linux/seccomp/syscalls/1/action", "seccomp-kernel"),
            host: {
                var host = HostFacts()
                host.seccompActions = ["kill_thread", "trap", "errno", "trace", "allow"]
                return host
            }()),
        filter(
            "a kernel without the default action", .init(defaultAction: .log),
            .error("/linux/seccomp/defaultAction", "seccomp-kernel"),
            host: {
                var host = HostFacts()
                host.seccompActions = ["allow"]
                return host
            }()),
        filter(
            "flags of a later kernel",
            .init(
                defaultAction: .notify, flags: [.threadSync, .log, .speculationAllowed, .waitKillable],
                listenerPath: "/run/x"), .error("/linux/seccomp/flags/2", "seccomp-kernel"),
            .error("/linux/seccomp/flags/3", "seccomp-kernel"), host: HostFacts(kernelMajor: 4, kernelMinor: 14)),
        filter(
            "nobody who may load it", .init(defaultAction: .allow),
            .error("/linux/namespaces/0", "namespace-privilege"), .error("/linux/seccomp", "seccomp-privilege"),
            host: HostFacts(effectiveUserID: 1000, capabilities: 0)),
        filter(
            "nobody who may load it, but no_new_privs", .init(defaultAction: .allow),
            .error("/linux/namespaces/0", "namespace-privilege"),
            host: HostFacts(effectiveUserID: 1000, capabilities: 0)
        ) { $0.process?.noNewPrivileges = true },
        filter(
            "a container without a process", .init(defaultAction: .kill), .warning("/process", "process-present")
        ) { $0.process = nil },
        filter(
            "calls nobody knows",
            .init(defaultAction: .allow, syscalls: [rule(.errno, ["mkdir", "mkdri"]), rule(.log, ["mkdri"])]),
            .warning("/linux/seccomp/syscalls/0/names/1", "seccomp-name"),
            host: {
                var host = HostFacts()
                host.unknownSystemCalls = ["mkdri"]
                return host
            }()),
        filter(
            "calls nobody knows that would be allowed",
            .init(defaultAction: .errno, syscalls: [rule(.allow, ["execve", "mkdri"])]),
            host: {
                var host = HostFacts()
                host.unknownSystemCalls = ["mkdri"]
                return host
            }()),
    ]

    /// The filter is there before the program: what would refuse execve makes no container.
    static let lastCalls: [Case] = [
        filter(
            "nothing is allowed", .init(defaultAction: .errno),
            .error("/linux/seccomp/defaultAction", "seccomp-program")),
        filter(
            "execve is forgotten",
            .init(defaultAction: .killProcess, syscalls: [rule(.allow, ["read", "write", "exit_group"])]),
            .error("/linux/seccomp/defaultAction", "seccomp-program")),
        filter(
            "execve is refused", .init(defaultAction: .allow, syscalls: [rule(.log), rule(.kill, ["execve"])]),
            .error("/linux/seccomp/syscalls/1/action", "seccomp-program")),
        filter(
            "execve is left to a tracer", .init(defaultAction: .allow, syscalls: [rule(.trace, ["execve"])]),
            .error("/linux/seccomp/syscalls/0/action", "seccomp-program")),
        filter("execve alone is allowed", .init(defaultAction: .kill, syscalls: [rule(.allow, ["execve"])])),
        filter("execve is logged", .init(defaultAction: .kill, syscalls: [rule(.log, ["execve"])])),
        filter(
            "the first of two rules stands",
            .init(defaultAction: .kill, syscalls: [rule(.allow, ["execve"]), rule(.trap, ["execve"])])),
        filter(
            "it depends on the arguments",
            .init(
                defaultAction: .allow, syscalls: [rule(.errno, ["execve"], if: .init(index: 0, value: 0, op: .equal))])),
        filter(
            "it depends on the arguments, for allowing",
            .init(
                defaultAction: .errno,
                syscalls: [rule(.allow, ["execve"], if: .init(index: 0, value: 0, op: .notEqual))])
        ),
        filter(
            "behind a filter with a listener there is more to do",
            .init(defaultAction: .errno, listenerPath: "/run/x", syscalls: [rule(.allow, ["execve"]), rule(.notify)]),
            .error("/linux/seccomp/defaultAction", "seccomp-program"),
            .error("/linux/seccomp/defaultAction", "seccomp-program"),
            .error("/linux/seccomp/defaultAction", "seccomp-program"),
            .error("/linux/seccomp/defaultAction", "seccomp-program")),
    ]

    static let conditions: [Case] = [
        filter(
            "several on one argument",
            .init(
                defaultAction: .allow,
                syscalls: [
                    rule(
                        .errno, if: .init(index: 1, value: 0, op: .equal), .init(index: 2, value: 0, op: .equal),
                        .init(index: 1, value: 5, op: .equal))
                ]), .warning("/linux/seccomp/syscalls/0/args/2/index", "seccomp-condition")),
        filter(
            "a second value without a use",
            .init(
                defaultAction: .allow,
                syscalls: [rule(.errno, if: .init(index: 1, value: 1, valueTwo: 2, op: .greater))]),
            .warning("/linux/seccomp/syscalls/0/args/0/valueTwo", "seccomp-condition")),
        filter(
            "a second value of 0",
            .init(
                defaultAction: .allow,
                syscalls: [rule(.errno, if: .init(index: 1, value: 1, valueTwo: 0, op: .greater))])),
        filter(
            "a mask that leaves nothing",
            .init(
                defaultAction: .allow,
                syscalls: [rule(.errno, if: .init(index: 1, value: 6, valueTwo: 8, op: .maskedEqual))]),
            .warning("/linux/seccomp/syscalls/0/args/0/valueTwo", "seccomp-condition")),
        filter(
            "a mask",
            .init(
                defaultAction: .allow,
                syscalls: [rule(.errno, if: .init(index: 1, value: 6, valueTwo: 4, op: .maskedEqual))])),
    ]

    @Test(arguments: words + listeners + circumstances + lastCalls + conditions)
    func areJudgedBeforeAnythingIsMade(_ it: Case) { it.check() }
}
