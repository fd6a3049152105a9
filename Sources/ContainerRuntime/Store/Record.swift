internal import Cgroups
internal import JSONCodec
internal import OCISpec

/// What the state directory says of a container: the file `state.json`.
///
/// The members at the top have the names and meanings of runc's, because monitoring tools read them; all of swrun's own
/// is under `swrun`. The status is not among them: it is derived from the kernel, so that a crash can't make it lie.
struct Record: ObjectDecodable, ObjectWritable, Equatable {
    /// The id.
    var id: String
    /// The pid of the container's process in the runtime's pid namespace; 0 before there is one.
    var processID: Int32
    /// When that process started, in clock ticks since boot: field 22 of its `stat`.
    var processStart: UInt64
    /// When the container was created, RFC 3339.
    var created: String
    /// The cgroup's directory in each hierarchy, by controller.
    var cgroupPaths: [String: String]
    /// The namespaces of the container's process.
    var namespacePaths: [String: String]
    /// A part of what runc keeps of the configuration.
    var config: Outline
    /// What swrun keeps.
    var swrun: Own

    /// For other programs: never read by swrun.
    struct Outline: ObjectDecodable, ObjectWritable, Equatable {
        /// The root filesystem.
        var rootfs: String
        /// `key=value` for each annotation, and `bundle=PATH`.
        var labels: [String]
    }

    /// What the commands after `create` need, all of it: the bundle may be gone by then.
    struct Own: ObjectDecodable, ObjectWritable, Equatable {
        /// The layout of this file.
        var version = Record.version
        /// The bundle.
        var bundle: String
        /// The root filesystem.
        var rootfs: String
        /// The configuration's annotations.
        var annotations: [String: String]?
        /// The command that creates the container.
        var creator: ProcessIdentity
        /// The container's process.
        var process: ProcessIdentity?
        /// The cgroup that belongs to the container, written down before it is made.
        var cgroup: CgroupLayout?
        /// The scope that systemd makes of it, written down before it is asked for.
        var unit: SystemdUnit?
        /// Where the container is in the resctrl filesystem, written down before that is made.
        var resctrl: ResctrlPlace?
        /// True if the container's processes can't outlive its first one, because it has a pid namespace of its own.
        var hasOwnPIDs: Bool
        /// True if the container waits for `start`.
        var hasGate: Bool
        /// True if there is a program to be started.
        var hasProcess: Bool
        /// True if there are hooks of the kind: only then the commands read the configuration.
        var hasPoststart: Bool
        var hasPoststop: Bool
        /// True once `poststop` hooks were begun: they run once.
        var ranPoststop: Bool?
        /// True if the container's process stayed in its creator's session keyring.
        var keepsKeyring: Bool?
        /// The user who created it.
        var ownerID: UInt32
    }

    /// The layout that this build writes.
    static let version = 1
}

/// What tells a process from all others that had or will have its number.
struct ProcessIdentity: ObjectDecodable, ObjectWritable, Equatable {
    /// The number.
    var pid: Int32
    /// When it started, in clock ticks since boot.
    var start: UInt64
    /// The inode of its pidfd, unique while the system runs; 0 before Linux 6.9.
    var inode: UInt64
}

// Every command reads this first, and those that make or change something write it: without containers, see `Members`.

extension Record {
    init(_ member: Members) throws {
        id = try member.required("id")
        processID = try member.required("init_process_pid")
        processStart = try member.required("init_process_start")
        created = try member.required("created")
        cgroupPaths = try member.required("cgroup_paths")
        namespacePaths = try member.required("namespace_paths")
        config = try member.required("config")
        swrun = try member.required("swrun")
    }

    func write(to member: inout ObjectWriter) {
        member("id", id)
        member("init_process_pid", Int64(processID))
        member("init_process_start", processStart)
        member("created", created)
        member("cgroup_paths", cgroupPaths)
        member("namespace_paths", namespacePaths)
        member("config", config)
        member("swrun", swrun)
    }
}

extension Record.Outline {
    init(_ member: Members) throws {
        rootfs = try member.required("rootfs")
        labels = try member.required("labels")
    }

    func write(to member: inout ObjectWriter) {
        member("rootfs", rootfs)
        member("labels", labels)
    }
}

extension Record.Own {
    init(_ member: Members) throws {
        version = try member.required("version")
        bundle = try member.required("bundle")
        rootfs = try member.required("rootfs")
        annotations = try member("annotations")
        creator = try member.required("creator")
        process = try member("process")
        cgroup = try member("cgroup")
        unit = try member("unit")
        resctrl = try member("resctrl")
        hasOwnPIDs = try member.required("hasOwnPIDs")
        hasGate = try member.required("hasGate")
        hasProcess = try member.required("hasProcess")
        hasPoststart = try member.required("hasPoststart")
        hasPoststop = try member.required("hasPoststop")
        ranPoststop = try member("ranPoststop")
        keepsKeyring = try member("keepsKeyring")
        ownerID = try member.required("ownerID")
    }

    func write(to member: inout ObjectWriter) {
        member("version", Int64(version))
        member("bundle", bundle)
        member("rootfs", rootfs)
        member("annotations", annotations)
        member("creator", creator)
        member("process", process)
        member("cgroup", cgroup)
        member("unit", unit)
        member("resctrl", resctrl)
        member("hasOwnPIDs", hasOwnPIDs)
        member("hasGate", hasGate)
        member("hasProcess", hasProcess)
        member("hasPoststart", hasPoststart)
        member("hasPoststop", hasPoststop)
        member("ranPoststop", ranPoststop)
        member("keepsKeyring", keepsKeyring)
        member("ownerID", UInt64(ownerID))
    }
}

extension ProcessIdentity {
    init(_ member: Members) throws {
        pid = try member.required("pid")
        start = try member.required("start")
        inode = try member.required("inode")
    }

    func write(to member: inout ObjectWriter) {
        member("pid", Int64(pid))
        member("start", start)
        member("inode", inode)
    }
}
