internal import Glibc

/// Why a command could not do its work: one sentence, and what helps.
public struct ToolError: Error, Equatable, Sendable {
    /// What was attempted, on what, and why it failed.
    public var message: String
    /// What to do about it; nil where the message says it.
    public var hint: String?
    /// The kernel's error number, where a call failed.
    public var errno: Int32

    /// Puts a message together.
    public init(_ message: String, hint: String? = nil, errno: Int32 = 0) {
        self.message = message
        self.hint = hint
        self.errno = errno
    }
}

extension ToolError {
    /// A call that answered `result`, a negative error number.
    init(_ attempt: String, _ result: Int64) {
        let number = Int32(truncatingIfNeeded: -result)
        self.init("cannot \(attempt): \(errorText(number))", hint: errorHint(number), errno: number)
    }

    /// What ends a command when a signal came.
    static var interrupted: ToolError {
        ToolError("interrupted; what was begun has been removed", errno: EINTR)
    }
}

/// Turns the answer of a call into a result or an error that says what was attempted.
@discardableResult
func ok(_ result: Int32, _ attempt: @autoclosure () -> String) throws(ToolError) -> Int32 {
    if result < 0 { throw ToolError(attempt(), Int64(result)) }
    return result
}

/// The same for calls that answer a count.
@discardableResult
func ok(_ result: Int64, _ attempt: @autoclosure () -> String) throws(ToolError) -> Int {
    if result < 0 { throw ToolError(attempt(), result) }
    return Int(result)
}

private func errorText(_ number: Int32) -> String {
    switch number {
    case EBADMSG: return "the data are corrupt"
    case ENODATA: return "the data end too early"
    default: break
    }
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: text).lowercased()
}

private func errorHint(_ number: Int32) -> String? {
    switch number {
    case ENOSPC, EDQUOT: "make room on the file system, or choose another one"
    case EACCES, EPERM: "run as root, or choose a place that is yours"
    case EROFS: "the file system is mounted read-only"
    case EOPNOTSUPP: "the file system doesn't support it; choose another one"
    default: nil
    }
}
