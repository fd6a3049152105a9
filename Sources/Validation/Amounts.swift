/// Bounds on lists: none is met in practice, all keep a hostile or broken configuration from costing much.
enum MostEntries {
    static let list = 4096
    /// The kernel's limit on mappings of a namespace, user_namespaces(7).
    static let idMappings = 340
    /// NGROUPS_MAX.
    static let groups = 65_536
    static let systemCallNames = 10_000
}

/// The id that means "leave unchanged" to setresuid(2) and chown(2), hence no id.
let noID = UInt32.max
