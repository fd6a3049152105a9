/// A message of the bus.
///
/// Source: D-Bus Specification, "Message Protocol".
struct BusMessage: Equatable {
    /// What a message is, by its number.
    enum Kind: UInt8 {
        case call = 1
        case reply = 2
        case error = 3
        case signal = 4
    }

    var kind: Kind
    var serial: UInt32 = 0
    /// The serial of the call that this answers.
    var replySerial: UInt32?
    var path: String?
    var interface: String?
    var member: String?
    var errorName: String?
    var destination: String?
    var body: [BusValue] = []

    /// A call.
    init(call member: String, of interface: String, at path: String, to destination: String?, _ body: [BusValue] = []) {
        kind = .call
        self.path = path
        self.interface = interface
        self.member = member
        self.destination = destination
        self.body = body
    }

    /// The message's header fields, by their number.
    private enum Field: UInt8 {
        case path = 1
        case interface = 2
        case member = 3
        case errorName = 4
        case replySerial = 5
        case destination = 6
        case signature = 8
    }

    /// The most that is taken or sent, in bytes; the specification allows 128 MiB.
    static let limitBytes = 1 << 20
    /// What must have come before a message's length is known.
    static let prefixBytes = 16

    /// The message in its form on the wire.
    var encoded: [UInt8] {
        var fields: [BusValue] = []
        func add(_ field: Field, _ value: BusValue?) {
            if let value { fields.append(.structure([.byte(field.rawValue), .variant(value)])) }
        }
        add(.path, path.map { .objectPath($0) })
        add(.interface, interface.map { .string($0) })
        add(.member, member.map { .string($0) })
        add(.errorName, errorName.map { .string($0) })
        add(.replySerial, replySerial.map { .uint32($0) })
        add(.destination, destination.map { .string($0) })
        if !body.isEmpty { add(.signature, .signature(body.map(\.type).joined())) }
        var content = BusWriter()
        for value in body { content.put(value) }
        var writer = BusWriter()
        for byte in [UInt8(ascii: "l"), kind.rawValue, 0, 1] { writer.put(.byte(byte)) }
        writer.put(.uint32(UInt32(truncatingIfNeeded: content.bytes.count)))
        writer.put(.uint32(serial))
        writer.put(.array(of: "(yv)", fields))
        writer.align(8)
        return writer.bytes + content.bytes
    }

    /// The length of the message that begins with these 16 bytes; nil for what can't be one.
    static func length(_ prefix: [UInt8]) -> Int? {
        guard prefix.count >= prefixBytes, let order = prefix.first,
            order == UInt8(ascii: "l") || order == UInt8(ascii: "B")
        else { return nil }
        var reader = BusReader(prefix, at: 4, isBigEndian: order == UInt8(ascii: "B"))
        guard let numbers = try? reader.values("uuu"), case .uint32(let body) = numbers[0],
            case .uint32(let fields) = numbers[2], body <= limitBytes, fields <= limitBytes
        else { return nil }
        return prefixBytes + (Int(fields) + 7) / 8 * 8 + Int(body)
    }

    /// Reads a complete message.
    init(decoding bytes: [UInt8]) throws(BusFormError) {
        guard bytes.count >= BusMessage.prefixBytes, let kind = Kind(rawValue: bytes[1]) else { throw BusFormError() }
        self.kind = kind
        var reader = BusReader(bytes, at: 8, isBigEndian: bytes[0] == UInt8(ascii: "B"))
        let header = try reader.values("ua(yv)")
        guard header.count == 2, case .uint32(let serial) = header[0], case .array(_, let fields) = header[1] else {
            throw BusFormError()
        }
        self.serial = serial
        var signature = ""
        for field in fields {
            guard case .structure(let pair) = field, pair.count == 2, case .byte(let number) = pair[0],
                case .variant(let value) = pair[1]
            else { throw BusFormError() }
            switch Field(rawValue: number) {
            case .path: path = value.text
            case .interface: interface = value.text
            case .member: member = value.text
            case .errorName: errorName = value.text
            case .destination: destination = value.text
            case .signature: signature = value.text ?? ""
            case .replySerial: if case .uint32(let answered) = value { replySerial = answered }
            case nil: continue
            }
        }
        try reader.align(8)
        body = try reader.values(signature)
    }
}
