internal import OCISpec
internal import Validation

/// Device nodes, the links below `/dev`, and the terminal.
func devices(_ config: BirthConfig) -> Plan {
    guard config.hasMountNamespace else { return [] }
    var plan: Plan = []
    let requests = config.deviceRequests
    if !requests.isEmpty {
        let origin = (config.spec.linux?.devices ?? []).isEmpty ? "" : "/linux/devices"
        plan.append(Step(.container, .makeDevices(requests, bound: config.bindsDevices), from: origin))
    }
    if config.ownsDeviceDirectory { plan.append(Step(.container, .makeDeviceLinks(deviceLinks))) }
    if config.console != .none, let process = config.spec.process {
        plan.append(
            Step(
                .container, .makeConsole(size: config.terminalExtent, owner: process.user.uid),
                from: "/process/terminal"))
    }
    return plan
}

/// The links of the specification, and `ptmx`, which leads to the container's own terminals.
///
/// Source: runtime-linux.md "Dev symbolic links", config-linux.md "Default Devices". `core` only where the kernel has it.
private let deviceLinks = [
    DeviceLink(name: "fd", text: "/proc/self/fd"),
    DeviceLink(name: "stdin", text: "/proc/self/fd/0"),
    DeviceLink(name: "stdout", text: "/proc/self/fd/1"),
    DeviceLink(name: "stderr", text: "/proc/self/fd/2"),
    DeviceLink(name: "core", text: "/proc/kcore"),
    DeviceLink(name: "ptmx", text: "pts/ptmx"),
]

/// The devices that every container has.
///
/// Source: config-linux.md "Default Devices".
private let defaultDevices: [(path: String, major: UInt32, minor: UInt32)] = [
    ("/dev/null", 1, 3), ("/dev/zero", 1, 5), ("/dev/full", 1, 7), ("/dev/random", 1, 8), ("/dev/urandom", 1, 9),
    ("/dev/tty", 5, 0),
]

extension BirthConfig {
    /// True if nodes can't be made and the host's are bound instead: mknod in a user namespace makes unusable ones, and
    /// needs CAP_MKNOD everywhere.
    var bindsDevices: Bool {
        hasUserNamespace || !host.inInitialUserNamespace || host.capabilities & (1 << 27) == 0
    }

    /// True unless the host's own `/dev` is bound, in which nothing may be made.
    var ownsDeviceDirectory: Bool {
        !mountRequests.contains { $0.isBind && isDeviceDirectory($0.destination) }
    }

    private func isDeviceDirectory(_ path: String) -> Bool {
        path.utf8.elementsEqual("/dev".utf8) || path.utf8.elementsEqual("/dev/".utf8)
    }

    /// The configured devices, and the default ones that they don't replace.
    var deviceRequests: [DeviceRequest] {
        guard ownsDeviceDirectory else { return [] }
        let configured = spec.linux?.devices ?? []
        var requests: [DeviceRequest] = []
        for (index, device) in configured.enumerated() {
            guard let type = device.type.fileType else { continue }
            requests.append(
                DeviceRequest(
                    index: index, path: device.path, type: type, major: UInt32(clamping: device.major ?? 0),
                    minor: UInt32(clamping: device.minor ?? 0), mode: (device.fileMode ?? 0o666) & 0o7777,
                    uid: device.uid ?? 0, gid: device.gid ?? 0))
        }
        let own = requests
        for (offset, device) in defaultDevices.enumerated()
        where !own.contains(where: { $0.path.utf8.elementsEqual(device.path.utf8) }) {
            requests.append(
                DeviceRequest(
                    index: configured.count + offset, path: device.path, type: 0o020_000, major: device.major,
                    minor: device.minor, mode: 0o666, uid: 0, gid: 0))
        }
        return requests
    }

    /// The JSON pointer of a device; empty for a default one.
    func pointer(to device: DeviceRequest) -> String {
        device.index < (spec.linux?.devices ?? []).count ? "/linux/devices/\(device.index)" : ""
    }
}
