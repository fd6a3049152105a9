internal import CRootfs
internal import Glibc

/// An image that was found in a layout: its configuration, and where its layers are.
struct Image {
    struct Layer {
        /// The file's name in the layout.
        var name: String
        /// Its digest in hexadecimal digits and its length; nil where nothing promises them.
        var digest: String?
        var size: Int64?
        /// The digest of the archive inside.
        var diffID: String
        /// nil: as its first bytes say.
        var compression: Compression.Kind?
    }

    var source: LayoutSource
    var config: ImageConfig
    var layers: [Layer]
    /// What it is called in the layout.
    var name: String?
}

extension Image {
    /// Finds an image; its index, manifest and configuration have the digests that are promised.
    ///
    /// - Parameter wanted: what it is called; nil where there is only one.
    init(_ path: String, wanted: String?, _ limits: UnpackLimits) throws(ToolError) {
        let source = try LayoutSource(path, limits)
        if let index = try source.read("index.json") {
            try self.init(source, index, wanted)
        } else if let items = try source.read("manifest.json") {
            try self.init(dockerArchive: source, items, wanted)
        } else {
            throw ToolError(
                "\(path) is no image: it has neither index.json nor manifest.json",
                hint: "an image layout, or what podman save and docker save write, is expected")
        }
    }

    private init(_ source: LayoutSource, _ index: Bytes, _ wanted: String?) throws(ToolError) {
        if let mark = try source.read("oci-layout") {
            let version = try RootfsTool.decode(LayoutMark.self, mark, "oci-layout").imageLayoutVersion
            guard version.has(prefix: "1.") else {
                throw ToolError("the image layout is of version \(displayed(version.utf8)); 1.0.0 is understood")
            }
        }
        var candidates = try RootfsTool.decode(ImageIndex.self, index, "index.json of the image").manifests
        if let wanted {
            candidates = candidates.filter { descriptor in
                let names = ["org.opencontainers.image.ref.name", "io.containerd.image.name"]
                return names.compactMap { descriptor.annotations?[$0] }.contains { name in
                    name.isExactly(wanted) || name.has(suffix: ":" + wanted) || name.has(suffix: "/" + wanted)
                }
            }
        }
        guard let first = candidates.first else {
            throw ToolError(wanted.map { "the layout has no image called \($0)" } ?? "the layout has no image")
        }
        if candidates.count > 1 {
            let names = candidates.compactMap { $0.annotations?["org.opencontainers.image.ref.name"] }
            throw ToolError(
                "the layout has \(candidates.count) images", hint: "choose with --ref: \(names.joined(separator: ", "))"
            )
        }
        let manifest = try Image.manifest(source, first, depth: 0)
        let configBytes = try Image.blob(source, manifest.config, "configuration")
        let config = try RootfsTool.decode(ImageConfig.self, configBytes, "the image's configuration")
        guard config.rootfs.diffIDs.count == manifest.layers.count else {
            throw ToolError(
                "the image has \(manifest.layers.count) layers, but its configuration speaks of "
                    + "\(config.rootfs.diffIDs.count)")
        }
        var layers: [Layer] = []
        for (layer, diff) in zip(manifest.layers, config.rootfs.diffIDs) {
            guard let compression = MediaType.compression(of: layer.mediaType) else {
                throw ToolError("a layer is of the unknown media type \(displayed(layer.mediaType.utf8))")
            }
            let digest = try Image.digest(layer.digest)
            layers.append(
                Layer(
                    name: "blobs/sha256/\(digest)", digest: digest, size: layer.size, diffID: try Image.digest(diff),
                    compression: compression))
        }
        self.init(
            source: source, config: config, layers: layers,
            name: first.annotations?["io.containerd.image.name"]
                ?? first.annotations?["org.opencontainers.image.ref.name"])
    }

    private init(dockerArchive source: LayoutSource, _ text: Bytes, _ wanted: String?) throws(ToolError) {
        var items = try RootfsTool.decode([DockerArchiveItem].self, text, "manifest.json of the image")
        if let wanted {
            items = items.filter {
                $0.repoTags?.contains { $0.isExactly(wanted) || $0.has(suffix: "/" + wanted) } ?? false
            }
        }
        guard let item = items.first else { throw ToolError("the archive has no such image") }
        if items.count > 1 {
            throw ToolError(
                "the archive has \(items.count) images",
                hint: "choose with --ref: \(items.compactMap { $0.repoTags?.first }.joined(separator: ", "))")
        }
        guard let bytes = try source.read(item.config) else { throw ToolError("the image's configuration is missing") }
        let config = try RootfsTool.decode(ImageConfig.self, bytes, "the image's configuration")
        guard config.rootfs.diffIDs.count == item.layers.count else {
            throw ToolError("the image's configuration doesn't speak of as many layers as there are")
        }
        var layers: [Layer] = []
        for (name, diff) in zip(item.layers, config.rootfs.diffIDs) {
            layers.append(Layer(name: name, diffID: try Image.digest(diff)))
        }
        self.init(source: source, config: config, layers: layers, name: item.repoTags?.first)
    }

