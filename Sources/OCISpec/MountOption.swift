/// A mount option that belongs to no filesystem in particular: its name and what it does.
///
/// A name which isn't in ``all`` belongs to the filesystem and goes to it as data. Source: config.md "Linux mount
/// options", mount(8), mount_setattr(2).
public struct MountOption: Equatable, Sendable {
    /// The option as written.
    public let name: String
    /// What it does.
    public let effect: Effect

    /// What an option does to a mount.
    public enum Effect: Equatable, Sendable {
        /// Sets and clears `MOUNT_ATTR_…` bits of mount_setattr(2), on the mounts below, too, where recursive.
        case attributes(set: UInt64, clear: UInt64, recursive: Bool)
        /// Chooses how access times are kept; the last choice wins, all are values under `MOUNT_ATTR__ATIME`.
        case accessTime(AccessTime, recursive: Bool)
        /// Sets the propagation; several may be given, the kernel gets them in order.
        case propagation(Spec.Linux.Propagation, recursive: Bool)
        /// Makes it a bind mount, with the mounts below the source where recursive.
        case bind(recursive: Bool)
        /// Sets or clears a flag of the filesystem itself.
        ///
        /// `parameter` is its name for fsconfig(2) (nil where that has none), `bit` its `MS_…` bit for mount(2).
        case superblock(parameter: String?, bit: UInt64, set: Bool)
        /// Changes the mount that is there already.
        case remount
        /// Fills a fresh tmpfs with what the directory below it holds.
        case tmpcopyup
        /// Applies an id mapping, to the mounts below, too, where recursive.
        case idmap(recursive: Bool)
        /// Accepted and without effect: it asks for what is the case anyway.
        case nothing
    }

    /// How access times are kept.
    public enum AccessTime: UInt64, Sendable {
        /// Updated when older than the change or a day: the kernel's default.
        case relative = 0x00
        /// Never updated.
        case never = 0x10
        /// Always updated.
        case strict = 0x20

        /// The mask under which a mount's attributes hold one of these values: `MOUNT_ATTR__ATIME`.
        public static let mask: UInt64 = 0x70
    }

    /// The `MOUNT_ATTR_…` bits of mount_setattr(2).
    public enum Attribute {
        /// `MOUNT_ATTR_RDONLY`.
        public static let readOnly: UInt64 = 0x01
        /// `MOUNT_ATTR_NOSUID`.
        public static let noSetuid: UInt64 = 0x02
        /// `MOUNT_ATTR_NODEV`.
        public static let noDevices: UInt64 = 0x04
        /// `MOUNT_ATTR_NOEXEC`.
        public static let noExecution: UInt64 = 0x08
        /// `MOUNT_ATTR_NODIRATIME`.
        public static let noDirectoryAccessTime: UInt64 = 0x80
        /// `MOUNT_ATTR_NOSYMFOLLOW`.
        public static let noSymlinks: UInt64 = 0x20_0000
    }

    /// The option with exactly this name; nil for one that belongs to a filesystem.
    public static func named(_ name: String) -> MountOption? {
        guard let initial = name.utf8.first else { return nil }
        var place = places.first[Int(initial)]
        while place != Places.none {
            // By place: a copy of each option on the way would cost more than the comparison.
            if name.isExactly(ascii: all[Int(place)].name) { return all[Int(place)] }
            place = places.next[Int(place)]
        }
        return nil
    }

