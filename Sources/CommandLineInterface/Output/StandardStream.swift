internal import LinuxKernel

/// The descriptors a process is started with, which are not ours to close.
enum StandardStream: Int32, CaseIterable {
    case input, output, error

    /// Writes everything.
    func write(_ bytes: [UInt8]) throws(CallError) {
        try use { (stream: borrowing FileDescriptor) throws(CallError) in try stream.writeAll(bytes) }
    }

    /// Writes everything.
    func write(_ text: String) throws(CallError) { try write(Array(text.utf8)) }

    /// A second descriptor of the same open file, with an owner.
    func duplicate() throws(CallError) -> FileDescriptor {
        try use { (stream: borrowing FileDescriptor) throws(CallError) in try stream.duplicate() }
    }

    /// Opens /dev/null in the place of those that the caller closed: else the next file to be opened would take that
    /// place, and the container's output would land in it.
    static func fillGaps() {
        if FileDescriptor.standardStreamsAreOpen() { return }
        for stream in allCases where !FileDescriptor.isOpen(stream.rawValue) {
            // Where even /dev/null can't be had, the gap stays, as the caller wished.
            guard let null = try? FileDescriptor.open("/dev/null", .readWrite) else { continue }
            if (try? null.install(as: stream.rawValue)) != nil && null.raw == stream.rawValue { null.release() }
        }
    }

    /// Whether a person sits there.
    var isTerminal: Bool {
        (try? FileDescriptor.withNumber(rawValue) { (stream) throws(CallError) in stream.isTerminal }) ?? false
    }

    private func use<Result: ~Copyable>(
        _ body: (borrowing FileDescriptor) throws(CallError) -> Result
    ) throws(CallError) -> Result {
        try FileDescriptor.withNumber(rawValue, body)
    }
}
