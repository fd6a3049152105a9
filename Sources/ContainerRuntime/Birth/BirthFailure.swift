internal import LinuxKernel
internal import OCISpec

extension Walker {
    /// What stopped a birth, as a failure: the child's own report where it gave one.
    func failure(for error: BirthError, _ ending: ExitStatus?) -> Failure {
        if error.error != .otherSideDied {
            return stepFailure(at: error.index, error.error, plan)
        }
        if let report = recorder.report {
            let call = report.errno.map { CallError(report.call, $0) }
            return stepFailure(
                at: report.step, StepError(call, words: report.words, detail: report.detail), plan)
        }
        return diedSilently(at: recorder.lastStep, ending)
    }

    private func diedSilently(at index: Int, _ ending: ExitStatus?) -> Failure {
        let step = plan.reference(index)
        var about = "the container's process died while it was to \(step.sentence)"
        var hint: String?
        if case .signalled(let number)? = ending {
            about =
                "the container's process was killed by \(SignalName.name(of: number) ?? "signal \(number)")"
                + " while it was to \(step.sentence)"
            if number == Signals.kill, context.spec.linux?.resources?.memory?.limit != nil {
                hint = "linux.resources.memory.limit may be too low even for the start of the container"
            }
        }
        return Failure(.birthDied, about, at: .config(plan[index].origin), step: step, hint: hint)
    }
}

extension Plan {
    /// A step by its number and its sentence.
    func reference(_ index: Int) -> Failure.StepReference {
        Failure.StepReference(index: index, sentence: self[index].action.sentence)
    }
}

/// A step that failed, as a failure.
func stepFailure(at index: Int, _ error: StepError, _ plan: Plan) -> Failure {
    let step = plan.reference(index)
    let origin = plan[index].origin
    let place: Failure.Place = origin.isEmpty ? .nowhere : .config(origin)
    switch plan[index].action {
    case .findProgram, .execute:
        return programFailure(error, step, place)
    case .runHooks(let kind, _):
        let code: Failure.Code = error.call?.errno == .timedOut ? .hookTimedOut : .hookFailed
        return Failure(
            code, "error running \(kind.rawValue) hook #\(error.detail)",
            at: .config("/hooks/\(kind.rawValue)/\(error.detail)"),
            call: error.call?.call == Call.none ? nil : error.call, words: error.words, step: step)
    case .createCgroup, .createUnifiedCgroup, .limitCgroup, .limitDevices, .enterCgroup, .moveIntoCgroup,
        .delegateCgroup, .startScope:
        return Failure(
            .cgroupFailed, "cannot \(step.sentence)", at: error.pointer.map { .config($0) } ?? place,
            call: error.call, words: error.words, step: step)
    case .connectConsole, .makeConsoleChannel, .makeConsole:
        return Failure(
            .consoleUnusable, "cannot \(step.sentence)", at: place, call: error.call, words: error.words,
            step: step)
    case .connectListener, .reserveFilter, .makeFilter, .takeFilter, .passListener, .loadFilter:
        return Failure(
            .filterFailed, "cannot \(step.sentence)", at: error.pointer.map { .config($0) } ?? place,
            call: error.call, words: error.words, step: step)
    case .openHookFile:
        return Failure(
            .hookFailed, "cannot \(step.sentence)", at: place, call: error.call, words: error.words, step: step)
    case .openRootfs, .attachRootfs, .enterRootfs:
        return Failure(
            .rootfsUnusable, "cannot \(step.sentence)", at: place, call: error.call, words: error.words,
            step: step)
    case .recordCreated(let pidFile?) where error.words.isEmpty:
        return Failure(
            .pidFileFailed, "cannot write the pid file \(pidFile)", at: .file(pidFile), call: error.call,
            step: step)
    case .changeDirectory(let path):
        return Failure(
            .stepFailed, "chdir to cwd (\"\(path.printable)\") set in config.json failed", at: place,
            call: error.call, words: error.words, step: step)
    default:
        return Failure(
            .stepFailed, "cannot \(step.sentence)", at: error.pointer.map { .config($0) } ?? place, call: error.call,
            words: error.words, step: step)
    }
}

/// Managers tell 126 from 127 by the words, which the step has chosen; an errno's own would mix them.
private func programFailure(
    _ error: StepError, _ step: Failure.StepReference, _ place: Failure.Place
) -> Failure {
    let isMissing = error.call?.errno == .noEntry || error.call?.errno == .notDirectory
    return Failure(
        isMissing ? .programMissing : .programNotExecutable, error.words.isEmpty ? step.sentence : error.words,
        at: place, step: step)
}
