internal import CLinux

/// A socket to the kernel's networking of one network namespace: the one it was opened in, wherever the process goes.
///
/// One request, one answer; the kernel gives it before the request returns, so nothing is ever waited for. What is sent
/// is built with checked lengths (CVE-2021-43784), what arrives is read with bounds. Source: netlink(7), rtnetlink(7).
public struct RouteSocket: ~Copyable {
    private let socket: FileDescriptor

    /// A socket in the current network namespace.
    public init() throws(CallError) {
        socket = FileDescriptor(adopting: try check(.socket, sw_route_socket()))
    }

    /// A refusal, with the kernel's words where it has some.
    public struct Refusal: Error, Equatable {
        /// What was refused.
        public var call: CallError
        /// The kernel's words; empty before Linux 4.12 and for most errors.
        public var words: String

        /// Tells what was refused, and why.
        public init(call: CallError, words: String) {
            self.call = call
            self.words = words
        }
    }

    /// Sends a request, and answers the messages that came back.
    borrowing func ask(_ request: NetlinkMessage) throws(Refusal) -> [NetlinkAnswer] {
        do throws(CallError) {
            if try socket.write(request.finished) != request.finished.count { throw CallError(.netlink, .inputOutput) }
        } catch {
            throw Refusal(call: CallError(.netlink, error.errno), words: "")
        }
        var answers: [NetlinkAnswer] = []
        // 64 KiB hold whatever the kernel puts into one datagram; of 4096 addresses 1,000 datagrams are more than enough.
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        for _ in 0..<1000 {
            let count = try receive(into: &buffer)
            var reader = NetlinkReader(buffer.prefix(count))
            while let answer = reader.next() {
                guard answer.sequence == request.sequence else { continue }
                switch answer.type {
                case NetlinkAnswer.error:
                    if let refusal = answer.refusal { throw refusal }
                    return answers
                case NetlinkAnswer.done: return answers
                default: answers.append(answer)
                }
            }
        }
        throw Refusal(call: CallError(.netlink, .messageTooLong), words: "the answer has no end")
    }

    private borrowing func receive(into buffer: inout [UInt8]) throws(Refusal) -> Int {
        do throws(CallError) {
            let count = Int(try check(.netlink, unsafe sw_receive_now(socket.raw, &buffer, buffer.count)))
            if count > buffer.count { throw CallError(.netlink, .messageTooLong) }
            return count
        } catch {
            throw Refusal(call: error, words: "")
        }
    }
}

/// A request that grows by its attributes.
struct NetlinkMessage {
    /// The number by which the answer is recognised; each request waits for its own, so one is enough.
    let sequence: UInt32 = 1
    private var bytes: [UInt8]

    /// - Parameters:
    ///   - type: RTM_….
    ///   - flags: NLM_F_… beside NLM_F_REQUEST.
    ///   - header: the fixed part of the message.
    init(type: UInt16, flags: UInt16, header: [UInt8]) {
        bytes = [UInt8](repeating: 0, count: 4)  // the length, known at the end
        bytes += littleOrBig(type) + littleOrBig(flags | 0x1) + littleOrBig(sequence) + littleOrBig(UInt32(0)) + header
        pad()
    }

    /// Adds an attribute; false where it is longer than its 16-bit length can tell.
    mutating func append(_ type: UInt16, _ payload: [UInt8]) -> Bool {
        guard let length = UInt16(exactly: payload.count + 4) else { return false }
        bytes += littleOrBig(length) + littleOrBig(type) + payload
        pad()
        return true
    }

    /// Adds a text with its final NUL.
    mutating func append(_ type: UInt16, text: String) -> Bool { append(type, Array(text.utf8) + [0]) }

    private mutating func pad() {
        while bytes.count % 4 != 0 { bytes.append(0) }
    }

    /// The message with its length.
    var finished: [UInt8] {
        var result = bytes
        result.replaceSubrange(0..<4, with: littleOrBig(UInt32(truncatingIfNeeded: bytes.count)))
        return result
    }
}

/// A message from the kernel.
struct NetlinkAnswer: Equatable {
    static let error: UInt16 = 2
    static let done: UInt16 = 3

    let type: UInt16
    let flags: UInt16
    let sequence: UInt32
    let payload: ArraySlice<UInt8>

    /// What an error message says; nil for one that says "done".
    var refusal: RouteSocket.Refusal? {
        guard let code = Int32(exactly: payload.number(at: 0, bytes: 4, signed: true)), code != 0 else { return nil }
        var words = ""
        // NLM_F_ACK_TLVS: attributes follow; NLM_F_CAPPED: of the request only its header stands before them.
        if flags & 0x200 != 0, flags & 0x100 != 0 {
            for attribute in NetlinkReader.attributes(payload.dropFirst(20)) where attribute.type == 1 {
                words = String(decoding: attribute.payload.prefix { $0 >= 0x20 }, as: UTF8.self)
            }
        }
        return RouteSocket.Refusal(call: CallError(.netlink, Errno(rawValue: code == .min ? 0 : -code)), words: words)
    }

    /// The attributes behind a fixed part of so many bytes.
    func attributes(behind count: Int) -> [(type: UInt16, payload: ArraySlice<UInt8>)] {
        NetlinkReader.attributes(payload.dropFirst(count))
    }
}

/// Takes a datagram apart; a length that can't be ends it.
struct NetlinkReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func next() -> NetlinkAnswer? {
        let length = Int(rest.number(at: 0, bytes: 4))
        guard length >= 16, length <= rest.count else { return nil }
        let message = rest.prefix(length)
        rest = rest.dropFirst(min((length + 3) & ~3, rest.count))
        return NetlinkAnswer(
            type: UInt16(message.number(at: 4, bytes: 2)), flags: UInt16(message.number(at: 6, bytes: 2)),
            sequence: UInt32(message.number(at: 8, bytes: 4)), payload: message.dropFirst(16))
    }

    static func attributes(_ bytes: ArraySlice<UInt8>) -> [(type: UInt16, payload: ArraySlice<UInt8>)] {
        var rest = bytes
        var found: [(type: UInt16, payload: ArraySlice<UInt8>)] = []
        while rest.count >= 4 {
            let length = Int(rest.number(at: 0, bytes: 2))
            guard length >= 4, length <= rest.count else { break }
            // The two highest bits say how the payload is coded.
            found.append((UInt16(rest.number(at: 2, bytes: 2)) & 0x3FFF, rest.prefix(length).dropFirst(4)))
            rest = rest.dropFirst(min((length + 3) & ~3, rest.count))
        }
        return found
    }
}

extension ArraySlice<UInt8> {
    /// A number in the machine's order, counted from the beginning of the slice; 0 where there aren't so many bytes.
    func number(at offset: Int, bytes count: Int, signed: Bool = false) -> Int64 {
        guard offset >= 0, count <= 4, self.count >= offset + count else { return 0 }
        var value: UInt32 = 0
        for index in 0..<count {
            #if _endian(little)
                value |= UInt32(self[startIndex + offset + index]) << UInt32(8 * index)
            #else
                value = value << 8 | UInt32(self[startIndex + offset + index])
            #endif
        }
        return signed ? Int64(Int32(bitPattern: value)) : Int64(value)
    }
}

/// The bytes of a number, in the machine's order.
func littleOrBig(_ value: some FixedWidthInteger) -> [UInt8] {
    unsafe withUnsafeBytes(of: value) { unsafe Array($0) }
}
