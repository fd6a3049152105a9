extension Requirements {
    /// config.md up to the annotations, without mount options and hooks.
    static let configTable = """
        @ config/specification-version | config.md | Specification version
        1 M ociVersion is a version in the form of SemVer 2.0.0.
        @ config/root | config.md | Root
        1 M On Windows Server containers root is given.
        2 M On Hyper-V containers root is absent.
        3 M Everywhere else root is given.
        4 M root.path names the directory that becomes the container's /.
        5 M On Windows the path is a volume's GUID path.
        6 S The path is usually called rootfs.
        7 M A directory exists at root.path.
        8 M With root.readonly the container can't write to its root file system; without, it can.
        9 M On Windows readonly is absent or false.
        @ config/mounts | config.md | Mounts
        1 M Mounts are made in the order of the list.
        2 M Each mount appears at its destination in the container.
        3 S A destination is an absolute path.
        4 M A relative destination counts from /.
        5 M On Windows the destination is absolute.
        6 M On Windows no mount lies within another.
        7 M On Solaris the destination is absolute.
        8 M On other platforms the destination is absolute.
        9 M On Windows the option ro makes the mount read-only.
        @ config/posix-platform-mounts | config.md | POSIX-platform Mounts
        1 S uidMappings of a mount are done by the kernel's idmapped mounts.
        2 S A mount with uidMappings also says idmap or ridmap.
        3 M uidMappings of a mount come along with gidMappings.
        4 S gidMappings of a mount are done by the kernel's idmapped mounts.
        5 S A mount with gidMappings also says idmap or ridmap.
        6 M gidMappings of a mount come along with uidMappings.
        @ config/process | config.md | Process
        1 M process is given when start is called.
        2 M consoleSize means nothing without a terminal.
        3 M consoleSize.height is the terminal's number of rows.
        4 M consoleSize.width is the terminal's number of columns.
        5 M The program starts in the directory cwd.
        6 M cwd is an absolute path.
        7 M args has at least one entry; the first is looked up as execvp does, through PATH when it has no slash.
        @ config/posix-process | config.md | POSIX process
        1 M Each entry of rlimits names a resource.
        2 M A limit that no kernel interface knows is an error.
        3 M getrlimit works for each resource in the list.
        4 M Each entry has a soft limit.
        5 M The soft limit is in force.
        6 M Each entry has a hard limit.
        7 M The hard limit is in force.
        8 M Two entries for one resource are an error.
        @ config/linux-process | config.md | Linux Process
        1 M A capability that can't be granted is worth a warning.
        2 S A capability that can't be granted doesn't make the operation fail.
        3 M oomScoreAdj, when given, is the process's value.
        4 M oomScoreAdj, when absent, leaves the inherited value alone.
        5 M scheduler.policy is the process's scheduling policy.
        6 M ioPriority.class is the process's I/O scheduling class.
        7 M ioPriority.priority is the level within the class.
        8 S Without execCPUAffinity.initial the affinity stays as it is.
        @ config/posix-platform-user | config.md | POSIX-platform User
        1 M The program runs as user.uid, as the container's user namespace counts.
        2 M The program runs as user.gid, as the container's user namespace counts.
        @ config/platform-specific-configuration | config.md | Platform-specific configuration
        1 M On Windows the section windows is given.
        @ config/annotations | config.md | Annotations
        1 M annotations is a map.
        2 M Its keys are strings.
        3 M No key is empty.
        4 S Keys are written like reversed domain names.
        5 M Keys under org.opencontainers mean what the specification says and nothing else.
        6 M org.opencontainers.image.os has a value that the image specification allows.
        7 M org.opencontainers.image.os.version has a value that the image specification allows.
        8 M org.opencontainers.image.os.features has a value that the image specification allows.
        9 M org.opencontainers.image.architecture has a value that the image specification allows.
        10 M org.opencontainers.image.variant has a value that the image specification allows.
        11 M org.opencontainers.image.author has a value that the image specification allows.
        12 M org.opencontainers.image.created has a value that the image specification allows.
        13 M org.opencontainers.image.stopSignal has a value that the image specification allows.
        14 M Other keys under org.opencontainers stay free of other specifications' use.
        15 M An unknown annotation is no error.
        16 M Its values are strings.
        @ config/extensibility | config.md | Extensibility
        1 M An unknown property is ignored, at most logged.
        @ config/valid-values | config.md | Valid values
        1 M A value that is invalid or not supported is an error.
        """

    /// config.md, the list of mount options: the numbers follow the specification's rows.
    static let mountOptionTable: String = {
        let must = Set(
            """
            async atime bind defaults dev diratime dirsync exec iversion lazytime loud noatime nodev nodiratime noexec \
            noiversion nolazytime norelatime nostrictatime nosuid private rbind relatime remount ro rprivate rshared \
            rslave runbindable rw shared silent slave strictatime suid sync unbindable idmap ridmap
            """.split(separator: " ").map(String.init))
        var lines = ["@ config/linux-mount-options | config.md | Linux mount options"]
        lines.append("1 M The options in the list are implemented, each as much as its row demands.")
        for (index, option) in mountOptions.enumerated() {
            let asks =
                switch option {
                case "idmap": "Option idmap maps the ids of the mount, or is an error when there is no mapping to use."
                case "ridmap": "Option ridmap does what idmap does for the whole tree of mounts."
                default: "Mount option \(option) has the effect that mount(8) or mount_setattr(2) gives it."
                }
            lines.append("\(index + 2) \(must.contains(option) ? "M" : "S") \(asks)")
        }
        lines.append("60 M The mandatory options mean what they mean to mount(8).")
        lines.append("61 S A further option that mount(8) knows means what it means there.")
        lines.append("62 S An option that nobody knows is handed to the file system.")
        return lines.joined(separator: "\n")
    }()

    /// The options in the order of the specification's table.
    static let mountOptions: [String] =
        """
        async atime bind defaults dev diratime dirsync exec iversion lazytime loud noatime nodev nodiratime noexec \
        noiversion nolazytime norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev rdiratime relatime \
        remount rexec rnoatime rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime \
        rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw shared silent slave strictatime suid \
        symfollow sync unbindable idmap ridmap
        """.split(separator: " ").map(String.init)

    /// config.md, the hooks.
    static let hookTable = """
        @ config/posix-platform-hooks | config.md | POSIX-platform Hooks
        1 M A prestart hook has a path, found as execv finds it.
        2 M A prestart hook's path is absolute.
        3 M A prestart hook's timeout, when given, is above zero.
        4 M A prestart hook's path is resolved outside the container.
        5 M A prestart hook runs outside the container's namespaces.
        6 M A createRuntime hook has a path, found as execv finds it.
        7 M A createRuntime hook's path is absolute.
        8 M A createRuntime hook's timeout, when given, is above zero.
        9 M A createRuntime hook's path is resolved outside the container.
        10 M A createRuntime hook runs outside the container's namespaces.
        11 M A createContainer hook's path is resolved outside the container.
        12 M A createContainer hook runs in the container's namespaces.
        13 M A startContainer hook's path is resolved inside the container.
        14 M A startContainer hook runs in the container's namespaces.
        15 M A poststart hook's path is resolved outside the container.
        16 M A poststart hook runs outside the container's namespaces.
        17 M A poststop hook's path is resolved outside the container.
        18 M A poststop hook runs outside the container's namespaces.
        19 M Hooks of a kind are called in the order of the list.
        20 M Each hook reads the container's state from its standard input.
        @ config/prestart | config.md | Prestart
        1 M prestart hooks are called within create, after the environment is made and before pivot_root.
        2 M prestart hooks are called before createRuntime hooks.
        3 M A prestart hook's path is resolved outside the container.
        4 M A prestart hook runs outside the container's namespaces.
        @ config/createruntime-hooks | config.md | CreateRuntime Hooks
        1 M createRuntime hooks are called within create, after the environment is made and before pivot_root.
        2 M A createRuntime hook's path is resolved outside the container.
        3 M A createRuntime hook runs outside the container's namespaces.
        @ config/createcontainer-hooks | config.md | CreateContainer Hooks
        1 M createContainer hooks are called within create, after the environment is made and before pivot_root.
        2 M createContainer hooks are called after createRuntime hooks.
        3 M A createContainer hook's path is resolved outside the container.
        4 M A createContainer hook runs in the container's namespaces.
        @ config/startcontainer-hooks | config.md | StartContainer Hooks
        1 M startContainer hooks are called within start, before the user's program.
        2 M A startContainer hook's path is resolved inside the container.
        3 M A startContainer hook runs in the container's namespaces.
        @ config/poststart | config.md | Poststart
        1 M poststart hooks are called after the user's program was started and before start returns.
        2 M A poststart hook's path is resolved outside the container.
        3 M A poststart hook runs outside the container's namespaces.
        @ config/poststop | config.md | Poststop
        1 M poststop hooks are called after the container is deleted and before delete returns.
        2 M A poststop hook's path is resolved outside the container.
        3 M A poststop hook runs outside the container's namespaces.
        """
}
