internal import ContainerRuntime
internal import ProductVersion

/// What this build is.
enum Version {
    /// The version of swrun.
    static var current: String { productVersion }
    /// The version of the runtime specification that it follows.
    static var specification: String { Release.specificationVersion }
    /// What was built in, in the manner of crun.
    static let features = ["SYSTEMD", "SELINUX", "APPARMOR", "CAP", "SECCOMP", "EBPF", "CRIU", "YAJL"]

    /// The text of `--version`.
    ///
    /// Docker takes the line with the word "version" apart, the last one if there are several, so no other line may
    /// have it.
    static func text(commit: String?) -> String {
        let commitLine = commit.map { "commit: \($0)\n" } ?? ""
        let tags = features.map { "+\($0)" }.joined(separator: " ")
        let library = "libseccomp: \(Release.filterLibraryVersion)"
        return "swrun version \(current)\n\(commitLine)spec: \(specification)\n\(library)\n\(tags)\n"
    }
}
