import Testing

@testable import LinuxKernel

/// Messages as they are built, and as hostile as they could come.
@Suite struct NetlinkTests {
    @Test func aMessageTellsItsLengthAndPadsItsAttributes() {
        var message = NetlinkMessage(type: 18, flags: 4, header: [1, 2, 3, 4])
        let fits = message.append(3, text: "lo")
        #expect(fits)
        let bytes = message.finished
        #expect(bytes.count == 28)
        #expect(bytes[...].number(at: 0, bytes: 4) == 28)
        #expect(bytes[...].number(at: 4, bytes: 2) == 18)
        #expect(bytes[...].number(at: 6, bytes: 2) == 5)
        let attribute = littleOrBig(UInt16(7)) + littleOrBig(UInt16(3)) + [0x6C, 0x6F, 0, 0]
        #expect(Array(bytes[16...]) == [1, 2, 3, 4] + attribute)
    }

    @Test func anAttributeThatIsTooLongIsRefusedAndNotCut() {
        var message = NetlinkMessage(type: 18, flags: 0, header: [])
        let before = message.finished
        let fits = message.append(3, text: String(repeating: "x", count: 70_000))
        #expect(!fits)
        #expect(message.finished == before)
    }

    @Test func aRefusalHasItsErrorAndTheKernelsWords() throws {
        let words = Array("no way\u{0}".utf8)
        let attribute = littleOrBig(UInt16(4 + words.count)) + littleOrBig(UInt16(1)) + words + [0]
        let payload = littleOrBig(Int32(-17)) + [UInt8](repeating: 0, count: 16) + attribute
        let message =
            littleOrBig(UInt32(16 + payload.count)) + littleOrBig(UInt16(2)) + littleOrBig(UInt16(0x300))
            + littleOrBig(UInt32(1)) + littleOrBig(UInt32(0)) + payload
        var reader = NetlinkReader(message[...])
        let first = reader.next()
        let second = reader.next()
        let answer = try #require(first)
        #expect(answer.refusal == RouteSocket.Refusal(call: CallError(.netlink, .exists), words: "no way"))
        #expect(second == nil)
    }

    @Test func noLengthLeadsBeyondTheMessage() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
                UInt8.random(in: 0...40, using: &generator)
            }
            var reader = NetlinkReader(bytes[...])
            while let answer = reader.next() {
                _ = answer.refusal
                for attribute in answer.attributes(behind: 8) { #expect(attribute.payload.count <= bytes.count) }
            }
        }
        for length in [0, 4, 15, 17, 0xFFFF_FFFF] as [UInt32] {
            var reader = NetlinkReader((littleOrBig(length) + [UInt8](repeating: 0, count: 12))[...])
            let message = reader.next()
            #expect(message == nil)
        }
    }

    @Test func theLoopbackDeviceIsThereAndNoOtherOfThatName() throws {
        let socket = try RouteSocket()
        let loopback = try #require(try socket.device(named: "lo"))
        #expect(loopback.name == "lo")
        #expect(try socket.devices().contains { $0.index == loopback.index })
        #expect(try socket.device(named: "swrun-nothing") == nil)
        #expect(try socket.lastingAddresses(of: loopback).isEmpty)
    }
}
