internal import LinuxKernel

/// What `run` does while the container lives: passes signals on, relays the terminal, collects orphans.
///
/// Made before the container, so that no signal is lost in between.
final class Monitor {
    private let signals: FileDescriptor
    private let terminal: CallerTerminal?
    private let isSubreaper: Bool

    init(subreaper: Bool, relaysTerminal: Bool) throws(Failure) {
        isSubreaper = subreaper
        do throws(CallError) {
            // All, that is: SIGKILL and SIGSTOP can't be blocked, and a fault of our own must still end us.
            let passed = Signals.all & ~Signals.faults
            try Signals.setMask(passed)
            signals = try Signals.descriptor(for: passed)
            if subreaper { try Process.becomeSubreaper() }
            terminal = relaysTerminal ? CallerTerminal.find() : nil
        } catch {
            throw Failure(.hostFailed, "cannot prepare to follow the container", call: error)
        }
    }

    /// What was opened for the birth, and what the caller left open, isn't held while the container lives.
    func closeAllElse(_ box: BornBox, _ directory: ContainerDirectory?) {
        let kept =
            [
                signals.raw, box.born.process.handle.descriptor.raw, terminal?.descriptor.raw ?? -1,
                box.born.consoleReceiver?.descriptor.raw ?? -1, box.born.readiness?.descriptor.raw ?? -1,
            ] + (directory?.descriptors ?? [])
        // Before Linux 5.9 they stay open, which does no harm.
        try? FileDescriptor.closeAll(from: 3, except: kept)
    }

    /// Stays with the container until its first process ends, and answers how it ended.
    func follow(_ box: BornBox, _ readiness: ReadinessRelay?) throws(Failure) -> ExitStatus {
        do throws(CallError) {
            guard let receiver = box.born.consoleReceiver else { return try loop(box, nil, readiness) }
            let relay = try Relay(master: receiver.descriptor.receiveDescriptor(), terminal: terminal)
            defer { relay.restore() }
            return try loop(box, relay, readiness)
        } catch {
            throw Failure(.hostFailed, "cannot follow the container", call: error)
        }
    }

    private func loop(
        _ box: BornBox, _ relay: Relay?, _ readiness: ReadinessRelay?
    ) throws(CallError) -> ExitStatus {
        let own = [
            box.born.process.handle.descriptor.raw, signals.raw, readiness?.socket.descriptor.raw ?? -1,
        ]
        while true {
            let ready = try Poll.wait(own + (relay?.descriptors ?? [])) { index in
                index < own.count ? .read : relay?.interest(index - own.count) ?? .read
            }
            if ready[2] { readiness?.passOn() }
            if let relay { relay.move(Array(ready[3...])) }
            if ready[0] {
                relay?.drain()
                let status = try box.born.process.handle.wait()
                if isSubreaper { ProcessHandle.reapOrphans(except: 0) }
                return status
            }
            if ready[1] { try passSignals(to: box, relay) }
        }
    }

    private func passSignals(to box: BornBox, _ relay: Relay?) throws(CallError) {
        // Each signal is a record of 128 bytes; its number is in the first four.
        var buffer = [UInt8](repeating: 0, count: 128 * 8)
        let count: Int
        do throws(CallError) {
            count = try signals.read(into: &buffer)
        } catch let error where error.errno == .tryAgain {
            return
        }
        for offset in stride(from: 0, to: count, by: 128) {
            let number = Int32(buffer[offset])
            switch number {
            case Signals.child: if isSubreaper { ProcessHandle.reapOrphans(except: box.born.process.handle.pid) }
            case Signals.windowChange: relay?.adoptSize()
            case Signals.urgent, Signals.pipe: break
            default:
                // ESRCH: it has ended, and the next turn of the loop will see that.
                try? box.born.process.handle.signal(number)
            }
        }
    }
}

/// The terminal of the person who called.
final class CallerTerminal {
    let descriptor: FileDescriptor

    private init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    /// Its size; nil without a terminal, or one that has none.
    static var size: TerminalExtent? {
        guard let size = try? find()?.descriptor.terminalSize(), size.rows > 0 else { return nil }
        return TerminalExtent(rows: size.rows, columns: size.columns)
    }

    /// Looks at standard error, output and input, then asks for the controlling terminal.
    static func find() -> CallerTerminal? {
        for number in [Int32(2), 1, 0] {
            // Not a terminal, or not even open: the next one may be.
            let copy = try? FileDescriptor.withNumber(number) { (stream) throws(CallError) in
                if !stream.isTerminal { throw CallError(.none, .noDevice) }
                return try stream.duplicate()
            }
            if let copy { return CallerTerminal(copy) }
        }
        guard let descriptor = try? FileDescriptor.open("/dev/tty", [.readWrite, .noControllingTerminal]) else {
            return nil
        }
        return CallerTerminal(descriptor)
    }
}
