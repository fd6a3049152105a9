internal import ContainerRuntime
internal import LinuxKernel

/// Prints what a command was asked for.
func output(_ text: String) throws(Failure) { try output(Array(text.utf8)) }

/// Prints what a command was asked for.
func output(_ bytes: [UInt8]) throws(Failure) {
    do throws(CallError) {
        try StandardStream.output.write(bytes)
    } catch {
        throw Failure(.hostFailed, "cannot write to standard output", call: error)
    }
}
