public import JSONCodec

extension Spec.Linux {
    /// The system call filter.
    ///
    /// Source: config-linux.md "Seccomp".
    public struct Seccomp: ObjectDecodable, Encodable, Equatable, Sendable {
        /// What happens on a call that no rule matches.
        public var defaultAction: Action
        /// The errno for a default action that has one; absent means EPERM.
        public var defaultErrnoRet: UInt32?
        /// Architectures beyond the native one.
        public var architectures: [Architecture]?
        /// Flags for seccomp(2).
        public var flags: [Flag]?
        /// The socket that gets the listener of `SCMP_ACT_NOTIFY`.
        public var listenerPath: String?
        /// Opaque text for the receiver; needs `listenerPath`.
        public var listenerMetadata: String?
        /// The rules.
        public var syscalls: [Rule]?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(
            defaultAction: Action, defaultErrnoRet: UInt32? = nil, architectures: [Architecture]? = nil,
            flags: [Flag]? = nil, listenerPath: String? = nil, listenerMetadata: String? = nil,
            syscalls: [Rule]? = nil
        ) {
            self.defaultAction = defaultAction
            self.defaultErrnoRet = defaultErrnoRet
            self.architectures = architectures
            self.flags = flags
            self.listenerPath = listenerPath
            self.listenerMetadata = listenerMetadata
            self.syscalls = syscalls
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            defaultAction = try member.required("defaultAction")
            defaultErrnoRet = try member("defaultErrnoRet")
            architectures = try member("architectures")
            flags = try member("flags")
            listenerPath = try member("listenerPath")
            listenerMetadata = try member("listenerMetadata")
            syscalls = try member("syscalls")
        }
    }
}

extension Spec.Linux.Seccomp {
    /// What happens on some system calls.
    public struct Rule: ObjectDecodable, Encodable, Equatable, Sendable {
        /// The calls' names, at least one.
        public var names: [String]
        /// What happens.
        public var action: Action
        /// The errno for an action that has one; absent means EPERM.
        public var errnoRet: UInt32?
        /// Conditions on the arguments; all must hold.
        public var args: [Argument]?

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(names: [String], action: Action, errnoRet: UInt32? = nil, args: [Argument]? = nil) {
            self.names = names
            self.action = action
            self.errnoRet = errnoRet
            self.args = args
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            names = try member.required("names")
            action = try member.required("action")
            errnoRet = try member("errnoRet")
            args = try member("args")
        }
    }

    /// A condition on one argument of a system call.
    public struct Argument: ObjectDecodable, Encodable, Equatable, Sendable {
        /// Which argument, 0 to 5.
        public var index: UInt32
        /// What it is compared with; for `SCMP_CMP_MASKED_EQ` the mask.
        public var value: UInt64
        /// For `SCMP_CMP_MASKED_EQ`: what the masked argument is compared with.
        public var valueTwo: UInt64?
        /// The comparison.
        public var op: Operator

        /// Makes a value from its properties; what is optional is absent unless given.
        public init(index: UInt32, value: UInt64, valueTwo: UInt64? = nil, op: Operator) {
            self.index = index
            self.value = value
            self.valueTwo = valueTwo
            self.op = op
        }

        /// Reads the properties from an object; see ``Members``.
        public init(_ member: Members) throws {
            index = try member.required("index")
            value = try member.required("value")
            valueTwo = try member("valueTwo")
            op = try member.required("op")
        }
    }

    /// What happens on a system call.
    public enum Action: Vocabulary {
        /// The thread dies (the old name of `SCMP_ACT_KILL_THREAD`).
        case kill
        /// The process dies.
        case killProcess
        /// The thread dies.
        case killThread
        /// The thread gets SIGSYS.
        case trap
        /// The call fails.
        case errno
        /// A tracer is asked.
        case trace
        /// The call is carried out.
        case allow
        /// The call is carried out and logged.
        case log
        /// A program behind a socket is asked.
        case notify
        /// A value the specification doesn't list, as it was written.
        case unknown(String)

        /// All listed values.
        public static var known: [Self] {
            [
                .kill, .killProcess, .killThread, .trap, .errno, .trace, .allow, .log, .notify,
            ]
        }

        /// The value as it stands in the configuration.
        public var rawValue: String {
            switch self {
            case .kill: "SCMP_ACT_KILL"
            case .killProcess: "SCMP_ACT_KILL_PROCESS"
            case .killThread: "SCMP_ACT_KILL_THREAD"
            case .trap: "SCMP_ACT_TRAP"
            case .errno: "SCMP_ACT_ERRNO"
            case .trace: "SCMP_ACT_TRACE"
            case .allow: "SCMP_ACT_ALLOW"
            case .log: "SCMP_ACT_LOG"
            case .notify: "SCMP_ACT_NOTIFY"
            case .unknown(let text): text
            }
        }
    }

    /// How an argument is compared.
    public enum Operator: Vocabulary {
        /// Differs.
        case notEqual
        /// Is less.
        case less
        /// Is less or equal.
        case lessOrEqual
        /// Is equal.
        case equal
        /// Is greater or equal.
        case greaterOrEqual
        /// Is greater.
        case greater
        /// Is equal under a mask.
        case maskedEqual
        /// A value the specification doesn't list, as it was written.
        case unknown(String)