    /// The digits of a digest.
    private static func digest(_ text: String) throws(ToolError) -> String {
        guard text.has(prefix: "sha256:") else {
            throw ToolError("the digest \(displayed(text.utf8.prefix(80))) is not of SHA-256")
        }
        let digits = text.dropping(7)
        guard digits.utf8.count == 64, unhex(digits.utf8) != nil else {
            throw ToolError("the digest \(displayed(text.utf8.prefix(80))) is malformed")
        }
        return digits
    }

    /// A small file by its digest, checked.
    private static func blob(
        _ source: LayoutSource, _ descriptor: Descriptor, _ what: String
    ) throws(ToolError) -> Bytes {
        let digest = try digest(descriptor.digest)
        guard let bytes = try source.read("blobs/sha256/\(digest)") else {
            throw ToolError("the image's \(what) is missing: \(descriptor.digest)")
        }
        guard Int64(bytes.count) == descriptor.size else {
            throw ToolError("the image's \(what) has \(bytes.count) bytes instead of \(descriptor.size)")
        }
        guard hex(sha256(bytes)).isExactly(digest) else {
            throw ToolError("the image's \(what) doesn't have the digest \(descriptor.digest)")
        }
        return bytes
    }

    /// The manifest that a descriptor leads to, through indexes for several platforms.
    private static func manifest(
        _ source: LayoutSource, _ descriptor: Descriptor, depth: Int
    ) throws(ToolError) -> ImageManifest {
        let bytes = try blob(source, descriptor, "manifest")
        let either = try RootfsTool.decode(IndexOrManifest.self, bytes, "the image's manifest")
        if let config = either.config, let layers = either.layers {
            guard MediaType.manifests.contains(where: descriptor.mediaType.isExactly) else {
                throw ToolError("the manifest is of the unknown media type \(displayed(descriptor.mediaType.utf8))")
            }
            return ImageManifest(config: config, layers: layers)
        }
        guard let manifests = either.manifests, MediaType.indexes.contains(where: descriptor.mediaType.isExactly) else {
            throw ToolError("the manifest is of the unknown media type \(displayed(descriptor.mediaType.utf8))")
        }
        guard depth < 4 else { throw ToolError("the image's indexes are nested too deep") }
        let fitting = manifests.filter {
            $0.platform.map { $0.os == "linux" && $0.architecture == currentArchitecture } ?? (manifests.count == 1)
        }
        guard let chosen = fitting.first else {
            throw ToolError("the image has no variant for linux/\(currentArchitecture)")
        }
        return try manifest(source, chosen, depth: depth + 1)
    }

    /// Unpacks all layers, each with its digests checked before the next one begins.
    func unpack(_ extractor: inout Extractor, _ limits: UnpackLimits, _ progress: Progress) throws(ToolError) {
        if layers.count > 500 { throw ToolError("the image has \(layers.count) layers; at most 500 are plausible") }
        for (index, layer) in layers.enumerated() {
            guard let (file, offset, size) = try source.open(layer.name) else {
                throw ToolError("layer \(index + 1) of the image is missing: \(layer.name)")
            }
            if let promised = layer.size, promised != size {
                throw ToolError("layer \(index + 1) has \(size) bytes instead of \(promised)")
            }
            let kind = try compression(of: layer)
            let reader = try LayerReader(file, offset: offset, size: size, kind, limits)
            do throws(ToolError) {
                try extractor.take(reader) { progress.say("layer \(index + 1) of \(layers.count): \($0) entries") }
            } catch {
                throw ToolError("layer \(index + 1): \(error.message)", hint: error.hint, errno: error.errno)
            }
            let packed = reader.packed
            if let digest = layer.digest, !hex(packed.digest).isExactly(digest) {
                throw ToolError("layer \(index + 1) doesn't have the digest sha256:\(digest)")
            }
            guard hex(packed.diffDigest).isExactly(layer.diffID) else {
                throw ToolError("layer \(index + 1) unpacked doesn't have the digest sha256:\(layer.diffID)")
            }
        }
    }

    /// How a layer is compressed: as the manifest says, or as its first bytes do.
    func compression(of layer: Layer) throws(ToolError) -> Compression.Kind {
        if let compression = layer.compression { return compression }
        guard let (file, offset, _) = try source.open(layer.name) else { return .plain }
        var magic = Bytes(repeating: 0, count: 4)
        _ = unsafe pread(file.fd, &magic, 4, Int(offset))
        return Magic.compression(magic) ?? .plain
    }
}

/// SHA-256 of bytes.
func sha256(_ bytes: Bytes) -> Bytes {
    var digest = Bytes(repeating: 0, count: 32)
    guard let hash = unsafe rf_hash_new() else { return digest }
    unsafe rf_hash_update(hash, bytes, bytes.count)
    unsafe rf_hash_finish(hash, &digest)
    return digest
}
