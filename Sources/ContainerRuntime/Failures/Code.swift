extension Failure {
    /// The failures that are documented, each by a name that doesn't change.
    public enum Code: String, CaseIterable, Sendable {
        /// The bundle directory can't be used.
        case bundleUnusable = "bundle-unusable"
        /// config.json can't be read.
        case configUnreadable = "config-unreadable"
        /// config.json isn't what the specification calls a configuration.
        case configMalformed = "config-malformed"
        /// config.json asks for something that can't be.
        case configRejected = "config-rejected"
        /// The root filesystem can't be used.
        case rootfsUnusable = "rootfs-unusable"
        /// A container id that isn't allowed.
        case invalidID = "invalid-id"
        /// A container of this id exists.
        case containerExists = "container-exists"
        /// No container has this id.
        case containerMissing = "container-missing"
        /// The container's state forbids the command.
        case wrongState = "wrong-state"
        /// Another command is at work on the container.
        case containerBusy = "container-busy"
        /// The state directory can't be used.
        case stateUnusable = "state-unusable"
        /// A container's own state can't be read.
        case stateCorrupt = "state-corrupt"
        /// An option of the command line that can't be followed.
        case optionUnusable = "option-unusable"
        /// A step of a container's birth failed.
        case stepFailed = "step-failed"
        /// The container's process died during its birth.
        case birthDied = "birth-died"
        /// The program isn't there.
        case programMissing = "program-missing"
        /// The program can't be executed.
        case programNotExecutable = "program-not-executable"
        /// A hook failed.
        case hookFailed = "hook-failed"
        /// A hook ran past its time limit.
        case hookTimedOut = "hook-timed-out"
        /// The console socket or the terminal can't be used.
        case consoleUnusable = "console-unusable"
        /// A filter of system calls can't be made, loaded or answered for.
        case filterFailed = "filter-failed"
        /// A cgroup can't be made, joined, limited or removed.
        case cgroupFailed = "cgroup-failed"
        /// The pid file can't be written.
        case pidFileFailed = "pid-file-failed"
        /// A signal can't be sent.
        case signalFailed = "signal-failed"
        /// The container's processes don't end.
        case wontDie = "wont-die"
        /// swrun's own file can't be protected from the container.
        case selfProtectionFailed = "self-protection-failed"
        /// The kernel refused something of the runtime itself.
        case hostFailed = "host-failed"
        /// A program that the command needs isn't installed.
        case toolMissing = "tool-missing"
        /// CRIU failed, or its files can't be used.
        case checkpointFailed = "checkpoint-failed"
    }
}

extension Failure.Code {
    /// What it means.
    public var meaning: String {
        switch self {
        case .bundleUnusable: "The bundle directory is missing, isn't a directory, or can't be entered."
        case .configUnreadable:
            "The bundle's config.json is missing, can't be read, isn't a regular file or is too large."
        case .configMalformed: "config.json isn't valid JSON, or a property is missing or has a wrong type or range."
        case .configRejected: "config.json was understood, and what it asks for can't be or isn't supported."
        case .rootfsUnusable: "root.path names nothing that can be a container's root filesystem."
        case .invalidID: "A container id has 1 to 255 characters of A-Z a-z 0-9 _ + - . and doesn't begin with a dot."
        case .containerExists: "The id is taken by a container under the same --root."
        case .containerMissing: "No container under this --root has the id."
        case .wrongState: "The container's status doesn't allow the command."
        case .containerBusy: "Another swrun command works on the same container."
        case .stateUnusable: "The directory in which swrun keeps its containers can't be made, read or written."
        case .stateCorrupt: "The files that swrun keeps for the container are damaged, or made by another version."
        case .optionUnusable: "An option of the command line contradicts the configuration or names something unusable."
        case .stepFailed: "The kernel refused one of the steps by which the container is made."
        case .birthDied: "The process that was to become the container was killed while it was being made."
        case .programMissing: "process.args[0] is not in the root filesystem."
        case .programNotExecutable: "process.args[0] is there, and the kernel won't execute it."
        case .hookFailed: "A hook couldn't be started, or its exit status wasn't 0."
        case .hookTimedOut: "A hook was killed because it ran longer than its timeout."
        case .filterFailed:
            "The filter of system calls couldn't be compiled or loaded, or its listener found no receiver."
        case .consoleUnusable: "The terminal couldn't be made, or its socket didn't take it."
        case .cgroupFailed: "A cgroup couldn't be made, joined, limited or removed."
        case .pidFileFailed: "The file named by --pid-file couldn't be written."
        case .signalFailed: "The kernel didn't deliver the signal."
        case .wontDie: "After SIGKILL the container's processes were still there."
        case .selfProtectionFailed: "swrun couldn't make its own file unwritable for the container (CVE-2019-5736)."
        case .hostFailed: "A system call that swrun needs for itself failed."
        case .toolMissing: "The command needs another program, which isn't installed."
        case .checkpointFailed: "CRIU couldn't save or restore the processes, or its files can't be used."
        }
    }

    /// What to do about it.
    public var remedy: String {
        switch self {
        case .bundleUnusable: "Name a directory with --bundle, or run swrun in it."
        case .configUnreadable: "Make one with `swrun spec`, or name it with --config."
        case .configMalformed: "Mend the place that the message names; `swrun check` shows all that is wrong."
        case .configRejected: "Mend each place listed; `swrun check` shows warnings, too."
        case .rootfsUnusable: "Let root.path name a directory, absolute or relative to the bundle."
        case .invalidID: "Choose another id."
        case .containerExists: "Choose another id, or remove the container with `swrun delete`."
        case .containerMissing: "`swrun list` shows the containers; --root chooses where they are looked for."
        case .wrongState: "`swrun state ID` shows the status."
        case .containerBusy: "Wait until the other command has ended; the message names its process."
        case .stateUnusable: "Check the directory's owner and mode, free space, and --root."
        case .stateCorrupt: "`swrun delete --force ID` removes what is left of the container."
        case .optionUnusable: "Change or leave out the option."
        case .stepFailed:
            "The message ends with advice where the errno has a known reason; `swrun explain` shows the plan."
        case .birthDied: "Look for a memory limit that is too low, or for whoever sent the signal."
        case .programMissing: "Check the name, PATH in process.env, and the root filesystem."
        case .programNotExecutable:
            "The message says which: no execute bit, a directory, a missing interpreter, another architecture."
        case .hookFailed: "The message ends with what the hook printed."
        case .hookTimedOut: "Raise the hook's timeout, or mend the hook."
        case .filterFailed: "Check linux.seccomp, and that something listens at its listenerPath."
        case .consoleUnusable: "Check process.terminal, --console-socket, and that something listens there."
        case .cgroupFailed: "Check linux.cgroupsPath, linux.resources, and who owns the cgroup."
        case .pidFileFailed: "Check the directory that the file is to be in."
        case .signalFailed: "Check the signal, and that the caller may signal the container."
        case .wontDie: "A process in uninterruptible sleep ends when its device answers; then delete again."
        case .selfProtectionFailed: "Install swrun on a filesystem that its caller can read."
        case .hostFailed: "The message names the call and the errno."
        case .toolMissing: "Install it; the message names it."
        case .checkpointFailed: "Read CRIU's log, which the message names."
        }
    }
}
