internal import LinuxKernel
internal import SafePaths

extension Walker {
    /// Finds the program as execvp(3) would, so that `create` fails where `start` would.
    ///
    /// The words are those by which managers tell a missing program from one that can't be executed.
    mutating func findProgram(_ name: String, _ path: String?) throws(StepError) {
        if name.utf8.contains(UInt8(ascii: "/")) {
            let call = ProgramSearch.examine(name)
            if let call {
                throw StepError(
                    call, words: ProgramSearch.words(name, call.errno) + ProgramDiagnosis.note(about: name, call.errno))
            }
            program = name
            return
        }
        // Without PATH execvp looks in the C library's default place.
        var refused: (path: String, call: CallError)?
        for directory in (path ?? "/bin:/usr/bin").utf8.split(
            separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        {
            let text = String(decoding: directory, as: UTF8.self)
            let candidate = text.isEmpty ? "./" + name : text + "/" + name
            guard let call = ProgramSearch.examine(candidate) else {
                program = candidate
                return
            }
            if call.errno == .accessDenied, refused == nil { refused = (candidate, call) }
        }
        if let refused {
            throw StepError(
                refused.call,
                words: ProgramSearch.words(name, .accessDenied)
                    + ProgramDiagnosis.note(about: refused.path, .accessDenied))
        }
        throw StepError(
            CallError(.none, .noEntry),
            words: "exec: \"\(name)\": executable file not found in $PATH"
                + (path.map { " (PATH=\($0))" } ?? " (no PATH is set)"))
    }

    /// A list that isn't there, or can't be read, means the same as one without the user.
    mutating func findHome(_ uid: UInt32) throws(StepError) {
        home = HomeDirectory.unknown
        let tree = try rootTree()
        do throws(CallError) {
            // A FIFO in its place can't make this wait, and an endless device is given up.
            let file = try tree.root.descriptor.open(
                "etc/passwd", [.nonBlocking, .noControllingTerminal], resolve: [.inRoot, .noMagicLinks])
            let status = try file.status()
            guard status.kind == .regular, status.size <= HomeDirectory.limitBytes else { return }
            home = HomeDirectory.variable(
                uid, in: try file.readAll(limitBytes: HomeDirectory.limitBytes, sizeBytes: status.size))
        } catch {
            return
        }
    }

    /// Waits until `start` opens the gate, or the runtime dies before the container was recorded.
    mutating func waitAtGate() throws(StepError) {
        let gate = try slots.take(.gate)
        try step { () throws(CallError) in
            var watchesRuntime = true
            while true {
                let ready = try Poll.wait(watchesRuntime ? [gate.raw, baton.raw] : [gate.raw])
                if ready[0] { break }
                guard watchesRuntime, ready[1] else { continue }
                // The runtime is gone: in good order if it recorded us.
                if recorder.phase == .underway { Process.exitNow(1) }
                watchesRuntime = false
            }
        }
        recorder.phase = .released
        // Held until execve: that it closes is how `start` learns that the program runs.
        gate.release()
    }

    /// The last step of all: it returns only by failing.
    mutating func execute(_ arguments: [String], _ environment: [String]) throws(StepError) {
        recorder.phase = .executing
        do throws(CallError) {
            if let prepared {
                // Behind the last filter no other call is made.
                if hasListener { try resetSignals() }
                try prepared.execute()
                return
            }
            try resetSignals()
            try Process.execute(program, arguments, environment: environment + homeVariable)
        } catch {
            recorder.phase = .released
            let words = ProgramSearch.words(arguments.first ?? program, error.errno)
            // A filter may end this process when it looks for the reason.
            if prepared != nil { recorder.failed(error, words: words) }
            throw StepError(error, words: words + ProgramDiagnosis.note(about: program, error.errno))
        }
    }

    /// What the program is told about its home, where its environment says nothing.
    var homeVariable: [String] { home.map { [$0] } ?? [] }

    /// The program gets its signals as they were before the runtime.
    func resetSignals() throws(CallError) {
        Signals.resetDispositions(context.ignoredSignals | Signals.bit(Signals.fileSizeExceeded))
        try Signals.setMask(0)
    }

    /// True if the filter was loaded while there was more to do.
    private var hasListener: Bool { filter?.value.listener != nil }
}

/// Looking at files that may be programs.
enum ProgramSearch {
    /// What is in the way of executing a file, without executing it; nil if nothing is seen.
    static func examine(_ path: String) -> CallError? {
        do throws(CallError) {
            let status = try FileDescriptor.status(of: path)
            if status.kind == .directory { return CallError(.execve, .accessDenied) }
            guard status.kind == .regular, status.mode & 0o111 != 0 else { return CallError(.execve, .accessDenied) }
            return nil
        } catch {
            return error
        }
    }

    /// The sentence that managers look for: see CLI documentation, exit status 126 and 127.
    static func words(_ name: String, _ errno: Errno) -> String {
        switch errno {
        case .noEntry, .notDirectory: "exec: \"\(name)\": stat \(name): \(errno.message)"
        case .accessDenied: "exec: \"\(name)\": permission denied"
        default: "exec: \"\(name)\": \(errno.message)"
        }
    }
}
