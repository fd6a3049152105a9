public import JSONCodec

extension Spec {
    /// The process to run, also the document that `exec` reads.
    ///
    /// Source: config.md "Process".
    public struct Process: ObjectDecodable, Encodable, Equatable, Sendable {
        /// Whether the process gets a terminal of its own; absent means no.
        public var terminal: Bool?
        /// The terminal's size; ignored without a terminal.
        public var consoleSize: ConsoleSize?
        /// The working directory inside, an absolute path.
        public var cwd: String
        /// The environment, `NAME=value` each.
        public var env: [String]?
        /// The program and its arguments; at least the program.
        public var args: [String]?
        /// Who runs it; 0:0 where the configuration doesn't say.
        public var user: User
        /// Resource limits, each type at most once.
        public var rlimits: [Rlimit]?
        /// The five capability sets; absent means none.
        public var capabilities: Capabilities?
        /// Whether execve can't grant privileges any more (`PR_SET_NO_NEW_PRIVS`).
        public var noNewPrivileges: Bool?
        /// What the OOM killer adds to the score, -1000 to 1000; absent leaves it.
        public var oomScoreAdj: Int?
        /// The scheduling policy, see sched_setattr(2).
        public var scheduler: Scheduler?
        /// The I/O priority, see ioprio_set(2).
        public var ioPriority: IOPriority?
        /// On which CPUs `exec` runs; has no effect on the container's first process.
        public var execCPUAffinity: ExecCPUAffinity?
        /// The AppArmor profile to run under.
        public var apparmorProfile: String?
        /// The SELinux label to run with.
        public var selinuxLabel: String?

        /// Makes a process that runs `args` in `cwd`; what is optional is absent unless given.
        public init(
            terminal: Bool? = nil, consoleSize: ConsoleSize? = nil, cwd: String, env: [String]? = nil,
            args: [String]? = nil, user: User, rlimits: [Rlimit]? = nil, capabilities: Capabilities? = nil,
            noNewPrivileges: Bool? = nil, oomScoreAdj: Int? = nil, scheduler: Scheduler? = nil,
            ioPriority: IOPriority? = nil, execCPUAffinity: ExecCPUAffinity? = nil, apparmorProfile: String? = nil,
            selinuxLabel: String? = nil
        ) {
            self.terminal = terminal
            self.consoleSize = consoleSize
            self.cwd = cwd
            self.env = env
            self.args = args
            self.user = user
            self.rlimits = rlimits
            self.capabilities = capabilities
            self.noNewPrivileges = noNewPrivileges
            self.oomScoreAdj = oomScoreAdj
            self.scheduler = scheduler
            self.ioPriority = ioPriority
            self.execCPUAffinity = execCPUAffinity
            self.apparmorProfile = apparmorProfile
            self.selinuxLabel = selinuxLabel
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            terminal = try member("terminal")
            consoleSize = try member("consoleSize")
            cwd = try member.required("cwd")
            env = try member("env")
            args = try member("args")
            // The specification requires `uid` and `gid` inside of `user` but not `user` itself.
            user = try member("user") ?? User(uid: 0, gid: 0)
            rlimits = try member("rlimits")
            capabilities = try member("capabilities")
            noNewPrivileges = try member("noNewPrivileges")
            oomScoreAdj = try member("oomScoreAdj")
            scheduler = try member("scheduler")
            ioPriority = try member("ioPriority")
            execCPUAffinity = try member("execCPUAffinity")
            apparmorProfile = try member("apparmorProfile")
            selinuxLabel = try member("selinuxLabel")
        }
    }

    /// The size of a terminal in characters, 0 to 65535 each.
    public struct ConsoleSize: ObjectDecodable, Encodable, Equatable, Sendable {
        /// Rows.
        public var height: UInt
        /// Columns.
        public var width: UInt

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(height: UInt, width: UInt) {
            self.height = height
            self.width = width
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            height = try member.required("height")
            width = try member.required("width")
        }
    }

    /// One resource limit.
    ///
    /// Source: config.md "POSIX process", getrlimit(2).
    public struct Rlimit: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The limit's name, such as `RLIMIT_NOFILE`; see ``RlimitName``.
        public var type: String
        /// The limit in force; 2^64 - 1 is none.
        public var soft: UInt64
        /// The ceiling to which the process may raise it; 2^64 - 1 is none.
        public var hard: UInt64

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(type: String, soft: UInt64, hard: UInt64) {
            self.type = type
            self.soft = soft
            self.hard = hard
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            type = try member.required("type")
            soft = try member.required("soft")
            hard = try member.required("hard")
        }
    }

    /// The five capability sets of a process, by name.
    ///
    /// Source: config.md "Linux Process", capabilities(7).
    public struct Capabilities: ObjectDecodable, Encodable, Equatable, Sendable {
        /// What the process may do now.
        public var effective: [String]?
        /// What it can ever gain by execve.
        public var bounding: [String]?
        /// What it keeps for files with the same inheritable capability.
        public var inheritable: [String]?
        /// What it may make effective.
        public var permitted: [String]?
        /// What it keeps over execve of ordinary files; each must be permitted and inheritable, too.
        public var ambient: [String]?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(
            effective: [String]? = nil, bounding: [String]? = nil, inheritable: [String]? = nil,
            permitted: [String]? = nil, ambient: [String]? = nil
        ) {
            self.effective = effective
            self.bounding = bounding
            self.inheritable = inheritable
            self.permitted = permitted
            self.ambient = ambient
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            effective = try member("effective")
            bounding = try member("bounding")
            inheritable = try member("inheritable")
            permitted = try member("permitted")
            ambient = try member("ambient")
        }
    }
}

