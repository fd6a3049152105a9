import Foundation
import Support

@testable import RootfsTool

/// Writes image layouts by hand, wrong ones as well.
struct ImageMaker {
    let workshop: Workshop
    var layerType = MediaType.layer
    var manifestType = MediaType.manifest
    var references = ["x:1"]
    /// Changes a layer's bytes after its digests were taken.
    var damage: (Bytes) -> Bytes = { $0 }
    /// Changes the promised digest of the archive inside a layer.
    var lie = false

    init(_ workshop: Workshop) { self.workshop = workshop }

    /// Makes the layout `image` with layers that are uncompressed archives.
    func make(_ layers: [Bytes]) throws {
        try workshop.sh("mkdir -p image/blobs/sha256")
        func blob(_ bytes: Bytes, _ type: String, damaged: Bool = false) throws -> Descriptor {
            let digest = hex(sha256(bytes))
            try workshop.write("image/blobs/sha256/" + digest, damaged ? damage(bytes) : bytes)
            return Descriptor(mediaType: type, digest: "sha256:" + digest, size: Int64(bytes.count))
        }
        let descriptors = try layers.map { try blob($0, layerType, damaged: true) }
        let diffs = descriptors.map { lie ? "sha256:" + String(repeating: "0", count: 64) : $0.digest }
        let config = ImageConfig(
            architecture: currentArchitecture, os: "linux", rootfs: .init(type: "layers", diffIDs: diffs))
        let manifest = ImageManifest(
            schemaVersion: 2, config: try blob(try encode(config), MediaType.config), layers: descriptors)
        var descriptor = try blob(try encode(manifest), manifestType)
        let index = ImageIndex(
            schemaVersion: 2,
            manifests: references.map { name in
                descriptor.annotations = ["org.opencontainers.image.ref.name": name]
                return descriptor
            })
        try workshop.write("image/index.json", try encode(index))
        try workshop.write("image/oci-layout", Bytes("{\"imageLayoutVersion\":\"1.0.0\"}".utf8))
    }
}
