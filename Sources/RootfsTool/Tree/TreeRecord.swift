internal import CRootfs
internal import Glibc

/// A tree and what is kept beside it, in `DIR.store`: the manifest, what the image said, where it came from, and
/// content to repair it from.
struct TreeRecord {
    /// As an absolute path without links.
    let path: String
    let tree: OpenFile
    /// nil where nothing is kept.
    let store: OpenFile?

    static let suffix = ".store"

    init(_ path: String) throws(ToolError) {
        tree = try OpenFile.directory(path)
        self.path = try absolutePath(of: tree, path)
        let fd = unsafe rf_openat(AT_FDCWD, (self.path + TreeRecord.suffix).z, O_RDONLY | Flags.directory, 0)
        store = fd >= 0 ? OpenFile(adopting: fd) : nil
    }

    /// A small file of the store; nil if it isn't there.
    func read(_ name: String, limit: Int = 1 << 30) throws(ToolError) -> Bytes? {
        guard let store, try store.look(Bytes(name.utf8), []) != nil else { return nil }
        return try store.reading(Bytes(name.utf8), Bytes(name.utf8)).readAll(limit: limit, name)
    }

    func manifest() throws(ToolError) -> Manifest {
        guard let text = try read("manifest") else {
            throw ToolError(
                "\(path) has no manifest", hint: "swrun rootfs manifest \(path) makes one of the tree as it is now")
        }
        return try Manifest(text: text)
    }

    func image() throws(ToolError) -> TreeImage {
        guard let text = try read("image.json") else { return TreeImage() }
        return try decode(TreeImage.self, text, "image.json")
    }
}

/// What is known of the image that a tree was, or is to become.
struct TreeImage: Codable, Equatable {
    /// A layout that has the same content.
    struct Origin: Codable, Equatable {
        var path: String
        var ref: String?
    }

    var name: String?
    var config: ImageConfig.Execution?
    var history: [ImageConfig.History]?
    /// When it was made.
    var created: String?
    var origin: Origin?

    /// How a shell would be started in a tree that says nothing.
    static let plain = ImageConfig.Execution(
        env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], cmd: ["/bin/sh"])
}

/// The path of an open directory, without links.
func absolutePath(of directory: OpenFile, _ given: String) throws(ToolError) -> String {
    var buffer = Bytes(repeating: 0, count: 4096)
    let count = try ok(
        unsafe rf_readlinkat(AT_FDCWD, "/proc/self/fd/\(directory.fd)".z, &buffer, buffer.count),
        "find out where \(given) is")
    guard let path = String(validating: buffer[..<count], as: UTF8.self) else {
        throw ToolError("the path of \(given) is not UTF-8")
    }
    return path
}
