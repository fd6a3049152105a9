// The options of all commands. What several commands share stands here once.

extension Option {
    static let help = Option("help", "h", "?", "usage", help: "print this help")
    static let version = Option("version", "v", "V", help: "print the version")

    static let root = Option(
        "root", value: .text("DIR"),
        help: "directory of the containers' states (default: /run/swrun, or swrun in $XDG_RUNTIME_DIR)")
    static let log = Option(
        "log", value: .text("FILE"), help: "append messages to FILE, or send them to syslog:NAME or journald:NAME")
    static let logFormat = Option(
        "log-format", value: .choice("FORMAT", of: ["text", "json"], refusal: "invalid log-format"),
        help: "text or json, one line a record (default: text)")
    static let logLevel = Option(
        "log-level",
        value: .choice("LEVEL", of: ["error", "warning", "info", "debug"], refusal: "invalid log-level"),
        help: "error, warning, info or debug: what is said at least (default: warning)")
    static let debug = Option("debug", help: "the same as --log-level debug")
    static let systemdCgroup = Option("systemd-cgroup", help: "let systemd manage the cgroup, as a scope")
    static let cgroupManager = Option(
        "cgroup-manager",
        value: .choice(
            "MANAGER", of: ["cgroupfs", "systemd", "disabled"], refusal: "unknown cgroup manager specified"),
        help: "cgroupfs, systemd or disabled, which makes none (default: cgroupfs)")
    static let rootless = Option(
        "rootless", value: .choice("WHEN", of: ["auto", "true", "false"], refusal: "invalid rootless"),
        help: "true, false or auto; accepted, swrun finds out itself")
    static let criu = Option("criu", value: .text("PATH"), help: "accepted and ignored")

    /// The options before the command.
    static let globals = [
        root, log, logFormat, logLevel, debug, systemdCgroup, cgroupManager, rootless, criu, help, version,
    ].map { option in
        var option = option
        option.lastWins = true
        return option
    }
}

extension Option {
    static let bundle = Option(
        "bundle", "b", value: .text("DIR"), help: "the bundle's directory (default: the current one)")
    static let config = Option(
        "config", "f", value: .text("FILE"), help: "the configuration (default: config.json in the bundle)")
    static let consoleSocket = Option(
        "console-socket", value: .text("PATH"), help: "UNIX socket that gets the container's terminal")
    static let pidfdSocket = Option(
        "pidfd-socket", value: .text("PATH"), help: "UNIX socket that gets a pidfd of the container's process")
    static let pidFile = Option("pid-file", value: .text("FILE"), help: "write the process id to FILE")
    static let noPivot = Option("no-pivot", help: "change the root with MS_MOVE and chroot, for a rootfs in a ramdisk")
    static let noNewKeyring = Option("no-new-keyring", help: "keep the caller's session keyring")
    static let preserveFDs = Option(
        "preserve-fds", value: .number("N"),
        help: "hand on N descriptors from 3 up; a directory among them is a way out of the container")
    static let noSubreaper = Option("no-subreaper", help: "don't adopt the container's orphaned processes")
    static let detach = Option("detach", "d", help: "return as soon as the process has been started")
    static let keep = Option("keep", help: "keep the container when its process has ended")
    static let trace = Option("trace", value: .text("FILE"), help: "write each step's time to FILE, one JSON line each")
    static let all = Option("all", "a", help: "signal all processes of the container's cgroup")
    static let regex = Option(
        "regex", "r", help: "take ID for an extended regular expression: all containers of which a part matches")
    static let force = Option("force", "f", help: "kill what still runs; no error if there is no such container")
    static let quiet = Option("quiet", "q", help: "print ids only")
    static let rootlessSpec = Option("rootless", help: "make a configuration for an ordinary user")
    static let specFile = Option("config", "f", value: .text("FILE"), help: "write FILE instead of config.json")
    static let tableFormat = Option(
        "format", "f", value: .choice("FORMAT", of: ["table", "json"], refusal: "invalid format option"),
        help: "table or json (default: table)")
    static let textFormat = Option(
        "format", value: .choice("FORMAT", of: ["text", "json"], refusal: "invalid format option"),
        help: "text or json (default: text)")
    static let process = Option(
        "process", "p", value: .text("FILE"), help: "take the whole process from FILE, a `process` of config.json")
    static let tty = Option("tty", "t", help: "give the process a terminal")
    static let env = Option(
        "env", "e", value: .text("NAME=VALUE"), help: "set a variable of the environment; repeatable", isList: true)
    static let cwd = Option("cwd", value: .text("DIR"), help: "the working directory in the container")
    static let user = Option("user", "u", value: .text("UID[:GID]"), help: "who runs it, in numbers")
    static let additionalGids = Option(
        "additional-gids", "g", value: .text("GID"), help: "add a supplementary group, by number; repeatable",
        isList: true)
    static let cap = Option(
        "cap", "c", value: .text("CAPABILITY"), help: "add a capability; repeatable", isList: true)
    static let noNewPrivs = Option("no-new-privs", help: "let no execve grant privileges")
    static let apparmor = Option("apparmor", value: .text("PROFILE"), help: "the AppArmor profile")
    static let processLabel = Option("process-label", value: .text("LABEL"), help: "the SELinux label")
    static let subCgroup = Option(
        "cgroup", value: .text("PATH"),
        help: "run it in a cgroup inside of the container's; on version 1 [CONTROLLERS:]PATH, repeatable", isList: true)
    static let ignorePaused = Option("ignore-paused", help: "accept a paused container: the process waits, too")
}
