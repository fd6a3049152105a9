internal import OCISpec

/// A mount with what its options mean, looked up once for all rules.
struct JudgedMount: Sendable {
    /// Where it is in the configuration.
    let pointer: String
    let destination: String
    let type: String?
    let source: String?
    let optionNames: [String]
    /// The meaning of each option; nil for one that belongs to the filesystem.
    let options: [MountOption?]
    let uidMappings: [Spec.IDMapping]
    let gidMappings: [Spec.IDMapping]

    /// Whether an option makes it a bind mount.
    let isBind: Bool
    /// Whether it changes a mount that is there.
    let isRemount: Bool
    /// The index of an option that applies an id mapping.
    let idmapOption: Int?
    /// The mapping that an option brings along; nil for none, and for one that isn't well-formed.
    let idmapInOption: IDMapOption?

    init(_ mount: Spec.Mount, index: Int) {
        pointer = "/mounts/\(index)"
        destination = mount.destination
        type = mount.type
        source = mount.source
        optionNames = mount.options ?? []
        options = optionNames.prefix(MostEntries.list).map(MountOption.named)
        uidMappings = mount.uidMappings ?? []
        gidMappings = mount.gidMappings ?? []
        var isBind = false
        var isRemount = false
        var idmapOption: Int?
        for (index, option) in options.enumerated() {
            switch option?.effect {
            case .bind: isBind = true
            case .remount: isRemount = true
            case .idmap: idmapOption = idmapOption ?? index
            default:
                if option == nil, IDMapOption.isMeant(by: optionNames[index]) { idmapOption = idmapOption ?? index }
            }
        }
        self.isBind = isBind
        self.isRemount = isRemount
        self.idmapOption = idmapOption
        idmapInOption = optionNames.lazy.compactMap { IDMapOption($0) }.first
    }

    /// Whether all it does is to change a mount's propagation.
    var changesPropagationOnly: Bool {
        guard !options.isEmpty, (type ?? "").isEmpty, source == nil else { return false }
        return options.allSatisfy { if case .propagation? = $0?.effect { true } else { false } }
    }
}
