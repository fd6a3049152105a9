internal import LinuxKernel

/// Moves bytes between the caller's standard streams and the container's terminal.
final class Relay {
    private let master: FileDescriptor
    private let terminal: CallerTerminal?
    private var before: TerminalMode?
    /// What the container has yet to be given, and what the caller has.
    private var toContainer: [UInt8] = []
    private var toCaller: [UInt8] = []
    private var inputIsOpen = true
    private var outputIsOpen = true
    private var masterIsOpen = true

    /// Beyond this much on its way, in bytes, the reading side waits.
    private static let most = 65_536

    init(master: consuming FileDescriptor, terminal: CallerTerminal?) throws(CallError) {
        self.master = master
        self.terminal = terminal
        try self.master.setNonBlocking(true)
        guard let terminal else { return }
        adoptSize()
        before = try terminal.descriptor.makeRaw()
        // The caller's terminal, raw now, would show stairs; the container's own adds the carriage return.
    }

    /// Puts the caller's terminal back as it was, on every way out.
    func restore() {
        guard let terminal, let before else { return }
        // A terminal that is gone needs no restoring.
        try? terminal.descriptor.restore(before)
        self.before = nil
    }

    /// The container's terminal gets the size of the caller's.
    func adoptSize() {
        guard let terminal, let size = try? terminal.descriptor.terminalSize(), size.rows > 0 else { return }
        try? master.setTerminalSize(size)  // a size is a courtesy, not a promise
    }

    /// The descriptors that are waited for, -1 where there is nothing to wait for: standard input, master for reading,
    /// master for writing, standard output.
    var descriptors: [Int32] {
        [
            inputIsOpen && toContainer.count < Relay.most ? 0 : -1,
            masterIsOpen && toCaller.count < Relay.most ? master.raw : -1,
            masterIsOpen && !toContainer.isEmpty ? master.raw : -1,
            outputIsOpen && !toCaller.isEmpty ? 1 : -1,
        ]
    }

    /// What the one at an index is waited for.
    func interest(_ index: Int) -> Poll.Interest { index < 2 ? .read : .write }

    /// Moves what can be moved.
    func move(_ ready: [Bool]) {
        guard ready.count == 4 else { return }
        if ready[0] { readInput() }
        if ready[1] { readMaster() }
        if ready[2] { toContainer.removeFirst(write(toContainer, to: master.raw) ?? toContainer.count) }
        if ready[3] { writeOutput() }
    }

    /// What the container printed before it ended.
    func drain() {
        while masterIsOpen {
            let count = toCaller.count
            readMaster()
            if toCaller.count == count { break }
            writeOutput()
        }
        while outputIsOpen, !toCaller.isEmpty { writeOutput() }
    }

    private func readInput() {
        guard let bytes = read(0) else { return }
        if bytes.isEmpty {
            inputIsOpen = false
            toContainer.append(4)  // the end of the caller's input is typed as control-D
        }
        toContainer += bytes
    }

    private func readMaster() {
        guard let bytes = read(master.raw) else { return }
        if bytes.isEmpty { masterIsOpen = false }
        toCaller += bytes
    }

    private func writeOutput() {
        guard let count = write(toCaller, to: 1) else {
            outputIsOpen = false
            toCaller = []
            return
        }
        toCaller.removeFirst(count)
    }

    /// Nil where there is nothing at the moment; empty at the end, which for a pty is EIO.
    private func read(_ number: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 8192)
        do throws(CallError) {
            let count = try FileDescriptor.withNumber(number) { (stream) throws(CallError) in
                try stream.read(into: &buffer)
            }
            return Array(buffer.prefix(count))
        } catch {
            return error.errno == .tryAgain ? nil : []
        }
    }

    /// The number of bytes that went; nil where nobody takes them any more.
    private func write(_ bytes: [UInt8], to number: Int32) -> Int? {
        do throws(CallError) {
            return try FileDescriptor.withNumber(number) { (stream) throws(CallError) in try stream.write(bytes) }
        } catch {
            return error.errno == .tryAgain ? 0 : nil
        }
    }
}
