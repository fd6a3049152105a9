extension Spec {
    /// The version of the specification that the model follows.
    public static let modelledVersion = "1.3.0"

    /// The configuration that `spec` writes: a shell in a read-only root, cut off from the host, with few privileges.
    public static var template: Spec {
        Spec(
            ociVersion: modelledVersion, root: Root(path: "rootfs", readonly: true), mounts: templateMounts,
            process: templateProcess, hostname: "swrun",
            linux: Linux(
                namespaces: [.pid, .network, .ipc, .uts, .mount, .cgroup].map { Linux.Namespace(type: $0) },
                resources: Linux.Resources(devices: [Linux.Resources.DeviceRule(allow: false, access: "rwm")]),
                maskedPaths: [
                    "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
                    "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
                ],
                readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]))
    }

    /// The template for an ordinary user, who becomes root inside of a user namespace.
    ///
    /// What such a user may not do is left out: a network namespace's own sysfs, ids that aren't mapped, limits.
    public static func rootlessTemplate(uid: UInt32, gid: UInt32) -> Spec {
        var spec = template
        spec.linux?.namespaces?.removeAll { $0.type == .network }
        spec.linux?.namespaces?.append(Linux.Namespace(type: .user))
        spec.linux?.uidMappings = [IDMapping(containerID: 0, hostID: uid, size: 1)]
        spec.linux?.gidMappings = [IDMapping(containerID: 0, hostID: gid, size: 1)]
        spec.linux?.resources = nil
        spec.mounts = templateMounts.map { mount in
            if mount.destination == "/sys" {
                return Mount(
                    destination: "/sys", type: "none", source: "/sys",
                    options: ["rbind", "nosuid", "noexec", "nodev", "ro"])
            }
            var mount = mount
            mount.options?.removeAll { $0.utf8.starts(with: "uid=".utf8) || $0.utf8.starts(with: "gid=".utf8) }
            return mount
        }
        return spec
    }

    private static var templateProcess: Process {
        let capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
        return Process(
            terminal: true, cwd: "/",
            env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"], args: ["sh"],
            user: User(uid: 0, gid: 0), rlimits: [Rlimit(type: "RLIMIT_NOFILE", soft: 1024, hard: 1024)],
            capabilities: Capabilities(effective: capabilities, bounding: capabilities, permitted: capabilities),
            noNewPrivileges: true)
    }

    private static var templateMounts: [Mount] {
        func mount(_ destination: String, _ type: String, _ source: String, _ options: String) -> Mount {
            let options = options.split(separator: " ").map(String.init)
            return Mount(
                destination: destination, type: type, source: source, options: options.isEmpty ? nil : options)
        }
        return [
            mount("/proc", "proc", "proc", ""),
            mount("/dev", "tmpfs", "tmpfs", "nosuid strictatime mode=755 size=65536k"),
            mount("/dev/pts", "devpts", "devpts", "nosuid noexec newinstance ptmxmode=0666 mode=0620 gid=5"),
            mount("/dev/shm", "tmpfs", "shm", "nosuid noexec nodev mode=1777 size=65536k"),
            mount("/dev/mqueue", "mqueue", "mqueue", "nosuid noexec nodev"),
            mount("/sys", "sysfs", "sysfs", "nosuid noexec nodev ro"),
            mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid noexec nodev relatime ro"),
        ]
    }
}