    /// Every option, the specification's list in its order.
    public static let all: [MountOption] = [
        MountOption("async", .superblock(parameter: "async", bit: 1 << 4, set: false)),
        MountOption("atime", .accessTime(.relative, recursive: false)),
        MountOption("bind", .bind(recursive: false)),
        MountOption("defaults", .nothing),
        MountOption("dev", .clear(Attribute.noDevices)),
        MountOption("diratime", .clear(Attribute.noDirectoryAccessTime)),
        MountOption("dirsync", .superblock(parameter: "dirsync", bit: 1 << 7, set: true)),
        MountOption("exec", .clear(Attribute.noExecution)),
        MountOption("iversion", .superblock(parameter: nil, bit: 1 << 23, set: true)),
        MountOption("lazytime", .superblock(parameter: "lazytime", bit: 1 << 25, set: true)),
        MountOption("loud", .superblock(parameter: nil, bit: 1 << 15, set: false)),
        MountOption("mand", .superblock(parameter: "mand", bit: 1 << 6, set: true)),
        MountOption("noatime", .accessTime(.never, recursive: false)),
        MountOption("nodev", .set(Attribute.noDevices)),
        MountOption("nodiratime", .set(Attribute.noDirectoryAccessTime)),
        MountOption("noexec", .set(Attribute.noExecution)),
        MountOption("noiversion", .superblock(parameter: nil, bit: 1 << 23, set: false)),
        MountOption("nolazytime", .superblock(parameter: "nolazytime", bit: 1 << 25, set: false)),
        MountOption("nomand", .superblock(parameter: "nomand", bit: 1 << 6, set: false)),
        // The kernel has no "not relative": it falls back to relative by itself unless noatime or strictatime is given.
        MountOption("norelatime", .nothing),
        MountOption("nostrictatime", .accessTime(.relative, recursive: false)),
        MountOption("nosuid", .set(Attribute.noSetuid)),
        MountOption("nosymfollow", .set(Attribute.noSymlinks)),
        MountOption("private", .propagation(.private, recursive: false)),
        MountOption("ratime", .accessTime(.relative, recursive: true)),
        MountOption("rbind", .bind(recursive: true)),
        MountOption("rdev", .clear(Attribute.noDevices, recursive: true)),
        MountOption("rdiratime", .clear(Attribute.noDirectoryAccessTime, recursive: true)),
        MountOption("relatime", .accessTime(.relative, recursive: false)),
        MountOption("remount", .remount),
        MountOption("rexec", .clear(Attribute.noExecution, recursive: true)),
        MountOption("rnoatime", .accessTime(.never, recursive: true)),
        MountOption("rnodev", .set(Attribute.noDevices, recursive: true)),
        MountOption("rnodiratime", .set(Attribute.noDirectoryAccessTime, recursive: true)),
        MountOption("rnoexec", .set(Attribute.noExecution, recursive: true)),
        MountOption("rnorelatime", .nothing),
        MountOption("rnostrictatime", .accessTime(.relative, recursive: true)),
        MountOption("rnosuid", .set(Attribute.noSetuid, recursive: true)),
        MountOption("rnosymfollow", .set(Attribute.noSymlinks, recursive: true)),
        MountOption("ro", .set(Attribute.readOnly)),
        MountOption("rprivate", .propagation(.private, recursive: true)),
        MountOption("rrelatime", .accessTime(.relative, recursive: true)),
        MountOption("rro", .set(Attribute.readOnly, recursive: true)),
        MountOption("rrw", .clear(Attribute.readOnly, recursive: true)),
        MountOption("rshared", .propagation(.shared, recursive: true)),
        MountOption("rslave", .propagation(.slave, recursive: true)),
        MountOption("rstrictatime", .accessTime(.strict, recursive: true)),
        MountOption("rsuid", .clear(Attribute.noSetuid, recursive: true)),
        MountOption("rsymfollow", .clear(Attribute.noSymlinks, recursive: true)),
        MountOption("runbindable", .propagation(.unbindable, recursive: true)),
        MountOption("rw", .clear(Attribute.readOnly)),
        MountOption("shared", .propagation(.shared, recursive: false)),
        MountOption("silent", .superblock(parameter: nil, bit: 1 << 15, set: true)),
        MountOption("slave", .propagation(.slave, recursive: false)),
        MountOption("strictatime", .accessTime(.strict, recursive: false)),
        MountOption("suid", .clear(Attribute.noSetuid)),
        MountOption("symfollow", .clear(Attribute.noSymlinks)),
        MountOption("sync", .superblock(parameter: "sync", bit: 1 << 4, set: true)),
        MountOption("tmpcopyup", .tmpcopyup),
        MountOption("unbindable", .propagation(.unbindable, recursive: false)),
        MountOption("idmap", .idmap(recursive: false)),
        MountOption("ridmap", .idmap(recursive: true)),
    ]

    private static let places = Places()

    private init(_ name: String, _ effect: Effect) {
        self.name = name
        self.effect = effect
    }
}

/// Where the options stand in the table, by their initials.
///
/// A configuration has dozens of options, each is looked up several times, and most of them aren't in the table.
private struct Places {
    static let none = UInt8.max
    /// The first option with an initial.
    var first = [UInt8](repeating: none, count: 256)
    /// The next one with the same initial, for each option.
    var next = [UInt8](repeating: none, count: MountOption.all.count)

    init() {
        for place in MountOption.all.indices.reversed() {
            guard let initial = MountOption.all[place].name.utf8.first else { continue }
            next[place] = first[Int(initial)]
            first[Int(initial)] = UInt8(place)
        }
    }
}

extension MountOption.Effect {
    fileprivate static func set(_ bits: UInt64, recursive: Bool = false) -> Self {
        .attributes(set: bits, clear: 0, recursive: recursive)
    }

    fileprivate static func clear(_ bits: UInt64, recursive: Bool = false) -> Self {
        .attributes(set: 0, clear: bits, recursive: recursive)
    }
}
