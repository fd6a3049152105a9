/// The annotations of a configuration that change what the runtime does.
///
/// All others are metadata, handed on as they are. `swrun features` lists these as `potentiallyUnsafeConfigAnnotations`.
public enum KnownAnnotation {
    /// By which SELinux mount option `linux.mountLabel` is applied: see ``mountContextTypes``.
    public static let mountContextType = "run.oci.mount_context_type"
    /// Another way to run the program, such as WebAssembly: always refused.
    public static let handler = "run.oci.handler"

    /// Properties of the scope that systemd makes for the container, by their names behind it.
    public static let systemdProperty = "org.systemd.property."

    /// With `1` the process keeps the supplementary groups of whoever calls the runtime.
    ///
    /// Podman sets it for `--group-add keep-groups`.
    public static let keepOriginalGroups = "run.oci.keep_original_groups"
    /// A UNIX socket that gets a pidfd of the container's process, as `--pidfd-socket` names one.
    public static let pidfdReceiver = "run.oci.pidfd_receiver"
    /// A UNIX socket that gets the seccomp listener, where `linux.seccomp.listenerPath` names none.
    public static let seccompReceiver = "run.oci.seccomp.receiver"
    /// Anything but `0`: a system call that libseccomp doesn't know is an error.
    public static let seccompFailsUnknown = "run.oci.seccomp_fail_unknown_syscall"
    /// A filter of system calls in the kernel's form, in base64: it takes the place of `linux.seccomp`.
    public static let seccompProgram = "run.oci.seccomp_bpf_data"
    /// The file to which the hooks' standard output is appended.
    public static let hookOutput = "run.oci.hooks.stdout"
    /// The file to which the hooks' standard error is appended.
    public static let hookErrors = "run.oci.hooks.stderr"
    /// A configuration file of CRIU's for `checkpoint` and `restore`.
    public static let criuConfiguration = "org.criu.config"

    /// All of them; one that ends in a dot is the beginning of many.
    public static let all = [
        criuConfiguration, systemdProperty, handler, hookErrors, hookOutput, keepOriginalGroups, mountContextType,
        pidfdReceiver, seccompReceiver, seccompProgram, seccompFailsUnknown,
    ]

    /// The values of ``mountContextType``, mount(8).
    public static let mountContextTypes = ["context", "fscontext", "defcontext", "rootcontext"]
}
