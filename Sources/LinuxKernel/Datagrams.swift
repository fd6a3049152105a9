internal import CLinux

/// Datagrams over UNIX sockets, unix(7): how a service tells its manager of itself, sd_notify(3).
extension FileDescriptor {
    /// Binds a datagram socket to `name` in this directory; everybody who can reach it may write to it.
    public func bindDatagramSocket(_ name: String) throws(CallError) -> FileDescriptor {
        let socket = FileDescriptor(adopting: try check(.socket, sw_unix_datagram_socket()))
        // By the descriptor: a path of the directory may be longer than the 107 bytes that an address holds.
        try check(.bind, unsafe sw_unix_bind(socket.raw, "/proc/self/fd/\(raw)/\(name)"))
        try check(.chmod, unsafe sw_fchmodat(raw, name, 0o777))
        return socket
    }

    /// The next datagram, cut off behind 4096 bytes; nil where none has come.
    public func receiveDatagram() throws(CallError) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe sw_receive_datagram(raw, &buffer, buffer.count)
        if count == -Int64(EAGAIN) || count == -Int64(EINTR) { return nil }
        return Array(buffer.prefix(try check(.recvmsg, count)))
    }

    /// Sends a datagram to the socket at `address`, a path, or behind `@` an abstract name; ECONNREFUSED where nobody has
    /// it open.
    public static func sendDatagram(_ text: String, to address: String) throws(CallError) {
        try send(text, to: address, passing: -1)
    }

    /// Sends a datagram with this descriptor.
    public func sendAlong(_ text: String, to address: String) throws(CallError) {
        try FileDescriptor.send(text, to: address, passing: raw)
    }

    private static func send(_ text: String, to address: String, passing passed: Int32) throws(CallError) {
        let socket = FileDescriptor(adopting: try check(.socket, sw_unix_datagram_socket()))
        try check(.sendmsg, unsafe sw_send_datagram(socket.raw, address, text, text.utf8.count, passed))
    }
}
