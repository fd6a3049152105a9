internal import Foundation
internal import Support

extension Observation {
    static let process: [Observation] = [
        Observation(
            name: "the environment is the configured one and HOME",
            change: { box in
                try box.file("/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
                box.config["process"]["env"] = ["PATH=/bin", "A=1=2", "EMPTY=", "U=ü"]
            },
            // Without what the shell adds.
            script: "env | grep -vE '^(PWD|SHLVL|OLDPWD|_)=' | sort",
            expected: "A=1=2\nEMPTY=\nHOME=/root\nPATH=/bin\nU=ü"),
        Observation(
            name: "HOME of the configuration wins over passwd",
            change: { box in
                try box.file("/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
                box.config["process"]["env"] = ["PATH=/bin", "HOME=/tmp"]
            },
            script: "echo $HOME", expected: "/tmp"),
        Observation(
            name: "HOME is the user's, looked up by number",
            change: { box in
                try box.file("/etc/passwd", "1000:x:0:0::/wrong:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n")
                box.config["process"]["user"] = ["uid": 1000, "gid": 1000]
            },
            script: "echo $HOME", expected: "/home/ann"),
        Observation(
            name: "the working directory is cwd",
            change: { $0.config["process"]["cwd"] = "/tmp" }, script: "pwd", expected: "/tmp"),
        Observation(
            name: "a missing cwd is made",
            change: { box in
                box.config["process"]["cwd"] = "/var/made/for/you"
                box.config["root"]["readonly"] = false
            },
            script: "pwd", expected: "/var/made/for/you"),
        Observation(
            name: "the umask is 0022 unless asked otherwise", script: "umask", expected: "0022"),
        Observation(
            name: "a umask is applied", change: { $0.config["process"]["user"]["umask"] = 0o027 }, script: "umask",
            expected: "0027"),
        Observation(
            name: "limits are soft and hard",
            change: { box in
                box.config["process"]["rlimits"] = [
                    ["type": "RLIMIT_NOFILE", "soft": 256, "hard": 512], ["type": "RLIMIT_CORE", "soft": 0, "hard": 0],
                    ["type": "RLIMIT_STACK", "soft": 1_048_576, "hard": 2_097_152],
                ]
            },
            script: "grep -E 'open files|core file|stack' /proc/self/limits | tr -s ' '",
            expected: """
                Max stack size 1048576 2097152 bytes
                Max core file size 0 0 bytes
                Max open files 256 512 files
                """),
        Observation(
            name: "the OOM score is applied", change: { $0.config["process"]["oomScoreAdj"] = 321 },
            script: "cat /proc/self/oom_score_adj", expected: "321"),
        Observation(
            name: "no descriptor but the three standard ones is open",
            // The shell opens none of its own for a loop over a glob; ls would show its own directory.
            script: "for f in /proc/$$/fd/*; do test -e $f && echo ${f##*/}; done; true", expected: "0\n1\n2"),
        Observation(
            name: "the process is number 1 and the leader of a session of its own",
            script: "awk '{ print $1, $5, $6 }' /proc/$$/stat", expected: "1 1 1"),
        Observation(
            name: "the host name is set", change: { $0.config["hostname"] = "somewhere" }, script: "hostname; uname -n",
            expected: "somewhere\nsomewhere"),
        Observation(
            name: "the domain name is set", change: { $0.config["domainname"] = "example.org" },
            script: "cat /proc/sys/kernel/domainname", expected: "example.org",
            differs: ["crun": "crun 1.8 knows no domainname", "runc": "runc 1.1 knows no domainname"]),
        Observation(
            name: "kernel settings of the container's namespaces are written",
            change: { box in
                box.config["linux"]["sysctl"] = [
                    "net.ipv4.ip_forward": "1", "kernel.msgmax": "4096", "net.core.somaxconn": "256",
                ]
            },
            script: "cd /proc/sys && cat net/ipv4/ip_forward kernel/msgmax net/core/somaxconn",
            expected: "1\n4096\n256"),
        Observation(
            name: "a program is found in the container's PATH",
            change: { box in
                try box.file("/opt/tools/greet", "#!/bin/sh\necho hello from tools\n", mode: 0o755)
                box.config["process"]["env"] = ["PATH=/nowhere:/opt/tools:/bin"]
            },
            script: "greet", expected: "hello from tools"),
        Observation(
            name: "no signal is blocked, and none ignored",
            script: "grep -E 'Sig(Blk|Ign)' /proc/self/status | tr -d '\\t'",
            expected: "SigBlk:0000000000000000\nSigIgn:0000000000000000"),
    ]

    static let identity: [Observation] = [
        Observation(
            name: "user, group and further groups are exactly the configured ones",
            change: { $0.config["process"]["user"] = ["uid": 1000, "gid": 1001, "additionalGids": [5, 6]] },
            script: "grep -E '^(Uid|Gid|Groups)' /proc/self/status | tr '\\t' ' '",
            expected: "Uid: 1000 1000 1000 1000\nGid: 1001 1001 1001 1001\nGroups: 5 6"),
        Observation(
            name: "all five capability sets are the configured ones",
            change: { box in
                box.config["process"]["user"] = ["uid": 1000, "gid": 1000]
                box.config["process"]["capabilities"] = [
                    "bounding": ["CAP_KILL", "CAP_CHOWN", "CAP_SETUID"], "permitted": ["CAP_KILL", "CAP_CHOWN"],
                    "effective": ["CAP_KILL"], "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"],
                ]
            },
            // The shell was executed by uid 1000: what it has are the sets after an exec.
            script: "grep ^Cap /proc/self/status | tr -d '\\t'",
            expected: """
                CapInh:0000000000000020
                CapPrm:0000000000000020
                CapEff:0000000000000020
                CapBnd:00000000000000a1
                CapAmb:0000000000000020
                """),
        Observation(
            name: "root keeps its bounding set and no more",
            change: { box in
                let set: JSON = ["CAP_KILL", "CAP_CHOWN"]
                box.config["process"]["capabilities"] = ["bounding": set, "permitted": set, "effective": set]
            },
            script: "grep ^Cap /proc/self/status | tr -d '\\t'",
            expected: """
                CapInh:0000000000000000
                CapPrm:0000000000000021
                CapEff:0000000000000021
                CapBnd:0000000000000021
                CapAmb:0000000000000000
                """),
        Observation(
            name: "empty capability sets are empty",
            change: { box in
                box.config["process"]["capabilities"] = [
                    "bounding": [], "permitted": [], "effective": [], "inheritable": [], "ambient": [],
                ]
            },
            script: "grep -E 'Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status | grep -c 0000000000000000", expected: "5"),
        Observation(
            name: "no new privileges is set when asked", script: "grep NoNewPrivs /proc/self/status | tr -d '\\t'",
            expected: "NoNewPrivs:1"),
        Observation(
            name: "no new privileges is not set when not asked",
            change: { $0.config["process"]["noNewPrivileges"] = false },
            script: "grep NoNewPrivs /proc/self/status | tr -d '\\t'", expected: "NoNewPrivs:0"),
    ]
}
