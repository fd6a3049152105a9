internal import JSONCodec
internal import LinuxKernel
internal import OCISpec

/// A bundle: a directory, and the configuration in it.
struct Bundle {
    /// The absolute path.
    var path: String
    /// The configuration as read.
    var text: [UInt8]
    /// The configuration.
    var spec: Spec
    /// The root filesystem's absolute path; empty where the configuration names none.
    var rootfs: String

    /// Reads the configuration of a bundle.
    ///
    /// - Parameters:
    ///   - directory: the bundle, absolute or relative to the current directory.
    ///   - configFile: another file than `config.json`, relative to the current directory.
    static func open(_ directory: String, configFile: String?) throws(Failure) -> Bundle {
        let path = try absolute(directory)
        let text = try read(configFile ?? path + "/config.json", of: configFile == nil ? path : nil)
        var spec: Spec
        do throws(JSONError) {
            spec = try JSONDecoder().decode(Spec.self, from: text)
            spec.takeFilterFromAnnotations()
            spec.takeListenerFromAnnotations(usual: Process.variable("RUN_OCI_SECCOMP_RECEIVER"))
        } catch {
            let name = configFile ?? "config.json"
            throw Failure(.configMalformed, "\(name): \(error)", at: .file(configFile ?? path + "/config.json"))
        }
        return Bundle(path: path, text: text, spec: spec, rootfs: rootfs(of: spec, in: path))
    }

    private static func read(_ name: String, of bundle: String?) throws(Failure) -> [UInt8] {
        do throws(CallError) {
            // Opened so that a FIFO in its place can't make us wait.
            let file = try FileDescriptor.open(name, [.nonBlocking, .noControllingTerminal])
            let status = try file.status()
            switch status.kind {
            case .regular: break
            case .directory: throw CallError(.open, .isDirectory)
            default: throw CallError(.open, .invalid)
            }
            return try file.readAll(limitBytes: 16 << 20, sizeBytes: status.size)
        } catch {
            if let bundle { try checkDirectory(bundle) }
            let hint: String? =
                switch error.errno {
                case .noEntry: "`swrun spec` makes one"
                case .fileTooLarge: "a configuration has at most 16 MiB"
                case .invalid: "it must be a regular file"
                default: nil
                }
            throw Failure(.configUnreadable, "cannot read \(name)", at: .file(name), call: error, hint: hint)
        }
    }

    private static func checkDirectory(_ bundle: String) throws(Failure) {
        do throws(CallError) {
            guard try FileDescriptor.status(of: bundle).kind == .directory else {
                throw CallError(.none, .notDirectory)
            }
        } catch {
            throw Failure(.bundleUnusable, "cannot open the bundle \(bundle)", at: .file(bundle), call: error)
        }
    }

    private static func rootfs(of spec: Spec, in bundle: String) -> String {
        let path = spec.root.path
        if path.isEmpty { return "" }
        return path.utf8.first == UInt8(ascii: "/") ? path : bundle + "/" + path
    }

    /// The path without `.`, `..` and double slashes, beginning at the root.
    static func absolute(_ path: String) throws(Failure) -> String {
        var start = ""
        if path.utf8.first != UInt8(ascii: "/") {
            do throws(CallError) {
                start = try FileDescriptor.currentDirectory()
            } catch {
                throw Failure(.bundleUnusable, "the current directory is gone", call: error)
            }
        }
        return (start + "/" + path).cleanedPath
    }

    /// Looks at the root filesystem before anything is made.
    ///
    /// A link isn't followed, as with runc: it could lead elsewhere by the time of the mount.
    func checkRootfs() throws(Failure) {
        let status: FileStatus
        do throws(CallError) {
            status = try FileDescriptor.status(of: rootfs, followLink: false)
            guard status.kind == .directory || status.kind == .symlink else {
                throw CallError(.none, .notDirectory)
            }
        } catch {
            throw Failure(
                .rootfsUnusable, "the root filesystem \(rootfs) can't be used", at: .config("/root/path"), call: error)
        }
        if status.kind == .symlink {
            throw Failure(
                .rootfsUnusable, "the root filesystem \(rootfs) is a symbolic link", at: .config("/root/path"),
                hint: "let root.path name the directory that it leads to")
        }
    }
}
