internal import CSpawn
internal import Foundation

/// A socket that waits for the terminal of a container, as a container manager has it.
public final class ConsoleSocket {
    /// Where it is.
    public let path: String
    private var listener: Int32

    /// Binds it; the directory must be there.
    public init(_ path: String) throws {
        self.path = path
        listener = unsafe spawn_listen(path)
        guard listener >= 0 else { throw Problem("cannot listen on \(path): errno \(-listener)") }
    }

    deinit { close() }

    /// Stops listening; the file stays.
    public func close() {
        if listener >= 0 { Foundation.close(listener) }
        listener = -1
    }

    /// Waits for the one message with the terminal in it.
    public func receive(seconds: Int = 10) throws -> Terminal {
        var text = [CChar](repeating: 0, count: 4096)
        let master = unsafe text.withUnsafeMutableBufferPointer { buffer in
            unsafe spawn_receive_descriptor(listener, Int32(seconds * 1000), buffer.baseAddress, buffer.count)
        }
        guard master >= 0 else { throw Problem("no terminal came: errno \(-master)") }
        return Terminal(master: master, slave: -1)
    }
}

/// A pseudo-terminal: the tests hold the master.
public final class Terminal {
    /// The end that the tests read and write.
    public let master: Int32
    /// The end for a program; -1 if somebody else has it.
    public let slave: Int32
    private var seen = ""

    init(master: Int32, slave: Int32) { (self.master, self.slave) = (master, slave) }

    /// A fresh one.
    public convenience init(columns: Int, rows: Int) throws {
        var master: Int32 = -1
        var slave: Int32 = -1
        let result = unsafe spawn_open_terminal(Int32(columns), Int32(rows), &master, &slave)
        guard result == 0 else { throw Problem("cannot open a terminal: errno \(-result)") }
        self.init(master: master, slave: slave)
    }

    deinit {
        close(master)
        if slave >= 0 { close(slave) }
    }

    /// Types.
    public func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(master, $0.baseAddress, $0.count) }
    }

    /// Changes the window's size.
    public func resize(columns: Int, rows: Int) { _ = spawn_resize_terminal(master, Int32(columns), Int32(rows)) }

    /// Whether what is typed is echoed and edited line by line, as a shell expects to find it again.
    public var isCooked: Bool {
        let flags = spawn_local_flags(slave >= 0 ? slave : master)
        return flags >= 0 && flags & Int(ECHO | ICANON | ISIG) == Int(ECHO | ICANON | ISIG)
    }

    /// Reads until the text has come, and answers all that came so far.
    @discardableResult
    public func wait(for text: String, seconds: Int = 10) throws -> String {
        let end = Date().addingTimeInterval(Double(seconds))
        while !seen.contains(text) {
            let left = end.timeIntervalSinceNow
            guard left > 0, spawn_readable(master, Int32(left * 1000)) > 0, readSome() else {
                throw Problem("«\(text)» did not come; this came:\n\(seen)")
            }
        }
        return seen
    }

    /// Reads until there is no other end any more.
    public func readToEnd(seconds: Int = 10) -> String {
        while spawn_readable(master, Int32(seconds * 1000)) > 0, readSome() {}
        return seen
    }

    private func readSome() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(master, $0.baseAddress, $0.count) }
        guard count > 0 else { return false }
        seen += String(decoding: buffer.prefix(count), as: UTF8.self)
        return true
    }
}
