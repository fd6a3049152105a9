internal import LinuxKernel
internal import OCISpec

/// Runs one hook and waits for its end.
///
/// Source: config.md "POSIX-platform Hooks".
struct HookRunner {
    /// Where it starts.
    var directory: String
    /// The environment of a hook that names none.
    var inheritedEnvironment: [String]
    /// The file mode mask; nil leaves the current one.
    var umask: UInt32?
    /// True if signals that would end this process end the hook first, so that what was made can be undone.
    var catchesSignals: Bool
    /// Where it prints; what has no file goes into the message of its failure.
    var files: HookFiles

    /// Why a hook failed.
    struct HookError: Error {
        /// The call that failed, or ETIMEDOUT where the time was up; nil where the hook itself failed.
        var call: CallError?
        /// How it ended, and what it printed last.
        var words: String
    }

    /// The part of a hook's output that is kept for a message, in bytes.
    private static let keptBytes = 4096

    /// Runs the hook with the state document on its standard input.
    func run(_ hook: Spec.Hook, state: [UInt8]) throws(HookError) {
        do {
            // A file instead of a pipe: a hook that doesn't read can't make us wait, and none dies of SIGPIPE.
            let input = try FileDescriptor.memoryFile("state", sealable: false)
            try input.write(state, at: 0)
            let output = try FileDescriptor.pipe()
            let errors = try FileDescriptor.pipe()
            let report = try FileDescriptor.pipe()
            let mask = catchesSignals ? try Signals.setMask(Signals.ending) : nil
            // Back to what it was a moment ago, which can't be refused.
            defer { if let mask { _ = try? Signals.setMask(mask) } }
            // A caller who ignores it would keep the hook's end from us.
            Signals.resetDispositions(Signals.bit(Signals.child))
            switch try Process.clone(namespaces: 0) {
            case .child:
                become(hook, input, output.second, errors.second, report.second)
            case .parent(let pid, let process):
                let child = ProcessHandle(pid: pid, adopting: process)
                try follow(child, hook, output, errors, report)
            }
        } catch let error as CallError {
            throw HookError(call: error, words: hook.path)
        } catch let error as HookError {
            throw error
        } catch {
            throw HookError(call: nil, words: hook.path)
        }
    }

    /// The new process, which doesn't come back: nothing of this one but the hook's three streams reaches the program.
    private func become(
        _ hook: Spec.Hook, _ input: borrowing FileDescriptor, _ output: borrowing FileDescriptor,
        _ errors: borrowing FileDescriptor, _ report: borrowing FileDescriptor
    ) {
        do throws(CallError) {
            if let umask { Process.setUmask(umask) }
            try Process.startGroup()
            try Process.dieWithParent(true)
            try input.install(as: 0)
            if let file = files.output { try file.descriptor.install(as: 1) } else { try output.install(as: 1) }
            if let file = files.errors { try file.descriptor.install(as: 2) } else { try errors.install(as: 2) }
            try FileDescriptor.closeOnExec(from: 3)
            do throws(CallError) {
                try FileDescriptor.changeDirectory(directory)
            } catch {
                try FileDescriptor.changeDirectory("/")  // the bundle is gone by the time of poststop
            }
            Signals.resetDispositions()
            try Signals.setMask(0)
            try Process.execute(
                hook.path, hook.args ?? [hook.path], environment: hook.env ?? inheritedEnvironment)
        } catch {
            // The pipe has room; if the reader is gone there is nobody to tell.
            try? report.writeAll([UInt8(truncatingIfNeeded: error.errno.rawValue), UInt8(error.call.rawValue & 0xFF)])
        }
        Process.exitNow(127)
    }
}

