internal import LinuxKernel
internal import OCISpec

/// Makes a container, waits until its program runs, and, in the foreground, stays with it to its end.
func run(
    _ prepared: Preparation, _ id: String, in root: StateRoot, _ options: BirthOptions,
    _ warn: @escaping (String) -> Void, trace: (BornBox) throws(Failure) -> Void
) throws(Failure) -> Int32 {
    let config = prepared.config
    let monitor =
        options.detach
        ? nil
        : try Monitor(
            subreaper: !config.isNew(.pid) && !options.noSubreaper, relaysTerminal: config.console == .relayed)
    let (context, box) = try create(prepared, id, in: root, options, warn)
    do throws(Failure) {
        try waitForExecution(box, prepared.plan)
        try trace(box)
        let container = Container(context)
        // For the hooks that run from here; without any there is nobody to care.
        if context.record.swrun.hasPoststart || context.record.swrun.hasPoststop { Process.setUmask(context.umask) }
        if context.record.swrun.hasPoststart {
            try runPoststart(prepared.bundle.spec, container.state(.running))
        }
        let readiness = ReadinessRelay(box.born.readiness, warn)
        guard let monitor else {
            readiness?.handOver(box.born.process.handle)
            return 0
        }
        monitor.closeAllElse(box, context.directory)
        let status = try monitor.follow(box, readiness)
        if !options.keep { try container.removeEnded(prepared.bundle.spec, warn) }
        return status.shellStatus
    } catch {
        // What is there must go; what stopped us is what the caller must know.
        if let pidFile = options.pidFile { try? FileDescriptor.remove(pidFile) }  // it may not have been written yet
        do throws(Failure) {
            try Container.delete(in: context.directory, force: true, warn)
        } catch let other where other.code != .containerMissing {
            warn(other.message)
        } catch {
            // Somebody else has deleted it.
        }
        // Our own child: unreaped, it would keep a pid namespace that it joined from ending.
        if (try? box.born.process.handle.hasEnded()) == true { _ = try? box.born.process.handle.wait() }
        throw error
    }
}

/// The socket to the container's process ends when it executes its program, or when it has given up.
func waitForExecution(_ box: BornBox, _ plan: Plan) throws(Failure) {
    do throws(CallError) {
        var byte: [UInt8] = [0]
        while try box.born.baton.read(into: &byte) != 0 {}
    } catch {
        throw Failure(.hostFailed, "cannot wait for the container's process", call: error)
    }
    if let report = box.born.recorder.report {
        throw lateFailure(report, plan)
    }
    guard box.born.recorder.phase == .executing else {
        let step = plan.reference(box.born.recorder.lastStep)
        throw Failure(
            .birthDied, "the container's process died while it was to \(step.sentence)", step: step)
    }
}

/// What the process reported after the runtime's last step.
func lateFailure(_ report: FlightRecorder.Report, _ plan: Plan) -> Failure {
    let call = report.errno.map { CallError(report.call, $0) }
    return stepFailure(
        at: report.step, StepError(call, words: report.words, detail: report.detail), plan)
}
