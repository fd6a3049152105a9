internal import CLinux

/// User and group identity, and capabilities, of the calling process.
public enum Credentials {
    /// The effective user.
    ///
    /// As it was when the program was executed, of which the kernel tells each program unasked: swrun's own never changes,
    /// and the container's process has no use for it. Source: getauxval(3).
    public static let effectiveUID = UInt32(truncatingIfNeeded: getauxval(UInt(AT_EUID)))

    /// The effective group.
    public static var effectiveGID: UInt32 { getegid() }

    /// Replaces the supplementary groups by exactly these.
    public static func setGroups(_ groups: [UInt32]) throws(CallError) {
        try check(.setgroups, unsafe sw_setgroups(groups.count, groups))
    }

    /// The supplementary groups.
    public static func groups() throws(CallError) -> [UInt32] {
        let count = try check(.getgroups, sw_getgroups(0, nil))
        if count == 0 { return [] }
        var groups = [UInt32](repeating: 0, count: Int(count))
        let filled = try check(.getgroups, unsafe sw_getgroups(count, &groups))
        return Array(groups.prefix(Int(filled)))
    }

    /// Sets real, effective and saved group.
    public static func setGID(_ gid: UInt32) throws(CallError) { try check(.setresgid, sw_setresgid(gid)) }

    /// Sets real, effective and saved user.
    public static func setUID(_ uid: UInt32) throws(CallError) { try check(.setresuid, sw_setresuid(uid)) }

    /// Keeps the permitted capabilities over the next change of user.
    public static func keepCapabilities(_ on: Bool) throws(CallError) {
        try check(.prctl, sw_prctl(SW_PR_SET_KEEPCAPS, on ? 1 : 0, 0, 0, 0))
    }

    /// The capability sets of this process, a bit for each capability.
    public static func capabilities() throws(CallError) -> (effective: UInt64, permitted: UInt64, inheritable: UInt64) {
        var effective: UInt64 = 0
        var permitted: UInt64 = 0
        var inheritable: UInt64 = 0
        try check(.capget, unsafe sw_capget(&effective, &permitted, &inheritable))
        return (effective, permitted, inheritable)
    }

    /// Sets the three sets at once.
    public static func setCapabilities(
        effective: UInt64, permitted: UInt64, inheritable: UInt64
    ) throws(CallError) {
        try check(.capset, sw_capset(effective, permitted, inheritable))
    }

    /// Removes one capability from the bounding set, for good; EINVAL for one the kernel doesn't know.
    public static func dropBounding(_ capability: Int32) throws(CallError) {
        try check(.prctl, sw_prctl(SW_PR_CAPBSET_DROP, UInt(capability), 0, 0, 0))
    }

    /// Empties the ambient set.
    public static func clearAmbient() throws(CallError) {
        try check(.prctl, sw_prctl(SW_PR_CAP_AMBIENT, UInt(SW_PR_CAP_AMBIENT_CLEAR_ALL), 0, 0, 0))
    }

    /// Adds one capability to the ambient set; it must be permitted and inheritable.
    public static func raiseAmbient(_ capability: Int32) throws(CallError) {
        try check(.prctl, sw_prctl(SW_PR_CAP_AMBIENT, UInt(SW_PR_CAP_AMBIENT_RAISE), UInt(capability), 0, 0))
    }
}
