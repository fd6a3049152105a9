internal import LinuxKernel
internal import OCISpec

extension Container {
    /// Opens the gate, and waits until the program runs or its execution has failed.
    ///
    /// The lock is held only until the container's process can't be let go a second time: hooks and the program may
    /// take their time.
    ///
    /// - Returns: where the container says that it is ready, if a service manager waits for that.
    func start() throws(Failure) -> HeldDescriptor? {
        guard let recorder = directory.flightRecorder() else {
            throw Failure(.stateCorrupt, "the flight record of container \(directory.id) is gone")
        }
        var readiness: HeldDescriptor?
        let gate = try openGate(recorder, &readiness)
        do throws(CallError) {
            // The process holds the reading end until execve, or until it dies.
            while try !gate.waitForReadersToLeave() {}
        } catch {
            throw Failure(.hostFailed, "cannot wait for container \(directory.id)", call: error)
        }
        if let report = recorder.report { throw failure(report) }
        guard recorder.phase == .executing else {
            throw Failure(
                .birthDied, "the process of container \(directory.id) died before it could execute its program",
                at: .container(directory.id))
        }
        return readiness
    }

    private func openGate(
        _ recorder: borrowing FlightRecorder, _ readiness: inout HeldDescriptor?
    ) throws(Failure) -> FileDescriptor {
        let lock = try directory.lock()
        // What was read before the lock may be old by now.
        let now = try Container(reading: directory)
        let status = try now.currentStatus()
        guard next(status, on: .start) != nil, !recorder.isStarting else { throw refusal(ofStart: status) }
        guard now.record?.swrun.hasProcess == true else {
            throw Failure(
                .configRejected, "container \(directory.id) can't be started: its configuration has no process",
                at: .config("/process"))
        }
        do throws(CallError) {
            let gate = try directory.openGate()
            // Where it was created without a manager that waits, there is no directory for the socket.
            if ReadinessRelay.manager != nil, let socket = try? directory.bindReadinessSocket() {
                readiness = HeldDescriptor(socket)
            }
            try gate.writeAll([1])
            recorder.isStarting = true
            _ = consume lock
            return gate
        } catch let error where error.errno == .noSuchDevice {
            throw refusal(ofStart: .stopped)
        } catch {
            throw Failure(.hostFailed, "cannot open the gate of container \(directory.id)", call: error)
        }
    }

    private func refusal(ofStart status: State.Status) -> Failure {
        let about =
            switch status {
            case .stopped: "cannot start a container that has stopped"
            case .running, .created: "cannot start an already running container"
            default: "cannot start a container in the \(status.rawValue) state"
            }
        return Failure(.wrongState, "\(about): \(directory.id)", at: .container(directory.id))
    }

    /// What the process reported after the gate: a hook, or its program.
    private func failure(_ report: FlightRecorder.Report) -> Failure {
        let call = report.errno.map { CallError(report.call, $0) }
        if report.words.utf8.starts(with: "exec: ".utf8) {
            let isMissing = report.errno == .noEntry || report.errno == .notDirectory
            return Failure(isMissing ? .programMissing : .programNotExecutable, report.words)
        }
        if report.call == .seccomp {
            return Failure(
                .filterFailed, "the process of container \(directory.id) couldn't load its filter of system calls",
                at: .config((try? directory.configuration())?.filterPointer ?? "/linux/seccomp"), call: call,
                words: report.words)
        }
        let hooks = (try? directory.configuration())?.hooks?.startContainer ?? []
        guard Int(report.detail) < hooks.count else {
            return Failure(
                .stepFailed, "the process of container \(directory.id) couldn't go on to its program",
                at: .container(directory.id), call: call, words: report.words)
        }
        return Failure(
            report.errno == .timedOut ? .hookTimedOut : .hookFailed,
            "error running startContainer hook #\(report.detail)",
            at: .config("/hooks/startContainer/\(report.detail)"),
            call: report.call == Call.none ? nil : call, words: report.words)
    }
}

/// Runs hooks in order; what fails goes to `complain`, which decides nothing: the others follow all the same.
func runEach(
    _ hooks: [Spec.Hook], _ kind: HookKind, _ runner: HookRunner, _ state: State, complain: (Failure) -> Void
) {
    for index in hooks.indices {
        do throws(Failure) { try run(hooks[index], at: index, kind, runner, state) } catch { complain(error) }
    }
}

/// Runs one hook of the runtime's namespaces outside of a birth.
func run(
    _ hook: Spec.Hook, at index: Int, _ kind: HookKind, _ runner: HookRunner, _ state: State
) throws(Failure) {
    let text = try document(state)
    do throws(HookRunner.HookError) {
        try runner.run(hook, state: text)
    } catch {
        throw Failure(
            error.call?.errno == .timedOut ? .hookTimedOut : .hookFailed,
            "error running \(kind.rawValue) hook #\(index)",
            at: .config("/hooks/\(kind.rawValue)/\(index)"), call: error.call?.call == Call.none ? nil : error.call,
            words: error.words)
    }
}
