/// The version of swrun and swrun-rootfs, in SemVer form; the only place that says it.
@inlinable public var productVersion: String { "0.1.0" }
