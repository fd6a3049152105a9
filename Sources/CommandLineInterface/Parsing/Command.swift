/// The commands, by their words on the command line.
enum CommandName: String, CaseIterable, Sendable {
    case create, start, run, exec
    case state, list, ps, events
    case kill, pause, resume, update, delete, checkpoint, restore
    case spec, check, explain, rootfs
    case completion, features, help, docs

    /// The exit status of a failure: one that a command inside of a container hardly has, where it is passed on.
    var failureStatus: Int32 { self == .exec ? 255 : 1 }

    /// The command that a word stands for.
    init?(word: String) {
        guard let name = Self.allCases.first(where: { $0.row.answers(to: word) }) else { return nil }
        self = name
    }
}

/// One command: the row from which parser, help and reference derive.
struct Command: Equatable, Sendable {
    var name: String
    /// Other words for it.
    var others: [String] = []
    /// One line, beginning in lower case, without a full stop.
    var summary: String
    /// What else is worth knowing, in whole sentences.
    var details = ""
    /// The words it takes, as help shows them.
    var arguments = ""
    /// How many words it takes.
    var count: ClosedRange<Int>
    var options: [Option] = []
    /// Whether all that follows the first word is left as it is: a command line for somebody else.
    var endsOptionsAtWord = false
    /// Whether help leaves it out.
    var isHidden = false

    /// Whether a word means this command.
    func answers(to word: String) -> Bool {
        word.hasSameBytes(as: name) || others.contains { word.hasSameBytes(as: $0) }
    }
}

extension CommandName {
    private static let birth: [Option] = [
        .bundle, .config, .consoleSocket, .pidfdSocket, .pidFile, .noPivot, .noNewKeyring, .preserveFDs, .noSubreaper,
        .trace,
    ]

    /// What there is to know about the command.
    var row: Command {
        switch self {
        case .create:
            Command(
                name: "create", summary: "make a container; its program waits for start",
                details: """
                    Standard input, output and error are handed on to the container as they are. Where the \
                    configuration asks for a terminal, --console-socket is needed.
                    """,
                arguments: "ID", count: 1...1, options: Self.birth + [.help])
        case .start:
            Command(
                name: "start", summary: "let a created container's program run", arguments: "ID", count: 1...1,
                options: [.help])
        case .run:
            Command(
                name: "run", summary: "create and start in one, and wait for the end",
                details: """
                    The exit status is that of the container's program, or 128 and the number of the signal that \
                    ended it. Signals are passed on to the container. Without --detach the container is deleted at \
                    the end, unless --keep is given.
                    """,
                arguments: "ID", count: 1...1, options: Self.birth + [.detach, .keep, .help])
        case .exec:
            Command(
                name: "exec", summary: "run a process in a container that is there",
                details: """
                    The process gets what the container's own has (user, environment, capabilities, limits), changed \
                    by the options, or what FILE describes. The exit status is that of the process, or 128 and the \
                    number of the signal that ended it; 255 says that the process could not be started. Options end \
                    at ID.
                    """,
                arguments: "ID [COMMAND [ARGUMENT...]]", count: 1...Int.max,
                options: [
                    .process, .detach, .tty, .env, .cwd, .user, .additionalGids, .cap, .noNewPrivs, .apparmor,
                    .processLabel, .subCgroup, .ignorePaused, .consoleSocket, .pidfdSocket, .pidFile, .preserveFDs,
                    .noSubreaper, .help,
                ], endsOptionsAtWord: true)
        case .ps:
            Command(
                name: "ps", summary: "list the processes of a container",
                details: """
                    A table is what the host's ps prints, of which the container's processes are kept: with -ef, or \
                    with the options behind ID, of which one must ask for the column PID.
                    """,
                arguments: "ID [PS OPTIONS]", count: 1...Int.max, options: [.tableFormat, .help],
                endsOptionsAtWord: true)
        case .pause:
            Command(
                name: "pause", summary: "stop all processes of a container", arguments: "ID", count: 1...1,
                options: [.help])
        case .resume:
            Command(
                name: "resume", summary: "let a paused container go on", arguments: "ID", count: 1...1,
                options: [.help])
        case .state:
            Command(
                name: "state", summary: "print a container's state as JSON", arguments: "ID", count: 1...1,
                options: [.help])
        case .kill:
            Command(
                name: "kill", summary: "send a signal to a container",
                details: """
                    SIGNAL is a number or a name in any case, with or without SIG: 9, KILL, sigterm, RTMIN+3. \
                    The default is TERM; 0 only asks whether the container runs. With --regex a container that can't \
                    be signalled is warned of, and the exit status is 0.
                    """,
                arguments: "ID [SIGNAL]", count: 1...2, options: [.all, .regex, .help])
        case .delete:
            Command(
                name: "delete", summary: "remove a container and all that belongs to it",
                details: """
                    A running container is only removed with --force. With --regex a container that can't be removed \
                    is warned of, and the exit status is 0.
                    """,
                arguments: "ID", count: 1...1, options: [.force, .regex, .help])
        case .update: Self.updateRow
        case .events: Self.eventsRow
        case .checkpoint: Self.checkpointRow
        case .restore: Self.restoreRow
        case .list:
            Command(name: "list", summary: "list the containers", count: 0...0, options: [.tableFormat, .quiet, .help])
        case .spec:
            Command(
                name: "spec", summary: "write a config.json to start from",
                details: "An existing file is never overwritten.", count: 0...0,
                options: [.bundle, .specFile, .rootlessSpec, .help])
        case .check:
            Command(
                name: "check", summary: "say everything that is wrong with a bundle",
                details: "The exit status is 1 if there is an error, 0 if there are warnings at most.", count: 0...0,
                options: [.bundle, .config, .textFormat, .help])
        case .explain:
            Command(
                name: "explain", summary: "print the steps that a bundle's container would take", count: 0...0,
                options: [.bundle, .config, .textFormat, .help])
        case .completion:
            Command(
                name: "completion", summary: "print what a shell needs to complete command lines",
                details: """
                    SHELL is bash, zsh or fish. For the current one: eval "$(swrun completion bash)", \
                    eval "$(swrun completion zsh)", or swrun completion fish | source.
                    """,
                arguments: "SHELL", count: 1...1, options: [.help])
        case .rootfs:
            Command(
                name: "rootfs", summary: "make, share, check and hand over root filesystems",
                details: """
                    Everything behind the word is handed to the program swrun-rootfs, which is looked for beside swrun \
                    and then in $PATH: "swrun rootfs --help" lists what it does.
                    """,
                arguments: "COMMAND [ARGUMENTS]", count: 0...Int.max, options: [.help])
        case .features:
            Command(
                name: "features", summary: "print what this build implements as JSON",
                details: "The document is that of the runtime specification; it is the same on every machine.",
                count: 0...0, options: [.help])
        case .help:
            Command(
                name: "help", others: ["h"], summary: "explain a command", arguments: "[COMMAND]", count: 0...1,
                options: [.help])
        case .docs:
            Command(
                name: "docs", summary: "print a chapter of the reference as Markdown",
                arguments: "CHAPTER", count: 1...1, options: [.help],
                isHidden: true)
        }
    }
}
