internal import Foundation
internal import Support

extension Observation {
    private static let unknown = [
        "crun": "crun 1.8.1 ignores the property", "runc": "runc 1.1.5 ignores the property",
    ]

    /// Nice value and policy in `/proc/PID/stat`, fields 19 and 41.
    private static let policy = "awk '{ print $19, $40, $41 }' /proc/$$/stat"
    /// The same of a child, which the shell's last command isn't.
    private static let policyOfChild = "awk '{ print $19, $40, $41 }' /proc/self/stat; true"

    /// A share of realtime for the container's cgroup, which on version 1 has none of its own.
    private static func grantRealtime(_ box: Box) {
        guard Cgroups.areV1 else { return }
        box.config["linux"]["resources"]["cpu"] = ["realtimePeriod": 1_000_000, "realtimeRuntime": 5000]
    }

    static let attributes: [Observation] = [
        Observation(
            name: "a batch policy with a nice value is set and inherited",
            change: { $0.config["process"]["scheduler"] = ["policy": "SCHED_BATCH", "nice": 5] },
            script: "\(policy); \(policyOfChild)", expected: "5 0 3\n5 0 3", differs: unknown),
        Observation(
            name: "an idle policy is set",
            change: { $0.config["process"]["scheduler"] = ["policy": "SCHED_IDLE"] },
            script: policy, expected: "0 0 5", differs: unknown),
        Observation(
            name: "a negative nice value is set, also for another user",
            change: { box in
                box.config["process"]["scheduler"] = ["policy": "SCHED_OTHER", "nice": -7]
                box.config["process"]["user"] = ["uid": 1000, "gid": 1000]
            },
            script: policy, expected: "-7 0 0", differs: unknown),
        Observation(
            name: "children do not inherit a raised priority where the flag says so",
            change: { box in
                box.config["process"]["scheduler"] = [
                    "policy": "SCHED_BATCH", "nice": -3, "flags": ["SCHED_FLAG_RESET_ON_FORK"],
                ]
            },
            script: "\(policy); \(policyOfChild)", expected: "-3 0 3\n0 0 3", differs: unknown),
        Observation(
            name: "a realtime policy has its priority",
            change: { box in
                grantRealtime(box)
                box.config["process"]["scheduler"] = ["policy": "SCHED_RR", "priority": 8]
            },
            script: policy, expected: "0 8 2", differs: unknown),
        Observation(
            name: "a deadline policy is set",
            change: { box in
                box.config["process"]["scheduler"] = [
                    "policy": "SCHED_DEADLINE", "runtime": 10_000_000, "deadline": 20_000_000, "period": 30_000_000,
                ]
            },
            // Such a process can't fork.
            script: "read line </proc/self/stat; set -- ${line##*) }; echo ${39}", expected: "6", differs: unknown),
        Observation(
            name: "the I/O priority is set and inherited",
            change: { $0.config["process"]["ioPriority"] = ["class": "IOPRIO_CLASS_BE", "priority": 6] },
            script: "ionice -p 1; sh -c 'ionice -p $$'", expected: "best-effort: prio 6\nbest-effort: prio 6",
            differs: unknown),
        Observation(
            name: "a realtime I/O priority is set",
            change: { $0.config["process"]["ioPriority"] = ["class": "IOPRIO_CLASS_RT", "priority": 0] },
            script: "ionice -p 1", expected: "realtime: prio 0", differs: unknown),
        Observation(
            name: "the CPUs for exec don't concern the first process",
            change: { $0.config["process"]["execCPUAffinity"] = ["initial": "0", "final": "0"] },
            script: "grep Cpus_allowed_list /proc/self/status | tr -d '\\t'",
            expected: (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8))
                .flatMap { $0.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list") } }
                .map { $0.replacingOccurrences(of: "\t", with: "") }),
        Observation(
            name: "the execution domain shows a machine of 32 bits",
            change: { $0.config["linux"]["personality"] = ["domain": "LINUX32"] },
            script: "cat /proc/self/personality; uname -m | grep -c -E 'i686|armv'", expected: "00000008\n1",
            differs: ["runc": "runc 1.1.5 ignores the property"]),
        Observation(
            name: "the native execution domain is the default",
            change: { $0.config["linux"]["personality"] = ["domain": "LINUX"] },
            script: "cat /proc/self/personality", expected: "00000000"),
        Observation(
            name: "the memory policy holds for all memory",
            change: { box in
                box.config["linux"]["memoryPolicy"] = [
                    "mode": "MPOL_BIND", "nodes": "0-3", "flags": ["MPOL_F_STATIC_NODES"],
                ]
            },
            script: "awk '{ print $2 }' /proc/self/numa_maps | sort -u", expected: "bind=static:0",
            differs: unknown),
        Observation(
            name: "a memory policy without nodes is set",
            change: { $0.config["linux"]["memoryPolicy"] = ["mode": "MPOL_PREFERRED"] },
            script: "awk '{ print $2 }' /proc/self/numa_maps | sort -u", expected: "local", differs: unknown),
        Observation(
            name: "empty labels ask for nothing",
            change: { box in
                box.config["process"]["apparmorProfile"] = ""
                box.config["process"]["selinuxLabel"] = ""
                box.config["linux"]["mountLabel"] = ""
            },
            script: "grep -c context= /proc/self/mounts; true", expected: "0",
            differs: ["crun": "crun 1.8.1 takes an empty label for one"]),
        Observation(
            name: "annotations have no effect on the container unless they are known",
            change: { $0.config["annotations"] = ["org.example.any": "thing", "io.kubernetes.cri-o.x": "y"] },
            script: "env | grep -c thing; true", expected: "0"),
    ]
}
