internal import LinuxKernel
internal import OCISpec

/// The files to which hooks print; nil where there is none.
struct HookFiles {
    private(set) var output: HeldDescriptor?
    private(set) var errors: HeldDescriptor?

    init() {}

    /// Opens what the annotations name, for hooks outside of a birth.
    init(_ spec: Spec, bundle: String) throws(Failure) {
        guard let annotations = spec.annotations else { return }
        for stream in HookStream.allCases {
            guard let path = annotations[stream.annotation]?.placed(in: bundle) else { continue }
            do throws(CallError) {
                set(HeldDescriptor(try HookFiles.open(path)), as: stream)
            } catch {
                throw Failure(
                    .hookFailed, "cannot open \(path.printable), to which the hooks' \(stream.rawValue) is appended",
                    at: .config("/annotations/\(stream.annotation)"), call: error)
            }
        }
    }

    /// Opens a file to append to, and makes it where it is missing.
    static func open(_ path: String) throws(CallError) -> FileDescriptor {
        // A FIFO that nobody reads can't make us wait: it is ENXIO.
        let file = try FileDescriptor.open(
            path, [.writeOnly, .append, .create, .nonBlocking, .noControllingTerminal], mode: 0o600)
        try file.setNonBlocking(false)
        return file
    }

    mutating func set(_ file: HeldDescriptor, as stream: HookStream) {
        switch stream {
        case .output: output = file
        case .errors: errors = file
        }
    }

    /// The descriptors' numbers.
    var numbers: [Int32] { [output, errors].compactMap { $0?.descriptor.raw } }
}

extension HookStream {
    /// The annotation that names the file.
    var annotation: String {
        switch self {
        case .output: KnownAnnotation.hookOutput
        case .errors: KnownAnnotation.hookErrors
        }
    }
}

extension String {
    /// The path, where a relative one counts from a bundle.
    func placed(in bundle: String) -> String { utf8.first == UInt8(ascii: "/") ? self : bundle + "/" + self }
}
