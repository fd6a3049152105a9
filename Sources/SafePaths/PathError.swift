public import LinuxKernel

/// A look-up below a root, or the making of something there, that failed.
public struct PathError: Error, Equatable, Sendable {
    /// What was found to be wrong, for whoever decides whether to go on or words a hint.
    public enum Kind: Sendable {
        /// A component isn't there.
        case missing
        /// A component that has to be a directory is something else.
        case notDirectory
        /// A link or mount leads out of the tree, is one of procfs' magic links, or links go round in a loop.
        case forbiddenLink
        /// Something of another type is there already: a directory for a file, a device for a regular file.
        case wrongType
        /// All else; the error number says what.
        case other

        init(_ errno: Errno) {
            self =
                switch errno {
                case .noEntry: .missing
                case .notDirectory: .notDirectory
                case .symlinkLoop, .crossDevice: .forbiddenLink
                case .exists, .isDirectory: .wrongType
                default: .other
                }
        }
    }

    /// The system call that failed and its error number; `.none` where this module objected by itself.
    public var call: CallError
    /// The path up to the component that failed, links resolved, as seen from the root; for people only.
    ///
    /// Control characters and what isn't UTF-8 are replaced: the text comes from an image.
    public var path: String
    /// What was found to be wrong.
    public var kind: Kind

    /// Pairs a failed call with its place; the kind follows from the error number, unless it is given.
    public init(_ call: CallError, path: String, _ kind: Kind? = nil) {
        self.call = call
        self.path = path
        self.kind = kind ?? Kind(call.errno)
    }

    /// The same with the place that the path starts at put before it.
    func below(_ start: String) -> PathError {
        PathError(call, path: path.utf8.first == UInt8(ascii: "/") ? start + path : start + "/" + path, kind)
    }
}

/// Attaches a place to what fails with a bare `CallError`.
func at<R: ~Copyable>(_ path: @autoclosure () -> String, _ body: () throws(CallError) -> R) throws(PathError) -> R {
    do {
        return try body()
    } catch {
        throw PathError(error, path: path())
    }
}
