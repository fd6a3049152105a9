// The rows of the table, a chapter of the specification each.

extension Property {
    static let document: [Property] = [
        Property("/ociVersion", "anotherVersionIsAnError", "everyVersionOneIsTaken"),
        Property("/root/path", "the root is writable when not read-only", "aBadBundleIsRefusedAndLeavesNothing"),
        Property("/root/readonly", "the root is read-only when asked"),
        Property(
            "/mounts/*/destination", "a missing mount point is made, with its parents",
            "aMountPointThatIsALinkToTheHostStaysInside"),
        Property("/mounts/*/source", "a directory of the host is bound", "a relative source is below the bundle"),
        Property("/mounts/*/type", "the default mounts are there with their options"),
        Property(
            "/mounts/*/options", needs: "rro and the like: Linux 5.12", "a bind takes nosuid, nodev and noexec",
            "rro makes what is mounted below read-only, too", "everyMountOptionOfTheSpecificationIsKnown"),
        Property(
            "/mounts/*/uidMappings", since: "1.1", needs: "Linux 5.12", rootless: .no,
            "a mount's own mapping decides who owns the files in it", "filesMadeInAMappedMountBelongToItsOwnersOutside"),
        Property(
            "/mounts/*/gidMappings", since: "1.1", needs: "Linux 5.12", rootless: .no,
            "a mount's own mapping decides who owns the files in it", "filesMadeInAMappedMountBelongToItsOwnersOutside"),
        Property("/hostname", "the host name is set"),
        Property("/domainname", since: "1.1", "the domain name is set"),
        Property("/hooks/prestart", "hooksRunInTheOrderOfTheSpecification"),
        Property("/hooks/createRuntime", "hooksRunInTheOrderOfTheSpecification", "aFailingHookUndoesTheContainer"),
        Property("/hooks/createContainer", "hooksRunInTheNamespacesOfTheSpecification"),
        Property("/hooks/startContainer", "hooksRunInTheNamespacesOfTheSpecification"),
        Property("/hooks/poststart", "hooksRunInTheOrderOfTheSpecification"),
        Property("/hooks/poststop", "hooksRunInTheOrderOfTheSpecification"),
        Property(
            "/annotations", "aStateDocumentHasWhatTheSpecificationAsksFor",
            "annotations have no effect on the container unless they are known"),
    ]

    static let process: [Property] = [
        Property("/process/terminal", "aConsoleSocketGetsTheTerminal", "theCallersTerminalIsRelayedBothWays"),
        Property("/process/consoleSize", "aConsoleSocketGetsTheTerminal"),
        Property("/process/cwd", "the working directory is cwd"),
        Property("/process/env", "the environment is the configured one and HOME"),
        Property("/process/args", "a program is found in the container's PATH", "runEndsAsItsProgramEnded"),
        Property("/process/user/uid", "user, group and further groups are exactly the configured ones"),
        Property("/process/user/gid", "user, group and further groups are exactly the configured ones"),
        Property(
            "/process/user/additionalGids", rootless: .partly("where setgroups is allowed"),
            "user, group and further groups are exactly the configured ones"),
        Property("/process/user/umask", "a umask is applied"),
        Property("/process/rlimits", rootless: .partly("not above the caller's"), "limits are soft and hard"),
        Property(
            "/process/capabilities", "all five capability sets are the configured ones",
            "root keeps its bounding set and no more"),
        Property("/process/noNewPrivileges", "no new privileges is set when asked"),
        Property(
            "/process/oomScoreAdj", rootless: .partly("not below the caller's"), "the OOM score is applied"),
        Property(
            "/process/scheduler", since: "1.1",
            needs: "clamps and kept values: Linux 5.3; realtime on version 1: a share of time for the cgroup",
            rootless: .partly("no realtime, no nice value below 0"),
            "a batch policy with a nice value is set and inherited", "a realtime policy has its priority",
            "a deadline policy is set", "children do not inherit a raised priority where the flag says so"),
        Property(
            "/process/ioPriority", since: "1.2", needs: "an I/O scheduler that heeds it",
            rootless: .partly("no realtime"), "the I/O priority is set and inherited",
            "a realtime I/O priority is set"),
        Property(
            "/process/execCPUAffinity", since: "1.2", "anExecRunsOnTheConfiguredCPUs",
            "the CPUs for exec don't concern the first process"),
        Property(
            "/process/apparmorProfile", needs: "AppArmor", "theProgramRunsUnderItsProfile",
            "anExecRunsUnderTheContainersProfileOrUnderItsOwn",
            "aProfileThatIsNotLoadedIsOneClearErrorAndLeavesNothing"),
        Property(
            "/process/selinuxLabel", needs: "SELinux", "theProgramHasItsLabel", "anExecHasTheContainersLabelOrItsOwn",
            "theSessionKeyringHasTheLabelOfTheProgram"),
    ]

