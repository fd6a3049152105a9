/// What the caller of `checkpoint` and `restore` wishes.
///
/// Most of it is CRIU's own business and handed on.
public struct CheckpointOptions: Equatable, Sendable {
    /// The directory of the images.
    public var imagePath = "checkpoint"
    /// The directory of CRIU's log; nil is that of the images.
    public var workPath: String?
    /// The images of an earlier `--pre-dump`, relative to those of this one.
    public var parentPath: String?
    /// Let the container go on.
    public var leaveRunning = false
    /// Only copy the memory, and let the container go on.
    public var preDump = false
    /// Keep TCP connections.
    public var tcpEstablished = false
    /// Leave out TCP connections that aren't established yet.
    public var tcpSkipInFlight = false
    /// Restore TCP connections as closed.
    public var tcpClose = false
    /// Link files that were removed while open.
    public var linkRemap = false
    /// Accept UNIX sockets to the outside.
    public var externalUnixSockets = false
    /// Accept a session or terminal of the outside.
    public var shellJob = false
    /// Keep locks of files.
    public var fileLocks = false
    /// Hand the memory out when it is asked for, instead of copying it first.
    public var lazyPages = false
    /// A descriptor on which CRIU says that it hands the memory out.
    public var statusFD: Int32?
    /// Remove pages that a later image has.
    public var autoDedup = false
    /// What CRIU does with cgroups: `soft`, `full`, `strict` or `ignore`.
    public var manageCgroups = "soft"
    /// How CRIU locks the network: `iptables` or `nftables`.
    public var networkLock: String?
    /// Namespaces whose content is left out.
    public var emptyNamespaces: [String] = []
    /// `ADDRESS:PORT` of a page server.
    public var pageServer: String?
    /// The label or profile of the restored processes, as `apparmor:NAME`.
    public var lsmProfile: String?
    /// The context of the restored mounts.
    public var lsmMountContext: String?

    /// The options of a caller who wishes nothing.
    public init() {}

    /// CRIU's options that mean the same to `dump` and `restore`.
    var common: [String] {
        var all = ["--manage-cgroups=\(manageCgroups)"]
        for (isSet, option) in [
            (tcpEstablished, "--tcp-established"), (tcpClose, "--tcp-close"), (externalUnixSockets, "--ext-unix-sk"),
            (shellJob, "--shell-job"), (fileLocks, "--file-locks"), (autoDedup, "--auto-dedup"),
            (linkRemap, "--link-remap"), (tcpSkipInFlight, "--skip-in-flight"),
        ] where isSet { all.append(option) }
        if let networkLock = networkLock ?? Criu.usualNetworkLock { all += ["--network-lock", networkLock] }
        for namespace in emptyNamespaces {
            all += ["--empty-ns", namespace.utf8.elementsEqual("network".utf8) ? "net" : namespace]
        }
        return all
    }
}
