internal import CRootfs
internal import Glibc
internal import JSONCodec
internal import OCISpec

/// A bundle whose root is an overlay: a directory with `config.json`, the writable layer `upper`, layers that were
/// committed below it, and the shared tree at the bottom, which stays where it is.
struct Bundle {
    /// What `bundle.json` says.
    struct Record: Codable, Equatable {
        var version = 1
        /// The shared tree, as an absolute path.
        var rootfs: String
        /// Committed layers, the oldest first, by their directories in `layers`.
        var layers: [String] = []
        var driver: Driver
        /// What an image made of it will say.
        var config: ImageConfig.Execution?
        /// How each committed layer came to be.
        var history: [ImageConfig.History] = []
    }

    /// How the root is put together.
    enum Driver: String, Codable, CaseIterable {
        /// By the kernel, as the first of the configuration's mounts.
        case overlay
        /// By fuse-overlayfs, before the container is created.
        case fuse
    }

    /// As an absolute path without links.
    let path: String
    let directory: OpenFile
    var record: Record

    /// Opens a bundle.
    init(_ path: String) throws(ToolError) {
        directory = try OpenFile.directory(path)
        self.path = try absolutePath(of: directory, path)
        let name = Bytes("bundle.json".utf8)
        guard try directory.look(name, name) != nil else {
            throw ToolError(
                "\(path) is no bundle of this tool: it has no bundle.json",
                hint: "swrun rootfs bundle NAME --rootfs DIR makes one")
        }
        record = try decode(
            Record.self, try directory.reading(name, name).readAll(limit: 1 << 20, "bundle.json"), "bundle.json")
        guard record.version == 1 else { throw ToolError("\(path) was made by a newer version of this tool") }
    }

    init(path: String, directory: OpenFile, record: Record) {
        self.path = path
        self.directory = directory
        self.record = record
    }

    /// The last component of the path.
    var name: String { String(decoding: Bytes(path.utf8).cut.name, as: UTF8.self) }

    /// The layers below the writable one, the uppermost first.
    var lowerPaths: [String] { record.layers.reversed().map { "\(path)/layers/\($0)" } + [record.rootfs] }

    /// Writes `bundle.json`.
    func save() throws(ToolError) { try directory.replace("bundle.json", with: try encode(record, pretty: true)) }

    /// Refuses to go on while a container uses the bundle.
    func requireIdle() throws(ToolError) {
        if let user = try MountScan.user(of: "\(path)/upper") {
            throw ToolError("\(path) is in use by process \(user)", hint: "end the container first")
        }
    }

    /// Keeps others from changing the bundle, until the descriptor is closed.
    func lock() throws(ToolError) {
        if !directory.tryLock() { throw ToolError("\(path) is in use by another command or container") }
    }
}

// MARK: - The overlay

extension Bundle {
    /// The options of the overlay.
    ///
    /// Renamed directories and files of which only the metadata changed would need extended attributes that other layers
    /// don't have; without them every file in the writable layer is whole.
    func overlayOptions() throws(ToolError) -> [String] {
        for path in [path, record.rootfs] where path.utf8.contains(where: { [0x2C, 0x3A, 0x5C, 0x22].contains($0) }) {
            throw ToolError(
                "overlayfs can't take the path \(displayed(path.utf8)): it has a comma, a colon, a quote or a backslash",
                hint: "choose another place")
        }
        var options = [
            "lowerdir=" + lowerPaths.joined(separator: ":"), "upperdir=\(path)/upper", "workdir=\(path)/work",
        ]
        options += geteuid() == 0 ? ["redirect_dir=off", "metacopy=off"] : ["userxattr"]
        let length = options.joined(separator: ",").utf8.count
        if length > 4000 {
            throw ToolError(
                "the overlay's options have \(length) bytes; the kernel takes 4095",
                hint: "use a shorter path, or pack the bundle and unpack it as one tree")
        }
        return options
    }

    /// The driver that works here, found out by trying.
    func chooseDriver(_ wanted: String?) throws(ToolError) -> Driver {
        if let wanted, Driver(rawValue: wanted) == nil {
            throw ToolError("--driver \(wanted) is unknown", hint: "overlay or fuse")
        }
        if wanted != "fuse" {
            let options = try overlayOptions().joined(separator: ",")
            let user: Int32 = geteuid() == 0 ? 0 : 1
            // Without "volatile", since Linux 5.10, the unmount would write all of the file system to its disk.
            var result = unsafe rf_probe_overlay("\(path)/rootfs".z, (options + ",volatile").z, user)
            if result == -EINVAL { result = unsafe rf_probe_overlay("\(path)/rootfs".z, options.z, user) }
            if result == 0 { return .overlay }
            if wanted == "overlay" || Programs.find("fuse-overlayfs") == nil {
                let error = ToolError("mount an overlay at \(path)/rootfs", Int64(result))
                throw ToolError(
                    error.message,
                    hint: "the file system of the bundle may not support overlays; on another one, or with "
                        + "fuse-overlayfs installed, it works")
            }
        }
        if Programs.find("fuse-overlayfs") == nil {
            throw ToolError("fuse-overlayfs is not there", hint: "apt-get install fuse-overlayfs fuse3")
        }
        return .fuse
    }

    /// Mounts the root by fuse-overlayfs, where it isn't mounted yet.
    func mountByFuse() throws(ToolError) {
        guard record.driver == .fuse else {
            throw ToolError(
                "\(path) needs no mount: its configuration makes the overlay", hint: "swrun run --bundle \(path) NAME")
        }
        if try MountScan.isMountPoint("\(path)/rootfs") { return }
        var options = try overlayOptions().filter { !$0.has(prefix: "redirect") && !$0.has(prefix: "meta") }
        options.removeAll { $0 == "userxattr" }
        try Programs.run(["fuse-overlayfs", "-o", options.joined(separator: ","), "\(path)/rootfs"])
        if try !MountScan.isMountPoint("\(path)/rootfs") {
            throw ToolError("fuse-overlayfs has mounted nothing at \(path)/rootfs")
        }
    }

    /// Unmounts what `mountByFuse` has mounted.
    func unmountFuse() throws(ToolError) {
        guard try MountScan.isMountPoint("\(path)/rootfs") else { return }
        if geteuid() == 0 {
            if unsafe umount2("\(path)/rootfs", 2) < 0 {  // MNT_DETACH
                throw ToolError("unmount \(path)/rootfs", Int64(-errno))
            }
            return
        }
        try Programs.run([
            Programs.find("fusermount3") == nil ? "fusermount" : "fusermount3", "-u", "-z", "\(path)/rootfs",
        ])
    }
}
