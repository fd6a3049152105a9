internal import CLinux

/// A program with its arguments and environment as execve(2) takes them: to execute it needs that one call, and no memory.
@safe
public final class PreparedProgram {
    private let path: UnsafeMutablePointer<CChar>
    private let arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let environment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    /// Copies all of it; it lasts as long as the process does.
    public init?(_ path: String, _ arguments: [String], environment: [String]) {
        guard let copy = unsafe strdup(path), let arguments = unsafe cStrings(arguments),
            let environment = unsafe cStrings(environment)
        else { return nil }
        unsafe self.path = copy
        unsafe self.arguments = arguments
        unsafe self.environment = environment
    }

    /// Replaces this program; returns only by throwing.
    public func execute() throws(CallError) {
        try check(.execve, unsafe sw_execve(path, arguments, environment))
    }
}

private func cStrings(_ strings: [String]) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
    for index in strings.indices {
        guard let copy = unsafe strdup(strings[index]) else { return nil }
        unsafe pointers[index] = copy
    }
    unsafe pointers[strings.count] = nil
    return unsafe pointers
}
