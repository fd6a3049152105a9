internal import CRootfs
internal import Glibc

extension Command {
    static let pack = Command(
        name: "pack", summary: "make an image of a bundle or a root filesystem", arguments: "NAME", count: 1...1,
        details: """
            The image has a layer of the shared tree, one of each commit, and one of what was written since. It is an \
            image layout, in one file or, if the output's name ends in a slash, in a directory; podman, skopeo, buildah, \
            umoci, containerd and Docker read it. With SOURCE_DATE_EPOCH set, the same tree makes the same image.
            """,
        options: [
            Option(name: "output", value: "FILE", help: "what is made (also -o); - for standard output"),
            Option(name: "tag", value: "NAME:TAG", help: "what the image is called (default: NAME:latest)"),
            Option(name: "compress", value: "HOW", help: "gzip, zstd or none (default: gzip)"),
            Option(name: "level", value: "N", help: "how hard to compress, 1 to 12"),
            Option(name: "cmd", value: "WORDS", help: "what the image runs, separated by blanks"),
            Option(name: "entrypoint", value: "WORDS", help: "what its command is handed to"),
            Option(name: "env", value: "NAME=VALUE", repeats: true, help: "a variable of its environment"),
            Option(name: "workdir", value: "DIR", help: "where its program starts"),
            Option(name: "user", value: "USER[:GROUP]", help: "who it runs as"),
            Option(name: "label", value: "KEY=VALUE", repeats: true, help: "a label"),
            Option(name: "author", value: "TEXT", help: "who made it"),
            Option(name: "quiet", help: "say nothing but warnings and errors"),
        ],
        run: { (call) throws(ToolError) in
            var pack = try Pack(call)
            return try pack.run()
        })
}

/// A pack under way.
private struct Pack {
    let call: Call
    let progress: Progress
    let compression: Compression
    let stamp: Int64
    private var layers: [(packed: Packed, history: ImageConfig.History)] = []

    init(_ call: Call) throws(ToolError) {
        self.call = call
        progress = Progress(quiet: call.has("quiet"))
        stamp = try Moment.current()
        var compression: Compression
        switch call["compress"] ?? "gzip" {
        case "gzip": compression = .gzip
        case "zstd": compression = .zstd
        case "none": compression = .plain
        default: throw ToolError("--compress takes gzip, zstd or none")
        }
        if let level = try call.number("level") { compression.level = max(1, min(12, Int(level))) }
        self.compression = compression
    }

    mutating func run() throws(ToolError) -> Int32 {
        guard let path = call["output"] else { throw ToolError("pack needs -o", hint: "such as -o app.tar") }
        let output = try output(path)
        let name = call.words[0]
        let directory = try OpenFile.directory(name)
        var image: TreeImage
        let record: TreeRecord
        if try directory.look(Bytes("bundle.json".utf8), []) != nil {
            let bundle = try Bundle.idle(name)
            record = try TreeRecord(bundle.record.rootfs)
            image = try record.image()
            if let config = bundle.record.config { image.config = config }
            try addBase(record, image, output)
            for (layer, history) in zip(bundle.record.layers, bundle.record.history) {
                progress.step("packing layer \(layer)")
                let root = try OpenFile.directory("\(bundle.path)/layers/\(layer)")
                try add(history, output) { (writer) throws(ToolError) in try writer.addLayer(root, leftOut: []) }
            }
            let changes = try bundle.changes()
            if !changes.changes.isEmpty {
                progress.step("packing what was written since")
                let root = try bundle.directory.directory(Bytes("upper".utf8), [])
                let history = ImageConfig.History(created: Moment.text(stamp), createdBy: "swrun rootfs pack")
                try add(history, output) { (writer) throws(ToolError) in
                    try writer.addLayer(root, leftOut: Set(changes.mountPointsOnly))
                }
            }
        } else {
            record = try TreeRecord(name)
            image = try record.image()
            try addBase(record, image, output)
        }
        try describe(image, output, record.path)
        return 0
    }

    private func output(_ path: String) throws(ToolError) -> any ImageOutput {
        if path.isExactly("-") {
            // A pipe can't be written to at an earlier place: it gets a copy in the end.
            let directory = Environment.value("TMPDIR") ?? "/var/tmp"
            let fd = unsafe rf_openat(AT_FDCWD, directory.z, O_RDWR | Flags.temporary, 0o600)
            let file = OpenFile(adopting: try ok(fd, "make a temporary file in \(directory)"))
            return try ArchiveOutput(file.fd, stamp: stamp) { () throws(ToolError) in
                lseek(file.fd, 0, SEEK_SET)
                var buffer = Bytes(repeating: 0, count: 1 << 18)
                let out = OpenFile(adopting: dup(1))
                while true {
                    let count = try ok(Int64(unsafe read(file.fd, &buffer, buffer.count)), "read the image")
                    if count == 0 { return }
                    try out.write(Bytes(buffer[..<count]), "standard output")
                }
            }
        }
        if path.has(suffix: "/") { return try DirectoryOutput(path) }
        let file = try NewFile(path)
        return try ArchiveOutput(file.file.fd, stamp: stamp) { () throws(ToolError) in try file.finish() }
    }

