internal import LinuxKernel

/// What went wrong on the bus.
struct BusError: Error, Equatable {
    /// What stood in the way.
    enum Problem: Equatable {
        /// A system call failed.
        case call(CallError)
        /// The other side ended the conversation.
        case closed
        /// The other side refused to know us; its words.
        case refused(String)
        /// What came isn't of the bus' form.
        case malformed
        /// Nothing came in time.
        case timedOut
        /// The call was answered by an error.
        case answer(name: String, text: String)
    }

    var problem: Problem
    /// What was being done, as `StartTransientUnit`.
    var during: String
}

/// A conversation over a bus, or with systemd itself over its private socket.
///
/// Every wait ends at the deadline, and what comes is bounded: a bus that hangs or babbles can't hold a command up.
struct BusConnection: ~Copyable {
    private let socket: FileDescriptor
    private let deadline: UInt64
    /// True for systemd's own socket, where nobody else is to be addressed.
    let isDirect: Bool
    private var serial: UInt32 = 0
    private var buffer: [UInt8] = []
    /// Signals that came while something else was waited for.
    private var signals: [BusMessage] = []

    private init(_ socket: consuming FileDescriptor, isDirect: Bool, deadline: UInt64) {
        self.socket = socket
        self.isDirect = isDirect
        self.deadline = deadline
    }

    /// Connects and introduces itself.
    ///
    /// - Parameters:
    ///   - isDirect: true for systemd's own socket.
    ///   - timeoutMilliseconds: for the whole conversation.
    static func open(
        _ address: BusAddress, isDirect: Bool, timeoutMilliseconds: UInt64
    ) throws(BusError) -> BusConnection {
        let deadline = Clock.monotonicNanoseconds + timeoutMilliseconds * 1_000_000
        var connection = BusConnection(
            try connected(to: address, until: deadline), isDirect: isDirect, deadline: deadline)
        try connection.authenticate()
        if !isDirect {
            try connection.call(
                "Hello", of: "org.freedesktop.DBus", at: "/org/freedesktop/DBus", to: "org.freedesktop.DBus")
        }
        return connection
    }

    /// A bus that accepts nobody lets its queue fill up, and the kernel answers EAGAIN.
    private static func connected(to address: BusAddress, until deadline: UInt64) throws(BusError) -> FileDescriptor {
        do throws(CallError) {
            let socket = try FileDescriptor.unixSocket()
            try socket.setNonBlocking(true)
            while true {
                do throws(CallError) {
                    switch address {
                    case .path(let path): try socket.connect(toPath: path)
                    case .abstract(let name): try socket.connect(toAbstract: name)
                    }
                    return socket
                } catch let error where error.errno == .tryAgain {
                    let left = Clock.remainingMilliseconds(until: deadline)
                    if left == 0 { throw error }
                    _ = try Poll.wait([-1], timeoutMilliseconds: min(left, 20))
                }
            }
        } catch {
            throw BusError(problem: .call(error), during: "connect")
        }
    }

    /// Lets the kernel's word for who we are count (EXTERNAL), without naming a user: right in a user namespace, too.
    ///
    /// Source: D-Bus Specification, "Authentication Protocol".
    private mutating func authenticate() throws(BusError) {
        // In one piece: systemd's own socket never looks at a message that it has read together with BEGIN.
        try send([0] + Array("AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n".utf8), during: "authenticate")
        var isAccepted = false
        while !isAccepted {
            let line = try nextLine()
            if line.utf8.starts(with: "OK ".utf8) {
                isAccepted = true
            } else if !line.utf8.elementsEqual("DATA".utf8) {
                throw BusError(problem: .refused(line), during: "authenticate")
            }
        }
    }

