internal import CStart
internal import ContainerRuntime
internal import LinuxKernel

/// Carries out the command line that the process was started with, and ends the process.
///
/// - Parameters:
///   - isProtected: true if a container can't write to the program's own file; see `SelfProtection`.
///   - mountCopy: a descriptor that nobody needs, but that takes the kernel a while to close; -1 for none.
public func main(isProtected: Bool, mountCopy: Int32 = -1) -> Never {
    sw_exit(carryOutCommandLine(isProtected, mountCopy))
}

/// Answers the exit status.
private func carryOutCommandLine(_ isProtected: Bool, _ mountCopy: Int32) -> Int32 {
    StandardStream.fillGaps()
    // A write beyond RLIMIT_FSIZE is to fail with EFBIG, which can be told; the container gets the default back.
    try? Signals.ignore(Signals.fileSizeExceeded)
    let (words, firstInvalid) = Surroundings.arguments
    var invocation = parse(words)
    if Surroundings.isPrivileged {
        // Its options name files that are opened and programs that are executed.
        invocation.request = .refused(
            UsageError(message: "swrun is installed setuid or with file capabilities, and refuses to work so"))
    } else if let firstInvalid {
        invocation.request = .refused(UsageError(message: "argument \(firstInvalid) is not valid UTF-8"))
    }
    switch invocation.request {
    case .help(.checkpoint?) where Runtime.obstacleToCheckpoint != nil:
        // Podman and CRI-O take the exit status for the answer whether containers can be saved.
        try? StandardStream.error.write((Runtime.obstacleToCheckpoint?.message ?? "") + "\n")
        return 1
    case .help(let name): return printed(help(name))
    case .version: return printed(Version.text(commit: Surroundings.commit))
    case .command, .refused: break
    }

    // Before anything is opened here, which could take the place of a descriptor that the caller doesn't have.
    let missingDescriptor = missingPreservedDescriptor(invocation.request, mountCopy)
    let session: Session
    do throws(UsageError) {
        session = try Session(invocation.globals)
    } catch {
        // Without a log there is one place left.
        try? StandardStream.error.write(Report(error).plain)
        return 1
    }
    guard case .command(let name, let arguments) = invocation.request else {
        if case .refused(let error) = invocation.request { session.fail(Report(error)) }
        return 1
    }
    return Order(
        globals: invocation.globals, arguments: arguments, session: session, isProtected: isProtected,
        missingDescriptor: missingDescriptor
    ).carryOut(name)
}

/// The first of the descriptors to be preserved that the caller hasn't opened; nil where all are, or none is asked for.
private func missingPreservedDescriptor(_ request: Invocation.Request, _ mountCopy: Int32) -> Int32? {
    guard case .command(_, let arguments) = request else { return nil }
    let count = Int32(clamping: arguments.number(.preserveFDs))
    guard count > 0 else { return nil }
    return (3..<(3 + min(count, 1 << 20))).first { $0 == mountCopy || !FileDescriptor.isOpen($0) }
}

private func help(_ name: CommandName?) -> String {
    let help = Help(style: Surroundings.style(of: .output))
    return name.map { help.text(of: $0.row) } ?? help.general
}

private func printed(_ text: String) -> Int32 {
    do throws(CallError) {
        try StandardStream.output.write(text)
        return 0
    } catch {
        try? StandardStream.error.write("cannot write to standard output: \(error.errno.message)\n")
        return 1
    }
}
