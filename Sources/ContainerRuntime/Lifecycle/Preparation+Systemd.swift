internal import Cgroups
internal import LinuxKernel
internal import OCISpec
internal import Validation

extension Preparation {
    /// Asks systemd where the container's scope will be, so that it can be written down before it is made.
    static func placeScope(
        in config: inout BirthConfig, _ cgroups: Result<CgroupHost, CgroupError>
    ) throws(Failure) {
        // For an ordinary user, and root of a user namespace, the host's systemd makes nothing.
        let isUsers = config.host.effectiveUserID != 0 || !config.host.inInitialUserNamespace
        let spec = config.spec
        do throws(CgroupError) {
            let unit = try SystemdUnit(cgroupsPath: spec.linux?.cgroupsPath, id: config.id, isUsers: isUsers)
            let host = try cgroups.get()
            var manager = try SystemdManager.connect(isUsers: isUsers)
            let place = try manager.place()
            let layout = try unit.layout(below: place.cgroup, on: host)
            var properties = UnitProperty.accounting(on: layout.mode)
            if let resources = spec.linux?.resources {
                properties += try UnitProperty.properties(
                    for: resources, on: layout, version: place.version, isUsers: isUsers)
            }
            properties += try UnitProperty.annotated(spec.annotations ?? [:])
            config.scope = Scope(unit: unit, properties: properties)
            config.cgroup = layout
        } catch {
            throw Failure(error)
        }
    }
}