    private mutating func nextLine() throws(BusError) -> String {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer[..<end].filter { $0 != UInt8(ascii: "\r") }
                buffer.removeFirst(end + 1)
                return String(decoding: line, as: UTF8.self)
            }
            guard buffer.count < 4096 else { throw BusError(problem: .malformed, during: "authenticate") }
            try receive(during: "authenticate")
        }
    }

    private func wait(for interest: Poll.Interest, during: String) throws(BusError) {
        let left = Clock.remainingMilliseconds(until: deadline)
        let isReady: Bool
        do throws(CallError) {
            isReady = left > 0 ? try Poll.wait([socket.raw], timeoutMilliseconds: left) { _ in interest }[0] : false
        } catch {
            throw BusError(problem: .call(error), during: during)
        }
        guard isReady else { throw BusError(problem: .timedOut, during: during) }
    }

    private mutating func send(_ bytes: [UInt8], during: String) throws(BusError) {
        var rest = bytes
        while !rest.isEmpty {
            do throws(CallError) {
                rest.removeFirst(try socket.send(rest))
            } catch let error where error.errno == .tryAgain {
                try wait(for: .write, during: during)
            } catch let error where error.errno == .brokenPipe || error.errno == .connectionReset {
                throw BusError(problem: .closed, during: during)
            } catch {
                throw BusError(problem: .call(error), during: during)
            }
        }
    }

    /// Waits for some bytes more.
    private mutating func receive(during: String) throws(BusError) {
        try wait(for: .read, during: during)
        var chunk = [UInt8](repeating: 0, count: 16384)
        let count: Int
        do throws(CallError) {
            count = try socket.read(into: &chunk)
        } catch let error where error.errno == .tryAgain {
            return
        } catch {
            throw BusError(problem: error.errno == .connectionReset ? .closed : .call(error), during: during)
        }
        guard count > 0 else { throw BusError(problem: .closed, during: during) }
        buffer += chunk.prefix(count)
    }

    private mutating func nextMessage(during: String) throws(BusError) -> BusMessage {
        while true {
            if buffer.count >= BusMessage.prefixBytes {
                guard let length = BusMessage.length(Array(buffer.prefix(BusMessage.prefixBytes))),
                    length <= BusMessage.limitBytes
                else { throw BusError(problem: .malformed, during: during) }
                if buffer.count >= length {
                    let bytes = Array(buffer.prefix(length))
                    buffer.removeFirst(length)
                    guard let message = try? BusMessage(decoding: bytes) else {
                        throw BusError(problem: .malformed, during: during)
                    }
                    return message
                }
            }
            try receive(during: during)
        }
    }

    /// Calls a method and answers what it returns.
    @discardableResult
    mutating func call(
        _ member: String, of interface: String, at path: String, to destination: String, _ body: [BusValue] = []
    ) throws(BusError) -> [BusValue] {
        var message = BusMessage(
            call: member, of: interface, at: path, to: isDirect ? nil : destination, body)
        serial += 1
        message.serial = serial
        try send(message.encoded, during: member)
        while true {
            let next = try nextMessage(during: member)
            switch next.kind {
            case .signal: keep(next)
            case .reply where next.replySerial == serial: return next.body
            case .error where next.replySerial == serial:
                throw BusError(
                    problem: .answer(name: next.errorName ?? "", text: next.body.first?.text ?? ""), during: member)
            case .call, .reply, .error: continue  // nothing of ours
            }
        }
    }

    /// The newest are enough: what is waited for comes after what asked for it.
    private mutating func keep(_ signal: BusMessage) {
        if signals.count >= 256 { signals.removeFirst() }
        signals.append(signal)
    }

    /// Waits for a signal; those that came already count.
    mutating func waitForSignal(
        _ member: String, where isMeant: ([BusValue]) -> Bool
    ) throws(BusError) -> [BusValue] {
        while true {
            while let signal = signals.first {
                signals.removeFirst()
                if signal.member == member, isMeant(signal.body) { return signal.body }
            }
            let next = try nextMessage(during: member)
            if next.kind == .signal { keep(next) }
        }
    }
}
