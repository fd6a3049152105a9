/// A configuration that uses every property the model has; it makes no sense as a container.
let completeConfiguration = #"""
    {
        "ociVersion": "1.3.0",
        "root": {"path": "rootfs", "readonly": true},
        "mounts": [
            {
                "destination": "/srv", "type": "none", "source": "/home/srv", "options": ["rbind", "ridmap"],
                "uidMappings": [{"containerID": 0, "hostID": 70000, "size": 10}],
                "gidMappings": [{"containerID": 0, "hostID": 80000, "size": 20}]
            }
        ],
        "process": {
            "terminal": true,
            "consoleSize": {"height": 50, "width": 132},
            "cwd": "/work",
            "env": ["PATH=/bin", "LANG=C"],
            "args": ["/bin/tool", "--fast"],
            "user": {"uid": 1001, "gid": 1002, "umask": 23, "additionalGids": [7, 8]},
            "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 512, "hard": 18446744073709551615}],
            "capabilities": {
                "effective": ["CAP_KILL"], "bounding": ["CAP_KILL", "CAP_CHOWN"], "inheritable": ["CAP_KILL"],
                "permitted": ["CAP_KILL"], "ambient": ["CAP_KILL"]
            },
            "noNewPrivileges": true,
            "oomScoreAdj": -17,
            "scheduler": {
                "policy": "SCHED_DEADLINE", "nice": -3, "priority": 4, "flags": ["SCHED_FLAG_RECLAIM"],
                "runtime": 1000000, "deadline": 2000000, "period": 3000000
            },
            "ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 5},
            "execCPUAffinity": {"initial": "0", "final": "0-1"},
            "apparmorProfile": "guarded",
            "selinuxLabel": "u:r:t:s0"
        },
        "hostname": "tower",
        "domainname": "keep.example",
        "hooks": {
            "prestart": [{"path": "/h/1", "args": ["one"], "env": ["A=1"], "timeout": 1}],
            "createRuntime": [{"path": "/h/2", "args": ["two"], "env": ["B=2"], "timeout": 2}],
            "createContainer": [{"path": "/h/3", "args": ["three"], "env": ["C=3"], "timeout": 3}],
            "startContainer": [{"path": "/h/4", "args": ["four"], "env": ["D=4"], "timeout": 4}],
            "poststart": [{"path": "/h/5", "args": ["five"], "env": ["E=5"], "timeout": 5}],
            "poststop": [{"path": "/h/6", "args": ["six"], "env": ["F=6"], "timeout": 6}]
        },
        "annotations": {"org.example.note": "kept", "empty": ""},
        "linux": {
            "namespaces": [{"type": "pid"}, {"type": "network", "path": "/run/netns/blue"}, {"type": "user"}],
            "uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
            "gidMappings": [{"containerID": 0, "hostID": 200000, "size": 65536}],
            "timeOffsets": {"monotonic": {"secs": -5, "nanosecs": 6}, "boottime": {"secs": 7, "nanosecs": 8}},
            "devices": [
                {
                    "type": "c", "path": "/dev/fuse", "major": 10, "minor": 229, "fileMode": 432, "uid": 11, "gid": 12
                },
                {"type": "p", "path": "/dev/initctl"}
            ],
            "cgroupsPath": "/towers/one",
            "resources": {
                "devices": [
                    {"allow": false, "access": "rwm"},
                    {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"}
                ],
                "memory": {
                    "limit": 536870912, "reservation": 268435456, "swap": 1073741824, "kernel": -1, "kernelTCP": -1,
                    "swappiness": 33, "disableOOMKiller": false, "useHierarchy": true, "checkBeforeUpdate": true
                },
                "cpu": {
                    "shares": 512, "quota": 50000, "burst": 10000, "period": 100000, "realtimeRuntime": 5000,
                    "realtimePeriod": 6000, "cpus": "0-1", "mems": "0", "idle": 1
                },
                "pids": {"limit": 99},
                "blockIO": {
                    "weight": 100, "leafWeight": 101,
                    "weightDevice": [{"major": 8, "minor": 0, "weight": 102, "leafWeight": 103}],
                    "throttleReadBpsDevice": [{"major": 8, "minor": 1, "rate": 104}],
                    "throttleWriteBpsDevice": [{"major": 8, "minor": 2, "rate": 105}],
                    "throttleReadIOPSDevice": [{"major": 8, "minor": 3, "rate": 106}],
                    "throttleWriteIOPSDevice": [{"major": 8, "minor": 4, "rate": 107}]
                },
                "hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}],
                "network": {"classID": 1048577, "priorities": [{"name": "eth0", "priority": 9}]},
                "rdma": {"mlx5_1": {"hcaHandles": 3, "hcaObjects": 10000}},
                "unified": {"io.weight": "200"}
            },
            "rootfsPropagation": "slave",
            "seccomp": {
                "defaultAction": "SCMP_ACT_ERRNO",
                "defaultErrnoRet": 38,
                "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
                "flags": ["SECCOMP_FILTER_FLAG_LOG"],
                "listenerPath": "/run/listener.sock",
                "listenerMetadata": "blue",
                "syscalls": [
                    {
                        "names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "errnoRet": 1,
                        "args": [
                            {
                                "index": 1, "value": 18446744073709551615, "valueTwo": 2, "op": "SCMP_CMP_MASKED_EQ"
                            }
                        ]
                    }
                ]
            },
            "sysctl": {"net.core.somaxconn": "256"},
            "maskedPaths": ["/proc/kcore"],
            "readonlyPaths": ["/proc/sys"],
            "mountLabel": "u:r:t:s1",
            "intelRdt": {
                "closID": "gold", "schemata": ["L2:0=f"], "l3CacheSchema": "L3:0=7f0", "memBwSchema": "MB:0=20",
                "enableMonitoring": true
            },
            "memoryPolicy": {"mode": "MPOL_INTERLEAVE", "nodes": "0-1", "flags": ["MPOL_F_STATIC_NODES"]},
            "netDevices": {"eth0": {"name": "uplink0"}},
            "personality": {"domain": "LINUX32", "flags": []}
        },
        "solaris": {},
        "windows": {},
        "vm": {},
        "zos": {},
        "freebsd": {}
    }
    """#
