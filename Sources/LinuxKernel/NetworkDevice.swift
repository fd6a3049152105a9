internal import CLinux

/// A network device as the kernel numbers it in one network namespace.
public struct NetworkDevice: Equatable, Sendable {
    /// Its number there.
    public var index: Int32
    /// Its name.
    public var name: String
    /// True while it is administratively up.
    public var isUp: Bool
}

/// An address of a device, kept as the kernel told it.
public struct NetworkAddress: Equatable, Sendable {
    /// The family: AF_INET, AF_INET6, or another one.
    var family: UInt8
    /// The length of the network's part, in bits.
    var prefixLength: UInt8
    /// What the address itself is made of, and its flags; by attribute.
    var attributes: [Attribute]

    struct Attribute: Equatable, Sendable {
        var type: UInt16
        var payload: [UInt8]
    }
}

/// What moving a device takes. Source: rtnetlink(7), linux/if_link.h, linux/if_addr.h.
extension RouteSocket {
    /// The device with this name; nil where there is none.
    public borrowing func device(named name: String) throws(Refusal) -> NetworkDevice? {
        // RTM_GETLINK; the acknowledgement is what ends the answer.
        var request = NetlinkMessage(type: 18, flags: 0x4, header: linkHeader(index: 0))
        guard request.append(3, text: name) else { return nil }  // IFLA_IFNAME
        do throws(Refusal) {
            guard let answer = try ask(request).first else { return nil }
            return device(in: answer)
        } catch let error where error.call.errno == .noDevice {
            return nil
        }
    }

    /// All devices of the network namespace.
    public borrowing func devices() throws(Refusal) -> [NetworkDevice] {
        try ask(NetlinkMessage(type: 18, flags: 0x300, header: linkHeader(index: 0))).map { device(in: $0) }
    }

    private borrowing func device(in answer: NetlinkAnswer) -> NetworkDevice {
        var name = ""
        for attribute in answer.attributes(behind: 16) where attribute.type == 3 {
            name = String(decoding: attribute.payload.prefix { $0 != 0 }, as: UTF8.self)
        }
        return NetworkDevice(
            index: Int32(answer.payload.number(at: 4, bytes: 4, signed: true)), name: name,
            isUp: answer.payload.number(at: 8, bytes: 4) & 1 != 0)  // IFF_UP
    }

    /// The permanent addresses of global scope, of every family: those that are to stay with the device.
    public borrowing func lastingAddresses(of device: NetworkDevice) throws(Refusal) -> [NetworkAddress] {
        let request = NetlinkMessage(  // RTM_GETADDR, NLM_F_DUMP
            type: 22, flags: 0x300, header: [UInt8](repeating: 0, count: 8))
        var found: [NetworkAddress] = []
        for answer in try ask(request) where answer.payload.number(at: 4, bytes: 4) == Int64(device.index) {
            guard answer.payload.count >= 8 else { continue }
            let fixed = Array(answer.payload.prefix(4))  // family, length, flags, scope
            let attributes = answer.attributes(behind: 8)
            let wide = attributes.first { $0.type == Attribute.flags }?.payload.number(at: 0, bytes: 4)
            let flags = UInt32(wide ?? Int64(fixed[2]))
            guard flags & AddressFlag.permanent != 0, fixed[3] == 0 else { continue }  // RT_SCOPE_UNIVERSE
            var kept: [NetworkAddress.Attribute] = []
            for attribute in attributes where Attribute.kept.contains(attribute.type) {
                kept.append(.init(type: attribute.type, payload: Array(attribute.payload)))
            }
            let own = flags & ~AddressFlag.ofTheKernel
            kept.append(.init(type: Attribute.flags, payload: littleOrBig(own)))
            found.append(NetworkAddress(family: fixed[0], prefixLength: fixed[1], attributes: kept))
        }
        return found
    }

    /// Moves a device into the network namespace that a descriptor holds, and gives it its name there.
    public borrowing func move(
        _ device: NetworkDevice, to namespace: borrowing FileDescriptor, name: String
    ) throws(Refusal) {
        var request = NetlinkMessage(type: 16, flags: 0x4, header: linkHeader(index: device.index))  // RTM_NEWLINK, ACK
        guard request.append(28, littleOrBig(namespace.raw)), request.append(3, text: name) else {  // IFLA_NET_NS_FD
            throw Refusal(call: CallError(.netlink, .nameTooLong), words: "")
        }
        _ = try ask(request)
    }

    /// Gives a device an address.
    ///
    /// - Parameter oldName: the device's name when the address was told, with which its label begins.
    public borrowing func add(
        _ address: NetworkAddress, to device: NetworkDevice, oldName: String
    ) throws(Refusal) {
        let header = [address.family, address.prefixLength, 0, 0] + littleOrBig(device.index)
        // RTM_NEWADDR; ACK, EXCL, CREATE
        var request = NetlinkMessage(type: 20, flags: 0x4 | 0x200 | 0x400, header: header)
        for attribute in address.attributes {
            var payload = attribute.payload
            if attribute.type == Attribute.label {
                // `eth0:web` becomes `net1:web`; the bare name is the kernel's own choice.
                let label = payload.prefix { $0 != 0 }
                let prefix = Array((oldName + ":").utf8)
                guard label.starts(with: prefix) else { continue }
                payload = Array(device.name.utf8) + [0x3A] + label.dropFirst(prefix.count)
                if payload.count > 15 { continue }
                payload.append(0)
            }
            guard request.append(attribute.type, payload) else {
                throw Refusal(call: CallError(.netlink, .messageTooLong), words: "")
            }
        }
        _ = try ask(request)
    }

    /// Lets a device send and receive.
    public borrowing func bringUp(_ device: NetworkDevice) throws(Refusal) {
        let request = NetlinkMessage(  // IFF_UP, of which only itself changes
            type: 16, flags: 0x4, header: linkHeader(index: device.index, flags: 1, change: 1))
        _ = try ask(request)
    }

    /// struct ifinfomsg.
    private borrowing func linkHeader(index: Int32, flags: UInt32 = 0, change: UInt32 = 0) -> [UInt8] {
        [0, 0, 0, 0] + littleOrBig(index) + littleOrBig(flags) + littleOrBig(change)
    }
}

/// IFA_….
private enum Attribute {
    static let label: UInt16 = 3
    static let flags: UInt16 = 8
    /// IFA_ADDRESS, IFA_LOCAL, IFA_LABEL, IFA_BROADCAST, IFA_RT_PRIORITY, IFA_PROTO.
    static let kept: [UInt16] = [1, 2, 3, 4, 9, 11]
}

/// IFA_F_….
private enum AddressFlag {
    static let permanent: UInt32 = 0x80
    /// SECONDARY, OPTIMISTIC, DADFAILED, DEPRECATED, TENTATIVE, PERMANENT, STABLE_PRIVACY: a state, or decided by the
    /// kernel.
    static let ofTheKernel: UInt32 = 0x01 | 0x04 | 0x08 | 0x20 | 0x40 | 0x80 | 0x800
}
