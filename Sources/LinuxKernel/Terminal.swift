internal import CLinux

/// Size of a terminal in characters.
public struct TerminalSize: Equatable, Sendable {
    /// Lines, 0 to 65,535.
    public var rows: UInt16
    /// Characters in a line, 0 to 65,535.
    public var columns: UInt16

    /// Pairs both.
    public init(rows: UInt16, columns: UInt16) {
        self.rows = rows
        self.columns = columns
    }
}

/// What a terminal was set to before raw mode, to be restored.
public struct TerminalMode {
    fileprivate var raw: termios
}

/// Terminals and pseudo-terminals.
extension FileDescriptor {
    /// Unlocks a pty's master, so that its peer can be opened.
    public func unlockTerminal() throws(CallError) { try check(.terminalUnlock, sw_terminal_unlock(raw)) }

    /// The other end of a pty's master, without any path.
    ///
    /// Source: ioctl_tty(2), TIOCGPTPEER.
    public func terminalPeer() throws(CallError) -> FileDescriptor {
        let flags = O_RDWR | SW_O_NOCTTY | SW_O_CLOEXEC
        return FileDescriptor(adopting: try check(.terminalPeer, sw_terminal_peer(raw, flags)))
    }

    /// Gives the terminal to a user; its group stays what devpts made it.
    public func setTerminalOwner(uid: UInt32) throws(CallError) {
        try setOwner(uid: uid, gid: .max)
    }

    /// Makes this terminal the controlling one of the session that the caller leads.
    public func makeControllingTerminal() throws(CallError) {
        try check(.terminalControl, sw_terminal_make_controlling(raw))
    }

    /// The terminal's size; ENOTTY where it is none.
    public func terminalSize() throws(CallError) -> TerminalSize {
        var rows: UInt16 = 0
        var columns: UInt16 = 0
        try check(.terminalSize, unsafe sw_terminal_size(raw, &rows, &columns))
        return TerminalSize(rows: rows, columns: columns)
    }

    /// Sets the terminal's size.
    public func setTerminalSize(_ size: TerminalSize) throws(CallError) {
        try check(.terminalSize, sw_terminal_set_size(raw, size.rows, size.columns))
    }

    /// True if it is a terminal.
    public var isTerminal: Bool {
        var mode = termios()
        return unsafe sw_tcgetattr(raw, &mode) == 0
    }

    /// Hands every byte through unchanged in both directions, and answers what to restore.
    public func makeRaw() throws(CallError) -> TerminalMode {
        var mode = termios()
        try check(.terminalAttributes, unsafe sw_tcgetattr(raw, &mode))
        let before = TerminalMode(raw: mode)
        unsafe sw_cfmakeraw(&mode)
        try check(.terminalAttributes, unsafe sw_tcsetattr(raw, &mode))
        return before
    }

    /// Stops the terminal from turning a line feed into two characters: the caller's terminal does that already.
    public func clearNewlineTranslation() throws(CallError) {
        var mode = termios()
        try check(.terminalAttributes, unsafe sw_tcgetattr(raw, &mode))
        mode.c_oflag &= ~tcflag_t(ONLCR)
        try check(.terminalAttributes, unsafe sw_tcsetattr(raw, &mode))
    }

    /// Puts a terminal back into an earlier mode.
    public func restore(_ mode: TerminalMode) throws(CallError) {
        var raw = mode.raw
        try check(.terminalAttributes, unsafe sw_tcsetattr(self.raw, &raw))
    }
}

/// Descriptors over Unix sockets.
extension FileDescriptor {
    /// Connects a stream socket to a path; ENAMETOOLONG beyond 107 bytes.
    public static func connect(toSocket path: String) throws(CallError) -> FileDescriptor {
        let socket = FileDescriptor(adopting: try check(.socket, sw_unix_stream_socket()))
        try check(.connect, unsafe sw_unix_connect(socket.raw, path))
        return socket
    }

    /// A UNIX stream socket that isn't connected yet.
    public static func unixSocket() throws(CallError) -> FileDescriptor {
        FileDescriptor(adopting: try check(.socket, sw_unix_stream_socket()))
    }

    /// Connects the socket to the one at a path.
    public func connect(toPath path: String) throws(CallError) {
        try check(.connect, unsafe sw_unix_connect(raw, path))
    }

    /// Connects the socket to one in the abstract namespace, by its name without the NUL in front.
    public func connect(toAbstract name: String) throws(CallError) {
        try check(.connect, unsafe sw_unix_connect_abstract(raw, name))
    }

    /// Sends once over a socket, and answers the number of bytes that went; EPIPE, and no signal, where the other end
    /// is closed.
    public func send(_ bytes: [UInt8]) throws(CallError) -> Int {
        while true {
            let result = unsafe sw_send(raw, bytes, bytes.count)
            if result != -EINTR { return Int(try check(.write, result)) }
        }
    }

    /// Sends one message with `text` and one descriptor.
    public func send(_ descriptor: borrowing FileDescriptor, text: String) throws(CallError) {
        try check(.sendmsg, unsafe sw_send_fd(raw, descriptor.raw, text, text.utf8.count))
    }

    /// Sends bytes with one descriptor, which goes with the first of them; EPIPE, and no signal, where the other end is
    /// closed.
    public func send(_ bytes: [UInt8], with descriptor: borrowing FileDescriptor) throws(CallError) {
        var done = try check(.sendmsg, unsafe sw_send_fd(raw, descriptor.raw, bytes, bytes.count))
        while done < bytes.count {
            let rest = Array(bytes[done...])
            let result = unsafe sw_send(raw, rest, rest.count)
            if result == -EINTR { continue }
            done += Int(try check(.sendmsg, result))
        }
    }

    /// The descriptor that comes with the next message; ENODATA without one.
    public func receiveDescriptor() throws(CallError) -> FileDescriptor {
        FileDescriptor(adopting: try check(.recvmsg, sw_receive_fd(raw)))
    }
}
