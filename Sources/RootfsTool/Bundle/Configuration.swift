internal import Glibc
internal import OCISpec

/// The configuration of a bundle.
struct Configuration {
    /// What a program in an otherwise writable container needs to be root there, and no more: the set that container
    /// managers give.
    private static let capabilities = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",
        "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
    ]

    var spec: Spec

    /// Reads `config.json` of a bundle.
    init(of bundle: Bundle) throws(ToolError) {
        let name = Bytes("config.json".utf8)
        let text = try bundle.directory.reading(name, name).readAll(limit: 16 << 20, "config.json")
        spec = try decode(Spec.self, text, "\(bundle.path)/config.json")
    }

    /// What a new bundle is configured like.
    init(new bundle: Bundle, hostname: String, tool: String) throws(ToolError) {
        let isRoot = geteuid() == 0
        spec = isRoot ? Spec.template : Spec.rootlessTemplate(uid: geteuid(), gid: getegid())
        // The host's own, below /sys, are what an ordinary user gets: fresh ones of version 1 are refused.
        if !isRoot { spec.mounts?.removeAll { $0.type == "cgroup" } }
        spec.hostname = hostname
        spec.root = .init(path: "rootfs", readonly: false)
        let execution = bundle.record.config ?? TreeImage.plain
        spec.process?.terminal = false
        spec.process?.args = (execution.entrypoint ?? []) + (execution.cmd ?? [])
        if spec.process?.args?.isEmpty != false { spec.process?.args = ["/bin/sh"] }
        spec.process?.env = (execution.env ?? TreeImage.plain.env ?? []) + ["TERM=xterm"]
        if let cwd = execution.workingDir, cwd.has(prefix: "/") { spec.process?.cwd = cwd }
        spec.process?.user = try Accounts(bundle).user(execution.user ?? "")
        spec.process?.capabilities = .init(
            effective: Configuration.capabilities, bounding: Configuration.capabilities,
            permitted: Configuration.capabilities)
        switch bundle.record.driver {
        case .overlay: try setOverlay(bundle)
        case .fuse:
            spec.hooks = .init(poststop: [.init(path: tool, args: ["swrun-rootfs", "unmount", bundle.path])])
        }
    }

    /// Puts the overlay of the bundle's layers in the place of the root, as the first mount.
    mutating func setOverlay(_ bundle: Bundle) throws(ToolError) {
        spec.mounts?.removeAll { $0.destination == "/" }
        spec.mounts?.insert(
            .init(destination: "/", type: "overlay", source: "overlay", options: try bundle.overlayOptions()), at: 0)
    }

    /// The text of the file.
    func text() throws(ToolError) -> Bytes { try encode(spec, pretty: true) }
}

/// The names of users and groups in a tree.
private struct Accounts {
    private let tree: OpenFile

    init(_ bundle: Bundle) throws(ToolError) { tree = try OpenFile.directory(bundle.record.rootfs) }

    /// What an image's `User` means: a name or number, and behind a colon a group.
    func user(_ text: String) throws(ToolError) -> Spec.User {
        if text.isEmpty { return .init(uid: 0, gid: 0) }
        let parts = text.parts(":")
        let name = parts.first ?? ""
        let entry = try line("passwd", name)
        guard let uid = entry.flatMap({ UInt32($0[2]) }) ?? UInt32(name) else {
            throw ToolError(
                "the image's user \(displayed(name.utf8)) is not in its /etc/passwd", hint: "give --user with a number")
        }
        var gid = entry.flatMap { $0.count > 3 ? UInt32($0[3]) : nil } ?? 0
        if parts.count > 1 {
            let line = try line("group", parts[1])
            guard let group = line.flatMap({ UInt32($0[2]) }) ?? UInt32(parts[1]) else {
                throw ToolError("the image's group \(displayed(parts[1].utf8)) is not in its /etc/group")
            }
            gid = group
        }
        return .init(uid: uid, gid: gid)
    }

    /// The fields of the line that begins with a name, or has it as number.
    private func line(_ file: String, _ name: String) throws(ToolError) -> [String]? {
        guard let etc = try tree.walk(Bytes("etc".utf8)) else { return nil }
        let found = try etc.look(Bytes(file.utf8), Bytes(file.utf8))
        guard found?.metadata.kind == .regular else { return nil }
        let text = try etc.reading(Bytes(file.utf8), Bytes(file.utf8)).readAll(limit: 4 << 20, "/etc/\(file)")
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            if fields.count > 2, fields[0].isExactly(name) || fields[2].isExactly(name) { return fields }
        }
        return nil
    }
}