extension Spec {
    /// How the process is scheduled.
    ///
    /// Source: config.md "Linux Process", sched_setattr(2).
    public struct Scheduler: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The policy.
        public var policy: Policy
        /// The nice value, -20 to 19; absent means 0.
        public var nice: Int32?
        /// The static priority of the realtime policies; absent means 0.
        public var priority: Int32?
        /// Flags for sched_setattr.
        public var flags: [Flag]?
        /// Nanoseconds to run in each period (deadline policy); absent means 0.
        public var runtime: UInt64?
        /// Nanoseconds from the period's start by which it has run (deadline policy); absent means 0.
        public var deadline: UInt64?
        /// Nanoseconds of a period (deadline policy); absent means 0.
        public var period: UInt64?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(
            policy: Policy, nice: Int32? = nil, priority: Int32? = nil, flags: [Flag]? = nil, runtime: UInt64? = nil,
            deadline: UInt64? = nil, period: UInt64? = nil
        ) {
            self.policy = policy
            self.nice = nice
            self.priority = priority
            self.flags = flags
            self.runtime = runtime
            self.deadline = deadline
            self.period = period
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            policy = try member.required("policy")
            nice = try member("nice")
            priority = try member("priority")
            flags = try member("flags")
            runtime = try member("runtime")
            deadline = try member("deadline")
            period = try member("period")
        }

        /// A scheduling policy.
        public enum Policy: Vocabulary {
            /// The default, fair policy.
            case other
            /// Realtime, until it yields.
            case fifo
            /// Realtime in turns.
            case roundRobin
            /// Fair, for long computations.
            case batch
            /// Reserved by the kernel, never implemented.
            case isochronous
            /// Only when nothing else runs.
            case idle
            /// Earliest deadline first.
            case deadline
            /// A value the specification doesn't list, as it was written.
            case unknown(String)

            /// All listed values.
            public static var known: [Self] { [.other, .fifo, .roundRobin, .batch, .isochronous, .idle, .deadline] }

            /// The value as it stands in the configuration.
            public var rawValue: String {
                switch self {
                case .other: "SCHED_OTHER"
                case .fifo: "SCHED_FIFO"
                case .roundRobin: "SCHED_RR"
                case .batch: "SCHED_BATCH"
                case .isochronous: "SCHED_ISO"
                case .idle: "SCHED_IDLE"
                case .deadline: "SCHED_DEADLINE"
                case .unknown(let text): text
                }
            }
        }

        /// A flag of sched_setattr(2).
        public enum Flag: Vocabulary {
            /// Children start with the default policy.
            case resetOnFork
            /// May use what other deadline tasks leave.
            case reclaim
            /// SIGXCPU when the runtime is exceeded.
            case deadlineOverrun
            /// Leaves the policy as it is.
            case keepPolicy
            /// Leaves the parameters as they are.
            case keepParameters
            /// A lower utilization clamp is given.
            case utilizationMinimum
            /// An upper utilization clamp is given.
            case utilizationMaximum
            /// A value the specification doesn't list, as it was written.
            case unknown(String)

            /// All listed values.
            public static var known: [Self] {
                [
                    .resetOnFork, .reclaim, .deadlineOverrun, .keepPolicy, .keepParameters, .utilizationMinimum,
                    .utilizationMaximum,
                ]
            }

            /// The value as it stands in the configuration.
            public var rawValue: String {
                switch self {
                case .resetOnFork: "SCHED_FLAG_RESET_ON_FORK"
                case .reclaim: "SCHED_FLAG_RECLAIM"
                case .deadlineOverrun: "SCHED_FLAG_DL_OVERRUN"
                case .keepPolicy: "SCHED_FLAG_KEEP_POLICY"
                case .keepParameters: "SCHED_FLAG_KEEP_PARAMS"
                case .utilizationMinimum: "SCHED_FLAG_UTIL_CLAMP_MIN"
                case .utilizationMaximum: "SCHED_FLAG_UTIL_CLAMP_MAX"
                case .unknown(let text): text
                }
            }
        }
    }

    /// The I/O priority of the process.
    ///
    /// Source: config.md "Linux Process", ioprio_set(2).
    public struct IOPriority: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The scheduling class.
        public var `class`: Class
        /// The level in the class, 0 (highest) to 7.
        public var priority: Int32

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(`class`: Class, priority: Int32) {
            self.class = `class`
            self.priority = priority
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            `class` = try member.required("class")
            priority = try member.required("priority")
        }

        /// An I/O scheduling class.
        public enum Class: Vocabulary {
            /// Served first.
            case realtime
            /// The default.
            case bestEffort
            /// Only when the disk is idle.
            case idle
            /// A value the specification doesn't list, as it was written.
            case unknown(String)

            /// All listed values.
            public static var known: [Self] { [.realtime, .bestEffort, .idle] }

            /// The value as it stands in the configuration.
            public var rawValue: String {
                switch self {
                case .realtime: "IOPRIO_CLASS_RT"
                case .bestEffort: "IOPRIO_CLASS_BE"
                case .idle: "IOPRIO_CLASS_IDLE"
                case .unknown(let text): text
                }
            }
        }
    }

    /// On which CPUs a process started by `exec` runs.
    ///
    /// Source: config.md "Linux Process".
    public struct ExecCPUAffinity: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The CPUs before it is in the container's cgroup, such as `0-3,7`.
        public var initial: String?
        /// The CPUs once it is there; absent or empty leaves the choice to the kernel.
        public var final: String?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(initial: String? = nil, final: String? = nil) {
            self.initial = initial
            self.final = final
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            initial = try member("initial")
            final = try member("final")
        }
    }
}