extension HookRunner {
    private func follow(
        _ child: borrowing ProcessHandle, _ hook: Spec.Hook, _ output: consuming DescriptorPair,
        _ errors: consuming DescriptorPair, _ report: consuming DescriptorPair
    ) throws {
        // Closed at once: their ends are how this process learns of the hook's.
        report.second.close()
        output.second.close()
        errors.second.close()
        let reader = report.first
        let out = output.first
        let err = errors.first
        var failure = [UInt8](repeating: 0, count: 2)
        if try reader.read(into: &failure) == 2 {
            try child.wait()
            throw HookError(
                call: CallError(Call(rawValue: UInt32(failure[1])) ?? .none, Errno(rawValue: Int32(failure[0]))),
                words: hook.path)
        }
        let signals = try Signals.descriptor(for: catchesSignals ? Signals.ending : 0)
        var printed = Output(keptBytes: HookRunner.keptBytes)
        var complaints = Output(keptBytes: HookRunner.keptBytes)
        let deadline = hook.timeout.map { Clock.monotonicNanoseconds &+ UInt64(clamping: $0) &* 1_000_000_000 }
        try out.setNonBlocking(true)
        try err.setNonBlocking(true)
        while true {
            let remaining = deadline.map { Clock.remainingMilliseconds(until: $0) } ?? -1
            let ready = try Poll.wait(
                [
                    child.descriptor.raw, printed.isOpen ? out.raw : -1, complaints.isOpen ? err.raw : -1,
                    signals.raw,
                ], timeoutMilliseconds: remaining)
            if ready[1] { try printed.drain(out) }
            if ready[2] { try complaints.drain(err) }
            if ready[0] { break }
            if ready[3] { throw stop(child, hook, CallError(.none, .interrupted), "swrun was told to end") }
            if remaining == 0 {
                throw stop(
                    child, hook, CallError(.none, .timedOut), "it ran past its timeout of \(hook.timeout ?? 0) s")
            }
        }
        // What a grandchild may print later is not waited for.
        try printed.drain(out)
        try complaints.drain(err)
        let status = try child.wait()
        if status == .exited(0) { return }
        throw HookError(call: nil, words: words(hook, status, printed, complaints))
    }

    private func stop(
        _ child: borrowing ProcessHandle, _ hook: Spec.Hook, _ call: CallError, _ reason: String
    ) -> HookError {
        // The whole group: what the hook has started goes with it. ESRCH is as good.
        try? Process.signalGroup(child.pid, Signals.kill)
        try? child.signal(Signals.kill)
        _ = try? child.wait()
        return HookError(call: call, words: "\(hook.path): \(reason)")
    }

    private func words(
        _ hook: Spec.Hook, _ status: ExitStatus, _ printed: Output, _ complaints: Output
    ) -> String {
        var text =
            switch status {
            case .exited(let code): "\(hook.path): exit status \(code)"
            case .signalled(let number): "\(hook.path): killed by \(SignalName.name(of: number) ?? "signal \(number)")"
            }
        if !printed.text.isEmpty { text += ", stdout: \(printed.text)" }
        if !complaints.text.isEmpty { text += ", stderr: \(complaints.text)" }
        return text
    }
}

/// The last bytes of a stream; the rest is read and let go, so that a talkative hook neither waits nor fills memory.
private struct Output {
    let keptBytes: Int
    var kept: [UInt8] = []
    var isOpen = true

    init(keptBytes: Int) { self.keptBytes = keptBytes }

    mutating func drain(_ stream: borrowing FileDescriptor) throws(CallError) {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        // Bounded, so that an endless stream can't keep us from seeing that its writer has ended.
        for _ in 0..<64 where isOpen {
            do throws(CallError) {
                let count = try stream.read(into: &buffer)
                if count == 0 { isOpen = false }
                kept += buffer.prefix(count)
                kept.removeFirst(max(0, kept.count - keptBytes))
            } catch let error where error.errno == .tryAgain {
                return
            }
        }
    }

    var text: String {
        let end = kept.lastIndex { $0 != 0x0A && $0 != 0x20 }.map { $0 + 1 } ?? 0
        return String(decoding: kept.prefix(end), as: UTF8.self)
    }
}
