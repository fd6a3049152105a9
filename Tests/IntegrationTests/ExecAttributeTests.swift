internal import Foundation
internal import Support
internal import Testing

/// How a process that joins a container is scheduled and placed.
@Suite(.containers) struct ExecAttributeTests {
    private func document(_ script: String, _ change: (inout JSON) -> Void) -> JSON {
        var document: JSON = [
            "args": ["/bin/sh", "-c", .string(script)], "cwd": "/", "env": ["PATH=/bin"], "user": ["uid": 0, "gid": 0],
        ]
        change(&document)
        return document
    }

    @Test func anExecRunsOnTheConfiguredCPUs() throws {
        try withSleeper { box in
            box.config["process"]["execCPUAffinity"] = ["initial": "0", "final": "0"]
        } _: { box in
            let script = "grep Cpus_allowed_list /proc/self/status | tr -d '\\t'"
            let seen = try box.exec([], "/bin/sh", "-c", script).get().output
            #expect(seen == "Cpus_allowed_list:0\n")
            let other = document(script) { $0["execCPUAffinity"] = ["final": "0"] }
            let elsewhere = try box.exec(document: other).get().output
            #expect(elsewhere == "Cpus_allowed_list:0\n")
        }
    }

    @Test func anExecOnCPUsThatAreNotThereSaysSo() throws {
        try withSleeper { box in
            let nowhere = document("true") { $0["execCPUAffinity"] = ["final": "60000"] }
            let outcome = try box.exec(document: nowhere)
            #expect(outcome.status != 0)
            #expect(outcome.errors.contains("/execCPUAffinity/final"), "\(outcome)")
        }
    }

    @Test func anExecIsScheduledAsItsDocumentSays() throws {
        try withSleeper { box in
            let batch = document("awk '{ print $19, $41 }' /proc/$$/stat; ionice -p $$") {
                $0["scheduler"] = ["policy": "SCHED_BATCH", "nice": 4]
                $0["ioPriority"] = ["class": "IOPRIO_CLASS_IDLE", "priority": 0]
            }
            let seen = try box.exec(document: batch).get().output
            #expect(seen == "4 3\nidle\n")
        }
    }

    @Test func anExecSharesDomainAndMemoryPolicyWithItsContainer() throws {
        try withSleeper { box in
            box.config["linux"]["personality"] = ["domain": "LINUX32"]
            box.config["linux"]["memoryPolicy"] = ["mode": "MPOL_BIND", "nodes": "0"]
        } _: { box in
            let script = "cat /proc/self/personality; awk '{ print $2 }' /proc/self/numa_maps | sort -u"
            let seen = try box.exec([], "/bin/sh", "-c", script).get().output
            #expect(seen == "00000008\nbind:0\n")
        }
    }
}
