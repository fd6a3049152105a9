internal import LinuxKernel

/// How a host organises its cgroups.
public enum CgroupMode: String, CaseIterable, Sendable {
    /// Version 1: a tree for each controller.
    case v1
    /// Version 1 with a version 2 tree beside it.
    case hybrid
    /// Version 2: one tree for all controllers.
    case v2
}

/// The cgroup hierarchies of a host, as the runtime sees them.
///
/// Source: cgroups(7).
public struct CgroupHost: Equatable, Sendable {
    /// How the hierarchies are organised.
    public var mode: CgroupMode
    /// All mounted hierarchies.
    public var hierarchies: [Hierarchy]

    /// Makes up a host.
    public init(mode: CgroupMode, hierarchies: [Hierarchy]) {
        self.mode = mode
        self.hierarchies = hierarchies
    }

    /// One tree of cgroups.
    public struct Hierarchy: Equatable, Sendable {
        /// What controls it, by the kernel's names; `name=systemd` for one that only groups; none for a hybrid's version 2.
        public var controllers: [String]
        /// Where its root is mounted.
        public var mountPoint: String
        /// The runtime's own cgroup, as a path below the root.
        public var ownPath: String
        /// True for the version 2 tree.
        public var isUnified: Bool

        /// Makes up a hierarchy.
        public init(controllers: [String], mountPoint: String, ownPath: String = "/", isUnified: Bool = false) {
            self.controllers = controllers
            self.mountPoint = mountPoint
            self.ownPath = ownPath
            self.isUnified = isUnified
        }
    }

    /// The names of all controllers.
    public var controllers: [String] {
        hierarchies.flatMap(\.controllers).filter { !$0.utf8.starts(with: "name=".utf8) }
    }
}

extension CgroupHost {
    static let conventionalBase = "/sys/fs/cgroup"

    /// Looks at what is mounted; nothing is assumed.
    ///
    /// Each hierarchy costs one statfs(2). The mount table is read only where a hierarchy isn't at its usual place.
    public static func detect() throws(CgroupError) -> CgroupHost {
        let own = "/proc/self/cgroup"
        let memberships = parseMemberships(try contents(own, limitBytes: 1 << 20))
        if magic(of: conventionalBase) == .cgroup2 {
            return try unifiedHost(at: conventionalBase, memberships)
        }
        var hierarchies: [Hierarchy] = []
        var missing: [Membership] = []
        for membership in memberships {
            if let place = membership.conventionalPlaces.first(where: { magic(of: $0) == membership.magic }) {
                hierarchies.append(membership.hierarchy(at: place))
            } else {
                missing.append(membership)
            }
        }
        // A version 2 tree beside complete version 1 hierarchies need not be mounted: no reason to search for it.
        if !missing.allSatisfy(\.isUnified) || hierarchies.isEmpty {
            let table = parseMountTable(try contents("/proc/self/mountinfo", limitBytes: 64 << 20))
            for membership in missing {
                if let mount = table.first(where: membership.isMounted(as:)) {
                    hierarchies.append(membership.hierarchy(at: mount.mountPoint))
                }
            }
        }
        guard let first = hierarchies.first else {
            throw CgroupError(.detect, .noHierarchy, path: conventionalBase)
        }
        if hierarchies.count == 1 && first.isUnified { return try unifiedHost(at: first.mountPoint, memberships) }
        return CgroupHost(mode: hierarchies.contains(where: \.isUnified) ? .hybrid : .v1, hierarchies: hierarchies)
    }

    private static func unifiedHost(
        at mountPoint: String, _ memberships: [Membership]
    ) throws(CgroupError) -> CgroupHost {
        let controllers = words(try contents(mountPoint + "/cgroup.controllers", limitBytes: 4096))
        let ownPath = memberships.first(where: \.isUnified)?.path ?? "/"
        return CgroupHost(
            mode: .v2,
            hierarchies: [
                Hierarchy(controllers: controllers, mountPoint: mountPoint, ownPath: ownPath, isUnified: true)
            ])
    }

    private static func contents(_ path: String, limitBytes: Int) throws(CgroupError) -> [UInt8] {
        let file = try during(.detect, path, try FileDescriptor.open(path, .readOnly))
        // These files are made for each read, up to a page of whole lines: what leaves half of one free is all.
        let start = try during(.detect, path, try file.read(count: 4096, at: 0))
        if start.count < 2048 { return start }
        return try during(.detect, path, try file.readAll(limitBytes: limitBytes))
    }

