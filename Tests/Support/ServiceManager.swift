internal import CSpawn
internal import Foundation

/// The socket of a service manager that waits until a service is ready, as systemd has it: sd_notify(3).
public final class ServiceManager {
    /// What the service finds in NOTIFY_SOCKET.
    public let path: String
    private let socket: Int32

    /// Binds it; the directory must be there.
    public init(_ path: String) throws {
        self.path = path
        socket = unsafe spawn_bind_datagram(path)
        guard socket >= 0 else { throw Problem("cannot bind \(path): errno \(-socket)") }
    }

    deinit { close(socket) }

    /// The next message.
    public func receive(seconds: Int = 10) throws -> String {
        var text = [CChar](repeating: 0, count: 4096)
        let result = unsafe text.withUnsafeMutableBufferPointer { buffer in
            unsafe spawn_receive_datagram(socket, Int32(seconds * 1000), buffer.baseAddress, buffer.count)
        }
        guard result == 0 else { throw Problem("no message came: errno \(-result)") }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// What a service does.
    public static func send(_ text: String, to path: String) throws {
        let result = unsafe spawn_send_datagram(path, text)
        guard result == 0 else { throw Problem("cannot send to \(path): errno \(-result)") }
    }
}