        /// All listed values.
        public static var known: [Self] {
            [
                .notEqual, .less, .lessOrEqual, .equal, .greaterOrEqual, .greater, .maskedEqual,
            ]
        }

        /// The value as it stands in the configuration.
        public var rawValue: String {
            switch self {
            case .notEqual: "SCMP_CMP_NE"
            case .less: "SCMP_CMP_LT"
            case .lessOrEqual: "SCMP_CMP_LE"
            case .equal: "SCMP_CMP_EQ"
            case .greaterOrEqual: "SCMP_CMP_GE"
            case .greater: "SCMP_CMP_GT"
            case .maskedEqual: "SCMP_CMP_MASKED_EQ"
            case .unknown(let text): text
            }
        }
    }

    /// A flag of seccomp(2).
    public enum Flag: Vocabulary {
        /// All threads get the filter.
        case threadSync
        /// Actions other than allowing are logged.
        case log
        /// Speculation isn't mitigated.
        case speculationAllowed
        /// A caller under notification waits killably.
        case waitKillable
        /// A value the specification doesn't list, as it was written.
        case unknown(String)

        /// All listed values.
        public static var known: [Self] { [.threadSync, .log, .speculationAllowed, .waitKillable] }

        /// The value as it stands in the configuration.
        public var rawValue: String {
            switch self {
            case .threadSync: "SECCOMP_FILTER_FLAG_TSYNC"
            case .log: "SECCOMP_FILTER_FLAG_LOG"
            case .speculationAllowed: "SECCOMP_FILTER_FLAG_SPEC_ALLOW"
            case .waitKillable: "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"
            case .unknown(let text): text
            }
        }
    }

    /// An architecture whose system calls the filter knows.
    public enum Architecture: Vocabulary {
        /// 32-bit x86.
        case x86
        /// 64-bit x86.
        case amd64
        /// 64-bit x86 with 32-bit pointers.
        case x32
        /// 32-bit ARM.
        case arm
        /// 64-bit ARM.
        case aarch64
        /// 64-bit LoongArch.
        case loongarch64
        /// Motorola 68000.
        case m68k
        /// 32-bit MIPS.
        case mips
        /// 64-bit MIPS.
        case mips64
        /// 64-bit MIPS with 32-bit pointers.
        case mips64n32
        /// 32-bit MIPS, little-endian.
        case mipsel
        /// 64-bit MIPS, little-endian.
        case mipsel64
        /// 64-bit MIPS with 32-bit pointers, little-endian.
        case mipsel64n32
        /// 32-bit PowerPC.
        case ppc
        /// 64-bit PowerPC.
        case ppc64
        /// 64-bit PowerPC, little-endian.
        case ppc64le
        /// 31-bit IBM Z.
        case s390
        /// 64-bit IBM Z.
        case s390x
        /// SuperH.
        case sh
        /// SuperH, big-endian.
        case sheb
        /// 32-bit PA-RISC.
        case parisc
        /// 64-bit PA-RISC.
        case parisc64
        /// 64-bit RISC-V.
        case riscv64
        /// A value the specification doesn't list, as it was written.
        case unknown(String)

        /// All listed values.
        public static var known: [Self] {
            [
                .x86, .amd64, .x32, .arm, .aarch64, .loongarch64, .m68k, .mips, .mips64, .mips64n32, .mipsel,
                .mipsel64, .mipsel64n32, .ppc, .ppc64, .ppc64le, .s390, .s390x, .sh, .sheb, .parisc, .parisc64,
                .riscv64,
            ]
        }

        /// The value as it stands in the configuration.
        public var rawValue: String {
            switch self {
            case .x86: "SCMP_ARCH_X86"
            case .amd64: "SCMP_ARCH_X86_64"
            case .x32: "SCMP_ARCH_X32"
            case .arm: "SCMP_ARCH_ARM"
            case .aarch64: "SCMP_ARCH_AARCH64"
            case .loongarch64: "SCMP_ARCH_LOONGARCH64"
            case .m68k: "SCMP_ARCH_M68K"
            case .mips: "SCMP_ARCH_MIPS"
            case .mips64: "SCMP_ARCH_MIPS64"
            case .mips64n32: "SCMP_ARCH_MIPS64N32"
            case .mipsel: "SCMP_ARCH_MIPSEL"
            case .mipsel64: "SCMP_ARCH_MIPSEL64"
            case .mipsel64n32: "SCMP_ARCH_MIPSEL64N32"
            case .ppc: "SCMP_ARCH_PPC"
            case .ppc64: "SCMP_ARCH_PPC64"
            case .ppc64le: "SCMP_ARCH_PPC64LE"
            case .s390: "SCMP_ARCH_S390"
            case .s390x: "SCMP_ARCH_S390X"
            case .sh: "SCMP_ARCH_SH"
            case .sheb: "SCMP_ARCH_SHEB"
            case .parisc: "SCMP_ARCH_PARISC"
            case .parisc64: "SCMP_ARCH_PARISC64"
            case .riscv64: "SCMP_ARCH_RISCV64"
            case .unknown(let text): text
            }
        }
    }
}
