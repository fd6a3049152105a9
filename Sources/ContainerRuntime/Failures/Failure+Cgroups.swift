internal import Cgroups

extension Failure {
    /// A cgroup's failure, with what was being done in words.
    init(_ error: CgroupError) {
        let target = error.file.map { "\(error.path)/\($0)" } ?? error.path
        self.init(
            .cgroupFailed, "\(error.operation.words) \(target)",
            at: error.pointer.map { .config($0) } ?? .file(error.path),
            call: error.call, words: error.words)
    }
}

extension CgroupError.Operation {
    /// The beginning of a sentence that ends with a path.
    fileprivate var words: String {
        switch self {
        case .detect: "cannot find the host's cgroups at"
        case .locate: "cannot place the container's cgroup at"
        case .verify: "refusing to touch"
        case .create: "cannot make the cgroup"
        case .translate: "cannot translate the limits for"
        case .set: "cannot set"
        case .attachDevices: "cannot set the device rules of"
        case .delegate: "cannot give the cgroup to the container's user"
        case .enter: "cannot enter the cgroup"
        case .systemd: "cannot ask systemd for"
        case .list: "cannot list the processes of the cgroup"
        case .kill: "cannot kill the processes of the cgroup"
        case .freeze: "cannot freeze the cgroup"
        case .thaw: "cannot thaw the cgroup"
        case .read: "cannot read"
        case .remove: "cannot remove the cgroup"
        }
    }
}

extension CgroupError {
    /// What stood in the way, in words; empty where the errno says it all.
    var words: String {
        switch problem {
        case .refused: value.map { "writing \"\($0)\"" } ?? ""
        case .noHierarchy: "no cgroup hierarchy is mounted"
        case .ownCgroupUnreachable:
            "the runtime's own cgroup is outside its cgroup namespace; use an absolute cgroupsPath"
        case .parentComponent: "the path has a `..` in it"
        case .isRoot: "a hierarchy's root can't be a container's cgroup"
        case .badPath: "the path isn't one that the kernel takes"
        case .notACgroup: "it isn't a cgroup filesystem of the expected kind"
        case .notEmpty(let processes): "container's cgroup is not empty: \(processes) process(es) found"
        case .frozen: "container's cgroup unexpectedly frozen"
        case .threaded(let type): "no process can enter a cgroup of the type \"\(type)\""
        case .missingController(let name): "no hierarchy of this host has the controller \(name)"
        case .notInThisVersion: "this host's cgroup version has no such limit"
        case .belowMinimum(let least): "the least possible value is \(least)"
        case .aboveMaximum(let most): "the greatest possible value is \(most)"
        case .swapWithoutLimit: "unable to set swap limit without memory limit"
        case .swapBelowLimit: "memory+swap limit should be >= memory limit"
        case .belowUsage(let usage, let peak):
            "\(usage) bytes are in use already" + (peak.map { ", at most \($0) were" } ?? "")
        case .deviceRuleCannotExclude(let earlier):
            "cgroup v1 can't take back a part of what the rule at /linux/resources/devices/\(earlier) allows"
        case .badDeviceAccess: "the access must be made of the letters r, w and m"
        case .badDeviceType: "the type must be b, c, or a without numbers"
        case .badFile: "a file of a controller is named CONTROLLER.PARAMETER"
        case .unreadable: "the kernel's counters don't look as expected"
        case .notAUnitPath(let given):
            "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"\(given)\" instead"
        case .sliceAsUnit: "a container is a scope to systemd, and can't be a slice"
        case .badUnitName(let name): "systemd takes no unit of the name \"\(name.printable)\""
        case .usersSystemdNeedsUnified:
            "a user's own systemd has controllers only where cgroup v2 is mounted alone; leave --systemd-cgroup out, or "
                + "boot with systemd.unified_cgroup_hierarchy=1"
        case .noBus(let isUsers):
            isUsers
                ? "neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR says where the user's systemd listens"
                : "DBUS_SYSTEM_BUS_ADDRESS isn't the address of a UNIX socket"
        case .bus(let words, _): words
        case .badSet: "it isn't a list of numbers and ranges"
        case .badPropertyName:
            "annotation \(value ?? "") name incorrect: a property has at least three letters and nothing else"
        case .propertyNotAllowed: "the property \(value ?? "") can't be set by an annotation"
        case .badPropertyValue:
            "\"\(value ?? "")\" isn't a value as `uint64 5`, `true`, `'text'` or `['a', 'b']`"
        case .timedOut(let processes):
            "it is still in use by "
                + (processes.isEmpty ? "something" : processes.map { "\($0)" }.joined(separator: ", "))
        }
    }
}