    private mutating func addBase(
        _ record: TreeRecord, _ image: TreeImage, _ output: any ImageOutput
    ) throws(ToolError) {
        progress.step("packing \(record.path)")
        let real = image.history?.filter { $0.isEmptyLayer != true } ?? []
        var history = real.last ?? .init(created: Moment.text(stamp), createdBy: "swrun rootfs pack")
        if real.count > 1 { history.comment = "\(real.count) layers in one" }
        let progress = progress
        try add(history, output) { (writer) throws(ToolError) in
            var walk = try TreeWalk(record.tree)
            var count = 0
            while let visit = try walk.next() {
                try writer.add(visit, as: visit.path)
                count += 1
                if count % 256 == 0 { progress.say("\(count) files packed") }
            }
        }
    }

    private mutating func add(
        _ history: ImageConfig.History, _ output: any ImageOutput,
        _ fill: (LayerWriter) throws(ToolError) -> Void
    ) throws(ToolError) {
        let writer = try LayerWriter(try output.beginBlob(), compression)
        try fill(writer)
        let packed = try writer.finish()
        try output.endBlob(packed.digest, packed.size)
        layers.append((packed, history))
    }

    /// Writes configuration, manifest and index.
    private func describe(_ image: TreeImage, _ output: any ImageOutput, _ path: String) throws(ToolError) {
        let config = ImageConfig(
            created: Moment.text(stamp), author: call["author"], architecture: currentArchitecture, os: "linux",
            config: try execution(image.config ?? TreeImage.plain),
            rootfs: .init(type: "layers", diffIDs: layers.map { "sha256:" + hex($0.packed.diffDigest) }),
            history: layers.map(\.history))
        let configDescriptor = try output.addBlob(try encode(config), MediaType.config)
        let layerDescriptors = layers.map {
            Descriptor(
                mediaType: MediaType.layer(compression.kind), digest: "sha256:" + hex($0.packed.digest),
                size: $0.packed.size)
        }
        let manifest = ImageManifest(
            schemaVersion: 2, mediaType: MediaType.manifest, config: configDescriptor, layers: layerDescriptors)
        var descriptor = try output.addBlob(try encode(manifest), MediaType.manifest)
        let (tag, full) = try names()
        descriptor.annotations = [
            "org.opencontainers.image.ref.name": tag, "io.containerd.image.name": full,
        ]
        descriptor.platform = Platform(architecture: currentArchitecture, os: "linux")
        let index = ImageIndex(schemaVersion: 2, mediaType: MediaType.index, manifests: [descriptor])
        // For docker load, which looks for this file.
        let item = DockerArchiveItem(
            config: blobName(configDescriptor), repoTags: [full], layers: layerDescriptors.map(blobName))
        try output.add("manifest.json", try encode([item]))
        try output.add("index.json", try encode(index))
        try output.add("oci-layout", try encode(LayoutMark(imageLayoutVersion: "1.0.0")))
        try output.finish()
    }

    private func blobName(_ descriptor: Descriptor) -> String { "blobs/sha256/" + descriptor.digest.dropping(7) }

    private func execution(_ old: ImageConfig.Execution) throws(ToolError) -> ImageConfig.Execution {
        var new = old
        if let words = call["cmd"] { new.cmd = words.parts(" ") }
        if let words = call["entrypoint"] { new.entrypoint = words.parts(" ") }
        if let directory = call["workdir"] { new.workingDir = directory }
        if let user = call["user"] { new.user = user }
        for variable in call.all("env") {
            guard let name = variable.parts("=").first, variable.utf8.contains(UInt8(ascii: "=")) else {
                throw ToolError("--env \(variable) has no value", hint: "NAME=VALUE is expected")
            }
            new.env = (new.env ?? []).filter { !$0.has(prefix: name + "=") } + [variable]
        }
        for label in call.all("label") {
            guard let key = label.parts("=").first, label.utf8.count > key.utf8.count else {
                throw ToolError("--label \(label) has no value", hint: "KEY=VALUE is expected")
            }
            new.labels = (new.labels ?? [:]).merging([key: label.dropping(key.utf8.count + 1)]) { _, new in new }
        }
        return new
    }

    /// What the image is called, and with the registry that stands for none.
    private func names() throws(ToolError) -> (tag: String, full: String) {
        var tag = call["tag"] ?? defaultName
        let isFine = tag.utf8.allSatisfy {
            $0 >= 0x61 && $0 <= 0x7A || $0 >= 0x41 && $0 <= 0x5A || $0 >= 0x2D && $0 <= 0x3A || $0 == UInt8(ascii: "_")
        }
        guard isFine, !tag.isEmpty else { throw ToolError("--tag \(displayed(tag.utf8)) is no name of an image") }
        if !Bytes(tag.utf8).cut.name.contains(UInt8(ascii: ":")) { tag += ":latest" }
        let first = tag.parts("/").first ?? ""
        let hasRegistry =
            tag.utf8.contains(slash)
            && (first.utf8.contains(UInt8(ascii: ".")) || first.utf8.contains(UInt8(ascii: ":"))
                || first == "localhost")
        return (tag, hasRegistry ? tag : "localhost/" + tag)
    }

    private var defaultName: String {
        let path = (try? absolutePath(of: OpenFile.directory(call.words[0]), "")) ?? "image"
        let name = Bytes(path.utf8).cut.name.map { byte -> UInt8 in
            byte >= 0x41 && byte <= 0x5A
                ? byte + 0x20 : byte >= 0x61 && byte <= 0x7A || byte >= 0x30 && byte <= 0x39 ? byte : UInt8(ascii: "-")
        }
        return String(decoding: name, as: UTF8.self)
    }
}
