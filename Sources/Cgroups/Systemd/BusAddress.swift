/// Where a bus listens: the part of an address that this client understands, a UNIX socket.
///
/// Source: D-Bus Specification, "Server Addresses".
public enum BusAddress: Equatable, Sendable {
    /// A socket in the file system.
    case path(String)
    /// A socket in the abstract namespace, by its name without the NUL in front.
    case abstract(String)

    /// The first of the addresses in a list, separated by semicolons, that is understood.
    public init?(_ list: String) {
        for address in list.utf8.split(separator: UInt8(ascii: ";")) {
            guard address.starts(with: "unix:".utf8) else { continue }
            for pair in address.dropFirst(5).split(separator: UInt8(ascii: ",")) {
                let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, let value = BusAddress.unescaped(parts[1]), !value.isEmpty else { continue }
                if parts[0].elementsEqual("path".utf8) {
                    self = .path(value)
                    return
                }
                if parts[0].elementsEqual("abstract".utf8) {
                    self = .abstract(value)
                    return
                }
            }
        }
        return nil
    }

    /// Undoes escapes such as `%2c`.
    private static func unescaped(_ text: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            if byte != UInt8(ascii: "%") {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(Substring(rest.prefix(2)), radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }
}

extension BusAddress: CustomStringConvertible {
    /// As it is shown to people.
    public var description: String {
        switch self {
        case .path(let path): path
        case .abstract(let name): "@" + name
        }
    }
}
