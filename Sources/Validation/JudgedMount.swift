internal import OCISpec

/// A mount with what its options mean, looked up once for all rules.
///
/// A class, as each rule goes through all mounts: what they hold isn't copied then.
final class JudgedMount: Sendable {
    /// Its place in the list.
    let index: Int
    /// Where it is in the configuration; written down only for what is wrong.
    var pointer: String { "/mounts/\(index)" }
    let destination: String
    let type: String?
    let source: String?
    let optionNames: [String]
    let uidMappings: [Spec.IDMapping]
    let gidMappings: [Spec.IDMapping]

    /// Whether an option makes it a bind mount.
    let isBind: Bool
    /// Whether it changes a mount that is there.
    let isRemount: Bool
    /// Whether all it does is to change a mount's propagation.
    let changesPropagationOnly: Bool
    /// The index of an option that applies an id mapping.
    let idmapOption: Int?
    /// The mapping that an option brings along; nil for none, and for one that isn't well-formed.
    let idmapInOption: IDMapOption?

    init(_ mount: Spec.Mount, index: Int) {
        self.index = index
        destination = mount.destination
        type = mount.type
        source = mount.source
        optionNames = mount.options ?? []
        uidMappings = mount.uidMappings ?? []
        gidMappings = mount.gidMappings ?? []
        var isBind = false
        var isRemount = false
        var hasOnlyPropagation = !optionNames.isEmpty
        var idmapOption: Int?
        for (index, name) in optionNames.prefix(MostEntries.list).enumerated() {
            let effect = MountOption.named(name)?.effect
            if case .propagation? = effect {} else { hasOnlyPropagation = false }
            switch effect {
            case .bind: isBind = true
            case .remount: isRemount = true
            case .idmap: idmapOption = idmapOption ?? index
            case nil where IDMapOption.isMeant(by: name): idmapOption = idmapOption ?? index
            default: break
            }
        }
        self.isBind = isBind
        self.isRemount = isRemount
        changesPropagationOnly = hasOnlyPropagation && (mount.type ?? "").isEmpty && mount.source == nil
        self.idmapOption = idmapOption
        idmapInOption = optionNames.lazy.compactMap { IDMapOption($0) }.first
    }
}
