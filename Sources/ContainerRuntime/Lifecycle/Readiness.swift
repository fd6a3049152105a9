internal import LinuxKernel

/// Passes the container's word that it is ready on to the service manager that started the runtime.
///
/// The container gets a socket of its own, as the manager's is not to be had in its root filesystem, and as only what it
/// may say is passed on. Source: sd_notify(3).
final class ReadinessRelay {
    /// Where the container's end is, and the name that the socket has in it.
    static let directory = "/run/notify"
    static let socketName = "notify.sock"

    /// The manager's address; nil without a manager that waits.
    static var manager: String? {
        guard let address = Process.variable("NOTIFY_SOCKET") else { return nil }
        // Others, as `vsock:`, aren't for the processes of one host.
        return address.utf8.first == UInt8(ascii: "/") || address.utf8.first == UInt8(ascii: "@") ? address : nil
    }

    let socket: HeldDescriptor
    private let manager: String
    private let warn: (String) -> Void

    /// Nil where the container has no such socket, or no manager waits.
    init?(_ socket: HeldDescriptor?, _ warn: @escaping (String) -> Void) {
        guard let socket, let manager = ReadinessRelay.manager else { return nil }
        self.socket = socket
        self.manager = manager
        self.warn = warn
    }

    /// Stays until the container says that it is ready, or its process has ended; then the manager follows that process.
    func handOver(_ process: borrowing ProcessHandle) {
        do throws(CallError) {
            while true {
                let ready = try Poll.wait([socket.descriptor.raw, process.descriptor.raw])
                if ready[0], try passOn(mainProcess: process.pid) { return try waitForManager() }
                if ready[1] { return }
            }
        } catch {
            complain(error)
        }
    }

    /// Passes on what has come, for a process that stays: it is the service itself.
    func passOn() {
        do throws(CallError) { _ = try passOn(mainProcess: Process.id) } catch { complain(error) }
    }

    /// True if the container has said that it is ready.
    private func passOn(mainProcess: Int32) throws(CallError) -> Bool {
        guard let message = try socket.descriptor.receiveDatagram() else { return false }
        for line in message.split(separator: UInt8(ascii: "\n")) where line.starts(with: "READY=".utf8) {
            let text = String(validating: line, as: UTF8.self) ?? "READY=1"
            try FileDescriptor.sendDatagram("\(text)\nMAINPID=\(mainProcess)", to: manager)
            return true
        }
        return false
    }

    /// Stays until the manager has read what was sent, at most 30 seconds: it looks at who sent it.
    private func waitForManager() throws(CallError) {
        let pipe = try FileDescriptor.pipe()
        try pipe.second.sendAlong("BARRIER=1", to: manager)
        pipe.second.close()
        _ = try pipe.first.waitReadable(timeoutMilliseconds: 30_000)
    }

    private func complain(_ error: CallError) {
        warn("cannot tell the service manager at \(manager) that the container is ready: \(error.errno.message)")
    }
}
