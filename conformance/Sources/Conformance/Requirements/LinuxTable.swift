extension Requirements {
    /// config-linux.md up to the control groups.
    static let linuxTable = """
        @ config-linux/default-filesystems | config-linux.md | Default Filesystems
        1 S proc, sysfs, devpts and a tmpfs for shared memory are there at their usual places.
        @ config-linux/namespaces | config-linux.md | Namespaces
        1 M Each entry has a type; pid, network, mount, ipc, uts, user, cgroup and time are supported.
        2 M The path of a namespace is absolute and counts outside the container.
        3 M With a path the process is put into the namespace that lies there.
        4 M A path that is no namespace of that type is an error.
        5 M Without a path a new namespace is made.
        6 M A type that isn't listed is shared with the runtime.
        7 M Listing one type twice is an error.
        @ config-linux/user-namespace-mappings | config-linux.md | User namespace mappings
        1 M containerID is the first id inside.
        2 M hostID is the id outside to which it is mapped.
        3 M size is how many ids are mapped.
        4 S The mapping isn't made by changing the owners of files.
        @ config-linux/devices | config-linux.md | Devices
        1 M Each listed device is there in the container.
        2 M type says whether it is a character device, a block device or a pipe.
        3 M path is where it is in the container.
        4 M Another file at that path is an error.
        5 M major and minor are the device's numbers, which only a pipe lacks.
        6 S One device isn't listed under two paths.
        @ config-linux/default-devices | config-linux.md | Default Devices
        1 M null, zero, full, random, urandom, tty, ptmx and, with a terminal, console are there unasked.
        @ config-linux/network-devices | config-linux.md | Network Devices
        1 M Each network device listed in netDevices is moved into the container.
        2 M The runtime checks that the device can be moved.
        3 M A name that is taken in the container is an error.
        4 M A name ending in %d lets the kernel choose a free number.
        5 M The device keeps its attributes and its permanent global addresses.
        6 M The device is up after the move.
        @ config-linux/namespace-lifecycle-and-container-termination | config-linux.md | Namespace Lifecycle and Container Termination
        1 M The runtime leaves the device alone while the container lives.
        2 M The runtime doesn't move the device back before the deletion.
        @ config-linux/control-groups | config-linux.md | Control groups
        1 M If the runtime checks whether the cgroup is fit (frozen, not empty), a bad result is an error.
        @ config-linux/cgroups-path | config-linux.md | Cgroups Path
        1 M cgroupsPath is absolute or relative.
        2 M An absolute cgroupsPath counts from the mount point of the cgroup file system.
        3 M The same cgroupsPath always leads to the same place.
        4 M A cgroupsPath that the runtime holds for invalid is an error.
        @ config-linux/cgroup-ownership | config-linux.md | Cgroup ownership
        1 S With cgroup v1 the cgroup's owner stays as it is.
        2 S Without a new cgroup namespace the owner stays as it is.
        3 S The owner changes exactly when the cgroup file system is mounted writable at its usual place.
        4 S Without such a mount the owner stays as it is.
        5 S Only the directory and the files that the kernel lists as delegatable change their owner.
        6 M A listed file that is missing in the cgroup is no error.
        7 M Without the kernel's list three well-known files stand for it.
        8 S All other files keep their owner.
        """

    /// config-linux.md, the resources, and the resource director technology.
    static let resourceTable = """
        @ config-linux/allowed-device-list | config-linux.md | Allowed Device list
        1 M The rules are applied in the order of the list.
        2 M allow says whether the rule permits or forbids.
        @ config-linux/memory | config-linux.md | Memory
        1 M With checkBeforeUpdate a limit below the usage is refused.
        @ config-linux/cpu | config-linux.md | CPU
        1 M A positive quota isn't below the burst.
        2 M The burst isn't above a positive quota.
        @ config-linux/block-io | config-linux.md | Block IO
        1 M An entry of weightDevice names its device by major and minor.
        2 M An entry of weightDevice has a weight or a leafWeight.
        3 M An entry of a bytes-per-second list names its device by major and minor.
        4 M An entry of a bytes-per-second list has a rate.
        5 M An entry of an operations-per-second list names its device by major and minor.
        6 M An entry of an operations-per-second list has a rate.
        @ config-linux/huge-page-limits | config-linux.md | Huge page limits
        1 M An entry names the size of the pages.
        2 M An entry limits, in bytes, the reservations or the use of such pages.
        @ config-linux/network | config-linux.md | Network
        1 M An entry of priorities names an interface as it is called outside.
        2 M An entry of priorities gives the interface's priority.
        @ config-linux/pids | config-linux.md | PIDs
        1 S A pids limit of 0 is handed to the kernel as it is.
        @ config-linux/rdma | config-linux.md | RDMA
        1 M An entry limits handles or objects or both.
        @ config-linux/unified | config-linux.md | Unified
        1 M The controllers that the entries need are enabled for the cgroup.
        2 M An entry whose name the runtime doesn't know is still written.
        3 M An entry of a controller that isn't there is an error.
        @ config-linux/example | config-linux.md | Unified, Example
        1 M A version 1 setting that can't be said in version 2 is an error there.
        @ config-linux/intelrdt | config-linux.md | IntelRdt
        1 M The container's process is put into the resctrl group that closID names.
        2 M intelRdt without a mounted resctrl is an error.
        3 M Without intelRdt no resctrl file system is touched.
        4 M closID "/" means the default group.
        5 S l3CacheSchema starts with L3: and has no line break.
        6 M memBwSchema starts with MB: and has no line break.
        7 M The entries of schemata have no line break.
        8 M The parameters follow the rules of the list.
        9 M With both schemas the cache's is written first and the bandwidth's last.
        10 M With one schema that one is written.
        11 M schemata is written, after the other two.
        12 M Without any schema nothing is written to a schemata file.
        13 M Without closID the group is called like the container.
        14 M A group that doesn't exist is made.
        15 M The schemas of a group that exists are compared, and a difference is an error.
        16 M With closID and no schema the group has to exist, else it is an error.
        17 M A group that the runtime made without closID is removed with the container.
        18 M A group that closID named or that was there already is left alone.
        19 M enableMonitoring makes a monitoring group for the container.
        20 M The monitoring group is called like the container.
        21 M The monitoring group lies in the control group, and is removed with the container.
        22 M A monitoring group that can't be made is an error.
        @ config-linux/memory-policy | config-linux.md | Memory policy
        1 M memoryPolicy.mode is the process's memory policy.
        """

    /// config-linux.md from seccomp to its end.
    static let seccompTable = """
        @ config-linux/seccomp | config-linux.md | Seccomp
        1 M defaultAction is what happens to a call that no rule names.
        2 M defaultErrnoRet with an action that has no errno is an error.
        3 M listenerPath is a stream socket of the local domain.
        4 M One connection carries exactly one state.
        5 M A connection isn't used twice and is closed after the state.
        6 M A state that can't be sent is an error.
        7 M The descriptors carry the name seccompFd for the filter's listener.
        8 M listenerMetadata without listenerPath is invalid.
        9 M A rule lists the names of its calls.
        10 M The list of names isn't empty.
        11 M A rule's action is what happens to its calls.
        12 M errnoRet with an action that has no errno is an error.
        13 M A condition's index says which argument is compared.
        14 M A condition's value says with what.
        15 M A condition's op says how.
        @ config-linux/the-container-process-state | config-linux.md | The Container Process State
        1 M The process state is sent as JSON, the descriptors along with it as SCM_RIGHTS.
        2 M The descriptors travel with the first message.
        3 M The process state names its version of the specification.
        4 M The process state has the process's id as the runtime sees it.
        5 M The process state contains the container's state.
        @ config-linux/masked-paths | config-linux.md | Masked Paths
        1 M Masked paths are absolute paths inside the container.
        @ config-linux/readonly-paths | config-linux.md | Readonly Paths
        1 M Read-only paths are absolute paths inside the container.
        @ config-linux/personality | config-linux.md | Personality
        1 M personality.domain is the process's execution domain.
        """

    /// features.md and features-linux.md.
    static let featuresTable = """
        @ features/features-structure | features.md | Features Structure
        1 S What features says depends on how the runtime was built, not on where it runs.
        2 M A null isn't taken for an empty value.
        @ features/specification-version | features.md | Specification version
        1 M ociVersionMin is given.
        2 M A configuration with ociVersionMin is accepted.
        3 M ociVersionMax is given.
        4 M A configuration with ociVersionMax is accepted.
        5 M ociVersionMax isn't below ociVersionMin.
        6 M Nothing stands there that the specification of version ociVersionMax doesn't define.
        @ features/hooks | features.md | Hooks
        1 M The listed hooks are supported.
        @ features/mount-options | features.md | Mount Options
        1 M The listed mount options are recognised.
        2 S Options of single file systems aren't listed.
        @ features/annotations | features.md | Annotations
        1 M Annotations are a map of strings with non-empty names.
        @ features-linux/namespaces | features-linux.md | Namespaces
        1 M The listed namespaces are recognised.
        @ features-linux/capabilities | features-linux.md | Capabilities
        1 M The listed capabilities are recognised.
        @ features-linux/seccomp | features-linux.md | Seccomp
        1 M The listed actions are recognised.
        2 M The listed operators are recognised.
        3 M The listed architectures are recognised.
        4 M The listed known flags are recognised.
        5 M The listed supported flags are recognised and supported.
        @ features-linux/memorypolicy | features-linux.md | MemoryPolicy
        1 M The listed modes are recognised.
        2 M The listed flags are recognised.
        @ features-linux/mountextensions | features-linux.md | MountExtensions
        1 M idmap.enabled is true when the runtime knows uidMappings and gidMappings of mounts, whatever the kernel can do.
        """
}
