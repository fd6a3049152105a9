import CLinux
import Foundation
import LinuxKernel
import Testing

@testable import Cgroups

/// A bus and a systemd in one, on a socket of its own, that behaves as a test wants.
final class FakeBus: @unchecked Sendable {
    /// What it does.
    enum Manner: Sendable {
        case proper, signalFirst, silent, deaf, babbling, closing, rejecting, unitExists, unitStays, jobFails, noUnit
    }

    let directory: String
    var address: String { "unix:path=\(directory)/bus" }
    private let manner: Manner
    private let listener: Int32
    private let lock = NSLock()
    private var members: [String] = []

    /// The methods that were called, in order.
    var calls: [String] { lock.withLock { members } }

    init(_ manner: Manner) throws {
        self.manner = manner
        directory = "/tmp/swrun-test-bus-" + UUID().uuidString.prefix(8).lowercased()
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let path = Array((directory + "/bus").utf8)
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: path) }
        let bound = unsafe withUnsafePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener, .init(__sockaddr__: $0), socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, listen(listener, 4) == 0 else { throw CallError(.socket, .invalid) }
        self.listener = listener
        guard manner != .deaf else { return }
        Thread.detachNewThread { [self] in
            while true {
                let peer = unsafe accept(listener, .init(__sockaddr__: nil), nil)
                if peer < 0 {
                    // Here and not in `end`: the number could be another bus's by the time this thread looks again.
                    close(listener)
                    return
                }
                serve(peer)
                close(peer)
            }
        }
    }

    func end() {
        shutdown(listener, Int32(SHUT_RDWR))
        if manner == .deaf { close(listener) }
        try? FileManager.default.removeItem(atPath: directory)
    }

    private func send(_ peer: Int32, _ bytes: [UInt8]) {
        _ = unsafe Glibc.send(peer, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    private func receive(_ peer: Int32) -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(peer, &chunk, chunk.count, 0)
        return Array(chunk.prefix(max(0, count)))
    }

    private func serve(_ peer: Int32) {
        var input: [UInt8] = []
        let begin = Array("BEGIN\r\n".utf8)
        var isWelcome = false
        while true {
            let more = receive(peer)
            if more.isEmpty { return }
            input += more
            if manner == .silent { continue }
            if !isWelcome, input.contains(UInt8(ascii: "D")) {
                isWelcome = true
                send(peer, Array((manner == .rejecting ? "REJECTED KERBEROS\r\n" : "DATA\r\nOK 0123\r\n").utf8))
            }
            if manner == .closing { return }
            if let place = input.firstRange(of: begin) {
                input.removeSubrange(..<place.upperBound)
                break
            }
        }
        if manner == .babbling { send(peer, [UInt8](repeating: 0xA5, count: 4096)) }
        while true {
            // Whoever is shouted at has gone away when nothing more comes.
            if manner == .babbling { input = [] }
            while let length = BusMessage.length(input), input.count >= length {
                if let call = try? BusMessage(decoding: Array(input.prefix(length))) { answer(peer, call) }
                input.removeFirst(length)
            }
            let more = receive(peer)
            if more.isEmpty { return }
            input += more
        }
    }

    private func answer(_ peer: Int32, _ call: BusMessage) {
        let member = call.member ?? ""
        lock.withLock { members.append(member) }
        var reply = BusMessage(call: "", of: "", at: "", to: nil)
        (reply.kind, reply.member, reply.interface, reply.path) = (.reply, nil, nil, nil)
        reply.serial = 1
        reply.replySerial = call.serial
        var signal: BusMessage?
        func refuse(_ name: String) {
            (reply.kind, reply.errorName) = (.error, "org.freedesktop.systemd1." + name)
            reply.body = [.string("Unit \(name)")]
        }
        switch member {
        case "Get":
            let isVersion = call.body.last == .string("Version")
            reply.body = [.variant(.string(isVersion ? "257.7-1" : "/"))]
        case "StartTransientUnit", "StopUnit":
            let isRefused =
                manner == .unitStays || (manner == .unitExists && !calls.contains("ResetFailedUnit"))
            if member == "StartTransientUnit", isRefused { return refuseAndSend("UnitExists") }
            if member == "StopUnit", manner == .noUnit { return refuseAndSend("NoSuchUnit") }
            reply.body = [.objectPath("/job/7")]
            var removed = BusMessage(call: "JobRemoved", of: "org.freedesktop.systemd1.Manager", at: "/x", to: nil)
            (removed.kind, removed.serial) = (.signal, 2)
            let result = manner == .jobFails ? "failed" : "done"
            removed.body = [.uint32(7), .objectPath("/job/7"), .string("u.scope"), .string(result)]
            signal = removed
        default: break
        }
        func refuseAndSend(_ name: String) {
            refuse(name)
            send(peer, reply.encoded)
        }
        if manner == .signalFirst, let signal { send(peer, signal.encoded) }
        send(peer, reply.encoded)
        if manner != .signalFirst, let signal { send(peer, signal.encoded) }
    }
}

