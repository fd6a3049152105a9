internal import LinuxKernel

extension Walker {
    /// Moves network devices into the container's network namespace, with their lasting addresses, and brings them up.
    ///
    /// Everything that can be is looked at before the first one moves: the devices, their addresses, and whether their
    /// names are free inside. If one can't be moved all the same, those that were go back.
    ///
    /// Source: config-linux.md "Network Devices".
    mutating func moveNetworkDevices(_ requests: [NetworkDeviceRequest]) throws(StepError) {
        guard let child else { return }
        // By the process that is held: its number can't mean another one while it isn't waited for.
        let there = try step { () throws(CallError) in
            try FileDescriptor.open("/proc/\(child.handle.pid)/ns/net", .readOnly)
        }
        let home = try step { () throws(CallError) in try FileDescriptor.open("/proc/self/ns/net", .readOnly) }
        let outside = try step { () throws(CallError) in try RouteSocket() }
        let inside = try step { () throws(CallError) in
            try Process.join(there, kind: Flag.network)
            do throws(CallError) {
                let socket = try RouteSocket()
                try Process.join(home, kind: Flag.network)
                return socket
            } catch {
                try Process.join(home, kind: Flag.network)
                throw error
            }
        }
        var moves: [Move] = []
        for request in requests {
            do throws(RouteSocket.Refusal) {
                moves.append(try look(at: request, outside, inside))
            } catch {
                throw StepError(error, about: request)
            }
        }
        for index in moves.indices {
            do throws(RouteSocket.Refusal) {
                try carry(&moves[index], outside, inside, to: there)
            } catch {
                for move in moves[...index].reversed() { bringBack(move, outside, inside, to: home) }
                throw StepError(error, about: moves[index].request)
            }
        }
    }

    private func look(
        at request: NetworkDeviceRequest, _ outside: borrowing RouteSocket, _ inside: borrowing RouteSocket
    ) throws(RouteSocket.Refusal) -> Move {
        guard let device = try outside.device(named: request.name) else {
            throw RouteSocket.Refusal(
                call: CallError(.netlink, .noDevice), words: "there is no such network device")
        }
        if !request.isTemplate, try inside.device(named: request.nameInside) != nil {
            throw RouteSocket.Refusal(
                call: CallError(.netlink, .exists),
                words: "the container's network namespace has a device \(request.nameInside) already")
        }
        return Move(request: request, device: device, addresses: try outside.lastingAddresses(of: device))
    }

    /// Where the kernel chooses the name, the device is the one that wasn't there before.
    private func carry(
        _ move: inout Move, _ outside: borrowing RouteSocket, _ inside: borrowing RouteSocket,
        to namespace: borrowing FileDescriptor
    ) throws(RouteSocket.Refusal) {
        let isTemplate = move.request.isTemplate
        let before = isTemplate ? try inside.devices() : []
        try outside.move(move.device, to: namespace, name: move.request.nameInside)
        let found =
            isTemplate
            ? try inside.devices().first { device in !before.contains { $0.name == device.name } }
            : try inside.device(named: move.request.nameInside)
        guard let arrived = found else {
            throw RouteSocket.Refusal(call: CallError(.netlink, .noDevice), words: "it vanished on its way")
        }
        move.arrived = arrived
        for address in move.addresses { try inside.add(address, to: arrived, oldName: move.device.name) }
        try inside.bringUp(arrived)
    }

    /// What fails here fails while another failure is reported: then the device stays where it is.
    private func bringBack(
        _ move: Move, _ outside: borrowing RouteSocket, _ inside: borrowing RouteSocket,
        to namespace: borrowing FileDescriptor
    ) {
        guard let arrived = move.arrived else { return }
        try? inside.move(arrived, to: namespace, name: move.device.name)
        guard let back = try? outside.device(named: move.device.name) else { return }
        for address in move.addresses { try? outside.add(address, to: back, oldName: arrived.name) }
        if move.device.isUp { try? outside.bringUp(back) }
    }
}

extension StepError {
    fileprivate init(_ refusal: RouteSocket.Refusal, about request: NetworkDeviceRequest) {
        // As RFC 6901 has it; a name has no slash.
        let token = request.name.utf8.flatMap { $0 == UInt8(ascii: "~") ? Array("~0".utf8) : [$0] }
        self.init(
            refusal.call, words: refusal.words.isEmpty ? request.name : "\(request.name): \(refusal.words)",
            pointer: "/linux/netDevices/" + String(decoding: token, as: UTF8.self))
    }
}

/// A device that is to be moved, as it was found.
private struct Move {
    var request: NetworkDeviceRequest
    var device: NetworkDevice
    var addresses: [NetworkAddress]
    /// What it has become inside.
    var arrived: NetworkDevice?
}

extension NetworkDeviceRequest {
    /// True if the kernel is to put a number into the name.
    fileprivate var isTemplate: Bool { nameInside.utf8.contains(UInt8(ascii: "%")) }
}