    static let linux: [Property] = [
        Property(
            "/linux/namespaces", needs: "time: Linux 5.6", "each namespace in the list is a new one",
            "aNamespaceIsJoinedByItsPath"),
        Property(
            "/linux/uidMappings", rootless: .partly("the caller's own id, and granted ones by newuidmap"),
            "a user namespace with two ranges maps both", "grantedIDsAreMappedByTheHelpers",
            "theConfigurationOfSpecRunsWithTheOwnIDAlone"),
        Property(
            "/linux/gidMappings", rootless: .partly("the caller's own id, and granted ones by newgidmap"),
            "in a user namespace root is somebody else outside"),
        Property(
            "/linux/timeOffsets", since: "1.1", needs: "Linux 5.6", "the clocks have the configured offsets"),
        Property(
            "/linux/devices", rootless: .partly("the host's nodes are bound"),
            "a device of the configuration is made with its mode and owner", "inAUserNamespaceDevicesAreBound"),
        Property(
            "/linux/cgroupsPath", rootless: .partly("where the cgroup was handed down"),
            "aCgroupIsMadeJoinedAndRemovedInEveryHierarchy", "aContainerWithoutACgroupPathHasOneOfItsOwn"),
        Property("/linux/rootfsPropagation", "a rootfs with propagation shared is shared"),
        Property(
            "/linux/sysctl", rootless: .partly("those of the container's namespaces that its root may write"),
            "kernel settings of the container's namespaces are written"),
        Property("/linux/maskedPaths", "masked files read as empty, masked directories list as empty"),
        Property("/linux/readonlyPaths", "read-only paths cannot be written"),
        Property(
            "/linux/mountLabel", needs: "SELinux", "theMountLabelIsAnOptionOfFilesystemsThatTakeIt",
            "freshFilesystemsAndWhatHidesDirectoriesHaveTheMountLabel", "theTopOfTheMessageQueueHasTheMountLabel"),
        Property("/linux/personality", "the execution domain shows a machine of 32 bits"),
        Property(
            "/linux/seccomp", needs: "seccomp filters; listeners: Linux 5.5", "aProcessThatJoinsIsFilteredToo",
            "aListenerAnswersCalls"),
        Property(
            "/linux/intelRdt", needs: "resctrl, and a processor that has it", rootless: .no,
            "theContainersProcessIsInAClassOfItsOwnUntilItIsDeleted", "aClassThatIsThereIsJoinedAndNotWritten",
            "aMonitoringGroupIsNamedAfterTheContainerAndGoesWithIt"),
        Property(
            "/linux/memoryPolicy", since: "1.3",
            needs: "NUMA; MPOL_PREFERRED_MANY: Linux 5.15; MPOL_WEIGHTED_INTERLEAVE: Linux 6.9",
            "the memory policy holds for all memory", "a memory policy without nodes is set"),
        Property(
            "/linux/netDevices", since: "1.3", rootless: .no,
            "aDeviceMovesWithItsLastingAddressesAndIsUp", "whereOneDeviceIsMissingNoneMoves"),
    ]

    private static let delegated = Reach.partly("on version 2, where handed down")

