public import JSONCodec

/// The scope by which systemd knows a container: a unit with the container's processes, in a slice.
///
/// Stored with the container's state, so that the commands after `create` find it whatever their options.
public struct SystemdUnit: ObjectDecodable, ObjectWritable, Equatable, Sendable {
    /// The unit's name, as `libpod-1f3a.scope`.
    public var name: String
    /// The slice in which it is, as `machine.slice`.
    public var slice: String
    /// True for a unit of the user's own systemd.
    public var isUsers: Bool

    /// Takes `cgroupsPath` apart, which is `SLICE:PREFIX:NAME` with this driver.
    ///
    /// - Parameters:
    ///   - cgroupsPath: the configuration's; without one the unit is named for the container.
    ///   - id: the container's.
    ///   - isUsers: true if the user's own systemd is asked.
    /// - Throws: `locate` errors for what isn't of this form, and for names that systemd doesn't take.
    public init(cgroupsPath: String?, id: String, isUsers: Bool) throws(CgroupError) {
        let given = cgroupsPath ?? ""
        let usualSlice = isUsers ? "user.slice" : "system.slice"
        self.isUsers = isUsers
        guard !given.isEmpty else {
            (slice, name) = (usualSlice, "swrun-\(id).scope")
            try check(id)
            return
        }
        let parts = given.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map {
            String(Substring($0))
        }
        guard parts.count == 3 else { throw CgroupError(.locate, .notAUnitPath(given), path: given) }
        slice = parts[0].isEmpty ? usualSlice : parts[0]
        name = "\(parts[1])-\(parts[2]).scope"
        guard !parts[2].hasSuffix(".slice") else { throw CgroupError(.locate, .sliceAsUnit, path: given) }
        try check(given)
    }

    /// Reads the properties from an object; see `Members`.
    public init(_ member: Members) throws {
        name = try member.required("name")
        slice = try member.required("slice")
        isUsers = try member.required("isUsers")
    }

    /// Writes the properties; see `ObjectWriter`.
    public func write(to member: inout ObjectWriter) {
        member("name", name)
        member("slice", slice)
        member("isUsers", isUsers)
    }

    private func check(_ given: String) throws(CgroupError) {
        for unit in [name, slice] where !SystemdUnit.isName(unit) {
            throw CgroupError(.locate, .badUnitName(unit), path: given)
        }
        if slicePath == nil { throw CgroupError(.locate, .badUnitName(slice), path: given) }
    }

    /// Source: systemd.unit(5), "Unit names".
    private static func isName(_ name: String) -> Bool {
        1...255 ~= name.utf8.count
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: "."), UInt8(ascii: "\\"):
                    true
                default: false
                }
            }
    }

    /// The slice's cgroup below that of the manager: a dash in its name is a step down, so `a-b.slice` is in `a.slice`.
    ///
    /// Nil where it isn't a slice's name. Source: systemd.slice(5).
    var slicePath: String? {
        guard slice.hasSuffix(".slice") else { return nil }
        let stem = slice.utf8.dropLast(6)
        if stem.elementsEqual("-".utf8) { return "" }
        let parts = stem.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        var path = ""
        var prefix = ""
        for part in parts {
            prefix += (prefix.isEmpty ? "" : "-") + String(Substring(part))
            path += "/\(prefix).slice"
        }
        return path
    }

    /// Where the unit's cgroup will be: in each hierarchy at the same place, below the manager's own.
    ///
    /// systemd makes it in the version 2 tree, and in those hierarchies of version 1 that it knows; the others are left
    /// to whoever asked for the unit.
    /// - Throws: `locate` errors for a user's own systemd on version 1, which has no controllers to hand out.
    public func layout(below manager: String, on host: CgroupHost) throws(CgroupError) -> CgroupLayout {
        guard let slicePath else { throw CgroupError(.locate, .badUnitName(slice), path: slice) }
        guard host.mode == .v2 || !isUsers else {
            throw CgroupError(.locate, .usersSystemdNeedsUnified, path: name)
        }
        let base = manager.utf8.elementsEqual("/".utf8) ? "" : manager
        return CgroupLayout(
            mode: host.mode,
            places: host.hierarchies.map { hierarchy in
                CgroupLayout.Place(
                    controllers: hierarchy.controllers, mountPoint: hierarchy.mountPoint,
                    path: "\(base)\(slicePath)/\(name)", isUnified: hierarchy.isUnified)
            })
    }
}