    /// Nil where nothing is there or it can't be looked at, which means the same here: no hierarchy.
    private static func magic(of path: String) -> FileSystemMagic? {
        try? FileDescriptor.fileSystem(of: path).magic
    }
}

/// A line of /proc/self/cgroup: the runtime's place in one hierarchy.
package struct Membership: Equatable {
    package var controllers: [String]
    package var path: String

    package init(controllers: [String], path: String) {
        self.controllers = controllers
        self.path = path
    }

    /// The version 2 tree is the one without controllers in its line.
    var isUnified: Bool { controllers.isEmpty }

    var magic: FileSystemMagic { isUnified ? .cgroup2 : .cgroup }

    /// Where distributions mount the hierarchy, the likeliest first.
    ///
    /// `cpu,cpuacct` may also be found by one of its parts.
    package var conventionalPlaces: [String] {
        if isUnified { return [CgroupHost.conventionalBase + "/unified"] }
        var names: [String] = []
        for controller in controllers {
            names.append(
                controller.begins(with: "name=") ? String(Substring(controller.utf8.dropFirst(5))) : controller)
        }
        if names.count == 1 { return [CgroupHost.conventionalBase + "/" + names[0]] }
        let together = names.linked(by: ",")
        return ([together] + names).map { CgroupHost.conventionalBase + "/" + $0 }
    }

    func hierarchy(at mountPoint: String) -> CgroupHost.Hierarchy {
        CgroupHost.Hierarchy(controllers: controllers, mountPoint: mountPoint, ownPath: path, isUnified: isUnified)
    }

    func isMounted(as mount: CgroupMount) -> Bool {
        if isUnified { return mount.type == "cgroup2" }
        return mount.type == "cgroup" && controllers.allSatisfy(mount.options.contains)
    }
}

/// A line of /proc/self/mountinfo that speaks of a cgroup hierarchy.
package struct CgroupMount: Equatable {
    package var mountPoint: String
    package var type: String
    package var options: [String]

    package init(mountPoint: String, type: String, options: [String]) {
        self.mountPoint = mountPoint
        self.type = type
        self.options = options
    }
}

/// Reads the lines of /proc/self/cgroup, such as `4:memory:/user/1`.
///
/// The path may have colons. Lines of another form are left out.
package func parseMemberships(_ text: [UInt8]) -> [Membership] {
    var memberships: [Membership] = []
    var rest = text[...]
    while !rest.isEmpty {
        let line = rest.prefix { $0 != UInt8(ascii: "\n") }
        rest = rest[line.endIndex...].dropFirst()
        if let membership = parseMembership(line) { memberships.append(membership) }
    }
    return memberships
}

private func parseMembership(_ line: ArraySlice<UInt8>) -> Membership? {
    let colon = UInt8(ascii: ":")
    guard let first = line.firstIndex(of: colon), let second = line[(first + 1)...].firstIndex(of: colon),
        let path = String(checking: line[(second + 1)...])
    else { return nil }
    let controllers = line[(first + 1)..<second].texts { $0 == UInt8(ascii: ",") }
    return Membership(controllers: controllers, path: path)
}

/// Finds the cgroup hierarchies among the mounts.
package func parseMountTable(_ text: [UInt8]) -> [CgroupMount] {
    text.split(separator: UInt8(ascii: "\n")).compactMap { line in
        let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        // 36 35 98:0 /root /mountpoint options [optional fields] - type source superoptions
        guard let dash = fields.firstIndex(where: { $0.elementsEqual("-".utf8) }), dash >= 6, fields.count > dash + 3
        else { return nil }
        guard let type = String(validating: fields[dash + 1], as: UTF8.self), type == "cgroup" || type == "cgroup2"
        else { return nil }
        guard let mountPoint = String(validating: unescaped(fields[4]), as: UTF8.self) else { return nil }
        let options = fields[dash + 3].split(separator: UInt8(ascii: ",")).compactMap {
            String(validating: $0, as: UTF8.self)
        }
        return CgroupMount(mountPoint: mountPoint, type: type, options: options)
    }
}

/// Undoes the mount table's octal escapes, such as `\040` for a space.
private func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var rest = field
    while let byte = rest.popFirst() {
        let digits = rest.prefix(3)
        if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }) {
            result.append(digits.reduce(0) { $0 &* 8 &+ ($1 &- 0x30) })
            rest = rest.dropFirst(3)
        } else {
            result.append(byte)
        }
    }
    return result
}

/// The words of a file such as cgroup.controllers.
func words(_ text: [UInt8]) -> [String] {
    text[...].texts { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
}