/// The conversation with systemd, over a bus that behaves well or doesn't.
@Suite struct SystemdManagerTests {
    private let unit: SystemdUnit

    init() throws { unit = try SystemdUnit(cgroupsPath: "s.slice:p:n", id: "c", isUsers: false) }

    private func with<R>(_ manner: FakeBus.Manner, _ body: (FakeBus, SystemdManager.Surroundings) throws -> R) throws
        -> R
    {
        let bus = try FakeBus(manner)
        defer { bus.end() }
        return try body(bus, .init(systemBus: bus.address, sessionBus: nil, runtimeDirectory: nil))
    }

    @Test(arguments: [FakeBus.Manner.proper, .signalFirst, .unitExists]) func aScopeIsStarted(_ manner: FakeBus.Manner)
        throws
    {
        try with(manner) { bus, surroundings in
            var manager = try SystemdManager.connect(isUsers: false, surroundings)
            let place = try manager.place()
            #expect(place.cgroup == "/" && place.version == 257)
            try manager.start(unit, processes: [1], description: "d", [])
            #expect(bus.calls.first == "Hello" && bus.calls.last == "StartTransientUnit")
        }
    }

    @Test(arguments: [FakeBus.Manner.proper, .noUnit]) func aScopeIsStopped(_ manner: FakeBus.Manner) throws {
        try with(manner) { _, surroundings in
            var manager = try SystemdManager.connect(isUsers: false, surroundings)
            try manager.stop(unit)
        }
    }

    @Test(
        arguments: [
            (FakeBus.Manner.silent, "no answer in time"), (.deaf, "no answer in time"), (.babbling, "isn't a message"),
            (.closing, "closed"), (.rejecting, "REJECTED"), (.unitStays, "UnitExists"), (.jobFails, "failed"),
        ] as [(FakeBus.Manner, String)])
    func aBusThatDoesNotDoItsPartIsAClearError(_ manner: FakeBus.Manner, _ words: String) throws {
        try with(manner) { _, surroundings in
            let error = #expect(throws: CgroupError.self) {
                var manager = try SystemdManager.connect(isUsers: false, surroundings, timeoutMilliseconds: 300)
                try manager.start(unit, processes: [1], description: "d", [])
            }
            guard case .bus(let text, let isAnswer) = error?.problem else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(text.contains(words))
            #expect(isAnswer == (manner == .unitStays || manner == .jobFails))
        }
    }

    @Test func whereNobodyListensTheAddressIsNamed() {
        let error = #expect(throws: CgroupError.self) {
            _ = try SystemdManager.connect(
                isUsers: true, .init(systemBus: nil, sessionBus: "unix:path=/nowhere/bus", runtimeDirectory: nil))
        }
        #expect(error?.path == "/nowhere/bus" && error?.call?.errno.rawValue == ENOENT)
        #expect(throws: CgroupError.self) {
            _ = try SystemdManager.connect(isUsers: true, .init(systemBus: nil, sessionBus: nil, runtimeDirectory: nil))
        }
    }
}
