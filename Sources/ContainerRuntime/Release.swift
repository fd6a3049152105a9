internal import OCISpec
internal import Seccomp

/// What this build is, and what it implements.
public enum Release {
    /// The newest version of the specification that is implemented.
    public static var specificationVersion: String { Spec.modelledVersion }
    /// The oldest version of the specification that is accepted.
    public static let oldestSpecificationVersion = "1.0.0"
    /// True if cgroups can be managed by systemd.
    public static let hasSystemdCgroups = true
    /// The version of libseccomp that is built in, as `2.5.4`.
    public static var filterLibraryVersion: String { Names.libraryVersion }
}
