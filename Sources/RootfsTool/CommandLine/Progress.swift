internal import CRootfs
internal import Glibc

/// What a command says about itself on standard error while it works: one line that is written over on a terminal,
/// the steps alone elsewhere.
final class Progress {
    private let isTerminal = isatty(2) == 1
    private let isQuiet: Bool
    private var width = 0

    init(quiet: Bool = false) { isQuiet = quiet }

    deinit { clear() }

    /// A step that begins.
    func step(_ text: String) {
        if isQuiet { return }
        clear()
        print(text + "\n")
    }

    /// How far it is; only where it can be written over.
    func say(_ text: String) {
        guard isTerminal, !isQuiet else { return }
        print("\r" + text + String(repeating: " ", count: max(0, width - text.utf8.count)))
        width = text.utf8.count
    }

    /// Something that the person should know.
    func warn(_ text: String) {
        clear()
        print("warning: \(text)\n")
    }

    private func clear() {
        if width > 0 { print("\r" + String(repeating: " ", count: width) + "\r") }
        width = 0
    }

    private func print(_ text: String) { writeAll(2, text) }
}

/// Writes text to a descriptor; nobody is left to tell if that fails.
func writeAll(_ fd: Int32, _ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(fd, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { return }
        bytes = bytes.dropFirst(count)
    }
}