    static let resources: [Property] = [
        Property(
            "/linux/resources/devices", needs: "version 2: BPF programs for devices", rootless: .ignored,
            "a device that no rule allows cannot be opened", "theKernelTakesTheRulesOfItsMode"),
        Property(
            "/linux/resources/memory/limit", rootless: delegated, "the memory limit is the configured one",
            "who uses more memory than the limit is killed"),
        Property(
            "/linux/resources/memory/reservation", rootless: delegated,
            "the soft limit of memory is the configured one"),
        Property(
            "/linux/resources/memory/swap", needs: "swap accounting", rootless: delegated,
            "memory and swap together have the configured limit"),
        Property(
            "/linux/resources/memory/kernel", needs: "Linux before 6.1", v2: .no, rootless: .no,
            "a limit of kernel memory that the kernel knows no longer is left out"),
        Property(
            "/linux/resources/memory/kernelTCP", v2: .no, rootless: .no,
            "the limit of TCP buffers is the configured one"),
        Property(
            "/linux/resources/memory/swappiness", v2: .no, rootless: .no,
            "the readiness to swap is the configured one"),
        Property(
            "/linux/resources/memory/disableOOMKiller", v2: .no, rootless: .no, "the OOM killer is switched off"),
        Property(
            "/linux/resources/memory/useHierarchy", v2: .ignored, rootless: delegated,
            "whatIsWrongWithMemoryIsFound"),
        Property(
            "/linux/resources/memory/checkBeforeUpdate", since: "1.1", rootless: delegated,
            "theUsageIsCheckedOnlyWhereItIsAskedFor"),
        Property(
            "/linux/resources/cpu/shares", rootless: delegated, "the share of the processor is the configured one"),
        Property(
            "/linux/resources/cpu/quota", rootless: delegated,
            "quota and period of the processor are the configured ones",
            "who uses more of the processor than the quota is throttled"),
        Property(
            "/linux/resources/cpu/period", rootless: delegated,
            "quota and period of the processor are the configured ones"),
        Property(
            "/linux/resources/cpu/burst", since: "1.2", needs: "Linux 5.14", rootless: delegated,
            "a burst of the processor is the configured one"),
        Property(
            "/linux/resources/cpu/realtimeRuntime", needs: "realtime groups", v2: .no, rootless: .no,
            "the time of realtime tasks is the configured one"),
        Property(
            "/linux/resources/cpu/realtimePeriod", needs: "realtime groups", v2: .no, rootless: .no,
            "the time of realtime tasks is the configured one"),
        Property(
            "/linux/resources/cpu/cpus", rootless: delegated, "the set of processors is the configured one"),
        Property(
            "/linux/resources/cpu/mems", rootless: delegated, "the set of processors is the configured one"),
        Property(
            "/linux/resources/cpu/idle", since: "1.1", needs: "Linux 5.15", rootless: delegated,
            "the group runs only when nothing else wants to"),
        Property("/linux/resources/pids", rootless: delegated, "the limit of tasks is the configured one"),
        Property(
            "/linux/resources/blockIO", rootless: delegated, "the weight for block I/O is the configured one",
            "the rates of a block device are the configured ones", "weightsAndNumbersOfBlockIOAreJudged"),
        Property(
            "/linux/resources/hugepageLimits", rootless: delegated,
            "huge pages and their reservations have the configured limit"),
        Property(
            "/linux/resources/network", v2: .no, rootless: .no, "packetsAreMarkedInVersion1Only",
            "marksOfPacketsAreAMatterOfVersion1"),
        Property(
            "/linux/resources/rdma", needs: "an RDMA device", rootless: delegated,
            "devicesOfRDMAAreLimitedInTheOrderOfTheirNames"),
        Property(
            "/linux/resources/unified", since: "1.1", v1: .no, rootless: delegated,
            "filesOfVersion2AreWrittenLastAndLineByLine"),
    ]

    static let rest: [Property] = ["solaris", "windows", "vm", "zos", "freebsd"].map {
        Property(
            "/\($0)", v1: .no, v2: .no, rootless: .no, "whatIsWrongWithTheDocumentIsFound")
    }
}
