/// The page on which a birth is read: each line is one function in one file, in the order in which it happens.
///
/// The compiler of the plan decides what a configuration needs; a part that it doesn't need is empty and costs nothing.
func birth(of config: BirthConfig) throws(Failure) -> Plan {
    var plan: Plan = []
    plan.reserveCapacity(64)  // most have fewer steps
    plan += hostResources(config)  // runtime    namespaces to join, rootfs, sources of binds, terminal's socket, gate
    plan += cloning(config)  // runtime    the new process
    plan += try cgroup(config)  // runtime    the cgroup with its limits, while the container's process goes on
    plan += settling(config)  // container  session, namespaces; its root filesystem in place
    plan += runtimeGrants(config)  // runtime    id mappings, OOM score
    plan += becomingRoot(config)  // container  root of its user namespace
    plan += firstMounts(config)  // container  the first mounts, while the runtime is at the cgroup
    plan += entering(config)  // container  cgroup, loopback
    plan += filterMaking(config)  // runtime    the filter of system calls, while the container mounts
    plan += mounts(config)  // container  the other mounts, in order
    plan += devices(config)  // container  nodes, links, terminal
    plan += lateDeviceRules(config)  // runtime    what it may use of the host's, once disks are mounted
    plan += hooks(.prestart, config)  // runtime    before pivot_root
    plan += hooks(.createRuntime, config)  // runtime
    plan += hooks(.createContainer, config)  // container  still with the host's tree in sight
    plan += hiding(config)  // container  masked and read-only paths
    plan += pivoting(config)  // container  pivot_root, propagation, read-only root
    plan += tuning(config)  // container  names, kernel parameters, limits
    plan += attributes(config)  // both       domain, memory policy, labels; scheduling
    plan += becoming(config)  // container  identity, working directory, program, descriptors
    plan += filterWithListener(config)  // both       where somebody is asked about calls
    plan += recording(config)  // runtime    the record and the pid file; `create` returns here
    plan += gate(config)  // container  waits for `start`
    plan += hooks(.startContainer, config)  // container
    plan += filterAlone(config)  // container  as late as can be
    plan += executing(config)  // container  execve
    return plan
}
