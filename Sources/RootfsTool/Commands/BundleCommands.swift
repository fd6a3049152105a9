internal import CRootfs
internal import Glibc

extension Command {
    static let bundle = Command(
        name: "bundle", summary: "make bundles that share a root filesystem", arguments: "NAME...", count: 1...Int.max,
        details: """
            NAME is a directory that is made: a bundle for swrun, whose root is an overlay. What its container writes goes \
            to NAME/upper; the shared tree is never changed. The overlay is the first mount of config.json, made in the \
            container's own namespace: it is gone with the container, and nothing runs for it. Where the kernel's overlay \
            can't be had, fuse-overlayfs is used: then "mount" comes before "swrun create", and a hook unmounts.
            """,
        options: [
            Option(name: "rootfs", value: "DIR", help: "the tree to share"),
            Option(name: "driver", value: "HOW", help: "overlay or fuse (default: overlay if it works here)"),
            Option(name: "user", value: "USER[:GROUP]", help: "who the program runs as, by name or number"),
        ],
        run: { (call) throws(ToolError) in
            guard let rootfs = call["rootfs"] else {
                throw ToolError("bundle needs --rootfs", hint: "the tree to share")
            }
            let maker = try BundleMaker(rootfs, driver: call["driver"], user: call["user"])
            for name in call.words { try maker.make(name) }
            return 0
        })

    static let mount = Command(
        name: "mount", summary: "mount the root of a bundle by fuse-overlayfs", arguments: "NAME", count: 1...1,
        details: "Only for bundles whose driver is fuse; \"run\" does it by itself.",
        run: { (call) throws(ToolError) in
            try Bundle(call.words[0]).mountByFuse()
            return 0
        })

    static let unmount = Command(
        name: "unmount", summary: "unmount the root of a bundle", arguments: "NAME", count: 1...1,
        details: "Called by the configuration's hook when the container is deleted.",
        run: { (call) throws(ToolError) in
            try Bundle(call.words[0]).unmountFuse()
            return 0
        })

    static let remove = Command(
        name: "remove", summary: "remove bundles, or root filesystems with what is kept beside them",
        arguments: "NAME...", count: 1...Int.max,
        run: { (call) throws(ToolError) in
            for name in call.words { try remove(name) }
            return 0
        })

    private static func remove(_ path: String) throws(ToolError) {
        let place = try Place(path)
        // What was killed here before has left something.
        let isClean = try !place.clean()
        guard let found = try place.found() else {
            if isClean { throw ToolError("\(path) isn't there") }
            return try place.parent.removeAll(place.beside(TreeRecord.suffix))
        }
        guard found.metadata.kind == .directory else { throw ToolError("\(path) is no directory") }
        let directory = try place.parent.directory(place.name, place.name)
        if try directory.look(Bytes("bundle.json".utf8), []) != nil {
            let bundle = try Bundle(path)
            try bundle.lock()
            if bundle.record.driver == .fuse { try bundle.unmountFuse() }
            try bundle.requireIdle()
            return try Staging(place, replacing: true).remove()
        }
        guard try place.parent.look(place.beside(TreeRecord.suffix), []) != nil else {
            throw ToolError("\(path) is neither a bundle nor a tree of this tool", hint: "rm -r removes anything")
        }
        if let user = try MountScan.user(of: try absolutePath(of: directory, path)) {
            throw ToolError("\(path) is in use by process \(user)", hint: "end its containers first")
        }
        try Staging(place, replacing: true).remove(beside: TreeRecord.suffix)
    }
}

/// Makes bundles over one tree.
final class BundleMaker {
    private let tree: TreeRecord
    private let wantedDriver: String?
    private let execution: ImageConfig.Execution?
    /// The driver that works, by the file system that was tried.
    private var drivers: [UInt64: Bundle.Driver] = [:]

    init(_ rootfs: String, driver: String?, user: String?) throws(ToolError) {
        tree = try TreeRecord(rootfs)
        wantedDriver = driver
        var execution = try tree.image().config ?? TreeImage.plain
        if let user { execution.user = user }
        self.execution = execution
    }

    /// Makes one; it appears whole.
    func make(_ name: String) throws(ToolError) {
        let place = try Place(name)
        let staging = try Staging(place)
        let directory = try staging.directory.makingDirectory(Bytes("bundle".utf8))
        for name in ["rootfs", "upper", "work"] {
            try ok(unsafe rf_mkdirat(directory.fd, name.z, 0o755), "make \(name)")
        }
        let record = Bundle.Record(rootfs: tree.path, driver: .overlay, config: execution)
        var trial = Bundle(
            path: try absolutePath(of: directory, name), directory: directory, record: record)
        let device = try directory.lookAtSelf([]).key.device
        if let known = drivers[device] {
            trial.record.driver = known
        } else {
            trial.record.driver = try trial.chooseDriver(wantedDriver)
            drivers[device] = trial.record.driver
            // overlayfs leaves a directory there that only root can look into.
            try directory.clear(Bytes("work".utf8))
        }
        try trial.renewUpperMetadata(tree.tree)
        let parent = try absolutePath(of: place.parent, name)
        let final = parent + (parent == "/" ? "" : "/") + String(decoding: place.name, as: UTF8.self)
        let bundle = Bundle(path: final, directory: directory, record: trial.record)
        let configuration = try Configuration(
            new: bundle, hostname: hostname(bundle.name), tool: Programs.ownPath() ?? "/usr/local/bin/swrun-rootfs")
        try directory.replace("config.json", with: configuration.text())
        try bundle.save()
        try staging.finish("bundle")
    }

    /// Letters, digits and hyphens, at most 63.
    private func hostname(_ name: String) -> String {
        let bytes = name.utf8.map { byte in
            let isFine = byte >= 0x61 && byte <= 0x7A || byte >= 0x41 && byte <= 0x5A || byte >= 0x30 && byte <= 0x39
            return isFine ? byte : UInt8(ascii: "-")
        }
        return String(decoding: bytes.prefix(63), as: UTF8.self)
    }
}

extension Bundle {
    /// The root shows mode and owner of the writable layer's top directory: they are the tree's.
    func renewUpperMetadata(_ tree: OpenFile) throws(ToolError) {
        let upper = try directory.directory(Bytes("upper".utf8), Bytes("upper".utf8))
        try upper.give(
            try tree.lookAtSelf([]).metadata, to: [UInt8(ascii: ".")], content: upper, [], .current)
    }
}
