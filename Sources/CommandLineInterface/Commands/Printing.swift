internal import LinuxKernel

/// Prints what a command was asked for.
func output(_ text: String) throws(Report) { try output(Array(text.utf8)) }

/// Prints what a command was asked for.
func output(_ bytes: [UInt8]) throws(Report) {
    do throws(CallError) {
        try StandardStream.output.write(bytes)
    } catch {
        throw Report(message: "cannot write to standard output: \(error.errno.message)")
    }
}
