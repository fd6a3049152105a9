/// What an image layout says, as far as it is needed here.
///
/// Source: the image specification 1.1, image-index.md, manifest.md, config.md. Unknown properties are ignored.
struct Descriptor: Codable, Equatable {
    var mediaType: String
    var digest: String
    var size: Int64
    var annotations: [String: String]?
    var platform: Platform?
}

struct Platform: Codable, Equatable {
    var architecture: String
    var os: String
    var variant: String?
}

struct ImageIndex: Codable, Equatable {
    var schemaVersion: Int?
    var mediaType: String?
    var manifests: [Descriptor]
    var annotations: [String: String]?
}

struct ImageManifest: Codable, Equatable {
    var schemaVersion: Int?
    var mediaType: String?
    var config: Descriptor
    var layers: [Descriptor]
    var annotations: [String: String]?
}

/// What `index.json` and manifests may be; which one shows in what they have.
struct IndexOrManifest: Codable {
    var mediaType: String?
    var manifests: [Descriptor]?
    var config: Descriptor?
    var layers: [Descriptor]?
}

struct ImageConfig: Codable, Equatable {
    struct Execution: Codable, Equatable {
        var user: String?
        var env: [String]?
        var entrypoint: [String]?
        var cmd: [String]?
        var workingDir: String?
        var labels: [String: String]?

        enum CodingKeys: String, CodingKey {
            case user = "User"
            case env = "Env"
            case entrypoint = "Entrypoint"
            case cmd = "Cmd"
            case workingDir = "WorkingDir"
            case labels = "Labels"
        }
    }

    struct RootFS: Codable, Equatable {
        var type: String
        var diffIDs: [String]

        enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }
    }

    struct History: Codable, Equatable {
        var created: String?
        var createdBy: String?
        var author: String?
        var comment: String?
        var isEmptyLayer: Bool?

        enum CodingKeys: String, CodingKey {
            case created
            case createdBy = "created_by"
            case author
            case comment
            case isEmptyLayer = "empty_layer"
        }
    }

    var created: String?
    var author: String?
    var architecture: String
    var os: String
    var variant: String?
    var config: Execution?
    var rootfs: RootFS
    var history: [History]?
}

/// The file in which `podman save` and `docker save` describe what they write beside (or instead of) a layout.
struct DockerArchiveItem: Codable {
    var config: String
    var repoTags: [String]?
    var layers: [String]

    enum CodingKeys: String, CodingKey {
        case config = "Config"
        case repoTags = "RepoTags"
        case layers = "Layers"
    }
}

struct LayoutMark: Codable {
    var imageLayoutVersion: String
}

enum MediaType {
    static let index = "application/vnd.oci.image.index.v1+json"
    static let manifest = "application/vnd.oci.image.manifest.v1+json"
    static let config = "application/vnd.oci.image.config.v1+json"
    static let layer = "application/vnd.oci.image.layer.v1.tar"

    static let indexes = [index, "application/vnd.docker.distribution.manifest.list.v2+json"]
    static let manifests = [manifest, "application/vnd.docker.distribution.manifest.v2+json"]

    /// How a layer of this type is compressed; nil for a type that isn't known.
    static func compression(of layer: String) -> Compression.Kind? {
        switch layer {
        case MediaType.layer, "application/vnd.oci.image.layer.nondistributable.v1.tar",
            "application/vnd.docker.image.rootfs.diff.tar":
            .plain
        case MediaType.layer + "+gzip", "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            "application/vnd.docker.image.rootfs.diff.tar.gzip",
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip":
            .gzip
        case MediaType.layer + "+zstd", "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
            "application/vnd.docker.image.rootfs.diff.tar.zstd":
            .zstd
        default: nil
        }
    }

    static func layer(_ kind: Compression.Kind) -> String {
        switch kind {
        case .plain: layer
        case .gzip: layer + "+gzip"
        case .zstd: layer + "+zstd"
        }
    }
}

/// The processor's name as images have it.
let currentArchitecture: String = {
    #if arch(arm64)
        "arm64"
    #else
        "amd64"
    #endif
}()
